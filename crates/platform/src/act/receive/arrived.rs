//! The files at hand beside those received before: which are read, and what they take the place of.
//!
//! A file is *new* if nothing with its path and content is received and still counts; a new file takes the place of
//! the versions of it received before. A file received before is *screened again* if what was refused of it may be
//! taken now ([`super::screening`]); then it takes its own place. All others are left alone.
//!
//! The delivery is named by what is read and what gives way, so the same files over the same past are the same
//! delivery, a killed one is found again, and a file read again is another.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::Read;

use rayon::prelude::*;
use sudare_intake::plan::HEAD_BYTES;
use sudare_intake::{Files, Version};
use sudare_model::{DeliveryId, Digest, ProviderId};
use sudare_store::control::ReceivedFile;
use sudare_store::files::Sha256;
use sudare_store::keys::Purpose;

use super::history::{Before, History, Place};
use super::screening::Screening;
use crate::error::{ActError, Doing as _};
use crate::gate::SiteGate;
use crate::inbox::{Chosen, Opened};
use crate::progress::{Progress, Unit};
use crate::replaced::Gone;
use crate::site::Site;

/// The files given, sorted out.
pub(super) struct Arrived {
    /// Those that are read.
    pub(super) files: Chosen,
    /// How many were given, those left alone and those refused among them.
    pub(super) given: u64,
    /// Named by what is read; absent if nothing is.
    pub(super) delivery: Option<DeliveryId>,
    /// What is noted of each of them, by number.
    notes: Vec<Note>,
    /// How many of them are screened again.
    pub(super) screened_again: u64,
    /// What came before of the files given, read again or left alone: where each is, by its number among those given.
    known: Vec<Option<Before>>,
    /// Deliveries of the provider before, in the order of the ledger; [`Self::known`] counts in them.
    pub(super) earlier: Vec<DeliveryId>,
}

/// A file that is read.
struct Note {
    given: Given,
    /// Earlier files that give way to it.
    replaces: Vec<(DeliveryId, u32)>,
    /// Whether a later version of it was received before.
    late: bool,
    /// Whether it came before and is screened again.
    again: bool,
}

/// What a file at hand is.
#[derive(Debug, Clone, Copy)]
struct Given {
    token: Digest,
    slot: Digest,
    version: i64,
    /// Whether what it states of the person goes with it.
    personal: bool,
    /// Whether it could be read to its end.
    whole: bool,
}

impl Arrived {
    /// Sorts out what was opened, and tells the gate who is disputed.
    pub(super) fn sort_out(
        site: &Site,
        provider: &ProviderId,
        opened: Opened,
        gate: &mut SiteGate,
        progress: &dyn Progress,
    ) -> Result<Self, ActError> {
        let look = Look::at(site, provider, &*opened.files, progress)?;
        let files = 0..look.given.len();
        let new = files.clone().filter_map(|at| look.news(at));
        let giving_way = new.flat_map(|given| look.older(&given)).collect();
        let screening = Screening::decide(site, gate, &look.history, &look.here, &giving_way)?;
        gate.disputed = screening.disputed;
        let notes: Vec<Option<Note>> = files.map(|at| look.note(at, &screening.again)).collect();
        let noted = |(at, note): (u32, &Option<Note>)| note.as_ref().map(|_| at);
        let numbers = (0u32..).zip(&notes).filter_map(noted).collect();
        let (given, files) = (opened.given(), Chosen::new(opened, numbers));
        let notes: Vec<Note> = notes.into_iter().flatten().collect();
        let screened_again = notes.iter().filter(|note| note.again).count() as u64;
        let delivery = name_of(&notes)?;
        let Look { known, history, .. } = look;
        let earlier = history.deliveries.into_iter().map(|(name, _)| name).collect();
        Ok(Self { files, given, delivery, notes, screened_again, known, earlier })
    }

    /// How many of the files given came before, by the delivery that brought them last; in the ledger's order.
    pub(super) fn before(&self) -> Vec<(&DeliveryId, u64)> {
        let mut counted: BTreeMap<usize, u64> = BTreeMap::new();
        for before in self.known.iter().flatten() {
            *counted.entry(before.delivery).or_default() += 1;
        }
        let named = |(at, files): (usize, u64)| Some((self.earlier.get(at)?, files));
        counted.into_iter().filter_map(named).collect()
    }

    /// Which file has which number: of each file given the delivery that read it last, its number there and its path.
    pub(super) fn numbered(
        &self,
    ) -> impl Iterator<Item = (Option<&DeliveryId>, u32, Cow<'_, str>)> {
        let files = self.files.all().zip(&self.known).filter_map(|((here, path), known)| {
            if let Some(file_no) = here {
                return Some((self.delivery.as_ref(), file_no, path));
            }
            let before = (*known)?;
            Some((self.earlier.get(before.delivery), before.file_no?, path))
        });
        let refused = self.files.all_refused().filter(|(_, path)| !path.is_empty());
        files.chain(refused.map(|(file_no, path)| (self.delivery.as_ref(), file_no, path)))
    }

    /// The rows that note the delivery. A file that could be read when it was looked at and not when it was taken is
    /// not noted, so it is new when it comes again.
    pub(super) fn rows(&self, delivery: &DeliveryId, unread: &BTreeSet<u32>) -> Vec<ReceivedFile> {
        let taken = |file_no: u32, note: &Note| !(note.given.whole && unread.contains(&file_no));
        let row = |(file_no, note): (u32, &Note)| ReceivedFile {
            token: note.given.token,
            slot: note.given.slot,
            version: note.given.version,
            delivery: delivery.clone(),
            file_no: Some(file_no),
        };
        (0u32..).zip(&self.notes).filter(|(file_no, note)| taken(*file_no, note)).map(row).collect()
    }

    /// Which files give way to those that were taken, and how many were taken in the place of others. What could not
    /// be read at all takes nobody's place.
    pub(super) fn replaced(
        &self,
        delivery: &DeliveryId,
        rejected: &BTreeSet<u32>,
    ) -> (BTreeSet<Gone>, u64) {
        let (mut all, mut taking) = (BTreeSet::new(), 0);
        for (file_no, note) in (0u32..).zip(&self.notes) {
            if rejected.contains(&file_no) {
                continue;
            }
            taking += u64::from(!note.replaces.is_empty() && !note.again);
            // Read again, a file says again what it said.
            let personal = note.given.personal || note.again;
            let gone = |(delivery, file_no): &(DeliveryId, u32)| Gone {
                delivery: delivery.clone(),
                file_no: *file_no,
                personal,
            };
            all.extend(note.replaces.iter().map(gone));
            if note.late {
                all.insert(Gone { delivery: delivery.clone(), file_no, personal: true });
            }
        }
        (all, taking)
    }
}

/// The files at hand beside what came before, by their numbers.
struct Look {
    given: Vec<Given>,
    /// What each was before, where it is no news.
    known: Vec<Option<Before>>,
    /// Where those were whose rows still count.
    here: HashSet<Place>,
    history: History,
}

impl Look {
    fn at(
        site: &Site,
        provider: &ProviderId,
        files: &dyn Files,
        progress: &dyn Progress,
    ) -> Result<Self, ActError> {
        let given = look(site, provider, files, progress);
        let tokens = given.iter().map(|one| one.token).collect();
        let slots = given.iter().map(|one| one.slot).collect();
        let history = History::of(site, provider, &tokens, &slots)?;
        let known = |one: &Given| history.known(&one.token, &one.slot);
        let known: Vec<Option<Before>> = given.iter().map(known).collect();
        let places = known.iter().flatten().filter_map(Before::place);
        let here = places.filter(|place| history.replaced_by(*place).is_none()).collect();
        Ok(Self { given, known, here, history })
    }

    fn given(&self, at: usize) -> Option<Given> {
        self.given.get(at).copied()
    }

    fn known(&self, at: usize) -> Option<Before> {
        self.known.get(at).copied().flatten()
    }

    /// The file, if it is new.
    fn news(&self, at: usize) -> Option<Given> {
        self.given(at).filter(|_| self.known(at).is_none())
    }

    /// Earlier versions of a file. Of versions that are not numbered, what lies unchanged beside it is another file of
    /// the same name.
    fn older(&self, given: &Given) -> Vec<Place> {
        let older = |before: &Before, place: &Place| {
            before.version < given.version
                || before.version == given.version && !self.here.contains(place)
        };
        let versions = self.history.live(&given.slot);
        versions.filter(|(before, place)| older(before, place)).map(|(_, place)| place).collect()
    }

    /// What is noted of a file that is read: one that is new, or one that is screened again.
    fn note(&self, at: usize, screened: &HashSet<Place>) -> Option<Note> {
        let given = self.given(at)?;
        let again = match self.known(at) {
            None => None,
            Some(before) => Some(before.place().filter(|place| screened.contains(place))?),
        };
        let places: BTreeSet<Place> = self.older(&given).into_iter().chain(again).collect();
        let name = |place: Place| {
            let (name, _) = self.history.deliveries.get(place.delivery)?;
            Some((name.clone(), place.file_no))
        };
        let replaces = places.into_iter().filter_map(name).collect();
        let mut versions = self.history.live(&given.slot);
        let late = versions.any(|(before, _)| before.version > given.version);
        Some(Note { given, replaces, late, again: again.is_some() })
    }
}

/// The name of a delivery: a digest of what is read and of what gives way to it.
fn name_of(notes: &[Note]) -> Result<Option<DeliveryId>, ActError> {
    if notes.is_empty() {
        return Ok(None);
    }
    let mut whole = Sha256::new();
    for note in notes {
        whole.update(note.given.token.as_bytes());
    }
    let places: BTreeSet<_> = notes.iter().flat_map(|note| &note.replaces).collect();
    for (delivery, file_no) in places {
        whole.update(format!("\n{delivery} {file_no}").as_bytes());
    }
    let name: String = whole.finish().to_string().chars().take(24).collect();
    DeliveryId::parse(&name).map(Some).doing("naming the delivery")
}

/// Reads every file once.
fn look(
    site: &Site,
    provider: &ProviderId,
    files: &dyn Files,
    progress: &dyn Progress,
) -> Vec<Given> {
    let all = 0..files.count();
    progress.begin("comparing", Some(all.clone().map(|at| files.len(at)).sum()), Unit::Bytes);
    let given = all
        .into_par_iter()
        .map(|at| {
            let mut head = Vec::new();
            let content = files.open(at).ok().and_then(|mut file| digest_of(&mut file, &mut head));
            progress.advance(files.len(at));
            // Where the provider's folder lies is not part of what was sent.
            let path = files.path(at);
            let path = place_in(&path);
            let mut said = format!("{provider}\0{path}\0").into_bytes();
            match content {
                Some(content) => said.extend(content.as_bytes()),
                // A file that cannot be read now: reading it gives the finding.
                None => said.extend(files.len(at).to_be_bytes()),
            }
            let version = Version::of(path, &head);
            let slot = [format!("{provider}\0slot\0").as_bytes(), &version.name].concat();
            Given {
                token: site.keys.digest(Purpose::Token, &said),
                slot: site.keys.digest(Purpose::Token, &slot),
                version: version.number,
                personal: version.personal,
                whole: content.is_some(),
            }
        })
        .collect();
    progress.end();
    given
}

/// The path below the folder that was given; the name of a file that was given itself.
fn place_in(name: &str) -> &str {
    name.split_once('/').map_or(name, |(_folder, rest)| rest)
}

/// The digest of a file, and its first bytes.
fn digest_of(source: &mut dyn Read, head: &mut Vec<u8>) -> Option<Digest> {
    let mut hash = Sha256::new();
    let mut piece = vec![0u8; 1 << 16];
    loop {
        let read = source.read(&mut piece).ok()?;
        if read == 0 {
            return Some(hash.finish());
        }
        let read = piece.get(..read)?;
        let wanted = HEAD_BYTES.saturating_sub(head.len()).min(read.len());
        head.extend(read.iter().take(wanted));
        hash.update(read);
    }
}
