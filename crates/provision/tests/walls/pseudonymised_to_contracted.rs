//! Pseudonymised data may go to a certified user only (R-SUPP-01).

use sudare_ledger::level::{Deliver, Pseudonymised};
use sudare_ledger::{Dataset, Scribe};
use sudare_model::time::Instant;
use sudare_provision::{ContractedUser, Grant, Handover, deliver};

fn wrong(
    to: ContractedUser,
    what: &Dataset<Pseudonymised>,
    grant: Grant<Pseudonymised>,
    handover: Handover<'_>,
    pen: &Scribe<Deliver>,
    now: Instant,
) {
    let _ = deliver(to, what, grant, handover, pen, std::io::sink(), now);
}

fn main() {}
