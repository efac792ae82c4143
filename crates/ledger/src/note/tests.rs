use super::*;

fn signer() -> Signer {
    Signer::from_seed("ledger.example", Zeroizing::new([7; 32])).unwrap()
}

/// The example of the signed-note specification (Go's `golang.org/x/mod/sumdb/note`).
#[test]
fn the_published_example_of_a_signed_note_fits() {
    let verifier =
        Verifier::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
            .unwrap();
    assert_eq!(verifier.key_id(), [0xc7, 0x4f, 0x20, 0xa3]);
    let text = "If you think cryptography is the answer to your problem,\n\
                then you don't know what your problem is.\n";
    let blob = STANDARD
        .decode(
            "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6K\
             E6RyyBwJnAM=",
        )
        .unwrap();
    assert_eq!(blob[..4], verifier.key_id());
    assert!(verifier.fits(text.as_bytes(), &blob[4..]));
    assert!(!verifier.fits(b"another text\n", &blob[4..]));
}

#[test]
fn a_checkpoint_reads_back() {
    let signer = signer();
    let root = Digest::from_bytes([9; 32]);
    let note = signer.checkpoint(42, &root).unwrap();
    let text = String::from_utf8(note.clone()).unwrap();
    assert!(text.starts_with("ledger.example\n42\nCQkJ"), "{text}");
    assert!(text.contains("\n\n\u{2014} ledger.example "), "{text}");
    let checkpoint = signer.verifier().open(&note).unwrap();
    assert_eq!((checkpoint.size, checkpoint.root), (42, root));
}

#[test]
fn a_verifier_reads_back_what_it_writes() {
    let signer = signer();
    let text = signer.verifier().to_string();
    assert_eq!(Verifier::parse(&text).unwrap(), *signer.verifier());
    assert_eq!(Verifier::parse("a b+0+0"), Err(KeyError::Shape));
    assert_eq!(Verifier::parse("name"), Err(KeyError::Shape));
    assert_eq!(Verifier::parse("name+00000000+Ag=="), Err(KeyError::Algorithm));
    assert_eq!(Verifier::parse(&text.replace("ledger", "ledges")), Err(KeyError::Hash));
    assert!(Signer::from_seed("two words", Zeroizing::new([7; 32])).is_err());
}

#[test]
fn a_signer_does_not_print_its_seed() {
    let printed = format!("{:?}", signer());
    assert!(printed.starts_with("Signer(ledger.example+"), "{printed}");
    assert!(printed.ends_with(", ..)"), "{printed}");
    assert!(!printed.contains("7, 7") && !printed.contains("0707"), "{printed}");
}

#[test]
fn every_other_byte_is_refused() {
    let signer = signer();
    let note = signer.checkpoint(3, &Digest::from_bytes([1; 32])).unwrap();
    for at in 0..note.len() {
        for flip in [1u8, 0x20, 0x80] {
            let mut other = note.clone();
            other[at] ^= flip;
            assert!(signer.verifier().open(&other).is_err(), "byte {at} by {flip}");
        }
        assert!(signer.verifier().open(&note[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn others_may_sign_too_but_not_alone() {
    let signer = signer();
    let witness = Signer::from_seed("witness.example", Zeroizing::new([8; 32])).unwrap();
    let root = Digest::from_bytes([1; 32]);
    let mut note = signer.checkpoint(3, &root).unwrap();
    let line = String::from_utf8(witness.checkpoint(3, &root).unwrap()).unwrap();
    note.extend_from_slice(line.rsplit_once("\n\n").unwrap().1.as_bytes());
    assert!(signer.verifier().open(&note).is_ok());
    assert_eq!(witness.verifier().open(&note), Err(NoteError::Origin));
    let stranger = Signer::from_seed("ledger.example", Zeroizing::new([8; 32])).unwrap();
    assert_eq!(stranger.verifier().open(&note), Err(NoteError::Unsigned));
}
