//! The insurer's copy of its members' claims, as its payer returns them (RECODEINFO, formats.md 4).
//!
//! Before each record stand kind, line and branch of the line; before each claim `MN`, by whose 検索番号 the payer
//! knows it, and the record that says who claims. The payer has checked whose card it was: a branch that the provider
//! left out stands in `SN`.

use sudare_model::time::Day;

use super::payer::Public;
use super::record::Line;
use super::{ClaimKind, Claiming, push};
use crate::checkup::{also_known, insured_number, is_member};
use crate::chunk::{Chunk, Source};
use crate::dice::one_in;
use crate::site::{Provider, ProviderKind};
use crate::writing::Written;

/// In a region of more people than this the copies of some members' claims alone are written; a bound on the volume.
const PERSONS: u64 = 20_000;

/// A copy in the making.
pub(super) struct Copied<'a> {
    claiming: &'a Claiming<'a>,
    insurer: &'a Provider,
    at: usize,
    kind: ClaimKind,
    /// Position of the month of the provider's file.
    month: usize,
    number: String,
    branch: String,
    /// Below the insurer's folder, and from the region's.
    path: String,
    file: String,
}

impl<'a> Copied<'a> {
    /// The copy of a claim; `None` where the insurer is another.
    pub(super) fn of(
        claiming: &'a Claiming<'a>,
        written: &Written,
        public: &Public,
        (kind, month): (ClaimKind, usize),
    ) -> Option<Self> {
        let some = claiming.person.no.is_multiple_of(one_in(claiming.persons, PERSONS));
        let member = is_member(written.scheme) && some || claiming.canary.is_some();
        let at =
            claiming.sites.first(ProviderKind::Insurer).filter(|_| member && public.insured)?;
        let insurer = claiming.sites.all.get(at)?;
        let mut known = written.clone();
        let number = insured_number(&mut known);
        let (year, of_year) = claiming.period.month(month + 1);
        let path = format!("rece/{year:04}{of_year:02}/{}", kind.returned());
        let file = format!("deliveries/{}/{path}", insurer.id);
        Some(Self { claiming, insurer, at, kind, month, number, branch: known.branch, path, file })
    }

    /// Where the facts of the claim stand too.
    pub(super) fn source(&self) -> Source<'_> {
        Source {
            person: self.claiming.person.no,
            provider: self.at,
            provider_id: &self.insurer.id,
            number: &self.number,
            file: &self.file,
            also: None,
        }
    }

    /// Adds the copy of a claim whose bytes behind `RE,<number>` stand in a range of the chunk's.
    pub(super) fn put(
        &self,
        chunk: &mut Chunk,
        provider: &Provider,
        range: std::ops::Range<usize>,
        (first, last): (Day, Day),
    ) {
        let claim = chunk.claims.get(range).unwrap_or_default();
        let (mut out, mut count) = (Vec::with_capacity(claim.len() * 5 / 4), 0);
        let mut add = |record: &[u8]| {
            count += 1;
            out.extend_from_slice(format!("1,{count},0,").as_bytes());
            out.extend_from_slice(record.trim_ascii_end());
            out.extend_from_slice(b"\r\n");
        };
        add(&self.management(provider, first));
        add(&self.kind.sender(provider, self.claiming.period, self.month));
        let mut named = false;
        for (at, record) in claim.split_inclusive(|byte| *byte == b'\n').enumerate() {
            if at == 0 {
                add(&[b"RE,1", record].concat());
                continue;
            }
            named |= record.starts_with(b"SN");
            if !named && !record.starts_with(b"HO") && !record.starts_with(b"KO") {
                let mut card = Vec::new();
                let mut line = Line::new(&mut card, "SN", 9);
                line.text("1").text("01").skip_to(6).text(&self.branch).end();
                add(&card);
                named = true;
            }
            add(record);
        }
        let key = (self.at, self.path.clone());
        chunk.lines.entry(key).or_default().extend_from_slice(&out);
        also_known(&mut chunk.insured, (&self.number, first, last));
    }

    /// MN: 管理番号, address of the institution, 検索番号.
    fn management(&self, provider: &Provider, day: Day) -> Vec<u8> {
        let person = self.claiming.person.no;
        let (year, month, of_month) = day.ymd();
        let mut out = b"MN,".to_vec();
        let kept = person * 31 + u64::from(provider.no) % 31;
        push(&mut out, &format!("{kept},{},", provider.address));
        // 22 digits; no two claims of an insurer have the same.
        let search = format!("{year:04}{month:02}{of_month:02}{:04}{person:010}", provider.no);
        push(&mut out, &format!("{search},,,"));
        out
    }
}
