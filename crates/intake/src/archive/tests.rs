use std::io::Write as _;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use proptest::prelude::*;

use super::*;
use crate::MemoryFiles;

fn zip(members: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut archive = rawzip::ZipArchiveWriter::new(&mut out);
    for (name, bytes) in members {
        let (mut entry, config) = archive
            .new_file(rawzip::path::EntryPath::verbatim(*name))
            .compression_method(rawzip::CompressionMethod::DEFLATE)
            .start()
            .unwrap();
        let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::default()));
        writer.write_all(bytes).unwrap();
        let (encoder, descriptor) = writer.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    out
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Bytes that do not compress to nothing.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 7u64;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8 & 0x3f
    };
    (0..length).map(|_| next()).collect()
}

fn unpacked(files: Vec<(&str, Vec<u8>)>, limits: Limits) -> (SharedFiles, Vec<Finding>) {
    let files = files.into_iter().map(|(path, bytes)| (path.to_owned(), bytes)).collect();
    unpack(Arc::new(MemoryFiles::new(files)), Vec::new(), limits)
}

fn paths(files: &SharedFiles) -> Vec<String> {
    (0..files.count()).map(|file_no| files.path(file_no).into_owned()).collect()
}

fn read(files: &SharedFiles, file_no: u32) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    files.open(file_no).unwrap().read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn told(files: &SharedFiles, findings: &[Finding]) -> Vec<(&'static str, String)> {
    let told = |one: &Finding| (one.code.code, files.path(one.place.file_no).into_owned());
    findings.iter().map(told).collect()
}

#[test]
fn members_stand_in_the_place_of_their_archive() {
    let inner = zip(&[(b"deep.txt", b"deep")]);
    let sjis = [0x8c, 0x92, b'\\', 0x90, 0x66, b'.', b'x'];
    let outer = zip(&[(&sjis, b"one"), (b"in.zip", &inner), (b"empty/", b"")]);
    let given = vec![
        ("a.txt", b"plain".to_vec()),
        ("b.zip", outer),
        ("c.ndjson.gz", gzip(b"{}\n")),
        ("d.txt", b"last".to_vec()),
    ];
    let (files, findings) = unpacked(given, Limits::DEFAULT);
    assert_eq!(findings.len(), 0);
    let expected = ["a.txt", "b.zip/健/診.x", "b.zip/in.zip/deep.txt", "c.ndjson", "d.txt"];
    assert_eq!(paths(&files), expected);
    for (file_no, text) in [(0, "plain"), (1, "one"), (2, "deep"), (3, "{}\n"), (4, "last")] {
        assert_eq!(read(&files, file_no).unwrap(), text.as_bytes());
        assert_eq!(files.len(file_no), text.len() as u64);
    }
}

#[test]
fn a_packed_file_is_read_from_any_byte_by_any_number_of_readers() {
    let bytes = noise(3_000_001);
    let given = vec![("a.gz", gzip(&bytes)), ("b.zip", zip(&[(b"m", &bytes)]))];
    let (files, _) = unpacked(given, Limits::DEFAULT);
    std::thread::scope(|scope| {
        for reader in 0..4usize {
            let (files, bytes) = (&files, &bytes);
            scope.spawn(move || {
                for step in 0..40usize {
                    let at = (step * 7_919 + reader * 700_001) * 13 % bytes.len();
                    let mut part =
                        files.open_at(u32::from(step % 2 == 1), at as u64).unwrap().take(5_000);
                    let mut seen = Vec::new();
                    part.read_to_end(&mut seen).unwrap();
                    assert!(seen == bytes[at..(at + 5_000).min(bytes.len())]);
                }
            });
        }
    });
    assert!(matches!(files.open_at(0, 3_000_002).err(), Some(OpenError::Changed)));
}

#[test]
fn what_may_not_be_unpacked_is_named_and_the_rest_is_read() {
    let given = vec![(
        "a.zip",
        zip(&[
            (b"../../etc/passwd", b"x"),
            (b"good", b"good"),
            (b"good", b"again"),
            (b"c:/windows", b"x"),
            (b"zeros", &vec![0; 4 << 20]),
        ]),
    )];
    let (files, findings) = unpacked(given, Limits::DEFAULT);
    assert_eq!(paths(&files), ["a.zip/good"]);
    assert_eq!(
        told(&files, &findings),
        [
            ("ARCHIVE-NAME", "a.zip/../../etc/passwd".to_owned()),
            ("ARCHIVE-NAME", "a.zip/good".to_owned()),
            ("ARCHIVE-NAME", "a.zip/c:/windows".to_owned()),
            ("ARCHIVE-LIMIT", "a.zip/zeros".to_owned()),
        ]
    );
}

#[test]
fn limits_hold_across_archives_and_layers() {
    let mut nested = zip(&[(b"x", b"x")]);
    for _ in 0..3 {
        nested = zip(&[(b"n.zip", &nested)]);
    }
    let (files, findings) = unpacked(vec![("a.zip", nested)], Limits::DEFAULT);
    assert_eq!(paths(&files).len(), 0);
    assert_eq!(told(&files, &findings), [("ARCHIVE-LIMIT", "a.zip/n.zip/n.zip/n.zip".to_owned())]);

    let two = zip(&[(b"x", b"xx"), (b"y", b"yy")]);
    let given = || vec![("a.zip", two.clone()), ("b.gz", gzip(b"four"))];
    let limits = Limits { bytes_max: 4, ..Limits::DEFAULT };
    let (files, findings) = unpacked(given(), limits);
    assert_eq!(paths(&files), ["a.zip/x", "a.zip/y"]);
    assert_eq!(told(&files, &findings), [("ARCHIVE-LIMIT", "b.gz".to_owned())]);
    let limits = Limits { members_max: 1, ..Limits::DEFAULT };
    let (files, findings) = unpacked(given(), limits);
    assert_eq!(paths(&files), ["a.zip/x"]);
    assert_eq!(findings.len(), 2);
    let (files, findings) = unpacked(vec![("z.gz", gzip(&vec![0; 9 << 20]))], Limits::DEFAULT);
    assert_eq!(told(&files, &findings), [("ARCHIVE-LIMIT", "z.gz".to_owned())]);
}

#[test]
fn a_name_and_the_number_of_entries_are_bounded_by_what_was_sent() {
    let name = "n".repeat(Limits::PATH_MAX);
    let inner = zip(&[(b"x", b"x")]);
    let (files, findings) =
        unpacked(vec![("a.zip", zip(&[(name.as_bytes(), &inner)]))], Limits::DEFAULT);
    assert_eq!(files.count(), 0);
    assert_eq!(told(&files, &findings), [("ARCHIVE-NAME", "a.zip".to_owned())]);

    // A directory of equal entries, locked, packs well: 100,000 of them in few bytes.
    let plain = zip(&[(b"m", b"text")]);
    let directory = plain.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    let end = plain.windows(4).position(|four| four == b"PK\x05\x06").unwrap();
    let mut entry = plain[directory..end].to_vec();
    entry[8] |= 1;
    let count = 100_000usize;
    let mut many = plain[..directory].to_vec();
    many.extend(entry.repeat(count));
    let mut last = plain[end..].to_vec();
    let low = u16::try_from(count % (1 << 16)).unwrap().to_le_bytes();
    (last[8], last[9], last[10], last[11]) = (low[0], low[1], low[0], low[1]);
    last[12..16].copy_from_slice(&u32::try_from(entry.len() * count).unwrap().to_le_bytes());
    many.extend(last);
    let limits = Limits { ratio_max: 2_000, ..Limits::DEFAULT };
    let given = |bytes: &[u8]| vec![("a.zip", zip(&[(b"b.zip", bytes)]))];
    let (files, findings) = unpacked(given(&many), limits);
    assert_eq!(told(&files, &findings), [("ARCHIVE-LIMIT", "a.zip/b.zip".to_owned())]);
    // Sent as it is it may have as many.
    let (_, findings) = unpacked(vec![("b.zip", many)], limits);
    assert_eq!(findings.len(), count);
}

#[test]
fn passwords_and_other_methods_are_refused() {
    let plain = zip(&[(b"m", b"text")]);
    let directory = plain.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    let change = |at: usize, byte: u8| {
        let mut changed = plain.clone();
        changed[directory + at] = byte;
        let (files, findings) = unpacked(vec![("a.zip", changed)], Limits::DEFAULT);
        assert_eq!(files.count(), 0);
        told(&files, &findings)
    };
    let flags = plain[directory + 8] | 1;
    assert_eq!(change(8, flags), [("ARCHIVE-ENCRYPTED", "a.zip/m".to_owned())]);
    assert_eq!(change(10, 12), [("ARCHIVE-METHOD", "a.zip/m".to_owned())]);
}

#[test]
fn damage_is_told_when_listing_or_where_the_member_ends() {
    let bytes = noise(10_000);
    let whole = zip(&[(b"m", &bytes)]);
    let (files, findings) =
        unpacked(vec![("a.zip", whole[..whole.len() - 30].to_vec())], Limits::DEFAULT);
    assert_eq!(told(&files, &findings), [("ARCHIVE-BROKEN", "a.zip".to_owned())]);
    let packed = gzip(&bytes);
    let (files, findings) =
        unpacked(vec![("a.gz", packed[..packed.len() - 9].to_vec())], Limits::DEFAULT);
    assert_eq!(told(&files, &findings), [("ARCHIVE-BROKEN", "a.gz".to_owned())]);
    let mut flipped = whole;
    flipped[5_000] ^= 1;
    let (files, _) = unpacked(vec![("a.zip", flipped)], Limits::DEFAULT);
    assert!(read(&files, 0).is_err());
}

#[test]
fn two_members_may_not_share_bytes() {
    let mut archive = zip(&[(b"a", b"text"), (b"b", b"text")]);
    let entry = |archive: &[u8], nth: usize| {
        let found = archive.windows(4).enumerate().filter(|(_, four)| *four == b"PK\x01\x02");
        found.map(|(at, _)| at).nth(nth).unwrap()
    };
    let second = entry(&archive, 1);
    // The second member's local header is said to be the first's.
    archive[second + 42..second + 46].fill(0);
    let (files, findings) = unpacked(vec![("a.zip", archive)], Limits::DEFAULT);
    assert_eq!(files.count(), 0);
    assert_eq!(told(&files, &findings), [("ARCHIVE-BROKEN", "a.zip".to_owned())]);
}

#[test]
fn findings_given_keep_what_they_are_about() {
    let below = MemoryFiles::new(vec![("a.zip".to_owned(), zip(&[(b"x", b"x"), (b"y", b"y")]))]);
    let given = vec![Finding { code: &NAME, place: Place::file(1) }];
    let (files, findings) = unpack(Arc::new(below), given, Limits::DEFAULT);
    assert_eq!(files.count(), 2);
    assert_eq!(findings[0].place.file_no, 2);
    assert_eq!(files.path(2), "");
}

proptest! {
    #[test]
    fn no_bytes_make_it_fail(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        for mut bytes in [zip(&[(b"a", b"text"), (b"b", &noise(3_000))]), gzip(&noise(3_000))] {
            for (at, byte) in &flips {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            for bytes in [bytes[..cut.index(bytes.len())].to_vec(), bytes] {
                let (files, _) = unpacked(vec![("a", bytes)], Limits::DEFAULT);
                for file_no in 0..files.count() {
                    if let Ok(bytes) = read(&files, file_no) {
                        prop_assert_eq!(bytes.len() as u64, files.len(file_no));
                    }
                }
            }
        }
    }
}
