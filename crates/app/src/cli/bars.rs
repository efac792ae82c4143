//! Progress bars on a terminal; nothing when piped or with `--json`.

use std::io::IsTerminal as _;
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressStyle};
use sudare_platform::progress::{Progress, Unit};

/// One bar at a time, on standard error.
#[derive(Debug, Default)]
pub(crate) struct Bars {
    current: Mutex<Option<ProgressBar>>,
    quiet: bool,
}

impl Bars {
    /// Bars if a person watches.
    pub(crate) fn new(json: bool) -> Self {
        Self { current: Mutex::default(), quiet: json || !std::io::stderr().is_terminal() }
    }

    fn with(&self, act: impl FnOnce(&mut Option<ProgressBar>)) {
        if self.quiet {
            return;
        }
        // A poisoned lock means a thread died while drawing: stop drawing, keep working.
        if let Ok(mut bar) = self.current.lock() {
            act(&mut bar);
        }
    }
}

impl Progress for Bars {
    fn begin(&self, stage: &'static str, total: Option<u64>, unit: Unit) {
        self.with(|bar| {
            let counter = match unit {
                Unit::Bytes => "{bytes}/{total_bytes}",
                Unit::Files | Unit::Rows | Unit::Persons | Unit::Tables => {
                    "{human_pos}/{human_len}"
                }
            };
            let (template, new) = match total {
                Some(total) => (
                    format!("  {{msg:24}} {{wide_bar}} {counter} {{eta}}"),
                    ProgressBar::new(total),
                ),
                None => (
                    format!("  {{msg:24}} {{spinner}} {}", "{human_pos}"),
                    ProgressBar::new_spinner(),
                ),
            };
            if let Ok(style) = ProgressStyle::with_template(&template) {
                new.set_style(style);
            }
            new.set_message(stage);
            *bar = Some(new);
        });
    }

    fn advance(&self, amount: u64) {
        self.with(|bar| {
            if let Some(bar) = bar {
                bar.inc(amount);
            }
        });
    }

    fn end(&self) {
        self.with(|bar| {
            if let Some(bar) = bar.take() {
                bar.finish_and_clear();
            }
        });
    }
}
