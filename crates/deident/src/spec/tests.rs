use expect_test::{Expect, expect};

use super::*;

const HEAD: &str = "format = \"sudare-dataset-1\"\nid = \"d\"\nproject = \"p1\"\n";

fn check(rest: &str, expected: &Expect) {
    let rules = Rules::of_2024().unwrap();
    let said = match Spec::parse(&format!("{HEAD}{rest}"), &rules) {
        Ok(spec) => {
            let tables: Vec<_> = spec.tables.iter().map(|table| table.name).collect();
            format!("{} {} k={}", spec.track, tables.len(), spec.anonymise.k)
        }
        Err(error) => format!("{}: {error}", error.line),
    };
    expected.assert_eq(&said);
}

#[test]
fn a_specification_is_read_and_its_errors_name_line_and_key() {
    check("track = \"anonymised\"", &expect!["anonymised 12 k=10"]);
    check(
        "track = \"anonymised\"\ntables = [\n  \"person\",\n  \"note\"]",
        &expect!["7: `tables[1]`: free text does not leave (R-ANON-06)"],
    );
    check(
        "track = \"anonymised\"\ntables = [\"death\"]",
        &expect!["5: `tables`: must hold `person`: persons are what is counted"],
    );
    check("track = \"x\"", &expect!["4: `track`: must be `anonymised` or `pseudonymised`"]);
    check(
        "track = \"pseudonymised\"\n[anonymise]\nk = 5",
        &expect!["5: `anonymise`: belongs to the track `anonymised` alone (R-PSEU-04)"],
    );
    check(
        "track = \"anonymised\"\n[anonymise]\nk = 1",
        &expect!["6: `anonymise.k`: must be 2 or more"],
    );
    check(
        "track = \"anonymised\"\n[anonymise]\nquasi_identifiers = [\"sex\", \"age\"]",
        &expect!["6: `anonymise.quasi_identifiers[1]`: must be `sex`, `birth_year` or `area`"],
    );
    check(
        "track = \"anonymised\"\nfrom = 2024-04-01\nuntil = 2024-03-01",
        &expect!["6: `until`: is before `from`"],
    );
}

/// Every key, in the order of the reference page.
const WHOLE: &str = r#"format = "sudare-dataset-1"
id = "cohort-a"
track = "anonymised"
project = "p2"
recipient = "pharma-1"
tables = ["person", "condition_occurrence"]
from = 2024-04-01
until = 2025-03-31

[anonymise]
k = 10
quasi_identifiers = ["sex", "birth_year", "area"]
max_suppression = 0.10
date_shift_days = 30
rare_code_min_persons = 10
outlier_quantile = 0.001
earlier_releases = "suppress"
"#;

/// What the text says with one line of it written otherwise.
fn slip(line: usize, written: &str) -> SpecError {
    let rules = Rules::of_2024().unwrap();
    let lines = WHOLE.lines().enumerate();
    let text: Vec<_> =
        lines.map(|(at, kept)| if at + 1 == line { written } else { kept }).collect();
    Spec::parse(&text.join("\n"), &rules).unwrap_err()
}

#[test]
fn a_typing_error_in_any_key_is_an_error_at_its_line() {
    let rules = Rules::of_2024().unwrap();
    Spec::parse(WHOLE, &rules).unwrap();
    for (at, written) in WHOLE.lines().enumerate() {
        let Some((key, value)) = written.split_once(" = ") else { continue };
        let error = slip(at + 1, &format!("{key}x ={value}"));
        assert_eq!(error.line, at + 1, "{error:?}");
        let says = format!("{key}x`: is no known key; did you mean `{key}`?");
        assert!(error.to_string().contains(&says), "{error}");
    }
}

#[test]
fn a_value_of_another_kind_is_an_error_at_its_key() {
    for (at, written) in WHOLE.lines().enumerate() {
        let Some((key, value)) = written.split_once(" = ") else { continue };
        let other = if value.starts_with('"') || value.starts_with('[') { "7" } else { "\"x\"" };
        let error = slip(at + 1, &format!("{key} = {other}"));
        assert_eq!(error.line, at + 1, "{error:?}");
        assert!(error.key.ends_with(key), "{error:?}");
    }
}

#[test]
fn a_value_that_does_not_fit_is_an_error_at_its_key() {
    for (line, written, key) in [
        (1, "format = \"sudare-dataset-9\"", "format"),
        (2, "id = \"a b\"", "id"),
        (3, "track = \"anonymized\"", "track"),
        (4, "project = \"\"", "project"),
        (5, "recipient = \"pharma 1\"", "recipient"),
        (6, "tables = [\"person\", \"condition\"]", "tables[1]"),
        (7, "from = 2024-04-01T00:00:00Z", "from"),
        (8, "until = 2024-03-31", "until"),
        (11, "k = 0", "anonymise.k"),
        (12, "quasi_identifiers = []", "anonymise.quasi_identifiers"),
        (13, "max_suppression = 1.0", "anonymise.max_suppression"),
        (14, "date_shift_days = 367", "anonymise.date_shift_days"),
        (15, "rare_code_min_persons = 0", "anonymise.rare_code_min_persons"),
        (16, "outlier_quantile = 0.5", "anonymise.outlier_quantile"),
        (17, "earlier_releases = \"ignore\"", "anonymise.earlier_releases"),
    ] {
        let error = slip(line, written);
        assert_eq!((error.line, error.key.as_str()), (line, key), "{error}");
    }
}

#[test]
fn a_key_that_must_be_there_is_named() {
    let error = slip(2, "");
    assert!(error.to_string().starts_with("`id`: is missing; it is a text"), "{error}");
}

#[test]
fn a_slip_is_answered_with_what_the_key_may_be() {
    for (line, written, says) in [
        (2, "id = 7", "`id`: must be a text, the dataset's own id, such as \"cohort-a\""),
        (7, "from = 2024-02-30", "`from`: there is no such day ("),
        (7, "from = \"2024-04-01\"", "`from`: must be a date such as 2024-04-01, without quotes"),
        (11, "k = \"ten\"", "`anonymise.k`: must be a whole number of 2 or more"),
        (11, "k = -1", "`anonymise.k`: must be a whole number of 2 or more"),
        (11, "k = 10.5", "`anonymise.k`: must be a whole number of 2 or more"),
        (13, "max_suppression = \"1%\"", "`anonymise.max_suppression`: must be a number from 0"),
        (6, "tables = [\"person\", \"mesurement\"]", "did you mean `measurement`?"),
        (6, "tables = [\"person\", \"x\"]", "is no clinical table; known are person, "),
        (5, "colour = 1", "`colour`: is no known key; known here are format, id, "),
    ] {
        let error = slip(line, written);
        assert_eq!(error.line, line, "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn what_only_the_register_shows_is_told_at_its_line() {
    let spec = Spec::parse(WHOLE, &Rules::of_2024().unwrap()).unwrap();
    let project = spec.unknown(Registered::Project, "is not there".to_owned());
    assert_eq!((project.line, project.to_string().as_str()), (4, "`project`: is not there"));
    assert_eq!(spec.unknown(Registered::Recipient, String::new()).line, 5);
}
