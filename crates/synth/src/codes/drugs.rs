//! Drugs. Claim codes are numbers of the public drug master of 社会保険診療報酬支払基金 (published for free use); HOT9
//! and YJ numbers have the real shape but were invented, as were the prices.

use super::{Drug, Form};

pub(crate) use super::given::{
    AGALSIDASE, CEFAZOLIN, CEFTRIAXONE, FLUOROURACIL, HEPARINOID, INSULIN, LACTATED_RINGER,
    LATANOPROST, LOXOPROFEN_TAPE, SALINE, SALMETEROL,
};

pub(super) const fn drug(
    codes: [&'static str; 3],
    name: &'static str,
    unit: (&'static str, &'static str),
    daily: u32,
    points: u32,
    form: Form,
) -> Drug {
    let [claim, hot9, yj] = codes;
    Drug { claim, hot9, yj, name, unit, daily, points, form }
}

/// アムロジピン錠５ｍｇ
pub(crate) static AMLODIPINE: Drug = drug(
    ["620007853", "117201401", "2171022F2010"],
    "アムロジピン錠５ｍｇ",
    ("TAB", "錠"),
    1,
    1,
    Form::Oral,
);

/// オルメサルタンＯＤ錠２０ｍｇ
pub(crate) static OLMESARTAN: Drug = drug(
    ["622571301", "125713001", "2149044F6010"],
    "オルメサルタンＯＤ錠２０ｍｇ",
    ("TAB", "錠"),
    1,
    2,
    Form::Oral,
);

/// カンデサルタン錠８ｍｇ
pub(crate) static CANDESARTAN: Drug = drug(
    ["622358001", "123580101", "2149040F3010"],
    "カンデサルタン錠８ｍｇ",
    ("TAB", "錠"),
    1,
    2,
    Form::Oral,
);

/// メトホルミン塩酸塩錠２５０ｍｇ
pub(crate) static METFORMIN: Drug = drug(
    ["621676001", "116760101", "3962002F2010"],
    "メトホルミン塩酸塩錠２５０ｍｇ",
    ("TAB", "錠"),
    2,
    2,
    Form::Oral,
);

/// シタグリプチン錠５０ｍｇ
pub(crate) static SITAGLIPTIN: Drug = drug(
    ["621951001", "119510901", "3969010F2010"],
    "シタグリプチン錠５０ｍｇ",
    ("TAB", "錠"),
    1,
    10,
    Form::Oral,
);

/// ダパグリフロジン錠５ｍｇ
pub(crate) static DAPAGLIFLOZIN: Drug = drug(
    ["622341901", "123419301", "3969019F1010"],
    "ダパグリフロジン錠５ｍｇ",
    ("TAB", "錠"),
    1,
    17,
    Form::Oral,
);

/// ロスバスタチン錠２．５ｍｇ
pub(crate) static ROSUVASTATIN: Drug = drug(
    ["622537301", "125373801", "2189017F1010"],
    "ロスバスタチン錠２．５ｍｇ",
    ("TAB", "錠"),
    1,
    1,
    Form::Oral,
);

/// アトルバスタチン錠１０ｍｇ
pub(crate) static ATORVASTATIN: Drug = drug(
    ["622098501", "120985401", "2189015F2010"],
    "アトルバスタチン錠１０ｍｇ",
    ("TAB", "錠"),
    1,
    2,
    Form::Oral,
);

/// フロセミド錠２０ｍｇ
pub(crate) static FUROSEMIDE: Drug = drug(
    ["620004042", "113040201", "2139005F1010"],
    "フロセミド錠２０ｍｇ",
    ("TAB", "錠"),
    1,
    1,
    Form::Oral,
);

/// ビソプロロールフマル酸塩錠２．５ｍｇ
pub(crate) static BISOPROLOL: Drug = drug(
    ["621399302", "113993202", "2123016F2010"],
    "ビソプロロールフマル酸塩錠２．５ｍｇ",
    ("TAB", "錠"),
    1,
    1,
    Form::Oral,
);

/// アスピリン腸溶錠１００ｍｇ
pub(crate) static ASPIRIN: Drug = drug(
    ["620007816", "117816301", "3399007H1010"],
    "アスピリン腸溶錠１００ｍｇ",
    ("TAB", "錠"),
    1,
    1,
    Form::Oral,
);

/// ワルファリン錠１ｍｇ
pub(crate) static WARFARIN: Drug = drug(
    ["613330003", "101355505", "3332001F1010"],
    "ワルファリン錠１ｍｇ",
    ("TAB", "錠"),
    2,
    2,
    Form::Oral,
);

/// アピキサバン錠５ｍｇ
pub(crate) static APIXABAN: Drug = drug(
    ["622225001", "122250801", "3339004F2010"],
    "アピキサバン錠５ｍｇ",
    ("TAB", "錠"),
    2,
    44,
    Form::Oral,
);

/// ランソプラゾールＯＤ錠１５ｍｇ
pub(crate) static LANSOPRAZOLE: Drug = drug(
    ["620009451", "120094501", "2329023F1010"],
    "ランソプラゾールＯＤ錠１５ｍｇ",
    ("TAB", "錠"),
    1,
    2,
    Form::Oral,
);

/// ファモチジンＯＤ錠２０ｍｇ
pub(crate) static FAMOTIDINE: Drug = drug(
    ["620005528", "115055201", "2325003F4010"],
    "ファモチジンＯＤ錠２０ｍｇ",
    ("TAB", "錠"),
    2,
    2,
    Form::Oral,
);

/// レバミピド錠１００ｍｇ
pub(crate) static REBAMIPIDE: Drug = drug(
    ["620009460", "120094601", "2329021F1010"],
    "レバミピド錠１００ｍｇ",
    ("TAB", "錠"),
    3,
    3,
    Form::Oral,
);

/// 酸化マグネシウム錠３３０ｍｇ
pub(crate) static MAGNESIUM: Drug = drug(
    ["620005434", "115054301", "2344009F2010"],
    "酸化マグネシウム錠３３０ｍｇ",
    ("TAB", "錠"),
    3,
    2,
    Form::Oral,
);

/// カルボシステイン錠５００ｍｇ
pub(crate) static CARBOCISTEINE: Drug = drug(
    ["621752101", "117521001", "2233002F2010"],
    "カルボシステイン錠５００ｍｇ",
    ("TAB", "錠"),
    3,
    3,
    Form::Oral,
);

/// アセトアミノフェン錠２００ｍｇ
pub(crate) static ACETAMINOPHEN: Drug = drug(
    ["620002636", "112026301", "1141007F1010"],
    "アセトアミノフェン錠２００ｍｇ",
    ("TAB", "錠"),
    6,
    4,
    Form::Oral,
);

/// ロキソプロフェンＮａ錠６０ｍｇ
pub(crate) static LOXOPROFEN: Drug = drug(
    ["620098902", "112098902", "1149019F1010"],
    "ロキソプロフェンＮａ錠６０ｍｇ",
    ("TAB", "錠"),
    3,
    3,
    Form::Oral,
);

/// フェキソフェナジン塩酸塩錠６０ｍｇ
pub(crate) static FEXOFENADINE: Drug = drug(
    ["622184401", "121844001", "4490023F2010"],
    "フェキソフェナジン塩酸塩錠６０ｍｇ",
    ("TAB", "錠"),
    2,
    3,
    Form::Oral,
);

/// モンテルカスト錠１０ｍｇ
pub(crate) static MONTELUKAST: Drug = drug(
    ["622484401", "124844001", "4490026F1010"],
    "モンテルカスト錠１０ｍｇ",
    ("TAB", "錠"),
    1,
    4,
    Form::Oral,
);

/// クラリスロマイシン錠２００ｍｇ
pub(crate) static CLARITHROMYCIN: Drug = drug(
    ["620003928", "113039201", "6149003F2010"],
    "クラリスロマイシン錠２００ｍｇ",
    ("TAB", "錠"),
    2,
    5,
    Form::Oral,
);

/// アモキシシリンカプセル２５０ｍｇ
pub(crate) static AMOXICILLIN: Drug = drug(
    ["620009117", "120091101", "6131001M2010"],
    "アモキシシリンカプセル２５０ｍｇ",
    ("CAP", "カプセル"),
    3,
    4,
    Form::Oral,
);

/// レボフロキサシン錠５００ｍｇ
pub(crate) static LEVOFLOXACIN: Drug = drug(
    ["622366001", "123660901", "6241013F2010"],
    "レボフロキサシン錠５００ｍｇ",
    ("TAB", "錠"),
    1,
    5,
    Form::Oral,
);

/// オセルタミビルカプセル７５ｍｇ
pub(crate) static OSELTAMIVIR: Drug = drug(
    ["622638801", "126388101", "6250021M1010"],
    "オセルタミビルカプセル７５ｍｇ",
    ("CAP", "カプセル"),
    2,
    22,
    Form::Oral,
);

/// バラシクロビル錠５００ｍｇ
pub(crate) static VALACICLOVIR: Drug = drug(
    ["622268601", "122686501", "6250019F1010"],
    "バラシクロビル錠５００ｍｇ",
    ("TAB", "錠"),
    6,
    60,
    Form::Oral,
);

/// エスシタロプラム錠１０ｍｇ
pub(crate) static ESCITALOPRAM: Drug = drug(
    ["622920301", "129203901", "1179054F1010"],
    "エスシタロプラム錠１０ｍｇ",
    ("TAB", "錠"),
    1,
    6,
    Form::Oral,
);

/// デュロキセチンカプセル２０ｍｇ
pub(crate) static DULOXETINE: Drug = drug(
    ["622833501", "128335701", "1179052M1010"],
    "デュロキセチンカプセル２０ｍｇ",
    ("CAP", "カプセル"),
    2,
    8,
    Form::Oral,
);

/// ゾルピデム酒石酸塩錠５ｍｇ
pub(crate) static ZOLPIDEM: Drug = drug(
    ["622134101", "121341001", "1129009F1010"],
    "ゾルピデム酒石酸塩錠５ｍｇ",
    ("TAB", "錠"),
    1,
    1,
    Form::Oral,
);

/// ドネペジル塩酸塩錠５ｍｇ
pub(crate) static DONEPEZIL: Drug = drug(
    ["622087301", "120873601", "1190012F2010"],
    "ドネペジル塩酸塩錠５ｍｇ",
    ("TAB", "錠"),
    1,
    6,
    Form::Oral,
);

/// フェブキソスタット錠１０ｍｇ
pub(crate) static FEBUXOSTAT: Drug = drug(
    ["622886201", "128862401", "3949003F1010"],
    "フェブキソスタット錠１０ｍｇ",
    ("TAB", "錠"),
    1,
    1,
    Form::Oral,
);

/// タムスロシン塩酸塩カプセル０．２ｍｇ
pub(crate) static TAMSULOSIN: Drug = drug(
    ["621668104", "116681102", "2590008M2010"],
    "タムスロシン塩酸塩カプセル０．２ｍｇ",
    ("CAP", "カプセル"),
    1,
    3,
    Form::Oral,
);

/// エルデカルシトールカプセル０．７５μｇ
pub(crate) static ELDECALCITOL: Drug = drug(
    ["622788101", "127881701", "3112006M2010"],
    "エルデカルシトールカプセル０．７５μｇ",
    ("CAP", "カプセル"),
    1,
    3,
    Form::Oral,
);

/// レボチロキシンＮａ錠５０μｇ
pub(crate) static LEVOTHYROXINE: Drug = drug(
    ["620515902", "105159002", "2431004F1010"],
    "レボチロキシンＮａ錠５０μｇ",
    ("TAB", "錠"),
    1,
    1,
    Form::Oral,
);

/// メトトレキサートカプセル２ｍｇ
pub(crate) static METHOTREXATE: Drug = drug(
    ["620004082", "113040801", "3999016M1010"],
    "メトトレキサートカプセル２ｍｇ",
    ("CAP", "カプセル"),
    3,
    20,
    Form::Oral,
);

/// プレドニゾロン錠５ｍｇ
pub(crate) static PREDNISOLONE: Drug = drug(
    ["620000694", "111006901", "2456001F1010"],
    "プレドニゾロン錠５ｍｇ",
    ("TAB", "錠"),
    2,
    2,
    Form::Oral,
);

/// タモキシフェン錠１０ｍｇ
pub(crate) static TAMOXIFEN: Drug = drug(
    ["620921005", "109210501", "4291003F1010"],
    "タモキシフェン錠１０ｍｇ",
    ("TAB", "錠"),
    2,
    5,
    Form::Oral,
);

/// カペシタビン錠３００ｍｇ
pub(crate) static CAPECITABINE: Drug = drug(
    ["622656401", "126564001", "4223005F1010"],
    "カペシタビン錠３００ｍｇ",
    ("TAB", "錠"),
    8,
    72,
    Form::Oral,
);

/// クエン酸第一鉄Ｎａ錠５０ｍｇ
pub(crate) static IRON: Drug = drug(
    ["620730201", "107302201", "3222013F1010"],
    "クエン酸第一鉄Ｎａ錠５０ｍｇ",
    ("TAB", "錠"),
    2,
    1,
    Form::Oral,
);

/// メサラジン錠５００ｍｇ
pub(crate) static MESALAZINE: Drug = drug(
    ["622065002", "120650801", "2399009F1010"],
    "メサラジン錠５００ｍｇ",
    ("TAB", "錠"),
    6,
    20,
    Form::Oral,
);

/// レボドパ・カルビドパＬ１００錠
pub(crate) static LEVODOPA: Drug = drug(
    ["622711600", "127116001", "1169101F1010"],
    "レボドパ・カルビドパＬ１００錠",
    ("TAB", "錠"),
    3,
    4,
    Form::Oral,
);

/// リルゾール錠５０ｍｇ
pub(crate) static RILUZOLE: Drug = drug(
    ["622266901", "122669901", "1190019F1010"],
    "リルゾール錠５０ｍｇ",
    ("TAB", "錠"),
    2,
    90,
    Form::Oral,
);

/// 酪酸菌製剤錠
pub(crate) static BUTYRATE: Drug = drug(
    ["612370067", "101237001", "2316004F1010"],
    "酪酸菌製剤錠",
    ("TAB", "錠"),
    6,
    4,
    Form::Oral,
);
