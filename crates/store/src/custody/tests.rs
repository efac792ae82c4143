use super::*;
use proptest::prelude::*;
use std::ops::Range;

fn site() -> (tempfile::TempDir, Custody) {
    let home = tempfile::tempdir().unwrap();
    let keys = Arc::new(SiteKeys::create(home.path()).unwrap());
    let custody = Custody::open(home.path(), keys).unwrap();
    (home, custody)
}

fn id(text: &str) -> DeliveryId {
    DeliveryId::parse(text).unwrap()
}

fn read(custody: &Custody, file_no: u32) -> (KeptFile, Vec<u8>) {
    let file = custody.file(&id("d1"), file_no).unwrap().unwrap();
    let mut bytes = Vec::new();
    custody.read(&id("d1"), &file).unwrap().read_to_end(&mut bytes).unwrap();
    (file, bytes)
}

fn packed(custody: &Custody, files: &[(&[u8], &[u8])]) -> CustodyCounts {
    let draft = custody.create(&id("d1")).unwrap();
    let mut packer = draft.packer().unwrap();
    for (number, (path, content)) in (0..).zip(files) {
        packer.add(number, path, &mut &**content, &[]).unwrap();
    }
    packer.finish().unwrap();
    draft.commit().unwrap()
}

#[test]
fn files_come_back_as_they_came() {
    let (home, custody) = site();
    let files: [(&[u8], &[u8]); 3] = [(b"a/0000123", b"one"), (b"b/\x83\x65", b""), (b"c", b"3")];
    let counts = packed(&custody, &files);
    assert_eq!(counts, CustodyCounts { files: 3, bytes: 4, bytes_kept: 4 });
    let keys = Arc::new(SiteKeys::open(home.path()).unwrap());
    let custody = Custody::open(home.path(), keys).unwrap();
    assert_eq!(custody.deliveries().unwrap(), [id("d1")]);
    assert_eq!(custody.counts(&id("d1")).unwrap(), counts);
    for (number, (path, content)) in (0..).zip(files) {
        let (file, bytes) = read(&custody, number);
        assert_eq!((file.path.as_slice(), bytes.as_slice()), (path, content));
        assert!(!format!("{file:?}").contains("0000123"));
    }
    assert_eq!(custody.file(&id("d1"), 9).unwrap(), None);
    assert!(matches!(custody.create(&id("d1")), Err(CustodyError::Exists { .. })));
    assert!(matches!(custody.counts(&id("d2")), Err(CustodyError::Absent { .. })));
}

#[test]
fn several_packers_pack_one_delivery() {
    let (_home, custody) = site();
    let draft = custody.create(&id("d1")).unwrap();
    std::thread::scope(|scope| {
        for start in [0u32, 1] {
            let draft = &draft;
            scope.spawn(move || {
                let mut packer = draft.packer().unwrap();
                for number in (start..1000).step_by(2) {
                    let content = number.to_string();
                    packer.add(number, b"x", &mut content.as_bytes(), &[]).unwrap();
                }
                packer.finish().unwrap();
            });
        }
    });
    assert_eq!(draft.commit().unwrap().files, 1000);
    assert_eq!(read(&custody, 777).1, b"777");
}

#[test]
fn a_source_that_fails_and_an_unfinished_packer_leave_nothing() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::InvalidData.into())
        }
    }
    let (home, custody) = site();
    let draft = custody.create(&id("d1")).unwrap();
    let mut packer = draft.packer().unwrap();
    let failed = packer.add(7, b"x", &mut Failing, &[]);
    assert!(matches!(failed, Err(CustodyError::Source { file_no: 7, .. })));
    assert!(matches!(draft.commit(), Err(CustodyError::Unfinished { packers: 1 })));
    assert!(!home.path().join("custody/d1").exists());
    assert!(!home.path().join("keys/data/custody/d1.age").exists());
}

#[test]
fn an_erased_delivery_is_gone_and_a_cut_one_is_swept() {
    let (home, custody) = site();
    packed(&custody, &[(b"a", b"one")]);
    std::fs::remove_file(home.path().join("custody/d1/manifest")).unwrap();
    let custody = Custody::open(home.path(), Arc::clone(&custody.keys)).unwrap();
    assert!(!home.path().join("custody/d1").exists());
    packed(&custody, &[(b"a", b"one")]);
    custody.erase(&id("d1")).unwrap();
    assert!(matches!(custody.counts(&id("d1")), Err(CustodyError::Absent { .. })));
    assert!(!custody.keys.has_data_key("custody/d1"));
}

#[test]
fn a_swapped_pack_is_told() {
    let (home, custody) = site();
    packed(&custody, &[(b"a", b"one")]);
    let (file, _) = read(&custody, 0);
    let at = |name: &str| home.path().join("custody/d1").join(name);
    std::fs::copy(at("index-000"), at("pack-000-00000")).unwrap();
    assert!(matches!(custody.read(&id("d1"), &file), Err(CustodyError::Altered { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn what_is_cut_is_not_kept(
        length in 0u64..200_000,
        marks in proptest::collection::btree_set(0u64..210_000, 0..12),
    ) {
        let (_home, custody) = site();
        let content: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let marks: Vec<u64> = marks.into_iter().collect();
        let cuts: Vec<Range<u64>> = marks.chunks_exact(2).map(|pair| pair[0]..pair[1]).collect();
        let expected: Vec<u8> = (0..length)
            .filter(|at| !cuts.iter().any(|cut| cut.contains(at)))
            .map(|at| content[usize::try_from(at).unwrap()])
            .collect();
        let draft = custody.create(&id("d1")).unwrap();
        let mut packer = draft.packer().unwrap();
        packer.add(0, b"a", &mut content.as_slice(), &cuts).unwrap();
        packer.add(1, b"b", &mut b"next".as_slice(), &[]).unwrap();
        packer.finish().unwrap();
        let counts = draft.commit().unwrap();
        prop_assert_eq!(counts.bytes_kept, expected.len() as u64 + 4);
        let (file, bytes) = read(&custody, 0);
        prop_assert!(bytes == expected);
        prop_assert_eq!(file.cuts, cuts);
        prop_assert_eq!(read(&custody, 1).1, b"next");
    }
}
