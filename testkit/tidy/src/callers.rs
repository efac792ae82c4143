//! Who may call what: reading an identifying value, minting a person, touching files, clock, environment, sockets or
//! threads.
//!
//! The compiler lets any dependent crate call a public function; these lists are what keeps the callers few, so that a
//! reviewer can read all of them. A new entry is a decision: add it with the reason in the commit.

use crate::tree::{Complaint, Source};

const CHECK: &str = "callers";

/// Something few may do.
#[derive(Debug)]
pub struct Guarded {
    /// What it is, in words.
    pub what: &'static str,
    /// Runs of tokens by which it is seen. `::` is two tokens.
    pub runs: &'static [&'static [&'static str]],
    /// Beginnings of `use` paths by which it is seen.
    pub uses: &'static [&'static str],
    /// Beginnings of paths that may do it.
    pub allowed: &'static [&'static str],
}

/// The guarded acts.
pub const GUARDED: &[Guarded] = &[
    Guarded {
        what: "reads an identifying value (`.reveal()`)",
        runs: &[&[".", "reveal", "("], &["Revealing", ":", ":", "reveal"]],
        uses: &[],
        allowed: &[
            "crates/identity/src/",
            // A list of stop requests names patients by number; the register knows them by subject key.
            "crates/consent/src/register.rs",
            // The document handed to whoever asked for a stop names them.
            "crates/consent/src/receipt.rs",
            "crates/intake/src/identity",
            "crates/linkage/src/",
            "crates/platform/src/gate",
            // The receipt of a stop request names the requester; it is sealed as it is written.
            "crates/platform/src/act/stop/receipt.rs",
            // `tools parse` has no site: a patient's key is made with a key of that run.
            "crates/platform/src/act/parse.rs",
        ],
    },
    Guarded {
        what: "mints a person (`PersonId::mint`)",
        runs: &[&["PersonId", ":", ":", "mint"]],
        uses: &[],
        allowed: &["crates/linkage/src/"],
    },
    Guarded {
        what: "touches the file system",
        runs: &[&["std", ":", ":", "fs"], &["tokio", ":", ":", "fs"]],
        uses: &["std::fs", "tokio::fs"],
        allowed: &[
            "crates/store/src/",
            "crates/app/src/",
            "crates/synth/src/",
            // Shuffled rows of a cluster lie on tmpfs, in a folder that goes with its owner.
            "crates/engine/src/cluster/scratch.rs",
            // `tools parse` writes plain files that belong to no site.
            "crates/platform/src/act/parse.rs",
            "testkit/",
        ],
    },
    Guarded {
        what: "reads the environment",
        runs: &[&["std", ":", ":", "env"], &["env", ":", ":", "var"]],
        uses: &["std::env"],
        allowed: &["crates/platform/src/", "crates/app/src/", "testkit/"],
    },
    Guarded {
        what: "reads the clock",
        runs: &[
            &["SystemTime", ":", ":", "now"],
            &["Instant", ":", ":", "now"],
            &["Utc", ":", ":", "now"],
            &["Local", ":", ":", "now"],
        ],
        uses: &[],
        allowed: &["crates/platform/src/", "crates/app/src/", "testkit/"],
    },
    Guarded {
        what: "opens a socket",
        runs: &[
            &["TcpListener", ":", ":", "bind"],
            &["TcpStream", ":", ":", "connect"],
            &["UdpSocket", ":", ":", "bind"],
            &["UnixListener", ":", ":", "bind"],
            &["UnixStream", ":", ":", "connect"],
        ],
        uses: &[],
        allowed: &[
            // Images come in, and nothing goes out.
            "crates/platform/src/act/listen.rs",
            // Between processes of one machine.
            "crates/engine/src/cluster/",
            "testkit/",
        ],
    },
    Guarded {
        what: "starts a thread or a runtime",
        runs: &[
            &["thread", ":", ":", "spawn"],
            &["thread", ":", ":", "scope"],
            &["tokio", ":", ":", "spawn"],
            &["Runtime", ":", ":", "new"],
            &["Builder", ":", ":", "new_multi_thread"],
            &["Builder", ":", ":", "new_current_thread"],
        ],
        uses: &["rayon"],
        allowed: &["crates/platform/src/", "crates/app/src/", "crates/synth/src/", "testkit/"],
    },
];

/// Checks all files against [`GUARDED`].
#[must_use]
pub fn check(sources: &[Source]) -> Vec<Complaint> {
    let mut found = Vec::new();
    for guarded in GUARDED {
        for source in sources {
            if guarded.allowed.iter().any(|allowed| source.path.starts_with(allowed)) {
                continue;
            }
            let mut lines: Vec<usize> =
                guarded.runs.iter().flat_map(|run| source.find(run)).collect();
            let by_use = |path: &str| guarded.uses.iter().any(|used| is_under(path, used));
            lines.extend(
                source.uses().iter().filter(|(_, path)| by_use(path)).map(|(line, _)| *line),
            );
            lines.sort_unstable();
            lines.dedup();
            for line in lines {
                let says = format!("{}; only {:?} may", guarded.what, guarded.allowed);
                found.push(Complaint::new(CHECK, format!("{}:{line}", source.path), says));
            }
        }
    }
    found
}

fn is_under(path: &str, used: &str) -> bool {
    path == used || path.strip_prefix(used).is_some_and(|rest| rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(path: &str, text: &str) -> Vec<String> {
        let source = Source::parse(path, text).unwrap();
        check(&[source]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_reader_of_names_outside_the_list_is_told() {
        let text = "fn f(name: &Revealing) -> &str { name.reveal() }";
        assert_eq!(says("crates/deident/src/a.rs", text).len(), 1);
        assert!(says("crates/linkage/src/normalise.rs", text).is_empty());
        assert_eq!(says("crates/platform/src/receive.rs", text).len(), 1);
    }

    #[test]
    fn a_mint_outside_linkage_is_told() {
        assert_eq!(says("crates/intake/src/a.rs", "fn f() { PersonId::mint(x); }").len(), 1);
    }

    #[test]
    fn files_clock_environment_and_threads_are_told_in_every_spelling() {
        let at = "crates/deident/src/a.rs";
        assert_eq!(says(at, "fn f() { std::fs::read(p); }").len(), 1);
        assert_eq!(says(at, "use std::{fs, io};").len(), 1);
        assert_eq!(says(at, "use std::fs::File;").len(), 1);
        assert_eq!(says(at, "use std::env;\nfn f() { env::var(n); }").len(), 2);
        assert_eq!(says(at, "fn f() { SystemTime::now(); }").len(), 1);
        assert_eq!(says(at, "use std::thread;\nfn f() { thread::spawn(g); }").len(), 1);
        assert_eq!(says(at, "use rayon::prelude::*;").len(), 1);
        assert!(says("crates/store/src/a.rs", "use std::fs;").is_empty());
        assert_eq!(says("crates/platform/src/a.rs", "fn f() { TcpListener::bind(a); }").len(), 1);
    }
}
