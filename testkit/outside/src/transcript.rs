//! Sessions in Markdown: what a page tells a reader to type, and what it says they will see.
//!
//! A fenced block marked `console` is a session: `$ ` begins a command (a `\` at the end continues it), `? 3` below it
//! states an exit status other than 0, and any other lines are output. Output matches when each of its lines is met in
//! order; `...` stands for any lines, `[..]` for any text within one.

/// A command of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Line of the page, from 1.
    pub line: usize,
    /// What is typed.
    pub typed: String,
    /// The exit status the page states.
    pub status: i32,
    /// Lines the page says will be seen; empty if it says nothing.
    pub seen: Vec<String>,
}

/// The commands of a page's `console` blocks, in order.
#[must_use]
pub fn commands(page: &str) -> Vec<Command> {
    let mut found: Vec<Command> = Vec::new();
    let mut inside = false;
    let mut continued = false;
    for (line, text) in (1..).zip(page.lines()) {
        if text.starts_with("```") {
            inside = text == "```console";
            continue;
        }
        if !inside {
            continue;
        }
        let (body, goes_on) = text.strip_suffix('\\').map_or((text, false), |body| (body, true));
        if continued && let Some(last) = found.last_mut() {
            last.typed = format!("{} {}", last.typed.trim_end(), body.trim());
            continued = goes_on;
        } else if let Some(typed) = body.strip_prefix("$ ") {
            found.push(Command { line, typed: typed.trim().into(), status: 0, seen: Vec::new() });
            continued = goes_on;
        } else if let Some(last) = found.last_mut() {
            match text.strip_prefix("? ").and_then(|status| status.trim().parse().ok()) {
                Some(status) => last.status = status,
                None => last.seen.push(text.into()),
            }
        }
    }
    found
}

/// The first stated line that the output does not show, or `None` if all are met in order.
#[must_use]
pub fn unseen<'a>(stated: &'a [String], output: &str) -> Option<&'a str> {
    let mut lines = output.lines();
    stated
        .iter()
        .filter(|line| line.trim() != "..." && !line.trim().is_empty())
        .find(|stated| !lines.any(|line| fits(stated, line)))
        .map(String::as_str)
}

/// Whether a line fits a pattern in which `[..]` stands for any text. Space at the ends does not count.
fn fits(pattern: &str, line: &str) -> bool {
    let mut rest = line.trim();
    let mut parts = pattern.trim().split("[..]").peekable();
    let first = parts.next().unwrap_or_default();
    if parts.peek().is_none() {
        return first == rest;
    }
    let Some(after) = rest.strip_prefix(first) else { return false };
    rest = after;
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "Text\n```console\n$ sudare demo \\\n    --persons 10\n12 rows\n...\n$ sudare x\n? 2\n```\n\
                        ```toml\n$ no\n```\n";

    #[test]
    fn a_session_is_read() {
        let found = commands(PAGE);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].typed, "sudare demo --persons 10");
        assert_eq!(found[0].seen, ["12 rows", "..."]);
        assert_eq!((found[1].line, found[1].status), (7, 2));
    }

    #[test]
    fn what_the_page_states_and_the_output_lacks_is_named() {
        let stated = ["built [..] rows".to_owned(), "...".to_owned(), "done".to_owned()];
        assert_eq!(unseen(&stated, "x\nbuilt 12 rows\n\ndone\n"), None);
        assert_eq!(unseen(&stated, "built 12 rows\n"), Some("done"));
        assert_eq!(unseen(&stated, "built 12 tables\ndone\n"), Some("built [..] rows"));
        assert_eq!(unseen(&["a[..]b[..]c".to_owned()], "axxbyyc"), None);
        assert_eq!(unseen(&["a[..]b[..]c".to_owned()], "axxyyc"), Some("a[..]b[..]c"));
    }
}
