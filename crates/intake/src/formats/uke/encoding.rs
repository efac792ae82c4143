//! In which character encoding a name is written: a file in another one than Shift_JIS is set aside, because its names
//! would be garbled and nobody would notice.
//!
//! One name proves little, so the survey counts the guesses of a whole file. The case that is hard is EUC-JP, whose
//! bytes are half-width katakana where they are read as Shift_JIS.

/// What the bytes of a name look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guess {
    ShiftJis,
    Utf8,
    EucJp,
    Iso2022Jp,
    /// ASCII, or katakana that could be either.
    Unclear,
}

/// Guesses from one name.
pub(super) fn guess(name: &[u8]) -> Guess {
    if name.contains(&0x1b) {
        return Guess::Iso2022Jp;
    }
    if name.is_ascii() {
        return Guess::Unclear;
    }
    if std::str::from_utf8(name).is_ok() {
        return Guess::Utf8;
    }
    match euc_pairs(name) {
        None if half_width(name) => Guess::Unclear,
        None => Guess::ShiftJis,
        // Kana, the wide blank, and bytes that no half-width katakana has.
        Some(signs) if signs > 1 => Guess::EucJp,
        Some(_) => Guess::Unclear,
    }
}

/// Whether every byte is ASCII or half-width katakana.
fn half_width(name: &[u8]) -> bool {
    name.iter().all(|byte| byte.is_ascii() || (0xa1..=0xdf).contains(byte))
}

/// If the bytes are whole characters of EUC-JP: how many of them would be strange as half-width katakana.
fn euc_pairs(name: &[u8]) -> Option<u32> {
    let high = 0xa1..=0xfe;
    let mut signs = 0;
    let mut rest = name;
    loop {
        rest = match rest {
            [] => return Some(signs),
            [0x00..=0x7f, after @ ..] => after,
            [0x8e, 0xa1..=0xdf, after @ ..] => after,
            [0x8f, b, c, after @ ..] if high.contains(b) && high.contains(c) => after,
            [0xa1, 0xa1, after @ ..] => {
                signs += 2;
                after
            }
            [a, b, after @ ..] if high.contains(a) && high.contains(b) => {
                signs += match (a, b) {
                    (0xe0..=0xff, _) | (_, 0xe0..=0xff) => 2,
                    (0xa1..=0xa5, _) => 1,
                    _ => 0,
                };
                after
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{EUC_JP, ISO_2022_JP, SHIFT_JIS};

    use super::*;

    const NAMES: [&str; 8] = [
        "山田　太郎",
        "佐藤　花子",
        "ヤマダタロウ",
        "齋藤　一",
        "髙橋　みどり",
        "サトウハナコ",
        "渡邉　健",
        "小林　茂",
    ];

    #[test]
    fn each_encoding_is_told_from_the_others() {
        for name in NAMES {
            assert_eq!(guess(&SHIFT_JIS.encode(name).0), Guess::ShiftJis, "{name}");
            assert_eq!(guess(name.as_bytes()), Guess::Utf8, "{name}");
            assert_eq!(guess(&EUC_JP.encode(name).0), Guess::EucJp, "{name}");
            assert_eq!(guess(&ISO_2022_JP.encode(name).0), Guess::Iso2022Jp, "{name}");
        }
    }

    #[test]
    fn half_width_katakana_and_ascii_prove_nothing() {
        for name in ["ﾔﾏﾀﾞ ﾀﾛｳ", "ﾔﾏﾀﾞﾀﾛｳ", "YAMADA TARO", "ｻﾄｳ ﾊﾅｺ", "ｼﾞｮﾝ･ｽﾐｽ", ""]
        {
            let bytes = SHIFT_JIS.encode(name).0;
            assert_eq!(guess(&bytes), Guess::Unclear, "{name}");
        }
        let short = EUC_JP.encode("山田").0;
        assert_eq!(guess(&short), Guess::Unclear);
    }
}
