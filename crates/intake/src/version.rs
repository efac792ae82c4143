//! What a file is a version of: the logical name that stays when a provider sends the file again with other content.
//!
//! What it is for: knowing that a file takes the place of one received before. What it is not for: telling files of one
//! delivery apart, and showing anybody a name: a logical name may hold a patient number, so it is never printed.
//!
//! Invariant: two files that belong side by side never share a name, or one would make the other disappear. Where a
//! format's own name for a file is used again for another content (a claim file is called `RECEIPTC.UKE` every month),
//! what the file says of itself is part of its logical name.

use crate::formats;

/// A file's logical name, and which version of it the file is.
#[derive(Clone, PartialEq, Eq)]
pub struct Version {
    /// The logical name within one provider.
    pub name: Vec<u8>,
    /// A later version has a larger number; where versions are not numbered it is 0, and what comes later is later.
    pub number: i64,
    /// Whether what it states of the person goes with it when it is replaced. Messages of a storage repeat who the
    /// patient is, and only the first that says so is kept, so the others' word must outlast any one of them.
    pub personal: bool,
}

impl std::fmt::Debug for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Version({})", self.number)
    }
}

impl Version {
    /// What a file is a version of, by its path in the delivery and its first bytes (at most
    /// [`crate::plan::HEAD_BYTES`] are looked at).
    #[must_use]
    pub fn of(path: &str, head: &[u8]) -> Self {
        let head = head.get(..crate::plan::HEAD_BYTES).unwrap_or(head);
        let format = formats::ALL
            .iter()
            .find(|format| format.owns_path(path))
            .or_else(|| formats::ALL.iter().find(|format| format.recognises(head, path)));
        format.and_then(|format| format.version(path, head)).unwrap_or_else(|| Self::named(&[path]))
    }

    /// The name made of parts, not numbered.
    pub(crate) fn named(parts: &[&str]) -> Self {
        Self { name: parts.join("\0").into_bytes(), number: 0, personal: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(path: &str, head: &str) -> Version {
        Version::of(path, head.as_bytes())
    }

    #[test]
    fn a_message_is_known_by_patient_day_type_and_order_wherever_the_storage_lies() {
        let of = |root: &str, time: &str, department: &str, flag: u8| {
            let folders = "000/000/0000001/20240301/OMP-01/0000001_20240301_OMP-01";
            Version::of(&format!("{root}{folders}_000000000000007_{time}_{department}_{flag}"), b"")
        };
        let (first, second) = ("20240301101010000", "20240302101010000");
        let old = of("ssmix2/", first, "01", 1);
        assert_eq!(old.name, of("", second, "02", 0).name);
        assert!(old.number < of("", second, "01", 1).number);
        // Renamed to superseded or deleted it is the same version; less precise times are not older by length.
        assert_eq!(old, of("", first, "01", 2));
        assert_eq!(old.number, of("", "20240301101010", "01", 1).number);
        let other = "ssmix2/000/000/0000001/20240301/OMP-01/0000001_20240301_OMP-01_8_1_01_1";
        assert_ne!(old.name, Version::of(other, b"").name);
    }

    #[test]
    fn a_claim_file_is_known_by_its_path_and_what_it_says_of_itself() {
        let ir = "IR,1,13,1,1234567,,Clinic,202404,00,0312345678\r\nRE,1,1112,202403,A\r\n";
        let april = claims("RECEIPTC.UKE", ir);
        assert_eq!(april, claims("RECEIPTC.UKE", &ir.replace("RE,1,1112", "RE,1,1122")));
        let mut names = vec![april.name.clone()];
        for other in [
            claims("RECEIPTC.UKE", &ir.replace("202404", "202405")),
            claims("RECEIPTC.UKE", &ir.replace("IR,1,", "IR,2,")),
            claims("RECEIPTC.UKE", &ir.replace(",00,", ",01,")),
            claims("2/RECEIPTC.UKE", ir),
            claims("RECEIPTC.UKE", "RE,1,1112,202403,A\r\n"),
            claims("RECEIPTC.UKE", "RE,1,1112,202404,A\r\n"),
            claims("RECEIPTC.txt", ""),
            claims("RECEIPTC.UKE", "YK,1,13,4,4444444,Pharmacy,202404,00,\r\n"),
            claims("RECEIPTC.UKE", "YK,1,13,4,4444444,Pharmacy,202405,00,\r\n"),
        ] {
            assert!(!names.contains(&other.name), "{}", String::from_utf8_lossy(&other.name));
            names.push(other.name);
        }
        // An insurer's file puts three columns before each record, and its own record before the first.
        let insurer = "1,1,0,MN,1001,X,1,,,\n1,2,0,IR,1,13,1,1234567,,Clinic,202404,00,\n";
        assert_eq!(claims("RECEIPTC.UKE", insurer), april);
        assert!(!format!("{april:?}").contains("1234567"));
    }
}
