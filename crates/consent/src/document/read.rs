//! From TOML to a [`Document`]: each section read and checked against the sections before it.

use std::collections::BTreeMap;

use sudare_identity::{Revealing, half_width};
use sudare_model::nearest::nearest;
use sudare_model::time::Instant;
use sudare_model::{DataItem, NoticeId, ProjectId, ProviderId, Rule, Track, Tracks, UserId};
use toml::de::DeTable;

use super::fields::{Fields, Report};
use super::{
    Certificate, Contract, Decision, Document, FORMAT, Given, GivenList, Notification, Outcome,
    Party, Producer, Provider, ProviderKind, Publication, RegisterRefused, Stop, StopList, User,
    UserType,
};
use crate::notice::{Method, Notice, NoticeTo};
use crate::rules::RuleSet;
use crate::stop::{Requester, both_unless_named};

mod notices;

/// Words of the two tracks, for hints.
const TRACKS: &[&str] = &[Track::Anonymised.word(), Track::Pseudonymised.word()];

pub(super) fn register(text: &str, rules: &RuleSet) -> Result<Document, RegisterRefused> {
    let report = Report::of(text);
    let (table, broken) = DeTable::parse_recoverable(text);
    for error in &broken {
        let at = error.span().map_or(0, |span| span.start);
        let what = error.message();
        let no_day = what.starts_with("invalid date") || what.starts_with("invalid datetime");
        let (key, what) = match key_before(text, at) {
            Some(key) if no_day => {
                (key.to_owned(), format!("there is no such day or time ({what})"))
            }
            _ => (String::new(), format!("not TOML: {what}")),
        };
        report.add(key, at, None, what);
    }
    let document = if broken.is_empty() {
        let root = Fields::of(table.get_ref(), &table.span(), String::new(), &report);
        document(&root, rules)
    } else {
        // What follows a broken line cannot be told from what was never written.
        None
    };
    let (problems, doubts) = report.finish();
    match document {
        Some(document) if problems.is_empty() => Ok(Document { doubts, ..document }),
        _ => Err(RegisterRefused { problems }),
    }
}

/// The key whose value begins at or before a byte of a line.
fn key_before(text: &str, at: usize) -> Option<&str> {
    let line = text.get(..at)?.rsplit('\n').next()?;
    let before = line.trim_end().trim_end_matches(|last| last != '=').strip_suffix('=')?.trim_end();
    let key = before.rsplit(|one: char| !(one.is_alphanumeric() || one == '_')).next()?;
    Some(key).filter(|key| !key.is_empty())
}

/// The ids of a section, those of wrong tables among them, so that one slip does not call forth a dozen.
struct Ids {
    written: Vec<String>,
    /// Where an id could not be read, no reference can be said to be wrong.
    whole: bool,
}

impl Ids {
    fn of(root: &Fields<'_>, section: &'static str) -> Self {
        Self { written: Vec::new(), whole: !root.misspelt(section) }
    }

    /// Whether it is sure that no table has this id.
    fn lack(&self, id: &str) -> bool {
        self.whole && !self.written.iter().any(|written| written == id)
    }
}

/// Everything read so far.
struct Reading<'r> {
    rules: &'r RuleSet,
    certified: Tracks,
    provider_ids: Ids,
    notice_ids: Ids,
    user_ids: Ids,
    /// Notices that a notification is about.
    notified: Ids,
    done: Document,
}

fn document(root: &Fields<'_>, rules: &RuleSet) -> Option<Document> {
    if root.text("format", None, "the format of the file").is_some_and(|word| word != FORMAT) {
        root.refuse("format", None, format!("expected `{FORMAT}`"));
    }
    let producer = producer(root);
    let lost = producer.is_none();
    let producer = producer.unwrap_or_else(|| Producer {
        party: Party { name: String::new(), address: String::new(), representative: String::new() },
        certificates: Tracks::BOTH,
    });
    let mut reading = Reading {
        rules,
        certified: producer.certificates,
        provider_ids: Ids::of(root, "provider"),
        notice_ids: Ids::of(root, "notice"),
        user_ids: Ids::of(root, "user"),
        notified: Ids::of(root, "notification"),
        done: Document {
            producer,
            providers: Vec::new(),
            notices: Vec::new(),
            notifications: Vec::new(),
            publications: Vec::new(),
            given: Vec::new(),
            given_lists: Vec::new(),
            stops: Vec::new(),
            stop_lists: Vec::new(),
            users: Vec::new(),
            contracts: Vec::new(),
            decisions: Vec::new(),
            notices_written: BTreeMap::new(),
            doubts: Vec::new(),
            dated: Vec::new(),
        },
    };
    reading.all(root);
    (root.finish() && !lost).then_some(reading.done)
}

impl Reading<'_> {
    /// Reads the sections in the order in which they refer to each other.
    fn all(&mut self, root: &Fields<'_>) {
        for fields in root.list("provider") {
            let read = self.provider(&fields);
            keep(&fields, read, &mut self.done.providers);
        }
        for fields in root.list("notice") {
            let read = self.read_notice(&fields);
            keep(&fields, read, &mut self.done.notices);
        }
        for fields in root.list("notification") {
            let read = self.notification(&fields);
            keep(&fields, read, &mut self.done.notifications);
        }
        for fields in root.list("publication") {
            let read = self.publication(&fields);
            keep(&fields, read, &mut self.done.publications);
        }
        for fields in root.list("given") {
            let read = self.given(&fields);
            keep(&fields, read, &mut self.done.given);
        }
        for fields in root.list("given_list") {
            let read = self.given_list(&fields);
            once(&fields, "file", read.as_ref(), &self.done.given_lists, |one, read| {
                one.notice == read.notice && one.file == read.file
            });
            keep(&fields, read, &mut self.done.given_lists);
        }
        for fields in root.list("stop") {
            let read = self.stop(&fields);
            let when = read.as_ref().map(|stop| (fields.written("received"), stop.received));
            self.done.dated.extend(when);
            keep(&fields, read, &mut self.done.stops);
        }
        for fields in root.list("stop_list") {
            let read = self.stop_list(&fields);
            once(&fields, "file", read.as_ref(), &self.done.stop_lists, |one, read| {
                one.provider == read.provider && one.file == read.file
            });
            keep(&fields, read, &mut self.done.stop_lists);
        }
        for fields in root.list("user") {
            let read = self.user(&fields);
            keep(&fields, read, &mut self.done.users);
        }
        for fields in root.list("contract") {
            let read = self.contract(&fields);
            once(&fields, "user", read.as_ref(), &self.done.contracts, PartialEq::eq);
            keep(&fields, read, &mut self.done.contracts);
        }
        for fields in root.list("decision") {
            let read = self.decision(&fields);
            once(&fields, "user", read.as_ref(), &self.done.decisions, PartialEq::eq);
            let when = read.as_ref().map(|one| Instant::start_of_day_in_japan(one.date));
            self.done.dated.extend(when.map(|when| (fields.written("date"), when)));
            keep(&fields, read, &mut self.done.decisions);
        }
    }

    fn provider(&mut self, fields: &Fields<'_>) -> Option<Provider> {
        let id = own_id(fields, ProviderId::parse, &mut self.provider_ids);
        let party = party(fields, true);
        let words: Vec<_> = ProviderKind::ALL.iter().map(|kind| kind.word()).collect();
        let kind = fields.word("kind", "what the provider is", &words, ProviderKind::from_word);
        let claims_codes = fields.text_or_texts("claims_code");
        if !claims_codes.iter().all(|code| matches!(code.len(), 7 | 10) && all_digits(code)) {
            let wanted = "expected 7 digits in quotes (医療機関コード), or 10 with prefecture and \
                          points table before them";
            fields.refuse("claims_code", None, wanted);
        }
        let rule = Some(Rule::WrongfullyObtained);
        let acquisition = fields.text("acquisition", rule, "how it was obtained (取得の経緯)");
        let mut security_check = None;
        if let Some(check) = fields.inner("security_check") {
            let rule = Some(Rule::SecurityCheckMissing);
            let date = check.day("date", rule, "day of the check");
            let until = check.day("valid_until", rule, "last day it holds");
            if let (Some(date), Some(until)) = (date, until) {
                if until < date {
                    check.refuse("valid_until", rule, "ends before the check was made");
                }
                security_check = Some((date, until));
            }
            if !check.finish() {
                return None;
            }
        }
        Some(Provider {
            id: id?,
            kind: kind?,
            party: party?,
            claims_codes: claims_codes.into_iter().map(str::to_owned).collect(),
            acquisition: acquisition?.to_owned(),
            security_check,
        })
    }

    fn given(&self, fields: &Fields<'_>) -> Option<Given> {
        let notice = known(fields, "notice", NoticeId::parse, &self.notice_ids);
        let patient = fields.text("patient", None, "patient number");
        let date = fields.day("date", None, "day of notice");
        let methods: Vec<_> = Method::ALL.iter().map(|method| method.word()).collect();
        let method = fields.word("method", "how it was given", &methods, Method::from_word);
        let to = fields.optional_word("recipient", &["subject", "guardian"], NoticeTo::from_word);
        let begins = notice.as_ref().and_then(|id| self.done.notice(id)).map(|notice| notice.date);
        if let (Some(date), Some(begins)) = (date, begins)
            && date < begins
        {
            fields.refuse("date", None, format!("before the notice's own date {begins}"));
        }
        Some(Given {
            notice: notice?,
            patient: Revealing::new(number(fields, patient?)),
            date: date?,
            method: method?,
            to: to.unwrap_or(NoticeTo::Subject),
        })
    }

    fn given_list(&self, fields: &Fields<'_>) -> Option<GivenList> {
        let notice = known(fields, "notice", NoticeId::parse, &self.notice_ids);
        let file = list_file(fields);
        Some(GivenList { notice: notice?, file: file?, written: fields.written("file") })
    }

    fn stop(&self, fields: &Fields<'_>) -> Option<Stop> {
        let provider = known(fields, "provider", ProviderId::parse, &self.provider_ids);
        let patient = fields.text("patient", None, "patient number");
        let named = fields.words("tracks", TRACKS, Track::from_word);
        let tracks = named.map(|list| list.into_iter().fold(Tracks::NONE, Tracks::with));
        let received = fields.instant("received", "when it was received");
        let words: Vec<_> = Requester::ALL.iter().map(|one| one.word()).collect();
        let requester = fields.word("requester", "who asked", &words, Requester::read);
        Some(Stop {
            provider: provider?,
            patient: Revealing::new(number(fields, patient?)),
            tracks: both_unless_named(tracks),
            received: received?,
            requester: requester?,
        })
    }

    fn stop_list(&self, fields: &Fields<'_>) -> Option<StopList> {
        let provider = known(fields, "provider", ProviderId::parse, &self.provider_ids);
        let file = list_file(fields);
        Some(StopList { provider: provider?, file: file?, written: fields.written("file") })
    }

    fn user(&mut self, fields: &Fields<'_>) -> Option<User> {
        let id = own_id(fields, UserId::parse, &mut self.user_ids);
        let party = party(fields, false);
        let recipient = fields.optional_text("recipient").unwrap_or_default();
        if let Err(what) = recipient_fits(recipient) {
            fields.refuse("recipient", None, what);
        }
        let mut certificate = None;
        if let Some(held) = fields.inner("certificate") {
            let kind = held.word("type", "type of user", &["I", "II"], UserType::from_word);
            let period = period(&held, Some(Rule::RecipientNotCertified));
            if let (Some(kind), Some((from, until))) = (kind, period) {
                certificate = Some(Certificate { kind, from, until });
            }
            if !held.finish() {
                return None;
            }
        }
        Some(User { id: id?, party: party?, recipient: recipient.to_owned(), certificate })
    }

    fn contract(&self, fields: &Fields<'_>) -> Option<Contract> {
        let user = known(fields, "user", UserId::parse, &self.user_ids);
        let project = fields.parsed("project", "the user's project", ProjectId::parse);
        let track = track(fields);
        let (from, until) = period(fields, Some(Rule::ContractMissing))?;
        Some(Contract { user: user?, project: project?, track: track?, from, until })
    }

    fn decision(&self, fields: &Fields<'_>) -> Option<Decision> {
        let user = known(fields, "user", UserId::parse, &self.user_ids);
        let project = fields.parsed("project", "the user's project", ProjectId::parse);
        let track = track(fields);
        let date = fields.day("date", Some(Rule::DecisionMissing), "day of the decision");
        let words: Vec<_> = Outcome::ALL.iter().map(|one| one.word()).collect();
        let outcome = fields.word("outcome", "what was decided", &words, Outcome::from_word);
        Some(Decision {
            user: user?,
            project: project?,
            track: track?,
            date: date?,
            outcome: outcome?,
        })
    }
}

fn producer(root: &Fields<'_>) -> Option<Producer> {
    let Some(fields) = root.inner("producer") else {
        if !root.has("producer") {
            root.lacks("producer", None, "the certified producer, `[producer]`");
        }
        return None;
    };
    let party = party(&fields, true);
    let what = "the tracks the producer is certified for";
    let certificates = fields.some_words("certificates", None, what, TRACKS, Track::from_word);
    let sound = fields.finish();
    let certificates = certificates?.into_iter().fold(Tracks::NONE, Tracks::with);
    sound.then_some(Producer { party: party?, certificates })
}

fn party(fields: &Fields<'_>, represented: bool) -> Option<Party> {
    let rule = represented.then_some(Rule::ProviderUnknown);
    let name = fields.text("name", rule, "name");
    let address = fields.text("address", rule, "address");
    let representative = if represented {
        fields.text("representative", rule, "representative")
    } else {
        Some(fields.optional_text("representative").unwrap_or_default())
    };
    Some(Party {
        name: name?.to_owned(),
        address: address?.to_owned(),
        representative: representative?.to_owned(),
    })
}

/// Says so where the same thing is written above.
fn once<T>(
    fields: &Fields<'_>,
    key: &'static str,
    read: Option<&T>,
    before: &[T],
    same: impl Fn(&T, &T) -> bool,
) {
    if read.is_some_and(|read| before.iter().any(|one| same(one, read))) {
        fields.doubt(key, "the same is written above; once is enough, or one of the two is a slip");
    }
}

/// Takes what was read where its table was sound and had no unknown key.
fn keep<T>(fields: &Fields<'_>, read: Option<T>, list: &mut Vec<T>) {
    if fields.finish() {
        list.extend(read);
    }
}

/// A patient number as the lists have it.
fn number(fields: &Fields<'_>, written: &str) -> String {
    let written = written.trim();
    let bare = written.strip_prefix('\'').filter(|rest| !rest.is_empty()).unwrap_or(written);
    let number = half_width(bare).into_owned();
    if number != written {
        fields.doubt("patient", "full-width, or begins with `'`; taken half-width and without it");
    }
    number
}

/// The id of a table that others refer to: unique in its section.
fn own_id<T, E: std::fmt::Display>(
    fields: &Fields<'_>,
    parse: impl Fn(&str) -> Result<T, E>,
    ids: &mut Ids,
) -> Option<T> {
    let Some(written) = fields.text("id", None, "the id by which others refer to this") else {
        ids.whole = false;
        return None;
    };
    if ids.written.iter().any(|other| other == written) {
        fields.refuse("id", None, format!("`{written}` is written twice; give each its own id"));
        return None;
    }
    ids.written.push(written.to_owned());
    let id = parse(written).map_err(|error| fields.refuse("id", None, error.to_string())).ok();
    ids.whole &= id.is_some();
    id
}

/// A reference to a table written before.
fn known<T, E: std::fmt::Display>(
    fields: &Fields<'_>,
    name: &'static str,
    parse: impl Fn(&str) -> Result<T, E>,
    ids: &Ids,
) -> Option<T> {
    let written = fields.text(name, None, &format!("the id of a `[[{name}]]`"))?;
    if ids.lack(written) {
        let hint = match nearest(written, ids.written.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("expected the id of a `[[{name}]]` of this file"),
        };
        let shown = fields.quoted(written);
        let what = if shown.is_empty() { "this" } else { shown.trim_start() };
        fields.refuse(name, None, format!("{what} is no registered {name}; {hint}"));
        return None;
    }
    parse(written).map_err(|error| fields.refuse(name, None, error.to_string())).ok()
}

fn track(fields: &Fields<'_>) -> Option<Track> {
    fields.word("track", "anonymised or pseudonymised", TRACKS, Track::from_word)
}

fn period(
    fields: &Fields<'_>,
    rule: Option<Rule>,
) -> Option<(sudare_model::time::Day, sudare_model::time::Day)> {
    let from = fields.day("from", rule, "first day");
    let until = fields.day("until", rule, "last day");
    let (from, until) = (from?, until?);
    if until < from {
        fields.refuse("until", rule, format!("ends before it begins on {from}"));
        return None;
    }
    Some((from, until))
}

/// Whether packages can be encrypted to a key; no key yet is no slip.
fn recipient_fits(written: &str) -> Result<(), &'static str> {
    if written.starts_with("AGE-SECRET-KEY-") {
        return Err("this is a secret key, and no longer secret: the user makes a new pair and \
                    registers the public half, which begins with `age1`");
    }
    if written.is_empty() || written.parse::<age::x25519::Recipient>().is_ok() {
        return Ok(());
    }
    if written.starts_with("age1") {
        return Err("not a whole public key: its checksum does not fit; copy it again, \
                    `age1` and 58 characters more");
    }
    Err("not a public key; expected one of the `age` format, `age1` and 58 characters more")
}

/// A list's path: relative, within the folder of the register.
fn list_file(fields: &Fields<'_>) -> Option<String> {
    let file = fields.text("file", None, "path of the list, relative to the register")?;
    let inside = !file.starts_with('/')
        && !file.contains('\\')
        && !file.contains(':')
        && file.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    if !inside {
        let wanted = "expected a path inside the folder of the register, such as `lists/given.csv`";
        fields.refuse("file", None, wanted);
        return None;
    }
    Some(file.to_owned())
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}
