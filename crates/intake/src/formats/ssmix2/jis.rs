//! Double-byte text of ISO-2022-JP, decoded by a table.
//!
//! A message has many short runs of it, and a decoder made for whole documents spends more on being set up than on
//! them. The table is made once from `encoding_rs`; whatever is not plain pairs is left to that, so that both always
//! give the same text.

use std::sync::LazyLock;

use encoding_rs::EUC_JP;

/// Rows and cells of JIS X 0208: both bytes of a pair lie in `0x21..=0x7e`.
const CELLS: usize = 94;

/// Characters by row and cell; 0 where there is none.
static PAIRS: LazyLock<Box<[u16]>> = LazyLock::new(|| {
    let character = |row: u8, cell: u8| {
        let pair = [row | 0x80, cell | 0x80];
        let (text, bad) = EUC_JP.decode_without_bom_handling(&pair);
        let mut characters = text.chars();
        match (characters.next(), characters.next(), bad) {
            (Some(one), None, false) => u16::try_from(u32::from(one)).unwrap_or_default(),
            _ => 0,
        }
    };
    (0x21..=0x7e).flat_map(|row| (0x21..=0x7e).map(move |cell| character(row, cell))).collect()
});

/// The character of a pair; `None` where there is none.
#[inline]
fn pair(table: &[u16], row: u8, cell: u8) -> Option<char> {
    let (row, cell) = (row.wrapping_sub(0x21), cell.wrapping_sub(0x21));
    if usize::from(cell) >= CELLS {
        return None;
    }
    let code = *table.get(usize::from(row) * CELLS + usize::from(cell))?;
    if code == 0 { None } else { char::from_u32(u32::from(code)) }
}

/// Appends the characters of a run of pairs, up to the first byte that belongs to none (an escape, the end of a line,
/// or damage); gives how many bytes they take.
pub(super) fn push_pairs(run: &[u8], text: &mut String) -> usize {
    let table = &**PAIRS;
    let mut rest = run;
    while let [row, cell, behind @ ..] = rest {
        let Some(character) = pair(table, *row, *cell) else { break };
        text.push(character);
        rest = behind;
    }
    run.len() - rest.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_run_decodes_as_the_public_decoder_has_it(
            run in proptest::collection::vec(
                prop_oneof![0x20u8..0x80, 0x21u8..0x29, 0x30u8..0x50, 0u8..0x80],
                0..24,
            ),
        ) {
            let mut text = "before".to_owned();
            let used = push_pairs(&run, &mut text);
            let euc: Vec<u8> = run.iter().take(used).map(|byte| byte | 0x80).collect();
            let (expected, bad) = EUC_JP.decode_without_bom_handling(&euc);
            prop_assert!(!bad);
            prop_assert_eq!(text, format!("before{expected}"));
            // What follows is no pair to the public decoder either.
            let next: Vec<u8> = run.iter().skip(used).take(2).map(|byte| byte | 0x80).collect();
            let plain = run.iter().skip(used).take(2).all(|byte| matches!(byte, 0x21..=0x7e));
            let (_, bad) = EUC_JP.decode_without_bom_handling(&next);
            prop_assert!(next.is_empty() || bad || !plain);
        }
    }

    #[test]
    fn every_character_of_the_set_is_in_the_table() {
        // JIS X 0208 has 6,879 characters; the web standard adds those of NEC and IBM.
        let found = PAIRS.iter().filter(|code| **code != 0).count();
        assert_eq!(PAIRS.len(), CELLS * CELLS);
        assert!(found > 7_000, "{found}");
        let mut text = String::new();
        assert_eq!(push_pairs(b"\x3b\x33\x45\x44\x1b(B", &mut text), 4);
        assert_eq!(text, "山田");
    }
}
