//! Reading whole deliveries through the public face of the crate.

#[path = "intake/arbitrary.rs"]
mod arbitrary;
#[path = "intake/real.rs"]
mod real;
#[path = "intake/support.rs"]
mod support;
