//! What a provider wrote of a person: its habits, its slips, and how late it learns of changes.
//!
//! The slips are those that linkage must survive (linkage.md 3.2 and 5): kanji variants, small and large kana, long
//! vowels, missing spaces, wrong or missing values, a former surname after marriage, an old address after moving.

use sudare_model::time::Day;

use crate::canary::Canary;
use crate::dice::{Dice, Purpose};
use crate::insurance::{Cover, Scheme};
use crate::names::{FAMILIES, SIMPLER};
use crate::people::{Known, Person};
use crate::places::Home;
use crate::site::{Habits, Provider};

/// Names, address and card as one provider writes them from a day on.
#[derive(Clone)]
pub(crate) struct Written {
    pub(crate) number: String,
    pub(crate) family: String,
    pub(crate) given: String,
    pub(crate) family_kana: String,
    pub(crate) given_kana: String,
    pub(crate) birth: Day,
    pub(crate) male: bool,
    /// Seven digits.
    pub(crate) postal: String,
    pub(crate) address: String,
    pub(crate) phone: String,
    pub(crate) scheme: Scheme,
    pub(crate) own: bool,
    pub(crate) insurer: String,
    pub(crate) symbol: String,
    pub(crate) card: String,
    pub(crate) branch: String,
}

/// Slips that stay with a person at a provider.
struct Slips {
    stale_name: bool,
    stale_home: bool,
    kana: bool,
    birth: bool,
    no_phone: bool,
    variant: bool,
}

/// How one provider writes one person over time.
pub(crate) struct Writer<'a> {
    person: &'a Person,
    provider: &'a Provider,
    canary: Option<&'a Canary>,
    slips: Slips,
    number: String,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(
        seed: u64,
        person: &'a Person,
        provider: &'a Provider,
        canary: Option<&'a Canary>,
    ) -> Self {
        let mut dice = Dice::new(seed, Purpose::Writing, person.no, provider.no);
        // Shares: assumptions in the spirit of linkage.md 3.2 (0.87 % of insurer records disagreed in name etc. in
        // 2023; birth date or sex in two of 100,000, raised here so that a small region has a few).
        let slips = Slips {
            stale_name: dice.chance(0.35),
            stale_home: dice.chance(0.3),
            kana: dice.chance(0.012),
            birth: dice.chance(0.001),
            no_phone: dice.chance(0.08),
            variant: dice.chance(0.1),
        };
        let number = canary.map_or_else(
            || provider.patient_number(person.no, seed),
            |one| one.patient_number(provider),
        );
        Self { person, provider, canary, slips, number }
    }

    pub(crate) fn number(&self) -> &str {
        &self.number
    }

    /// What the provider writes on a day.
    pub(crate) fn on(&self, day: Day) -> Option<Written> {
        let now = self.person.on(day)?;
        let first = self.person.known.first()?;
        let named = if self.slips.stale_name { first } else { now };
        let housed = if self.slips.stale_home { first } else { now };
        let mut written = self.write(named, housed, &now.cover);
        if let Some(canary) = self.canary {
            canary.overwrite(&mut written, self.provider.habits.hyphens);
        }
        Some(written)
    }

    fn write(&self, named: &Known, housed: &Known, cover: &Cover) -> Written {
        let habits = self.provider.habits;
        let (at, official) = named.family;
        let name = FAMILIES.get(at).copied().unwrap_or_default();
        let base = if official { name.variant } else { name.kanji };
        let family = if habits.official_kanji != self.slips.variant {
            base.to_owned()
        } else {
            simpler(base)
        };
        let mut given_kana = self.person.given.kana.to_owned();
        if self.slips.kana {
            given_kana = slip(&given_kana);
        }
        let birth = if self.slips.birth { misread(self.person.birth) } else { self.person.birth };
        let (symbol, card) = card(cover, habits);
        Written {
            number: self.number.clone(),
            family,
            given: self.person.given.kanji.to_owned(),
            family_kana: kana(name.kana, habits),
            given_kana: kana(&given_kana, habits),
            birth,
            male: self.person.male,
            postal: housed.home.postal(),
            address: address(housed.home, habits),
            phone: if self.slips.no_phone { String::new() } else { phone(housed, habits) },
            scheme: cover.scheme,
            own: cover.own,
            insurer: cover.insurer.clone(),
            symbol,
            card,
            branch: cover.branch.clone(),
        }
    }
}

/// The simpler form of every character that has one.
fn simpler(name: &str) -> String {
    name.chars()
        .map(|letter| SIMPLER.iter().find(|pair| pair.0 == letter).map_or(letter, |pair| pair.1))
        .collect()
}

/// Kana as the provider's system writes it.
fn kana(text: &str, habits: Habits) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        let large = match letter {
            'ッ' => 'ツ',
            'ャ' => 'ヤ',
            'ュ' => 'ユ',
            'ョ' => 'ヨ',
            other => other,
        };
        let long = letter == 'ウ'
            && out.chars().last().is_some_and(|last| "オコソトノホモヨロュユョ".contains(last));
        if habits.long_marks && long {
            out.push('ー');
        } else if habits.small_kana {
            out.push(letter);
        } else {
            out.push(large);
        }
    }
    out
}

/// A reading someone misheard or mistyped: voiced for unvoiced, or the last letter lost.
fn slip(text: &str) -> String {
    const PAIRS: &[(char, char)] =
        &[('シ', 'ジ'), ('ジ', 'シ'), ('コ', 'ゴ'), ('カ', 'ガ'), ('ト', 'ド'), ('ヅ', 'ズ')];
    let swapped: String = text
        .chars()
        .map(|letter| PAIRS.iter().find(|pair| pair.0 == letter).map_or(letter, |pair| pair.1))
        .collect();
    if swapped != text || text.chars().count() < 2 {
        return swapped;
    }
    let mut letters: Vec<char> = text.chars().collect();
    letters.pop();
    letters.into_iter().collect()
}

/// Day and month exchanged where that is a date, otherwise the day after.
fn misread(birth: Day) -> Day {
    let (year, month, day) = birth.ymd();
    Day::from_ymd(year, day, month)
        .filter(|other| *other != birth && *other < birth.plus(300))
        .unwrap_or_else(|| birth.plus(1))
}

fn address(home: Home, habits: Habits) -> String {
    let city = home.city();
    let [chome, ban, go] = home.block;
    let mut text = if habits.dashes {
        format!("{}{}{}{chome}-{ban}-{go}", city.prefecture, city.name, home.town())
    } else {
        let numbers = wide(&format!("{chome}丁目{ban}番{go}号"));
        format!("{}{}{}{numbers}", city.prefecture, city.name, home.town())
    };
    if home.room > 0 {
        let room = if habits.dashes {
            format!(" コーポすだれ{}", home.room)
        } else {
            format!("　コーポすだれ{}号室", wide(&home.room.to_string()))
        };
        text.push_str(&room);
    }
    text
}

fn phone(known: &Known, habits: Habits) -> String {
    let [exchange, line] = known.phone;
    let area = known.home.city().area;
    let area_width = 6 - area.len();
    let exchange = format!("{exchange:03}");
    let exchange = exchange.get(..area_width.min(3)).unwrap_or("0");
    if habits.hyphens {
        format!("{area}-{exchange}-{line:04}")
    } else {
        format!("{area}{exchange}{line:04}")
    }
}

/// Symbol and number in the provider's width.
fn card(cover: &Cover, habits: Habits) -> (String, String) {
    if cover.scheme == Scheme::Assistance {
        return (String::new(), cover.number.clone());
    }
    if habits.wide_card {
        (wide(&cover.symbol), wide(&cover.number))
    } else {
        (cover.symbol.replace('－', "-"), cover.number.clone())
    }
}

/// ASCII in full width.
pub(crate) fn wide(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '!'..='~' => char::from_u32(letter as u32 + 0xFEE0).unwrap_or(letter),
            ' ' => '\u{3000}',
            other => other,
        })
        .collect()
}

/// Full-width ASCII in half width.
pub(crate) fn narrow(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '！'..='～' => char::from_u32(letter as u32 - 0xFEE0).unwrap_or(letter),
            other => other,
        })
        .collect()
}

/// Full-width katakana in half width, marks apart.
pub(crate) fn half_kana(text: &str) -> String {
    const FULL: &str = "ァアィイゥウェエォオカガキギクグケゲコゴサザシジスズセゼソゾタダチヂッツヅテデトドナニヌネノハバパヒビピフブプヘベペホボポマミムメモャヤュユョヨラリルレロヮワヰヱヲンヴ";
    const HALF: &[&str] = &[
        "ｧ", "ｱ", "ｨ", "ｲ", "ｩ", "ｳ", "ｪ", "ｴ", "ｫ", "ｵ", "ｶ", "ｶﾞ", "ｷ", "ｷﾞ", "ｸ", "ｸﾞ", "ｹ", "ｹﾞ",
        "ｺ", "ｺﾞ", "ｻ", "ｻﾞ", "ｼ", "ｼﾞ", "ｽ", "ｽﾞ", "ｾ", "ｾﾞ", "ｿ", "ｿﾞ", "ﾀ", "ﾀﾞ", "ﾁ", "ﾁﾞ", "ｯ", "ﾂ",
        "ﾂﾞ", "ﾃ", "ﾃﾞ", "ﾄ", "ﾄﾞ", "ﾅ", "ﾆ", "ﾇ", "ﾈ", "ﾉ", "ﾊ", "ﾊﾞ", "ﾊﾟ", "ﾋ", "ﾋﾞ", "ﾋﾟ", "ﾌ", "ﾌﾞ",
        "ﾌﾟ", "ﾍ", "ﾍﾞ", "ﾍﾟ", "ﾎ", "ﾎﾞ", "ﾎﾟ", "ﾏ", "ﾐ", "ﾑ", "ﾒ", "ﾓ", "ｬ", "ﾔ", "ｭ", "ﾕ", "ｮ", "ﾖ",
        "ﾗ", "ﾘ", "ﾙ", "ﾚ", "ﾛ", "ﾜ", "ﾜ", "ｲ", "ｴ", "ｦ", "ﾝ", "ｳﾞ",
    ];
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match FULL.chars().position(|full| full == letter).and_then(|at| HALF.get(at)) {
            Some(half) => out.push_str(half),
            None if letter == 'ー' => out.push('ｰ'),
            None if letter == '\u{3000}' => out.push(' '),
            None => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_fold_as_japan_writes_them() {
        assert_eq!(wide("12-3 A"), "１２－３　Ａ");
        assert_eq!(narrow("１２－３Ａ簾"), "12-3A簾");
        assert_eq!(half_kana("ショウジ　ガパヴー"), "ｼｮｳｼﾞ ｶﾞﾊﾟｳﾞｰ");
        assert_eq!(simpler("髙𠮷濱"), "高吉浜");
        assert_eq!(slip("ケイコ"), "ケイゴ");
        assert_eq!(slip("アイ"), "ア");
    }

    #[test]
    fn a_misread_birth_date_is_another_date() {
        for days in 0..800 {
            let birth = Day::from_epoch_days(days);
            assert_ne!(misread(birth), birth);
        }
    }
}
