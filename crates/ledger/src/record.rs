//! What an act found, one page for each kind: the evidence of a step, and the statutory books (帳簿).
//!
//! Every record is plain data that an auditor can read. What only a check can make is a private
//! type of the stage that checks; the record says what the check found. All numbers are whole; a
//! share is in parts per million.
//!
//! `epoch` is the state of the register that was read: the index of the last entry that applied a
//! register or a withdrawal ([`crate::Ledger::epoch`]).

use std::collections::BTreeMap;

use serde_json::Value;
use sudare_model::time::Day;
use sudare_model::{DataItem, DatasetId, DeliveryId, Digest, ProjectId, ProviderId, Track, UserId};

use crate::entry::Act;
use crate::entry::field::{Field, Fields};

macro_rules! records {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$fdoc:meta])* $field:ident: $type:ty,)*
    })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq)]
            pub struct $name { $($(#[$fdoc])* pub $field: $type,)* }

            impl Field for $name {
                fn write(&self) -> Option<Value> {
                    let mut fields = Fields::default();
                    $(fields.put(stringify!($field), &self.$field);)*
                    Some(fields.into_value())
                }

                fn read(value: Option<&Value>) -> Option<Self> {
                    let mut fields = Fields::from(value?.as_object()?.clone());
                    let record = Self { $($field: fields.take(stringify!($field)).ok()?,)* };
                    fields.end(stringify!($name)).ok()?;
                    Some(record)
                }
            }
        )*
    };
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$vdoc:meta])* $variant:ident = $word:literal,)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),* }

        impl $name {
            /// The word in the entry.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }

        impl Field for $name {
            fn write(&self) -> Option<Value> {
                Some(Value::from(self.word()))
            }

            fn read(value: Option<&Value>) -> Option<Self> {
                match value?.as_str()? { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    )*};
}

records! {
    /// The first entry: whose log this is, and which software began it.
    Site {
        /// The name of the log, as in its checkpoints.
        name: String,
        /// The version of the software.
        version: String,
    }

    /// A register was applied.
    Register {
        /// SHA-256 of the register as read.
        digest: Digest,
        /// How many of each kind: `providers`, `notices`, `given`, `stops`, `users` …
        counts: BTreeMap<String, u64>,
    }

    /// Files came in (`receive`).
    Intake {
        /// The register state by which patients were admitted at the door.
        epoch: u64,
        /// The delivery.
        delivery: DeliveryId,
        /// Who sent it.
        provider: ProviderId,
        /// Files read.
        files: u64,
        /// Bytes read.
        bytes: u64,
        /// Findings by severity: `note`, `warning`, `error`, `quarantine`.
        findings: BTreeMap<String, u64>,
        /// Patient units of which anything was cut out at the door, by requirement id of the rule
        /// and track, such as `R-NOT-02/anonymised`. Logs before that had the id alone.
        refused: BTreeMap<String, u64>,
        /// Patient units `read`, and `refused` in whole. Absent in older logs.
        units: Option<BTreeMap<String, u64>>,
    }

    /// The intake predicate was applied (`screen`).
    Standing {
        /// The register state that was read.
        epoch: u64,
        /// SHA-256 of the dated values in force (waiting period and the like).
        rules: Digest,
        /// Rows looked at.
        rows_in: u64,
        /// Rows that passed.
        rows_out: u64,
        /// Patient units of which anything was refused, as in [`Intake`].
        refused: BTreeMap<String, u64>,
    }

    /// Who is who was decided (`link`).
    LinkModel {
        /// The register state that was read.
        epoch: u64,
        /// Name and version of the model.
        model: String,
        /// SHA-256 of its parameters.
        parameters: Digest,
        /// Patients at providers that were looked at.
        subjects: u64,
        /// Persons they were found to be.
        persons: u64,
        /// How many pairs each rule of the model joined.
        joined: BTreeMap<String, u64>,
    }

    /// A de-identified dataset was assessed and found fit (`deidentify`).
    Verdict {
        /// The register state that was read.
        epoch: u64,
        /// The track it is made under.
        track: Track,
        /// The project it is made for.
        project: Option<ProjectId>,
        /// SHA-256 of the policy.
        policy: Digest,
        /// The smallest class of the quasi-identifiers, where one was asked for.
        k: Option<u64>,
        /// The highest risk measured, parts per million.
        risk_ppm: Option<u64>,
        /// Persons left out, by requirement id of the rule.
        removed: BTreeMap<String, u64>,
        /// Keyed digest of the book that says who is in it and in which class, kept inside the
        /// site (R-ANON-08). On the anonymised track alone; absent in older logs.
        cohort: Option<Digest>,
    }

    /// A user may have a dataset (`grant`).
    Permission {
        /// The user.
        user: UserId,
        /// The project.
        project: ProjectId,
        /// The track.
        track: Track,
        /// The one dataset it is for; absent: any of the project.
        dataset: Option<DatasetId>,
        /// First day.
        from: Day,
        /// Last day.
        until: Day,
        /// Keyed digest of the review's decision and the contract.
        decision: Digest,
    }

    /// A grant is withdrawn.
    GrantWithdrawal {
        /// The entry that granted.
        grant: u64,
    }

    /// Supply to a user (Regulation Art. 12(1)(i), R-LEDGER-01).
    Supply {
        /// The dataset.
        dataset: DatasetId,
        /// The user.
        recipient: UserId,
        /// Keyed digest of name, address and other identification of the user as they stood; the
        /// words are in the register.
        identification: Digest,
        /// The project.
        project: ProjectId,
        /// The day of supply.
        date: Day,
        /// The items supplied.
        items: Vec<DataItem>,
        /// The entry that granted it.
        grant: u64,
        /// SHA-256 of the package.
        package: Digest,
    }

    /// Supply from one user to another, as reported (Regulation Art. 12(1)(ii), R-LEDGER-02).
    OnwardSupply {
        /// The dataset.
        dataset: DatasetId,
        /// Who supplied.
        supplier: UserId,
        /// Who received.
        recipient: UserId,
        /// The day of supply.
        date: Day,
        /// The items supplied.
        items: Vec<DataItem>,
    }

    /// A dataset or the ledger was checked (`verify`).
    Checked {
        /// The dataset; absent: the ledger.
        dataset: Option<DatasetId>,
        /// Whether all was right.
        fit: bool,
        /// SHA-256 of the report.
        report: Digest,
    }

    /// A stop request or a revocation took effect (`withdraw`).
    Withdrawal {
        /// Why.
        cause: Cause,
        /// Whether persons' rows or the whole datasets are withdrawn.
        scope: Scope,
        /// The datasets it touches.
        datasets: Vec<DatasetId>,
        /// How many requests.
        requests: u64,
        /// Keyed digest of the requests.
        commitment: Digest,
    }

    /// A dataset was erased (Regulation Art. 12(1)(iii), R-LEDGER-03).
    Erasure {
        /// The dataset.
        dataset: DatasetId,
        /// The day of erasure.
        date: Day,
        /// The items erased.
        items: Vec<DataItem>,
        /// How: `key-destroyed`, `files-removed` …
        method: String,
    }
}

words! {
    /// Why something is withdrawn.
    Cause {
        /// A person or a bereaved family member asked to stop (Act Art. 53, 58).
        StopRequest = "stop-request",
        /// The provider or the producer takes back what should not have been supplied.
        Revocation = "revocation",
        /// A retention period ended.
        Retention = "retention",
    }

    /// How much of the named datasets is withdrawn.
    Scope {
        /// Rows of some persons: the dataset and all made from it are stale; a step that read the
        /// register after the withdrawal may go on from it.
        Persons = "persons",
        /// The whole dataset and all made from it, for good.
        Whole = "whole",
    }
}

macro_rules! record_enum {
    ($($variant:ident($type:ty) = $($act:ident)|+,)*) => {
        /// The record of any act that has a second half.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Record { $(
            #[doc = concat!("See [`", stringify!($type), "`].")]
            $variant($type)
        ),* }

        impl Record {
            pub(crate) fn to_value(&self) -> Value {
                let value = match self { $(Self::$variant(record) => record.write()),* };
                value.unwrap_or_default()
            }

            pub(crate) fn from_value(act: Act, value: &Value) -> Option<Self> {
                match act {
                    $($(Act::$act)|+ => <$type>::read(Some(value)).map(Self::$variant),)*
                    Act::Site => None,
                }
            }
        }

        $(impl From<$type> for Record {
            fn from(record: $type) -> Self {
                Self::$variant(record)
            }
        })*
    };
}

record_enum! {
    Register(Register) = Register,
    Intake(Intake) = Receive,
    Standing(Standing) = Screen,
    LinkModel(LinkModel) = Link,
    Verdict(Verdict) = Pseudonymise | Anonymise,
    Permission(Permission) = Grant,
    GrantWithdrawal(GrantWithdrawal) = WithdrawGrant,
    Supply(Supply) = Deliver,
    OnwardSupply(OnwardSupply) = Onward,
    Checked(Checked) = Check,
    Withdrawal(Withdrawal) = Withdraw,
    Erasure(Erasure) = Erase,
}

impl Record {
    /// The register state that was read, where the record says one.
    #[must_use]
    pub const fn epoch(&self) -> Option<u64> {
        match self {
            Self::Intake(intake) => Some(intake.epoch),
            Self::Standing(standing) => Some(standing.epoch),
            Self::LinkModel(model) => Some(model.epoch),
            Self::Verdict(verdict) => Some(verdict.epoch),
            _ => None,
        }
    }
}
