//! What holds for all statements in all orders.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sudare_linkage::PersonMap;

use crate::people::{Row, link, pairs, row};

/// Few values, so that everything meets everything.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    let one = (0..12u128, 0..3usize, 0..3usize, 0..4usize, 0..3usize, 0..4usize).prop_map(
        |(subject, name, birth, phone, insured, branch)| {
            let names = ["スズキ アオイ", "スズキ アカネ", ""];
            let births = ["2010-01-02", "2010-01-02", "1980-05-05"];
            let phones = ["0112223333", "0455556666", "", "0667778888"];
            let branches = ["01", "01", "02", ""];
            let mut rest = vec![("phone", phones[phone])];
            if insured > 0 {
                rest.extend([
                    ("insurer_number", "01130012"),
                    ("insurance_number", ["", "7", "8"][insured]),
                    ("insurance_branch", branches[branch]),
                ]);
            }
            row(subject, names[name], births[birth], "F", &rest)
        },
    );
    prop::collection::vec(one, 0..24)
}

/// Persons as sets of subjects.
fn persons(map: &[(u128, u128)]) -> BTreeSet<BTreeSet<u128>> {
    let mut sets: BTreeMap<u128, BTreeSet<u128>> = BTreeMap::new();
    for (subject, person) in map {
        sets.entry(*person).or_default().insert(*subject);
    }
    sets.into_values().collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn order_does_not_matter(
        (rows, shuffled) in rows()
            .prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
    ) {
        let (one, other) = (link(&rows, None), link(&shuffled, None));
        prop_assert_eq!(pairs(&one), pairs(&other));
        prop_assert_eq!(one.evidence, other.evidence);
        prop_assert_eq!(one.conflicts, other.conflicts);
    }

    #[test]
    fn no_person_contradicts_itself(rows in rows()) {
        let linked = link(&rows, None);
        let person: BTreeMap<u128, u128> = pairs(&linked).into_iter().collect();
        let mut said: BTreeMap<u128, Vec<&Row>> = BTreeMap::new();
        for row in &rows {
            said.entry(person[&row.subject]).or_default().push(row);
        }
        for rows in said.values() {
            let subjects: BTreeSet<_> = rows.iter().map(|row| row.subject).collect();
            if subjects.len() < 2 {
                continue;
            }
            let births: BTreeSet<_> = rows.iter().map(|row| row.birth).collect();
            prop_assert_eq!(births.len(), 1);
            let mut branches: BTreeMap<&String, BTreeSet<&String>> = BTreeMap::new();
            for row in rows {
                let branch = row.texts.get("insurance_branch").filter(|text| !text.is_empty());
                if let (Some(number), Some(branch)) = (row.texts.get("insurance_number"), branch) {
                    branches.entry(number).or_default().insert(branch);
                }
            }
            prop_assert!(branches.values().all(|branches| branches.len() == 1));
        }
    }

    #[test]
    fn every_subject_has_one_person_and_repeating_changes_nothing(rows in rows()) {
        let first = link(&rows, None);
        let subjects: BTreeSet<_> = rows.iter().map(|row| row.subject).collect();
        let mapped: Vec<_> = pairs(&first).into_iter().map(|(subject, _)| subject).collect();
        prop_assert_eq!(subjects.into_iter().collect::<Vec<_>>(), mapped);
        let map = PersonMap::read([&first.map]).unwrap();
        let twice: Vec<Row> = rows.iter().chain(&rows).cloned().collect();
        let again = link(&twice, Some(&map));
        prop_assert_eq!(pairs(&again), pairs(&first));
        prop_assert!(again.merges.is_empty() && again.splits.is_empty());
    }

    #[test]
    fn a_refresh_says_who_was_joined_or_parted(before in rows(), after in rows()) {
        let first = link(&before, None);
        let map = PersonMap::read([&first.map]).unwrap();
        let all: Vec<Row> = before.iter().chain(&after).cloned().collect();
        let second = link(&all, Some(&map));
        // Persons are those of a linkage from nothing; only their ids remember.
        prop_assert_eq!(persons(&pairs(&second)), persons(&pairs(&link(&all, None))));
        let now: BTreeMap<u128, u128> = pairs(&second).into_iter().collect();
        let told: BTreeSet<(u128, u128)> = second
            .merges
            .iter()
            .map(|one| (one.from, one.into))
            .chain(second.splits.iter().map(|one| (one.from, one.into)))
            .map(|(from, into)| [from, into].map(|one| u128::from_be_bytes(*one.reveal())))
            .map(|[from, into]| (from, into))
            .collect();
        for (subject, was) in pairs(&first) {
            let is = now[&subject];
            prop_assert!(is == was || told.contains(&(was, is)));
        }
    }
}
