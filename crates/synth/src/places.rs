//! Invented municipalities and towns with postal codes of the real shape, and insurers with valid check digits.
//!
//! Prefectures are real; municipalities, towns and their codes were invented for this project. An address here
//! belongs to nobody.

use crate::check::with_check;

/// A municipality and its insurer numbers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct City {
    /// Prefecture.
    pub(crate) prefecture: &'static str,
    /// Prefecture code, 2 digits.
    pub(crate) code: &'static str,
    /// Municipality.
    pub(crate) name: &'static str,
    /// First three digits of its postal codes.
    pub(crate) postal: &'static str,
    /// Area code of its telephones.
    pub(crate) area: &'static str,
    /// Municipal insurer, 3 digits between prefecture and check digit.
    pub(crate) insurer: &'static str,
}

/// The municipalities; a region's people live mostly in the first.
pub(crate) const CITIES: &[City] = &[
    city("静岡県", "22", "簾野市", "429", "054", "071"),
    city("静岡県", "22", "富士見浜市", "428", "0547", "072"),
    city("神奈川県", "14", "潮見台市", "249", "046", "073"),
    city("長野県", "20", "みすず市", "397", "0263", "074"),
    city("東京都", "13", "あけぼの市", "199", "042", "075"),
    city("埼玉県", "11", "葦原市", "369", "048", "076"),
];

const fn city(
    prefecture: &'static str,
    code: &'static str,
    name: &'static str,
    postal: &'static str,
    area: &'static str,
    insurer: &'static str,
) -> City {
    City { prefecture, code, name, postal, area, insurer }
}

/// Towns of every municipality, by their position: name and last four digits of the postal code.
pub(crate) const TOWNS: &[(&str, &str)] = &[
    ("青竹町", "0901"),
    ("編戸", "0902"),
    ("糸川", "0903"),
    ("上簾", "0911"),
    ("下簾", "0912"),
    ("鏡ヶ丘", "0921"),
    ("霧坂", "0922"),
    ("小春台", "0933"),
    ("桜並木", "0934"),
    ("字東沢", "0945"),
];

/// An address in the region.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Home {
    /// Position in [`CITIES`].
    pub(crate) city: usize,
    /// Position in [`TOWNS`].
    pub(crate) town: usize,
    /// 丁目, 番, 号.
    pub(crate) block: [u32; 3],
    /// Room in a block of flats; 0 for a house.
    pub(crate) room: u32,
}

impl Home {
    pub(crate) fn city(self) -> City {
        CITIES.get(self.city).copied().unwrap_or_default()
    }

    /// The postal code, 7 digits.
    pub(crate) fn postal(self) -> String {
        let (_, last) = TOWNS.get(self.town).copied().unwrap_or_default();
        format!("{}{last}", self.city().postal)
    }

    pub(crate) fn town(self) -> &'static str {
        TOWNS.get(self.town).copied().unwrap_or_default().0
    }
}

/// The branch, association or society that insures employees: first two digits of the insurer number, the rest
/// without the check digit, and how often.
///
/// Shares of the insured: 厚生労働省「医療保険に関する基礎資料」令和4年度 (協会けんぽ 31.6 %, 組合 22.7 %, 共済 7.8 %;
/// rounded from memory).
pub(crate) const EMPLOYERS: &[(&str, &str, u32)] = &[
    ("01", "22001", 300),
    ("01", "14001", 50),
    ("01", "13001", 60),
    ("06", "22071", 90),
    ("06", "13082", 80),
    ("06", "13195", 60),
    ("06", "14033", 40),
    ("31", "13009", 20),
    ("32", "22011", 30),
    ("33", "22013", 20),
    ("34", "13007", 25),
];

/// The insurer number of an employer's scheme, 8 digits.
pub(crate) fn employer_number(at: usize) -> String {
    let (law, rest, _) = EMPLOYERS.get(at).copied().unwrap_or_default();
    with_check(&format!("{law}{rest}"))
}

/// The insurer number of a municipality's national health insurance, 6 digits.
pub(crate) fn municipal_number(home: Home) -> String {
    with_check(&format!("{}{}", home.city().code, home.city().insurer))
}

/// The insurer number of the insurance for the elderly (後期高齢者医療), 8 digits beginning with 39.
pub(crate) fn elderly_number(home: Home) -> String {
    with_check(&format!("39{}{}", home.city().code, home.city().insurer))
}

/// A public payer (公費負担者番号), 8 digits, for a law number.
pub(crate) fn public_number(law: &str, home: Home) -> String {
    with_check(&format!("{law}{}{}", home.city().code, home.city().insurer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn insurer_numbers_have_their_length_and_check_digit() {
        let home = Home::default();
        let numbers = (0..EMPLOYERS.len()).map(employer_number).chain([
            municipal_number(home),
            elderly_number(home),
            public_number("12", home),
        ]);
        for number in numbers {
            assert!(matches!(number.len(), 6 | 8), "{number}");
            let (digits, check) = number.split_at(number.len() - 1);
            assert_eq!(check.chars().next().unwrap(), crate::check::m10w21(digits));
        }
        assert_eq!(home.postal().len(), 7);
        assert_eq!(CITIES.len() * TOWNS.len(), 60);
    }
}
