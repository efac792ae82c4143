//! Kills at random moments, several in one home: a resume may be killed too.

use std::thread::sleep;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::prepared::{From, Prepared};
use super::{demo, kill, left, number, start};
use crate::run::binary;

/// Kills in one home at most.
const CHAIN: u64 = 4;

#[test]
fn a_demo_killed_at_any_moment_and_run_again_ends_the_same() {
    let Some(binary) = binary() else { return };
    let (kills, seed) = (number("SUDARE_KILLS", 5), number("SUDARE_KILL_SEED", 1));
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let starts =
        [From::Nothing, From::Linked].map(|from| Prepared::new(&binary, folder.path(), from));
    let (mut made, mut met, mut homes) = (0, 0, 0);
    while made < kills {
        let prepared = starts.get(homes % starts.len()).unwrap();
        let round = tempfile::tempdir().unwrap();
        let home = round.path().join("home");
        prepared.at(&home);
        let mut entries = prepared.entries.clone();
        let chain = random.random_range(1..=CHAIN).min(kills - made);
        let mut place = format!("seed {seed}, home {homes} from {:?}, killed", prepared.from);
        for _ in 0..chain {
            let after = prepared.whole.mul_f64(random.random_range(0.0..1.0));
            place = format!("{place} after {after:?}");
            let said = round.path().join("said");
            let mut child = start(demo(&binary, &home), &said);
            sleep(after);
            met += u64::from(kill(&mut child));
            entries = left::check(&binary, &home, &entries, &said, &place);
        }
        prepared.end(&binary, &home, usize::try_from(chain).unwrap(), &place);
        made += chain;
        homes += 1;
    }
    eprintln!("random kills: {made}, seed {seed}, in {homes} homes; {met} met a running demo");
    assert!(met * 2 >= made, "only {met} of {made} kills met a running demo");
}
