//! A listener and what calls it: modalities that behave, and connections that do not.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use sudare_model::Rule;
use sudare_platform::ActError;
use sudare_platform::act::{self, Heard, ListenAsked, ListenLimits, Stop};
use sudare_platform::answer::ListenAnswer;
use sudare_platform::progress::Quiet;

use crate::door::{Bench, ONE, TWO};
use crate::modality::{CT, Modality, Whose, image};
use crate::region::refused_by;

const DAY: &str = "2024-07-01";

fn limits() -> ListenLimits {
    ListenLimits {
        idle: Duration::from_millis(700),
        begin: Duration::from_millis(700),
        pdu: Duration::from_millis(700),
        settle: Duration::from_millis(50),
        retry: Duration::from_millis(100),
        object_bytes: 1 << 20,
        ..ListenLimits::default()
    }
}

fn asked<'a>(calling: &'a [String], limits: ListenLimits) -> ListenAsked<'a> {
    let (provider, ae_title, bind) = ("hospital-1", "SUDARE", "127.0.0.1:0");
    ListenAsked { provider, ae_title, bind, calling, once: false, limits }
}

/// What a listener told.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Listening(SocketAddr, usize),
    Received(Option<String>, bool),
    Busy,
    Trouble,
}

fn told(heard: Heard<'_>) -> Told {
    match heard {
        Heard::Listening { address, left } => Told::Listening(address, left),
        Heard::Received(answer) => Told::Received(answer.delivery.clone(), answer.unchanged),
        Heard::Busy => Told::Busy,
        Heard::Trouble(_) => Told::Trouble,
    }
}

/// Runs a listener while `act` calls it, then tells it to stop.
fn while_listening(
    bench: &Bench,
    asked: &ListenAsked<'_>,
    act: impl FnOnce(SocketAddr, &mpsc::Receiver<Told>),
) -> Result<ListenAnswer, ActError> {
    let desk = bench.desk(DAY);
    let stop = Stop::default();
    let (tell, hear) = mpsc::channel();
    std::thread::scope(|scope| {
        let stop = &stop;
        let listener = scope.spawn(move || {
            let heard = |heard: Heard<'_>| drop(tell.send(told(heard)));
            act::listen(&desk, asked, stop, &heard, &Quiet)
        });
        if let Ok(Told::Listening(address, _)) = hear.recv() {
            act(address, &hear);
            if !asked.once {
                stop.raise();
            }
        }
        listener.join().unwrap()
    })
}

fn of<'a>(patient: &'a str, name: &'a str) -> Whose<'a> {
    Whose { patient, name, birth: "19700101" }
}

fn bench() -> Bench {
    let bench = Bench::new();
    bench.apply(DAY, &[(ONE, "2024-05-02", "subject")]);
    bench
}

/// Files below the spool but its folders' own.
fn spooled(bench: &Bench) -> usize {
    fn below(folder: &std::path::Path) -> usize {
        let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
        let count = |path: std::path::PathBuf| if path.is_dir() { below(&path) } else { 1 };
        entries.map(|entry| count(entry.unwrap().path())).sum()
    }
    below(&bench.home().join("spool"))
}

#[test]
fn images_of_two_associations_are_one_delivery_and_refused_ones_are_not_kept() {
    let bench = bench();
    let asked = asked(&[], limits());
    let answer = while_listening(&bench, &asked, |address, _| {
        let mut first = Modality::call(address, "SUDARE").unwrap();
        assert_eq!(first.accepted(), [true, true, false]);
        assert_eq!(first.echo(), 0);
        let mut second = Modality::call(address, "SUDARE").unwrap();
        let yamada = of(ONE, "YAMADA^TARO");
        assert_eq!(first.store("1.2.3.1", &image(&yamada, "1.2.3.1", "1.2.3", 300_000)), 0);
        assert_eq!(second.store("1.2.3.2", &image(&yamada, "1.2.3.2", "1.2.3", 10)), 0);
        // Sent twice, it is one.
        assert_eq!(second.store("1.2.3.2", &image(&yamada, "1.2.3.2", "1.2.3", 10)), 0);
        let suzuki = of(TWO, "SUZUKI^HANAKO");
        assert_eq!(first.store("1.2.3.4", &image(&suzuki, "1.2.3.4", "1.2.4", 10)), 0);
        assert!(spooled(&bench) >= 4);
        first.release();
        second.release();
    })
    .unwrap();
    assert_eq!((answer.deliveries.len(), answer.rows["image_occurrence"]), (1, 1), "{answer:?}");
    assert_eq!((answer.units["admitted"], answer.units["refused"]), (2, 1));
    assert_eq!((answer.objects["stored"], answer.objects["echoes"], answer.waiting), (4, 1, 0));
    assert_eq!((answer.associations["released"], spooled(&bench)), (2, 0));
    // The same again is nothing new, also by a listener that ends by itself.
    let once = ListenAsked { once: true, ..asked };
    let answer = while_listening(&bench, &once, |address, hear| {
        let mut again = Modality::call(address, "SUDARE").unwrap();
        let yamada = of(ONE, "YAMADA^TARO");
        assert_eq!(again.store("1.2.3.1", &image(&yamada, "1.2.3.1", "1.2.3", 300_000)), 0);
        again.release();
        assert!(matches!(hear.recv(), Ok(Told::Received(_, true))));
    })
    .unwrap();
    assert_eq!((answer.deliveries.len(), answer.rows.len(), spooled(&bench)), (0, 0, 0));
}

#[test]
fn an_object_sent_again_with_another_content_takes_the_place_of_the_first() {
    let bench = bench();
    let mut deliveries = Vec::new();
    let answer = while_listening(&bench, &asked(&[], limits()), |address, hear| {
        let mut sender = Modality::call(address, "SUDARE").unwrap();
        let wrong = image(&of(ONE, "YAMADA^TARO"), "1.2.3.1", "1.2.3", 10);
        let right = image(&of(ONE, "YAMADA^JIRO"), "1.2.3.1", "1.2.3", 10);
        assert_eq!([sender.store("1.2.3.1", &wrong), sender.store("1.2.3.1", &right)], [0, 0]);
        sender.release();
        deliveries.extend(hear.recv());
        deliveries.extend(hear.recv());
    })
    .unwrap();
    assert_eq!((answer.deliveries.len(), deliveries.len(), spooled(&bench)), (2, 2, 0));
    assert_ne!(deliveries[0], deliveries[1]);
}

#[test]
fn what_cannot_be_taken_is_refused_by_its_status() {
    let bench = bench();
    let answer = while_listening(&bench, &asked(&[], limits()), |address, _| {
        let mut sender = Modality::call(address, "SUDARE").unwrap();
        let yamada = of(ONE, "YAMADA^TARO");
        let good = image(&yamada, "1.2.3.1", "1.2.3", 10);
        let large = image(&yamada, "1.2.3.1", "1.2.3", 2 << 20);
        assert_eq!(sender.store("1.2.3.1", &large), 0xA700);
        assert_eq!(sender.store("1.2.3.2", &good), 0xA900);
        assert_eq!(sender.store_as("1.2.840.10008.5.1.4.1.1.4", "1.2.3.1", &good), 0xA900);
        assert_eq!(sender.store("1.2.3.1", b"no data set at all"), 0xC000);
        assert_eq!(sender.find(), 0x0211);
        assert_eq!(sender.store("1.2.3.1", &good), 0);
        sender.release();
    })
    .unwrap();
    assert_eq!(answer.statuses.values().sum::<u64>(), 5, "{answer:?}");
    assert_eq!((answer.objects["stored"], answer.objects["refused"]), (1, 5));
    assert_eq!((answer.rows["image_occurrence"], spooled(&bench)), (1, 0));
}

#[test]
fn what_cannot_be_spooled_is_refused_for_now() {
    let bench = bench();
    let answer = while_listening(&bench, &asked(&[], limits()), |address, _| {
        let (spool, away) = (bench.home().join("spool"), bench.home().join("away"));
        let mut sender = Modality::call(address, "SUDARE").unwrap();
        let good = image(&of(ONE, "YAMADA^TARO"), "1.2.3.1", "1.2.3", 10);
        std::fs::rename(&spool, &away).unwrap();
        std::fs::write(&spool, b"").unwrap();
        assert_eq!(sender.store("1.2.3.1", &good), 0xA700);
        std::fs::remove_file(&spool).unwrap();
        std::fs::rename(&away, &spool).unwrap();
        assert_eq!(sender.store("1.2.3.1", &good), 0);
        sender.release();
    })
    .unwrap();
    assert_eq!((answer.statuses["0xA700"], answer.objects["stored"]), (1, 1), "{answer:?}");
    assert_eq!((answer.rows["image_occurrence"], spooled(&bench)), (1, 0));
}

#[test]
fn what_a_connection_does_costs_that_connection_alone() {
    let bench = bench();
    let known = ["CT1".to_owned()];
    let answer = while_listening(&bench, &asked(&known, limits()), |address, _| {
        let raw = |bytes: &[u8]| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(bytes).unwrap();
            stream
        };
        let said = |mut stream: TcpStream| {
            let mut bytes = Vec::new();
            let _torn = stream.read_to_end(&mut bytes);
            bytes.first().copied()
        };
        // Another protocol, a PDU of four gigabytes, an association request that is none, one that is cut: an abort.
        assert_eq!(said(raw(b"GET / HTTP/1.1\r\n\r\n")), Some(7));
        assert_eq!(said(raw(&[1, 0, 0xFF, 0xFF, 0xFF, 0xFF, 1])), Some(7));
        assert_eq!(said(raw(&[1, 0, 0, 0, 0, 4, 1, 2, 3, 4])), Some(7));
        assert_eq!(said(raw(&[1, 0, 0, 0, 0, 100, 0, 1])), Some(7));
        assert_eq!(said(raw(&[4, 0, 0, 0, 0, 6, 0, 0, 0, 2, 1, 3])), Some(7));
        // A connection that says nothing.
        assert_eq!(said(raw(b"")), Some(7));
        assert!(Modality::call(address, "OTHER").is_err_and(|why| why.contains("called AE")));
        // Aborted and torn in the middle of an object: neither is kept.
        let yamada = of(ONE, "YAMADA^TARO");
        let good = image(&yamada, "1.2.3.1", "1.2.3", 10_000);
        let mut aborted = Modality::call(address, "SUDARE").unwrap();
        aborted.begin("1.2.3.8", &good[..5000]);
        aborted.abort();
        let mut torn = Modality::call(address, "SUDARE").unwrap();
        torn.begin("1.2.3.9", &good[..5000]);
        drop(torn);
        let mut silent = Modality::call(address, "SUDARE").unwrap();
        assert_eq!(silent.store("1.2.3.1", &good), 0);
        std::thread::sleep(Duration::from_millis(1500));
    })
    .unwrap();
    let ended = |how: &str| answer.associations.get(how).copied().unwrap_or(0);
    assert_eq!((ended("broken"), ended("slow"), ended("idle")), (4, 1, 2), "{answer:?}");
    assert_eq!((ended("rejected"), ended("aborted"), ended("closed")), (1, 1, 1), "{answer:?}");
    // What was acknowledged before the silence is received.
    assert_eq!((answer.objects["stored"], answer.rows["image_occurrence"]), (1, 1));
    assert_eq!(spooled(&bench), 0);
    let stranger = ["CT2".to_owned()];
    let answer = while_listening(&bench, &asked(&stranger, limits()), |address, _| {
        assert!(Modality::call(address, "SUDARE").is_err_and(|why| why.contains("calling AE")));
    });
    assert_eq!(answer.unwrap().associations["rejected"], 1);
}

#[test]
fn there_is_room_for_so_many_associations() {
    let bench = bench();
    let few = ListenLimits { associations: 2, ..limits() };
    while_listening(&bench, &asked(&[], few), |address, _| {
        let first = Modality::call(address, "SUDARE").unwrap();
        let second = Modality::call(address, "SUDARE").unwrap();
        let third = Modality::call(address, "SUDARE").err().unwrap();
        assert!(third.contains("local limit exceeded"), "{third}");
        first.release();
        second.release();
        let begun = Instant::now();
        while Modality::call(address, "SUDARE").is_err() {
            assert!(begun.elapsed() < Duration::from_secs(5));
            std::thread::sleep(Duration::from_millis(50));
        }
    })
    .unwrap();
}

#[test]
fn what_comes_while_another_process_has_the_site_is_received_after_it() {
    let bench = bench();
    let answer = while_listening(&bench, &asked(&[], limits()), |address, hear| {
        let site = bench.site(DAY);
        let mut sender = Modality::call(address, "SUDARE").unwrap();
        let good = image(&of(ONE, "YAMADA^TARO"), "1.2.3.1", "1.2.3", 10);
        assert_eq!(sender.store("1.2.3.1", &good), 0);
        sender.release();
        assert_eq!(hear.recv(), Ok(Told::Busy));
        drop(site);
        assert!(matches!(hear.recv(), Ok(Told::Received(Some(_), false))));
    });
    assert_eq!(answer.unwrap().rows["image_occurrence"], 1);
}

#[test]
fn what_a_listener_left_in_the_spool_the_next_receives() {
    let bench = bench();
    let site = bench.site(DAY);
    let answer = while_listening(&bench, &asked(&[], limits()), |address, hear| {
        let mut sender = Modality::call(address, "SUDARE").unwrap();
        let good = image(&of(ONE, "YAMADA^TARO"), "1.2.3.1", "1.2.3", 10);
        assert_eq!(sender.store("1.2.3.1", &good), 0);
        sender.release();
        assert_eq!(hear.recv(), Ok(Told::Busy));
    });
    assert_eq!(answer.unwrap().waiting, 1);
    assert_eq!(spooled(&bench), 2);
    drop(site);
    let answer = while_listening(&bench, &asked(&[], limits()), |_, hear| {
        assert!(matches!(hear.recv(), Ok(Told::Received(Some(_), false))));
    });
    assert_eq!((answer.unwrap().rows["image_occurrence"], spooled(&bench)), (1, 0));
}

#[test]
fn a_provider_that_is_not_registered_and_an_address_for_everybody_are_refused() {
    let bench = bench();
    let listen = |asked: &ListenAsked<'_>| while_listening(&bench, asked, |_, _| {});
    let nobody = ListenAsked { provider: "hospital-9", ..asked(&[], limits()) };
    assert_eq!(refused_by(&listen(&nobody)), Some(Rule::ProviderUnknown));
    for open in ["0.0.0.0:0", "[::]:0", "nowhere", "127.0.0.1"] {
        let open = ListenAsked { bind: open, ..asked(&[], limits()) };
        assert!(matches!(listen(&open), Err(ActError::Usage(_))), "{}", open.bind);
    }
    for title in ["", " A", "SEVENTEEN LETTERS", "A\\B", "簾"] {
        let titled = ListenAsked { ae_title: title, ..asked(&[], limits()) };
        assert!(matches!(listen(&titled), Err(ActError::Usage(_))), "{title}");
    }
    // Two listeners for one provider are one too many.
    let answer = while_listening(&bench, &asked(&[], limits()), |_, _| {
        assert!(matches!(listen(&asked(&[], limits())), Err(ActError::Usage(_))));
    });
    assert!(answer.is_ok() && CT.starts_with("1.2.840"));
}
