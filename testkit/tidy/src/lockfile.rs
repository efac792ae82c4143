//! One engine: each of these crates occurs once in `Cargo.lock`. Two would mean two sets of types that do not fit.

use crate::tree::Complaint;

const CHECK: &str = "lockfile";

/// Crates of which there is one version.
pub const SINGLE: &[&str] =
    &["arrow", "ballista-core", "datafusion", "deltalake-core", "object_store", "parquet"];

/// Counts the versions of each in the text of `Cargo.lock`.
#[must_use]
pub fn check(lock: &str) -> Vec<Complaint> {
    let mut found = Vec::new();
    for name in SINGLE {
        let wanted = format!("name = \"{name}\"");
        let count = lock.lines().filter(|line| *line == wanted).count();
        if count > 1 {
            let says = format!("{count} versions of `{name}`; find who asks with `cargo tree -d`");
            found.push(Complaint::new(CHECK, "Cargo.lock", says));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_arrow_is_told() {
        let one = "[[package]]\nname = \"arrow\"\nversion = \"59.0.0\"\n";
        assert!(check(one).is_empty());
        assert_eq!(check(&one.repeat(2)).len(), 1);
    }
}
