//! What the door lets in, on a site of one hospital with a register and files written here.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use sudare_model::time::{Day, Instant};
use sudare_platform::act;
use sudare_platform::answer::{ReceiveAnswer, RegisterApplied};
use sudare_platform::progress::Quiet;
use sudare_platform::{ActError, Clock, Desk, Site};

use crate::region::copy;

/// Nine o'clock of a day in Japan.
pub(crate) fn on(day: &str) -> Clock {
    let day = Day::from_iso(day).unwrap();
    Clock::Fixed(Instant::from_unix(Instant::start_of_day_in_japan(day).unix() + 9 * 3600))
}

/// A notice given: patient, day, to whom.
pub(crate) type Given<'g> = (&'g str, &'g str, &'g str);

/// A register of one hospital that gives one notice on both tracks, naming every item, with a period of 30 days.
pub(crate) fn register(given: &[Given<'_>]) -> String {
    let items: Vec<String> =
        sudare_model::DataItem::ALL.iter().map(|item| format!("\"{}\"", item.word())).collect();
    let mut text = String::from(
        "format = \"sudare-register-1\"\n\n[producer]\nname = \"P\"\naddress = \"A\"\n\
         representative = \"R\"\ncertificates = [\"anonymised\", \"pseudonymised\"]\n\n\
         [[provider]]\nid = \"hospital-1\"\nkind = \"hospital\"\nname = \"H\"\naddress = \"A\"\n\
         representative = \"R\"\nacquisition = \"care\"\n\
         security_check = { date = 2024-04-01, valid_until = 2027-03-31 }\n\n\
         [[user]]\nid = \"pharma-1\"\nname = \"U\"\naddress = \"A\"\n\
         certificate = { type = \"I\", from = 2024-04-01, until = 2027-03-31 }\n\n\
         [[contract]]\nuser = \"pharma-1\"\nproject = \"p1\"\ntrack = \"pseudonymised\"\n\
         from = 2024-04-01\nuntil = 2027-03-31\n",
    );
    for (track, letter) in [("anonymised", "a"), ("pseudonymised", "p")] {
        let id = format!("hospital-1-{letter}-1");
        let _ = write!(
            text,
            "\n[[notice]]\nid = \"{id}\"\nprovider = \"hospital-1\"\ntrack = \"{track}\"\n\
             version = 1\ndate = 2024-04-15\npurpose = \"P\"\nitems = [{}]\nacquisition = \"care\"\n\
             supply_method = \"file\"\nstop_on_request = true\nstop_reception = \"desk\"\n\
             update_method = \"monthly\"\nplanned_start = 2024-06-01\n\
             stop_request_period_days = 30\n\n[[notification]]\nprovider = \"hospital-1\"\n\
             track = \"{track}\"\nnotice = \"{id}\"\nfiled = 2024-04-20\n\n[[publication]]\n\
             provider = \"hospital-1\"\ntrack = \"{track}\"\nnotice = \"{id}\"\n\
             date = 2024-05-01\naddress = \"https://example.org/1\"\n",
            items.join(", ")
        );
        for (patient, day, recipient) in given {
            let _ = write!(
                text,
                "\n[[given]]\nnotice = \"{id}\"\npatient = \"{patient}\"\ndate = {day}\n\
                 method = \"handed\"\nrecipient = \"{recipient}\"\n"
            );
        }
    }
    text
}

/// A site of one hospital.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        act::init(&bench.home(), &on("2024-07-01")).unwrap();
        bench
    }

    /// Another site with the same keys and the same past.
    pub(crate) fn twin(&self) -> Self {
        let twin = Self { folder: tempfile::tempdir().unwrap() };
        copy(&self.home(), &twin.home());
        twin
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub(crate) fn site(&self, day: &str) -> Site {
        Site::open(&self.home(), on(day)).unwrap()
    }

    pub(crate) fn desk(&self, day: &str) -> Desk {
        Desk::open(&self.home(), on(day)).unwrap()
    }

    pub(crate) fn apply(&self, day: &str, given: &[Given<'_>]) {
        self.apply_bytes(day, register(given).as_bytes()).unwrap();
    }

    /// Applies a register of these bytes, beside whatever lists lie in the bench's folder.
    pub(crate) fn apply_bytes(&self, day: &str, text: &[u8]) -> Result<RegisterApplied, ActError> {
        let path = self.folder.path().join("register.toml");
        fs::write(&path, text).unwrap();
        act::register_apply(&mut self.site(day), &path)
    }

    /// Writes a list beside the register.
    pub(crate) fn list(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// Diseases in a release built now, sorted.
    pub(crate) fn diseases(&self, day: &str) -> Vec<String> {
        self.released(day, "condition_occurrence", "condition_source_value")
    }

    /// A column of a table in a release built now, sorted.
    pub(crate) fn released(&self, day: &str, table: &str, column: &str) -> Vec<String> {
        let mut site = self.site(day);
        act::link(&mut site, &Quiet).unwrap();
        let id =
            format!("d{}", fs::read_dir(self.home().join("releases")).map_or(0, Iterator::count));
        let spec = self.folder.path().join("spec.toml");
        let text = format!(
            "format = \"sudare-dataset-1\"\nid = \"{id}\"\ntrack = \"pseudonymised\"\n\
             project = \"p1\"\n"
        );
        fs::write(&spec, text).unwrap();
        let built = act::build(&mut site, &spec, false, None, &Quiet).unwrap();
        let table = fs::read_to_string(built.path.join(format!("{table}.csv"))).unwrap();
        let mut lines = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let header = lines.next().unwrap();
        let at = header.iter().position(|name| *name == column).unwrap();
        let mut found: Vec<_> = lines.map(|line| line[at].to_owned()).collect();
        found.sort_unstable();
        found
    }

    /// Receives a folder of these files, and of nothing else.
    pub(crate) fn receive(&self, day: &str, files: &[(String, Vec<u8>)]) -> ReceiveAnswer {
        let folder = self.delivery(files);
        act::receive(&mut self.site(day), "hospital-1", &[folder], &Quiet).unwrap()
    }

    /// The same, and the list of which file has which number.
    pub(crate) fn receive_listing(
        &self,
        day: &str,
        files: &[(String, Vec<u8>)],
    ) -> (ReceiveAnswer, String) {
        let (folders, list) = ([self.delivery(files)], self.folder.path().join("list.csv"));
        let mut site = self.site(day);
        let mut receive =
            || act::receive_listing(&mut site, "hospital-1", &folders, Some(&list), &Quiet);
        let answer = receive().unwrap();
        assert_eq!(answer.list.as_deref(), Some(list.as_path()));
        let text = fs::read_to_string(&list).unwrap();
        let mode = fs::metadata(&list).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        // Nothing is written over.
        assert!(matches!(receive(), Err(ActError::Usage(_))));
        fs::remove_file(list).unwrap();
        (answer, text)
    }

    fn delivery(&self, files: &[(String, Vec<u8>)]) -> PathBuf {
        let folder = self.folder.path().join("delivery");
        let _absent = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        for (path, bytes) in files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        folder
    }
}

/// A basic message (ADT-00) with a birth date and, if any, the day of death of PID-29.
pub(crate) fn basic(patient: &str, birth: &str, death: &str) -> (String, Vec<u8>) {
    let death = if death.is_empty() { String::new() } else { "|".repeat(21) + death + "|Y" };
    let text = format!(
        "MSH|^~\\&|H|S|G|R|20240601101010||ADT^A08^ADT_A01|1|P|2.5\r\
         PID|0001||{patient}^^^^PI||YAMADA^TARO^^^^^L^I||{birth}|M{death}\r"
    );
    (place(patient, "-", "ADT-00", "1", 1, 1), text.into_bytes())
}

/// A disease (PPR-01) under an order number, at a transaction time, with a flag. It states no birth date.
pub(crate) fn disease(
    patient: &str,
    (order, time, flag): (&str, u32, u32),
    code: &str,
) -> (String, Vec<u8>) {
    let text = format!(
        "MSH|^~\\&|H|S|G|R|20240601101010||PPR^ZD1^PPR_ZD1|1|P|2.5\r\
         PID|0001||{patient}^^^^PI||YAMADA^TARO^^^^^L^I|||M\r\
         PRB|AD|20240601|{code}^X^MDCDX2|1|||20240501\r"
    );
    (place(patient, "-", "PPR-01", order, time, flag), text.into_bytes())
}

fn place(patient: &str, day: &str, data_type: &str, order: &str, time: u32, flag: u32) -> String {
    let (first, second) = (patient.get(..3).unwrap(), patient.get(3..6).unwrap());
    let folders = format!("ssmix2/{first}/{second}/{patient}/{day}/{data_type}");
    format!("{folders}/{patient}_{day}_{data_type}_{order:0>15}_20240601{time:09}_01_{flag}")
}

/// A claim of March 2024 with one disease.
pub(crate) fn claim(patient: &str, birth: &str, disease: &str) -> String {
    let blank = ",".repeat(23);
    format!(
        "RE,1,1112,202403,YAMADA TARO,1,{birth},,,,,,,{patient}{blank},\r\n\
         HO,01130012,12,34,1,100,,,,,,,,,\r\nSY,{disease},20240301,1,,,01,\r\n"
    )
}

/// A claim file of a month, under the name that every month's has.
pub(crate) fn claims(month: &str, claims: &[String]) -> (String, Vec<u8>) {
    let (count, body) = (claims.len(), claims.concat());
    let points = count * 100;
    let text = format!(
        "IR,1,13,1,1234567,,,{month},00,0312345678\r\n{body}GO,{count},{points},99\r\n\x1a"
    );
    ("RECEIPTC.UKE".to_owned(), text.into_bytes())
}

/// Units refused, by rule.
pub(crate) fn refused(answer: &ReceiveAnswer) -> BTreeMap<&str, u64> {
    let mut by_rule = BTreeMap::new();
    for one in answer.brought.refused.iter().filter(|one| one.track == "pseudonymised") {
        *by_rule.entry(one.rule.as_str()).or_default() += one.units;
    }
    by_rule
}

pub(crate) const ONE: &str = "0000001";
pub(crate) const TWO: &str = "0000002";

#[test]
fn a_child_is_refused_until_a_guardian_is_notified_and_the_dead_if_notified_after() {
    let bench = Bench::new();
    // One was told as a child, a guardian was not; two was told in May and had died in April.
    bench.apply("2024-07-01", &[(ONE, "2024-05-02", "subject"), (TWO, "2024-05-02", "subject")]);
    let files = [
        basic(ONE, "20120101", ""),
        disease(ONE, ("2", 1, 1), "20054174"),
        basic(TWO, "19400101", "20240420"),
        disease(TWO, ("2", 1, 1), "20054174"),
    ];
    let answer = bench.receive("2024-07-01", &files);
    assert_eq!(refused(&answer), BTreeMap::from([("R-NOT-07", 1), ("R-NOT-09", 1)]));
    assert_eq!((answer.brought.units["admitted"], answer.brought.rows.len()), (0, 0));
    // A guardian told too, and a death after the notice.
    let other = Bench::new();
    let given = [
        (ONE, "2024-05-02", "subject"),
        (ONE, "2024-05-03", "guardian"),
        (TWO, "2024-05-02", "subject"),
    ];
    other.apply("2024-07-01", &given);
    let files = [files[0].clone(), files[1].clone(), basic(TWO, "19400101", "20240502")];
    let answer = other.receive("2024-07-01", &files);
    assert_eq!((answer.brought.units["admitted"], refused(&answer).len()), (2, 0));
    assert_eq!(answer.brought.rows["condition_occurrence"], 1);
}
