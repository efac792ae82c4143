//! Files that grow while the region is written: the truth, the lists of the register, the claims, the zips of checkups.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use crate::SynthError;
use crate::checkup::Parcel;
use crate::chunk::{Chunk, Receipt, Tally};
use crate::claims::ClaimKind;
use crate::period::Period;
use crate::register::notice_ids;
use crate::site::{ProviderKind, Sites};
use crate::zip::Zip;

/// What stands in one claim file so far.
#[derive(Default, Clone, Copy)]
struct Total {
    receipts: u64,
    payers: u64,
    points: u64,
}

/// All growing files. The number open does not depend on the number of people or providers.
pub(crate) struct Streams<'a> {
    out: &'a Path,
    sites: &'a Sites,
    period: &'a Period,
    people: BufWriter<File>,
    facts: BufWriter<File>,
    messy: BufWriter<File>,
    canary: Option<BufWriter<File>>,
    notices: Vec<String>,
    claims: BTreeMap<(usize, usize, ClaimKind), Total>,
    /// Open zips, one a fiscal year.
    zips: BTreeMap<Parcel, Zip<BufWriter<File>>>,
    /// Files of lines that were begun; some per month or year.
    begun: BTreeSet<(usize, String)>,
    pub(crate) tally: Tally,
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> SynthError + '_ {
    |source| SynthError::Write { path: path.to_owned(), source }
}

/// A new file with its first bytes.
pub(crate) fn begin(path: &Path, first: &[u8]) -> Result<BufWriter<File>, SynthError> {
    let file = File::create(path).map_err(failed(path))?;
    let mut writer = BufWriter::with_capacity(1 << 16, file);
    writer.write_all(first).map_err(failed(path))?;
    Ok(writer)
}

fn append(path: &Path, bytes: &[u8]) -> Result<(), SynthError> {
    let mut file = OpenOptions::new().create(true).append(true).open(path).map_err(failed(path))?;
    file.write_all(bytes).map_err(failed(path))
}

/// Makes a folder and those above it.
pub(crate) fn folder(path: &Path) -> Result<(), SynthError> {
    std::fs::create_dir_all(path).map_err(failed(path))
}

const PEOPLE: &[u8] = b"person,provider,patient_number,name_kanji,name_kana,birth_date,sex,postal_code,address,phone,insurer_number,symbol,number,branch\n";
const FACTS: &[u8] =
    b"person,provider,patient_number,kind,date,code_system,code,value,unit,source_file\n";
const MESSY: &[u8] = b"person,provider,patient_number,what,source_file\n";

impl<'a> Streams<'a> {
    /// Makes all folders and lists.
    pub(crate) fn begin(
        out: &'a Path,
        sites: &'a Sites,
        period: &'a Period,
        canary: bool,
    ) -> Result<Self, SynthError> {
        let truth = out.join("truth");
        folder(&truth)?;
        folder(&out.join("register"))?;
        let notices = notice_ids(sites);
        for id in &notices {
            let path = out.join(format!("register/given-{id}.csv"));
            begin(&path, b"patient,date,method,recipient\n")?.flush().map_err(failed(&path))?;
        }
        for provider in &sites.all {
            let delivery = out.join("deliveries").join(&provider.id);
            folder(&match (provider.claims(), provider.fhir) {
                (true, _) => delivery.join("uke"),
                (_, true) => delivery.join("fhir"),
                _ => delivery.clone(),
            })?;
            if provider.dpc {
                folder(&delivery.join("dpc"))?;
            }
            let path = out.join(format!("register/stops-{}.csv", provider.id));
            let head = b"patient,tracks,received,requester\n";
            begin(&path, head)?.flush().map_err(failed(&path))?;
        }
        let marks = truth.join("canary.csv");
        Ok(Self {
            out,
            sites,
            period,
            people: begin(&truth.join("people.csv"), PEOPLE)?,
            facts: begin(&truth.join("facts.csv"), FACTS)?,
            messy: begin(&truth.join("messy.csv"), MESSY)?,
            canary: canary.then(|| begin(&marks, b"person,field,form,string\n")).transpose()?,
            notices,
            claims: BTreeMap::new(),
            zips: BTreeMap::new(),
            begun: BTreeSet::new(),
            tally: Tally::new(),
        })
    }

    /// Adds chunks in order.
    pub(crate) fn add(&mut self, chunks: &[Chunk]) -> Result<(), SynthError> {
        let truth = self.out.join("truth");
        for chunk in chunks {
            self.people.write_all(&chunk.people).map_err(failed(&truth))?;
            self.facts.write_all(&chunk.facts).map_err(failed(&truth))?;
            self.messy.write_all(&chunk.messy).map_err(failed(&truth))?;
            if let Some(canary) = &mut self.canary {
                canary.write_all(&chunk.canary).map_err(failed(&truth))?;
            }
            for (key, count) in &chunk.tally {
                *self.tally.entry(*key).or_default() += count;
            }
        }
        self.add_lists(chunks)?;
        self.add_checkups(chunks)?;
        self.add_lines(chunks)?;
        self.add_claims(chunks)
    }

    /// Adds lines to charts, tables, survey files and the insurer's claims.
    fn add_lines(&mut self, chunks: &[Chunk]) -> Result<(), SynthError> {
        for chunk in chunks {
            for (key, lines) in &chunk.lines {
                let Some(provider) = self.sites.all.get(key.0) else { continue };
                let path = self.out.join("deliveries").join(&provider.id).join(&key.1);
                if !self.begun.contains(key) {
                    if let Some(above) = path.parent() {
                        folder(above)?;
                    }
                    append(&path, chunk.heads.get(key).map_or(&[][..], Vec::as_slice))?;
                    self.begun.insert(key.clone());
                }
                append(&path, lines)?;
            }
        }
        Ok(())
    }

    fn parcel_path(&self, parcel: Parcel) -> PathBuf {
        let insurer = self.sites.first(ProviderKind::Insurer).and_then(|at| self.sites.all.get(at));
        let id = insurer.map_or("", |one| one.id.as_str());
        self.out.join("deliveries").join(id).join(format!("{}.zip", parcel.name()))
    }

    /// Adds documents to their zips; persons ascend, so that the zip of an earlier block is whole.
    fn add_checkups(&mut self, chunks: &[Chunk]) -> Result<(), SynthError> {
        for (parcel, member) in chunks.iter().flat_map(|chunk| &chunk.members) {
            let path = self.parcel_path(*parcel);
            if !self.zips.contains_key(parcel) {
                let whole: Vec<Parcel> =
                    self.zips.keys().copied().filter(|one| parcel.is_after(*one)).collect();
                whole.into_iter().try_for_each(|one| self.close(one))?;
                self.zips.insert(*parcel, Zip::new(begin(&path, b"")?));
            }
            if let Some(zip) = self.zips.get_mut(parcel) {
                zip.add(member).map_err(failed(&path))?;
            }
        }
        Ok(())
    }

    /// Adds index and summary to a zip and ends it.
    fn close(&mut self, parcel: Parcel) -> Result<(), SynthError> {
        let path = self.parcel_path(parcel);
        let Some(mut zip) = self.zips.remove(&parcel) else { return Ok(()) };
        let covers = parcel.covers(u64::from(zip.count()));
        covers.iter().try_for_each(|one| zip.add(one)).map_err(failed(&path))?;
        zip.end().map_err(failed(&path))
    }

    fn add_lists(&self, chunks: &[Chunk]) -> Result<(), SynthError> {
        let mut lists: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
        for chunk in chunks {
            for (at, rows) in &chunk.given {
                if let Some(id) = self.notices.get(*at) {
                    let path = self.out.join(format!("register/given-{id}.csv"));
                    lists.entry(path).or_default().extend_from_slice(rows);
                }
            }
            for (at, rows) in &chunk.stops {
                if let Some(provider) = self.sites.all.get(*at) {
                    let path = self.out.join(format!("register/stops-{}.csv", provider.id));
                    lists.entry(path).or_default().extend_from_slice(rows);
                }
            }
        }
        lists.iter().try_for_each(|(path, rows)| append(path, rows))
    }

    fn add_claims(&mut self, chunks: &[Chunk]) -> Result<(), SynthError> {
        let mut files: BTreeMap<_, Vec<(&[u8], &Receipt)>> = BTreeMap::new();
        for chunk in chunks {
            for receipt in &chunk.receipts {
                let bytes = chunk.claims.get(receipt.range.clone()).unwrap_or_default();
                let key = (receipt.provider, receipt.month, receipt.kind);
                files.entry(key).or_default().push((bytes, receipt));
            }
        }
        let mut buffer = Vec::new();
        for (key, receipts) in files {
            buffer.clear();
            let fresh = !self.claims.contains_key(&key);
            let total = self.claims.entry(key).or_default();
            let Some(provider) = self.sites.all.get(key.0) else { continue };
            if fresh {
                buffer.extend(key.2.opening(provider, self.period, key.1));
            }
            let before = key.2.before_each(provider, self.period, key.1);
            for (bytes, receipt) in receipts {
                buffer.extend_from_slice(&before);
                total.receipts += 1;
                total.payers += receipt.payers;
                total.points += receipt.points;
                buffer.extend_from_slice(b"RE,");
                buffer.extend_from_slice(total.receipts.to_string().as_bytes());
                buffer.extend_from_slice(bytes);
            }
            append(&self.claim_path(key), &buffer)?;
        }
        Ok(())
    }

    fn claim_path(&self, (provider, month, kind): (usize, usize, ClaimKind)) -> PathBuf {
        let id = self.sites.all.get(provider).map_or("", |one| one.id.as_str());
        self.out.join("deliveries").join(id).join("uke").join(kind.file_name(self.period, month))
    }

    /// Ends the claim files with their totals and closes all; returns the counts.
    pub(crate) fn end(mut self) -> Result<Tally, SynthError> {
        let open: Vec<Parcel> = self.zips.keys().copied().collect();
        open.into_iter().try_for_each(|one| self.close(one))?;
        for (key, total) in &self.claims {
            if let Some(provider) = self.sites.all.get(key.0) {
                let bytes = key.2.closing(provider, total.payers, total.points);
                append(&self.claim_path(*key), &bytes)?;
            }
        }
        let truth = self.out.join("truth");
        let writers = [Some(&mut self.people), Some(&mut self.facts), Some(&mut self.messy)];
        for writer in writers.into_iter().chain([self.canary.as_mut()]).flatten() {
            writer.flush().map_err(failed(&truth))?;
        }
        Ok(self.tally)
    }
}
