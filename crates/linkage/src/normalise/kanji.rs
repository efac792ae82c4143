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
pub(super) const fn usual(letter: char) -> char {
    match letter {
        '髙' => '高',
        '﨑' | '嵜' | '㟢' => '崎',
        '邊' | '邉' => '辺',
        '濵' | '濱' => '浜',
        '齊' => '斉',
        '齋' => '斎',
        '德' => '徳',
        '瀨' => '瀬',
        '𠮷' => '吉',
        '澤' => '沢',
        '廣' => '広',
        '國' => '国',
        '嶋' | '嶌' => '島',
        '櫻' => '桜',
        '龍' => '竜',
        '眞' => '真',
        '惠' => '恵',
        '榮' => '栄',
        '壽' => '寿',
        '濟' => '済',
        '藏' => '蔵',
        '學' => '学',
        '實' => '実',
        '淺' => '浅',
        '會' => '会',
        '條' => '条',
        '關' => '関',
        '顯' => '顕',
        '黑' => '黒',
        '槇' => '槙',
        '曾' => '曽',
        '薗' => '園',
        '冨' => '富',
        '舘' => '館',
        '桒' => '桑',
        '圓' => '円',
        '應' => '応',
        '假' => '仮',
        '來' => '来',
        '兒' => '児',
        '壯' => '壮',
        '將' => '将',
        '彌' => '弥',
        '晝' => '昼',
        '豐' => '豊',
        '靜' => '静',
        '鐵' => '鉄',
        '鷗' => '鴎',
        '鄕' => '郷',
        '綠' => '緑',
        '靑' => '青',
        '淸' => '清',
        '增' => '増',
        '橫' => '横',
        '淵' => '渕',
        '峯' => '峰',
        '穗' => '穂',
        '萬' => '万',
        '與' => '与',
        '遙' => '遥',
        '凜' => '凛',
        '堯' => '尭',
        '佛' => '仏',
        '寬' => '寛',
        '巖' => '巌',
        '攝' => '摂',
        '樂' => '楽',
        '氣' => '気',
        '獨' => '独',
        '稻' => '稲',
        '總' => '総',
        '藥' => '薬',
        '蘆' => '芦',
        '螢' => '蛍',
        '覺' => '覚',
        '譽' => '誉',
        '讓' => '譲',
        '雙' => '双',
        '驒' => '騨',
        '鷄' => '鶏',
        '麥' => '麦',
        '齡' => '齢',
        '瀧' => '滝',
        '燒' => '焼',
        '營' => '営',
        '爲' => '為',
        '當' => '当',
        '禮' => '礼',
        '竈' => '竃',
        '繩' => '縄',
        '聰' => '聡',
        '莊' => '荘',
        _ => letter,
    }
}

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
