//! Nobody is certified but by a check.

use sudare_provision::{CertificateRecord, CertifiedUser, UserRecord};

fn wrong(user: UserRecord, certificate: CertificateRecord) -> CertifiedUser {
    CertifiedUser { user, certificate }
}

fn main() {}
