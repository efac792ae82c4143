//! A register small enough to read, written as a person would.

use sudare_consent::{Document, RuleSet};
use sudare_model::time::{Day, Instant};
use sudare_model::{ProviderId, SubjectKey};

/// The register of one hospital with one notice on the anonymised track.
pub(crate) const REGISTER: &str = r#"format = "sudare-register-1"

[producer]
name = "簾協会"
address = "東京都千代田区1-1"
representative = "簾 花子"
certificates = ["anonymised", "pseudonymised"]

[[provider]]
id = "hospital-1"
kind = "hospital"
name = "第一病院"
address = "札幌市中央区北一条"
representative = "院長 太郎"
claims_code = "1312345"
acquisition = "診療の過程で本人から取得"
security_check = { date = 2024-04-01, valid_until = 2027-03-31 }

[[notice]]
id = "hospital-1-a-1"
provider = "hospital-1"
track = "anonymised"
version = 1
date = 2024-04-15
purpose = "匿名加工医療情報を作成するため"
items = ["visits", "drugs"]
acquisition = "診療の過程で取得"
supply_method = "暗号化した電子媒体"
stop_on_request = true
stop_reception = "窓口、電話、書面"
update_method = "月ごとに更新"
planned_start = 2024-06-01
stop_request_period_days = 30

[[notification]]
provider = "hospital-1"
track = "anonymised"
notice = "hospital-1-a-1"
filed = 2024-04-20

[[publication]]
provider = "hospital-1"
track = "anonymised"
notice = "hospital-1-a-1"
date = 2024-05-01
address = "https://example.org/1"
"#;

/// The register with every section and every key that a register may hold.
pub(crate) fn whole() -> String {
    format!("{REGISTER}{REST}")
}

const REST: &str = r#"
[[given]]
notice = "hospital-1-a-1"
patient = "SECRET-4711"
date = 2024-05-02
method = "handed"
recipient = "subject"

[[given_list]]
notice = "hospital-1-a-1"
file = "lists/given.csv"

[[stop]]
provider = "hospital-1"
patient = "SECRET-4712"
tracks = ["anonymised"]
received = 2024-06-03T10:15:00+09:00
requester = "subject"

[[stop_list]]
provider = "hospital-1"
file = "lists/stops.csv"

[[user]]
id = "pharma-1"
name = "簾製薬"
address = "大阪市北区1"
recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
certificate = { type = "I", from = 2024-06-01, until = 2027-05-31 }

[[contract]]
user = "pharma-1"
project = "p1"
track = "anonymised"
from = 2024-06-01
until = 2027-05-31

[[decision]]
user = "pharma-1"
project = "p1"
track = "anonymised"
date = 2024-07-01
outcome = "approved"
"#;

pub(crate) fn rules() -> RuleSet {
    RuleSet::in_force(day("2024-04-01")).unwrap()
}

pub(crate) fn read(text: &str) -> Document {
    match Document::read(text, &rules()) {
        Ok(document) => document,
        Err(refused) => {
            panic!("{}", refused.problems.iter().map(said).collect::<Vec<_>>().join("\n"))
        }
    }
}

/// The problems of a text, one a line.
pub(crate) fn problems(text: &str) -> Vec<String> {
    let refused = Document::read(text, &rules()).err();
    refused.map_or_else(Vec::new, |why| why.problems.iter().map(said).collect())
}

fn said(problem: &sudare_consent::Problem) -> String {
    format!("line {}: {problem}", problem.written.line)
}

pub(crate) fn hospital() -> ProviderId {
    ProviderId::parse("hospital-1").unwrap()
}

/// Not the site's keyed digest, but as good as one where nobody looks.
pub(crate) fn key(_provider: &ProviderId, number: &str) -> SubjectKey {
    let mut bytes = [0; 16];
    for (at, byte) in number.bytes().enumerate() {
        bytes[at % 16] ^= byte.wrapping_mul(31).wrapping_add(u8::try_from(at).unwrap());
    }
    SubjectKey::from_bytes(bytes)
}

pub(crate) fn day(text: &str) -> Day {
    Day::from_iso(text).unwrap()
}

/// `2024-07-01T12:00` in Japan.
pub(crate) fn instant(text: &str) -> Instant {
    let (date, time) = text.split_once('T').unwrap();
    let (hour, minute) = time.split_once(':').unwrap();
    let minutes = hour.parse::<i64>().unwrap() * 60 + minute.parse::<i64>().unwrap();
    Instant::from_unix(Instant::start_of_day_in_japan(day(date)).unix() + minutes * 60)
}
