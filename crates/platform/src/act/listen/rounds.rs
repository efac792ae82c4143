//! What was spooled becomes deliveries, round by round, through the same door as files.
//!
//! Invariant: a tray is discarded after the ledger has what was made of it, and never before.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sudare_store::spool::{Spooled, Tray};

use super::Heard;
use super::hall::{Door, Hall, Pending};
use crate::act::receive;
use crate::error::{ActError, Doing as _};
use crate::inbox::{Opened, SpooledFiles};

/// How often a site that another process has is asked for.
const AGAIN: Duration = Duration::from_millis(500);
/// How long a site is asked for once the listener is told to end.
const LAST: Duration = Duration::from_secs(5);
/// Longest wait after failures.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// Receives what is put in the hall until nothing will be put there any more.
///
/// # Errors
/// What a rule refuses ends the listener at once; what fails is tried again, and is told if it still fails at the end.
pub(super) fn run(hall: &Hall<'_>) -> Result<(), ActError> {
    let mut ending: Option<Instant> = None;
    let mut wait = hall.asked.limits.retry;
    let mut told = false;
    while hall.wait() {
        let over = hall.stop.is_raised();
        if over && ending.is_none() {
            ending = Some(Instant::now());
        }
        match round(hall) {
            Ok(true) => {
                hall.set(Door::Open);
                (wait, told) = (hall.asked.limits.retry, false);
                continue;
            }
            Ok(false) if ending.is_some_and(|since| since.elapsed() > LAST) => return Ok(()),
            Ok(false) => {
                if !std::mem::replace(&mut told, true) {
                    (hall.heard)(Heard::Busy);
                }
                std::thread::sleep(AGAIN);
            }
            Err(error @ ActError::Refused { .. }) => {
                hall.set(Door::Refused);
                return Err(error);
            }
            Err(error) if over => return Err(error),
            Err(error) => {
                // What is spooled stays; what would come now is refused until this can be received.
                hall.set(Door::Troubled);
                (hall.heard)(Heard::Trouble(&error));
                pause(hall, wait);
                wait = (wait * 2).min(WAIT_MAX);
            }
        }
    }
    Ok(())
}

/// Waits, but not beyond the end.
fn pause(hall: &Hall<'_>, wait: Duration) {
    let until = Instant::now() + wait;
    while Instant::now() < until && !hall.stop.is_raised() {
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Receives what waits, as far as it can be one delivery; `false` if another process has the site.
fn round(hall: &Hall<'_>) -> Result<bool, ActError> {
    let Some(mut site) = hall.desk.site()? else { return Ok(false) };
    let batch = Batch::of(&hall.trays());
    let files = Arc::new(SpooledFiles::new(batch.objects));
    let opened = Opened::spooled(Arc::clone(&files));
    let open = || Ok(opened);
    let answer = receive::take_in(&mut site, hall.provider.clone(), open, None, hall.progress)?;
    drop(site);
    let gone = hall.done(&batch.taken, !files.failed());
    if files.failed() {
        // What could be read is in the ledger; what could not is still here, to be looked at and read again.
        let unread =
            "objects in the spool do not open; they stay there and are read at the next start";
        let failed =
            Err::<(), _>(std::io::Error::other(unread)).doing("receiving what was spooled");
        if let Err(error) = failed {
            (hall.heard)(Heard::Trouble(&error));
        }
    }
    for tray in gone {
        hall.spool.discard(&tray).doing("emptying the spool")?;
    }
    hall.count_delivery(&answer);
    (hall.heard)(Heard::Received(&answer));
    Ok(true)
}

/// Objects that can be one delivery: what came twice is taken once, and an object that came again with another content
/// is left for the next, where it takes the place of the first.
struct Batch {
    objects: Vec<(Arc<Tray>, Spooled)>,
    /// By tray and number, those that came twice among them.
    taken: Vec<(usize, usize)>,
}

impl Batch {
    fn of(waiting: &[Pending]) -> Self {
        let mut contents: HashMap<&str, &str> = HashMap::new();
        let mut later: HashSet<&str> = HashSet::new();
        let (mut objects, mut taken) = (Vec::new(), Vec::new());
        for (at, pending) in waiting.iter().enumerate() {
            let each = pending.tray.objects().iter().zip(&pending.taken).enumerate();
            for (nth, (object, _)) in each.filter(|(_, (_, taken))| !**taken) {
                match contents.get(object.object()) {
                    None => {
                        contents.insert(object.object(), object.content());
                        objects.push((Arc::clone(&pending.tray), object.clone()));
                        taken.push((at, nth));
                    }
                    Some(content)
                        if *content == object.content() && !later.contains(object.object()) =>
                    {
                        taken.push((at, nth));
                    }
                    Some(_) => {
                        later.insert(object.object());
                    }
                }
            }
        }
        Self { objects, taken }
    }
}
