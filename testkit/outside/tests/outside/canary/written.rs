//! Every byte a command writes to any file or pipe, by `strace`: also to a file that it removes again.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::{Command, Stdio};

/// Calls that write, and the one that starts a program.
const CALLS: &str = "trace=write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,execve";

pub(super) fn can_trace() -> bool {
    let mut command = Command::new("strace");
    command.args(["-qq", "-e", "trace=none", "true"]).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The command under `strace`, which writes to `trace` with every byte as `\xHH`.
pub(super) fn traced(command: &Command, trace: &Path) -> Command {
    let mut traced = Command::new("strace");
    traced.args(["--seccomp-bpf", "-f", "-qq", "-xx", "-s", "67108864", "-e", CALLS, "-o"]);
    traced.arg(trace).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => traced.env(name, value),
            None => traced.env_remove(name),
        };
    }
    traced
}

/// Keeps what was written, a file for each descriptor, and removes the trace. The command started no other program:
/// nobody else saw what it knows.
pub(super) fn keep(trace: &Path, into: &Path) {
    let mut streams: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    let mut programs = 0;
    let mut lines = BufReader::new(std::fs::File::open(trace).unwrap());
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).unwrap() > 0 {
        // `1234  write(5, "\x41\x42", 2) = 2`
        let call = line.splitn(2, |byte| *byte == b'(').next().unwrap();
        programs += usize::from(call.ends_with(b"execve"));
        let rest = line.get(call.len() + 1..).unwrap_or_default();
        let descriptor = rest.split(|byte| *byte == b',').next().unwrap();
        if !descriptor.is_empty() && descriptor.iter().all(u8::is_ascii_digit) {
            let stream = streams.entry(descriptor.to_vec()).or_default();
            unescape(rest, stream);
        }
        line.clear();
    }
    assert_eq!(programs, 1, "{}: programs started", into.display());
    std::fs::create_dir(into).unwrap();
    for (descriptor, bytes) in streams {
        std::fs::write(into.join(String::from_utf8(descriptor).unwrap()), bytes).unwrap();
    }
    std::fs::remove_file(trace).unwrap();
}

/// Appends what `\xHH` stands for; what stands between is `strace`'s own.
fn unescape(text: &[u8], into: &mut Vec<u8>) {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut rest = text;
    while let Some((head, tail)) = rest.split_first() {
        rest = tail;
        if let (b'\\', [b'x', high, low, after @ ..]) = (*head, tail)
            && let (Some(high), Some(low)) = (digit(*high), digit(*low))
        {
            into.push(u8::try_from(high * 16 + low).unwrap());
            rest = after;
        }
    }
}

/// Bytes of all files of a folder.
pub(super) fn bytes_below(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.map(|entry| entry.metadata().unwrap().len()).sum()
}
