use super::*;
use std::io::Write as _;

fn provider() -> ProviderId {
    ProviderId::parse("hospital-1").unwrap()
}

fn spool(home: &Path) -> Spool {
    let keys = match SiteKeys::open(home) {
        Ok(keys) => keys,
        Err(_) => SiteKeys::create(home).unwrap(),
    };
    Spool::open(home, Arc::new(keys), &provider()).unwrap()
}

fn put(filling: &mut Filling, what: &[u8], content: &[u8]) {
    let mut arriving = filling.arrive().unwrap();
    arriving.write_all(content).unwrap();
    filling.keep(arriving, what).unwrap();
}

fn read(tray: &Tray, at: usize, byte: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    tray.open(&tray.objects()[at], byte)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn names(home: &Path) -> Vec<String> {
    let mut names: Vec<String> = walkdir::WalkDir::new(home.join("spool"))
        .into_iter()
        .map(|one| one.unwrap().path().display().to_string())
        .collect();
    names.sort();
    names
}

#[test]
fn what_was_kept_is_found_by_the_next_process_and_nothing_else_is() {
    let home = tempfile::tempdir().unwrap();
    let first = spool(home.path());
    assert!(first.left().unwrap().is_empty());
    let mut filling = first.begin(Instant::from_unix(1_700_000_000)).unwrap();
    put(&mut filling, b"1.2.3", &[7; 200_000]);
    put(&mut filling, b"1.2.4", b"PATIENT");
    put(&mut filling, b"1.2.4", b"PATIENT");
    let mut half = filling.arrive().unwrap();
    half.write_all(b"PATIENT half").unwrap();
    half.flush().unwrap();
    // A process that is killed drops nothing.
    std::mem::forget(half);
    let later = first.begin(Instant::from_unix(1_700_000_000)).unwrap();
    std::mem::forget(later);
    drop((filling, first));

    let second = spool(home.path());
    let trays = second.left().unwrap();
    assert_eq!((trays.len(), trays[0].objects().len()), (1, 3));
    let objects = trays[0].objects();
    assert_eq!(objects[0].length(), 200_000);
    assert_ne!(objects[0].object(), objects[1].object());
    assert_eq!(objects[1].object(), objects[2].object());
    assert_eq!(objects[1].content(), objects[2].content());
    assert_eq!(read(&trays[0], 0, 0).unwrap(), vec![7; 200_000]);
    assert_eq!(read(&trays[0], 1, 3).unwrap(), b"IENT");
    assert!(!names(home.path()).iter().any(|name| name.contains(".part")));
    second.discard(&trays[0]).unwrap();
    assert!(second.left().unwrap().is_empty());
    assert_eq!(names(home.path()).len(), 2);
}

#[test]
fn nothing_lies_in_clear_and_nothing_opens_elsewhere() {
    let home = tempfile::tempdir().unwrap();
    let first = spool(home.path());
    let mut filling = first.begin(Instant::from_unix(1)).unwrap();
    put(&mut filling, b"1.2.3", b"PATIENT one");
    put(&mut filling, b"1.2.4", b"PATIENT two");
    let tray = filling.close().unwrap();
    for name in names(home.path()).iter().filter(|name| name.ends_with(".age")) {
        let bytes = std::fs::read(name).unwrap();
        assert!(!name.contains("1.2.3") && !bytes.windows(7).any(|part| part == b"PATIENT"));
    }
    let path = |at: usize| tray.folder.join(tray.objects()[at].name());
    std::fs::copy(path(0), path(1)).unwrap();
    assert!(read(&tray, 1, 0).is_err());
    let mut bytes = std::fs::read(path(0)).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(path(0), bytes).unwrap();
    assert!(read(&tray, 0, 0).is_err());
}

#[test]
fn a_dropped_object_is_gone_and_an_empty_tray_is_none() {
    let home = tempfile::tempdir().unwrap();
    let first = spool(home.path());
    let mut filling = first.begin(Instant::from_unix(1)).unwrap();
    let mut arriving = filling.arrive().unwrap();
    arriving.write_all(b"x").unwrap();
    assert_eq!(arriving.length(), 1);
    drop(arriving);
    assert_eq!(filling.count(), 0);
    assert!(filling.close().is_none());
    assert_eq!(names(home.path()).len(), 2);
}

#[test]
fn one_process_at_a_time_and_a_tray_that_does_not_open_is_told() {
    let home = tempfile::tempdir().unwrap();
    let first = spool(home.path());
    let keys = Arc::new(SiteKeys::open(home.path()).unwrap());
    let second = Spool::open(home.path(), Arc::clone(&keys), &provider());
    assert!(matches!(second, Err(SpoolError::Busy { .. })));
    let other = ProviderId::parse("hospital-2").unwrap();
    assert!(Spool::open(home.path(), keys, &other).is_ok());
    let mut filling = first.begin(Instant::from_unix(1)).unwrap();
    put(&mut filling, b"1.2.3", b"x");
    let tray = filling.close().unwrap();
    std::fs::rename(&tray.folder, tray.folder.with_file_name("000000000002-000000")).unwrap();
    assert!(matches!(first.left(), Err(SpoolError::Altered { .. })));
}
