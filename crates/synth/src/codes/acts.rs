//! Procedures: claim codes and points of the public master (令和6年度 fee schedule; points rounded from memory where
//! the schedule has variants), and what makes up the common acts of an illness.

use super::{Act, Course, Material};

const fn act(category: &'static str, code: &'static str, name: &'static str, points: u32) -> Act {
    Act { category, code, name, points }
}

pub(crate) const FIRST_VISIT: Act = act("11", "111000110", "初診料", 291);
pub(crate) const FIRST_VISIT_CHILD: Act = act("11", "111000370", "乳幼児加算（初診）", 75);
pub(crate) const AGAIN: Act = act("12", "112007410", "再診料", 75);
pub(crate) const AGAIN_HOSPITAL: Act = act("12", "112011310", "外来診療料", 76);
pub(crate) const AGAIN_MANAGEMENT: Act = act("12", "112011010", "外来管理加算", 52);
pub(crate) const CHRONIC_CARE: Act = act("13", "113001810", "特定疾患療養管理料（診療所）", 225);
pub(crate) const LIFESTYLE_CARE: Act = act("13", "113707110", "生活習慣病管理料２", 333);
pub(crate) const RARE_CARE: Act = act("13", "113002910", "難病外来指導管理料", 270);
pub(crate) const PRESCRIPTION: Act = act("80", "120002910", "処方箋料", 60);
pub(crate) const PRESCRIBING: Act = act("25", "120001210", "処方料（その他）", 42);
pub(crate) const DISPENSING: Act = act("24", "120000710", "調剤料（内服薬）", 11);
pub(crate) const BLOOD_DRAW: Act = act("60", "160095710", "Ｂ－Ｖ", 40);
pub(crate) const JUDGE_CHEMISTRY: Act = act("60", "160061910", "生化学的検査（１）判断料", 144);
pub(crate) const JUDGE_BLOOD: Act = act("60", "160061810", "血液学的検査判断料", 125);
pub(crate) const JUDGE_URINE: Act = act("60", "160061710", "尿・糞便等検査判断料", 34);
pub(crate) const JUDGE_IMMUNE: Act = act("60", "160062110", "免疫学的検査判断料", 144);
pub(crate) const DRIP: Act = act("33", "130003810", "点滴注射", 53);
pub(crate) const WARD: Act = act("90", "190117710", "急性期一般入院料１", 1688);

pub(crate) static XRAY: Course = Course {
    acts: &[
        act("70", "170000410", "単純撮影（イ）の写真診断", 85),
        act("70", "170027910", "単純撮影（デジタル撮影）", 68),
        act("70", "170000210", "電子画像管理加算（単純撮影）", 57),
    ],
    material: None,
    comment: Some(("820181220", "")),
    order: Some(("10000002000102000000010000000000", "胸部.Ｘ線単純撮影.立位正面", "DX")),
};

pub(crate) static CT: Course = Course {
    acts: &[act("70", "170011810", "ＣＴ撮影（１６列以上６４列未満）", 900)],
    material: None,
    comment: None,
    order: Some(("60000002000000000000000000000000", "胸部.Ｘ線ＣＴ検査", "CT")),
};

pub(crate) static ECG: Course = Course {
    acts: &[act("60", "160068410", "ＥＣＧ１２", 130)],
    material: None,
    comment: None,
    order: None,
};

pub(crate) static ENDOSCOPY: Course = Course {
    acts: &[act("60", "160093810", "ＥＦ－胃・十二指腸", 1140)],
    material: None,
    comment: Some(("830181440", "右")),
    order: None,
};

pub(crate) static INFLUENZA: Course = Course {
    acts: &[act("60", "160169450", "インフルエンザウイルス抗原定性", 132)],
    material: None,
    comment: None,
    order: None,
};

pub(crate) static COVID: Course = Course {
    acts: &[act(
        "60",
        "160230050",
        "ＳＡＲＳ－ＣｏＶ－２・インフルエンザウイルス抗原同時検出定性",
        225,
    )],
    material: None,
    comment: None,
    order: None,
};

pub(crate) static CHEMO: Course = Course {
    acts: &[act("33", "130013990", "外来化学療法加算１（１５歳以上）", 450)],
    material: None,
    comment: None,
    order: Some(("60000002500000000000000000000000", "腹部.Ｘ線ＣＴ検査", "CT")),
};

pub(crate) static FRACTURE: Course = Course {
    acts: &[act("50", "150016810", "骨折非観血的整復術（前腕）", 1780)],
    material: None,
    comment: Some(("850100268", "")),
    order: Some(("10000004500102000000010000000000", "前腕.Ｘ線単純撮影.正面", "DX")),
};

pub(crate) static APPENDIX: Course = Course {
    acts: &[act("50", "150181610", "虫垂切除術（虫垂周囲膿瘍を伴わないもの）", 6740)],
    material: Some(CATHETER),
    comment: None,
    order: Some(("60000002500000000000000000000000", "腹部.Ｘ線ＣＴ検査", "CT")),
};

pub(crate) static HIP: Course = Course {
    acts: &[act("50", "150049510", "人工骨頭挿入術（股）", 19_500)],
    material: Some(CATHETER),
    comment: None,
    order: Some(("10000003500102000000010000000000", "股関節.Ｘ線単純撮影.正面", "DX")),
};

pub(crate) static GALLBLADDER: Course = Course {
    acts: &[act("50", "150254110", "腹腔鏡下胆嚢摘出術", 21_500)],
    material: Some(CATHETER),
    comment: None,
    order: Some(("60000002500000000000000000000000", "腹部.Ｘ線ＣＴ検査", "CT")),
};

const CATHETER: Material = Material { code: "710010158", price_yen: 233 };
