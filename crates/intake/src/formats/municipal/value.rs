//! Dates, numbers and words as people type them into tables.

use sudare_identity::Sex;
use sudare_model::time::Day;

/// A date: eight digits, seven in the era form, or year, month and day with anything between them; the year may be
/// that of an era. A time behind it is not looked at.
pub(super) fn day(text: &str) -> Option<Day> {
    let mut narrow = String::new();
    let text = crate::text::narrow(text, &mut narrow).trim();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return match text.len() {
            7 | 8 => crate::date::day(text.as_bytes()).map(|dated| dated.day),
            _ => None,
        };
    }
    let (era, rest) = era(text);
    let rest = rest.strip_prefix('元').map_or_else(|| rest.to_owned(), |rest| format!("1{rest}"));
    let mut parts = rest.split(|one: char| !one.is_ascii_digit()).filter(|part| !part.is_empty());
    let mut part = || crate::text::whole(parts.next()?.as_bytes());
    let (year, month, date) = (part()?, part()?, part()?);
    let year = match era {
        Some(first) if (1..=99).contains(&year) => first + year - 1,
        None if (1868..=2200).contains(&year) => year,
        _ => return None,
    };
    Day::from_ymd(year, u32::try_from(month).ok()?, u32::try_from(date).ok()?)
}

/// The first year of the era that a date begins with, and what follows.
fn era(text: &str) -> (Option<i32>, &str) {
    const ERAS: [(&[&str], i32); 5] = [
        (&["明治", "明", "M", "m"], 1868),
        (&["大正", "大", "T", "t"], 1912),
        (&["昭和", "昭", "S", "s"], 1926),
        (&["平成", "平", "H", "h"], 1989),
        (&["令和", "令", "R", "r"], 2019),
    ];
    for (names, first) in ERAS {
        for name in names {
            if let Some(rest) = text.strip_prefix(name) {
                return (Some(first), rest.trim_start_matches(['.', ' ']));
            }
        }
    }
    (None, text)
}

/// A result with its comparator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Amount {
    pub(super) operator: &'static str,
    pub(super) number: f64,
}

/// A number, with a comparator before or behind it and its unit behind it; `None` for anything else.
pub(super) fn amount(text: &str, unit: &str) -> Option<Amount> {
    const BEFORE: [(&str, &str); 7] =
        [("<=", "<="), (">=", ">="), ("≦", "<="), ("≧", ">="), ("<", "<"), (">", ">"), ("", "")];
    const BEHIND: [(&str, &str); 4] = [("未満", "<"), ("以下", "<="), ("以上", ">="), ("超", ">")];
    let mut narrow = String::new();
    let text = crate::text::narrow(text, &mut narrow).trim();
    let (before, rest) =
        BEFORE.iter().find_map(|(sign, word)| Some((*word, text.strip_prefix(sign)?)))?;
    let (behind, rest) = BEHIND
        .iter()
        .find_map(|(sign, word)| Some((*word, rest.strip_suffix(sign)?)))
        .unwrap_or(("", rest));
    let operator = match (before, behind) {
        (before, "") => before,
        ("", behind) => behind,
        _ => return None,
    };
    let mut unit_narrow = String::new();
    let unit = crate::text::narrow(unit, &mut unit_narrow).trim();
    let rest = rest.trim();
    let rest = if unit.is_empty() { rest } else { rest.strip_suffix(unit).unwrap_or(rest).trim() };
    let number = match thousands(rest) {
        Some(digits) => crate::text::decimal(digits.as_bytes()),
        None => crate::text::decimal(rest.as_bytes()),
    }?;
    Some(Amount { operator, number })
}

/// `1,234` without its commas, where they part groups of three.
fn thousands(text: &str) -> Option<String> {
    let (whole, behind) = text.split_once('.').map_or((text, ""), |(one, two)| (one, two));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let grouped = (1..=3).contains(&first.len())
        && groups.all(|group| group.len() == 3 && group.bytes().all(|one| one.is_ascii_digit()));
    if !grouped || !whole.contains(',') {
        return None;
    }
    let digits = whole.replace(',', "");
    Some(if behind.is_empty() { digits } else { format!("{digits}.{behind}") })
}

/// A sex by the words that tables have for it.
pub(super) fn sex(folded: &str) -> Option<Sex> {
    match folded {
        "1" | "男" | "男性" | "M" | "MALE" => Some(Sex::Male),
        "2" | "女" | "女性" | "F" | "FEMALE" => Some(Sex::Female),
        _ => None,
    }
}

/// What stands where there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nothing {
    /// A blank or a dash: nobody says.
    Blank,
    /// It was not done.
    NotDone,
    /// It could not be measured.
    NotMeasurable,
}

/// Whether a folded text says that there is no value.
pub(super) fn nothing(folded: &str) -> Option<Nothing> {
    match folded {
        "" | "―" | "ー" | "−" | "NULL" => Some(Nothing::Blank),
        "未実施" | "未検査" | "未測定" | "実施せず" | "検査せず" => {
            Some(Nothing::NotDone)
        }
        "測定不能" | "測定不可" | "検査不能" | "判定不能" | "検体不良" => {
            Some(Nothing::NotMeasurable)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_people_write_them() {
        let check = |text: &str| day(text).map(|day| day.to_string()).unwrap_or_default();
        for text in [
            "20240603",
            "2024/6/3",
            "2024-06-03",
            "2024年6月3日",
            "２０２４．０６．０３",
            "R6.6.3",
            "令和6年6月3日",
            "5060603",
            "令6.6.3",
            "2024/06/03 09:30",
            "R06/06/03",
        ] {
            assert_eq!(check(text), "2024-06-03", "{text}");
        }
        assert_eq!(check("昭和元年12月30日"), "1926-12-30");
        assert_eq!(check("S35.4.1"), "1960-04-01");
        for bad in
            ["", "2024", "202406", "24/6/3", "45444", "2024/13/1", "令和6年6月", "R.", "6/3/2024"]
        {
            assert_eq!(check(bad), "", "{bad}");
        }
    }

    #[test]
    fn numbers_may_have_comparators_units_and_commas() {
        let check =
            |text: &str| amount(text, "mg/dL").map(|one| format!("{}{}", one.operator, one.number));
        let is = |text: &str| Some(text.to_owned());
        assert_eq!(check("１５０"), is("150"));
        assert_eq!(check("＜0.5"), is("<0.5"));
        assert_eq!(check("0.5未満"), is("<0.5"));
        assert_eq!(check("300 以上"), is(">=300"));
        assert_eq!(check("1,234.5"), is("1234.5"));
        assert_eq!(check("120mg/dL"), is("120"));
        for bad in ["", "(-)", "1,23", "12,345,6", "<0.5未満", "1e5", "一二〇", "120mmHg"] {
            assert_eq!(check(bad), None, "{bad}");
        }
    }
}
