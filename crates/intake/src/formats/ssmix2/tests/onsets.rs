//! When diseases and allergies began.

use super::*;

const HEAD: &str = "MSH|^~\\&|H|S|G|R|20240301101010||";
const PID: &str = "PID|0001||1^^^^PI||山田^太郎^^^^^L^I||19700101|M\r";

#[test]
fn an_onset_may_be_a_month_or_a_year() {
    let messages = format!(
        "{HEAD}PPR^ZD1^PPR_ZD1|1|P|2.5\r{PID}\
         PRB|AD|2024|20054174^胃炎^MDCDX2|1|||201006|||K297^^I10\r\
         PRB|AD|2024|20054175^胃炎^MDCDX2|2||||||K297^^I10||||||2009\r\
         PRB|AD|2024|20054176^胃炎^MDCDX2|3|||2010ab|||K297^^I10\r\
         {HEAD}ADT^A60^ADT_A60|2|P|2.5\r{PID}\
         IAM|1|DA|106824501^薬^HOT9|MO|発疹~嘔気|A|||||199600\r\
         IAM|2|FA|5A1002^卵^JC10|MO||A|||||20240229\r\
         {HEAD}ADT^A08^ADT_A01|3|P|2.5\r{PID}AL1|1|DA|9^ペニシリン^99X|SV|ショック|1998\r"
    );
    let (outcomes, counts) = read(vec![("all.hl7".to_owned(), jis(&messages))]);
    assert_eq!(counts.findings, BTreeMap::from([("SSMIX-DATE", 1)]));
    let rows = |table, columns: &[&str]| units::cells(&outcomes, table, columns);
    assert_eq!(
        rows("condition_occurrence", &["condition_start_date", "date_precision"]),
        ["2010-06-01|month", "2009-01-01|year", "|"]
    );
    assert_eq!(
        rows("observation", &["observation_date", "date_precision"]),
        ["1996-01-01|year", "2024-02-29|", "1998-01-01|year"]
    );
    // A day that is not known is no day of a note.
    assert_eq!(
        rows("note", &["note_class_source_value", "note_text", "note_date"]),
        ["IAM-5|発疹|", "IAM-5|嘔気|", "AL1-5|ショック|"]
    );
}
