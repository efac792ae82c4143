use proptest::prelude::*;

use super::*;

const CLASS: &str = "1.2.840.10008.5.1.4.1.1.2";
const INSTANCE: &str = "1.2.3.4.55";

fn uid(text: &str) -> Uid {
    Uid::parse(text.as_bytes()).unwrap()
}

/// A command with its group length, from elements with their padding.
fn command(elements: &[(u16, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (element, value) in elements {
        put(&mut bytes, *element, value, 0);
    }
    bytes
}

fn store() -> Vec<u8> {
    command(&[
        (0x0000, &[90, 0, 0, 0]),
        (0x0002, CLASS.as_bytes()),
        (0x0100, &[1, 0]),
        (0x0110, &[7, 0]),
        (0x0700, &[0, 0]),
        (0x0800, &[1, 0]),
        (0x1000, INSTANCE.as_bytes()),
    ])
}

#[test]
fn requests_read_as_the_standard_writes_them() {
    let echo = command(&[
        (0x0002, VERIFICATION.as_bytes()),
        (0x0100, &[0x30, 0]),
        (0x0110, &[1, 0]),
        (0x0800, &[1, 1]),
    ]);
    assert_eq!(Request::read(&echo), Ok(Request::Echo { message: 1 }));
    let stored = Request::Store { message: 7, class: uid(CLASS), instance: uid(INSTANCE) };
    assert_eq!(Request::read(&store()), Ok(stored));
    let cancel = command(&[(0x0100, &[0xFF, 0x0F]), (0x0120, &[1, 0]), (0x0800, &[1, 1])]);
    assert_eq!(Request::read(&cancel), Ok(Request::Cancel));
    let find = command(&[(0x0100, &[0x20, 0]), (0x0110, &[3, 0]), (0x0800, &[0, 0])]);
    let other = Request::Other { message: 3, field: 0x20, data_set: true };
    assert_eq!(Request::read(&find), Ok(other));
}

#[test]
fn a_command_that_breaks_says_where() {
    let good = store();
    assert_eq!(Request::read(&good[..good.len() - 1]), Err(CommandError::Broken { byte: 86 }));
    assert_eq!(Request::read(&[8, 0, 0, 0, 0, 0, 0, 0]), Err(CommandError::Broken { byte: 0 }));
    assert_eq!(Request::read(b""), Err(CommandError::Element { element: 0x0100 }));
    let huge = [0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0];
    assert_eq!(Request::read(&huge), Err(CommandError::Broken { byte: 0 }));
    let mut words = good;
    let at = words.iter().rposition(|byte| *byte == b'4').unwrap();
    words[at] = b'/';
    assert_eq!(Request::read(&words), Err(CommandError::Element { element: 0x1000 }));
}

#[test]
fn an_answer_repeats_what_was_asked_and_prints_no_uid() {
    let request = Request::read(&store()).unwrap();
    let answer = answer(&request, Status::TOO_LARGE);
    let elements = Elements::read(&answer).unwrap();
    assert_eq!(elements.number(0x0100), Ok(0x8001));
    assert_eq!(elements.number(0x0800), Ok(NO_DATA_SET));
    assert_eq!(elements.number(0x0900), Ok(0xA700));
    assert_eq!(elements.uid(0x1000), Ok(uid(INSTANCE)));
    assert_eq!(answer.len() % 2, 0);
    let stated = u32::from_le_bytes(answer[8..12].try_into().unwrap());
    assert_eq!(stated as usize, answer.len() - 12);
    assert!(!format!("{request:?}").contains("1.2"));
    assert!(super::answer(&Request::Cancel, Status::SUCCESS).is_empty());
    let statuses = [
        Status::NOT_AUTHORISED,
        Status::UNRECOGNISED,
        Status::NO_RESOURCES,
        Status::TOO_LARGE,
        Status::MISMATCH,
        Status::NOT_UNDERSTOOD,
    ];
    assert!(statuses.iter().all(|one| one.comment.is_ascii() && one.comment.len() <= 64));
}

#[test]
fn uids_are_digits_and_dots() {
    for good in [b"1.2.3\0".as_slice(), b"1.2.3 ", b"1.2.3"] {
        assert_eq!(Uid::parse(good).unwrap().as_str(), "1.2.3");
    }
    for bad in [b"".as_slice(), b"\0", b"1.2.x", b"1/2", &[b'1'; 65], b" 1"] {
        assert!(Uid::parse(bad).is_none(), "{bad:?}");
    }
}

#[test]
fn the_head_of_a_file_is_the_same_every_time_and_as_long_as_it_says() {
    let syntax = uid("1.2.840.10008.1.2.1");
    let head = file_head(&uid(CLASS), &uid(INSTANCE), &syntax);
    assert_eq!(head, file_head(&uid(CLASS), &uid(INSTANCE), &syntax));
    assert_eq!(&head[128..144], b"DICM\x02\0\0\0UL\x04\0\xA0\0\0\0".as_slice());
    assert_eq!(head.len(), 144 + 0xA0);
    assert!(IMPLEMENTATION_CLASS.len() <= 64 && IMPLEMENTATION_VERSION.len() <= 16);
}

/// A data set's beginning with these two, in a syntax.
fn data_set(explicit: bool, big: bool, class: &str, instance: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let elements = [
        (0x0008u16, 0x0005u16, *b"CS", "ISO_IR 100"),
        (0x0008, 0x0016, *b"UI", class),
        (0x0008, 0x0018, *b"UI", instance),
        (0x0010, 0x0010, *b"PN", "YAMADA^TARO"),
    ];
    let number = |value: u16| if big { value.to_be_bytes() } else { value.to_le_bytes() };
    for (group, element, kind, value) in elements.into_iter().filter(|one| !one.3.is_empty()) {
        let mut value = value.as_bytes().to_vec();
        value.resize(value.len().next_multiple_of(2), if kind == *b"UI" { 0 } else { b' ' });
        bytes.extend(number(group));
        bytes.extend(number(element));
        let length = u16::try_from(value.len()).unwrap();
        if explicit {
            bytes.extend(kind);
            bytes.extend(number(length));
        } else {
            bytes.extend(u32::from(length).to_le_bytes());
        }
        bytes.extend(value);
    }
    bytes
}

#[test]
fn a_data_set_fits_its_command_in_every_syntax() {
    let (class, instance) = (uid(CLASS), uid(INSTANCE));
    let deflated = |bytes: &[u8]| {
        use std::io::Write as _;
        let mut out = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    };
    let look = |bytes: &[u8], syntax: &str| fit(bytes, true, &uid(syntax), &class, &instance);
    let explicit = data_set(true, false, CLASS, INSTANCE);
    let implicit = data_set(false, false, CLASS, INSTANCE);
    let big = data_set(true, true, CLASS, INSTANCE);
    assert_eq!(look(&implicit, "1.2.840.10008.1.2"), Fit::Fits);
    assert_eq!(look(&explicit, "1.2.840.10008.1.2.1"), Fit::Fits);
    assert_eq!(look(&explicit, "1.2.840.10008.1.2.4.70"), Fit::Fits);
    assert_eq!(look(&big, "1.2.840.10008.1.2.2"), Fit::Fits);
    assert_eq!(look(&deflated(&explicit), "1.2.840.10008.1.2.1.99"), Fit::Fits);
    assert_eq!(look(&implicit, "1.2.840.10008.1.2.1"), Fit::Broken);
    assert_eq!(look(&explicit, "1.2.840.10008.1.2.1.99"), Fit::Broken);
    assert_eq!(look(b"", "1.2.840.10008.1.2.1"), Fit::Broken);
}

#[test]
fn another_object_is_a_mismatch_and_none_is_broken() {
    let syntax = uid("1.2.840.10008.1.2.1");
    let look = |class: &str, instance: &str, end: usize, whole: bool| {
        let bytes = data_set(true, false, class, instance);
        let end = bytes.len().min(end);
        fit(&bytes[..end], whole, &syntax, &uid(CLASS), &uid(INSTANCE))
    };
    assert_eq!(look(CLASS, "1.2.3.4.56", 999, true), Fit::Mismatch);
    assert_eq!(look("1.2.840.10008.5.1.4.1.1.4", INSTANCE, 999, true), Fit::Mismatch);
    assert_eq!(look(CLASS, "", 999, true), Fit::Broken);
    assert_eq!(look(CLASS, INSTANCE, 30, true), Fit::Broken);
    assert_eq!(look(CLASS, INSTANCE, 30, false), Fit::Fits);
    // A sequence of unknown length before them says nothing.
    let sequence = b"\x08\0\x06\0SQ\0\0\xFF\xFF\xFF\xFF";
    assert_eq!(fit(sequence, true, &syntax, &uid(CLASS), &uid(INSTANCE)), Fit::Fits);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _any = Request::read(&bytes);
        for syntax in ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2",
            "1.2.840.10008.1.2.1.99"] {
            let look = |whole| fit(&bytes, whole, &uid(syntax), &uid(CLASS), &uid(INSTANCE));
            let (whole, part) = (look(true), look(false));
            let deflated = syntax.ends_with(".99");
            prop_assert!(deflated || whole == part || part == Fit::Fits);
        }
    }
}
