//! Who insures whom: employers' schemes with dependants, municipal insurance by household, the elderly each alone.

use crate::check::with_check;
use crate::dice::Dice;
use crate::places::{
    EMPLOYERS, Home, elderly_number, employer_number, municipal_number, public_number,
};

/// What kind of insurance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Employees' insurance, by position in [`EMPLOYERS`].
    Employer(usize),
    /// Municipal (国民健康保険).
    Municipal,
    /// 75 and older (後期高齢者医療).
    Elderly,
    /// Public assistance (生活保護): no insurance, law 12 pays.
    Assistance,
}

/// An insurance as the card says it.
#[derive(Clone)]
pub(crate) struct Cover {
    pub(crate) scheme: Scheme,
    /// 保険者番号; of the public payer under assistance.
    pub(crate) insurer: String,
    /// 記号, half width; empty for the elderly.
    pub(crate) symbol: String,
    /// 番号; 受給者番号 under assistance.
    pub(crate) number: String,
    /// 枝番; empty for the elderly and under assistance.
    pub(crate) branch: String,
    /// The insured person and not a dependant.
    pub(crate) own: bool,
}

impl Cover {
    /// A new contract of the household's head.
    pub(crate) fn contract(dice: &mut Dice, scheme: Scheme, home: Home) -> Self {
        let (insurer, symbol, number) = match scheme {
            Scheme::Employer(at) => employer_card(dice, at),
            Scheme::Municipal => (
                municipal_number(home),
                format!("{}{}", municipal_symbol(home), dice.count(1, 40)),
                dice.count(1_000, 999_999).to_string(),
            ),
            Scheme::Elderly => (elderly_number(home), String::new(), dice.digits(8)),
            Scheme::Assistance => {
                (public_number("12", home), String::new(), with_check(&dice.digits(6)))
            }
        };
        let branch = match scheme {
            Scheme::Employer(_) | Scheme::Municipal => "00".to_owned(),
            Scheme::Elderly | Scheme::Assistance => String::new(),
        };
        Self { scheme, insurer, symbol, number, branch, own: true }
    }

    /// The same contract for the member at a position; each has its own branch.
    pub(crate) fn for_member(&self, at: usize) -> Self {
        let mut cover = self.clone();
        cover.own = at == 0 || !matches!(self.scheme, Scheme::Employer(_));
        if !self.branch.is_empty() {
            cover.branch = format!("{:02}", at.min(99));
        }
        cover
    }
}

fn employer_card(dice: &mut Dice, at: usize) -> (String, String, String) {
    let law = EMPLOYERS.get(at).map_or("01", |one| one.0);
    let symbol = match law {
        "01" => format!("{}", dice.count(10_000_000, 79_999_999)),
        "06" => format!("{}", dice.count(10, 9_999)),
        _ => format!("{}－{}", "公", dice.count(1, 60)),
    };
    (employer_number(at), symbol, dice.count(1, 99_999).to_string())
}

fn municipal_symbol(home: Home) -> &'static str {
    match home.city {
        0 => "簾",
        1 => "富浜",
        2 => "潮",
        3 => "みす",
        4 => "曙",
        _ => "葦",
    }
}

/// The scheme of a working-age or older head.
///
/// Shares after 厚生労働省「医療保険に関する基礎資料」令和4年度 and 「被保護者調査」令和5年 (assistance 1.6 %); rounded from memory.
pub(crate) fn draw_scheme(dice: &mut Dice, age: i32) -> Scheme {
    if dice.chance(0.016) {
        return Scheme::Assistance;
    }
    if age >= 75 {
        return Scheme::Elderly;
    }
    let employed = match age {
        ..=19 => 0.5,
        20..=59 => 0.82,
        60..=64 => 0.66,
        65..=69 => 0.38,
        _ => 0.2,
    };
    if dice.chance(employed) {
        Scheme::Employer(dice.weighted(EMPLOYERS.iter().map(|one| one.2)))
    } else {
        Scheme::Municipal
    }
}
