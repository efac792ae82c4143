//! Studies, exposures, and teeth.

use super::units::cells;
use super::{head, jis, path, read};

#[test]
fn a_study_is_one_row_that_joins_the_images_by_its_key() {
    let group = |control: &str, order: u32, more: &str| {
        format!(
            "ORC|{control}|{order}|||||||20240301113540\r\
             OBR||{order}||99A000000000000^超音波^JJ1017|||20240302\r{more}\
             IPC|A1|P1|1.2.392.1||US^^DCM\r"
        )
    };
    let exposure = "ZE1|1|RS|99A0001^胸部^JJ1017\rZE2|1|120^kV&kV&ISO+|200^mA|100^cm||2|立位\r";
    let text = [
        head("0000001", "OMI^Z23^OMI_Z23", "19700101"),
        group("NW", 1, ""),
        group("PA", 1, ""),
        group("CH", 2, exposure),
    ]
    .concat();
    let file = |text: &str| vec![(path("0000001", "20240302", "OMG-11", 1, 1, 1), jis(text))];
    let (outcomes, counts) = read(file(&text));
    assert!(counts.findings.is_empty(), "{:?}", counts.findings);
    let key = crate::key::visit_key("study", &[b"1.2.392.1"]);
    let columns = [
        "study_key",
        "series_key",
        "image_occurrence_date",
        "modality_source_value",
        "procedure_source_value",
        "procedure_source_system",
        "instances",
    ];
    let row = format!("{key}||2024-03-02|US|99A000000000000|JJ1017|");
    assert_eq!(cells(&outcomes, "image_occurrence", &columns), [row]);
    let columns = ["measurement_source_value", "measurement_date", "value_as_number", "unit_ucum"];
    let values = [
        "ZE2-2|2024-03-02|120.0|kV",
        "ZE2-3|2024-03-02|200.0|mA",
        "ZE2-4|2024-03-02|100.0|cm",
        "ZE2-6|2024-03-02|2.0|",
    ];
    assert_eq!(cells(&outcomes, "measurement", &columns), values);
    assert_eq!(cells(&outcomes, "note", &["note_text"]), ["立位"]);
    // Without a study UID nothing can be joined.
    let (outcomes, counts) = read(file(&text.replace("1.2.392.1", "")));
    assert_eq!(counts.findings["SSMIX-CODE-MISSING"], 3);
    assert!(cells(&outcomes, "image_occurrence", &["study_key"]).is_empty());
}

#[test]
fn teeth_stand_behind_the_modifiers_of_their_disease() {
    let text = format!(
        "{}PRB|AD|20240301|20056789^う蝕^MDCDX2|1|||20240201\r\
         ZPR||20056789^う蝕^MDCDX2|27000001^の疑い^MDCDX2\r\
         ZPD|1|102400^右上２^JHSD\rZPD|2|102500~^右上４\r\
         PRB|AD|20240301|20054174^胃炎^MDCDX2|2|||20240201\r",
        head("0000001", "PPR^ZD1^PPR_ZD1", "19700101")
    );
    let (outcomes, _) = read(vec![(path("0000001", "-", "PPR-01", 1, 1, 1), jis(&text))]);
    let modifiers = cells(&outcomes, "condition_occurrence", &["condition_modifiers"]);
    assert_eq!(modifiers, ["27000001+102400+102500+右上４", ""]);
}
