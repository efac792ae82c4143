//! What holds for all facts in all orders.

use proptest::prelude::*;
use sudare_consent::notice::{Method, NoticeTo};
use sudare_consent::predicate::Person;
use sudare_consent::{Document, GateBuilder, ProviderGate};
use sudare_model::time::{Day, Instant};
use sudare_model::{Admission, DataItem, NoticeId, Rule, SubjectKey, Track, Tracks};

use crate::region::{REGISTER, day, hospital, read, rules};

#[derive(Debug, Clone)]
enum Fact {
    Given { who: u8, second: bool, day: i32, guardian: bool },
    Stop { who: u8, tracks: u8, at: i64 },
}

const BEGIN: i64 = 1_714_000_000;
const DAYS: i32 = 400;

/// Two notices on two tracks, with different items.
fn document() -> Document {
    let (_, notice) = REGISTER.split_once("[[notice]]").unwrap();
    let second = format!("[[notice]]{notice}")
        .replace("hospital-1-a-1", "hospital-1-p-1")
        .replace("track = \"anonymised\"", "track = \"pseudonymised\"")
        .replace("\"visits\", \"drugs\"", "\"visits\", \"notes\"");
    read(&format!("{REGISTER}\n{second}"))
}

fn subject(who: u8) -> SubjectKey {
    SubjectKey::from_bytes([who; 16])
}

fn gate(document: &Document, facts: &[Fact]) -> ProviderGate {
    let ids = ["hospital-1-a-1", "hospital-1-p-1"].map(|id| NoticeId::parse(id).unwrap());
    let first = day("2024-04-15");
    let mut builder = GateBuilder::new(document, &hospital(), &rules());
    for fact in facts {
        match *fact {
            Fact::Given { who, second, day, guardian } => {
                let to = if guardian { NoticeTo::Guardian } else { NoticeTo::Subject };
                let id = &ids[usize::from(second)];
                builder.given(id, subject(who), first.plus(day), Method::Handed, to);
            }
            Fact::Stop { who, tracks, at } => {
                let at = Instant::from_unix(BEGIN + at);
                builder.stop(subject(who), Tracks::from_byte(tracks), at);
            }
        }
    }
    builder.build()
}

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let given = (0..4u8, any::<bool>(), 0..DAYS, any::<bool>())
        .prop_map(|(who, second, day, guardian)| Fact::Given { who, second, day, guardian });
    let stop = (0..4u8, 0..4u8, 0..i64::from(DAYS) * 86_400)
        .prop_map(|(who, tracks, at)| Fact::Stop { who, tracks, at });
    prop::collection::vec(prop_oneof![3 => given, 1 => stop], 0..12)
}

fn is_after(fact: &Fact, at: Instant) -> bool {
    match *fact {
        Fact::Given { day: days, .. } => day("2024-04-15").plus(days) > at.day_in_japan(),
        Fact::Stop { at: since, .. } => BEGIN + since > at.unix(),
    }
}

fn admits(admission: &Admission) -> Vec<Tracks> {
    DataItem::ALL.iter().map(|item| admission.tracks(*item)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn order_of_arrival_does_not_matter(
        (facts, shuffled) in facts()
            .prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
        after in 0..i64::from(DAYS) * 86_400,
    ) {
        let document = document();
        let at = Instant::from_unix(BEGIN + after);
        let (one, other) = (gate(&document, &facts), gate(&document, &shuffled));
        for who in 0..4 {
            prop_assert_eq!(one.admission(subject(who), at), other.admission(subject(who), at));
        }
    }

    #[test]
    fn what_comes_later_does_not_matter(facts in facts(), after in 0..i64::from(DAYS) * 86_400) {
        let document = document();
        let at = Instant::from_unix(BEGIN + after);
        let mut known = facts.clone();
        known.retain(|fact| !is_after(fact, at));
        let (all, past) = (gate(&document, &facts), gate(&document, &known));
        for who in 0..4 {
            prop_assert_eq!(all.admission(subject(who), at), past.admission(subject(who), at));
        }
    }

    #[test]
    fn a_stop_only_shrinks_and_refuses_from_its_instant_on(
        facts in facts(),
        who in 0..4u8,
        tracks in 1..4u8,
        since in 0..i64::from(DAYS) * 86_400,
        later in 0..i64::from(DAYS) * 86_400,
    ) {
        let document = document();
        let before = gate(&document, &facts);
        let mut more = facts;
        more.push(Fact::Stop { who, tracks, at: since });
        let after = gate(&document, &more);
        for at in [since, since + later, since - 1].map(|at| Instant::from_unix(BEGIN + at)) {
            for other in 0..4 {
                let was = before.admission(subject(other), at);
                let is = after.admission(subject(other), at);
                for (was, is) in admits(&was).into_iter().zip(admits(&is)) {
                    prop_assert_eq!(was.intersect(is), is);
                    if other == who && at.unix() >= BEGIN + since {
                        prop_assert!(is.intersect(Tracks::from_byte(tracks)).is_empty());
                    }
                    if other != who {
                        prop_assert_eq!(was, is);
                    }
                }
            }
        }
    }

    #[test]
    fn a_notice_never_admits_what_it_does_not_name(
        facts in facts(),
        after in 0..i64::from(DAYS) * 86_400,
    ) {
        let gate = gate(&document(), &facts);
        for who in 0..4 {
            let admission = gate.admission(subject(who), Instant::from_unix(BEGIN + after));
            for item in DataItem::ALL.iter().copied() {
                let named = match item {
                    DataItem::Visits => Tracks::BOTH,
                    DataItem::Drugs => Tracks::only(Track::Anonymised),
                    DataItem::Notes => Tracks::only(Track::Pseudonymised),
                    _ => Tracks::NONE,
                };
                let tracks = admission.tracks(item);
                prop_assert_eq!(tracks.intersect(named), tracks);
            }
            // Every track and item is answered exactly once.
            let tracks = admits(&admission);
            let admitted = tracks.iter().map(|one| one.byte().count_ones()).sum::<u32>();
            prop_assert_eq!(admitted as usize + admission.refusals().len(), 2 * DataItem::COUNT);
        }
    }

    #[test]
    fn the_same_facts_give_the_same_answer_whoever_is_asked_for(
        facts in facts(),
        more in facts(),
        at in (0..i64::from(DAYS) * 86_400, 0..i64::from(DAYS) * 86_400),
        birth in proptest::option::of(14_000..15_000i32),
        death in proptest::option::of(19_800..20_200i32),
    ) {
        let document = document();
        let all = [facts.as_slice(), more.as_slice()].concat();
        let asked = [(gate(&document, &facts), at.0), (gate(&document, &all), at.1)];
        for who in 0..4 {
            let [one, other] = asked.each_ref().map(|(gate, after)| {
                let at = Instant::from_unix(BEGIN + after);
                let mut bytes = Vec::new();
                gate.facts_of(subject(who), at, &mut bytes);
                let person = Person {
                    subject: subject(who),
                    birth: birth.map(Day::from_epoch_days),
                    death: death.map(Day::from_epoch_days),
                };
                (bytes, gate.admission_of(&person, at), gate.admission(person.subject, at))
            });
            if one.0 == other.0 {
                prop_assert_eq!((&one.1, &one.2), (&other.1, &other.2));
            }
            // To know of a life never admits more.
            prop_assert_eq!(one.1.mask() & one.2.mask(), one.1.mask());
        }
    }

    #[test]
    fn nothing_is_admitted_before_the_period_has_passed(given in 0..300i32, wait in 0..60i32) {
        let facts = [Fact::Given { who: 0, second: false, day: given, guardian: false }];
        let told: Day = day("2024-04-15").plus(given);
        let asked = told.plus(wait);
        let gate = gate(&document(), &facts);
        let admission = gate.admission(subject(0), Instant::start_of_day_in_japan(asked));
        let started = asked >= day("2024-06-01");
        let visits = admission.tracks(DataItem::Visits);
        prop_assert_eq!(visits.has(Track::Anonymised), started && wait > 30);
        if started && wait <= 30 {
            let mut refusals = admission.refusals().iter();
            let rule = refusals.find(|one| one.item == DataItem::Visits).unwrap().rule;
            prop_assert_eq!(rule, Rule::WaitingPeriod);
        }
    }
}
