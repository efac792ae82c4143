//! Units of results and doses.

use super::*;

/// The values of some columns of a table, row by row, joined by `|`.
pub(super) fn cells(outcomes: &[UnitOutcome], table: &str, columns: &[&str]) -> Vec<String> {
    use arrow::util::display::{ArrayFormatter, FormatOptions};
    let mut rows = Vec::new();
    for (found, batch) in outcomes.iter().flat_map(|outcome| &outcome.content) {
        if found.name != table {
            continue;
        }
        let options = FormatOptions::default();
        let column = |name: &&str| batch.column_by_name(name).unwrap();
        let printed: Vec<_> = columns.iter().map(column).collect();
        let printed: Vec<_> =
            printed.iter().map(|one| ArrayFormatter::try_new(*one, &options).unwrap()).collect();
        rows.extend((0..batch.num_rows()).map(|row| {
            let cells: Vec<_> = printed.iter().map(|one| one.value(row).to_string()).collect();
            cells.join("|")
        }));
    }
    rows
}

#[test]
fn a_unit_has_its_ucum_code_beside_what_was_written() {
    let results = jis(&format!(
        "{}SPM|1|1||023^血清^JC10|||||||||||||20240301\r\
         OBX|1|NM|3B035^AST^JC10||30|U/l^U/l^99XYZ|13-30||||F\r\
         OBX|2|NM|2A020^白血球^JC10||52|×１０*2/μl|||||F\r\
         OBX|3|NM|2A050^血小板^JC10||21|万/μl|||||F\r\
         OBX|4|ST|1A010^尿蛋白^JC10||(+)||||||F\r\
         OBX|5|NM|5A010^何か^JC10||3|東京単位|||||F\r",
        head("0000001", "OUL^R22^OUL_R22", "19700101")
    ));
    let drugs = jis(&format!(
        "{}ORC|NW|1|||||||20240301\r\
         RXE||108665201^ダーゼン錠^HOT9|1||TAB^錠^MR9P|||||3|TAB^錠^MR9P\r\
         ORC|NW|2|||||||20240301\r\
         RXE||107750602^散^HOT9|500||MG^ミリグラム^MR9P\r",
        head("0000001", "RDE^O11^RDE_O11", "19700101")
    ));
    let (outcomes, _) = read(vec![
        (path("0000001", "20240301", "OML-11", 1, 1, 1), results),
        (path("0000001", "20240301", "OMP-01", 2, 1, 1), drugs),
    ]);
    let units = cells(&outcomes, "measurement", &["unit_source_value", "unit_ucum"]);
    assert_eq!(units, ["U/l|U/L", "×１０*2/μl|10*2/uL", "万/μl|10*4/uL", "|", "東京単位|"]);
    let doses = cells(&outcomes, "drug_exposure", &["dose_unit_source_value", "dose_unit_ucum"]);
    assert_eq!(doses, ["TAB|", "MG|mg"]);
}
