//! `register.toml` as text.

use std::fmt::Write as _;

use sudare_model::{DataItem, Track};

use super::{LACKING, WAITING_DAYS, notice_id, second_version};
use crate::period::Period;
use crate::site::{Provider, ProviderKind, Sites};

/// The last day of what is renewed in real life (a security check, a certificate, a contract): an invented region has
/// nobody to renew it, and must work on whatever day it is tried.
const RENEWED_UNTIL: &str = "2099-12-31";

/// The whole register; the lists of persons are files beside it.
pub(crate) fn register(sites: &Sites, period: &Period) -> String {
    let mut out = String::from(
        "format = \"sudare-register-1\"\n\n[producer]\nname = \"一般社団法人すだれ医療情報機構（架空）\"\n\
         address = \"静岡県簾野市青竹町1-1\"\nrepresentative = \"代表理事　鏡ヶ丘　仮名\"\n\
         certificates = [\"anonymised\", \"pseudonymised\"]\n",
    );
    for provider in &sites.all {
        provider_table(&mut out, provider, period);
    }
    for provider in &sites.all {
        for (track, name) in Track::ALL.iter().enumerate() {
            for version in 1..=2 {
                notice_tables(&mut out, provider, (track, *name), version, period);
            }
        }
        let _ = write!(
            out,
            "\n[[stop_list]]\nprovider = \"{id}\"\nfile = \"register/stops-{id}.csv\"\n",
            id = provider.id
        );
    }
    out.push_str(&users(period));
    out
}

fn provider_table(out: &mut String, provider: &Provider, period: &Period) {
    let code = match provider.kind {
        ProviderKind::Hospital
        | ProviderKind::Clinic
        | ProviderKind::Pharmacy
        | ProviderKind::Dental => {
            format!("claims_code = \"{}\"\n", provider.code)
        }
        ProviderKind::Insurer | ProviderKind::Municipality => String::new(),
    };
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "\n[[provider]]\nid = \"{}\"\nkind = \"{}\"\nname = \"{}\"\naddress = \"{}\"\n\
         representative = \"{}\"\n{code}acquisition = \"診療及び業務の過程で本人から取得\"\n\
         security_check = {{ date = {}, valid_until = {RENEWED_UNTIL} }}\n",
        provider.id,
        provider.kind.word(),
        provider.name,
        provider.address,
        provider.representative,
        period.start.plus(-120),
    );
}

fn items(version: usize) -> String {
    let words: Vec<String> = DataItem::ALL
        .iter()
        .map(|item| item.word())
        .filter(|word| version > 1 || !LACKING.contains(word))
        .map(|word| format!("\"{word}\""))
        .collect();
    words.join(", ")
}

fn notice_tables(
    out: &mut String,
    provider: &Provider,
    (track, name): (usize, Track),
    version: usize,
    period: &Period,
) {
    let id = notice_id(&provider.id, track, version);
    let date = if version == 1 { period.start.plus(-70) } else { second_version(period).plus(-44) };
    let purpose = match name {
        Track::Anonymised => "匿名加工医療情報の作成の用に供するため",
        Track::Pseudonymised => {
            "認定利用事業者による医療分野の研究開発に用いる仮名加工医療情報の作成の用に供するため"
        }
    };
    let _ = write!(
        out,
        "\n[[notice]]\nid = \"{id}\"\nprovider = \"{}\"\ntrack = \"{name}\"\nversion = {version}\n\
         date = {date}\npurpose = \"{purpose}\"\nitems = [{}]\n\
         acquisition = \"診療録、検査結果及び診療報酬請求から取得\"\n\
         supply_method = \"暗号化した電子ファイルの受渡し\"\nstop_on_request = true\n\
         stop_reception = \"窓口、電話、郵送又は電子メール\"\nupdate_method = \"毎月、追加及び訂正分を提供\"\n\
         planned_start = {}\nstop_request_period_days = {WAITING_DAYS}\n",
        provider.id,
        items(version),
        date.plus(75),
    );
    let filed = date.plus(7);
    let _ = write!(
        out,
        "\n[[notification]]\nprovider = \"{0}\"\ntrack = \"{name}\"\nnotice = \"{id}\"\nfiled = {filed}\n\
         \n[[publication]]\nprovider = \"{0}\"\ntrack = \"{name}\"\nnotice = \"{id}\"\ndate = {1}\n\
         address = \"https://example.org/publication/{id}\"\n\
         \n[[given_list]]\nnotice = \"{id}\"\nfile = \"register/given-{id}.csv\"\n",
        provider.id,
        filed.plus(14),
    );
}

/// A certified user, one whose certificate has lapsed, one without.
fn users(period: &Period) -> String {
    let (from, until) = (period.as_of.plus(-400), RENEWED_UNTIL);
    let lapsed = period.as_of.plus(-30);
    let mut out = format!(
        "\n[[user]]\nid = \"pharma-1\"\nname = \"簾製薬株式会社（架空）\"\naddress = \"東京都あけぼの市霧坂1-2-3\"\n\
         certificate = {{ type = \"I\", from = {from}, until = {until} }}\n\
         \n[[user]]\nid = \"lapsed-1\"\nname = \"旧認定研究所（架空）\"\naddress = \"長野県みすず市糸川4-5\"\n\
         certificate = {{ type = \"I\", from = {}, until = {lapsed} }}\n\
         \n[[user]]\nid = \"university-1\"\nname = \"みすず大学（架空）\"\naddress = \"長野県みすず市小春台6\"\n",
        from.plus(-600),
    );
    let projects = [
        ("pharma-1", "p1", "pseudonymised"),
        ("pharma-1", "p2", "anonymised"),
        ("lapsed-1", "p3", "pseudonymised"),
        ("university-1", "p4", "anonymised"),
    ];
    for (user, project, track) in projects {
        let _ = write!(
            out,
            "\n[[contract]]\nuser = \"{user}\"\nproject = \"{project}\"\ntrack = \"{track}\"\n\
             from = {from}\nuntil = {until}\n\
             \n[[decision]]\nuser = \"{user}\"\nproject = \"{project}\"\ntrack = \"{track}\"\n\
             date = {}\noutcome = \"approved\"\n",
            from.plus(10),
        );
    }
    out
}
