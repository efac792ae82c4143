use super::*;

fn site() -> (tempfile::TempDir, SiteKeys) {
    let home = tempfile::tempdir().unwrap();
    let keys = SiteKeys::create(home.path()).unwrap();
    (home, keys)
}

#[test]
fn a_subject_is_the_same_tomorrow_and_another_at_another_provider() {
    let (home, keys) = site();
    let (h1, h2) = (ProviderId::parse("h1").unwrap(), ProviderId::parse("h2").unwrap());
    let subject = keys.subject_key(&h1, b"0000123");
    assert!(SiteKeys::open(home.path()).unwrap().subject_key(&h1, b"0000123") == subject);
    assert!(keys.subject_key(&h2, b"0000123") != subject);
    assert!(keys.subject_key(&h1, b"0000124") != subject);
}

#[test]
fn a_site_is_made_once() {
    let (home, _) = site();
    assert!(matches!(SiteKeys::create(home.path()), Err(KeyError::Exists { .. })));
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(SiteKeys::open(empty.path()), Err(KeyError::Gone { .. })));
}

#[test]
fn a_passphrase_wraps_the_site_key_and_nothing_else_opens_it() {
    let home = tempfile::tempdir().unwrap();
    let phrase = |text: &str| Passphrase::new(text.to_owned()).with_work(2);
    let right = phrase("簾 over the window");
    let keys = SiteKeys::create_with(home.path(), Some(&right)).unwrap();
    let bytes = std::fs::read(home.path().join("keys/site.age")).unwrap();
    assert!(!bytes.windows(14).any(|part| part == b"AGE-SECRET-KEY"));
    assert!(SiteKeys::wants_passphrase(home.path()).unwrap());
    assert!(matches!(SiteKeys::open(home.path()), Err(KeyError::PassphraseMissing)));
    for wrong in ["", "簾 over the windo", "簾 over the window "] {
        let opened = SiteKeys::open_with(home.path(), Some(&phrase(wrong)));
        assert!(matches!(opened, Err(KeyError::PassphraseWrong)), "{wrong}");
    }
    let again = SiteKeys::open_with(home.path(), Some(&right)).unwrap();
    let at = ProviderId::parse("h1").unwrap();
    assert!(again.subject_key(&at, b"1") == keys.subject_key(&at, b"1"));
    assert_eq!(format!("{right:?}"), "Passphrase(..)");
    let cut = &bytes[..bytes.len() - 1];
    std::fs::write(home.path().join("keys/site.age"), cut).unwrap();
    let opened = SiteKeys::open_with(home.path(), Some(&right));
    assert!(matches!(opened, Err(KeyError::Altered { .. })));
}

#[test]
fn a_passphrase_that_is_not_needed_is_not_asked() {
    let (home, _) = site();
    assert!(!SiteKeys::wants_passphrase(home.path()).unwrap());
    assert!(SiteKeys::open_with(home.path(), Some(&Passphrase::new("x".to_owned()))).is_ok());
}

#[test]
fn a_site_that_is_there_gets_a_passphrase_and_another() {
    let (home, keys) = site();
    let file = home.path().join("keys/site.age");
    let phrase = |text: &str| Passphrase::new(text.to_owned()).with_work(2);
    let (one, two) = (phrase("one"), phrase("two"));
    let clear = std::fs::read(&file).unwrap();
    // A backup that shares the file by a link keeps what it has.
    let backup = home.path().join("backup.age");
    std::fs::hard_link(&file, &backup).unwrap();
    assert!(!SiteKeys::rewrap(home.path(), None, &one).unwrap());
    assert_eq!(std::fs::read(&backup).unwrap(), clear);
    assert!(SiteKeys::wants_passphrase(home.path()).unwrap());
    assert!(matches!(SiteKeys::open(home.path()), Err(KeyError::PassphraseMissing)));
    let wrapped = std::fs::read(&file).unwrap();
    for (old, wrong) in
        [(None, KeyError::PassphraseMissing), (Some(&two), KeyError::PassphraseWrong)]
    {
        let refused = SiteKeys::rewrap(home.path(), old, &two).unwrap_err();
        assert_eq!(refused.to_string(), wrong.to_string());
        assert_eq!(std::fs::read(&file).unwrap(), wrapped);
    }
    assert!(SiteKeys::rewrap(home.path(), Some(&one), &two).unwrap());
    let opened = SiteKeys::open_with(home.path(), Some(&one));
    assert!(matches!(opened, Err(KeyError::PassphraseWrong)));
    let again = SiteKeys::open_with(home.path(), Some(&two)).unwrap();
    let at = ProviderId::parse("h1").unwrap();
    assert!(again.subject_key(&at, b"1") == keys.subject_key(&at, b"1"));
    assert_eq!(again.recipient(), keys.recipient());
    let names = files::names_in(&home.path().join("keys")).unwrap();
    assert!(!names.iter().any(|name| name.starts_with('.')), "{names:?}");
    let empty = tempfile::tempdir().unwrap();
    let none = SiteKeys::rewrap(empty.path(), None, &one);
    assert!(matches!(none, Err(KeyError::Gone { .. })));
}

#[test]
fn a_destroyed_data_key_is_gone_also_after_reopening() {
    let (home, keys) = site();
    keys.create_data_key("cleared/d1").unwrap();
    assert!(matches!(keys.create_data_key("cleared/d1"), Err(KeyError::Exists { .. })));
    keys.destroy_data_key("cleared/d1").unwrap();
    keys.destroy_data_key("cleared/d1").unwrap();
    assert!(matches!(keys.data_key("cleared/d1"), Err(KeyError::Gone { .. })));
    let again = SiteKeys::open(home.path()).unwrap();
    assert!(matches!(again.data_key("cleared/d1"), Err(KeyError::Gone { .. })));
}

#[test]
fn a_key_file_moved_to_another_name_does_not_open() {
    let (home, keys) = site();
    keys.create_data_key("cleared/d1").unwrap();
    let at = |name: &str| home.path().join("keys/data/cleared").join(name);
    std::fs::copy(at("d1.age"), at("d2.age")).unwrap();
    assert!(matches!(keys.data_key("cleared/d2"), Err(KeyError::Altered { .. })));
}

#[test]
fn project_keys_are_stable_and_their_own() {
    let (home, keys) = site();
    let ids = ["p1", "p2"].map(|id| keys.project_key(&ProjectId::parse(id).unwrap()).unwrap());
    let read = |keys: &SiteKeys, id: &str| {
        let mut bytes = Vec::new();
        keys.with_key(id, &mut |key| bytes = key.to_vec()).map(|()| bytes)
    };
    let first = read(&keys, &ids[0]).unwrap();
    assert_eq!(first.len(), 32);
    assert_ne!(first, read(&keys, &ids[1]).unwrap());
    assert_eq!(Some(first), read(&SiteKeys::open(home.path()).unwrap(), &ids[0]));
    assert_eq!(read(&keys, "project/../subject"), None);
    // A plan names persons by a project's key and has no use for any other.
    for id in ["ledger", "subject", "commitment", "supply"] {
        assert_eq!(read(&keys, id), None, "{id}");
    }
}

#[test]
fn each_purpose_has_a_key_of_its_own_and_keeps_it() {
    let (home, keys) = site();
    let again = SiteKeys::open(home.path()).unwrap();
    let digests = Purpose::ALL.map(|purpose| keys.digest(purpose, b"x"));
    for (at, one) in digests.iter().enumerate() {
        assert_eq!(*one, again.digest(Purpose::ALL[at], b"x"));
        assert!(digests[..at].iter().all(|other| other != one));
    }
    assert_eq!(keys.supply_salt(), again.supply_salt());
}

#[test]
fn a_site_with_a_key_missing_does_not_open() {
    for name in ["subject", "commitment", "token", "request", "rehearsal", "supply"] {
        let (home, _) = site();
        std::fs::remove_file(home.path().join(format!("keys/{name}.age"))).unwrap();
        let opened = SiteKeys::open(home.path());
        assert!(matches!(opened, Err(KeyError::Gone { name: gone }) if gone == name));
    }
}

#[test]
fn keys_print_nothing() {
    let (_home, keys) = site();
    let key = keys.create_data_key("cleared/d1").unwrap();
    assert_eq!(format!("{keys:?} {key:?}"), "SiteKeys(..) DataKey(..)");
}
