//! The certificate as it is written. Field order is the order in the file; unknown fields are
//! refused on reading, so that nothing stands in a certificate that a verifier does not look at.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

macro_rules! wire {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident : $kind:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$fdoc])* pub $field: $kind,)* }
    )*};
}

wire! {
    /// A DSSE envelope.
    Envelope {
        /// Type of the payload.
        #[serde(rename = "payloadType")]
        payload_type: String,
        /// The statement, base64.
        payload: String,
        /// Signatures over its pre-authentication encoding.
        signatures: Vec<Signature>,
    }

    /// A signature.
    Signature {
        /// Name of the key.
        keyid: String,
        /// Ed25519, base64.
        sig: String,
    }

    /// An in-toto statement.
    Statement {
        /// Its type.
        #[serde(rename = "_type")]
        kind: String,
        /// Every file of the release but the certificate.
        subject: Vec<Named>,
        /// Type of the predicate.
        #[serde(rename = "predicateType")]
        predicate_type: String,
        /// What is said of the files.
        predicate: Predicate,
    }

    /// Something with a digest.
    Named {
        /// Its name.
        name: String,
        /// Its digest.
        digest: Sha256,
    }

    /// A SHA-256 digest.
    Sha256 {
        /// 64 hex digits.
        sha256: String,
    }

    /// What is said of a release.
    Predicate {
        /// The dataset.
        dataset: String,
        /// The track.
        track: String,
        /// The article of the track.
        article: String,
        /// The project.
        project: String,
        /// For whom, where it is known.
        recipient: Option<String>,
        /// Digest of the specification.
        specification: Sha256,
        /// Day of the rule file.
        ruleset: String,
        /// Its numbers with their sources.
        thresholds: Vec<ThresholdClaim>,
        /// Version of the program.
        code_version: String,
        /// Every column that left.
        columns: Vec<ColumnClaim>,
        /// Every stored column that did not.
        withheld: Vec<Withheld>,
        /// Rows and values of each table.
        tables: Vec<TableClaim>,
        /// What became of the rows read.
        rows: Vec<RowAccount>,
        /// The risk measured.
        risk: RiskClaim,
        /// The register read.
        register: RegisterClaim,
        /// The datasets read.
        inputs: Vec<Named>,
        /// Digest of the list of files: what the ledger entry names.
        outputs: Sha256,
        /// The ledger entry and its proof.
        ledger: LedgerPlace,
    }

    /// A number of the rule file. The specification may have asked for another; `risk` and
    /// `columns` say what held.
    ThresholdClaim {
        /// Its name.
        name: String,
        /// The rule file's number.
        default: f64,
        /// The requirement it serves.
        requirement: String,
        /// Where it comes from.
        source: String,
        /// How far to trust that.
        mark: String,
    }

    /// A column that left.
    ColumnClaim {
        /// The table.
        table: String,
        /// The column as released.
        column: String,
        /// Table and column it was made from.
        source: String,
        /// What was done.
        rule: String,
        /// With which parameters.
        parameters: BTreeMap<String, String>,
        /// The requirement that asked for it.
        requirement: String,
    }

    /// A stored column that did not leave.
    Withheld {
        /// Table and column.
        source: String,
        /// The requirement.
        requirement: String,
    }

    /// A table as released.
    TableClaim {
        /// Its name.
        table: String,
        /// Its rows.
        rows: u64,
        /// Its columns in order.
        columns: Vec<Counted>,
    }

    /// A column's values.
    Counted {
        /// The column.
        column: String,
        /// Rows with a value.
        filled: u64,
    }

    /// What became of the rows of a table.
    RowAccount {
        /// The table.
        table: String,
        /// Rows of persons of the dataset.
        read: u64,
        /// Not received under the track.
        other_track: u64,
        /// Outside the period.
        outside_period: u64,
        /// Of persons left out to reach k.
        person_suppressed: u64,
        /// Outside the period once shifted.
        shifted_out: u64,
        /// Left with a rare code.
        rare_code: u64,
        /// Written.
        written: u64,
    }

    /// The risk measured.
    RiskClaim {
        /// Smallest class required; none on the pseudonymised track.
        k_required: Option<u64>,
        /// Smallest class in the rows written.
        k_measured: u64,
        /// Classes in the rows written.
        classes: u64,
        /// Persons received under the track.
        persons: u64,
        /// Persons left out.
        suppressed: u64,
        /// Largest share that may be left out.
        max_suppression: Option<f64>,
        /// What the adversary knows.
        quasi_identifiers: Vec<QuasiClaim>,
        /// Who chose the generalisation.
        generaliser: String,
        /// Information lost on the quasi-identifiers, 0 to 1.
        loss: f64,
        /// What earlier releases of the project add (R-ANON-08); none on the pseudonymised track.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        earlier: Option<EarlierClaim>,
        /// The adversary assumed (R-ANON-07).
        adversary: String,
        /// What was not measured.
        not_measured: String,
    }

    /// What earlier releases of the project add to what this one tells.
    EarlierClaim {
        /// The releases compared with, oldest first.
        releases: Vec<String>,
        /// Releases of the project that could not be compared with.
        not_compared: Vec<String>,
        /// What the specification asks for: `suppress` or `refuse`.
        setting: String,
        /// Smallest set of persons of this release who stood in the same class, or in none, in
        /// every release compared and stand in the same class here; none where none was compared.
        smallest: Option<u64>,
        /// Persons left out whose class alone would have been large enough.
        suppressed: u64,
        /// Persons of earlier releases who are not in this one.
        left: u64,
        /// Of those, persons in sets smaller than k: alike in every earlier release and gone now.
        left_below_k: u64,
    }

    /// A quasi-identifier.
    QuasiClaim {
        /// Its name in the specification.
        name: String,
        /// The column of `person` that holds it.
        column: String,
        /// How it was generalised.
        step: String,
    }

    /// The register read.
    RegisterClaim {
        /// Its last entry.
        epoch: u64,
        /// When it was read.
        read_at: String,
    }

    /// Where the ledger has the act. Opaque here: the verifier hands it to whoever knows the log.
    LedgerPlace {
        /// Name of the log.
        origin: String,
        /// Position of the entry.
        index: u64,
        /// Size of the tree proved against.
        tree_size: u64,
        /// The entry, base64.
        entry: String,
        /// Inclusion proof, each hash base64.
        proof: Vec<String>,
        /// The signed checkpoint.
        checkpoint: String,
    }
}
