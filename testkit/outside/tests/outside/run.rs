//! Finding and running the binary.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The binary, or `None` after saying aloud that the test skips.
pub(crate) fn binary() -> Option<PathBuf> {
    let Some(path) = std::env::var_os("SUDARE_BIN").map(PathBuf::from) else {
        eprintln!("skipped: SUDARE_BIN does not name a built binary");
        return None;
    };
    assert!(path.is_absolute() && path.is_file(), "SUDARE_BIN must be the full path of a file");
    Some(path)
}

/// The root of the tree.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The binary with a clean environment for a site.
pub(crate) fn sudare(binary: &Path, home: &Path) -> Command {
    let mut command = Command::new(binary);
    command
        .env_remove("SUDARE_HOME")
        .env_remove("SUDARE_LOG")
        .env_remove("SUDARE_PASSPHRASE_FILE")
        .arg("--home")
        .arg(home);
    command
}

/// Runs to the end; a status other than 0 fails with what was said.
#[track_caller]
pub(crate) fn done(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?} ended with {}:\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// The last line of the output as JSON: what `--json` ends with.
#[track_caller]
pub(crate) fn json(output: &Output) -> Value {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    serde_json::from_str(text.trim())
        .or_else(|_| serde_json::from_str(text.lines().last().unwrap_or_default()))
        .unwrap_or_else(|error| panic!("`--json` printed no object: {error}:\n{text}"))
}
