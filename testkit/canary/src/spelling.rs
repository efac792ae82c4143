//! Every way a piece of text may lie in a file: character sets, escapes, armours, digests.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use encoding_rs::{EUC_JP, Encoding, ISO_2022_JP, SHIFT_JIS};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// A planted string and the field it was planted in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needle {
    /// The field, such as `person 3, name_kana`.
    pub label: String,
    /// The string.
    pub text: String,
}

/// A needle as it may lie in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spelling {
    /// How it is written, such as `UTF-16LE` or `base64 of UTF-8, shifted by 1`.
    pub how: String,
    /// The bytes to look for.
    pub bytes: Vec<u8>,
}

/// Bytes below which a spelling would be found by chance in a gigabyte of ciphertext.
pub const SPELLING_BYTES_MIN: usize = 6;

/// Bytes of a digest that are looked for.
const DIGEST_BYTES: usize = 8;

/// All spellings of a text, without repeats; the first way of writing the same bytes gives the name.
///
/// Spellings shorter than [`SPELLING_BYTES_MIN`] are left out.
#[must_use]
pub fn spellings(text: &str) -> Vec<Spelling> {
    let mut found = Vec::new();
    for (shape, text) in shapes(text) {
        for (charset, bytes) in charsets(&text) {
            let how = if shape.is_empty() { charset.into() } else { format!("{charset}, {shape}") };
            armours(&how, &bytes, &mut found);
            found.push(Spelling { how, bytes });
        }
        escapes(shape, &text, &mut found);
    }
    let mut seen = std::collections::BTreeSet::new();
    found.sort_by_key(|spelling| spelling.how.len());
    found.retain(|spelling| {
        spelling.bytes.len() >= SPELLING_BYTES_MIN && seen.insert(spelling.bytes.clone())
    });
    found
}

/// The text itself, and the forms that normalising makes of it.
fn shapes(text: &str) -> Vec<(&'static str, String)> {
    let widened = text.chars().map(widen).collect();
    let narrowed = text.chars().map(narrow).collect();
    let other_kana = text.chars().map(swap_kana).collect();
    let closed = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    let mut shapes = vec![
        ("", text.to_owned()),
        ("upper case", text.to_uppercase()),
        ("lower case", text.to_lowercase()),
        ("full width", widened),
        ("half width", narrowed),
        ("other kana", other_kana),
        ("without spaces", closed),
    ];
    let mut seen = std::collections::BTreeSet::new();
    shapes.retain(|(_, text)| seen.insert(text.clone()));
    shapes
}

/// ASCII to its full-width form (U+FF01 to U+FF5E), space to U+3000.
fn widen(letter: char) -> char {
    match letter {
        ' ' => '\u{3000}',
        '!'..='~' => char::from_u32(u32::from(letter) + 0xFEE0).unwrap_or(letter),
        _ => letter,
    }
}

/// Full-width ASCII to ASCII.
fn narrow(letter: char) -> char {
    match letter {
        '\u{3000}' => ' ',
        '！'..='～' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
        _ => letter,
    }
}

/// Katakana to hiragana and back (the blocks lie 0x60 apart).
fn swap_kana(letter: char) -> char {
    match letter {
        'ァ'..='ヶ' => char::from_u32(u32::from(letter) - 0x60).unwrap_or(letter),
        'ぁ'..='ゖ' => char::from_u32(u32::from(letter) + 0x60).unwrap_or(letter),
        _ => letter,
    }
}

/// The text in every character set that can hold it.
fn charsets(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut found = vec![
        ("UTF-8", text.as_bytes().to_vec()),
        ("UTF-16LE", units.iter().flat_map(|unit| unit.to_le_bytes()).collect()),
        ("UTF-16BE", units.iter().flat_map(|unit| unit.to_be_bytes()).collect()),
    ];
    for (name, encoding) in
        [("Shift_JIS", SHIFT_JIS), ("EUC-JP", EUC_JP), ("ISO-2022-JP", ISO_2022_JP)]
    {
        found.extend(encode(encoding, text).map(|bytes| (name, bytes)));
    }
    found
}

/// `None` if a letter does not exist there. Outer escape sequences of ISO-2022-JP are cut off: a neighbour's text may
/// share them.
fn encode(encoding: &'static Encoding, text: &str) -> Option<Vec<u8>> {
    let (bytes, _, lost) = encoding.encode(text);
    if lost {
        return None;
    }
    let mut bytes = bytes.as_ref();
    if encoding == ISO_2022_JP {
        bytes = bytes.strip_prefix(b"\x1b$B").unwrap_or(bytes);
        bytes = bytes.strip_suffix(b"\x1b(B").unwrap_or(bytes);
    }
    Some(bytes.to_vec())
}

/// Binary made printable, and digests without a key.
fn armours(of: &str, bytes: &[u8], found: &mut Vec<Spelling>) {
    let mut add = |how: &str, bytes: Vec<u8>| {
        found.push(Spelling { how: format!("{how} of {of}"), bytes });
    };
    let hex = hex(bytes);
    add("HEX", hex.to_uppercase().into());
    add("hex", hex.into());
    let digests = [
        ("SHA-256", Sha256::digest(bytes).to_vec()),
        ("SHA-1", Sha1::digest(bytes).to_vec()),
        ("MD5", Md5::digest(bytes).to_vec()),
    ];
    for (name, digest) in digests {
        // The beginning is enough, and is what is left of one that was cut to an id.
        let digest = digest.get(..DIGEST_BYTES).unwrap_or_default();
        let hex = self::hex(digest);
        add(&format!("HEX {name}"), hex.to_uppercase().into());
        add(&format!("hex {name}"), hex.into());
        add(&format!("base64 {name}"), base64_inside(&STANDARD_NO_PAD, digest, 0));
        add(&format!("base64url {name}"), base64_inside(&URL_SAFE_NO_PAD, digest, 0));
        add(name, digest.to_vec());
    }
    for shift in 0..3 {
        add(&format!("base64, shifted by {shift},"), base64_inside(&STANDARD_NO_PAD, bytes, shift));
        add(
            &format!("base64url, shifted by {shift},"),
            base64_inside(&URL_SAFE_NO_PAD, bytes, shift),
        );
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What base64 makes of the bytes when `shift` bytes of something else stand before them in the same three: the
/// letters that depend on nothing but the bytes.
fn base64_inside(engine: &impl Engine, bytes: &[u8], shift: usize) -> Vec<u8> {
    let mut padded = vec![0; shift];
    padded.extend_from_slice(bytes);
    let letters = engine.encode(&padded).into_bytes();
    let first = (shift * 8).div_ceil(6);
    let whole = padded.len() * 8 / 6;
    letters.get(first..whole).unwrap_or_default().to_vec()
}

/// Escapes of URLs, JSON, HTML and Rust.
fn escapes(shape: &str, text: &str, found: &mut Vec<Spelling>) {
    let mut add = |how: &str, text: String| {
        let how = if shape.is_empty() { how.into() } else { format!("{how}, {shape}") };
        found.push(Spelling { how, bytes: text.into_bytes() });
    };
    let each = |write: &dyn Fn(char) -> String| text.chars().map(write).collect::<String>();
    let units = |letter: char, upper: bool| {
        let mut buffer = [0; 2];
        let unit =
            |unit: &u16| if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
        letter.encode_utf16(&mut buffer).iter().map(unit).collect::<String>()
    };
    let if_not_ascii = |letter: char, write: &dyn Fn(char) -> String| {
        if letter.is_ascii() { letter.to_string() } else { write(letter) }
    };
    let percent = |letter: char, upper: bool| {
        let mut buffer = [0; 4];
        let byte = |byte: u8| if upper { format!("%{byte:02X}") } else { format!("%{byte:02x}") };
        letter.encode_utf8(&mut buffer).bytes().map(byte).collect::<String>()
    };
    for upper in [false, true] {
        let case = if upper { "upper" } else { "lower" };
        add(&format!("JSON escapes, {case}"), each(&|c| if_not_ascii(c, &|c| units(c, upper))));
        add(&format!("JSON escapes throughout, {case}"), each(&|c| units(c, upper)));
        add(
            &format!("percent, {case}"),
            each(&|c| {
                if c.is_ascii_alphanumeric() || "-_.~".contains(c) {
                    c.into()
                } else {
                    percent(c, upper)
                }
            }),
        );
        add(&format!("percent throughout, {case}"), each(&|c| percent(c, upper)));
    }
    add("HTML decimal", each(&|c| if_not_ascii(c, &|c| format!("&#{};", u32::from(c)))));
    add("HTML hex", each(&|c| if_not_ascii(c, &|c| format!("&#x{:x};", u32::from(c)))));
    add("HTML HEX", each(&|c| if_not_ascii(c, &|c| format!("&#x{:X};", u32::from(c)))));
    add("Rust escapes throughout", each(&|c| format!("\\u{{{:x}}}", u32::from(c))));
    add("Rust escapes", each(&|c| if_not_ascii(c, &|c| format!("\\u{{{:x}}}", u32::from(c)))));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(text: &str, bytes: &[u8]) -> bool {
        spellings(text).iter().any(|spelling| {
            bytes.windows(spelling.bytes.len()).any(|window| window == spelling.bytes)
        })
    }

    #[test]
    fn japanese_character_sets_are_spelled() {
        for encoding in [SHIFT_JIS, EUC_JP, ISO_2022_JP] {
            let (bytes, _, _) = encoding.encode("氏名=簾屋 籬太郎様");
            assert!(has("簾屋 籬太郎", &bytes), "{}", encoding.name());
        }
        assert!(has("簾屋", b"\x30\x7c\x5c\x4b x \\u7c3e\\u5c4b"));
        assert!(has("簾屋", b"%E7%B0%BE%E5%B1%8B"));
        assert!(has("簾屋", "&#31806;&#23627;".as_bytes()));
    }

    #[test]
    fn base64_is_found_wherever_it_begins() {
        for shift in 0..6 {
            let text = format!("{}canary-4711 and more", "x".repeat(shift));
            assert!(has("canary-4711", STANDARD_NO_PAD.encode(&text).as_bytes()), "{shift}");
        }
    }

    #[test]
    fn other_forms_of_the_same_text_are_spelled() {
        assert!(has("canary 4711", "ＣＡＮＡＲＹ　４７１１ ｃａｎａｒｙ　４７１１".as_bytes()));
        assert!(has("スダレヤ", "すだれや".as_bytes()));
        assert!(has("簾屋 太郎", "簾屋太郎".as_bytes()));
        assert!(has("CANARY-X", b"canary-x"));
    }

    #[test]
    fn digests_without_a_key_are_spelled_whole_or_cut() {
        let digest = Sha256::digest("canary-4711");
        assert!(has("canary-4711", hex(&digest).as_bytes()));
        assert!(has("canary-4711", hex(&digest[..12]).to_uppercase().as_bytes()));
        assert!(has("canary-4711", STANDARD_NO_PAD.encode(digest).as_bytes()));
        assert!(has("canary-4711", &Sha1::digest("canary-4711")));
        assert!(has("canary-4711", hex(&Md5::digest("canary-4711")).as_bytes()));
        assert!(!has("canary-4711", hex(&Md5::digest("canary-4712")).as_bytes()));
    }

    #[test]
    fn what_is_too_short_to_mean_anything_is_left_out() {
        assert!(spellings("abc").iter().all(|spelling| spelling.bytes.len() >= SPELLING_BYTES_MIN));
        assert!(!has("canary-4711", b"canary-4712"));
    }
}
