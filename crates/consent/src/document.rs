//! The register file a producer keeps: providers, notices, notifications, publications, stop requests, users.
//!
//! What it is for: one TOML text in, either a [`Document`] without contradictions or the whole list of them, each
//! with its key and line. Per-person lists stay files; `lists` streams them.
//!
//! Invariant: a [`Document`] exists only where nothing was wrong. A line of `[[stop]]` that cannot be understood
//! therefore holds back the whole register and not just the stop.

use std::collections::BTreeMap;
use std::fmt;

use sudare_identity::Revealing;
use sudare_model::time::{Day, Instant};
use sudare_model::{NoticeId, ProjectId, ProviderId, Rule, Track, Tracks, UserId};

use crate::notice::{Method, Notice, NoticeTo};
use crate::rules::RuleSet;
use crate::stop::Requester;
use crate::words::words;

mod fields;
mod read;

/// The format word of the register file.
pub const FORMAT: &str = "sudare-register-1";

words! {
    /// What a provider is.
    ProviderKind {
        /// A hospital.
        Hospital = "hospital" / "病院",
        /// A clinic.
        Clinic = "clinic" / "診療所",
        /// A pharmacy.
        Pharmacy = "pharmacy" / "薬局",
        /// An insurer.
        Insurer = "insurer" / "保険者",
        /// A municipality.
        Municipality = "municipality" / "市区町村",
    }
}

words! {
    /// Type of a certified user (R-TYPE-01).
    UserType {
        /// Keeps data in its own facilities.
        One = "I" / "Ⅰ型",
        /// Uses the producer's remote environment.
        Two = "II" / "Ⅱ型",
    }
}

words! {
    /// Outcome of a review (R-SUPA-01).
    Outcome {
        /// May be supplied.
        Approved = "approved" / "承認",
        /// May be supplied once the conditions are met, which a later decision says.
        Conditional = "conditional" / "条件付き承認",
        /// May not be supplied.
        Rejected = "rejected" / "不承認",
    }
}

/// Where in a register something is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Key path, such as `notice[2].items` (tables of a list count from 1); empty where no key can be told.
    pub path: String,
    /// Line in the file, from 1.
    pub line: usize,
}

/// One contradiction of a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it is.
    pub written: Written,
    /// The rule it would break, where it is more than a slip of the pen.
    pub rule: Option<Rule>,
    /// What is wrong and what was expected.
    pub message: String,
}

/// The key, what is wrong and the rule; who knows the file says file and line before it.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.written.path.is_empty() {
            write!(f, "{}: ", self.written.path)?;
        }
        f.write_str(&self.message)?;
        match self.rule {
            Some(rule) => write!(f, " [{}, {}]", rule.id(), rule.article()),
            None => Ok(()),
        }
    }
}

/// The register contradicts itself; nothing of it was taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the register has {} problem(s); nothing was applied", .problems.len())]
pub struct RegisterRefused {
    /// All of them, in the order of their lines.
    pub problems: Vec<Problem>,
}

/// A party's name, address and representative (R-NOT-01(1), R-INT-01).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Name.
    pub name: String,
    /// Address.
    pub address: String,
    /// Representative; empty where none is asked for (users).
    pub representative: String,
}

/// The certified producer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Producer {
    /// Who it is.
    pub party: Party,
    /// The tracks it is certified for.
    pub certificates: Tracks,
}

/// A provider (医療情報取扱事業者).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its id.
    pub id: ProviderId,
    /// What it is.
    pub kind: ProviderKind,
    /// Who it is.
    pub party: Party,
    /// 医療機関コード, where it has any: 7 digits, or 10 with prefecture and points table before them.
    pub claims_codes: Vec<String>,
    /// How it obtained the information (取得の経緯, R-DEF-06).
    pub acquisition: String,
    /// First and last day on which the check of its method and security holds (R-INT-05).
    pub security_check: Option<(Day, Day)>,
}

/// A notification (届出) of a notice to the ministers (R-NTF-01).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The notice, which tells provider and track.
    pub notice: NoticeId,
    /// When it was filed.
    pub filed: Day,
}

/// The ministers' publication of a notification (R-NTF-03).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The notice, which tells provider and track.
    pub notice: NoticeId,
    /// When it was published.
    pub date: Day,
    /// Where.
    pub address: String,
}

/// A notice given to one person, written in the register itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The notice.
    pub notice: NoticeId,
    /// Patient number at the notice's provider.
    pub patient: Revealing,
    /// When.
    pub date: Day,
    /// How.
    pub method: Method,
    /// To whom.
    pub to: NoticeTo,
}

/// A stop request written in the register itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// The provider asked to stop.
    pub provider: ProviderId,
    /// Patient number there.
    pub patient: Revealing,
    /// The tracks to stop; both where not distinguished (R-OPT-08).
    pub tracks: Tracks,
    /// When it was received.
    pub received: Instant,
    /// Who asked.
    pub requester: Requester,
}

/// A list file of per-person notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenList {
    /// The notice.
    pub notice: NoticeId,
    /// Path relative to the register, inside its folder.
    pub file: String,
    /// Where the register names it.
    pub written: Written,
}

/// A list file of stop requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopList {
    /// The provider.
    pub provider: ProviderId,
    /// Path relative to the register, inside its folder.
    pub file: String,
    /// Where the register names it.
    pub written: Written,
}

/// A certificate of a user of pseudonymised information.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Certificate {
    /// Type I or II.
    pub kind: UserType,
    /// First day it holds.
    pub from: Day,
    /// Last day it holds.
    pub until: Day,
}

/// A user of anonymised or pseudonymised information.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// Who it is.
    pub party: Party,
    /// Recipient of packages (an X25519 recipient of the `age` format); empty where none is registered yet, in which
    /// case nothing can be delivered.
    pub recipient: String,
    /// Its certificate, where it holds one.
    pub certificate: Option<Certificate>,
}

/// A supply contract (R-SUPA-02, R-SUPP-02).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// The user.
    pub user: UserId,
    /// The user's project.
    pub project: ProjectId,
    /// The track.
    pub track: Track,
    /// First day.
    pub from: Day,
    /// Last day.
    pub until: Day,
}

/// A decision of the review (R-SUPA-01).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The user.
    pub user: UserId,
    /// The user's project.
    pub project: ProjectId,
    /// The track.
    pub track: Track,
    /// When.
    pub date: Day,
    /// What was decided.
    pub outcome: Outcome,
}

/// A register without contradictions, in the order written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub(crate) producer: Producer,
    pub(crate) providers: Vec<Provider>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) notifications: Vec<Notification>,
    pub(crate) publications: Vec<Publication>,
    pub(crate) given: Vec<Given>,
    pub(crate) given_lists: Vec<GivenList>,
    pub(crate) stops: Vec<Stop>,
    pub(crate) stop_lists: Vec<StopList>,
    pub(crate) users: Vec<User>,
    pub(crate) contracts: Vec<Contract>,
    pub(crate) decisions: Vec<Decision>,
    /// Where each notice begins.
    pub(crate) notices_written: BTreeMap<NoticeId, Written>,
    /// What is no contradiction and hardly meant.
    pub(crate) doubts: Vec<Problem>,
    /// What cannot have happened later than now: where it is written, and its first instant.
    pub(crate) dated: Vec<(Written, Instant)>,
}

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident: $of:ty;)*) => {
        impl Document { $(
            $(#[$doc])*
            #[must_use]
            pub fn $name(&self) -> &[$of] { &self.$name }
        )* }
    };
}

lists! {
    /// Providers.
    providers: Provider;
    /// Versions of notices.
    notices: Notice;
    /// Notifications to the ministers.
    notifications: Notification;
    /// The ministers' publications.
    publications: Publication;
    /// Per-person notices written inline.
    given: Given;
    /// List files of per-person notices.
    given_lists: GivenList;
    /// Stop requests written inline.
    stops: Stop;
    /// List files of stop requests.
    stop_lists: StopList;
    /// Users.
    users: User;
    /// Contracts.
    contracts: Contract;
    /// Decisions.
    decisions: Decision;
}

impl Document {
    /// Reads a register and checks it against itself and the rules.
    ///
    /// # Errors
    /// [`RegisterRefused`] with every contradiction found, each with key path and line.
    pub fn read(text: &str, rules: &RuleSet) -> Result<Self, RegisterRefused> {
        read::register(text, rules)
    }

    /// What is no contradiction and hardly meant: the same thing written twice, a patient number typed full-width, a
    /// request or a decision dated after `now`.
    #[must_use]
    pub fn doubts(&self, now: Instant) -> Vec<Problem> {
        let later = self.dated.iter().filter(|(_, when)| *when > now).map(|(written, _)| Problem {
            written: written.clone(),
            rule: None,
            message: "lies in the future; check the date".to_owned(),
        });
        let mut doubts: Vec<Problem> = self.doubts.iter().cloned().chain(later).collect();
        doubts.sort_by_key(|doubt| doubt.written.line);
        doubts
    }

    /// The producer.
    #[must_use]
    pub const fn producer(&self) -> &Producer {
        &self.producer
    }

    /// The provider of this id.
    #[must_use]
    pub fn provider(&self, id: &ProviderId) -> Option<&Provider> {
        self.providers.iter().find(|one| one.id == *id)
    }

    /// The notice of this id.
    #[must_use]
    pub fn notice(&self, id: &NoticeId) -> Option<&Notice> {
        self.notices.iter().find(|one| one.id == *id)
    }

    /// Where the notice of this id is written.
    #[must_use]
    pub fn notice_written(&self, id: &NoticeId) -> Option<&Written> {
        self.notices_written.get(id)
    }

    /// The user of this id.
    #[must_use]
    pub fn user(&self, id: &UserId) -> Option<&User> {
        self.users.iter().find(|one| one.id == *id)
    }
}
