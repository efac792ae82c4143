//! DICOM objects of a hospital's images: whole headers and eight by eight pixels (PS3.10 7.1, PS3.5 7.1.2, PS3.3 C.7).
//!
//! Explicit VR, little endian. Names as Japanese systems write them (PS3.5 annex H): in three groups, either with a
//! romanised first group and `\ISO 2022 IR 87`, or with half-width kana in the first and
//! `ISO 2022 IR 13\ISO 2022 IR 87`. Accession number and study UID are those of the hospital's own messages.

mod name;

use std::io;
use std::path::Path;

use sudare_model::time::Day;

use crate::period::digits;
use crate::writing::Written;
pub(crate) use name::roman;
use name::{Repertoire, person_name, words};

/// An imaging study.
pub(crate) struct Study<'a> {
    pub(crate) written: &'a Written,
    pub(crate) day: Day,
    /// `HHMMSS`.
    pub(crate) time: &'a str,
    pub(crate) uid: &'a str,
    pub(crate) accession: &'a str,
    /// JJ1017, 32 characters, and its name.
    pub(crate) procedure: (&'a str, &'a str),
    pub(crate) modality: &'a str,
    pub(crate) institution: &'a str,
    /// Whose number decides the character sets.
    pub(crate) person: u64,
}

/// Writes the objects of a study below `out`, in a folder given from there; returns the path of the first.
pub(crate) fn archive(study: &Study<'_>, out: &Path, folder: &str) -> io::Result<String> {
    std::fs::create_dir_all(out.join(folder))?;
    let objects = if study.modality == "CT" { 2 } else { 1 };
    for nth in 1..=objects {
        std::fs::write(out.join(format!("{folder}/IM{nth:05}")), object(study, nth))?;
    }
    Ok(format!("{folder}/IM00001"))
}

/// Elements in ascending order of their tags.
struct Elements(Vec<u8>);

impl Elements {
    /// A value with its VR; odd lengths are padded, UIDs by NUL, everything else by a space.
    fn put(&mut self, (group, element): (u16, u16), vr: &str, value: &[u8]) {
        let mut value = value.to_vec();
        if value.len() % 2 == 1 {
            value.push(if matches!(vr, "UI" | "OB") { 0 } else { b' ' });
        }
        self.0.extend(group.to_le_bytes());
        self.0.extend(element.to_le_bytes());
        self.0.extend(vr.as_bytes());
        let length = u32::try_from(value.len()).unwrap_or_default();
        if matches!(vr, "OB" | "OW" | "SQ") {
            self.0.extend([0, 0]);
            self.0.extend(length.to_le_bytes());
        } else {
            self.0.extend(u16::try_from(length).unwrap_or_default().to_le_bytes());
        }
        self.0.extend(value);
    }

    fn text(&mut self, tag: (u16, u16), vr: &str, value: &str) {
        self.put(tag, vr, value.as_bytes());
    }

    fn number(&mut self, tag: (u16, u16), value: u16) {
        self.put(tag, "US", &value.to_le_bytes());
    }
}

/// A file: preamble, group 2, data set.
fn object(study: &Study<'_>, nth: u32) -> Vec<u8> {
    let class = match study.modality {
        "CT" => "1.2.840.10008.5.1.4.1.1.2",
        _ => "1.2.840.10008.5.1.4.1.1.1.1",
    };
    let instance = format!("{}.1.{nth}", study.uid);
    let mut meta = Elements(Vec::new());
    meta.put((2, 1), "OB", &[0, 1]);
    meta.text((2, 2), "UI", class);
    meta.text((2, 3), "UI", &instance);
    meta.text((2, 0x10), "UI", "1.2.840.10008.1.2.1");
    meta.text((2, 0x12), "UI", "1.2.392.999999.1");
    let mut file = Elements(vec![0; 128]);
    file.0.extend(b"DICM");
    let length = u32::try_from(meta.0.len()).unwrap_or_default();
    file.put((2, 0), "UL", &length.to_le_bytes());
    file.0.extend(&meta.0);
    data_set(&mut file, study, (class, &instance), nth);
    file.0
}

fn data_set(file: &mut Elements, study: &Study<'_>, (class, instance): (&str, &str), nth: u32) {
    let repertoire =
        if study.person.is_multiple_of(2) { Repertoire::Kana } else { Repertoire::Roman };
    let date = digits(study.day);
    file.text((8, 5), "CS", repertoire.declared());
    file.text((8, 0x16), "UI", class);
    file.text((8, 0x18), "UI", instance);
    for element in [0x20, 0x21, 0x22] {
        file.text((8, element), "DA", &date);
    }
    file.text((8, 0x30), "TM", study.time);
    file.text((8, 0x50), "SH", study.accession);
    file.text((8, 0x60), "CS", study.modality);
    file.text((8, 0x70), "LO", "SUDARE INVENTED");
    file.put((8, 0x80), "LO", &words(repertoire, study.institution));
    file.put((8, 0x1030), "LO", &words(repertoire, study.procedure.1));
    let mut code = Elements(Vec::new());
    // SH holds 16 characters: the first half of JJ1017.
    code.text((8, 0x100), "SH", study.procedure.0.get(..16).unwrap_or_default());
    code.text((8, 0x102), "SH", "JJ1017");
    let mut item = vec![0xFE, 0xFF, 0x00, 0xE0];
    item.extend(u32::try_from(code.0.len()).unwrap_or_default().to_le_bytes());
    item.extend(&code.0);
    file.put((8, 0x1032), "SQ", &item);
    file.text((8, 0x103E), "LO", if study.modality == "CT" { "AXIAL" } else { "PA" });
    file.put((0x10, 0x10), "PN", &person_name(repertoire, study.written));
    file.text((0x10, 0x20), "LO", &study.written.number);
    file.text((0x10, 0x30), "DA", &digits(study.written.birth));
    file.text((0x10, 0x40), "CS", if study.written.male { "M" } else { "F" });
    file.text((0x18, 0x15), "CS", body_part(study.procedure.1));
    file.text((0x20, 0x0D), "UI", study.uid);
    file.text((0x20, 0x0E), "UI", &format!("{}.1", study.uid));
    file.text((0x20, 0x10), "SH", study.accession);
    file.text((0x20, 0x11), "IS", "1");
    file.text((0x20, 0x13), "IS", &nth.to_string());
    file.number((0x28, 2), 1);
    file.text((0x28, 4), "CS", "MONOCHROME2");
    for (element, value) in [(0x10, 8), (0x11, 8), (0x100, 8), (0x101, 8), (0x102, 7), (0x103, 0)] {
        file.number((0x28, element), value);
    }
    let pixels: Vec<u8> = (0..64u8).map(|at| at.wrapping_mul(4)).collect();
    file.put((0x7FE0, 0x10), "OB", &pixels);
}

/// The part of the body in the words of PS3.16 annex L, from the order's name.
fn body_part(name: &str) -> &'static str {
    const PARTS: &[(&str, &str)] =
        &[("胸部", "CHEST"), ("腹部", "ABDOMEN"), ("前腕", "FOREARM"), ("股関節", "HIP")];
    PARTS.iter().find(|part| name.starts_with(part.0)).map_or("", |part| part.1)
}
