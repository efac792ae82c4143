//! Visit keys: 63-bit numbers that join the rows of one subject to a visit.
//!
//! A key is a hash of what identifies the visit *within* its subject (a month and a kind of claim; a date and a kind
//! of visit). The patient number is never part of it, so a key cannot lead back to a patient; two subjects may share
//! a key, and keys mean nothing without the subject beside them.

/// The key of a visit, from the parts that identify it within the subject: 64-bit FNV-1a, mixed, sign bit cleared.
pub(crate) fn visit_key(kind: &str, parts: &[&[u8]]) -> i64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    let mut take = |byte: u8| {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    };
    kind.bytes().for_each(&mut take);
    for part in parts {
        take(0xff);
        part.iter().copied().for_each(&mut take);
    }
    // The finaliser of SplitMix64 spreads short inputs over all bits.
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    i64::try_from((state ^ (state >> 31)) >> 1).unwrap_or_default()
}

/// The key of a visit that is known by one day.
pub(crate) fn day_key(kind: &str, day: sudare_model::time::Day) -> i64 {
    visit_key(kind, &[&day.epoch_days().to_le_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_stable_and_parts_do_not_run_together() {
        assert_eq!(visit_key("claim", &[b"202404", b"1112"]), 477_999_830_131_698_240);
        assert_ne!(visit_key("claim", &[b"a", b"bc"]), visit_key("claim", &[b"ab", b"c"]));
        assert!(visit_key("x", &[]) >= 0);
    }
}
