//! Names in kanji.

use super::{narrow, separates, stands_for_any};

/// The key of a kanji name: variation selectors and separators dropped, frequent variant forms as one.
pub fn kanji(text: &str, key: &mut String) -> bool {
    key.clear();
    for letter in text.chars().map(narrow) {
        if stands_for_any(letter) {
            return false;
        }
        let selects_variant = matches!(letter, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}');
        if !selects_variant && !separates(letter) {
            key.push(usual(letter).to_ascii_uppercase());
        }
    }
    !key.is_empty()
}

/// The usual form of a variant that names are written with. 斉 and 斎 are different characters, each with its old
/// form, and stay two.
pub(super) fn usual(letter: char) -> char {
    let found = USUAL.binary_search_by_key(&letter, |(variant, _)| *variant).ok();
    found.and_then(|at| USUAL.get(at)).map_or(letter, |(_, usual)| *usual)
}

/// Variant and usual form, sorted by variant.
const USUAL: &[(char, char)] = &[
    ('㟢', '崎'),
    ('佛', '仏'),
    ('來', '来'),
    ('假', '仮'),
    ('兒', '児'),
    ('冨', '富'),
    ('凜', '凛'),
    ('國', '国'),
    ('圓', '円'),
    ('堯', '尭'),
    ('增', '増'),
    ('壯', '壮'),
    ('壽', '寿'),
    ('學', '学'),
    ('實', '実'),
    ('寬', '寛'),
    ('將', '将'),
    ('峯', '峰'),
    ('嵜', '崎'),
    ('嶋', '島'),
    ('嶌', '島'),
    ('巖', '巌'),
    ('廣', '広'),
    ('彌', '弥'),
    ('德', '徳'),
    ('惠', '恵'),
    ('應', '応'),
    ('攝', '摂'),
    ('晝', '昼'),
    ('曾', '曽'),
    ('會', '会'),
    ('桒', '桑'),
    ('條', '条'),
    ('榮', '栄'),
    ('槇', '槙'),
    ('樂', '楽'),
    ('橫', '横'),
    ('櫻', '桜'),
    ('氣', '気'),
    ('淵', '渕'),
    ('淸', '清'),
    ('淺', '浅'),
    ('澤', '沢'),
    ('濟', '済'),
    ('濱', '浜'),
    ('濵', '浜'),
    ('瀧', '滝'),
    ('瀨', '瀬'),
    ('燒', '焼'),
    ('營', '営'),
    ('爲', '為'),
    ('獨', '独'),
    ('當', '当'),
    ('眞', '真'),
    ('禮', '礼'),
    ('稻', '稲'),
    ('穗', '穂'),
    ('竈', '竃'),
    ('綠', '緑'),
    ('總', '総'),
    ('繩', '縄'),
    ('聰', '聡'),
    ('與', '与'),
    ('舘', '館'),
    ('莊', '荘'),
    ('萬', '万'),
    ('薗', '園'),
    ('藏', '蔵'),
    ('藥', '薬'),
    ('蘆', '芦'),
    ('螢', '蛍'),
    ('覺', '覚'),
    ('譽', '誉'),
    ('讓', '譲'),
    ('豐', '豊'),
    ('遙', '遥'),
    ('邉', '辺'),
    ('邊', '辺'),
    ('鄕', '郷'),
    ('鐵', '鉄'),
    ('關', '関'),
    ('雙', '双'),
    ('靑', '青'),
    ('靜', '静'),
    ('顯', '顕'),
    ('驒', '騨'),
    ('髙', '高'),
    ('鷄', '鶏'),
    ('鷗', '鴎'),
    ('麥', '麦'),
    ('黑', '黒'),
    ('齊', '斉'),
    ('齋', '斎'),
    ('齡', '齢'),
    ('龍', '竜'),
    ('﨑', '崎'),
    ('𠮷', '吉'),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Option<String> {
        let mut out = String::new();
        kanji(text, &mut out).then_some(out)
    }

    #[test]
    fn variants_of_one_name_have_one_key() {
        for (one, other) in [
            ("髙橋　𠮷郎", "高橋吉郎"),
            ("渡邉 德子", "渡辺 徳子"),
            ("山﨑 眞一", "山崎　真一"),
            ("葛\u{E0100}西 太郎", "葛西太郎"),
        ] {
            assert_eq!(key(one), key(other), "{one}");
        }
        assert_ne!(key("斉藤 一"), key("斎藤 一"));
        assert_eq!(key("山■ 太郎"), None);
    }
}
