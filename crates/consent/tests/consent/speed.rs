//! How much memory and time a gate of a million persons takes. Run with `--release -- --ignored --nocapture`.

use std::time::Instant as Clock;

use sudare_consent::GateBuilder;
use sudare_consent::notice::{Method, NoticeTo};
use sudare_model::{NoticeId, SubjectKey, Tracks};

use crate::region::{REGISTER, day, hospital, instant, read, rules};

const PERSONS: u64 = 1_000_000;

fn subject(number: u64) -> SubjectKey {
    let mixed = number
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .rotate_left(31)
        .wrapping_mul(0xBF58_476D_1CE4_E5B9);
    SubjectKey::from_bytes((u128::from(mixed) << 64 | u128::from(number)).to_be_bytes())
}

#[test]
#[ignore = "a measurement"]
fn a_million_persons() {
    let document = read(REGISTER);
    let begun = Clock::now();
    let mut builder = GateBuilder::new(&document, &hospital(), &rules());
    let notice = NoticeId::parse("hospital-1-a-1").unwrap();
    for number in 0..PERSONS {
        builder.given(
            &notice,
            subject(number),
            day("2024-05-02"),
            Method::Handed,
            NoticeTo::Subject,
        );
        if number % 50 == 0 {
            builder.stop(subject(number), Tracks::BOTH, instant("2024-06-03T10:15"));
        }
    }
    let gate = builder.build();
    let built = begun.elapsed();
    let begun = Clock::now();
    let at = instant("2024-07-01T12:00");
    let refused = (0..PERSONS).filter(|n| gate.admission(subject(*n), at).is_refused()).count();
    println!("built in {built:?}, {:?} for each admission", begun.elapsed() / 1_000_000);
    assert_eq!(refused, 20_000);
}
