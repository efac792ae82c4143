//! The elements that are looked at.

/// A tag: group in the upper half, element in the lower.
pub(super) type Tag = u32;

pub(super) const SOP_CLASS: Tag = 0x0002_0002;
pub(super) const TRANSFER_SYNTAX: Tag = 0x0002_0010;
pub(super) const CHARACTER_SET: Tag = 0x0008_0005;
pub(super) const STUDY_DATE: Tag = 0x0008_0020;
pub(super) const SERIES_DATE: Tag = 0x0008_0021;
pub(super) const ACQUISITION_DATE: Tag = 0x0008_0022;
pub(super) const STUDY_TIME: Tag = 0x0008_0030;
pub(super) const MODALITY: Tag = 0x0008_0060;
pub(super) const MANUFACTURER: Tag = 0x0008_0070;
pub(super) const STUDY_DESCRIPTION: Tag = 0x0008_1030;
pub(super) const PROCEDURE_CODES: Tag = 0x0008_1032;
pub(super) const SERIES_DESCRIPTION: Tag = 0x0008_103E;
pub(super) const CODE_VALUE: Tag = 0x0008_0100;
pub(super) const CODE_SCHEME: Tag = 0x0008_0102;
pub(super) const PATIENT_NAME: Tag = 0x0010_0010;
pub(super) const PATIENT_ID: Tag = 0x0010_0020;
pub(super) const BIRTH_DATE: Tag = 0x0010_0030;
pub(super) const SEX: Tag = 0x0010_0040;
pub(super) const BODY_PART: Tag = 0x0018_0015;
pub(super) const STUDY_UID: Tag = 0x0020_000D;
pub(super) const SERIES_UID: Tag = 0x0020_000E;
pub(super) const LATERALITY: Tag = 0x0020_0060;
pub(super) const PIXEL_GROUP: u32 = 0x7FE0;

/// Items and their ends.
pub(super) const ITEM: Tag = 0xFFFE_E000;
pub(super) const ITEM_END: Tag = 0xFFFE_E00D;
pub(super) const SEQUENCE_END: Tag = 0xFFFE_E0DD;

/// Elements of the object itself that are kept.
pub(super) const WANTED: &[Tag] = &[
    SOP_CLASS,
    TRANSFER_SYNTAX,
    CHARACTER_SET,
    STUDY_DATE,
    SERIES_DATE,
    ACQUISITION_DATE,
    STUDY_TIME,
    MODALITY,
    MANUFACTURER,
    STUDY_DESCRIPTION,
    SERIES_DESCRIPTION,
    PATIENT_NAME,
    PATIENT_ID,
    BIRTH_DATE,
    SEX,
    BODY_PART,
    STUDY_UID,
    SERIES_UID,
    LATERALITY,
];
