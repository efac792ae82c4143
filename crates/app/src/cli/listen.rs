//! `listen` at a terminal or under a supervisor: signals end it, and what happens is told on standard error.

use std::io::Write as _;
use std::time::Duration;

use sudare_platform::act::{self, Heard, ListenAsked, ListenLimits, Stop};
use sudare_platform::answer::{ListenAnswer, ReceiveAnswer};
use sudare_platform::{ActError, Desk};
use tokio::signal::unix::{SignalKind, signal};

use super::Outcome;
use super::args::ListenArgs;
use super::bars::Bars;
use super::show::grouped;

/// Exit status of a listener that was told twice to end, as a shell gives it for an interrupt.
const INTERRUPTED: i32 = 130;

/// Listens until a signal says to stop.
pub(crate) fn listen(desk: &Desk, args: &ListenArgs, bars: &Bars) -> Outcome<ListenAnswer> {
    let stop = Stop::default();
    stop_on_signals(stop.clone()).map_err(|source| ActError::Failed {
        doing: "preparing for signals".to_owned(),
        source: source.into(),
    })?;
    let limits = ListenLimits {
        associations: usize::from(args.associations),
        object_bytes: u64::from(args.object_limit) << 20,
        idle: Duration::from_secs(u64::from(args.idle)),
        ..ListenLimits::default()
    };
    let asked = ListenAsked {
        provider: &args.provider,
        ae_title: &args.ae_title,
        bind: &args.bind,
        calling: &args.calling,
        once: args.once,
        limits,
    };
    act::listen(desk, &asked, &stop, &|heard| tell(args, heard), bars)
}

/// Ctrl-C and SIGTERM: the first ends the listener as it should end, a second ends the process, which loses nothing
/// that was acknowledged.
fn stop_on_signals(stop: Stop) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut interrupt, mut terminate) = {
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    let watch = move || {
        runtime.block_on(async {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                if stop.is_raised() {
                    std::process::exit(INTERRUPTED);
                }
                stop.raise();
            }
        });
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(watch).map(drop)
}

/// One line on standard error for what happens: a supervisor keeps it, a person reads it.
fn tell(args: &ListenArgs, heard: Heard<'_>) {
    let line = match heard {
        Heard::Listening { address, left } => {
            let before = match left {
                0 => String::new(),
                left => format!("; {left} images of an earlier run are received first"),
            };
            format!("listening  {address} as {} for {}{before}", args.ae_title, args.provider)
        }
        Heard::Received(answer) => received(answer),
        Heard::Busy => {
            "waiting    another process has the site; what comes in is kept in the spool".to_owned()
        }
        Heard::Trouble(error) => {
            let causes: String =
                error.causes().iter().map(|cause| format!(", because {cause}")).collect();
            format!("trouble    {error}{causes}")
        }
    };
    // Nothing can be done when the terminal is gone.
    let _gone = writeln!(std::io::stderr(), "{line}");
}

fn received(answer: &ReceiveAnswer) -> String {
    let count = |counts: &sudare_platform::answer::Counts, name: &str| {
        grouped(counts.get(name).copied().unwrap_or(0))
    };
    let name = answer.delivery.as_deref().unwrap_or("-");
    format!(
        "received   {name}{}: images {}, set aside {}, admitted {}, refused {}",
        if answer.unchanged { " (nothing new)" } else { "" },
        count(&answer.brought.files, "given"),
        count(&answer.brought.files, "set_aside"),
        count(&answer.brought.units, "admitted"),
        count(&answer.brought.units, "refused"),
    )
}
