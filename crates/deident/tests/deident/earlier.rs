//! Several releases of the same people: what they tell together (R-ANON-08).

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::AsArray;
use arrow::datatypes::UInt32Type;
use proptest::prelude::*;
use sudare_deident::cohort::CohortError;

use crate::build::{ANONYMISED, Built, Failed, books, build, build_after};
use crate::files::TestKey;
use crate::people::{Cell, Linked};

const K: u64 = 10;

/// The specification with other quasi-identifiers, so that the classes cut across each other.
fn spec(id: &str, quasi: &str, more: &str) -> String {
    let head = ANONYMISED.replace("diabetes-a", id);
    format!("{head}[anonymise]\nk = {K}\nquasi_identifiers = [{quasi}]\n{more}")
}

/// Person and class as a book has them.
fn book(built: &Built) -> BTreeMap<Vec<u8>, u32> {
    let mut classes = BTreeMap::new();
    for batch in &built.book {
        let persons = batch.column(0).as_fixed_size_binary();
        let numbers = batch.column(1).as_primitive::<UInt32Type>();
        for row in 0..batch.num_rows() {
            classes.insert(persons.value(row).to_vec(), numbers.value(row));
        }
    }
    classes
}

/// The sets of persons who agree in the class, or in being absent, in every one of these books.
fn sets(all: &[BTreeMap<Vec<u8>, u32>]) -> BTreeMap<Vec<Option<u32>>, u64> {
    let people: BTreeSet<&Vec<u8>> = all.iter().flat_map(BTreeMap::keys).collect();
    let mut sets = BTreeMap::new();
    for person in people {
        let told: Vec<Option<u32>> = all.iter().map(|book| book.get(person).copied()).collect();
        *sets.entry(told).or_default() += 1;
    }
    sets
}

/// The people without every n-th of them.
fn without(linked: &Linked, nth: u64) -> Linked {
    let mut fewer = linked.clone();
    let people = fewer.tables.get_mut("person").unwrap();
    people.retain(|row| match row["file_no"] {
        Cell::Number(person) => !(person as u64).is_multiple_of(nth),
        _ => true,
    });
    fewer
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn k_holds_over_all_releases_together(
        seed in 0u64..1000,
        people in 150u64..500,
        nth in 3u64..40,
    ) {
        let linked = Linked::region(people, seed);
        let loose = "max_suppression = 0.9\n";
        let wanted = [
            (spec("one", "\"sex\", \"birth_year\"", loose), linked.clone()),
            (spec("two", "\"birth_year\", \"area\"", loose), without(&linked, nth)),
            (spec("three", "\"sex\", \"area\"", loose), linked.clone()),
        ];
        let mut made: Vec<Built> = Vec::new();
        for (spec, linked) in &wanted {
            let earlier = books(&made.iter().collect::<Vec<_>>());
            let compared = !earlier.is_empty();
            let built = match build_after(&earlier, spec, linked, b"key", 64) {
                Ok(built) => built,
                Err(Failed::Cohort(CohortError::Earlier { .. })) if compared => return Ok(()),
                Err(Failed::Cohort(CohortError::Risk(_))) => return Ok(()),
                Err(error) => panic!("{error}"),
            };
            made.push(built);
            let all: Vec<_> = made.iter().map(book).collect();
            let sets = sets(&all);
            let here = sets.iter().filter(|(told, _)| told.last().unwrap().is_some());
            let smallest = here.map(|(_, count)| *count).min().unwrap();
            prop_assert!(smallest >= K, "{smallest}");
            let gone = sets.iter().filter(|(told, _)| told.last().unwrap().is_none());
            let counts: Vec<u64> = gone.map(|(_, count)| *count).collect();
            let said = made.last().unwrap().risk.earlier.clone().unwrap();
            prop_assert_eq!(said.smallest, compared.then_some(smallest));
            prop_assert_eq!(said.left, counts.iter().sum::<u64>());
            let few = counts.iter().filter(|count| **count < K).sum::<u64>();
            prop_assert_eq!(said.left_below_k, few);
        }
    }
}

#[test]
fn the_same_release_again_loses_nobody() {
    let linked = Linked::region(400, 3);
    let first = build(ANONYMISED, &linked, b"one", 64).unwrap();
    let again = build_after(&books(&[&first]), ANONYMISED, &linked, b"two", 64).unwrap();
    assert_eq!(book(&first), book(&again));
    let earlier = again.risk.earlier.unwrap();
    assert_eq!((earlier.suppressed, earlier.left_below_k), (0, 0));
    assert!(earlier.smallest.unwrap() >= K);
}

#[test]
fn a_class_that_one_person_joined_is_not_told_apart_by_it() {
    let all = Linked::region(400, 5);
    let first = build(ANONYMISED, &without(&all, 397), b"one", 64).unwrap();
    let second = build_after(&books(&[&first]), ANONYMISED, &all, b"two", 64).unwrap();
    // The one or two who are new are alone in being new: they cannot be in the second release.
    let (before, after) = (book(&first), book(&second));
    let suppressed = second.risk.earlier.unwrap().suppressed;
    assert!(suppressed > 0);
    assert!(after.keys().all(|person| before.contains_key(person)));
}

#[test]
fn a_build_is_refused_where_the_specification_asks_for_that() {
    let all = Linked::region(400, 5);
    let quasi = "\"sex\", \"birth_year\", \"area\"";
    let refuse = spec("r", quasi, "earlier_releases = \"refuse\"\n");
    let first = build(&refuse, &without(&all, 397), b"one", 64).unwrap();
    assert!(build_after(&books(&[&first]), &refuse, &without(&all, 397), b"two", 64).is_ok());
    let refused = build_after(&books(&[&first]), &refuse, &all, b"two", 64).err().unwrap();
    let Failed::Cohort(error) = refused else { panic!("{refused}") };
    assert_eq!(error.rule().id(), "R-ANON-08");
}

#[test]
fn the_certificate_says_what_was_compared() {
    let linked = Linked::region(400, 3);
    let first = build(ANONYMISED, &linked, b"one", 64).unwrap();
    let second = build_after(&books(&[&first]), ANONYMISED, &linked, b"two", 64).unwrap();
    let keys = [TestKey::default().trusted()];
    sudare_deident::verify::release(&second.folder, &keys, &|_| Ok(())).unwrap();
    let report = second.folder.text("report.html");
    assert!(report.contains("release-0") && !report.contains("first anonymised release"));
    assert!(first.folder.text("report.html").contains("first anonymised release"));
}
