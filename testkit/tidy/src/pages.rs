//! Documents that stay true: no dead link, no page that the summary forgets, no invariant without its test.

use std::path::{Component, Path, PathBuf};

use crate::tree::{Complaint, Page, Source, Tree};

const CHECK: &str = "pages";

/// Checks all pages of the tree.
#[must_use]
pub fn check(tree: &Tree) -> Vec<Complaint> {
    let exists = |path: &Path| tree.root.join(path).exists();
    let mut found = Vec::new();
    for page in &tree.pages {
        found.extend(dead_links(page, exists));
    }
    found.extend(forgotten(&tree.pages));
    found.extend(invariants(tree.page("ARCHITECTURE.md"), &tree.sources, exists));
    found.extend(properties(tree.page(PROPERTIES), &tree.sources, exists));
    found
}

/// Links to files that are not there. Links with a scheme are not followed: tests use no network.
fn dead_links(page: &Page, exists: impl Fn(&Path) -> bool) -> Vec<Complaint> {
    let folder = Path::new(&page.path).parent().unwrap_or(Path::new(""));
    let mut found = Vec::new();
    for (line, text) in (1..).zip(page.text.lines()) {
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or(link);
            if file.is_empty() || link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            if !exists(&plain(&folder.join(file))) {
                let place = format!("{}:{line}", page.path);
                found.push(Complaint::new(
                    CHECK,
                    place,
                    format!("links to `{file}`, which is not there"),
                ));
            }
        }
    }
    found
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

/// Pages under `docs/` that `docs/SUMMARY.md` does not link.
fn forgotten(pages: &[Page]) -> Vec<Complaint> {
    const SUMMARY: &str = "docs/SUMMARY.md";
    let summary =
        pages.iter().find(|page| page.path == SUMMARY).map_or("", |page| page.text.as_str());
    pages
        .iter()
        .filter_map(|page| Some((page, page.path.strip_prefix("docs/")?)))
        .filter(|(page, short)| page.path != SUMMARY && !summary.contains(&format!("({short})")))
        .map(|(page, _)| Complaint::new(CHECK, page.path.as_str(), "is not in docs/SUMMARY.md"))
        .collect()
}

/// Invariants are paragraphs beginning `**I-n, name.**`, numbered from 1; each says `Held by` and names at least one
/// test (`crate::test_name`) or file (`path/to/case.rs`) in backticks that exists.
fn invariants(page: &str, sources: &[Source], exists: impl Fn(&Path) -> bool) -> Vec<Complaint> {
    let mut found = Vec::new();
    let mut complain = |id: &str, says: String| {
        found.push(Complaint::new(CHECK, format!("ARCHITECTURE.md, {id}"), says));
    };
    let paragraphs = page.split("\n\n").filter_map(|text| {
        let text = text.trim_start().trim_start_matches("- ");
        let id = text.strip_prefix("**")?.split(',').next()?;
        id.strip_prefix("I-").map(|number| (id, number, text))
    });
    let mut count = 0;
    for (id, number, text) in paragraphs {
        count += 1;
        if number != count.to_string() {
            complain(id, format!("should be I-{count}"));
        }
        let held = text.split_once("Held by").map_or("", |(_, rest)| rest);
        let tests: Vec<&str> = held.split('`').skip(1).step_by(2).collect();
        if tests.is_empty() {
            complain(id, "says `Held by` no test".into());
        }
        for test in tests {
            let there =
                if test.contains('/') { exists(Path::new(test)) } else { is_test(test, sources) };
            if !there {
                complain(id, format!("`{test}` is not in the tree"));
            }
        }
    }
    if count == 0 {
        complain("I-1", "no invariant found".into());
    }
    found
}

/// The page of promises: at most seven, in a table whose last column names the tests.
const PROPERTIES: &str = "docs/security-properties.md";
const PROPERTIES_MAX: usize = 7;

fn properties(page: &str, sources: &[Source], exists: impl Fn(&Path) -> bool) -> Vec<Complaint> {
    let numbered = |row: &&str| row.starts_with("| ") && row.contains("| **");
    let rows: Vec<&str> = page.lines().filter(numbered).collect();
    let mut found = Vec::new();
    if rows.is_empty() || rows.len() > PROPERTIES_MAX {
        let says = format!("promises {} things, at most {PROPERTIES_MAX}", rows.len());
        found.push(Complaint::new(CHECK, PROPERTIES, says));
    }
    for row in rows {
        let tests = row.trim_end_matches([' ', '|']).rsplit('|').next().unwrap_or_default();
        let mut tests = tests.split('`').skip(1).step_by(2).peekable();
        if tests.peek().is_none() {
            found.push(Complaint::new(CHECK, PROPERTIES, format!("no test: {row}")));
        }
        for test in tests.filter(|test| !is_there(test, sources, &exists)) {
            found.push(Complaint::new(CHECK, PROPERTIES, format!("`{test}` is not in the tree")));
        }
    }
    found
}

/// Whether a file (`a/b.rs`) or a test (`crate::name`) is in the tree.
fn is_there(test: &str, sources: &[Source], exists: impl Fn(&Path) -> bool) -> bool {
    if test.contains('/') { exists(Path::new(test)) } else { is_test(test, sources) }
}

/// Whether `crate::…::name` is a function under the folder of that crate.
fn is_test(path: &str, sources: &[Source]) -> bool {
    let package = path.split("::").next().unwrap_or(path);
    let name = path.rsplit("::").next().unwrap_or(path);
    let wanted = format!("fn {name}(");
    let folders = [format!("crates/{package}/"), format!("testkit/{package}/")];
    sources.iter().any(|source| {
        let ours = folders.iter().any(|folder| source.path.starts_with(folder))
            || (package == "testkit" && source.path.starts_with("testkit/"));
        ours && source.text.contains(&wanted)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(path: &str, text: &str) -> Page {
        Page { path: path.into(), text: text.into() }
    }

    #[test]
    fn a_dead_link_is_told() {
        let exists = |path: &Path| path == Path::new("README.md");
        assert!(
            dead_links(&page("docs/a.md", "[x](../README.md#top) [y](https://e.org)"), exists)
                .is_empty()
        );
        assert_eq!(dead_links(&page("docs/a.md", "[x](README.md)"), exists).len(), 1);
    }

    #[test]
    fn a_forgotten_page_is_told() {
        let summary = page("docs/SUMMARY.md", "- [A](a.md)");
        assert!(forgotten(&[summary.clone(), page("docs/a.md", "")]).is_empty());
        assert_eq!(forgotten(&[summary, page("docs/guide/b.md", "")]).len(), 1);
    }

    #[test]
    fn an_invariant_without_its_test_is_told() {
        let source =
            Source::parse("crates/ledger/src/log.rs", "#[test]\nfn a_flip_is_found() {}").unwrap();
        let says = |text: &str| invariants(text, std::slice::from_ref(&source), |_| false).len();
        assert_eq!(says("**I-1, the log.** Bytes. Held by `ledger::log::a_flip_is_found`."), 0);
        assert_eq!(says("**I-1, the log.** Bytes. Held by `store::a_flip_is_found`."), 1);
        assert_eq!(says("**I-1, the log.** Bytes."), 1);
        assert_eq!(says("**I-2, the log.** Bytes. Held by `ledger::a_flip_is_found`."), 1);
        assert_eq!(says("**I-1, the log.** Held by `crates/x/tests/walls/y.rs`."), 1);
        assert_eq!(says("nothing"), 1);
    }

    #[test]
    fn a_promise_without_its_test_is_told() {
        let source =
            Source::parse("crates/ledger/src/log.rs", "#[test]\nfn a_flip_is_found() {}").unwrap();
        let says = |text: &str| properties(text, std::slice::from_ref(&source), |_| false).len();
        let row = "| 1 | **It holds.** | x | y | `ledger::a_flip_is_found` |\n";
        assert_eq!(says(row), 0);
        assert_eq!(says(&row.repeat(8)), 1);
        assert_eq!(says("| 1 | **It holds.** | x | y | nothing |\n"), 1);
        assert_eq!(says("| 1 | **It holds.** | x | y | `ledger::gone` |\n"), 1);
        assert_eq!(says(""), 1);
    }
}
