//! The tree as the checks see it: source files with their tests marked, and Markdown pages.
//!
//! A check is a function from these values to complaints, so that each can be shown a small invented file that must
//! fail. Reading happens here and nowhere else.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::spanned::Spanned;

/// What a check has to say about one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    /// The check.
    pub check: &'static str,
    /// Path from the root, with a line where there is one.
    pub place: String,
    /// What is wrong and what to do instead.
    pub says: String,
}

impl Complaint {
    /// A complaint of a check.
    #[must_use]
    pub fn new(check: &'static str, place: impl Into<String>, says: impl Into<String>) -> Self {
        Self { check, place: place.into(), says: says.into() }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.check, self.place, self.says)
    }
}

/// Why the tree could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// A file or folder could not be read.
    #[error("`{0}` could not be read")]
    Read(String, #[source] std::io::Error),
    /// A source file is not Rust.
    #[error("`{0}` could not be parsed")]
    Parse(String, #[source] syn::Error),
}

/// One token of a source file: identifiers and punctuation; literals (and so doc comments) are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The token as written.
    pub text: String,
    /// Line, from 1.
    pub line: usize,
}

/// A Rust file.
pub struct Source {
    /// Path from the root, with forward slashes.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Its items.
    pub items: syn::File,
    /// Lines (from 1) that belong to tests.
    tests: BTreeSet<usize>,
    /// Whether the whole file is a test, a bench or an example.
    pub is_test: bool,
    /// Lines (from 1) on which a literal of text lies, in part or whole.
    texts: BTreeSet<usize>,
    /// Tokens outside tests.
    pub tokens: Vec<Token>,
}

impl Source {
    /// Reads a source text.
    ///
    /// # Errors
    /// [`TreeError::Parse`] if it is not Rust.
    pub fn parse(path: &str, text: &str) -> Result<Self, TreeError> {
        let items =
            syn::parse_file(text).map_err(|source| TreeError::Parse(path.into(), source))?;
        let is_test = is_test_path(path);
        let mut tests = BTreeSet::new();
        for item in &items.items {
            if is_test_item(item) {
                let span = item.span();
                tests.extend(span.start().line..=span.end().line);
            }
        }
        let (mut tokens, mut texts) = (Vec::new(), BTreeSet::new());
        if let Ok(stream) = text.parse::<TokenStream>() {
            flatten(stream, &mut tokens, &mut texts);
        }
        tokens.retain(|token| !is_test && !tests.contains(&token.line));
        Ok(Self { path: path.into(), text: text.into(), items, tests, is_test, texts, tokens })
    }

    /// The package folder, such as `crates/model` or `testkit/tidy`.
    #[must_use]
    pub fn package(&self) -> &str {
        self.path.find("/src/").and_then(|at| self.path.get(..at)).unwrap_or(&self.path)
    }

    /// Lines outside tests with their numbers from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines()).filter(|(line, _)| !self.is_test && !self.tests.contains(line))
    }

    /// Whether a line belongs to a test.
    #[must_use]
    pub fn is_test_line(&self, line: usize) -> bool {
        self.is_test || self.tests.contains(&line)
    }

    /// Whether a literal of text lies on a line: rustfmt does not break it, and a table of them reads by rows.
    #[must_use]
    pub fn is_text_line(&self, line: usize) -> bool {
        self.texts.contains(&line)
    }

    /// Lines at which a run of tokens begins, outside tests.
    pub fn find<'a>(&'a self, run: &'a [&str]) -> impl Iterator<Item = usize> + 'a {
        self.tokens.windows(run.len()).filter_map(move |window| {
            let same = window.iter().zip(run).all(|(token, wanted)| token.text == *wanted);
            if same { window.first().map(|token| token.line) } else { None }
        })
    }

    /// Whole paths named by `use` items outside tests, groups written out, with the line of the item.
    #[must_use]
    pub fn uses(&self) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for item in &self.items.items {
            if let syn::Item::Use(item) = item
                && !self.is_test_line(item.span().start().line)
            {
                write_out(&item.tree, "", item.span().start().line, &mut found);
            }
        }
        found
    }
}

fn is_test_path(path: &str) -> bool {
    path.ends_with("/tests.rs")
        || ["/tests/", "/benches/", "/examples/"].iter().any(|folder| path.contains(folder))
}

fn is_test_item(item: &syn::Item) -> bool {
    let attributes = match item {
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Const(item) => &item.attrs,
        _ => return false,
    };
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|word| word == "test")
    })
}

fn write_out(tree: &syn::UseTree, before: &str, line: usize, found: &mut Vec<(usize, String)>) {
    let join = |name: String| if before.is_empty() { name } else { format!("{before}::{name}") };
    match tree {
        syn::UseTree::Path(path) => {
            write_out(&path.tree, &join(path.ident.to_string()), line, found);
        }
        syn::UseTree::Name(name) => found.push((line, join(name.ident.to_string()))),
        syn::UseTree::Rename(name) => found.push((line, join(name.ident.to_string()))),
        syn::UseTree::Glob(_) => found.push((line, join("*".into()))),
        syn::UseTree::Group(group) => {
            for tree in &group.items {
                write_out(tree, before, line, found);
            }
        }
    }
}

fn flatten(stream: TokenStream, into: &mut Vec<Token>, texts: &mut BTreeSet<usize>) {
    for tree in stream {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                into.push(Token { text: open.into(), line });
                flatten(group.stream(), into, texts);
                into.push(Token { text: close.into(), line: group.span_close().start().line });
            }
            TokenTree::Ident(ident) => into.push(Token { text: ident.to_string(), line }),
            TokenTree::Punct(punct) => into.push(Token { text: punct.as_char().into(), line }),
            TokenTree::Literal(literal) => {
                if literal.to_string().contains('"') {
                    texts.extend(line..=literal.span().end().line);
                }
            }
        }
    }
}

/// A Markdown page.
#[derive(Debug, Clone)]
pub struct Page {
    /// Path from the root, with forward slashes.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Everything the checks look at.
pub struct Tree {
    /// The root.
    pub root: PathBuf,
    /// Rust files, in path order.
    pub sources: Vec<Source>,
    /// Markdown pages, in path order.
    pub pages: Vec<Page>,
}

/// Folders that hold no source of ours.
const SKIPPED: &[&str] = &["target", ".git", "sudare-home"];

impl Tree {
    /// Reads the tree under a root.
    ///
    /// # Errors
    /// [`TreeError`] if a file cannot be read or is not Rust.
    pub fn read(root: &Path) -> Result<Self, TreeError> {
        let mut tree = Self { root: root.into(), sources: Vec::new(), pages: Vec::new() };
        let mut waiting = vec![root.to_path_buf()];
        while let Some(folder) = waiting.pop() {
            tree.read_folder(&folder, &mut waiting)?;
        }
        tree.sources.sort_by(|a, b| a.path.cmp(&b.path));
        tree.pages.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(tree)
    }

    fn read_folder(&mut self, folder: &Path, more: &mut Vec<PathBuf>) -> Result<(), TreeError> {
        let fail = |source| TreeError::Read(folder.display().to_string(), source);
        for entry in std::fs::read_dir(folder).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type().map_err(fail)?.is_dir() {
                if !SKIPPED.contains(&name.as_str()) {
                    more.push(entry.path());
                }
            } else if has_ending(&name, "rs") || has_ending(&name, "md") {
                self.read_file(&entry.path())?;
            }
        }
        Ok(())
    }

    fn read_file(&mut self, file: &Path) -> Result<(), TreeError> {
        let path = file.strip_prefix(&self.root).unwrap_or(file).to_string_lossy().into_owned();
        let text = std::fs::read_to_string(file)
            .map_err(|source| TreeError::Read(path.clone(), source))?;
        if has_ending(&path, "md") {
            self.pages.push(Page { path, text });
        } else if !is_compile_fail_case(&path) {
            self.sources.push(Source::parse(&path, &text)?);
        }
        Ok(())
    }

    /// The page at a path, or an empty text.
    #[must_use]
    pub fn page(&self, path: &str) -> &str {
        self.pages.iter().find(|page| page.path == path).map_or("", |page| page.text.as_str())
    }
}

/// Whether a name ends in `.ending`.
#[must_use]
pub fn has_ending(name: &str, ending: &str) -> bool {
    Path::new(name).extension().is_some_and(|found| found == ending)
}

/// Cases that must not compile lie in `walls/` folders and are held by `trybuild`, not by style.
fn is_compile_fail_case(path: &str) -> bool {
    path.contains("/walls/")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "//! Doc.\nuse std::{fs, io::Read as R};\nfn f() { g(\"std::env\"); }\n\
                        #[cfg(test)]\nmod tests {\n    fn t() { std::env::vars(); }\n}\n";

    #[test]
    fn tests_and_texts_are_not_seen() {
        let source = Source::parse("crates/x/src/a.rs", TEXT).unwrap();
        assert_eq!(source.find(&["std", ":", ":", "env"]).count(), 0);
        assert_eq!(source.find(&["g", "("]).collect::<Vec<_>>(), [3]);
        assert_eq!(source.lines().count(), 3);
        assert_eq!(source.package(), "crates/x");
    }

    #[test]
    fn a_group_of_uses_is_written_out() {
        let source = Source::parse("crates/x/src/a.rs", TEXT).unwrap();
        assert_eq!(source.uses(), [(2, "std::fs".into()), (2, "std::io::Read".into())]);
    }

    #[test]
    fn what_is_not_rust_is_said_with_its_path() {
        let error = Source::parse("crates/x/src/a.rs", "fn (").err().unwrap();
        assert_eq!(error.to_string(), "`crates/x/src/a.rs` could not be parsed");
    }
}
