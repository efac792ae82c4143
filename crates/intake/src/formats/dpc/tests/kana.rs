//! Codes that are not ASCII.

use super::*;

#[test]
fn codes_with_half_width_kana_are_kept_and_choices_are_no_notes() {
    let patient = "0000000001";
    let form = [
        form1(patient, "A000010", &[(1, "19500203"), (2, "1")]),
        form1(patient, "A000020", &[(1, "20240401"), (9, "0")]),
        form1(patient, "A007010", &[(1, "20240402"), (2, "K2821ﾛ"), (4, "1")]),
    ];
    let form = read(&form.concat());
    assert_eq!(form.counts.findings, std::collections::BTreeMap::new());
    let rows = form.print(&["procedure_occurrence", "observation", "note"]);
    assert!(rows.contains("procedure_source_value=K2821ﾛ procedure_source_system=K-CODE"));
    assert!(rows.contains("observation_source_value=A000020-9"), "{rows}");
    assert!(!rows.contains("note "));
    let acts =
        ef(patient, ["20240410", "20240401"], &[(5, "50"), (7, "000"), (8, "ｵﾍﾟ1"), (21, "1")]);
    let rows = read(&acts).print(&["procedure_occurrence"]);
    assert!(rows.contains("procedure_source_value=ｵﾍﾟ1 procedure_source_system=LOCAL"), "{rows}");
}

#[test]
fn a_text_in_the_place_of_a_code_stays_out_of_the_codes() {
    for text in ["ｶｸｳ ﾊﾅｺ", "ｶｸｳ ﾊﾅｺ 2", "ｶｸｳﾊﾅ2", "架空1"] {
        let columns = [(5, "50"), (7, "000"), (8, text), (21, "1")];
        let found = read(&ef("0000000001", ["20240410", "20240401"], &columns));
        let rows = found.print(&["procedure_occurrence"]);
        assert!(
            rows.contains("procedure_occurrence") && !rows.contains("procedure_source_value"),
            "{rows}"
        );
        assert_eq!(found.counts.findings.get("DPC-CODE-TEXT"), Some(&1));
        assert_eq!(found.counts.findings.get("DPC-CODE"), None);
    }
}
