//! Nothing below the two released levels can be delivered to anyone.

use sudare_ledger::level::{Deliver, Linked};
use sudare_ledger::{Dataset, Scribe};
use sudare_model::time::Instant;
use sudare_provision::{CertifiedUser, Handover, deliver};

fn wrong(
    to: CertifiedUser,
    what: &Dataset<Linked>,
    grant: sudare_provision::Grant<Linked>,
    handover: Handover<'_>,
    pen: &Scribe<Deliver>,
    now: Instant,
) {
    let _ = deliver(to, what, grant, handover, pen, std::io::sink(), now);
}

fn main() {}
