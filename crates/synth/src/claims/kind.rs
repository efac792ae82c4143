//! The four kinds of claim file: their names, and what stands before, between and behind the claims.
//!
//! Layouts: medical and DPC (IR) formats.md 1; dispensing (YK) formats.md 2; dental (UK at the head of the file, IR
//! before every claim) formats.md 3 and the column names of a published importer of dental files.

use super::record::Line;
use crate::period::Period;
use crate::places::CITIES;
use crate::site::Provider;

/// A kind of claim file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ClaimKind {
    /// 医科.
    Medical,
    /// DPC.
    Dpc,
    /// 歯科.
    Dental,
    /// 調剤.
    Dispensing,
}

impl ClaimKind {
    /// The letter of the file name and the number of the fee schedule (点数表).
    const fn marks(self) -> (char, &'static str) {
        match self {
            Self::Medical => ('C', "1"),
            Self::Dpc => ('D', "1"),
            Self::Dental => ('S', "3"),
            Self::Dispensing => ('Y', "4"),
        }
    }

    /// The name of the file of a month.
    pub(crate) fn file_name(self, period: &Period, month: usize) -> String {
        let (year, month) = period.month(month);
        format!("RECEIPT{}-{year:04}{month:02}.UKE", self.marks().0)
    }

    /// The name of the file in which a payer returns claims of this kind to their insurer.
    pub(super) const fn returned(self) -> &'static str {
        match self {
            Self::Medical => "11_RECODEINFO_MED.CSV",
            Self::Dpc => "12_RECODEINFO_DPC.CSV",
            Self::Dental => "13_RECODEINFO_DEN.CSV",
            Self::Dispensing => "14_RECODEINFO_PHA.CSV",
        }
    }

    /// The record that says who claims: IR or YK.
    pub(super) fn sender(self, provider: &Provider, period: &Period, month: usize) -> Vec<u8> {
        match self {
            Self::Dental => self.before_each(provider, period, month),
            _ => self.opening(provider, period, month),
        }
    }

    /// The path of the file of a month below the region's folder.
    pub(super) fn path(self, provider: &Provider, period: &Period, month: usize) -> String {
        format!("deliveries/{}/uke/{}", provider.id, self.file_name(period, month))
    }

    /// The first record: IR, YK or UK.
    pub(crate) fn opening(self, provider: &Provider, period: &Period, month: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let (year, next) = period.month(month + 1);
        let asked = format!("{year:04}{next:02}");
        let (name, columns) = match self {
            Self::Medical | Self::Dpc => ("IR", 10),
            Self::Dental => ("UK", 10),
            Self::Dispensing => ("YK", 9),
        };
        let mut line = Line::new(&mut out, name, columns);
        line.text("1").text(prefecture()).text(self.marks().1).text(&provider.code);
        match self {
            Self::Medical | Self::Dpc => {
                line.text("").text(&provider.name).text(&asked).text("00").text(&provider.phone);
            }
            Self::Dental => {
                line.text("").text(&provider.name).text(&asked).text("0117").text("00");
            }
            Self::Dispensing => {
                line.text(&provider.name).text(&asked).text("00").text(&provider.phone);
            }
        }
        line.end();
        out
    }

    /// What stands before every claim: in dental files who sends it.
    pub(crate) fn before_each(self, provider: &Provider, period: &Period, month: usize) -> Vec<u8> {
        let mut out = Vec::new();
        if self == Self::Dental {
            let (year, next) = period.month(month + 1);
            let mut line = Line::new(&mut out, "IR", 9);
            line.text("1").text(prefecture()).text("3").text(&provider.code).text("");
            line.text(&format!("{year:04}{next:02}")).text(&provider.phone).text("0117").end();
        }
        out
    }

    /// GO, and 0x1A where the provider ends its files with it.
    pub(crate) fn closing(self, provider: &Provider, payers: u64, points: u64) -> Vec<u8> {
        let mut out = Vec::new();
        let mut line = Line::new(&mut out, "GO", 4);
        line.text(&payers.to_string()).text(&points.to_string()).text("99").end();
        if provider.habits.end_mark {
            out.push(0x1A);
        }
        out
    }
}

/// The prefecture of the providers.
pub(super) fn prefecture() -> &'static str {
    CITIES.first().map_or("22", |city| city.code)
}
