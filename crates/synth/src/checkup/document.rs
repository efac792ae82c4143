//! The files of a delivery: document, index, summary. Element order is that of the schemas.

use std::fmt::Write as _;

use sudare_model::time::Day;

use super::items::{Result10, Value};
use super::{CENTRE, INSURER, Program};
use crate::canary::Canary;
use crate::period::digits;
use crate::places::employer_number;
use crate::writing::Written;

/// What all identifiers and code lists of the exchange begin with.
pub(super) const OID: &str = "1.2.392.200119.6";
/// The namespace of index and summary.
const EXCHANGE: &str = "https://www.mhlw.go.jp/stf/seisakunitsuite/bunya/0000161103.html";

/// `ix08`: who sends how many to whom; 6 is from an examination centre to an insurer.
pub(super) fn index(day: &str, documents: u64, program: Program) -> String {
    let kind = program.digit();
    let insurer = employer_number(INSURER);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<index xmlns=\"{EXCHANGE}\">\n\
         <interactionType code=\"6\"/>\n<creationTime value=\"{day}\"/>\n\
         <sender><id root=\"{OID}.102\" extension=\"{CENTRE}\"/></sender>\n\
         <receiver><id root=\"{OID}.101\" extension=\"{insurer}\"/></receiver>\n\
         <serviceEventType code=\"{kind}\"/>\n<totalRecordCount value=\"{documents}\"/>\n</index>\n"
    )
}

/// `su08`: sums.
pub(super) fn summary(documents: u64, program: Program) -> String {
    let (kind, cost) = (program.digit(), documents * program.price());
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<summary xmlns=\"{EXCHANGE}\">\n\
         <serviceEventType code=\"{kind}\"/>\n<totalSubjectCount value=\"{documents}\"/>\n\
         <totalCostAmount value=\"{cost}\" currency=\"JPY\"/>\n\
         <totalPaymentAmount value=\"0\" currency=\"JPY\"/>\n\
         <totalClaimAmount value=\"{cost}\" currency=\"JPY\"/>\n</summary>\n"
    )
}

/// One person's checkup.
pub(super) fn document(
    written: &Written,
    results: &[Result10],
    day: Day,
    serial: u64,
    canary: Option<&Canary>,
) -> String {
    let mut out = String::with_capacity(16 << 10);
    // 10: a specific checkup.
    head(&mut out, written, (day, "10"), serial);
    out.push_str(
        "<component><structuredBody><component><section>\n\
         <code code=\"01010\" codeSystem=\"1.2.392.200119.6.1010\" displayName=\"検査・問診結果セクション\"/>\n\
         <title>検査・問診結果</title>\n<text><list>",
    );
    for one in results.iter().filter(|one| one.is_done()) {
        // Writing to a string cannot fail.
        let _ = write!(out, "<item>{} {}</item>", one.name, one.shown());
    }
    out.push_str("</list></text>\n");
    for one in results {
        entry(&mut out, one);
    }
    let note = canary.map_or_else(|| "特記すべき所見なし".to_owned(), Canary::note);
    for (code, name, text) in [
        ("9N511000000000049", "医師の診断（判定）", note.as_str()),
        ("9N516000000000049", "健康診断を実施した医師の氏名", "霧坂　仮名"),
    ] {
        out.push_str("<entry>");
        observation(&mut out, (code, name), "", &format!("<value xsi:type=\"ST\">{text}</value>"));
        out.push_str("</entry>\n");
    }
    out.push_str("</section></component></structuredBody></component>\n</ClinicalDocument>\n");
    out
}

/// All that stands before the body; `kind` is the kind of report (報告区分).
pub(super) fn head(out: &mut String, written: &Written, (day, kind): (Day, &str), serial: u64) {
    let (date, birth) = (digits(day), digits(written.birth));
    let insurer = employer_number(INSURER);
    let (postal, rest) = written.postal.split_at_checked(3).unwrap_or(("000", "0000"));
    let sex = if written.male { 1 } else { 2 };
    let until = digits(day.plus(180));
    // The branch is the 4th edition's.
    let _ = write!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <ClinicalDocument xmlns=\"urn:hl7-org:v3\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n\
         <typeId root=\"2.16.840.1.113883.1.3\" extension=\"POCD_HD000040\"/>\n\
         <id nullFlavor=\"NI\"/>\n<code code=\"{kind}\" codeSystem=\"{OID}.1001\"/>\n\
         <effectiveTime value=\"{date}\"/>\n<confidentialityCode code=\"N\"/>\n\
         <recordTarget><patientRole>\n<id root=\"{OID}.101\" extension=\"{insurer}\"/>\n\
         <id root=\"{OID}.204\" extension=\"{}\"/>\n<id root=\"{OID}.205\" extension=\"{}\"/>\n\
         <id root=\"{OID}.211\" extension=\"{}\"/>\n\
         <addr>{}<postalCode>{postal}-{rest}</postalCode></addr>\n<patient><name>{}　{}</name>\
         <administrativeGenderCode code=\"{sex}\" codeSystem=\"{OID}.1104\"/>\
         <birthTime value=\"{birth}\"/></patient></patientRole></recordTarget>\n",
        written.symbol,
        written.card,
        written.branch,
        written.address,
        written.family_kana,
        written.given_kana,
    );
    let centre = format!(
        "<id root=\"{OID}.102\" extension=\"{CENTRE}\"/><name>簾野健診センター</name>\
         <telecom value=\"tel:054-900-9999\"/><addr>静岡県簾野市鏡ヶ丘9-1\
         <postalCode>429-0921</postalCode></addr>"
    );
    // 受診券 of a checkup; 利用券 of guidance, whose number is the insurer's.
    let (function, ticket) = match kind {
        "10" => ("1", "209".to_owned()),
        _ => ("2", format!("210.1{insurer}")),
    };
    let _ = write!(
        out,
        "<author><time value=\"{date}\"/><assignedAuthor><id nullFlavor=\"NI\"/>\
         <representedOrganization>{centre}</representedOrganization></assignedAuthor></author>\n\
         <custodian><assignedCustodian><representedCustodianOrganization><id nullFlavor=\"NI\"/>\
         </representedCustodianOrganization></assignedCustodian></custodian>\n\
         <participant typeCode=\"HLD\"><functionCode code=\"{function}\" codeSystem=\"{OID}.208\"/>\
         <time><high value=\"{until}\"/></time><associatedEntity classCode=\"IDENT\">\
         <id root=\"{OID}.{ticket}\" extension=\"{:011}\"/><scopingOrganization>\
         <id root=\"{OID}.101\" extension=\"{insurer}\"/></scopingOrganization>\
         </associatedEntity></participant>\n\
         <documentationOf><serviceEvent><code code=\"010\" codeSystem=\"{OID}.1002\"/>\
         <effectiveTime value=\"{date}\"/><performer typeCode=\"PRF\"><assignedEntity>\
         <id nullFlavor=\"NI\"/><representedOrganization>{centre}</representedOrganization>\
         </assignedEntity></performer></serviceEvent></documentationOf>\n",
        25_000_000_000 + serial * 7,
    );
}

/// An observation; `negated` is an attribute or empty.
pub(super) fn observation(
    out: &mut String,
    (code, name): (&str, &str),
    negated: &str,
    value: &str,
) {
    let _ = write!(
        out,
        "<observation classCode=\"OBS\" moodCode=\"EVN\"{negated}>\
         <code code=\"{code}\" displayName=\"{name}\"/>{value}</observation>"
    );
}

fn entry(out: &mut String, result: &Result10) {
    let negated = if result.is_done() { "" } else { " negationInd=\"true\"" };
    let mut value = String::new();
    match &result.value {
        Value::Quantity { text, unit, range } => {
            let _ = write!(value, "<value xsi:type=\"PQ\" value=\"{text}\" unit=\"{unit}\"/>");
            if let Some((low, high, flag)) = range {
                let _ = write!(
                    value,
                    "<interpretationCode code=\"{flag}\"/><referenceRange><observationRange>\
                     <value xsi:type=\"IVL_PQ\"><low value=\"{low}\" unit=\"{unit}\"/>\
                     <high value=\"{high}\" unit=\"{unit}\"/></value></observationRange></referenceRange>"
                );
            }
        }
        Value::Answer { code, list } => {
            let _ = write!(
                value,
                "<value xsi:type=\"CD\" code=\"{code}\" codeSystem=\"{OID}.{list}\"/>"
            );
        }
        Value::Grade { code, list } => {
            let _ = write!(
                value,
                "<value xsi:type=\"CO\" code=\"{code}\" codeSystem=\"{OID}.{list}\"/>"
            );
        }
        Value::NotDone => {}
    }
    out.push_str("<entry>");
    observation(out, (result.code, result.name), negated, &value);
    out.push_str("</entry>\n");
}
