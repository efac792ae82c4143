//! Tables of municipalities with the mapping beside them, as the page about them describes both to a clerk.

use std::collections::BTreeMap;

use encoding_rs::SHIFT_JIS;

use crate::{Happened, Unexpected};

/// A row's results: what happened, and the value as a table of plain numbers and words has it.
pub type Told = (Happened, String);

/// Reads a table by its mapping.
///
/// # Errors
/// [`Unexpected`] where the mapping lacks a key, a heading is not there, or a row has no day.
pub fn read(table: &[u8], mapping: &str) -> Result<Vec<Told>, Unexpected> {
    let wrong = |what: &str| Unexpected::new(0, what);
    let mapping: toml::Table = mapping.parse().map_err(|_| wrong("the mapping is no TOML"))?;
    let columns = mapping.get("columns").and_then(toml::Value::as_table);
    let key = |name: &str| {
        let heading = columns.and_then(|columns| columns.get(name)?.as_str());
        heading.ok_or_else(|| wrong("the mapping lacks a key"))
    };
    let text = match table.strip_prefix(b"\xef\xbb\xbf") {
        Some(utf8) => String::from_utf8(utf8.to_vec()).map_err(|_| wrong("no UTF-8"))?,
        None => SHIFT_JIS.decode(table).0.into_owned(),
    };
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut found = Vec::new();
    for (at, row) in reader.deserialize::<BTreeMap<String, String>>().enumerate() {
        let row = row.map_err(|_| Unexpected::new(at + 2, "a row that is no CSV"))?;
        let cell = |heading: &str| {
            row.get(heading).map(|cell| half_width(cell)).ok_or_else(|| wrong("no such heading"))
        };
        let patient = cell(key("patient")?)?;
        let day = day(&cell(key("date")?)?)
            .ok_or_else(|| Unexpected::new(at + 2, "a row without a day"))?;
        let mut add = |kind, code: &str, value: String| {
            let (patient, day, code) = (patient.clone(), day.clone(), code.to_owned());
            found.push((Happened { patient, kind, day, code }, value));
        };
        add("visit", "", String::new());
        let items = mapping.get("item").and_then(toml::Value::as_array);
        for item in items.into_iter().flatten() {
            let says = |name: &str| item.get(name).and_then(toml::Value::as_str);
            let value = cell(says("column").unwrap_or_default())?;
            if value.is_empty() {
                continue;
            }
            let code = says("code").unwrap_or_default();
            match says("kind").unwrap_or("number") {
                _ if value == "未実施" => add("lab", code, String::new()),
                "number" => {
                    let unit = says("unit").unwrap_or_default();
                    let number = value.strip_suffix(unit).unwrap_or(&value).trim();
                    add("lab", code, number.to_owned());
                }
                "mark" => add("lab", code, value),
                "answer" => add("observation", code, value),
                _ => add("note", code, String::new()),
            }
        }
    }
    Ok(found)
}

/// Full-width digits, letters and signs as half width.
#[must_use]
pub fn half_width(text: &str) -> String {
    let narrow = |one: char| match one {
        '！'..='～' => char::from_u32(u32::from(one) - 0xFEE0).unwrap_or(one),
        '\u{3000}' => ' ',
        other => other,
    };
    text.chars().map(narrow).collect()
}

/// A date by era or in western years, with any separators, as `YYYY-MM-DD`.
fn day(text: &str) -> Option<String> {
    let eras = [('M', 1867), ('T', 1911), ('S', 1925), ('H', 1988), ('R', 2018)];
    let first = text.chars().next()?;
    let before = eras.iter().find(|era| era.0 == first).map_or(0, |era| era.1);
    let numbers: Vec<u32> = text
        .split(|one: char| !one.is_ascii_digit())
        .filter_map(|part| part.parse().ok())
        .collect();
    match numbers.as_slice() {
        [year, month, day] => Some(format!("{:04}-{month:02}-{day:02}", before + year)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_of_their_era() {
        assert_eq!(day("S35.4.1").as_deref(), Some("1960-04-01"));
        assert_eq!(day("2024年6月3日").as_deref(), Some("2024-06-03"));
        assert_eq!(day("R06/06/03").as_deref(), Some("2024-06-03"));
    }
}
