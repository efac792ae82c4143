//! Sizes: 500 lines a file without its tests, 70 a function, 100 columns a line of code and 120 of comment. A line on
//! which a literal of text lies is not measured: rustfmt does not break it, and a table of them reads by rows.
//!
//! What is over a limit for a reason stands in [`EXCEPTIONS`] with the size it has. That list may only shrink: a file
//! that grows past its entry fails, and so does an entry that is no longer needed.

use std::collections::BTreeMap;

use syn::spanned::Spanned;
use syn::visit::Visit;

use crate::tree::{Complaint, Source};

const CHECK: &str = "sizes";

/// Lines of a file, tests left out.
pub const FILE_LINES_MAX: usize = 500;
/// Lines of a function with its signature.
pub const FUNCTION_LINES_MAX: usize = 70;
/// Characters of a line of code.
pub const COLUMNS_MAX: usize = 100;
/// Characters of a line of comment, which may run a little wider.
pub const COMMENT_COLUMNS_MAX: usize = 120;

/// What an exception is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Size {
    /// Lines of the file.
    FileLines,
    /// Lines of its longest function.
    FunctionLines,
    /// Characters of its longest line.
    Columns,
}

/// A file over a limit: path, which size, the most it may be, and why.
pub type Exception = (&'static str, Size, usize, &'static str);

/// The exceptions. May only shrink.
pub const EXCEPTIONS: &[Exception] = &[];

/// Checks the sizes of all files against the limits and [`EXCEPTIONS`].
#[must_use]
pub fn check(sources: &[Source]) -> Vec<Complaint> {
    check_with(sources, EXCEPTIONS)
}

fn check_with(sources: &[Source], exceptions: &[Exception]) -> Vec<Complaint> {
    let mut over = BTreeMap::new();
    let mut found = Vec::new();
    for source in sources {
        measure(source, |size, line, measured, limit| {
            let most = exceptions.iter().find(|entry| entry.0 == source.path && entry.1 == size);
            over.insert((source.path.clone(), size), measured);
            if measured > most.map_or(limit, |entry| entry.2) {
                let says = format!("{size:?} is {measured}, at most {limit}: split it");
                found.push(Complaint::new(CHECK, format!("{}:{line}", source.path), says));
            }
        });
    }
    for (path, size, ..) in exceptions {
        if !over.contains_key(&((*path).to_owned(), *size)) {
            let says = format!("is no longer over {size:?}: strike it from the exceptions");
            found.push(Complaint::new(CHECK, *path, says));
        }
    }
    found
}

/// Calls back with every size over its limit: size, line, measured, limit.
fn measure(source: &Source, mut over: impl FnMut(Size, usize, usize, usize)) {
    let lines = source.lines().count();
    if lines > FILE_LINES_MAX {
        over(Size::FileLines, 1, lines, FILE_LINES_MAX);
    }
    for (line, text) in (1..).zip(source.text.lines()) {
        let columns = text.chars().count();
        let is_comment = text.trim_start().starts_with("//");
        if !is_comment && source.is_text_line(line) {
            continue;
        }
        let limit = if is_comment { COMMENT_COLUMNS_MAX } else { COLUMNS_MAX };
        if columns > limit {
            over(Size::Columns, line, columns, limit);
        }
    }
    let mut functions = Functions::default();
    functions.visit_file(&source.items);
    for (line, lines) in functions.0 {
        if lines > FUNCTION_LINES_MAX && !source.is_test_line(line) {
            over(Size::FunctionLines, line, lines, FUNCTION_LINES_MAX);
        }
    }
}

/// First line and number of lines of each function.
#[derive(Default)]
struct Functions(Vec<(usize, usize)>);

impl Functions {
    fn note(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let first = signature.span().start().line;
        self.0.push((first, block.span().end().line.saturating_sub(first) + 1));
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.note(&item.sig, &item.block);
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.note(&item.sig, &item.block);
        syn::visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.note(&item.sig, block);
        }
        syn::visit::visit_trait_item_fn(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, exceptions: &[Exception]) -> Vec<String> {
        let source = Source::parse("crates/x/src/a.rs", text).unwrap();
        check_with(&[source], exceptions).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_long_function_is_told_and_a_long_test_is_not() {
        let long = format!("fn f() {{\n{}}}\n", "    g();\n".repeat(80));
        assert_eq!(
            found(&long, &[]),
            ["sizes: crates/x/src/a.rs:1: FunctionLines is 82, at most 70: split it"]
        );
        assert!(found(&format!("#[cfg(test)]\nmod tests {{\n{long}}}\n"), &[]).is_empty());
    }

    #[test]
    fn a_long_file_and_a_wide_line_are_told() {
        assert_eq!(found(&"const A: u8 = 1;\n".repeat(501), &[]).len(), 1);
        let wide = format!("const A: u{} = 1;\n", "8".repeat(100));
        assert_eq!(found(&wide, &[]).len(), 1);
        assert!(found(&format!("// {}\n", "x".repeat(110)), &[]).is_empty());
        assert_eq!(found(&format!("// {}\n", "x".repeat(120)), &[]).len(), 1);
        assert!(found(&format!("const A: &str = \"{}\";\n", "x".repeat(100)), &[]).is_empty());
    }

    #[test]
    fn an_exception_may_only_shrink() {
        let entry = [("crates/x/src/a.rs", Size::FileLines, 600, "invented")];
        assert!(found(&"const A: u8 = 1;\n".repeat(600), &entry).is_empty());
        assert_eq!(found(&"const A: u8 = 1;\n".repeat(601), &entry).len(), 1);
        assert_eq!(
            found("const A: u8 = 1;\n", &entry),
            [
                "sizes: crates/x/src/a.rs: is no longer over FileLines: strike it from the exceptions"
            ]
        );
    }
}
