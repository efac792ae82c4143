//! Identity statements: what one source record said of one patient, stored once however often it is repeated.
//!
//! A hospital repeats name and address in every message and every claim. One row stands for each distinct statement
//! of a patient in a unit; linkage sees every variant and no noise. Statements are compared by two keyed 64-bit
//! hashes, so that no second copy of a name stays in memory.

use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::quality::RandomState;
use hashbrown::HashSet;
use sudare_identity::Sex;
use sudare_identity::table::IDENTITY_COLUMNS;
use sudare_model::time::Day;
use sudare_model::{DataItem, SubjectKey};

use crate::columns::clinical::person;
use crate::columns::{Batches, Origin};

/// One statement, borrowed from the record it stands in.
#[derive(Clone, Copy, Default, Hash)]
pub(crate) struct Statement<'a> {
    pub(crate) patient_number: &'a str,
    pub(crate) name_kanji: &'a str,
    pub(crate) name_kana: &'a str,
    pub(crate) birth: Option<Day>,
    pub(crate) sex: Sex,
    pub(crate) postal_code: &'a str,
    pub(crate) address: &'a str,
    pub(crate) phone: &'a str,
    pub(crate) insurer: &'a str,
    pub(crate) symbol: &'a str,
    pub(crate) number: &'a str,
    pub(crate) branch: &'a str,
    /// `self`, `dependant` or empty.
    pub(crate) relation: &'a str,
}

/// The statements already stored in a unit.
#[derive(Default)]
pub(crate) struct Said {
    keys: (RandomState, RandomState),
    known: HashSet<(u64, u64), foldhash::fast::RandomState>,
}

impl Said {
    /// Whether a thing is said for the first time about a subject.
    pub(crate) fn first(&mut self, subject: SubjectKey, thing: &impl Hash) -> bool {
        let hash = |state: &RandomState| {
            let mut hasher = state.build_hasher();
            subject.as_bytes().hash(&mut hasher);
            thing.hash(&mut hasher);
            hasher.finish()
        };
        let pair = (hash(&self.keys.0), hash(&self.keys.1));
        self.known.insert(pair)
    }

    /// Stores a statement where it is new.
    pub(crate) fn identity(
        &mut self,
        batches: &mut Batches,
        statement: &Statement<'_>,
        origin: &Origin,
    ) {
        if !self.first(origin.subject, &("identity", statement)) {
            return;
        }
        batches
            .identity()
            .begin_bare()
            .bytes16(SUBJECT, origin.subject.as_bytes())
            .text(PATIENT_NUMBER, statement.patient_number)
            .text(NAME_KANJI, statement.name_kanji)
            .text(NAME_KANA, statement.name_kana)
            .date(BIRTH, statement.birth)
            .text(SEX, statement.sex.code())
            .text(POSTAL, statement.postal_code)
            .text(ADDRESS, statement.address)
            .text(PHONE, statement.phone)
            .text(INSURER, statement.insurer)
            .text(SYMBOL, statement.symbol)
            .text(NUMBER, statement.number)
            .text(BRANCH, statement.branch)
            .text(RELATION, statement.relation)
            .uint32(FILE_NO, origin.file_no)
            .uint32(RECORD_NO, origin.record_no);
    }

    /// Makes a row of `person` where sex, birth or postal code are new for the subject.
    pub(crate) fn person(
        &mut self,
        batches: &mut Batches,
        statement: &Statement<'_>,
        origin: &Origin,
    ) {
        let seen = (statement.birth, statement.sex, statement.postal_code);
        if !self.first(origin.subject, &("person", seen)) {
            return;
        }
        let concept = match statement.sex {
            Sex::Male => 8507,
            Sex::Female => 8532,
            Sex::Other | Sex::Unknown => 0,
        };
        let (year, month, day) = statement.birth.map(Day::ymd).map_or((None, None, None), |d| {
            (Some(d.0), i32::try_from(d.1).ok(), i32::try_from(d.2).ok())
        });
        batches
            .rows(person::TABLE)
            .begin(origin)
            .int(person::GENDER, Some(concept))
            .text(person::GENDER_SOURCE, statement.sex.code())
            .int(person::YEAR, year)
            .int(person::MONTH, month)
            .int(person::DAY, day)
            .text(person::POSTAL, statement.postal_code);
    }
}

/// The item `person` rows belong to.
pub(crate) const PERSON_ITEM: DataItem = DataItem::Demographics;

const SUBJECT: usize = identity("subject");
const PATIENT_NUMBER: usize = identity("patient_number");
const NAME_KANJI: usize = identity("name_kanji");
const NAME_KANA: usize = identity("name_kana");
const BIRTH: usize = identity("birth_date");
const SEX: usize = identity("sex");
const POSTAL: usize = identity("postal_code");
const ADDRESS: usize = identity("address");
const PHONE: usize = identity("phone");
const INSURER: usize = identity("insurer_number");
const SYMBOL: usize = identity("insurance_symbol");
const NUMBER: usize = identity("insurance_number");
const BRANCH: usize = identity("insurance_branch");
const RELATION: usize = identity("relation");
const FILE_NO: usize = identity("file_no");
const RECORD_NO: usize = identity("record_no");

const fn identity(name: &str) -> usize {
    let mut position = 0;
    let mut rest = IDENTITY_COLUMNS;
    while let [first, others @ ..] = rest {
        if crate::columns::same(first.0.as_bytes(), name.as_bytes()) {
            return position;
        }
        position += 1;
        rest = others;
    }
    assert!(position == usize::MAX, "there is no such column");
    position
}
