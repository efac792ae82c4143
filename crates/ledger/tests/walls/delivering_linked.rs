use sudare_ledger::level::{Deliver, Linked};
use sudare_ledger::{Dataset, Parameters, Scribe};
use sudare_model::UserId;
use sudare_model::time::Instant;

fn leak(pen: &Scribe<Deliver>, what: &Dataset<Linked>, to: &UserId, now: Instant) {
    let _open = pen.begin(what, to, Parameters::new(), now);
}

fn main() {}
