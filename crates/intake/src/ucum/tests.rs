use proptest::prelude::*;

use super::*;

fn codes() -> impl Iterator<Item = &'static str> {
    UNITS.iter().chain(&CLAIM).map(|(_, code)| *code)
}

/// A small grammar of UCUM (section 2): terms of components joined by `.` and `/`, each a unit with an exponent and
/// an annotation, a number, an annotation alone, or a term in brackets.
fn term(text: &str) -> Option<&str> {
    let mut rest = component(text.strip_prefix('/').unwrap_or(text))?;
    while let Some(next) = rest.strip_prefix(['.', '/']) {
        rest = component(next)?;
    }
    Some(rest)
}

fn component(text: &str) -> Option<&str> {
    if let Some(inner) = text.strip_prefix('(') {
        return term(inner)?.strip_prefix(')');
    }
    if text.starts_with('{') {
        return annotation(text);
    }
    let end = text.find(['.', '/', '{', ')']).unwrap_or(text.len());
    let (unit, rest) = text.split_at(end);
    let number = |text: &str| !text.is_empty() && text.bytes().all(|one| one.is_ascii_digit());
    let power = unit.strip_prefix("10*").is_some_and(number);
    let bare = unit.trim_end_matches(|one: char| one.is_ascii_digit());
    let metric = |prefix: &str| bare.strip_prefix(prefix).is_some_and(|u| METRIC.contains(&u));
    let known = ATOMS.contains(&bare) || PREFIXES.into_iter().any(metric);
    if !number(unit) && !power && !known {
        return None;
    }
    if rest.starts_with('{') { annotation(rest) } else { Some(rest) }
}

fn annotation(text: &str) -> Option<&str> {
    let (inner, rest) = text.strip_prefix('{')?.split_once('}')?;
    let plain = inner.bytes().all(|one| one.is_ascii_graphic() && one != b'{');
    (plain && !inner.is_empty()).then_some(rest)
}

const PREFIXES: [&str; 10] = ["", "f", "p", "n", "u", "m", "c", "d", "h", "k"];
const METRIC: [&str; 20] = [
    "g", "L", "m", "mol", "eq", "osm", "U", "[IU]", "[arb'U]", "s", "V", "A", "Gy", "Sv", "Bq",
    "Pa", "m[Hg]", "m[H2O]", "Hz", "Ci",
];
const ATOMS: [&str; 19] = [
    "%", "[ppth]", "[ppm]", "[ppb]", "[beth'U]", "min", "h", "d", "wk", "mo", "a", "Cel", "kcal",
    "MBq", "GBq", "dB", "[drp]", "[HPF]", "[LPF]",
];

#[test]
fn every_code_is_valid_ucum_and_the_code_of_itself() {
    for code in codes() {
        assert_eq!(term(code), Some(""), "{code}");
        assert_eq!(of(code), code);
    }
    for bad in ["mgdL", "mg//dL", "{", "mg/{}", "xg", "(g", "mm[hg]", ""] {
        assert_ne!(term(bad), Some(""), "{bad}");
    }
}

#[test]
fn spellings_are_folded_and_in_order() {
    assert!(UNITS.windows(2).all(|pair| pair[0].0.as_bytes() < pair[1].0.as_bytes()));
    for (written, code) in UNITS {
        assert_eq!(of(written), *code, "{written}");
    }
}

#[test]
fn laboratories_write_one_unit_in_many_ways() {
    for (code, spellings) in [
        ("mg/dL", &["mg/dl", "MG/DL", "ｍｇ/ｄｌ", "㎎/dl", "㎎/㎗", "mg / dL"][..]),
        ("ug/dL", &["μg/dl", "µg/dL", "ug/dL", "mcg/dl", "μｇ／ｄＬ"]),
        ("/uL", &["/μL", "個/μl", "/mm3", "/mm³", "/㎣"]),
        ("10*3/uL", &["×10^3/μL", "10*3/uL", "x10³/µL", ".10*3/uL", "10＾3/μl", "千/μL"]),
        ("10*4/uL", &["万/μl", "×10⁴/µL", "10^4/μL", "万/mm³", "×万/μl"]),
        ("U/L", &["U/l", "Ｕ／Ｌ"]),
        ("[IU]/L", &["IU/L", "iu/l"]),
        ("meq/L", &["mEq/L", "mEq/ｌ"]),
        ("mm[Hg]", &["mmHg", "㎜Hg", "mm(hg)"]),
        ("kg/m2", &["kg/m2", "kg/m²", "kg/㎡", "㎏/㎡"]),
        ("Cel", &["℃", "cel", "°C"]),
        ("/min", &["bpm", "回/分", "(hb)"]),
        ("s", &["秒", "sec", "sec."]),
        ("mosm/kg", &["mOsm/kg", "mOsm/kg・H2O", "mosm/kg_h2o"]),
        ("mm/h", &["mm/h", "mm/hr.", "mm/1H"]),
        ("a", &["歳", "才"]),
        ("1", &["倍"]),
        ("{cutoff_index}", &["COI", "C.O.I.", "ＣＯＩ"]),
        ("{s_co_ratio}", &["S/CO"]),
        ("[arb'U]/mL", &["AU/mL"]),
        ("mL/min/{1.73_m2}", &["mL/min/1.73m2", "ｍL/分/1.73㎡"]),
        ("mg/g{creat}", &["mg/gCr", "mg/g･Cr", "mg/g(creat)"]),
    ] {
        for spelling in spellings {
            assert_eq!(of(spelling), code, "{spelling}");
        }
    }
}

#[test]
fn what_is_no_unit_gets_no_code() {
    let none = ["", "(+)", "±", "錠", "TAB", "単位", "度", "型", "x", ".", "mg/dL以下", "Eu/dL"];
    for none in none {
        assert_eq!(of(none), "", "{none}");
    }
    assert_eq!(of(&"m".repeat(1 << 20)), "");
}

#[test]
fn claims_have_a_list_of_their_own() {
    assert!(CLAIM.windows(2).all(|pair| pair[0].0 < pair[1].0));
    let pairs = [("032", "mg"), ("036", "mL"), ("052", "[IU]"), ("016", ""), ("000", "")];
    for (unit, code) in pairs.into_iter().chain([("062", ""), ("ｍＬ", "mL"), ("錠", ""), ("", "")])
    {
        assert_eq!(of_claim(unit), code, "{unit}");
    }
}

proptest! {
    #[test]
    fn a_code_is_its_own_code_whatever_was_written(
        written in "[ -~μ×万/個℃㎎㍱-㏟ａ-ｚ²-³⁴-⁹]{0,12}",
    ) {
        let code = of(&written);
        prop_assert_eq!(of(code), code);
        prop_assert!(code.is_empty() || term(code) == Some(""));
    }

    #[test]
    fn width_case_and_blanks_do_not_count(at in 0..UNITS.len(), upper: bool) {
        let (written, code) = UNITS[at];
        let wide = |one: char| match one {
            '!'..='~' => char::from_u32(u32::from(one) - 0x21 + 0xff01).unwrap(),
            other => other,
        };
        let spelt = if upper { written.to_ascii_uppercase() } else { written.to_owned() };
        let spelt: String = spelt.chars().flat_map(|one| [wide(one), '\u{3000}']).collect();
        prop_assert_eq!(of(&spelt), code);
    }
}
