//! Who may have a dataset, the package, and the walls the compiler holds.

#[cfg(test)]
#[path = "provision/delivery.rs"]
mod delivery;
#[cfg(test)]
#[path = "provision/evidence.rs"]
mod evidence;
#[cfg(test)]
#[path = "provision/site.rs"]
mod site;

/// Each case must not compile, for the reason committed beside it.
#[test]
fn the_walls_hold() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/walls/*.rs");
}
