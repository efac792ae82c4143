//! Names and habits: no grab-bag names, no `mod.rs`, a `//!` on every file, no lint switched off without a reason, no
//! code in documents that nobody runs, no notes to oneself.

use syn::visit::Visit;

use crate::tree::{Complaint, Source};

const CHECK: &str = "names";

/// Words that say nothing about what a thing is for.
pub const BANNED: &[&str] = &[
    "common",
    "handler",
    "helper",
    "helpers",
    "manager",
    "misc",
    "processor",
    "service",
    "util",
    "utils",
];

/// Notes to oneself, in halves so that this file does not hold them.
const NOTES: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];

/// Checks all files.
#[must_use]
pub fn check(sources: &[Source]) -> Vec<Complaint> {
    let mut found = Vec::new();
    for source in sources {
        check_file(source, &mut found);
        check_lines(source, &mut found);
        let mut types = Types { source, found: &mut found };
        types.visit_file(&source.items);
    }
    found
}

fn check_file(source: &Source, found: &mut Vec<Complaint>) {
    let mut complain = |says: String| found.push(Complaint::new(CHECK, source.path.as_str(), says));
    if source.path.ends_with("/mod.rs") {
        complain("put it beside its folder as `name.rs`".into());
    }
    for part in source.path.split('/').map(|part| part.trim_end_matches(".rs")) {
        if BANNED.contains(&part) {
            complain(format!("`{part}` says nothing; name what it is for"));
        }
    }
    if !source.is_test && !source.text.trim_start().starts_with("//!") {
        complain("opens without `//!`: say what it is for and what it keeps".into());
    }
}

fn check_lines(source: &Source, found: &mut Vec<Complaint>) {
    for (line, text) in (1..).zip(source.text.lines()) {
        let place = || format!("{}:{line}", source.path);
        let bare = text.trim_start();
        if bare.starts_with("#[allow") || bare.starts_with("#![allow") {
            found.push(Complaint::new(CHECK, place(), "use `#[expect(.., reason = \"..\")]`"));
        }
        if bare.starts_with("#[ignore]") {
            found.push(Complaint::new(CHECK, place(), "a test that is not run says why"));
        }
        if bare.starts_with("//") && bare.contains("```ignore") {
            found.push(Complaint::new(CHECK, place(), "nobody runs this code; make it compile"));
        }
        if let Some(note) = NOTES.iter().find(|note| bare.contains(**note)) {
            found.push(Complaint::new(
                CHECK,
                place(),
                format!("`{note}`: do it or write an issue"),
            ));
        }
    }
}

struct Types<'a> {
    source: &'a Source,
    found: &'a mut Vec<Complaint>,
}

impl Types<'_> {
    fn look(&mut self, ident: &syn::Ident) {
        let name = ident.to_string().to_lowercase();
        if let Some(word) = BANNED.iter().find(|word| name.ends_with(**word)) {
            let place = format!("{}:{}", self.source.path, ident.span().start().line);
            let says = format!("`{ident}` ends in `{word}`; name what it is for");
            self.found.push(Complaint::new(CHECK, place, says));
        }
    }
}

impl<'ast> Visit<'ast> for Types<'_> {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.look(&item.ident);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.look(&item.ident);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.look(&item.ident);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.look(&item.ident);
        syn::visit::visit_item_mod(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(path: &str, text: &str) -> Vec<String> {
        let source = Source::parse(path, text).unwrap();
        check(&[source]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_good_file_passes() {
        assert!(says("crates/x/src/claim.rs", "//! Claims.\nstruct Claim;\n").is_empty());
    }

    #[test]
    fn each_habit_is_told() {
        assert_eq!(says("crates/x/src/claim.rs", "struct Claim;\n").len(), 1);
        assert_eq!(says("crates/x/src/claim/mod.rs", "//! Claims.\n").len(), 1);
        assert_eq!(says("crates/x/src/utils.rs", "//! Things.\n").len(), 1);
        assert_eq!(says("crates/x/src/a.rs", "//! A.\nstruct ClaimManager;\n").len(), 1);
        assert_eq!(says("crates/x/src/a.rs", "//! A.\nmod helper {}\n").len(), 1);
        assert_eq!(says("crates/x/src/a.rs", "//! A.\n#[allow(unused)]\nstruct A;\n").len(), 1);
        assert_eq!(says("crates/x/src/a.rs", "//! A.\n//! ```ignore\n//! ```\n").len(), 1);
        assert_eq!(says("crates/x/src/a.rs", "//! A.\n#[ignore]\nfn a() {}\n").len(), 1);
        let note = concat!("//! A.\n// TO", "DO later\n");
        assert_eq!(says("crates/x/src/a.rs", note).len(), 1);
    }
}
