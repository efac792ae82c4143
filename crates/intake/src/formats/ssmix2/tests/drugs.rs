//! Prescriptions as others write them: usages that repeat, words in several fields, older timings.

use super::units::cells;
use super::*;

fn prescriptions(orders: &[&str]) -> Vec<UnitOutcome> {
    let orders: String =
        orders.iter().map(|order| format!("ORC|NW|1|||||||20240301\r{order}\r")).collect();
    let bytes = jis(&(head(ONE, "RDE^O11^RDE_O11", "19700101") + &orders));
    read(vec![(path(ONE, "20240301", "OMP-01", 1, 1, 1), bytes)]).0
}

#[test]
fn a_usage_is_all_that_the_order_says_of_it() {
    let outcomes = prescriptions(&[
        "RXE||105271807^プレドニン錠^HOT|3||TAB^錠^MR9P||3^情報提供^JHSP0001~D^粉砕^JHSP0002\r\
         TQ1|||1011000400000000&１日１回朝食後&JAMISDP01~ I1100000& 隔日 &JAMISDP01|||7^D&日&ISO+|20240301",
        "RXE||100795402^ボルタレン錠^HOT|1||TAB^錠^MR9P\r\
         TQ1|||1050110020000000&疼痛時&JAMISDP01||||20240301|||熱があるとき|１日２回まで|||10",
        "RXE||106238001^ジフラール軟膏^HOT|\"\"||\"\"\r\
         TQ1|||2B74000000000000^１日４回^JAMISDP01||||20240301\rRXR|AP^外用^HL70162|77L^左手^JAMISDP01",
    ]);
    assert_eq!(
        cells(&outcomes, "drug_exposure", &["usage_source_value", "sig"]),
        [
            "1011000400000000+I1100000|１日１回朝食後 隔日 情報提供 粉砕",
            "1050110020000000|疼痛時 熱があるとき １日２回まで",
            "2B74000000000000|１日４回 左手",
        ]
    );
}

#[test]
fn messages_before_version_2_5_have_their_timing_in_the_order() {
    let bytes = jis(&format!(
        "{}ORC|RE|1|||||^^^20260307^20260309|||\rRXE||1^薬^HOT9|1||TAB^錠^MR9P\r\
         ORC|RE|2\rRXE|^^^20260310|2^薬^HOT9|1||TAB^錠^MR9P\r",
        head(ONE, "RDE^O11^RDE_O11", "19700101")
    ));
    let (outcomes, _) = read(vec![("a.hl7".to_owned(), bytes)]);
    let columns = ["drug_exposure_start_date", "drug_exposure_end_date"];
    assert_eq!(
        cells(&outcomes, "drug_exposure", &columns),
        ["2026-03-07|2026-03-09", "2026-03-10|2026-03-10"]
    );
}

#[test]
fn a_date_of_an_older_timing_is_told_where_it_stands() {
    let bytes = jis(&format!(
        "{}ORC|RE|1|||||^^^2026xx07^2026xx09|||\rRXE||1^薬^HOT9|1||TAB^錠^MR9P\r\
         ORC|RE|2\rNTE|1||x\rRXE|^^^2026xx10|2^薬^HOT9|1||TAB^錠^MR9P\rRXC|B|3^薬^HOT9|1|ML\r",
        head(ONE, "RDE^O11^RDE_O11", "19700101")
    ));
    let expected = ["record 3, ORC-7", "record 3, ORC-7", "record 7, RXE-1"];
    assert_eq!(
        places(vec![("a.hl7".to_owned(), bytes)]),
        expected.map(|one| format!("SSMIX-DATE file 0, {one}"))
    );
}
