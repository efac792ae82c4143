//! An error says where, never what: no error type of a stage that reads patients' records holds a value from one.
//!
//! A heuristic over names and types: a field of an error enum or struct that is owned text and is called after a value.
//! It cannot see a value smuggled in a field called `file`; the canary hunter can.

use syn::visit::Visit;

use crate::tree::{Complaint, Source};

const CHECK: &str = "errors";

/// Packages whose errors are read.
pub const STRICT: &[&str] =
    &["crates/consent", "crates/deident", "crates/identity", "crates/intake", "crates/linkage"];

/// Names of fields that would hold a value.
const VALUES: &[&str] = &[
    "address", "birth", "content", "data", "found", "got", "input", "name", "number", "patient",
    "phone", "raw", "text", "value",
];

/// Checks the error types of [`STRICT`] packages.
#[must_use]
pub fn check(sources: &[Source]) -> Vec<Complaint> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| STRICT.contains(&source.package())) {
        let mut errors = Errors { source, found: &mut found };
        errors.visit_file(&source.items);
    }
    found
}

struct Errors<'a> {
    source: &'a Source,
    found: &'a mut Vec<Complaint>,
}

impl Errors<'_> {
    fn look(&mut self, owner: &syn::Ident, fields: &syn::Fields) {
        for field in fields {
            let Some(name) = &field.ident else { continue };
            let spelled = name.to_string();
            if is_text(&field.ty) && VALUES.contains(&spelled.as_str()) {
                let place = format!("{}:{}", self.source.path, name.span().start().line);
                let says = format!("`{owner}` holds `{spelled}` as text; say where, not what");
                self.found.push(Complaint::new(CHECK, place, says));
            }
        }
    }
}

fn is_text(kind: &syn::Type) -> bool {
    let syn::Type::Path(path) = kind else { return false };
    path.path.segments.last().is_some_and(|last| {
        ["String", "Revealing", "Cow"].contains(&last.ident.to_string().as_str())
            || matches!(&last.arguments, syn::PathArguments::AngleBracketed(inner)
                if inner.args.iter().any(|inner| matches!(inner, syn::GenericArgument::Type(kind)
                    if is_text(kind) || is_str(kind))))
    })
}

fn is_str(kind: &syn::Type) -> bool {
    matches!(kind, syn::Type::Path(path) if path.path.is_ident("str"))
}

fn is_error(ident: &syn::Ident) -> bool {
    ident.to_string().ends_with("Error")
}

impl<'ast> Visit<'ast> for Errors<'_> {
    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        if is_error(&item.ident) {
            for variant in &item.variants {
                self.look(&item.ident, &variant.fields);
            }
        }
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        if is_error(&item.ident) {
            self.look(&item.ident, &item.fields);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&[Source::parse(path, text).unwrap()]).len()
    }

    #[test]
    fn an_error_with_a_value_is_told() {
        let at = "crates/intake/src/a.rs";
        assert_eq!(count(at, "enum ReadError { Date { place: Place, value: String } }"), 1);
        assert_eq!(count(at, "enum ReadError { Date { value: Box<str> } }"), 1);
        assert_eq!(count(at, "struct ReadError { name: Option<Revealing> }"), 1);
        assert_eq!(count(at, "enum ReadError { Date { place: Place, field: u16 } }"), 0);
        assert_eq!(count(at, "struct Row { value: String }"), 0);
        assert_eq!(count("crates/app/src/a.rs", "struct ReadError { name: String }"), 0);
    }
}
