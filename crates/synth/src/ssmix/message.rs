//! Building HL7 v2.5 messages as text; the store encodes them.

use std::fmt::Write as _;

use sudare_model::time::Day;

use crate::period::digits;
use crate::site::Provider;
use crate::writing::Written;

/// When and where a message was made.
#[derive(Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) day: Day,
    /// Second of the day.
    pub(super) second: u32,
    pub(super) milli: u32,
    pub(super) inside: bool,
    /// Department code, `-` if none.
    pub(super) department: &'a str,
}

impl Head<'_> {
    /// `YYYYMMDDHHMMSS`.
    pub(super) fn stamp(&self) -> String {
        let (hour, minute) = (self.second / 3600, self.second / 60 % 60);
        format!("{}{hour:02}{minute:02}{:02}", digits(self.day), self.second % 60)
    }
}

/// A message: segments each ended by CR.
pub(super) struct Message {
    text: String,
    patient: String,
    address: String,
    kin: String,
    stamp: String,
    inside: bool,
    department: String,
    doctor: String,
    name: String,
    hospital: String,
}

impl Message {
    /// MSH, and what later segments need.
    pub(super) fn begin(
        provider: &Provider,
        written: &Written,
        head: &Head<'_>,
        kind: &str,
    ) -> Self {
        let stamp = head.stamp();
        let old = provider.habits.old_header;
        let time = if old { format!("{stamp}.{:04}", head.milli * 10) } else { stamp.clone() };
        let charset = if old { "~ISOIR87||ISO2022-1994" } else { "~ISO IR87||ISO 2022-1994" };
        let mut text = String::with_capacity(2_048);
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "MSH|^~\\&|HIS{}|SEND|GW|RCV|{time}||{kind}|{stamp}{:03}|P|2.5||||||{charset}\
             |SS-MIX2_1.20^SS-MIX2^1.2.392.200250.2.1.100.1.2.120^ISO\r",
            provider.no, head.milli
        );
        let hyphens = provider.habits.hyphens;
        Self {
            text,
            patient: identity(written, provider),
            address: contact(written, hyphens),
            kin: kin(written, hyphens),
            stamp,
            inside: head.inside,
            department: head.department.replace('-', "01"),
            doctor: format!(
                "D{:03}^医師^{}^^^^^^^L^^^^^I",
                provider.no * 10 + head.milli % 7,
                ["一郎", "花子", "次郎", "桃子", "三郎", "四郎", "梅子"]
                    .get((head.milli % 7) as usize)
                    .copied()
                    .unwrap_or("一郎")
            ),
            name: provider.name.clone(),
            hospital: format!(
                "^^^^429-0901^JPN^^{}|^^^^^^^^^^^{}",
                provider.address, provider.phone
            ),
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn line(&mut self, segment: &str) -> &mut Self {
        self.text.push_str(segment);
        self.text.push('\r');
        self
    }

    /// EVN.
    pub(super) fn event(&mut self) -> &mut Self {
        let segment = format!("EVN||{}|||||SEND001", self.stamp);
        self.line(&segment)
    }

    /// PID with address and telephone.
    pub(super) fn patient_full(&mut self) -> &mut Self {
        let segment = format!("{}|||{}", self.patient, self.address);
        self.line(&segment)
    }

    /// PID with names, birth and sex alone.
    pub(super) fn patient(&mut self) -> &mut Self {
        let segment = self.patient.clone();
        self.line(&segment)
    }

    /// NK1: the patient.
    pub(super) fn next_of_kin(&mut self) -> &mut Self {
        let segment = self.kin.clone();
        self.line(&segment)
    }

    fn place(&self) -> String {
        if self.inside { "32^302^1^^^N".to_owned() } else { format!("{}^^^^^C", self.department) }
    }

    /// PV1 with admission (44), and disposition (36) with discharge (45).
    pub(super) fn visit(&mut self, begin: Option<&str>, end: Option<(&str, &str)>) -> &mut Self {
        let class = if self.inside { "I" } else { "O" };
        let mut fields = vec![String::new(); 46];
        let (disposition, left) = end.unwrap_or_default();
        let values = [
            (1, "0001".to_owned()),
            (2, class.to_owned()),
            (3, self.place()),
            (7, self.doctor.clone()),
            (10, self.department.clone()),
            (36, disposition.to_owned()),
            (44, begin.unwrap_or_default().to_owned()),
            (45, left.to_owned()),
        ];
        for (at, value) in values {
            if let Some(slot) = fields.get_mut(at) {
                *slot = value;
            }
        }
        let body = fields.get(1..).unwrap_or_default().join("|");
        let segment = format!("PV1|{}", body.trim_end_matches('|'));
        self.line(&segment)
    }

    /// ORC of an order.
    pub(super) fn order(&mut self, order: &str, child: bool, department: &str) -> &mut Self {
        let group = if child { format!("{order}_01_001") } else { String::new() };
        let class = if self.inside { "I^入院患者オーダ" } else { "O^外来患者オーダ" };
        let segment = format!(
            "ORC|NW|{order}||{group}|||||{stamp}|058^入力者^花子^^^^^^^L^^^^^I||{doctor}|{place}||||\
             {department}^診療科^99XY1|PC32^^99XY2|||{name}|{hospital}||||||{class}^HL70482",
            stamp = self.stamp,
            doctor = self.doctor,
            place = self.place(),
            name = self.name,
            hospital = self.hospital,
        );
        self.line(&segment)
    }

    pub(super) fn doctor(&self) -> &str {
        &self.doctor
    }
}

/// PID-1 to PID-8.
fn identity(written: &Written, provider: &Provider) -> String {
    let id = if provider.habits.old_header {
        written.number.clone()
    } else {
        format!("{}^^^^PI", written.number)
    };
    // Some entries hold the whole name in the family component.
    let whole = written.number.ends_with("77");
    let (kanji, kana) = if whole {
        (
            format!("{}　{}^", written.family, written.given),
            format!("{}　{}^", written.family_kana, written.given_kana),
        )
    } else {
        (
            format!("{}^{}", written.family, written.given),
            format!("{}^{}", written.family_kana, written.given_kana),
        )
    };
    let sex = if written.male { "M" } else { "F" };
    let birth = digits(written.birth);
    format!("PID|0001||{id}||{kanji}^^^^^L^I~{kana}^^^^^L^P||{birth}|{sex}")
}

fn postal(written: &Written, hyphens: bool) -> String {
    match (hyphens, written.postal.split_at_checked(3)) {
        (true, Some((area, town))) => format!("{area}-{town}"),
        _ => written.postal.clone(),
    }
}

/// PID-11 to PID-13.
fn contact(written: &Written, hyphens: bool) -> String {
    let address = format!("^^^^{}^JPN^H^{}", postal(written, hyphens), written.address);
    if written.phone.is_empty() {
        address
    } else {
        format!("{address}||^PRN^PH^^^^^^^^^{}", written.phone)
    }
}

fn kin(written: &Written, hyphens: bool) -> String {
    format!(
        "NK1|1|{}^{}^^^^^L^I~{}^{}^^^^^L^P|SEL^本人^HL70063|^^^^{}^JPN^H^{}|^PRN^PH^^^^^^^^^{}",
        written.family,
        written.given,
        written.family_kana,
        written.given_kana,
        postal(written, hyphens),
        written.address,
        written.phone
    )
}
