//! Drugs as they were requested: OMP^O09 and ORM^O01.

use super::units::cells;
use super::{ONE, head, jis, path, read, total};
use crate::outcome::{Counts, UnitOutcome};

const COLUMNS: [&str; 8] = [
    "drug_source_value",
    "quantity",
    "dose_value",
    "dose_unit_source_value",
    "route_source_value",
    "usage_source_value",
    "sig",
    "drug_exposure_start_date",
];

const TABLET: &str = "TQ1|||1013044400000000&１日３回毎食後&JAMISDP01|||7^d|20240302\r\
    RXO|101237001^ムコダイン錠^HOT9|2|3|TAB^錠^MR9P|TAB||D^粉砕^JHSP0002||||42|TAB^錠^MR9P\r\
    RXR|PO^経口^HL70162\r";

fn message(trigger: &str, orders: &str) -> String {
    head(ONE, trigger, "19700101") + orders
}

fn order(control: &str, number: &str, details: &str) -> String {
    format!("ORC|{control}|{number}|||||||20240301\r{details}")
}

fn drugs(messages: &[String]) -> (Vec<String>, Counts) {
    let (outcomes, counts) = stream(messages);
    (cells(&outcomes, "drug_exposure", &COLUMNS), counts)
}

fn stream(messages: &[String]) -> (Vec<UnitOutcome>, Counts) {
    read(vec![("orders.hl7".to_owned(), jis(&messages.concat()))])
}

const ROW: &str = "101237001|42.0|2.0|TAB|PO|1013044400000000|１日３回毎食後 粉砕|2024-03-02";

#[test]
fn a_request_is_read_as_an_encoded_order_is() {
    let (rows, counts) = drugs(&[message("OMP^O09^OMP_O09", &order("NW", "1", TABLET))]);
    assert_eq!(rows, [ROW]);
    assert!(counts.findings.is_empty(), "{:?}", counts.findings);
    // Of an injection its components.
    let injection = "TQ1|||||||202403011000\rRXO|00^一般|\"\"||\"\"\rRXR|IV^静脈^HL70162\r\
        RXC|B|107750602^生食^HOT9|100|ML^ミリリットル^MR9P\rRXC|A|620007329^薬^HOT9|1|AMP^アンプル^MR9P\r";
    let (rows, _) = drugs(&[message("OMP^O09", &order("NW", "2", injection))]);
    let starts: Vec<_> = rows.iter().map(|row| row.split("|PO").next().unwrap()).collect();
    assert_eq!(
        starts,
        ["107750602|100.0||ML|IV|||2024-03-01", "620007329|1.0||AMP|IV|||2024-03-01"]
    );
    // Text alone names no drug.
    let (rows, counts) = drugs(&[message("OMP^O09", &order("NW", "3", "RXO||||||^薬を３日分\r"))]);
    assert_eq!((rows.len(), counts.findings["SSMIX-CODE-MISSING"]), (0, 1));
}

#[test]
fn a_general_order_is_read_where_it_orders_drugs_alone_and_without_its_dose() {
    let (rows, counts) = drugs(&[message("ORM^O01", &order("NW", "1", TABLET))]);
    assert_eq!(rows, [ROW.replace("|2.0|TAB|", "|||")]);
    assert_eq!(counts.findings.keys().collect::<Vec<_>>(), [&"SSMIX-DOSE"]);
    let examination = order("NW", "2", "OBR|1|2||1^検査^99\r");
    for orders in [examination.clone(), order("NW", "1", TABLET) + &examination] {
        let (rows, counts) = drugs(&[message("ORM^O01", &orders)]);
        assert_eq!((rows.len(), counts.findings["SSMIX-TRIGGER"]), (0, 1));
    }
    let (_, counts) = drugs(&[message("OMP^O09", &order("NW", "1", ""))]);
    assert_eq!(counts.findings["SSMIX-TRIGGER"], 1);
}

#[test]
fn a_request_that_also_came_encoded_counts_once() {
    let encoded = "RXE||101237001^ムコダイン錠^HOT9|2||TAB^錠^MR9P\r";
    let rde = message("RDE^O11^RDE_O11", &order("NW", "1", encoded));
    let omp = message("OMP^O09", &order("NW", "1", TABLET));
    let (rows, counts) = drugs(&[omp.clone(), rde.clone()]);
    assert_eq!((rows.len(), counts.superseded), (1, 1));
    assert_eq!(counts.findings["SSMIX-ORDER-TWICE"], 1);
    // Another order beside it: it is read, and told.
    let more = message("OMP^O09", &(order("NW", "1", TABLET) + &order("NW", "2", TABLET)));
    let (rows, counts) = drugs(&[more, rde]);
    assert_eq!((rows.len(), counts.superseded), (3, 0));
    assert_eq!(counts.findings["SSMIX-ORDER-TWICE"], 1);
    // In one message the encoded order stands for the request, with components of its own.
    let component = "RXC|B|107750602^生食^HOT9|100|ML^ミリリットル^MR9P\r";
    let both = format!("{TABLET}{component}RXE||00^一般\r{component}");
    let (rows, _) = drugs(&[message("RDE^O11", &order("NW", "3", &both))]);
    assert_eq!(rows.len(), 1);
    // A request alone is nothing twice.
    let (rows, counts) = drugs(&[omp]);
    assert_eq!((rows.len(), counts.findings.len()), (1, 0));
}

#[test]
fn a_request_is_cancelled_by_its_number() {
    let at = |text: String| text.replacen("20240301101010", "20240301101011", 1);
    let omp = message("OMP^O09", &order("NW", "1", TABLET));
    let cancel = at(message("OMP^O09", &order("CA", "1", TABLET)));
    let (rows, counts) = drugs(&[omp, cancel]);
    assert_eq!((rows.len(), counts.deleted, counts.findings["SSMIX-TAKEN-BACK"]), (0, 1, 2));
}

#[test]
fn what_a_request_says_in_a_storage_is_read_too() {
    let bytes = jis(&message("OMP^O09", &order("NW", "1", TABLET)));
    let (_, counts) = read(vec![(path(ONE, "20240301", "OMP-01", 1, 1, 1), bytes)]);
    assert_eq!((total(&counts, "drug_exposure"), counts.findings["SSMIX-MESSAGE-TYPE"]), (1, 1));
}

#[test]
fn what_came_encoded_stands_with_its_drug() {
    let encoded = "RXE||101237001^ムコダイン錠^HOT9|2||TAB^錠^MR9P\r";
    let omp = message("OMP^O09", &order("NW", "1", TABLET));
    let twice = |control: &str, details: &str| {
        let rde = message("RDE^O11^RDE_O11", &order(control, "1", details));
        let (_, counts) = drugs(&[omp.clone(), rde]);
        (counts.superseded, counts.findings.contains_key("SSMIX-ORDER-TWICE"))
    };
    for control in ["", "NW", "RE", "XO"] {
        assert_eq!(twice(control, encoded), (1, true), "{control}");
    }
    for control in ["CR", "DC", "DR", "OC", "OD"] {
        assert_eq!(twice(control, encoded), (0, false), "{control}");
    }
    // Without its drug, and with that of another order.
    assert_eq!(twice("NW", ""), (0, false));
    assert_eq!(twice("NW", &order("NW", "2", encoded)), (0, false));
    assert_eq!(twice("NW", &(encoded.to_owned() + &order("DC", "1", encoded))), (1, true));
}
