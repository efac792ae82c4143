//! Measures vault, engine and encryption at rest on invented rows: `measure vault ROWS`, `measure plain ROWS`,
//! `measure custody FILES`, `measure control ROWS`. Figures go to the standard output; the decision records quote them.

use std::error::Error;
use std::io::Write;

#[path = "measure/control.rs"]
mod control;
#[path = "measure/custody.rs"]
mod custody;
#[path = "measure/plain.rs"]
mod plain;
#[path = "measure/rows.rs"]
mod rows;
#[path = "measure/vault.rs"]
mod vault;

type Done<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Done<()> {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().unwrap_or_default();
    let count: usize = arguments.next().unwrap_or_default().parse().unwrap_or(5_000_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match what.as_str() {
        "vault" => runtime.block_on(vault::measure(count)),
        "plain" => runtime.block_on(plain::measure(count)),
        "custody" => custody::measure(count),
        "control" => runtime.block_on(control::measure(count)),
        _ => Err("say `vault`, `plain`, `custody` or `control`, then a number of rows".into()),
    }
}

/// One line of the account.
fn tell(what: &str, rows: usize, bytes: u64, seconds: f64) -> Done<()> {
    let mega = bytes as f64 / 1e6;
    writeln!(
        std::io::stdout(),
        "{what:<44} {seconds:8.2} s {:10.2} M rows/s {mega:9.1} MB {:8.1} MB/s  peak {:6.0} MB",
        rows as f64 / seconds / 1e6,
        mega / seconds,
        peak_kib() as f64 / 1024.0
    )?;
    Ok(())
}

/// Most memory this process has held, in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
