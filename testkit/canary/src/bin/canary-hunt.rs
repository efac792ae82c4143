//! Hunts planted strings in folders from the command line.
//!
//! `canary-hunt NEEDLES.csv FOLDER… [--spare FOLDER]…` reads needles, one to a line below a header: the last cell is
//! the string, the cells before it say what it is. It searches every folder and ends with 1 if anything was found.
//! `truth/canary.csv` of a region made with `sudare synth --canary` is such a file.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command says what it found")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sudare_canary::{Hunter, Needle};

const USAGE: &str = "usage: canary-hunt NEEDLES.csv FOLDER... [--spare FOLDER]...";

fn main() -> ExitCode {
    match hunt() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Whether nothing was found.
fn hunt() -> Result<bool, Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let needles = needles(&std::fs::read_to_string(arguments.next().ok_or(USAGE)?)?);
    let (mut folders, mut spared) = (Vec::new(), Vec::new());
    while let Some(argument) = arguments.next() {
        if argument == "--spare" {
            spared.push(PathBuf::from(arguments.next().ok_or(USAGE)?));
        } else {
            folders.push(PathBuf::from(argument));
        }
    }
    if needles.is_empty() || folders.is_empty() {
        return Err("nothing to look for, or nowhere to look".into());
    }
    let hunter = Hunter::new(&needles)?;
    let spared: Vec<&Path> = spared.iter().map(PathBuf::as_path).collect();
    let (mut files, mut bytes, mut seen) = (0, 0, 0);
    for folder in &folders {
        let account = hunter.folder(folder, &spared)?;
        files += account.files;
        bytes += account.bytes;
        seen += account.sightings.len();
        for sighting in account.sightings {
            println!("found: {}: {}: {}", sighting.place, sighting.label, sighting.how);
        }
    }
    println!(
        "{} needles in {} spellings, {files} files, {bytes} bytes searched, {seen} sightings",
        needles.len(),
        hunter.spellings()
    );
    Ok(seen == 0 && files > 0)
}

fn needles(text: &str) -> Vec<Needle> {
    text.lines()
        .skip(1)
        .filter_map(|line| line.rsplit_once(','))
        .map(|(label, text)| Needle { label: label.into(), text: text.into() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_needle_is_the_last_cell_of_its_line() {
        let found = needles("person,field,form,string\nP00000013,family,kana,アイエオカ\n\n");
        assert_eq!(found.len(), 1);
        assert_eq!((&*found[0].label, &*found[0].text), ("P00000013,family,kana", "アイエオカ"));
    }
}
