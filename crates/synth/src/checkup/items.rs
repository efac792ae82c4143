//! What is measured and asked in a specific health checkup: JLAC10 numbers of the exchange, units, code lists.

use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use crate::body::Body;
use crate::chunk::{Chunk, Fact, Source};
use crate::codes::{Lab, labs};
use crate::dice::{Dice, whole};

/// The value of an item.
pub(super) enum Value {
    /// Number, unit, and where there is one the range and how the value lies in it.
    Quantity { text: String, unit: &'static str, range: Option<(String, String, &'static str)> },
    /// An answer of a code list.
    Answer { code: u8, list: u32 },
    /// A grade of a test, from 1 (-) to 5 (3+).
    Grade { code: u8, list: u32 },
    /// 未実施.
    NotDone,
}

/// An item with its value.
pub(super) struct Result10 {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) value: Value,
}

impl Result10 {
    pub(super) const fn is_done(&self) -> bool {
        !matches!(self.value, Value::NotDone)
    }

    /// The value for people.
    pub(super) fn shown(&self) -> String {
        match &self.value {
            Value::Quantity { text, unit, .. } => format!("{text} {unit}"),
            Value::Answer { code, .. } | Value::Grade { code, .. } => code.to_string(),
            Value::NotDone => String::new(),
        }
    }
}

/// Blood tests: the item as laboratories number it, the number of the exchange, name.
const BLOOD: &[(&Lab, &str, &str)] = &[
    (&labs::TRIGLYCERIDE, "3F015000002327101", "空腹時中性脂肪"),
    (&labs::HDL, "3F070000002327101", "ＨＤＬコレステロール"),
    (&labs::LDL, "3F077000002327101", "ＬＤＬコレステロール"),
    (&labs::AST, "3B035000002327201", "ＡＳＴ（ＧＯＴ）"),
    (&labs::ALT, "3B045000002327201", "ＡＬＴ（ＧＰＴ）"),
    (&labs::GGT, "3B090000002327101", "γ－ＧＴ（γ－ＧＴＰ）"),
    (&labs::GLUCOSE, "3D010000001926101", "空腹時血糖"),
    (&labs::HBA1C, "3D046000001906202", "ＨｂＡ１ｃ（ＮＧＳＰ値）"),
    (&labs::HEMOGLOBIN, "2A030000001930101", "血色素量（ヘモグロビン値）"),
    (&labs::CREATININE, "3C015000002327101", "血清クレアチニン"),
];

/// 服薬 and 既往歴: item, name, illnesses by ICD-10.
const TREATED: &[(&str, &str, &[&str])] = &[
    ("9N701000000000011", "服薬１（血圧）", &["I10"]),
    ("9N706000000000011", "服薬２（血糖）", &["E11"]),
    ("9N711000000000011", "服薬３（脂質）", &["E785"]),
    ("9N716000000000011", "既往歴１（脳血管）", &["I693", "I639"]),
    ("9N721000000000011", "既往歴２（心血管）", &["I209", "I509"]),
    ("9N726000000000011", "既往歴３（腎不全・人工透析）", &["N189"]),
    ("9N731000000000011", "貧血", &["D509"]),
];

/// Habits: item, name, per cent who say yes (「国民健康・栄養調査」令和元年, rounded from memory).
const HABITS: &[(&str, &str, f64)] = &[
    ("9N741000000000011", "２０歳からの体重変化", 0.34),
    ("9N746000000000011", "３０分以上の運動習慣", 0.27),
    ("9N751000000000011", "歩行又は身体活動", 0.48),
    ("9N756000000000011", "歩行速度", 0.47),
    ("9N796000000000011", "睡眠", 0.66),
];

/// The results of a person on a day.
pub(super) fn results(body: &Body<'_>, day: Day, dice: &mut Dice) -> Vec<Result10> {
    let mut list = Vec::with_capacity(40);
    let [height, weight] = body.measures();
    let bmi = weight / (height / 100.0) / (height / 100.0);
    let waist = 84.0 + (bmi - 22.5) * 2.6 + dice.normal() * 3.0;
    let treated = body.has(&["I10"], day);
    let systolic = 119.0 + dice.normal() * 12.0 + if treated { 14.0 } else { 0.0 };
    let diastolic = 73.0 + (systolic - 119.0) * 0.5 + dice.normal() * 5.0;
    quantity(&mut list, "9N001000000000001", "身長", (height, 1, "cm"));
    quantity(&mut list, "9N006000000000001", "体重", (weight, 1, "kg"));
    quantity(&mut list, "9N011000000000001", "ＢＭＩ", (bmi, 1, "kg/m2"));
    quantity(&mut list, "9N016160100000001", "腹囲（実測）", (waist, 1, "cm"));
    quantity(&mut list, "9A751000000000001", "収縮期血圧（１回目）", (systolic, 0, "mm[Hg]"));
    quantity(&mut list, "9A761000000000001", "拡張期血圧（１回目）", (diastolic, 0, "mm[Hg]"));
    for (lab, code, name) in BLOOD {
        let code = *code;
        // The detailed items are not done for everyone.
        if matches!(lab.no, n if n == labs::CREATININE.no || n == labs::HEMOGLOBIN.no)
            && dice.chance(0.3)
        {
            list.push(Result10 { code, name, value: Value::NotDone });
            continue;
        }
        let value = body.lab(lab, None, day, dice);
        let (low, high) = lab.range;
        let flag = if value < low {
            "L"
        } else if value > high {
            "H"
        } else {
            "N"
        };
        let places = lab.decimals;
        let range = Some((format!("{low:.places$}"), format!("{high:.places$}"), flag));
        let text = format!("{value:.places$}");
        list.push(Result10 { code, name, value: Value::Quantity { text, unit: lab.unit, range } });
    }
    for (lab, code, name) in [
        (&labs::URINE_SUGAR, "1A020000000190111", "尿糖"),
        (&labs::URINE_PROTEIN, "1A010000000190111", "尿蛋白"),
    ] {
        let level = whole(body.lab(lab, None, day, dice).clamp(0.0, 4.0));
        let code_of = u8::try_from(level + 1).unwrap_or(1);
        list.push(Result10 { code, name, value: Value::Grade { code: code_of, list: 2_001 } });
    }
    asked(&mut list, body, day, dice);
    judged(&mut list, (waist, systolic), body);
    list
}

/// The questionnaire: 1 yes, 2 no; since 2024 smoking has three answers.
fn asked(list: &mut Vec<Result10>, body: &Body<'_>, day: Day, dice: &mut Dice) {
    for (code, name, illnesses) in TREATED {
        let yes = body.has(illnesses, day);
        let value = Value::Answer { code: if yes { 1 } else { 2 }, list: 2_101 };
        list.push(Result10 { code, name, value });
    }
    let smokes = dice.unit();
    let code = match (body.person.male, smokes) {
        (true, s) if s < 0.27 => 1,
        (true, s) if s < 0.55 => 2,
        (false, s) if s < 0.08 => 1,
        (false, s) if s < 0.17 => 2,
        _ => 3,
    };
    let value = Value::Answer { code, list: 2_105 };
    list.push(Result10 { code: "9N736000000000011", name: "喫煙", value });
    for (code, name, share) in HABITS {
        let value = Value::Answer { code: if dice.chance(*share) { 1 } else { 2 }, list: 2_101 };
        list.push(Result10 { code, name, value });
    }
}

/// メタボリックシンドローム判定 (1 基準該当 … 3 非該当) and 保健指導レベル (1 積極的 … 3 なし), simplified.
fn judged(list: &mut Vec<Result10>, (waist, systolic): (f64, f64), body: &Body<'_>) {
    let wide = waist >= if body.person.male { 85.0 } else { 90.0 };
    let code = match (wide, systolic >= 130.0) {
        (true, true) => 1,
        (true, false) => 2,
        _ => 3,
    };
    for (item, name, list_no) in [
        ("9N501000000000011", "メタボリックシンドローム判定", 2_301),
        ("9N506000000000011", "保健指導レベル", 2_302),
    ] {
        list.push(Result10 { code: item, name, value: Value::Answer { code, list: list_no } });
    }
}

fn quantity(
    list: &mut Vec<Result10>,
    code: &'static str,
    name: &'static str,
    (value, places, unit): (f64, usize, &'static str),
) {
    let value = Value::Quantity { text: format!("{value:.places$}"), unit, range: None };
    list.push(Result10 { code, name, value });
}

/// The facts of a document: numbers, grades and what was not done are results of the laboratory, answers are not.
pub(super) fn tell(chunk: &mut Chunk, source: &Source<'_>, results: &[Result10], day: Day) {
    let system = Some(CodeSystem::Jlac10);
    for one in results {
        let (kind, value, unit) = match &one.value {
            Value::Quantity { text, unit, .. } => ("lab", text.clone(), *unit),
            Value::Grade { code, .. } => ("lab", code.to_string(), ""),
            Value::NotDone => ("lab", String::new(), ""),
            Value::Answer { code, .. } => ("observation", code.to_string(), ""),
        };
        chunk.fact(source, &Fact { kind, day, system, code: one.code, value: &value, unit });
    }
    let code = "checkup";
    chunk.fact(source, &Fact { kind: "visit", day, system: None, code, value: "", unit: "" });
}
