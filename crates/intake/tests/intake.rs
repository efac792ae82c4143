//! Reading whole deliveries through the public face of the crate.

#[cfg(test)]
#[path = "intake/arbitrary.rs"]
mod arbitrary;
#[cfg(test)]
#[path = "../../../fuzz/readers.rs"]
mod readers;
#[cfg(test)]
#[path = "intake/real.rs"]
mod real;
#[cfg(test)]
#[path = "intake/support.rs"]
mod support;
