use super::*;

#[test]
fn a_file_is_replaced_whole_and_private() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("a/b");
    create_private_dir(&folder).unwrap();
    let path = folder.join("x");
    write_atomically(&path, b"one").unwrap();
    write_atomically(&path, b"two").unwrap();
    assert_eq!(read_text(&path, 3).unwrap(), "two");
    assert!(matches!(read_text(&path, 2), Err(FileError::TooLarge { bytes_max: 2, .. })));
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&path)), (0o700, 0o600));
    assert_eq!(names_in(&folder).unwrap(), ["x"]);
}

#[test]
fn a_fresh_file_takes_no_name_of_a_user() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("x.age");
    for name in ["x.part", ".x.age.new", ".x.age.1-a.new", ".y.age.1-1.new"] {
        std::fs::write(home.path().join(name), b"mine").unwrap();
    }
    let mut made = [create_beside(&path).unwrap().0, create_beside(&path).unwrap().0];
    made.sort();
    assert_eq!(left_beside(&path).unwrap(), made);
    assert!(left_beside(Path::new("no-such-x")).unwrap().is_empty());
}

#[test]
fn what_a_killed_process_left_is_swept_and_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("a");
    create_private_dir(&folder).unwrap();
    let kept = ["x.new", ".x.new", ".x.1-.new", "x.1-2.new", ".draft-1-2"];
    for name in kept.iter().chain(&[".x.age.77-3.new"]) {
        std::fs::write(folder.join(name), "").unwrap();
    }
    std::fs::write(fresh_beside(&home.path().join("y")), "").unwrap();
    sweep_unfinished(home.path(), 1).unwrap();
    assert_eq!(names_in(home.path()).unwrap(), ["a"]);
    assert_eq!(names_in(&folder).unwrap().len(), kept.len() + 1);
    sweep_unfinished(home.path(), 2).unwrap();
    let mut kept = kept.map(str::to_owned);
    kept.sort_unstable();
    assert_eq!(names_in(&folder).unwrap(), kept);
    sweep_unfinished(&home.path().join("none"), 1).unwrap();
}

#[test]
fn what_is_replaced_is_wiped_unless_it_has_another_name() {
    let home = tempfile::tempdir().unwrap();
    let (path, link) = (home.path().join("x"), home.path().join("link"));
    std::fs::write(&path, b"secret").unwrap();
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let mut held = File::open(&path).unwrap();
    replace_wiping(&link, b"new").unwrap();
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(std::fs::read(&path).unwrap(), b"new");
    let mut old = Vec::new();
    held.read_to_end(&mut old).unwrap();
    assert_eq!(old, [0; 6]);
    std::fs::hard_link(&path, home.path().join("other")).unwrap();
    replace_wiping(&path, b"newer").unwrap();
    assert_eq!(std::fs::read(home.path().join("other")).unwrap(), b"new");
    assert!(replace_wiping(&home.path().join("none"), b"x").unwrap_err().is_absent());
}

#[test]
fn only_a_stream_may_be_no_plain_file() {
    let home = tempfile::tempdir().unwrap();
    assert!(matches!(read_bytes(home.path(), 9), Err(FileError::NotPlain { .. })));
    let null = Path::new("/dev/null");
    assert!(matches!(read_bytes(null, 9), Err(FileError::NotPlain { .. })));
    assert_eq!(read_stream(null, 9).unwrap(), b"");
    let zero = read_stream(Path::new("/dev/zero"), 9);
    assert!(matches!(zero, Err(FileError::TooLarge { bytes_max: 9, .. })));
}

#[test]
fn text_that_is_not_utf8_says_where() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("x");
    std::fs::write(&path, b"ok\xfb\xfc").unwrap();
    assert!(matches!(read_text(&path, 99), Err(FileError::NotText { byte: 2, .. })));
}

#[test]
fn wiping_what_is_not_there_is_no_error() {
    let home = tempfile::tempdir().unwrap();
    wipe(&home.path().join("x")).unwrap();
    assert!(read_text(&home.path().join("x"), 1).unwrap_err().is_absent());
}
