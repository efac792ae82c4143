//! How fast the readers are on one core: `cargo run --release -p sudare-intake --example speed [-- MB]`.
//!
//! Builds the files in memory, so that no disk is measured. The region of these files is not realistic; the shape of
//! their records is.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a measuring program")]

use sudare_intake::{Choice, Context, Counts, MemoryFiles, OpenGate, Sender, plan, read_unit};
use sudare_model::{DeliveryId, ProviderId, SubjectKey};

fn main() {
    let megabytes = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(256);
    measure("uke", claims(megabytes << 20));
    if std::env::args().nth(2).is_some() {
        return;
    }
    measure("ssmix2", messages(megabytes << 18));
}

fn measure(name: &str, files: Vec<(String, Vec<u8>)>) {
    let bytes: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    let count = files.len();
    let files = MemoryFiles::new(files);
    let context = Context {
        provider: ProviderId::parse("speed").expect("a good id"),
        delivery: DeliveryId::parse("speed").expect("a good id"),
    };
    let gate = OpenGate::new(|patient: &sudare_identity::SourcePatientId| {
        let hash = patient.number().reveal().bytes().fold(7u128, |sum, byte| {
            sum.wrapping_mul(0x0100_0000_01b3).wrapping_add(u128::from(byte))
        });
        SubjectKey::from_bytes(hash.to_le_bytes())
    });
    let start = cpu_seconds();
    let plan = plan(&files, &Sender::UNKNOWN, Choice::Auto);
    let planned = cpu_seconds() - start;
    let mut counts = Counts::default();
    let start = cpu_seconds();
    for unit in &plan.units {
        counts.merge(&read_unit(unit, &files, &gate, &context).counts);
    }
    let read = cpu_seconds() - start;
    let megabytes = bytes as f64 / 1e6;
    println!(
        "{name}: {megabytes:.0} MB in {count} files, {} units; plan {:.0} MB/s; read {:.0} MB/s, {:.0} records/s, \
         {:.0} rows/s; both {:.0} MB/s",
        plan.units.len(),
        megabytes / planned,
        megabytes / read,
        counts.records as f64 / read,
        counts.rows.values().sum::<u64>() as f64 / read,
        megabytes / (planned + read),
    );
    println!(
        "  rows {:?}\n  findings {:?} {:?}",
        counts.rows, counts.findings, plan.counts.findings
    );
}

/// Seconds this thread has been on a processor: a busy machine does not slow this clock.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("a Linux kernel");
    let first = text.split(' ').next().and_then(|text| text.parse::<f64>().ok());
    first.expect("nanoseconds") / 1e9
}

/// One claim file of about so many bytes.
fn claims(bytes: usize) -> Vec<(String, Vec<u8>)> {
    let mut file = Vec::with_capacity(bytes + 4096);
    file.extend_from_slice(b"IR,1,13,1,1234567,,,202404,00,0312345678\r\n");
    let name = encoding("山田　太郎");
    let kana = encoding("ヤマダタロウ");
    let symbol = encoding("１２－３４");
    let text = encoding("１日１回朝食後に服用する");
    let (mut claim, mut cards, mut points) = (0u32, 0u64, 0u64);
    while file.len() < bytes {
        claim += 1;
        cards += 1;
        points += 1234;
        let mut push = |part: &[u8]| file.extend_from_slice(part);
        push(format!("RE,{claim},1112,202403,").as_bytes());
        push(&name);
        push(format!(",{},19{:02}0{}15", claim % 2 + 1, claim % 90 + 10, claim % 9 + 1).as_bytes());
        push(format!(",,,,,,,{:07},,,,,,,,,,,,,,,,,,,,,,,", claim % 300_000).as_bytes());
        push(&kana);
        push(b",\r\nHO,01130012,");
        push(&symbol);
        push(format!(",{claim},2,1234,,,,,,,,,\r\n").as_bytes());
        for at in 0..3 {
            let code = 2_500_013 + (claim + at) % 500;
            push(
                format!("SY,{code},20240301,1,,,{},\r\n", if at == 0 { "01" } else { "" })
                    .as_bytes(),
            );
        }
        for at in 0..12u32 {
            let day = (claim + at) % 31;
            let (before, after) = (",".repeat(day as usize), ",".repeat(30 - day as usize));
            let category = if at % 3 == 0 { "60" } else { "" };
            let code = 160_000_310 + (claim * 7 + at) % 2000;
            push(
                format!("SI,{category},1,{code},,{},1,,,,,,,{before}1{after}\r\n", 20 + at)
                    .as_bytes(),
            );
        }
        for at in 0..5u32 {
            let day = (claim + at) % 31;
            let (before, after) = (",".repeat(day as usize), ",".repeat(30 - day as usize));
            let code = 620_000_310 + (claim * 3 + at) % 3000;
            push(format!("IY,21,1,{code},3,15,14,,,,,,,{before}14{after}\r\n").as_bytes());
        }
        push(b"CO,99,1,810000001,");
        push(&text);
        push(b"\r\n");
    }
    file.extend_from_slice(format!("GO,{cards},{points},99\r\n\x1a").as_bytes());
    vec![("RECEIPTC.UKE".to_owned(), file)]
}

fn encoding(text: &str) -> Vec<u8> {
    encoding_rs::SHIFT_JIS.encode(text).0.into_owned()
}

fn jis(text: &str) -> Vec<u8> {
    encoding_rs::ISO_2022_JP.encode(text).0.into_owned()
}

/// A storage of about so many bytes.
fn messages(bytes: usize) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let (mut total, mut patient) = (0, 0);
    while total < bytes {
        patient += 1;
        let id = format!("{patient:010}");
        let pid = format!(
            "PID|0001||{id}^^^^PI||山田^太郎^^^^^L^I~ヤマダ^タロウ^^^^^L^P||19480405|M|||^^^^422-8033^JPN^H^静岡県静岡市登呂１−３−５||^PRN^PH^^^^^^^^^054-000-0000\r"
        );
        for visit in 0..20 {
            let day = format!("202403{:02}", visit % 28 + 1);
            let head = |kind: &str| {
                format!(
                    "MSH|^~\\&|HIS|SEND|GW|RCV|{day}101010||{kind}|1|P|2.5||||||~ISO IR87||ISO 2022-1994|SS-MIX2_1.20\r{pid}PV1|0001|O|01^^^^^C||||220^医師^一郎^^^^^^^L^^^^^I|||01\r"
                )
            };
            let mut lab = head("OUL^R22^OUL_R22");
            lab.push_str(&format!("SPM|1|||023^血清^JC10|||||||||||||{day}0900\rOBR|1|000{visit}||E001^血液学的検査^99O03|||{day}\r"));
            for item in 0..15 {
                lab.push_str(&format!("OBX|{item}|NM|3A0{item:02}0000002327101^総蛋白^JC10||7.{item}|g/dl^g/dl^99XYZ|6.70-8.3|N|||F|||{day}0900\r"));
            }
            let mut drug = head("RDE^O11^RDE_O11");
            for item in 0..3 {
                drug.push_str(&format!("ORC|NW|000{visit}|||||||{day}1030\rRXE||10866520{item}^ダーゼン錠（５mg)^HOT9|1||TAB^錠^MR9P|||||15|TAB^錠^MR9P\rTQ1|1||1013044400000000&内服・経口・１日３回朝昼夕食後&JAMISDP01|||5^d|{day}00\rRXR|PO^口^HL70162\r"));
            }
            for (kind, text) in [("OML-11", lab), ("OMP-01", drug)] {
                let path = format!(
                    "{}/{}/{id}/{day}/{kind}/{id}_{day}_{kind}_{visit:015}_{day}101010000_01_1",
                    &id.get(..3).unwrap_or_default(),
                    &id.get(3..6).unwrap_or_default()
                );
                let message = jis(&text);
                total += message.len();
                files.push((path, message));
            }
        }
    }
    files
}
