//! Linkage on invented people: cases, properties, quality, speed.

#[cfg(test)]
#[path = "linkage/cases.rs"]
mod cases;
#[cfg(test)]
#[path = "linkage/people.rs"]
mod people;
#[cfg(test)]
#[path = "linkage/properties.rs"]
mod properties;
#[cfg(test)]
#[path = "linkage/speed.rs"]
mod speed;
