//! A certificate is checked again for each delivery: its evidence is used up by one.

use sudare_ledger::level::{Deliver, Pseudonymised};
use sudare_ledger::{Dataset, Scribe};
use sudare_model::time::Instant;
use sudare_provision::{CertifiedUser, Grant, Handover, deliver};

fn wrong(
    to: CertifiedUser,
    what: &Dataset<Pseudonymised>,
    grants: [Grant<Pseudonymised>; 2],
    handovers: [Handover<'_>; 2],
    pen: &Scribe<Deliver>,
    now: Instant,
) {
    let [one, other] = grants;
    let [first, second] = handovers;
    let _ = deliver(to, what, one, first, pen, std::io::sink(), now);
    let _ = deliver(to, what, other, second, pen, std::io::sink(), now);
}

fn main() {}
