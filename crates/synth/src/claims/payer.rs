//! Who pays: the insurance, public payers beside or instead of it, and the records they have in medical claims.

use super::Bill;
use super::record::{Line, pad_left};
use crate::care::Problem;
use crate::codes::Kind;
use crate::insurance::Scheme;
use crate::people::Person;
use crate::places::public_number;
use crate::site::Provider;
use crate::writing::{Written, half_kana};

/// Public payers, and whether there is an insurance beside them.
pub(super) struct Public {
    /// Number of the payer and of the recipient.
    pub(super) payers: Vec<(String, String)>,
    pub(super) insured: bool,
}

impl Public {
    /// 負担区分.
    pub(super) fn share(&self) -> &'static str {
        match (self.insured, self.payers.is_empty()) {
            (true, true) => "1",
            (true, false) => "2",
            (false, _) => "5",
        }
    }
}

/// Who pays for a person of this age with these problems.
pub(super) fn public(
    person: &Person,
    written: &Written,
    age: i32,
    problems: &[&Problem],
) -> Public {
    let home = person.known.first().map(|known| known.home).unwrap_or_default();
    if written.scheme == Scheme::Assistance {
        let payers = vec![(written.insurer.clone(), written.card.clone())];
        return Public { payers, insured: false };
    }
    let mut payers = Vec::new();
    let recipient = crate::check::with_check(&format!("{:06}", person.no * 7 % 1_000_000));
    if problems.iter().any(|one| one.illness.kind == Kind::Rare && one.illness.icd10 != "B24") {
        payers.push((public_number("54", home), recipient));
    } else if age < 15 && person.no % 5 < 3 {
        // Municipal help for children (子ども医療費助成); law 83 is a local number.
        payers.push((public_number("83", home), recipient));
    }
    Public { payers, insured: true }
}

/// レセプト種別; the first digit is the fee schedule's.
pub(super) fn kind(
    schedule: char,
    inside: bool,
    age: i32,
    written: &Written,
    public: &Public,
) -> String {
    let payers = public.payers.len() + usize::from(public.insured);
    let class = match (public.insured, written.scheme) {
        (false, _) => 2,
        (true, Scheme::Elderly) => 3,
        _ => 1,
    };
    let person = match (class, age) {
        (3, _) | (1, 70..) => 8,
        (1, ..=5) => 4,
        (1, _) if !written.own => 6,
        _ => 2,
    };
    format!("{schedule}{class}{payers}{}", person - i32::from(inside))
}

/// HO, KO, SN and JD of a medical or DPC claim; returns how many pay.
pub(super) fn payers(out: &mut Vec<u8>, bill: &Bill<'_>, public: &Public, points: u64) -> u64 {
    let written = bill.written;
    let count = bill.days.count_ones().to_string();
    let total = points.to_string();
    let mut payers = 0;
    if public.insured {
        payers += 1;
        let mut line = Line::new(out, "HO", 15);
        line.text(&pad_left(&written.insurer, 8)).text(&written.symbol).text(&written.card);
        line.text(&count).text(&total);
        if bill.stay.is_some() {
            let meals = bill.days.count_ones() * 3;
            line.skip_to(7).text(&meals.to_string()).text(&(meals * 670).to_string());
        }
        line.end();
    }
    for (payer, recipient) in &public.payers {
        payers += 1;
        let mut line = Line::new(out, "KO", 12);
        line.text(payer).text(recipient).text("").text(&count).text(&total);
        line.text(if public.insured { "500" } else { "0" }).end();
    }
    branch(out, bill.provider, written, public);
    let mut line = Line::new(out, "JD", 33);
    line.text(if public.insured { "1" } else { "2" }).days(bill.days).end();
    payers
}

/// SN, where the provider asks for the branch.
pub(super) fn branch(out: &mut Vec<u8>, provider: &Provider, written: &Written, public: &Public) {
    if public.insured && !written.branch.is_empty() && provider.no % 5 != 4 {
        Line::new(out, "SN", 9).text("1").text("01").skip_to(6).text(&written.branch).end();
    }
}

/// RE-4 in the provider's way.
pub(super) fn name(provider: &Provider, written: &Written, person: u64) -> String {
    let habits = provider.habits;
    if habits.half_width && person % 40 == 7 {
        let space = if habits.space { " " } else { "" };
        let (family, given) = (half_kana(&written.family_kana), half_kana(&written.given_kana));
        return format!("{family}{space}{given}");
    }
    let space = if habits.space { "　" } else { "" };
    format!("{}{space}{}", written.family, written.given)
}

/// The kana name without a space, as claims have it.
pub(super) fn bare_name(written: &Written) -> String {
    format!("{}{}", written.family_kana, written.given_kana)
}
