//! The SS-MIX2 storage against its laws and the truth.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::{files, region, rows};

/// The parts of a file name.
fn parts(path: &Path) -> Vec<String> {
    path.file_name().unwrap().to_str().unwrap().split('_').map(str::to_owned).collect()
}

#[test]
fn folders_follow_from_names_and_one_file_is_valid() {
    let (folder, summary) = region(900, 21);
    let misplaced: BTreeSet<String> = rows(folder.path(), "truth/messy.csv")
        .into_iter()
        .filter(|row| row["what"] == "wrong_folder")
        .map(|row| row["source_file"].clone())
        .collect();
    let mut valid: BTreeMap<Vec<String>, u32> = BTreeMap::new();
    let mut seen = 0;
    for (path, _) in files(folder.path()) {
        let text = path.to_str().unwrap().to_owned();
        if !text.contains("/ssmix2/") {
            continue;
        }
        seen += 1;
        let name = parts(&path);
        assert_eq!(name.len(), 7, "{text}");
        let folders: Vec<&str> = text.split('/').collect();
        let at = folders.iter().position(|one| *one == "ssmix2").unwrap();
        assert_eq!(
            folders[at + 1..at + 3],
            [name[0].get(..3).unwrap(), name[0].get(3..6).unwrap()]
        );
        assert_eq!(folders[at + 3..at + 5], [&name[0], &name[1]]);
        assert_eq!(folders[at + 5] == name[2], !misplaced.contains(&text));
        assert_eq!((name[3].len(), name[4].len()), (15, 17));
        assert!(["0", "1", "2"].contains(&name[6].as_str()));
        if name[6] == "1" {
            let key = vec![
                folders[1].to_owned(),
                name[0].clone(),
                name[1].clone(),
                name[2].clone(),
                name[3].clone(),
            ];
            *valid.entry(key).or_default() += 1;
        }
    }
    assert_eq!(seen, summary.storage_files);
    assert!(valid.values().all(|count| *count == 1));
}

#[test]
fn facts_stand_in_valid_files_that_decode() {
    let (folder, _) = region(600, 3);
    let all = files(folder.path());
    let mut checked = 0;
    for row in rows(folder.path(), "truth/facts.csv") {
        let file = &row["source_file"];
        if !file.contains("/ssmix2/") {
            continue;
        }
        assert!(file.ends_with("_1"), "{file}");
        let bytes = &all[Path::new(file)];
        let (text, _, broken) = encoding_rs::ISO_2022_JP.decode(bytes);
        assert!(!broken, "{file}");
        let segments: Vec<&str> = text.split(['\r', '\n']).collect();
        assert!(segments[0].starts_with("MSH|^~\\&|"));
        let pid = segments.iter().find(|one| one.starts_with("PID|")).unwrap();
        let number = pid.split('|').nth(3).unwrap().split('^').next().unwrap();
        assert_eq!(number, row["patient_number"]);
        let holds = match row["kind"].as_str() {
            // An exposure: the fact's code is segment and field.
            "lab" if row["code"].starts_with("ZE2-") => {
                segments.iter().any(|one| one.starts_with("ZE2|") && one.contains(&row["value"]))
            }
            "lab" => {
                segments.iter().any(|one| one.starts_with("OBX|") && one.contains(&row["code"]))
            }
            "drug" => segments.iter().any(|one| {
                one.split('|').any(|field| field.starts_with(&format!("{}^", row["code"])))
            }),
            "diagnosis" => {
                segments.iter().any(|one| one.starts_with("PRB|") && one.contains(&row["code"]))
            }
            _ => true,
        };
        assert!(holds, "{file}");
        checked += 1;
    }
    assert!(checked > 500);
}

#[test]
fn lab_values_stand_in_the_fifth_field() {
    let (folder, _) = region(400, 8);
    let all = files(folder.path());
    for row in rows(folder.path(), "truth/facts.csv") {
        let exposure = row["code"].starts_with("ZE2-");
        if row["kind"] != "lab" || exposure || !row["source_file"].contains("/ssmix2/") {
            continue;
        }
        let (text, _, _) = encoding_rs::ISO_2022_JP.decode(&all[Path::new(&row["source_file"])]);
        let found = text.split(['\r', '\n']).any(|segment| {
            let fields: Vec<&str> = segment.split('|').collect();
            fields[0] == "OBX"
                && fields[3].split('^').next() == Some(row["code"].as_str())
                && fields[5].replace('^', "") == row["value"]
        });
        assert!(found, "{}", row["source_file"]);
    }
}
