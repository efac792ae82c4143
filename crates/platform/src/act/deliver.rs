//! `deliver`: hand a dataset over to a recipient who may have it. The grant and the supply are in the ledger first.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use sudare_consent::document::{Document, Outcome, UserType};
use sudare_ledger::entry::{Done, Entry, Half};
use sudare_ledger::level::{Anonymised, Deliver, Grant, Pseudonymised};
use sudare_ledger::record::Record;
use sudare_ledger::{Dataset, Parameters, commitment};
use sudare_model::table::Table;
use sudare_model::time::Instant;
use sudare_model::{DataItem, DatasetId, ProjectId, Rule, Track, UserId};
use sudare_provision::{
    CertificateRecord, ContractRecord, DecisionRecord, DeliverError, Deliverable, Handover,
    PackageFile, Refused, UserRecord, certify, contracted, grant,
};
use sudare_store::files;
use sudare_store::inbox::{Inbox, Limits};

use super::build::{Folder, released};
use super::register;
use crate::answer::DeliverAnswer;
use crate::error::{ActError, Doing as _};
use crate::inbox::below;
use crate::site::{self, Site};

/// Delivers a released dataset to a user.
///
/// # Errors
/// [`ActError::Usage`] if there is no such dataset or user; [`ActError::Refused`] with the rule that forbids it;
/// [`ActError::Failed`] if the package cannot be written.
pub fn deliver(
    site: &mut Site,
    dataset: &str,
    user: &str,
    out: Option<&Path>,
) -> Result<DeliverAnswer, ActError> {
    let id = DatasetId::parse(dataset)
        .map_err(|error| ActError::usage("--dataset", error.to_string()))?;
    let track = released(site, &id)
        .ok_or_else(|| ActError::usage("--dataset", "there is no such released dataset"))?;
    let user = UserId::parse(user).map_err(|error| ActError::usage("--to", error.to_string()))?;
    super::stop::heed(site)?;
    let document = register::in_force(site)?;
    let records = Records::of(&document, &user)?;
    let folder = site.home.join("packages");
    site::folder(&folder)?;
    let out = out.map_or_else(|| folder.join(format!("{id}-{user}.age")), Path::to_path_buf);
    let handing = Handing { site, id: &id, records: &records, out: &out, now: site.clock.now() };
    match track {
        Track::Anonymised => {
            let to = contracted(&records.user, &records.contracts, handing.now);
            let what = site.ledger.dataset::<Anonymised>(&id).doing("opening the dataset")?;
            handing.hand(to.map_err(refused)?, &what)
        }
        Track::Pseudonymised => {
            if records.visits {
                let what = "a Type II user works where the data stay; nothing is sent (R-TYPE-01)";
                return Err(ActError::refused(Rule::RecipientNotCertified, what));
            }
            let to = certify(&records.user, records.certificate.as_ref(), handing.now);
            let what = site.ledger.dataset::<Pseudonymised>(&id).doing("opening the dataset")?;
            handing.hand(to.map_err(refused)?, &what)
        }
    }
}

fn refused(Refused { rule, user }: Refused) -> ActError {
    ActError::refused(rule, format!("user `{user}` may not have it"))
}

/// What the register says of a user.
struct Records {
    user: UserRecord,
    certificate: Option<CertificateRecord>,
    /// Whether the certificate is of Type II: analysis in the producer's environment.
    visits: bool,
    contracts: Vec<ContractRecord>,
    decisions: Vec<DecisionRecord>,
}

impl Records {
    fn of(document: &Document, id: &UserId) -> Result<Self, ActError> {
        let user = document
            .user(id)
            .ok_or_else(|| ActError::usage("--to", "the register in force has no such user"))?;
        let contracts = document.contracts().iter().map(|one| ContractRecord {
            user: one.user.clone(),
            project: one.project.clone(),
            track: one.track,
            from: one.from,
            until: one.until,
        });
        let decisions = document.decisions().iter().map(|one| DecisionRecord {
            user: one.user.clone(),
            project: one.project.clone(),
            track: one.track,
            date: one.date,
            approved: one.outcome == Outcome::Approved,
        });
        Ok(Self {
            user: UserRecord {
                id: id.clone(),
                name: user.party.name.clone(),
                address: user.party.address.clone(),
                recipient: user.recipient.clone(),
            },
            certificate: user.certificate.as_ref().map(|one| CertificateRecord {
                user: id.clone(),
                from: one.from,
                until: one.until,
                revoked: None,
            }),
            visits: user.certificate.as_ref().is_some_and(|one| one.kind == UserType::Two),
            contracts: contracts.collect(),
            decisions: decisions.collect(),
        })
    }
}

/// One handing over.
struct Handing<'a> {
    site: &'a Site,
    id: &'a DatasetId,
    records: &'a Records,
    out: &'a Path,
    now: Instant,
}

impl Handing<'_> {
    fn hand<L: Deliverable>(
        &self,
        to: L::Recipient,
        what: &Dataset<L>,
    ) -> Result<DeliverAnswer, ActError> {
        let (site, records) = (self.site, self.records);
        let path = Folder::of(site, self.id).path().to_path_buf();
        // What a withdrawal has touched since is refused below, handed over before or not.
        let stale = site.ledger.book().stale_since(self.id).is_some();
        if let Some(before) = if stale { None } else { self.handed_before()? } {
            return Ok(before);
        }
        // What leaves is what was certified: every byte is checked before anything is recorded.
        super::verify::by_own_keys(&path, &site::verifiers(&site.keys)?)?;
        let project = self.project()?;
        let granted = grant::<L>(
            &records.user.id,
            &project,
            &records.contracts,
            &records.decisions,
            self.now,
        )
        .map_err(refused)?;
        let entry = self.record_grant(&granted)?;
        let granted = granted.recorded(entry);
        let inbox = Inbox::walk(std::slice::from_ref(&path), &Limits::DEFAULT)
            .doing("listing the release")?;
        let salt = site.keys.supply_salt();
        // What was asked while the package was made is a withdrawal before the supply is recorded, which is refused.
        let last_look = || super::stop::heed(site).map_err(std::io::Error::other);
        let handover = Handover {
            files: package_files(&inbox),
            items: items(what),
            salt,
            last_look: &last_look,
        };
        let fresh = self.out.with_extension("part");
        files::remove_file(&fresh).doing("removing an earlier package")?;
        let file = files::create_private(&fresh).doing("making the package")?;
        let mut writer = BufWriter::with_capacity(1 << 20, file);
        let pen = site.ledger.scribe::<Deliver>();
        let delivered =
            sudare_provision::deliver(to, what, granted, handover, &pen, &mut writer, self.now);
        if delivered.is_err() {
            files::remove_file(&fresh).doing("removing a package that may not leave")?;
        }
        let delivered = delivered.map_err(|error| not_delivered(error, self.id))?;
        writer.flush().doing("writing the package")?;
        let file = writer.into_inner().map_err(std::io::IntoInnerError::into_error);
        file.and_then(|file| file.sync_all()).doing("writing the package")?;
        files::rename_durably(&fresh, self.out).doing("naming the package")?;
        Ok(DeliverAnswer {
            dataset: self.id.to_string(),
            user: records.user.id.to_string(),
            unchanged: false,
            package: self.out.to_path_buf(),
            bytes: delivered.packed.bytes,
            sha256: delivered.packed.package.to_string(),
            entry: delivered.entry,
        })
    }

    /// The project the dataset was made for, as its certificate says, which was verified just before.
    fn project(&self) -> Result<ProjectId, ActError> {
        let statement = Folder::of(self.site, self.id).statement()?;
        ProjectId::parse(&statement.predicate.project).doing("reading the certificate")
    }

    /// The answer of an earlier delivery of this dataset to this user, if its package still lies there or was only
    /// not named yet: a supply is recorded once.
    fn handed_before(&self) -> Result<Option<DeliverAnswer>, ActError> {
        let doing = "looking for an earlier delivery";
        let ledger = &self.site.ledger;
        for index in (0..ledger.size()).rev() {
            let entry = Entry::decode(&ledger.entry(index).doing(doing)?).doing(doing)?;
            let Half::Done(Done { record: Record::Supply(supply), .. }) = entry.half else {
                continue;
            };
            if supply.dataset != *self.id || supply.recipient != self.records.user.id {
                continue;
            }
            for place in [self.out.to_path_buf(), self.out.with_extension("part")] {
                let Ok((digest, bytes)) = files::sha256_file(&place) else { continue };
                if digest != supply.package {
                    continue;
                }
                if place != self.out {
                    files::rename_durably(&place, self.out).doing("naming the package")?;
                }
                return Ok(Some(DeliverAnswer {
                    dataset: self.id.to_string(),
                    user: self.records.user.id.to_string(),
                    unchanged: true,
                    package: self.out.to_path_buf(),
                    bytes,
                    sha256: digest.to_string(),
                    entry: index,
                }));
            }
        }
        Ok(None)
    }

    fn record_grant<L: Deliverable>(
        &self,
        granted: &sudare_provision::Grant<L>,
    ) -> Result<u64, ActError> {
        let scribe = self.site.ledger.scribe::<Grant>();
        let open = scribe.begin_act(Parameters::new(), self.now).doing("beginning a grant")?;
        let said = format!("{:?}{:?}", self.records.contracts, self.records.decisions);
        let decision = self.site.commitment(commitment(&[0], said.as_bytes()).as_bytes());
        let permission = granted.permission(Some(self.id.clone()), decision);
        scribe.complete(open, permission, self.now).doing("recording a grant")
    }
}

fn not_delivered(error: DeliverError, dataset: &DatasetId) -> ActError {
    match error.rule() {
        Some(Rule::WithdrawnSince) => ActError::refused(
            Rule::WithdrawnSince,
            format!("build `{dataset}` anew under a new id"),
        ),
        Some(rule) => ActError::refused(rule, error.to_string()),
        None => ActError::Failed { doing: "delivering".to_owned(), source: error.into() },
    }
}

/// The files of a release, as the package takes them.
fn package_files(inbox: &Inbox) -> Vec<PackageFile<'_>> {
    let numbered = (0u32..).zip(inbox.entries());
    numbered
        .map(|(file_no, entry)| PackageFile {
            path: below(entry.name()),
            size: entry.length(),
            open: Box::new(move || {
                let steady = inbox.open(file_no).map_err(std::io::Error::other)?;
                Ok(Box::new(steady))
            }),
        })
        .collect()
}

/// The items of the tables that have rows (R-LEDGER-01).
fn items<L: Deliverable>(what: &Dataset<L>) -> Vec<DataItem> {
    let rows = &what.contents().rows;
    let held = rows.iter().filter(|(_, rows)| **rows > 0);
    let mut items: Vec<DataItem> =
        held.filter_map(|(name, _)| Some(Table::named(name)?.item)).collect();
    items.sort_unstable();
    items.dedup();
    items
}
