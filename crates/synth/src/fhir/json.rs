//! Pieces of FHIR JSON: texts, codings, quantities, a person's names and address.

use std::fmt::Write as _;

use crate::writing::Written;

/// A text as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            // Writing to a string cannot fail.
            '\0'..='\u{1F}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// A Coding.
pub(super) fn coding(system: &str, code: &str, display: &str) -> String {
    format!("{{\"system\":\"{system}\",\"code\":\"{code}\",\"display\":{}}}", quoted(display))
}

/// A CodeableConcept of one coding without a display.
pub(super) fn concept(system: &str, code: &str) -> String {
    format!("{{\"coding\":[{{\"system\":\"{system}\",\"code\":\"{code}\"}}]}}")
}

/// A Quantity; the value is a plain number.
pub(super) fn quantity(value: &str, unit: &str, system: &str, code: &str) -> String {
    let value = value.trim_end_matches('.');
    if code.is_empty() {
        return format!("{{\"value\":{value}}}");
    }
    format!("{{\"value\":{value},\"unit\":\"{unit}\",\"system\":\"{system}\",\"code\":\"{code}\"}}")
}

/// `"name":[…],`: kanji and kana, told apart by the extension of ISO 21090.
pub(super) fn names(written: &Written, space: &str) -> String {
    let mut out = String::from("\"name\":[");
    let forms = [
        ("IDE", &written.family, &written.given),
        ("SYL", &written.family_kana, &written.given_kana),
    ];
    for (nth, (mark, family, given)) in forms.into_iter().enumerate() {
        let comma = if nth == 0 { "" } else { "," };
        let _ = write!(
            out,
            "{comma}{{\"extension\":[{{\"url\":\
             \"http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation\",\
             \"valueCode\":\"{mark}\"}}],\"use\":\"official\",\"text\":{},\"family\":{},\
             \"given\":[{}]}}",
            quoted(&format!("{family}{space}{given}")),
            quoted(family),
            quoted(given),
        );
    }
    out.push_str("],");
    out
}

/// Telephone, sex, birth date, address.
pub(super) fn person(written: &Written) -> String {
    let (zone, rest) = written.postal.split_at_checked(3).unwrap_or(("000", "0000"));
    let phone = if written.phone.is_empty() {
        String::new()
    } else {
        format!(
            "\"telecom\":[{{\"system\":\"phone\",\"value\":{},\"use\":\"home\"}}],",
            quoted(&written.phone)
        )
    };
    format!(
        "{phone}\"gender\":\"{}\",\"birthDate\":\"{}\",\"address\":[{{\"text\":{},\
         \"postalCode\":\"{zone}-{rest}\",\"country\":\"JP\"}}]",
        if written.male { "male" } else { "female" },
        written.birth,
        quoted(&written.address),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_json() {
        for text in ["a\"b\\c", "簾\n", "", "\u{1}"] {
            let read: String = serde_json::from_str(&quoted(text)).unwrap();
            assert_eq!(read, text);
        }
        assert_eq!(quantity("3", "錠", "s", ""), "{\"value\":3}");
    }
}
