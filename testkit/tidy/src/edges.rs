//! The map: who may use whom. The list of allowed edges in this file *is* the map that `ARCHITECTURE.md` draws.
//!
//! Read from `cargo metadata`, so that neither a renamed dependency nor one behind a feature escapes. An edge that is
//! allowed and not used is no complaint: the map says what may be.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata};

use crate::tree::Complaint;

const CHECK: &str = "edges";

/// Package (without the prefix `sudare-`), and what it may use of this workspace outside its tests.
pub const MAP: &[(&str, &[&str])] = &[
    // Nouns.
    ("model", &[]),
    ("identity", &["model"]),
    // The book.
    ("ledger", &["model"]),
    // Machinery.
    ("store", &["model", "ledger"]),
    ("engine", &["model", "store"]),
    // Stages. None uses another: what passes between them is a dataset.
    ("intake", &["model", "identity", "ledger", "store"]),
    ("consent", &["model", "identity", "ledger", "store"]),
    ("linkage", &["model", "identity", "ledger", "store"]),
    ("deident", &["model", "identity", "ledger", "store"]),
    ("provision", &["model", "ledger", "store"]),
    // Invented people.
    ("synth", &["model"]),
    // Outside.
    (
        "platform",
        &[
            "model",
            "identity",
            "ledger",
            "store",
            "engine",
            "intake",
            "consent",
            "linkage",
            "deident",
            "provision",
            "synth",
        ],
    ),
    ("app", &["model", "platform"]),
    // What never ships.
    ("testkit", &["model", "store"]),
    ("canary", &[]),
    ("outside", &[]),
    ("plain", &[]),
    ("tidy", &[]),
];

/// Packages that cannot name a person: no path to `identity`, at any distance.
pub const BLIND: &[&str] = &["model", "ledger", "store", "engine", "provision"];

/// Stages: none uses another, not even in its tests.
pub const STAGES: &[&str] = &["intake", "consent", "linkage", "deident", "provision"];

/// Outside packages, by the beginning of their name, that only these packages may name.
pub const RESERVED: &[(&str, &[&str])] = &[
    ("datafusion", &["engine"]),
    ("ballista", &["engine"]),
    ("deltalake", &["store"]),
    ("sqlx", &["store"]),
    ("dicom-ul", &["platform"]),
    ("clap", &["app"]),
    ("axum", &["app"]),
    ("askama", &["app"]),
    ("miette", &["app"]),
    ("anyhow", &["app"]),
    ("indicatif", &["app"]),
];

/// All that the nouns and the book may use from outside: they must build in seconds and hold no machinery.
pub const LIGHT: &[(&str, &[&str])] = &[
    ("model", &["thiserror"]),
    ("identity", &["thiserror", "zeroize"]),
    ("ledger", &["aws-lc-rs", "base64", "serde", "serde_json", "thiserror", "zeroize"]),
];

/// Packages that never ship: allowed as dev-dependencies of anyone, and of nobody otherwise.
const TEST_ONLY: &[&str] = &["testkit", "canary", "outside", "plain", "tidy"];

/// What each package of the workspace depends on.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// Package without its prefix, to what it uses outside its tests.
    pub normal: BTreeMap<String, BTreeSet<String>>,
    /// The same for dev-dependencies.
    pub dev: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    /// Reads the graph from `cargo metadata`; packages of the workspace lose their prefix.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        let mut graph = Self::default();
        for package in metadata.workspace_packages() {
            let name = short(&package.name);
            graph.normal.entry(name.clone()).or_default();
            for dependency in &package.dependencies {
                let kinds = match dependency.kind {
                    DependencyKind::Development => &mut graph.dev,
                    _ => &mut graph.normal,
                };
                kinds.entry(name.clone()).or_default().insert(short(&dependency.name));
            }
        }
        graph
    }

    /// Everything of `within` that a package reaches, itself left out.
    fn reach(&self, from: &str) -> BTreeSet<&str> {
        let mut seen = BTreeSet::new();
        let mut waiting = vec![from];
        while let Some(package) = waiting.pop() {
            for next in self.normal.get(package).into_iter().flatten() {
                if seen.insert(next.as_str()) {
                    waiting.push(next);
                }
            }
        }
        seen
    }
}

fn short(name: &str) -> String {
    name.strip_prefix("sudare-").unwrap_or(name).to_owned()
}

/// Compares a graph with the map.
#[must_use]
pub fn check(graph: &Graph) -> Vec<Complaint> {
    let mut found = Vec::new();
    for (package, uses) in &graph.normal {
        check_package(package, uses, &mut found);
    }
    for blind in BLIND {
        if graph.reach(blind).contains("identity") {
            found.push(Complaint::new(
                CHECK,
                *blind,
                "reaches `identity`; it may not name a person",
            ));
        }
    }
    for (package, uses) in &graph.dev {
        check_tests(package, uses, &mut found);
    }
    found
}

fn check_package(package: &str, uses: &BTreeSet<String>, found: &mut Vec<Complaint>) {
    let Some((_, allowed)) = MAP.iter().find(|(name, _)| *name == package) else {
        found.push(Complaint::new(CHECK, package, "is not on the map; draw it before building it"));
        return;
    };
    for used in uses {
        let used = used.as_str();
        if MAP.iter().any(|(name, _)| *name == used) && !allowed.contains(&used) {
            let says = if TEST_ONLY.contains(&used) {
                format!("uses `{used}`, which never ships: make it a dev-dependency")
            } else {
                format!("uses `{used}`, an edge the map does not have")
            };
            found.push(Complaint::new(CHECK, package, says));
        }
        for (prefix, owners) in RESERVED {
            if used.starts_with(prefix) && !owners.contains(&package) {
                let says = format!("names `{used}`, which only {owners:?} may name");
                found.push(Complaint::new(CHECK, package, says));
            }
        }
        let light = LIGHT.iter().find(|(name, _)| *name == package);
        let known = MAP.iter().any(|(name, _)| *name == used);
        if let Some((_, few)) = light
            && !known
            && !few.contains(&used)
        {
            found.push(Complaint::new(
                CHECK,
                package,
                format!("names `{used}`; it uses {few:?} only"),
            ));
        }
    }
}

/// What tests may use is freer: anything but a person for the blind, or another stage for a stage.
fn check_tests(package: &str, uses: &BTreeSet<String>, found: &mut Vec<Complaint>) {
    let barred = |used: &str| {
        (BLIND.contains(&package) && used == "identity")
            || (STAGES.contains(&package) && STAGES.contains(&used) && used != package)
    };
    for used in uses.iter().filter(|used| barred(used)) {
        found.push(Complaint::new(CHECK, package, format!("its tests use `{used}`")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &str)]) -> Graph {
        let mut graph = Graph::default();
        for (from, to) in edges {
            graph.normal.entry((*from).into()).or_default().insert((*to).into());
        }
        graph
    }

    fn says(edges: &[(&str, &str)]) -> Vec<String> {
        check(&graph(edges)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_stage_that_uses_another_is_told() {
        assert_eq!(
            says(&[("deident", "linkage")]),
            ["edges: deident: uses `linkage`, an edge the map does not have"]
        );
    }

    #[test]
    fn the_wall_holds_at_a_distance() {
        let found = says(&[("provision", "store"), ("store", "ledger"), ("ledger", "identity")]);
        assert!(found.iter().any(|line| line.starts_with("edges: provision: reaches `identity`")));
        assert!(found.iter().any(|line| line.starts_with("edges: store: reaches `identity`")));
    }

    #[test]
    fn only_the_engine_names_the_engine() {
        assert!(says(&[("engine", "datafusion")]).is_empty());
        assert_eq!(says(&[("linkage", "datafusion-common")]).len(), 1);
        assert_eq!(says(&[("platform", "clap")]).len(), 1);
    }

    #[test]
    fn tests_do_not_climb_the_walls() {
        let mut graph = graph(&[("consent", "model"), ("provision", "ledger")]);
        graph.dev.insert("consent".into(), ["synth".into(), "intake".into()].into());
        graph.dev.insert("provision".into(), ["identity".into()].into());
        let found: Vec<String> = check(&graph).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "edges: consent: its tests use `intake`",
                "edges: provision: its tests use `identity`"
            ]
        );
    }

    #[test]
    fn nouns_stay_light_and_testkit_does_not_ship() {
        assert_eq!(says(&[("model", "tokio")]).len(), 1);
        assert_eq!(says(&[("platform", "testkit")]).len(), 1);
        assert_eq!(says(&[("attic", "model")]).len(), 1);
    }
}
