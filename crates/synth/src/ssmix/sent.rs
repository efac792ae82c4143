//! Messages outside a storage: what an outside laboratory sends a clinic, as it went over the line (MLLP).

use std::path::Path;

use super::{Chart, Stay, Store, first_order};
use crate::care::Visit;
use crate::charset::push_iso2022jp;
use crate::chunk::Chunk;
use crate::dice::{Dice, Purpose, one_in};
use crate::writing::Writer;

/// In a region of more people than this the laboratory examines only some; a bound on the volume.
const PERSONS: u64 = 10_000;

/// Adds a person's results to the streams of a clinic, one a month.
pub(crate) fn send(
    chunk: &mut Chunk,
    stay: &Stay<'_>,
    writer: &Writer<'_>,
    visits: &[Visit],
    persons: u64,
) {
    let mut dice = Dice::new(stay.seed, Purpose::Report, stay.person.no, stay.provider.no);
    let some = stay.person.no.is_multiple_of(one_in(persons, PERSONS));
    if !some && stay.canary.is_none() {
        return;
    }
    for visit in visits.iter().filter(|one| one.labs || stay.canary.is_some()) {
        let Some(problem) = stay.plan.problems.get(visit.problem) else { continue };
        let Some(written) = writer.on(visit.day) else { continue };
        // Nothing is written through the store.
        let store = Store::new(Path::new(""), stay.provider, &written.number);
        let order = first_order(stay) + u64::from(visit.day.epoch_days().unsigned_abs()) % 900;
        let again = dice.count(0, u32::MAX - 1);
        let dice = Dice::new(stay.seed, Purpose::Report, stay.person.no, again);
        let mut sender = Chart { stay, dice, store, chunk, written, order };
        let (year, month, _) = visit.day.ymd();
        let path = format!("hl7/OUL-{year:04}{month:02}.hl7");
        let file = format!("deliveries/{}/{path}", stay.provider.id);
        let (message, results) = sender.results(visit.day, false, problem);
        sender.tell(&file, &results, visit.day);
        let out = chunk.lines.entry((stay.at, path)).or_default();
        out.push(0x0B);
        push_iso2022jp(out, message.text());
        out.extend_from_slice(b"\x1C\r");
        chunk.count(stay.at, "messages");
    }
}
