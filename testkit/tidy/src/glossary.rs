//! One word for one thing: every public type of the nouns, and every type that the book re-exports, is in GLOSSARY.md;
//! no word there names a type that is gone; the verbs are the same words in the code, the glossary and the map.

use std::collections::BTreeSet;

use crate::tree::{Complaint, Source, Tree};

const CHECK: &str = "glossary";

/// Packages all of whose public types are words of the project.
pub const NOUNS: &[&str] = &["crates/identity", "crates/model"];

/// Crate roots whose re-exports are words of the project.
pub const ROOTS: &[&str] =
    &["crates/identity/src/lib.rs", "crates/ledger/src/lib.rs", "crates/model/src/lib.rs"];

/// Where the verbs are declared, and the pages that name each of them.
const VERBS_AT: &str = "crates/model/src/level.rs";
const VERB_PAGES: &[&str] = &["ARCHITECTURE.md", "GLOSSARY.md"];

/// Checks the tree.
#[must_use]
pub fn check(tree: &Tree) -> Vec<Complaint> {
    let mut found = missing_types(&tree.sources, tree.page("GLOSSARY.md"));
    found.extend(gone_types(&tree.sources, tree.page("GLOSSARY.md")));
    let level = tree.sources.iter().find(|source| source.path == VERBS_AT);
    let verbs = verbs(level.map_or("", |source| source.text.as_str()));
    if verbs.is_empty() {
        found.push(Complaint::new(
            CHECK,
            VERBS_AT,
            "no verbs found; is `Verb` still declared here?",
        ));
    }
    for page in VERB_PAGES {
        found.extend(missing_verbs(&verbs, page, tree.page(page)));
    }
    found
}

fn missing_types(sources: &[Source], glossary: &str) -> Vec<Complaint> {
    let mut words = BTreeSet::new();
    for source in sources.iter().filter(|source| !source.is_test) {
        if NOUNS.contains(&source.package()) {
            words.extend(public_types(source));
        }
        if ROOTS.contains(&source.path.as_str()) {
            let last = |path: String| path.rsplit("::").next().map(str::to_owned);
            words.extend(source.uses().into_iter().filter_map(|(_, path)| last(path)));
        }
    }
    words.retain(|word| is_type(word) && !word.ends_with("Error"));
    words
        .into_iter()
        .filter(|word| !glossary.contains(&format!("`{word}`")))
        .map(|word| Complaint::new(CHECK, "GLOSSARY.md", format!("has no line for `{word}`")))
        .collect()
}

/// Public structs, enums and traits of a file. Types that macros make are found where a crate root re-exports them.
fn public_types(source: &Source) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for item in &source.items.items {
        let (vis, ident) = match item {
            syn::Item::Struct(item) => (&item.vis, &item.ident),
            syn::Item::Enum(item) => (&item.vis, &item.ident),
            syn::Item::Trait(item) => (&item.vis, &item.ident),
            _ => continue,
        };
        if matches!(vis, syn::Visibility::Public(_)) {
            names.insert(ident.to_string());
        }
    }
    names
}

/// Spelled as a type: begins with a capital, and is not all capitals.
fn is_type(word: &str) -> bool {
    word.starts_with(char::is_uppercase)
        && word.contains(char::is_lowercase)
        && word.chars().all(char::is_alphanumeric)
}

/// Types in the last column of the glossary's tables that no source names any more.
fn gone_types(sources: &[Source], glossary: &str) -> Vec<Complaint> {
    let named: BTreeSet<&str> =
        sources.iter().flat_map(|source| &source.tokens).map(|token| token.text.as_str()).collect();
    let rows = glossary.lines().filter(|line| line.starts_with('|'));
    rows.filter_map(|row| row.trim_end_matches([' ', '|']).rsplit('|').next())
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .filter(|word| is_type(word) && !named.contains(word))
        .map(|word| Complaint::new(CHECK, "GLOSSARY.md", format!("`{word}` is no type any more")))
        .collect()
}

/// The words of `Verb`, read from the text that declares them.
#[must_use]
pub fn verbs(text: &str) -> Vec<String> {
    text.lines()
        .skip_while(|line| !line.trim_start().starts_with("Verb {"))
        .skip(1)
        .take_while(|line| line.trim() != "}")
        .filter_map(|line| Some(line.split_once("= \"")?.1.split_once('"')?.0.to_owned()))
        .collect()
}

fn missing_verbs(verbs: &[String], path: &str, page: &str) -> Vec<Complaint> {
    verbs
        .iter()
        .filter(|verb| !page.contains(&format!("`{verb}`")))
        .map(|verb| Complaint::new(CHECK, path, format!("does not name the verb `{verb}`")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_without_a_line_is_told() {
        let text = "//! X.\npub struct Claim;\nstruct Own;\npub enum ReadError {}\n";
        let source = Source::parse("crates/model/src/claim.rs", text).unwrap();
        let root =
            Source::parse("crates/model/src/lib.rs", "pub use id::{UserId, MAX, parse};").unwrap();
        let sources = [source, root];
        assert_eq!(missing_types(&sources, "| レセプト | claim | `Claim` |").len(), 1);
        assert!(missing_types(&sources, "`Claim` `UserId`").is_empty());
        assert_eq!(gone_types(&sources, "| レセプト | `claim` | `Claim` `Receipt` |").len(), 1);
    }

    #[test]
    fn a_verb_that_a_page_forgets_is_told() {
        let text =
            "words! {\n    Verb {\n        /// In.\n        Receive = \"receive\",\n    }\n}\n";
        assert_eq!(verbs(text), ["receive"]);
        assert_eq!(missing_verbs(&verbs(text), "GLOSSARY.md", "receive").len(), 1);
        assert!(missing_verbs(&verbs(text), "GLOSSARY.md", "`receive`").is_empty());
    }
}
