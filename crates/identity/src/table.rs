//! The stored form of identity: one row for each patient of a delivery and each distinct statement about them.
//!
//! The table lies in vaults of its own, under keys of its own, and never in a dataset.

use sudare_model::table::Kind;

/// Name of the identity table.
pub const IDENTITY: &str = "identity";

/// Columns in stored order. All texts are as written by the source; normalising is linkage's business.
pub const IDENTITY_COLUMNS: &[(&str, Kind)] = &[
    ("subject", Kind::Bytes16),
    ("provider_id", Kind::Code),
    ("patient_number", Kind::Text),
    ("name_kanji", Kind::Text),
    ("name_kana", Kind::Text),
    ("birth_date", Kind::Date),
    ("sex", Kind::Code),
    ("postal_code", Kind::Text),
    ("address", Kind::Text),
    ("phone", Kind::Text),
    ("insurer_number", Kind::Text),
    ("insurance_symbol", Kind::Text),
    ("insurance_number", Kind::Text),
    ("insurance_branch", Kind::Text),
    ("relation", Kind::Code),
    ("delivery_id", Kind::Code),
    ("file_no", Kind::UInt32),
    ("record_no", Kind::UInt32),
];
