//! Shapes of identification codes in a text. Runs of digits and letters are taken whole: seventeen
//! digits of a laboratory code hold no twelve of their own.

use super::CodeKind;

/// The first identification code that a text looks like. Full-width digits count as digits.
#[must_use]
pub fn find(text: &str) -> Option<CodeKind> {
    if text.len() < SHORTEST {
        return None;
    }
    let folded: String;
    let plain = if text.is_ascii() {
        text
    } else {
        folded = text.chars().map(fold).collect();
        &folded
    };
    let tokens = tokens(plain);
    let single = tokens.iter().find_map(|token| one(token.text));
    single.or_else(|| tokens.windows(2).find_map(pension)).or_else(|| insured(&tokens))
}

/// A passport number has nine characters.
const SHORTEST: usize = 9;

/// Full-width letters, digits and separators become their half-width forms; all else becomes a
/// space.
fn fold(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(' '),
        '・' => ':',
        '−' | '‐' | '–' | '—' | 'ー' => '-',
        // Letters of another script stay: they may be a symbol (記号).
        _ => letter,
    }
}

/// A run of letters and digits, and the separator before it (0 where it is none or wider than one
/// byte).
struct Token<'a> {
    before: u8,
    text: &'a str,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut before = 0u8;
    let mut rest = text;
    let is_part = |letter: char| letter.is_alphanumeric();
    while let Some(start) = rest.find(is_part) {
        let gap = rest.get(..start).unwrap_or_default();
        if let [one] = gap.as_bytes() {
            before = *one;
        } else if !gap.is_empty() {
            before = 0;
        }
        let tail = rest.get(start..).unwrap_or_default();
        let end = tail.find(|letter| !is_part(letter)).unwrap_or(tail.len());
        tokens.push(Token { before, text: tail.get(..end).unwrap_or_default() });
        before = 0;
        rest = tail.get(end..).unwrap_or_default();
    }
    tokens
}

fn one(token: &str) -> Option<CodeKind> {
    // A letter of another script ends a run, as in 旅券TR….
    token.split(|letter: char| !letter.is_ascii()).find_map(ascii)
}

fn ascii(token: &str) -> Option<CodeKind> {
    for run in digit_runs(token) {
        if run.len() == 12 {
            if my_number(run) {
                return Some(CodeKind::MyNumber);
            }
            if licence(run) {
                return Some(CodeKind::DrivingLicence);
            }
        }
    }
    let bytes = token.as_bytes();
    let shape = |letters: usize, digits: usize, tail: usize| {
        bytes.len() == letters + digits + tail
            && bytes.iter().enumerate().all(|(at, byte)| {
                if at < letters || at >= letters + digits {
                    byte.is_ascii_uppercase()
                } else {
                    byte.is_ascii_digit()
                }
            })
    };
    // Ordinary passports begin with M or T.
    if shape(2, 7, 0) && matches!(bytes.first(), Some(b'M' | b'T')) {
        return Some(CodeKind::Passport);
    }
    shape(2, 8, 2).then_some(CodeKind::ResidenceCard)
}

/// Whole runs of digits in a token; a token of digits and Latin letters is a code of something
/// else.
fn digit_runs(token: &str) -> impl Iterator<Item = &str> {
    let code = token.bytes().any(|byte| byte.is_ascii_alphabetic());
    token.split(|letter: char| !letter.is_ascii_digit()).filter(move |run| !code && !run.is_empty())
}

fn digits(text: &str) -> impl DoubleEndedIterator<Item = u32> + '_ {
    text.bytes().map(|byte| u32::from(byte.wrapping_sub(b'0')))
}

/// 個人番号: the last digit is 11 minus the weighted sum of the others modulo 11, 0 where that is above
/// 9. Weights from the right are 2 to 7, then 2 to 6 (総務省令第85号, 2014, Article 5).
fn my_number(text: &str) -> bool {
    let mut parts = digits(text).rev();
    let check = parts.next();
    let weights = (2..=7).chain(2..=6);
    let sum: u32 = parts.zip(weights).map(|(digit, weight)| digit * weight).sum();
    let rest = sum % 11;
    check == Some(if rest <= 1 { 0 } else { 11 - rest })
}

/// 運転免許証番号: a public safety commission from 10 to 97, and the eleventh digit checks the ten before
/// it (weights 5,4,3,2,7,6,5,4,3,2 modulo 11; unverified).
fn licence(text: &str) -> bool {
    let list: Vec<u32> = digits(text).collect();
    let weights = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];
    let sum: u32 = list.iter().zip(weights).map(|(digit, weight)| digit * weight).sum();
    let rest = sum % 11;
    let commission = list.iter().take(2).fold(0, |sum, digit| sum * 10 + digit);
    (10..=97).contains(&commission)
        && list.get(10).copied() == Some(if rest <= 1 { 0 } else { 11 - rest })
}

fn pension(pair: &[Token<'_>]) -> Option<CodeKind> {
    let [first, second] = pair else { return None };
    let fits = second.before == b'-'
        && first.before != b'-'
        && first.text.len() == 4
        && second.text.len() == 6
        && [first, second].iter().all(|token| all_digits(token.text));
    fits.then_some(CodeKind::Pension)
}

/// Insurer with a valid check digit, then symbol and number, with the same separator between them.
fn insured(tokens: &[Token<'_>]) -> Option<CodeKind> {
    let found = tokens.windows(3).any(|three| {
        let [first, symbol, number] = three else { return false };
        is_separator(symbol.before)
            && symbol.before == number.before
            && all_digits(number.text)
            && insurer(first.text)
    });
    found.then_some(CodeKind::InsuredNumber)
}

const fn is_separator(byte: u8) -> bool {
    matches!(byte, b':' | b'-' | b'/' | b'|' | b';' | b'^' | b'\t')
}

/// 保険者番号: 8 digits beginning with a kind of insurer (法別番号) or 6 with a prefecture; the last digit
/// checks the others by weights 2 and 1 from the right, digits of the products summed.
fn insurer(text: &str) -> bool {
    if !all_digits(text) {
        return false;
    }
    let head = digits(text).take(2).fold(0, |sum, digit| sum * 10 + digit);
    let kind = match text.len() {
        6 => (1..=47).contains(&head),
        8 => matches!(head, 1..=7 | 31..=34 | 39 | 63 | 67 | 72..=75 | 77),
        _ => false,
    };
    let mut parts = digits(text).rev();
    let check = parts.next();
    let sum: u32 = parts
        .zip([2, 1].into_iter().cycle())
        .map(|(digit, weight)| digit * weight)
        .map(|product| product / 10 + product % 10)
        .sum();
    kind && check == Some((10 - sum % 10) % 10)
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<CodeKind>) {
        assert_eq!(find(text), expected, "{text}");
    }

    #[test]
    fn identification_codes_are_found() {
        check("123456789018", Some(CodeKind::MyNumber));
        check("本人 １２３４５６７８９０１８ 確認", Some(CodeKind::MyNumber));
        check("旅券TR1234567", Some(CodeKind::Passport));
        check("旅券 TR1234567", Some(CodeKind::Passport));
        check("1234-567890", Some(CodeKind::Pension));
        check("AB12345678CD", Some(CodeKind::ResidenceCard));
        check("06132013:12:345:01", Some(CodeKind::InsuredNumber));
        check("138057-記12-3456", Some(CodeKind::InsuredNumber));
    }

    #[test]
    fn clinical_codes_are_not() {
        for code in [
            "E119",
            "8830592",
            "20054321",
            "160000410",
            "3F050000002327101",
            "1124001F1010",
            "100776501",
            "1007765010101",
            "1013044400000000",
            "2024-04-01",
            "03-1234-5678",
            "3B035-0000-023-272-01",
            "+",
            "(-)",
            "陰性",
            "123456789012345",
        ] {
            check(code, None);
        }
    }
}
