//! The register, the lists and the intake predicate, as a site uses them.

#[cfg(test)]
#[path = "consent/document.rs"]
mod document;
#[cfg(test)]
#[path = "consent/lists.rs"]
mod lists;
#[cfg(test)]
#[path = "consent/properties.rs"]
mod properties;
#[cfg(test)]
#[path = "consent/region.rs"]
mod region;
#[cfg(test)]
#[path = "consent/slips.rs"]
mod slips;
#[cfg(test)]
#[path = "consent/spec.rs"]
mod spec;
#[cfg(test)]
#[path = "consent/speed.rs"]
mod speed;
