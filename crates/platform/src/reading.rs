//! Reading the units of a delivery on all cores, and taking their outcomes in order.
//!
//! What it is for: `receive` and `tools parse` alike. A batch of units is read while the batch before it is taken, so
//! memory holds two batches whatever the size of the delivery.
//!
//! Invariant: outcomes are taken in the order of the plan, so what is written does not depend on the number of cores.

use rayon::prelude::*;
use sudare_intake::{Context, Files, Gate, UnitOutcome, WorkPlan, WorkUnit, read_unit};

use crate::error::{ActError, Doing as _};
use crate::progress::{Progress, Unit};

/// Units read at once: enough to keep every core busy, few enough to bound memory.
const UNITS_AT_ONCE: usize = 8;

/// Reads every unit of a plan and gives each outcome, with its unit, to `take` in order. Stops at the first error.
///
/// # Errors
/// That of `take`; [`ActError::Failed`] where the list of files could not be read back, now or for the plan.
pub(crate) fn read_in_order(
    plan: &WorkPlan,
    files: &dyn Files,
    gate: &dyn Gate,
    context: &Context,
    progress: &dyn Progress,
    mut take: impl FnMut(&WorkUnit, UnitOutcome) -> Result<(), ActError> + Send,
) -> Result<(), ActError> {
    progress.begin("reading", Some(plan.units.iter().map(|unit| unit.bytes).sum()), Unit::Bytes);
    let read = |units: &[WorkUnit]| -> Vec<UnitOutcome> {
        units.par_iter().map(|unit| read_unit(unit, files, gate, context)).collect()
    };
    let mut before: Option<(&[WorkUnit], Vec<UnitOutcome>)> = None;
    let mut failed = Ok(());
    for units in plan.units.chunks(UNITS_AT_ONCE).map(Some).chain([None]) {
        let taken = before.take();
        let (next, result) = rayon::join(
            || units.map(|units| (units, read(units))),
            || {
                taken.map_or(Ok(()), |(units, outcomes)| {
                    units.iter().zip(outcomes).try_for_each(|(unit, outcome)| {
                        progress.advance(unit.bytes);
                        take(unit, outcome)
                    })
                })
            },
        );
        if result.is_err() {
            failed = result;
            break;
        }
        before = next;
    }
    progress.end();
    failed?;
    whole(files)
}

/// Refuses to go on with what was made of a list that could not be read back.
pub(crate) fn whole(files: &dyn Files) -> Result<(), ActError> {
    let lost = || std::io::Error::other("what was put aside of it does not open");
    files.is_whole().then_some(()).ok_or_else(lost).doing("reading the list of files back")
}
