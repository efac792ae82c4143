//! Laboratory items. JLAC10 numbers follow the published structure (analyte, identification, material, method, result).
//!
//! Means and spreads: about those of healthy adults (厚生労働省「国民健康・栄養調査」令和元年 for lipids, glucose, HbA1c;
//! JCCLS 共用基準範囲 2022 for ranges; rounded from memory). `between` is the spread of persons, `within` that of one
//! person from visit to visit. An item without a claim code is part of the item before it.

use super::{Group, Lab, Specimen};

/// AST
pub(crate) static AST: Lab = Lab {
    no: 0,
    jlac10: "3B035000002327201",
    name: "AST",
    unit: "U/L",
    mean: 22.0,
    between: 6.0,
    within: 3.0,
    range: (13.0, 30.0),
    decimals: 0,
    specimen: Specimen::Serum,
    claim: "160022510",
    points: 17,
    group: Group::Chemistry,
};

/// ALT
pub(crate) static ALT: Lab = Lab {
    no: 1,
    jlac10: "3B045000002327201",
    name: "ALT",
    unit: "U/L",
    mean: 20.0,
    between: 9.0,
    within: 4.0,
    range: (10.0, 42.0),
    decimals: 0,
    specimen: Specimen::Serum,
    claim: "160022610",
    points: 17,
    group: Group::Chemistry,
};

/// γ-GT
pub(crate) static GGT: Lab = Lab {
    no: 2,
    jlac10: "3B090000002327101",
    name: "γ-GT",
    unit: "U/L",
    mean: 32.0,
    between: 20.0,
    within: 5.0,
    range: (13.0, 64.0),
    decimals: 0,
    specimen: Specimen::Serum,
    claim: "160020410",
    points: 11,
    group: Group::Chemistry,
};

/// クレアチニン
pub(crate) static CREATININE: Lab = Lab {
    no: 3,
    jlac10: "3C015000002327101",
    name: "クレアチニン",
    unit: "mg/dL",
    mean: 0.78,
    between: 0.14,
    within: 0.04,
    range: (0.46, 1.07),
    decimals: 2,
    specimen: Specimen::Serum,
    claim: "160019210",
    points: 11,
    group: Group::Chemistry,
};

/// 尿素窒素
pub(crate) static BUN: Lab = Lab {
    no: 4,
    jlac10: "3C025000002327101",
    name: "尿素窒素",
    unit: "mg/dL",
    mean: 14.5,
    between: 3.0,
    within: 1.5,
    range: (8.0, 20.0),
    decimals: 1,
    specimen: Specimen::Serum,
    claim: "160019010",
    points: 11,
    group: Group::Chemistry,
};

/// 尿酸
pub(crate) static URIC_ACID: Lab = Lab {
    no: 5,
    jlac10: "3C020000002327101",
    name: "尿酸",
    unit: "mg/dL",
    mean: 5.3,
    between: 1.2,
    within: 0.4,
    range: (2.6, 7.8),
    decimals: 1,
    specimen: Specimen::Serum,
    claim: "160019310",
    points: 11,
    group: Group::Chemistry,
};

/// ナトリウム
pub(crate) static SODIUM: Lab = Lab {
    no: 6,
    jlac10: "3H010000002326101",
    name: "ナトリウム",
    unit: "mmol/L",
    mean: 141.0,
    between: 1.6,
    within: 1.2,
    range: (138.0, 145.0),
    decimals: 0,
    specimen: Specimen::Serum,
    claim: "160021110",
    points: 11,
    group: Group::Chemistry,
};

/// カリウム
pub(crate) static POTASSIUM: Lab = Lab {
    no: 7,
    jlac10: "3H015000002326101",
    name: "カリウム",
    unit: "mmol/L",
    mean: 4.2,
    between: 0.3,
    within: 0.2,
    range: (3.6, 4.8),
    decimals: 1,
    specimen: Specimen::Serum,
    claim: "160021410",
    points: 11,
    group: Group::Chemistry,
};

/// 総蛋白
pub(crate) static PROTEIN: Lab = Lab {
    no: 8,
    jlac10: "3A010000002327101",
    name: "総蛋白",
    unit: "g/dL",
    mean: 7.2,
    between: 0.4,
    within: 0.15,
    range: (6.6, 8.1),
    decimals: 1,
    specimen: Specimen::Serum,
    claim: "160017410",
    points: 11,
    group: Group::Chemistry,
};

/// LDLコレステロール
pub(crate) static LDL: Lab = Lab {
    no: 9,
    jlac10: "3F077000002327101",
    name: "LDLコレステロール",
    unit: "mg/dL",
    mean: 118.0,
    between: 28.0,
    within: 10.0,
    range: (65.0, 139.0),
    decimals: 0,
    specimen: Specimen::Serum,
    claim: "160167250",
    points: 18,
    group: Group::Chemistry,
};

/// HDLコレステロール
pub(crate) static HDL: Lab = Lab {
    no: 10,
    jlac10: "3F070000002327101",
    name: "HDLコレステロール",
    unit: "mg/dL",
    mean: 61.0,
    between: 14.0,
    within: 4.0,
    range: (40.0, 96.0),
    decimals: 0,
    specimen: Specimen::Serum,
    claim: "160023410",
    points: 17,
    group: Group::Chemistry,
};

/// 中性脂肪
pub(crate) static TRIGLYCERIDE: Lab = Lab {
    no: 11,
    jlac10: "3F015000002327101",
    name: "中性脂肪",
    unit: "mg/dL",
    mean: 112.0,
    between: 55.0,
    within: 22.0,
    range: (30.0, 149.0),
    decimals: 0,
    specimen: Specimen::Serum,
    claim: "160020910",
    points: 11,
    group: Group::Chemistry,
};

/// 血糖
pub(crate) static GLUCOSE: Lab = Lab {
    no: 12,
    jlac10: "3D010000001927201",
    name: "血糖",
    unit: "mg/dL",
    mean: 97.0,
    between: 12.0,
    within: 8.0,
    range: (73.0, 109.0),
    decimals: 0,
    specimen: Specimen::Blood,
    claim: "160019410",
    points: 11,
    group: Group::Chemistry,
};

/// HbA1c(NGSP)
pub(crate) static HBA1C: Lab = Lab {
    no: 13,
    jlac10: "3D046000001906202",
    name: "HbA1c(NGSP)",
    unit: "%",
    mean: 5.6,
    between: 0.3,
    within: 0.12,
    range: (4.9, 6.0),
    decimals: 1,
    specimen: Specimen::Blood,
    claim: "160010010",
    points: 49,
    group: Group::Blood,
};

/// CRP
pub(crate) static CRP: Lab = Lab {
    no: 14,
    jlac10: "5C070000002306201",
    name: "CRP",
    unit: "mg/dL",
    mean: 0.12,
    between: 0.12,
    within: 0.05,
    range: (0.0, 0.14),
    decimals: 2,
    specimen: Specimen::Serum,
    claim: "160054710",
    points: 16,
    group: Group::Immune,
};

/// 白血球数
pub(crate) static WBC: Lab = Lab {
    no: 15,
    jlac10: "2A010000001930101",
    name: "白血球数",
    unit: "10*3/uL",
    mean: 5.9,
    between: 1.4,
    within: 0.7,
    range: (3.3, 8.6),
    decimals: 1,
    specimen: Specimen::Blood,
    claim: "160008010",
    points: 21,
    group: Group::Blood,
};

/// 赤血球数
pub(crate) static RBC: Lab = Lab {
    no: 16,
    jlac10: "2A020000001930101",
    name: "赤血球数",
    unit: "10*6/uL",
    mean: 4.6,
    between: 0.4,
    within: 0.1,
    range: (3.86, 5.55),
    decimals: 2,
    specimen: Specimen::Blood,
    claim: "",
    points: 0,
    group: Group::Blood,
};

/// ヘモグロビン
pub(crate) static HEMOGLOBIN: Lab = Lab {
    no: 17,
    jlac10: "2A030000001930101",
    name: "ヘモグロビン",
    unit: "g/dL",
    mean: 13.8,
    between: 1.3,
    within: 0.4,
    range: (11.6, 16.8),
    decimals: 1,
    specimen: Specimen::Blood,
    claim: "",
    points: 0,
    group: Group::Blood,
};

/// 血小板数
pub(crate) static PLATELET: Lab = Lab {
    no: 18,
    jlac10: "2A050000001930101",
    name: "血小板数",
    unit: "10*4/uL",
    mean: 23.5,
    between: 5.0,
    within: 1.5,
    range: (15.8, 34.8),
    decimals: 1,
    specimen: Specimen::Blood,
    claim: "",
    points: 0,
    group: Group::Blood,
};

/// TSH
pub(crate) static TSH: Lab = Lab {
    no: 19,
    jlac10: "4A055000002305101",
    name: "TSH",
    unit: "uIU/mL",
    mean: 1.9,
    between: 0.8,
    within: 0.3,
    range: (0.5, 5.0),
    decimals: 2,
    specimen: Specimen::Serum,
    claim: "160031710",
    points: 98,
    group: Group::Chemistry,
};

/// FT4
pub(crate) static FT4: Lab = Lab {
    no: 20,
    jlac10: "4B035000002305101",
    name: "FT4",
    unit: "ng/dL",
    mean: 1.2,
    between: 0.15,
    within: 0.06,
    range: (0.9, 1.7),
    decimals: 2,
    specimen: Specimen::Serum,
    claim: "160033310",
    points: 121,
    group: Group::Chemistry,
};

/// BNP
pub(crate) static BNP: Lab = Lab {
    no: 21,
    jlac10: "4Z271000002205101",
    name: "BNP",
    unit: "pg/mL",
    mean: 14.0,
    between: 9.0,
    within: 4.0,
    range: (0.0, 18.4),
    decimals: 1,
    specimen: Specimen::Plasma,
    claim: "160162350",
    points: 130,
    group: Group::Chemistry,
};

/// CEA
pub(crate) static CEA: Lab = Lab {
    no: 22,
    jlac10: "5D010000002305101",
    name: "CEA",
    unit: "ng/mL",
    mean: 2.2,
    between: 1.1,
    within: 0.3,
    range: (0.0, 5.0),
    decimals: 1,
    specimen: Specimen::Serum,
    claim: "160036510",
    points: 99,
    group: Group::Chemistry,
};

/// PSA
pub(crate) static PSA: Lab = Lab {
    no: 23,
    jlac10: "5D305000002305101",
    name: "PSA",
    unit: "ng/mL",
    mean: 1.6,
    between: 1.0,
    within: 0.3,
    range: (0.0, 4.0),
    decimals: 2,
    specimen: Specimen::Serum,
    claim: "160037510",
    points: 121,
    group: Group::Chemistry,
};

/// 尿蛋白
pub(crate) static URINE_PROTEIN: Lab = Lab {
    no: 24,
    jlac10: "1A010000000190111",
    name: "尿蛋白",
    unit: "",
    mean: 0.25,
    between: 0.3,
    within: 0.25,
    range: (0.0, 0.0),
    decimals: 0,
    specimen: Specimen::Urine,
    claim: "160000310",
    points: 26,
    group: Group::Urine,
};

/// 尿糖
pub(crate) static URINE_SUGAR: Lab = Lab {
    no: 25,
    jlac10: "1A020000000190111",
    name: "尿糖",
    unit: "",
    mean: 0.1,
    between: 0.2,
    within: 0.2,
    range: (0.0, 0.0),
    decimals: 0,
    specimen: Specimen::Urine,
    claim: "",
    points: 0,
    group: Group::Urine,
};

/// A panel that is ordered together.
pub(crate) static BASIC: &[&Lab] = &[&AST, &ALT, &GGT, &CREATININE, &BUN, &SODIUM, &POTASSIUM];

/// A panel that is ordered together.
pub(crate) static LIPID: &[&Lab] = &[&LDL, &HDL, &TRIGLYCERIDE];

/// A panel that is ordered together.
pub(crate) static SUGAR: &[&Lab] = &[&GLUCOSE, &HBA1C];

/// A panel that is ordered together.
pub(crate) static COUNT: &[&Lab] = &[&WBC, &RBC, &HEMOGLOBIN, &PLATELET];

/// A panel that is ordered together.
pub(crate) static INFLAMMATION: &[&Lab] = &[&CRP];

/// A panel that is ordered together.
pub(crate) static THYROID: &[&Lab] = &[&TSH, &FT4];

/// A panel that is ordered together.
pub(crate) static HEART: &[&Lab] = &[&BNP];

/// A panel that is ordered together.
pub(crate) static KIDNEY: &[&Lab] = &[&URIC_ACID, &PROTEIN, &URINE_PROTEIN];

/// A panel that is ordered together.
pub(crate) static URINE: &[&Lab] = &[&URINE_PROTEIN, &URINE_SUGAR];

/// A panel that is ordered together.
pub(crate) static MARKER: &[&Lab] = &[&CEA];

/// A panel that is ordered together.
pub(crate) static PROSTATE: &[&Lab] = &[&PSA];
