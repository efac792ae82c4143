//! Where a message lies, and what its name says: seven parts joined by `_`.

use crate::version::Version;

/// The data types of the standardised storage, in order, with the message and trigger that MSH-9 must have.
const TYPES: &[(&str, (&str, &str))] = &[
    ("ADT-00", ("ADT", "A08")),
    ("ADT-01", ("ADT", "A54")),
    ("ADT-12", ("ADT", "A04")),
    ("ADT-21", ("ADT", "A14")),
    ("ADT-22", ("ADT", "A01")),
    ("ADT-31", ("ADT", "A21")),
    ("ADT-32", ("ADT", "A22")),
    ("ADT-41", ("ADT", "A15")),
    ("ADT-42", ("ADT", "A02")),
    ("ADT-51", ("ADT", "A16")),
    ("ADT-52", ("ADT", "A03")),
    ("ADT-61", ("ADT", "A60")),
    ("OMD", ("OMD", "O03")),
    ("OMG-01", ("OMG", "O19")),
    ("OMG-02", ("OMG", "O19")),
    ("OMG-03", ("OMG", "O19")),
    ("OMG-11", ("OMI", "Z23")),
    ("OMG-12", ("OMI", "Z23")),
    ("OMG-13", ("ORU", "R01")),
    ("OML-01", ("OML", "O33")),
    ("OML-11", ("OUL", "R22")),
    ("OMP-01", ("RDE", "O11")),
    ("OMP-02", ("RDE", "O11")),
    ("OMP-11", ("RAS", "O17")),
    ("OMP-12", ("RAS", "O17")),
    ("PPR-01", ("PPR", "ZD1")),
];

fn of_type(word: &str) -> Option<&'static (&'static str, (&'static str, &'static str))> {
    let at = TYPES.binary_search_by_key(&word, |(name, _)| *name).ok()?;
    TYPES.get(at)
}

/// The data type as a constant.
pub(super) fn data_type(word: &str) -> Option<&'static str> {
    of_type(word).map(|(name, _)| *name)
}

/// Whether MSH-9 (its first two components) fits a data type.
pub(super) fn fits(data_type: &str, message: &str, trigger: &str) -> bool {
    of_type(data_type).is_some_and(|(_, one)| *one == (message, trigger))
}

/// What the name of a message says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Name<'p> {
    pub(super) patient: &'p str,
    pub(super) day: &'p str,
    pub(super) data_type: &'p str,
    pub(super) order: &'p str,
    pub(super) time: &'p str,
    pub(super) department: &'p str,
    pub(super) flag: &'p str,
    /// Whether the folders of date and type say the same.
    pub(super) folders_agree: bool,
}

/// Why a path is none of the storage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum PathFault {
    /// It has another shape.
    Shape,
    /// The patient folder and the file name differ.
    Folder,
}

/// Reads a path: `…/ID/day/type/ID_day_type_order_time_department_flag`.
pub(super) fn parse(path: &str) -> Result<Name<'_>, PathFault> {
    let shape = PathFault::Shape;
    let (folders, file) = file(path).ok_or(shape)?;
    let (folders, type_folder) = before_last(folders, b'/').ok_or(shape)?;
    let (folders, day_folder) = before_last(folders, b'/').ok_or(shape)?;
    let id_folder = before_last(folders, b'/').map_or(folders, |(_, folder)| folder);
    let name = seven(file).filter(|name| !name.data_type.contains('^')).ok_or(shape)?;
    if name.patient != id_folder {
        return Err(PathFault::Folder);
    }
    let folders_agree = type_folder == name.data_type && day_folder == name.day;
    Ok(Name { folders_agree, ..name })
}

/// Reads the name of a file whose path is known to be of the storage, or that of a record (`/` before it).
pub(super) fn named(path: &str) -> Option<Name<'_>> {
    file(path).and_then(|(_, file)| seven(file))
}

/// The folders and the name of a file, which is long enough to be worth a search.
fn file(path: &str) -> Option<(&str, &str)> {
    let at = memchr::memrchr(b'/', path.as_bytes())?;
    Some((path.get(..at)?, path.get(at + 1..)?))
}

/// What stands before and behind the last separator. A path is taken apart from its end, where its parts are short.
fn before_last(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().rposition(|byte| byte == separator)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The seven parts of a name; `None` where it has not such.
pub(super) fn seven(file: &str) -> Option<Name<'_>> {
    // A patient number may hold the separator itself; the other six parts may not.
    let (rest, flag) = before_last(file, b'_')?;
    let (rest, department) = before_last(rest, b'_')?;
    let (rest, time) = before_last(rest, b'_')?;
    let (rest, order) = before_last(rest, b'_')?;
    let (rest, data_type) = before_last(rest, b'_')?;
    let (patient, day) = before_last(rest, b'_')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let shape = !patient.is_empty()
        && (day == "-" || day.len() == 8 && digits(day))
        && digits(time)
        && flag.len() == 1
        && data_type.len() >= 3;
    let folders_agree = false;
    let name = Name { patient, day, data_type, order, time, department, flag, folders_agree };
    shape.then_some(name)
}

/// A document of the extended storage: its file or a folder above has such a name, with a data type of three
/// components (`L-OBSERVATIONS^OBSERVATIONS^99ZL01`).
pub(super) fn extended(path: &str) -> Result<Name<'_>, PathFault> {
    let name = path.split('/').filter_map(seven).find(|name| name.data_type.contains('^'));
    let name = name.ok_or(PathFault::Shape)?;
    let folder = path.split('/').any(|folder| folder == name.patient);
    if folder { Ok(name) } else { Err(PathFault::Folder) }
}

/// What a message is a version of: the same parts by which [`super::select`] finds the valid version in one delivery.
/// The department is not among them, since an update may change it, and neither is where the storage lies.
pub(super) fn version(path: &str) -> Option<Version> {
    let name = parse(path).ok()?;
    let mut version =
        Version::named(&["ssmix2", name.patient, name.day, name.data_type, name.order]);
    version.personal = name.data_type == "ADT-00";
    version.number = instant(name.time);
    Some(version)
}

/// The time of a name as a number. Times are compared digit by digit: a shorter one is a less precise one.
pub(super) fn instant(time: &str) -> i64 {
    let digits = time.bytes().chain(std::iter::repeat(b'0')).take(18);
    digits.fold(0, |sum, digit| sum * 10 + i64::from(digit.saturating_sub(b'0')))
}

/// Whether a name is that of something packed: what is in it has a name of its own.
pub(super) fn is_packed(path: &str) -> bool {
    let ending = path.len().checked_sub(4).and_then(|at| path.get(at..)).unwrap_or_default();
    ending.eq_ignore_ascii_case(".zip") || ending.to_ascii_lowercase().ends_with(".gz")
}

/// Whether a path is of an index, `SSMIXIDX`.
pub(super) fn is_index(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or_default();
    file.get(..8).is_some_and(|begin| begin.eq_ignore_ascii_case("SSMIXIDX"))
}

/// Whether a path is of the optional transaction store, `TR_<time>_<number>.DAT`.
pub(super) fn is_transaction(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or_default();
    let ending = file.len().checked_sub(4).and_then(|at| file.get(at..)).unwrap_or_default();
    let begin = file.get(..3).unwrap_or_default();
    begin.eq_ignore_ascii_case("TR_") && ending.eq_ignore_ascii_case(".DAT")
}
