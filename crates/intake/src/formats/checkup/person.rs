//! Whose document it is.

use sudare_identity::Sex;
use sudare_model::time::Day;

use super::{Kind, OID};
use crate::xml::Element;

/// Who a document is about, as written.
#[derive(Default)]
pub(super) struct Person<'t> {
    pub(super) insurer: &'t str,
    pub(super) symbol: &'t str,
    pub(super) number: &'t str,
    pub(super) branch: &'t str,
    /// Full-width kana.
    pub(super) name: String,
    pub(super) postal: String,
    pub(super) address: String,
    pub(super) birth: Option<Day>,
    pub(super) sex: Sex,
}

impl<'t> Person<'t> {
    /// Reads the person of a document or claim.
    pub(super) fn read(root: Element<'t>, kind: Kind) -> Option<Self> {
        match kind {
            Kind::Document => Self::of_document(root),
            Kind::Claim => Self::of_claim(root),
            Kind::Index | Kind::Summary => None,
        }
    }

    fn of_document(root: Element<'t>) -> Option<Self> {
        let role = root.first(&["recordTarget", "patientRole"])?;
        let mut person = Self::default();
        for id in role.named("id") {
            let value = id.attribute("extension");
            match id.attribute("root").strip_prefix(OID) {
                Some("101") => person.insurer = value,
                Some("204") => person.symbol = value,
                Some("205") => person.number = value,
                Some("211") => person.branch = value,
                _ => {}
            }
        }
        person.set_address(role.first(&["addr"]));
        let patient = role.first(&["patient"])?;
        person.set_name(patient.first(&["name"]));
        person.set_birth_and_sex(
            patient.first(&["birthTime"]),
            patient.first(&["administrativeGenderCode"]),
        );
        Some(person)
    }

    fn of_claim(root: Element<'t>) -> Option<Self> {
        let subject = root.first(&["subjectPerson"])?;
        let card = subject.first(&["insuranceCard"])?;
        let number = |name| card.first(&[name]).map_or("", |one| one.attribute("extension"));
        let mut person = Self {
            insurer: number("insurerNumber"),
            symbol: number("symbol"),
            number: number("number"),
            branch: number("branchCode"),
            ..Self::default()
        };
        person.set_address(subject.first(&["addr"]));
        person.set_name(subject.first(&["name"]));
        person.set_birth_and_sex(
            subject.first(&["birthTime"]),
            subject.first(&["administrativeGender"]),
        );
        Some(person)
    }

    fn set_name(&mut self, name: Option<Element<'t>>) {
        if let Some(name) = name {
            name.text(&mut self.name);
        }
    }

    fn set_address(&mut self, address: Option<Element<'t>>) {
        let Some(address) = address else { return };
        address.text(&mut self.address);
        if let Some(postal) = address.first(&["postalCode"]) {
            postal.text(&mut self.postal);
            self.postal.retain(|one| one.is_ascii_digit());
        }
    }

    fn set_birth_and_sex(&mut self, birth: Option<Element<'t>>, sex: Option<Element<'t>>) {
        self.birth = birth.and_then(|one| Day::from_digits(one.attribute("value").as_bytes()));
        self.sex = match sex.map_or("", |one| one.attribute("code")) {
            "1" => Sex::Male,
            "2" => Sex::Female,
            _ => Sex::Unknown,
        };
    }

    /// Whether it says enough to be somebody's: a number, a birth date and a sex.
    pub(super) fn is_somebody(&self) -> bool {
        !self.number.is_empty() && self.birth.is_some() && self.sex != Sex::Unknown
    }

    /// The person's number at this provider, into a cleared buffer: `記号-番号-枝番` in half width, as an insurer's
    /// register lists it. Without a branch number a family shares it, so that birth date and sex stand in its place.
    pub(super) fn patient_number(&self, into: &mut String) {
        let mut narrow = String::new();
        into.clear();
        into.push_str(crate::text::narrow(self.symbol, &mut narrow));
        into.push('-');
        into.push_str(crate::text::narrow(self.number, &mut narrow));
        into.push('-');
        match (self.branch, self.birth) {
            ("", Some(birth)) => {
                let (year, month, day) = birth.ymd();
                let sex = self.sex.code();
                into.push_str(&format!("{year:04}{month:02}{day:02}{sex}"));
            }
            (branch, _) => into.push_str(crate::text::narrow(branch, &mut narrow)),
        }
    }

    /// Every number of it that could hide another.
    pub(super) fn numbers(&self) -> [&'t str; 4] {
        [self.insurer, self.symbol, self.number, self.branch]
    }
}
