//! Registers that contradict themselves: every contradiction is told, with its key and line.

use sudare_consent::diff::{Effect, classify};
use sudare_consent::notice::NoticeItem;
use sudare_model::Rule;

use crate::region::{REGISTER, problems, read, rules};

/// The only problem of the register with one text replaced.
fn slip(from: &str, to: &str) -> String {
    assert!(REGISTER.contains(from), "{from}");
    let found = problems(&REGISTER.replacen(from, to, 1));
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].clone()
}

#[test]
fn a_sound_register_reads() {
    let document = read(REGISTER);
    assert_eq!(document.providers().len(), 1);
    assert_eq!(document.notices()[0].items.iter().count(), 2);
}

#[test]
fn a_notice_without_a_statutory_item_is_refused_by_name() {
    for (line, item) in [
        ("purpose = \"匿名加工医療情報を作成するため\"\n", NoticeItem::Purpose),
        ("items = [\"visits\", \"drugs\"]\n", NoticeItem::Items),
        ("acquisition = \"診療の過程で取得\"\n", NoticeItem::Acquisition),
        ("supply_method = \"暗号化した電子媒体\"\n", NoticeItem::SupplyMethod),
        ("stop_on_request = true\n", NoticeItem::StopOnRequest),
        ("stop_reception = \"窓口、電話、書面\"\n", NoticeItem::StopReception),
        ("update_method = \"月ごとに更新\"\n", NoticeItem::UpdateMethod),
        ("planned_start = 2024-06-01\n", NoticeItem::PlannedStart),
    ] {
        let text = REGISTER.replacen(line, "", 1);
        let found = problems(&text);
        let named = found.iter().find(|one| one.contains(item.word()));
        let named = named.unwrap_or_else(|| panic!("{}: {found:#?}", item.word()));
        assert!(named.contains("notice[1]") && named.contains("R-NOT-01"), "{named}");
    }
    assert!(slip("stop_on_request = true", "stop_on_request = false").contains("item (6)"));
}

#[test]
fn slips_of_the_pen_say_line_key_and_what_was_meant() {
    let says = slip("\"drugs\"", "\"drug\"");
    assert_eq!(says, "line 26: notice[1].items: unknown word `drug`; did you mean `drugs`?");
    assert!(slip("kind = \"hospital\"", "kind = \"hopital\"").contains("did you mean `hospital`?"));
    let found = problems(&REGISTER.replacen("filed = ", "fild = ", 1));
    let says = "line 39: notification[1].fild: unknown key `fild`; did you mean `filed`?";
    assert_eq!(found, [says]);
}

#[test]
fn contradictions_are_told_with_their_rule() {
    assert!(slip("filed = 2024-04-20", "filed = 2024-05-20").contains("R-NTF-03"));
    assert!(slip("period_days = 30", "period_days = 14").contains("R-NOT-03"));
    let reasoned = "period_days = 14\noverride_reason = \"緊急\"";
    read(&REGISTER.replacen("period_days = 30", reasoned, 1));
    assert!(slip("valid_until = 2027-03-31", "valid_until = 2023-03-31").contains("R-INT-05"));
    assert!(
        slip("[\"anonymised\", \"pseudonymised\"]", "[\"pseudonymised\"]").contains("R-DEF-04")
    );
    assert!(slip("planned_start = 2024-06-01", "planned_start = 2024-04-01").contains("R-NOT-01"));
    let unknown = format!(
        "{REGISTER}\n[[notification]]\nprovider = \"hospital-1\"\ntrack = \"anonymised\"\nnotice = \"hospital-1-a-2\"\nfiled = 2024-04-20\n"
    );
    let found = problems(&unknown);
    assert!(found[0].contains("did you mean `hospital-1-a-1`?"), "{found:?}");
}

#[test]
fn all_problems_are_told_at_once() {
    let text = REGISTER
        .replacen("kind = \"hospital\"", "kind = \"castle\"", 1)
        .replacen("version = 1", "version = 0", 1)
        .replacen("filed = 2024-04-20", "filed = \"soon\"", 1)
        + r#"
[[stop]]
provider = "hospital-7"
patient = "SECRET-PATIENT"
received = 2024-06-03T10:15:00+09:00
requester = "neighbour"

[[user]]
id = "pharma-1"
name = "製薬"
address = "大阪市"
recipient = "ssh-ed25519 AAAA"
certificate = { type = "III", from = 2024-06-01, until = 2023-05-31 }

[[colour]]
"#;
    let found = problems(&text);
    for part in [
        "provider[1].kind",
        "notice[1].version",
        "notification[1].filed",
        "stop[1].provider",
        "stop[1].requester",
        "user[1].recipient",
        "user[1].certificate.type",
        "user[1].certificate.until",
        "colour",
    ] {
        assert!(found.iter().any(|one| one.contains(part)), "{part}: {found:#?}");
    }
    assert!(found.iter().all(|one| !one.contains("SECRET-PATIENT")));
    assert!(found.iter().is_sorted_by_key(|one| {
        one.split([' ', ':']).nth(1).and_then(|line| line.parse::<usize>().ok()).unwrap()
    }));
}

#[test]
fn broken_toml_says_where() {
    let found = problems(&REGISTER.replacen("version = 1", "version = = 1", 1));
    assert!(found[0].starts_with("line 23:"), "{found:?}");
    assert!(!problems("").is_empty());
    assert!(!problems("\u{feff}").is_empty());
}

#[test]
fn lists_stay_inside_the_folder_of_the_register() {
    for path in ["../x.csv", "/etc/x.csv", "a//b.csv", "C:\\\\x.csv", "./x.csv"] {
        let list =
            format!("{REGISTER}\n[[given_list]]\nnotice = \"hospital-1-a-1\"\nfile = \"{path}\"\n");
        assert!(problems(&list)[0].contains("inside the folder"), "{path}");
    }
}

#[test]
fn versions_of_a_notice_are_compared_item_by_item() {
    let document = read(REGISTER);
    let party = &document.providers()[0].party;
    let first = &document.notices()[0];
    let with = |change: fn(&mut sudare_consent::notice::Notice)| {
        let mut next = first.clone();
        next.version = 2;
        change(&mut next);
        classify((first, party), (&next, party)).unwrap()
    };
    assert_eq!(with(|_| ()), (Effect::None, vec![]));
    assert_eq!(with(|next| next.stop_request_period_days = 60).0, Effect::None);
    assert_eq!(
        with(|next| next.items = next.items.with(sudare_model::DataItem::Notes)),
        (Effect::NotifyBeforehand, vec![NoticeItem::Items])
    );
    assert_eq!(with(|next| next.purpose.push('x')).0, Effect::Forbidden);
    let mut director = party.clone();
    director.representative = "新院長".to_owned();
    assert_eq!(
        classify((first, party), (first, &director)),
        Ok((Effect::NotifyWithoutDelay, vec![NoticeItem::Provider]))
    );
    let mut other = first.clone();
    other.track = sudare_model::Track::Pseudonymised;
    assert!(classify((first, party), (&other, party)).is_err());
}

#[test]
fn a_version_that_changes_the_purpose_is_refused() {
    let (_, notice) = REGISTER.split_once("[[notice]]").unwrap();
    let (notice, _) = notice.split_once("[[notification]]").unwrap();
    let second = format!("[[notice]]{notice}")
        .replace("a-1", "a-2")
        .replace("version = 1", "version = 2")
        .replace("作成するため", "作成し販売するため");
    let found = problems(&format!("{REGISTER}\n{second}"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("R-NOT-05"));
}

#[test]
fn rules_are_cited_by_id() {
    let refused = sudare_consent::Document::read(
        &REGISTER.replacen("acquisition = \"診療の過程で本人から取得\"\n", "", 1),
        &rules(),
    )
    .unwrap_err();
    assert_eq!(refused.problems[0].rule, Some(Rule::WrongfullyObtained));
}

#[test]
fn what_is_hardly_meant_is_a_doubt_and_no_contradiction() {
    let now = crate::region::instant("2024-07-01T00:00");
    assert!(read(REGISTER).doubts(now).is_empty());
    let contract = "\n[[contract]]\nuser = \"pharma-9\"\nproject = \"p1\"\ntrack = \"anonymised\"\nfrom = 2024-06-01\nuntil = 2027-05-31\n";
    let decision = "\n[[decision]]\nuser = \"pharma-9\"\nproject = \"p1\"\ntrack = \"anonymised\"\ndate = 2024-08-01\noutcome = \"approved\"\n";
    let list = "\n[[stop_list]]\nprovider = \"hospital-1\"\nfile = \"twice.csv\"\n";
    let stop = "\n[[stop]]\nprovider = \"hospital-1\"\npatient = \"００９\"\nreceived = 2042-06-03T10:15:00+09:00\nrequester = \"subject\"\n";
    let user = "\n[[user]]\nid = \"pharma-9\"\nname = \"U\"\naddress = \"A\"\n";
    let text = [REGISTER, user, list, list, stop, contract, contract, decision, decision].concat();
    let found: Vec<String> = read(&text).doubts(now).iter().map(ToString::to_string).collect();
    let twice = "the same is written above; once is enough, or one of the two is a slip";
    let has = |what: &str, count: usize| {
        let times = found.iter().filter(|one| one.contains(what)).count();
        assert_eq!(times, count, "{what}: {found:#?}");
    };
    has(twice, 3);
    has("].patient: full-width", 1);
    has("].received: lies in the future", 1);
    has("].date: lies in the future", 2);
    assert_eq!(found.len(), 7);
}

#[test]
fn a_day_that_does_not_exist_is_told_with_its_key() {
    let says = slip("filed = 2024-04-20", "filed = 2024-04-31");
    assert!(says.contains(": filed: there is no such day"), "{says}");
}
