//! What differs between the tracks (R-PSEU-06), and what never leaves on either.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, Float64Type, Int32Type, Int64Type};
use proptest::prelude::*;
use sudare_deident::release::ReleaseError;

use crate::build::{ANONYMISED, Built, Failed, PSEUDONYMISED, build};
use crate::people::{Cell, Linked, OUTLIER, RARE, RARE_SIBLINGS, key, text};

fn texts(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let array = batch.column_by_name(name).unwrap();
    let plain = arrow::compute::cast(array, &arrow::datatypes::DataType::Utf8).unwrap();
    plain.as_string::<i32>().iter().map(|one| one.map(str::to_owned)).collect()
}

fn ids(built: &Built) -> BTreeSet<String> {
    texts(&built.table("person"), "person_id").into_iter().flatten().collect()
}

fn both(linked: &Linked) -> (Built, Built) {
    (
        build(ANONYMISED, linked, b"ephemeral", 50).unwrap(),
        build(PSEUDONYMISED, linked, b"project key", 50).unwrap(),
    )
}

#[test]
fn outliers_rare_codes_and_dates_stay_on_one_track_and_not_on_the_other() {
    let (anonymised, pseudonymised) = both(&Linked::region(400, 1));
    let codes = |built: &Built| -> BTreeSet<String> {
        texts(&built.table("condition_occurrence"), "condition_source_value")
            .into_iter()
            .flatten()
            .collect()
    };
    let (a, p) = (codes(&anonymised), codes(&pseudonymised));
    assert!(p.contains(RARE) && !a.contains(RARE));
    // Rare members of one category stand under it, since together enough persons hold them.
    for sibling in RARE_SIBLINGS {
        assert!(p.contains(sibling) && !a.contains(sibling));
    }
    assert!(a.contains("C92") && !p.contains("C92"));

    let most = |built: &Built| {
        let table = built.table("measurement");
        let values = table.column_by_name("value_as_number").unwrap().as_primitive::<Float64Type>();
        arrow::compute::max(values).unwrap()
    };
    assert_eq!(most(&pseudonymised), OUTLIER);
    assert!(most(&anonymised) <= 150.0);

    let columns = |built: &Built, table: &str| -> BTreeSet<String> {
        built.table(table).schema().fields().iter().map(|field| field.name().clone()).collect()
    };
    let (a, p) = (columns(&anonymised, "measurement"), columns(&pseudonymised, "measurement"));
    let only: Vec<_> = p.difference(&a).cloned().collect();
    assert_eq!(only, ["measurement_datetime", "provider_id"]);
    for gone in ["subject", "tracks", "delivery_id", "file_no", "record_no", "visit_key"] {
        assert!(!p.contains(gone) && !a.contains(gone));
    }
    assert!(!columns(&pseudonymised, "condition_occurrence").contains("condition_source_name"));
    assert!(!columns(&pseudonymised, "person").contains("day_of_birth"));
    assert!(!columns(&anonymised, "person").contains("month_of_birth"));
}

#[test]
fn a_row_leaves_on_its_own_tracks_alone() {
    let linked = Linked::region(400, 2);
    let (anonymised, pseudonymised) = both(&linked);
    let on = |bit: u8| {
        let rows = &linked.tables["measurement"];
        rows.iter()
            .filter(|row| matches!(row["tracks"], Cell::Number(tracks) if tracks as u8 & bit != 0))
            .count()
    };
    assert_eq!(pseudonymised.table("measurement").num_rows(), on(2));
    assert!(anonymised.table("measurement").num_rows() <= on(1));
    assert!(ids(&pseudonymised).len() < 400);
}

#[test]
fn ids_of_two_releases_have_nothing_in_common_and_those_of_a_project_are_stable() {
    let linked = Linked::region(300, 3);
    let first = ids(&build(ANONYMISED, &linked, b"build 1", 50).unwrap());
    let second = ids(&build(ANONYMISED, &linked, b"build 2", 50).unwrap());
    let project = ids(&build(PSEUDONYMISED, &linked, b"project 1", 50).unwrap());
    let other = ids(&build(PSEUDONYMISED, &linked, b"project 2", 50).unwrap());
    for (a, b) in [(&first, &second), (&project, &other), (&first, &project)] {
        assert!(a.is_disjoint(b));
    }
    let grown = ids(&build(PSEUDONYMISED, &Linked::region(350, 3), b"project 1", 50).unwrap());
    assert!(grown.is_superset(&project));
}

#[test]
fn dates_move_by_one_shift_for_a_person_and_never_by_none() {
    let linked = Linked::region(300, 4);
    let spec = ANONYMISED.replace("from = 2024-04-01\nuntil = 2025-03-31\n", "");
    let built = build(&spec, &linked, b"k", 64).unwrap();
    let table = built.table("measurement");
    let persons = texts(&table, "person_id");
    let days = table.column_by_name("measurement_date").unwrap().as_primitive::<Date32Type>();
    let mut by_person: BTreeMap<String, BTreeSet<i32>> = BTreeMap::new();
    for (person, day) in persons.into_iter().flatten().zip(days.iter().flatten()) {
        by_person.entry(person).or_default().insert(day);
    }
    for days in by_person.values() {
        let days: Vec<i32> = days.iter().copied().collect();
        assert!(days.windows(2).all(|pair| pair[1] - pair[0] == 40), "gaps are kept");
    }
    // Had a shift been 0, a person's first day would be START + its own number modulo 30.
    let namer_days: BTreeSet<i32> =
        by_person.values().filter_map(|days| days.first().copied()).collect();
    assert!(namer_days.len() > 40);
}

#[test]
fn nothing_of_the_source_is_in_any_byte_of_a_release() {
    let (anonymised, pseudonymised) = both(&Linked::region(200, 5));
    for built in [&anonymised, &pseudonymised] {
        for (name, bytes) in built.folder.files() {
            for secret in ["delivery-secret", "山田", "太郎"] {
                let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
                assert!(!found, "{secret} in {name}");
            }
            for person in 0..200u64 {
                let raw = [key(1, person), key(2, person)];
                let found = bytes.windows(16).any(|part| raw.iter().any(|key| key == part));
                assert!(!found, "an internal id in {name}");
            }
        }
        for plan in &built.plans {
            let text = format!("{plan:?}");
            for secret in ["ephemeral", "project key", "山田", RARE] {
                assert!(!text.contains(secret), "{secret} in a plan");
            }
        }
    }
}

#[test]
fn an_identification_code_blocks_the_release_and_is_not_shown() {
    let mut linked = Linked::region(200, 6);
    for row in linked.tables.get_mut("measurement").unwrap() {
        row.insert("unit_source_value", text("123456789018"));
    }
    for spec in [ANONYMISED, PSEUDONYMISED] {
        let Err(Failed::Release(refused)) = build(spec, &linked, b"k", 64) else {
            panic!("an identification code left");
        };
        let said = refused.to_string();
        let ReleaseError::IdentificationCode { rule, .. } = refused else { panic!("{said}") };
        assert_eq!(rule.id(), "R-ANON-02");
        assert!(said.contains("measurement.unit_source_value"), "{said}");
        assert!(!said.contains("123456789018"));
    }
}

#[test]
fn a_code_counts_its_holders_among_the_rows_that_leave() {
    let spec = ANONYMISED.replace("from = 2024-04-01\nuntil = 2025-03-31\n", "")
        + "[anonymise]\nmax_suppression = 0.0\n";
    let leaves = |others: usize| {
        let mut linked = Linked::region(200, 11);
        let common = (20..200u64).filter(|person| person % 7 != 3).take(others);
        // Person 1 holds the modifier only in rows that leave with their rare disease.
        let holders: BTreeSet<[u8; 16]> =
            common.chain([1]).map(|person| key(1, person * 2)).collect();
        for row in linked.tables.get_mut("condition_occurrence").unwrap() {
            if matches!(row["subject"], Cell::Key(subject) if holders.contains(&subject)) {
                row.insert("condition_modifiers", text("8002"));
            }
        }
        let table = build(&spec, &linked, b"k", 64).unwrap().table("condition_occurrence");
        texts(&table, "condition_modifiers").contains(&Some("8002".to_owned()))
    };
    assert!(!leaves(9));
    assert!(leaves(10));
}

#[test]
fn too_few_people_are_refused() {
    let Err(Failed::Cohort(refused)) = build(ANONYMISED, &Linked::region(8, 7), b"k", 64) else {
        panic!("eight persons cannot be ten alike");
    };
    assert_eq!(refused.rule().id(), "R-ANON-05");
    // Whoever prints it cites the rule before it.
    assert!(!refused.to_string().contains("R-ANON"), "{refused}");
    assert!(build(PSEUDONYMISED, &Linked::region(8, 7), b"k", 64).is_ok());
}

#[test]
fn visits_join_within_a_person_and_are_renumbered() {
    let built = build(PSEUDONYMISED, &Linked::region(100, 8), b"k", 64).unwrap();
    let visits = |name: &str| -> BTreeSet<(String, i64)> {
        let table = built.table(name);
        let visits = table.column_by_name("visit_id").unwrap().as_primitive::<Int64Type>();
        texts(&table, "person_id").into_iter().flatten().zip(visits.iter().flatten()).collect()
    };
    let (a, b) = (visits("condition_occurrence"), visits("measurement"));
    assert_eq!(a, b);
    assert!(a.iter().all(|(_, visit)| *visit > 2000), "stored keys are small");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn k_and_rarity_hold_in_what_leaves(people in 60u64..300, seed in any::<u64>(), k in 2u32..12) {
        let linked = Linked::region(people, seed);
        let spec = format!("{ANONYMISED}[anonymise]\nk = {k}\nmax_suppression = 0.3\n");
        let built = build(&spec, &linked, &seed.to_be_bytes(), 37).unwrap();
        let table = built.table("person");
        let years = table.column_by_name("year_of_birth").unwrap().as_primitive::<Int32Type>();
        let (sexes, areas) = (texts(&table, "gender_source_value"), texts(&table, "area"));
        let mut classes: BTreeMap<_, u32> = BTreeMap::new();
        for row in 0..table.num_rows() {
            let year = years.is_valid(row).then(|| years.value(row));
            *classes.entry((sexes[row].clone(), year, areas[row].clone())).or_default() += 1;
        }
        prop_assert!(classes.values().all(|count| *count >= k));
        let known = ids(&built);
        for (name, column) in [
            ("condition_occurrence", "condition_source_value"),
            ("condition_occurrence", "condition_status_source_value"),
            ("condition_occurrence", "condition_outcome_source_value"),
            ("measurement", "unit_source_value"),
        ] {
            let table = built.table(name);
            let mut holders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for (person, code) in texts(&table, "person_id").into_iter().zip(texts(&table, column)) {
                if let Some(code) = code {
                    holders.entry(code).or_default().insert(person.unwrap());
                }
            }
            prop_assert!(holders.values().all(|persons| persons.len() >= 10), "{column}");
            prop_assert!(holders.values().flatten().all(|person| known.contains(person)));
        }
    }
}
