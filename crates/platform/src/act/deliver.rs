//! `deliver`: hand a dataset over to a recipient who holds a grant for it. Every rule is asked again, and the supply is
//! in the ledger first.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use sudare_ledger::entry::{Done, Entry, Half};
use sudare_ledger::level::{Anonymised, Deliver, Pseudonymised};
use sudare_ledger::record::Record;
use sudare_ledger::{Dataset, Parameters};
use sudare_model::table::Table;
use sudare_model::time::Instant;
use sudare_model::{DataItem, DatasetId, Rule, Track};
use sudare_provision::{
    DeliverError, Deliverable, Delivery, Grant, Handover, KEY, PackageFile, Refused, Why, made_for,
};
use sudare_store::files;
use sudare_store::inbox::{Inbox, Limits};

use super::build::Folder;
use super::recipient::{self, Receivable, Records, released_dataset, user_id};
use super::register;
use crate::answer::DeliverAnswer;
use crate::error::{ActError, Doing as _};
use crate::inbox::below;
use crate::site::{self, Site};

/// Delivers a released dataset to a user.
///
/// # Errors
/// [`ActError::Usage`] if there is no such dataset or user, or another file has the package's place;
/// [`ActError::Refused`] with the rule that forbids it; [`ActError::Failed`] if the package cannot be written.
pub fn deliver(
    site: &mut Site,
    dataset: &str,
    user: &str,
    out: Option<&Path>,
) -> Result<DeliverAnswer, ActError> {
    let (id, track) = released_dataset(site, dataset)?;
    let user = user_id(user)?;
    super::stop::heed(site)?;
    let document = register::in_force(site)?;
    let records = Records::of(&document, &user)?;
    let folder = site.home.join("packages");
    site::folder(&folder)?;
    let out = out.map_or_else(|| folder.join(format!("{id}-{user}.age")), Path::to_path_buf);
    let handing = Handing { site, id: &id, records: &records, out: &out, now: site.clock.now() };
    match track {
        Track::Anonymised => handing.hand::<Anonymised>(),
        Track::Pseudonymised => handing.hand::<Pseudonymised>(),
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
    fn hand<L: Receivable>(&self) -> Result<DeliverAnswer, ActError> {
        let (site, id) = (self.site, self.id);
        let to = L::recipient(self.records, self.now)?;
        let grant = self.granted::<L>()?;
        let what = site.ledger.dataset::<L>(id).doing("opening the dataset")?;
        // Handed over before or not; the ledger asks this again when the supply begins and when it is recorded.
        recipient::not_stale(site, id)?;
        if let Some(before) = self.handed_before()? {
            return Ok(before);
        }
        self.place_is_free()?;
        let entry = grant.entry();
        let delivered = self.send(to, &what, grant)?;
        Ok(DeliverAnswer {
            dataset: id.to_string(),
            user: self.records.user.id.to_string(),
            unchanged: false,
            package: self.out.to_path_buf(),
            bytes: delivered.packed.bytes,
            sha256: delivered.packed.package.to_string(),
            grant: entry,
            entry: delivered.entry,
        })
    }

    /// Contract and review asked again, and the grant that the ledger holds.
    fn granted<L: Receivable>(&self) -> Result<Grant<L>, ActError> {
        let project = recipient::project_of(self.site, self.id)?;
        let approval = self.records.approve::<L>(&project, self.now)?;
        match approval.granted(&self.site.ledger.grants(), self.id) {
            Ok(grant) => Ok(grant),
            Err(no) => Err(self.ungranted(&no)?),
        }
    }

    /// What became of the grant, since when, and how to give one.
    fn ungranted(&self, no: &Refused) -> Result<ActError, ActError> {
        let since = match no.why {
            Why::GrantWithdrawn { by, .. } => {
                format!(" on {}", recipient::day_of(self.site, by)?)
            }
            _ => String::new(),
        };
        let what = format!(
            "{no}{since}; see `sudare grant list`, and give one with `sudare grant add --dataset {} --to {}`",
            self.id, self.records.user.id
        );
        Ok(ActError::refused(no.rule, what))
    }

    /// A file that is no package of this delivery is never written over. What a killed delivery left beside it goes.
    fn place_is_free(&self) -> Result<(), ActError> {
        for left in files::left_beside(self.out).doing("looking for what was left")? {
            files::remove_file(&left).doing("removing an unfinished package")?;
        }
        if self.out.exists() {
            let help = "is there already and is not this package; move it, or name another --out";
            return Err(ActError::usage(self.out.display().to_string(), help));
        }
        Ok(())
    }

    /// Writes the package under a name of its own, has the supply recorded, and gives it its name.
    fn send<L: Receivable>(
        &self,
        to: L::Recipient,
        what: &Dataset<L>,
        grant: Grant<L>,
    ) -> Result<Delivery, ActError> {
        let site = self.site;
        let path = Folder::of(site, self.id).path().to_path_buf();
        // What leaves is what was certified: every byte is checked before anything is recorded.
        super::verify::by_own_keys(&path, &site::verifiers(&site.keys)?)?;
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
        let (fresh, file) = files::create_beside(self.out).doing("making the package")?;
        let mut writer = BufWriter::with_capacity(1 << 20, file);
        let pen = site.ledger.scribe::<Deliver>();
        let sent =
            sudare_provision::deliver(to, what, grant, handover, &pen, &mut writer, self.now);
        let delivered = match sent {
            Ok(delivered) => delivered,
            Err(error) => {
                files::remove_file(&fresh).doing("removing a package that may not leave")?;
                return Err(self.not_delivered(error)?);
            }
        };
        writer.flush().doing("writing the package")?;
        let file = writer.into_inner().map_err(std::io::IntoInnerError::into_error);
        file.and_then(|file| file.sync_all()).doing("writing the package")?;
        files::rename_durably(&fresh, self.out).doing("naming the package")?;
        Ok(delivered)
    }

    /// Why a delivery that had begun was given up. What came in meanwhile is in the book by now.
    fn not_delivered(&self, error: DeliverError) -> Result<ActError, ActError> {
        let rule = error.rule();
        if rule == Some(Rule::WithdrawnSince) {
            recipient::not_stale(self.site, self.id)?;
        }
        Ok(match rule {
            Some(rule) => ActError::refused(rule, error.to_string()),
            None => ActError::Failed { doing: "delivering".to_owned(), source: error.into() },
        })
    }

    /// The answer of an earlier delivery of this dataset to this user, if its package still lies there or was only
    /// not named yet: a supply is recorded once. A package that lies there and was made for another key is none.
    fn handed_before(&self) -> Result<Option<DeliverAnswer>, ActError> {
        let doing = "looking for an earlier delivery";
        let (site, user) = (self.site, &self.records.user);
        let mut places = files::left_beside(self.out).doing(doing)?;
        places.push(self.out.to_path_buf());
        let there: Vec<_> = places
            .iter()
            .filter_map(|place| files::sha256_file(place).ok().map(|digest| (place, digest)))
            .collect();
        if there.is_empty() {
            return Ok(None);
        }
        let entry = |index| {
            let entry = site.ledger.entry(index).doing(doing)?;
            Entry::decode(&entry).doing(doing).map(|entry| entry.half)
        };
        for index in (0..site.ledger.size()).rev() {
            let Half::Done(Done { record: Record::Supply(supply), begun, .. }) = entry(index)?
            else {
                continue;
            };
            if supply.dataset != *self.id || supply.recipient != user.id {
                continue;
            }
            let mut found = there.iter().filter(|(_, (digest, _))| *digest == supply.package);
            let Some((place, (digest, bytes))) = found.next() else { continue };
            let for_this_key = match entry(begun)? {
                Half::Begun(begun) => self.is_for_this_key(&begun.parameters),
                _ => true,
            };
            if !for_this_key {
                if *place == self.out {
                    return Err(self.other_key(index));
                }
                // Nobody ever had it: it goes with what else was left unfinished.
                continue;
            }
            if *place != self.out {
                files::rename_durably(place, self.out).doing("naming the package")?;
            }
            return Ok(Some(DeliverAnswer {
                dataset: self.id.to_string(),
                user: user.id.to_string(),
                unchanged: true,
                package: self.out.to_path_buf(),
                bytes: *bytes,
                sha256: digest.to_string(),
                grant: supply.grant,
                entry: index,
            }));
        }
        Ok(None)
    }

    /// Whether a package was made for the key that the register in force has. Deliveries before keys were noted say
    /// nothing.
    fn is_for_this_key(&self, how: &Parameters) -> bool {
        let key = made_for(self.site.keys.supply_salt(), &self.records.user).to_string();
        how.value(KEY).is_none_or(|made_for| made_for == key)
    }

    /// The register's key of the user is another than the one the package that lies here was made for.
    fn other_key(&self, entry: u64) -> ActError {
        let help = format!(
            "is the package of ledger entry {entry}, made for an earlier key of `{}` than the register in force \
             has: whoever holds the key of today cannot open it. Move it away, or name another --out, and deliver \
             again; that is a supply of its own in the ledger",
            self.records.user.id
        );
        ActError::usage(self.out.display().to_string(), help)
    }
}

/// The files of a release, as the package takes them.
fn package_files(inbox: &Inbox) -> Vec<PackageFile<'_>> {
    inbox
        .entries()
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
