//! Headings as municipalities commonly spell them, for tables that come without a mapping.
//!
//! A heading tells what is measured and rarely by which method, so a laboratory result has the first five characters
//! of its code alone (what is measured). Codes were seen in the official code lists of the checkup report and of the
//! chart sharing service, but for those marked † in `docs/readings/municipal.md`.

use sudare_model::code::CodeSystem;

use super::mapping::{Item, Key, Kind, Meaning};

/// A heading or word without what people write this way or that: width, case, blanks, punctuation.
pub(super) fn fold(heading: &str) -> String {
    let mut narrow = String::new();
    crate::text::narrow(heading, &mut narrow);
    let wide = wide_kana(&narrow);
    let kept = wide.chars().filter(|one| {
        !one.is_whitespace()
            && !matches!(one, '_' | '-' | '.' | ':' | '*' | '・' | '･' | '※' | '/' | '、')
    });
    kept.flat_map(char::to_uppercase).collect()
}

/// Half-width katakana as full width, with the marks of voice joined to their letters (`ｺﾚｽﾃﾛｰﾙ`, `ﾀﾝﾊﾟｸ`).
fn wide_kana(text: &str) -> String {
    const WIDE: &str = "ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";
    let mut wide = String::with_capacity(text.len());
    for one in text.chars() {
        let joined = match (one, wide.chars().next_back()) {
            ('ﾞ', Some('ウ')) => Some('ヴ'),
            ('ﾞ', Some(letter @ ('カ'..='ト' | 'ハ'..='ホ'))) => {
                char::from_u32(u32::from(letter) + 1)
            }
            ('ﾟ', Some(letter @ 'ハ'..='ホ')) => char::from_u32(u32::from(letter) + 2),
            _ => None,
        };
        if let Some(joined) = joined {
            wide.pop();
            wide.push(joined);
            continue;
        }
        let at = u32::from(one).checked_sub(u32::from('ｦ'));
        let full = at.and_then(|at| WIDE.chars().nth(at as usize)).filter(|_| one <= 'ﾝ');
        wide.push(full.unwrap_or(one));
    }
    wide
}

/// What a heading means by its spelling; a unit in brackets behind it is taken over.
pub(super) fn meaning(heading: &str) -> Option<Meaning> {
    let folded = fold(heading);
    if let Some(found) = exactly(&folded, heading, "") {
        return Some(found);
    }
    let (base, _) = folded.split_once(['(', '[', '［', '〔'])?;
    let unit = heading.rsplit(['(', '（', '[', '［', '〔']).next().unwrap_or_default();
    let unit = unit.trim_end_matches([')', '）', ']', '］', '〕']).trim();
    if crate::ucum::of(unit).is_empty() {
        return None;
    }
    exactly(base, heading, unit)
}

/// Whether two units measure the same kind of thing, as far as their form tells: a height in milligrams is another
/// item.
fn alike(unit: &str, usual: &str) -> bool {
    let form = |unit: &str| (unit.matches('/').count(), unit.chars().next_back());
    form(unit) == form(usual)
}

fn exactly(folded: &str, heading: &str, unit: &str) -> Option<Meaning> {
    if let Some((key, _)) = KEYS.iter().find(|(_, spelt)| spelt.contains(&folded)) {
        return unit.is_empty().then_some(Meaning::Key(*key));
    }
    let (code, kind, usual, _) = ITEMS.iter().find(|(.., spelt)| spelt.contains(&folded))?;
    let system = match code.len() {
        17 => CodeSystem::Jlac10,
        5 => CodeSystem::Jlac10Analyte,
        _ => CodeSystem::Local,
    };
    // Whoever writes no unit means the usual one; it is not put down as written.
    let known = if unit.is_empty() { *usual } else { crate::ucum::of(unit) };
    if !usual.is_empty() && !alike(known, usual) {
        return None;
    }
    let unit = if *kind == Kind::Number { unit } else { "" };
    Some(Meaning::Item(Item {
        code: (*code).to_owned(),
        system: system.word(),
        name: heading.trim().to_owned(),
        unit: unit.to_owned(),
        ucum: known.to_owned(),
        kind: *kind,
    }))
}

/// Spellings are folded: half width, upper case, without blanks and punctuation.
const KEYS: &[(Key, &[&str])] = &[
    (
        Key::Patient,
        &[
            "宛名番号",
            "宛名コード",
            "住民番号",
            "住民コード",
            "住民ID",
            "受診者番号",
            "受診者コード",
            "受診者ID",
            "患者番号",
            "患者ID",
            "個人コード",
            "世帯員番号",
            "宛名NO",
        ],
    ),
    (
        Key::Date,
        &[
            "受診日",
            "受診日(西暦)",
            "受診日(和暦)",
            "受診年月日",
            "受診年月日(西暦)",
            "受診年月日(和暦)",
            "健診日",
            "健診日(西暦)",
            "健診年月日",
            "健診実施日",
            "健診実施年月日",
            "検診日",
            "検診年月日",
            "検診実施日",
            "検診受診日",
            "健診受診日",
            "検診実施年月日",
            "実施日",
            "実施年月日",
            "検査日",
            "検査年月日",
            "健康診査日",
        ],
    ),
    (Key::Birth, &["生年月日", "誕生日", "生年月日(西暦)", "生年月日(和暦)"]),
    (Key::Sex, &["性別", "性別区分", "男女", "男女区分", "性別コード"]),
    (
        Key::Name,
        &["氏名", "漢字氏名", "氏名漢字", "氏名(漢字)", "受診者氏名", "受診者名", "お名前", "名前"],
    ),
    (
        Key::Kana,
        &[
            "カナ氏名",
            "氏名カナ",
            "氏名(カナ)",
            "カナ",
            "フリガナ",
            "ふりがな",
            "氏名(フリガナ)",
            "受診者カナ氏名",
            "カナ名",
        ],
    ),
    (Key::Postal, &["郵便番号", "〒"]),
    (Key::Address, &["住所", "現住所", "住所1"]),
    (Key::Phone, &["電話番号", "電話", "連絡先", "TEL"]),
    (Key::Insurer, &["保険者番号"]),
    (Key::Symbol, &["記号", "保険記号", "被保険者証記号", "保険証記号", "被保険者証等記号"]),
    (
        Key::Number,
        &["保険番号", "被保険者証番号", "保険証番号", "被保険者番号", "被保険者証等番号"],
    ),
    (Key::Branch, &["枝番", "被保険者証枝番", "被保険者証等枝番"]),
    (
        Key::Program,
        &[
            "健診種別",
            "検診種別",
            "健診区分",
            "検診区分",
            "健診名",
            "検診名",
            "健診コース",
            "コース名",
        ],
    ),
];

/// Code, kind, usual unit in UCUM, spellings.
type Spelt = (&'static str, Kind, &'static str, &'static [&'static str]);

const ITEMS: &[Spelt] = &[
    ("9N001000000000001", Kind::Number, "cm", &["身長"]),
    ("9N006000000000001", Kind::Number, "kg", &["体重"]),
    ("9N011000000000001", Kind::Number, "kg/m2", &["BMI", "体格指数"]),
    ("9N016160100000001", Kind::Number, "cm", &["腹囲", "腹囲(実測)", "ウエスト周囲径"]),
    (
        "9A751000000000001",
        Kind::Number,
        "mm[Hg]",
        &["収縮期血圧(1回目)", "収縮期血圧1回目", "血圧1高"],
    ),
    (
        "9A752000000000001",
        Kind::Number,
        "mm[Hg]",
        &["収縮期血圧(2回目)", "収縮期血圧2回目", "血圧2高"],
    ),
    (
        "9A755000000000001",
        Kind::Number,
        "mm[Hg]",
        &["収縮期血圧", "血圧(収縮期)", "最高血圧", "血圧(最高)", "血圧最高", "血圧(上)", "血圧上"],
    ),
    (
        "9A761000000000001",
        Kind::Number,
        "mm[Hg]",
        &["拡張期血圧(1回目)", "拡張期血圧1回目", "血圧1低"],
    ),
    (
        "9A762000000000001",
        Kind::Number,
        "mm[Hg]",
        &["拡張期血圧(2回目)", "拡張期血圧2回目", "血圧2低"],
    ),
    (
        "9A765000000000001",
        Kind::Number,
        "mm[Hg]",
        &["拡張期血圧", "血圧(拡張期)", "最低血圧", "血圧(最低)", "血圧最低", "血圧(下)", "血圧下"],
    ),
    ("3F050", Kind::Number, "mg/dL", &["総コレステロール", "総コレステロール値", "TCHO", "TC"]),
    ("3F015", Kind::Number, "mg/dL", &["中性脂肪", "空腹時中性脂肪", "随時中性脂肪", "TG"]),
    (
        "3F070",
        Kind::Number,
        "mg/dL",
        &["HDLコレステロール", "HDL", "HDLC", "HDLCHO", "HDLコレステロール値"],
    ),
    (
        "3F077",
        Kind::Number,
        "mg/dL",
        &["LDLコレステロール", "LDL", "LDLC", "LDLCHO", "LDLコレステロール値"],
    ),
    ("3B035", Kind::Number, "U/L", &["AST", "GOT", "AST(GOT)", "GOT(AST)", "ASTGOT", "GOTAST"]),
    ("3B045", Kind::Number, "U/L", &["ALT", "GPT", "ALT(GPT)", "GPT(ALT)", "ALTGPT", "GPTALT"]),
    (
        "3B090",
        Kind::Number,
        "U/L",
        &["ΓGT", "ΓGTP", "ΓGT(ΓGTP)", "ΓGTP(ΓGT)", "ガンマGT", "ガンマGTP", "GGT", "GGTP"],
    ),
    (
        "3D010",
        Kind::Number,
        "mg/dL",
        &["血糖", "血糖値", "空腹時血糖", "空腹時血糖値", "随時血糖", "随時血糖値", "グルコース"],
    ),
    (
        "3D046",
        Kind::Number,
        "%",
        &["HBA1C", "HBA1C(NGSP)", "HBA1C(NGSP値)", "ヘモグロビンA1C", "HBA1CNGSP"],
    ),
    (
        "3C015",
        Kind::Number,
        "mg/dL",
        &["クレアチニン", "血清クレアチニン", "CRE", "血清クレアチニン値"],
    ),
    ("3C020", Kind::Number, "mg/dL", &["尿酸", "血清尿酸", "UA", "尿酸値"]),
    ("3A010", Kind::Number, "g/dL", &["総蛋白", "総たんぱく", "TP"]),
    ("3A015", Kind::Number, "g/dL", &["アルブミン", "ALB", "血清アルブミン"]),
    (
        "2A030",
        Kind::Number,
        "g/dL",
        &["血色素量", "ヘモグロビン", "血色素", "HB", "ヘモグロビン値"],
    ),
    ("2A010", Kind::Number, "", &["白血球", "白血球数", "WBC"]),
    ("2A020", Kind::Number, "", &["赤血球", "赤血球数", "RBC"]),
    ("2A040", Kind::Number, "%", &["ヘマトクリット", "ヘマトクリット値", "HT", "HCT"]),
    ("2A050", Kind::Number, "", &["血小板", "血小板数", "PLT"]),
    ("3F069", Kind::Number, "mg/dL", &["NONHDLコレステロール", "NONHDL", "NONHDLC"]),
    ("8A065", Kind::Number, "", &["EGFR"]),
    ("9N026000000000002", Kind::Number, "", &["肥満度"]),
    ("1A010", Kind::Mark, "", &["尿蛋白", "尿たんぱく", "尿タンパク", "蛋白尿"]),
    ("1A020", Kind::Mark, "", &["尿糖"]),
    (
        "9N501000000000011",
        Kind::Answer,
        "",
        &["メタボリックシンドローム判定", "メタボ判定", "メタボリック判定"],
    ),
    ("9N506000000000011", Kind::Answer, "", &["保健指導レベル", "階層化", "保健指導区分"]),
    ("9N701000000000011", Kind::Answer, "", &["服薬1(血圧)", "服薬(血圧)", "血圧の薬", "服薬血圧"]),
    ("9N706000000000011", Kind::Answer, "", &["服薬2(血糖)", "服薬(血糖)", "血糖の薬", "服薬血糖"]),
    ("9N711000000000011", Kind::Answer, "", &["服薬3(脂質)", "服薬(脂質)", "脂質の薬", "服薬脂質"]),
    ("9N736000000000011", Kind::Answer, "", &["喫煙", "喫煙歴", "喫煙習慣", "たばこ"]),
    ("9N786000000000011", Kind::Answer, "", &["飲酒", "飲酒習慣", "飲酒頻度"]),
    ("9N791000000000011", Kind::Answer, "", &["飲酒量"]),
    ("9N796000000000011", Kind::Answer, "", &["睡眠"]),
    (
        "9P502000000000011",
        Kind::Answer,
        "",
        &["胸部X線判定", "胸部エックス線検査判定", "胸部X線検査判定"],
    ),
    (
        "9P503160800000049",
        Kind::Text,
        "",
        &["胸部X線所見", "胸部エックス線検査所見", "胸部X線検査所見"],
    ),
    ("9N056000000000011", Kind::Text, "", &["既往歴"]),
    ("9N061000000000011", Kind::Text, "", &["自覚症状"]),
    ("9N066000000000011", Kind::Text, "", &["他覚症状"]),
    (
        "9N511000000000049",
        Kind::Text,
        "",
        &["医師の診断", "医師の判断", "医師の診断(判定)", "総合判定", "総合所見"],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_spellings_are_known_whatever_their_width() {
        let says = |heading: &str| match meaning(heading) {
            Some(Meaning::Key(key)) => key.word().to_owned(),
            Some(Meaning::Item(item)) => {
                format!("{} {} {} {}", item.code, item.system, item.unit, item.ucum)
            }
            Some(Meaning::Ignored) => "ignored".to_owned(),
            None => String::new(),
        };
        assert_eq!(says("宛名番号"), "patient");
        assert_eq!(says("受診 年月日"), "date");
        assert_eq!(says("受診日（西暦）"), "date");
        assert_eq!(says("血圧１高"), "9A751000000000001 JLAC10  mm[Hg]");
        assert_eq!(says("ﾍﾏﾄｸﾘｯﾄ"), "2A040 JLAC10-ANALYTE  %");
        assert_eq!(says("HDLｺﾚｽﾃﾛｰﾙ"), "3F070 JLAC10-ANALYTE  mg/dL");
        assert_eq!(says("尿ﾀﾝﾊﾟｸ"), "1A010 JLAC10-ANALYTE  ");
        assert_eq!(says("ﾌﾘｶﾞﾅ"), "kana");
        assert_eq!(says("氏名（カナ）"), "kana");
        assert_eq!(says("ＢＭＩ"), "9N011000000000001 JLAC10  kg/m2");
        assert_eq!(says("身長（㎝）"), "9N001000000000001 JLAC10 ㎝ cm");
        assert_eq!(says("中性脂肪(mg/dl)"), "3F015 JLAC10-ANALYTE mg/dl mg/dL");
        assert_eq!(says("γ-GT(γ-GTP)"), "3B090 JLAC10-ANALYTE  U/L");
        assert_eq!(says("γ－ＧＴＰ（U/L）"), "3B090 JLAC10-ANALYTE U/L U/L");
        assert_eq!(says("HbA1c(NGSP)"), "3D046 JLAC10-ANALYTE  %");
        assert_eq!(says("血色素量（g/L）"), "2A030 JLAC10-ANALYTE g/L g/L");
        assert_eq!(says("尿蛋白"), "1A010 JLAC10-ANALYTE  ");
        for unknown in ["備考", "番号", "1234", "", "身長(mg)", "体重(回)", "氏名(cm)"] {
            assert_eq!(says(unknown), "", "{unknown}");
        }
    }

    #[test]
    fn every_spelling_is_folded_and_stands_once() {
        let keys = KEYS.iter().flat_map(|(_, spelt)| spelt.iter());
        let items = ITEMS.iter().flat_map(|(.., spelt)| spelt.iter());
        let mut all: Vec<_> = keys.chain(items).collect();
        all.sort_unstable();
        assert!(all.iter().all(|spelt| fold(spelt) == **spelt), "{all:?}");
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
