//! The document handed to whoever asked for a stop (Act 53(1), Reg. 51; R-OPT-03, -04, -05).
//!
//! It names the requester, so a rendered receipt is [`Revealing`] and its inner text is read only where it is
//! printed or handed over.

use std::fmt::Write as _;

use sudare_identity::Revealing;
use sudare_model::Track;
use sudare_model::Tracks;
use sudare_model::time::{Day, Instant};

use crate::stop::Requester;

/// The language of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Japanese.
    Japanese,
    /// English.
    English,
}

/// How the receipt is handed over: on paper unless the requester agreed beforehand (Act 53(2)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// On paper.
    Paper,
    /// By electronic means, with the requester's consent given at this instant.
    Electronic {
        /// When the requester agreed.
        consented: Instant,
    },
}

/// What a receipt must state (Reg. 51).
#[derive(Debug, Clone)]
pub struct ReceiptFields {
    /// The provider that was asked, as its notice names it.
    pub provider: String,
    /// (ii) The requester's name.
    pub requester: Revealing,
    /// (ii) What else identifies the requester.
    pub identification: Revealing,
    /// The requester's relation to the person.
    pub relation: Requester,
    /// Tracks stopped.
    pub tracks: Tracks,
    /// (iii) When the request was received.
    pub received: Instant,
    /// (v) When supply stopped.
    pub stopped: Instant,
    /// (vi) When the receipt is delivered.
    pub delivered: Instant,
    /// How it is delivered.
    pub form: Form,
}

/// Why a receipt cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptRefused {
    /// A statutory field is empty.
    #[error("the receipt lacks `{0}` [R-OPT-03, Reg. 51]")]
    Missing(&'static str),
    /// Delivered before it was received.
    #[error("delivered before the request was received")]
    DeliveredTooEarly,
    /// Supply cannot stop after the request took effect: a stop binds from its receipt.
    #[error("supply must stop when the request is received [R-OPT-06, Act Art. 53]")]
    StoppedLate,
    /// Electronic delivery without prior consent.
    #[error("electronic delivery needs the requester's prior consent [R-OPT-04, Act Art. 53(2)]")]
    NoConsent,
}

/// A receipt with every field of Reg. 51.
#[derive(Debug, Clone)]
pub struct Receipt(ReceiptFields);

impl Receipt {
    /// Checks the fields.
    ///
    /// # Errors
    /// [`ReceiptRefused`] naming what the Regulation asks for and is not there.
    pub fn new(fields: ReceiptFields) -> Result<Self, ReceiptRefused> {
        let texts = [
            ("provider", fields.provider.is_empty()),
            ("requester", fields.requester.is_empty()),
            ("identification", fields.identification.is_empty()),
            ("tracks", fields.tracks.is_empty()),
        ];
        if let Some((name, _)) = texts.into_iter().find(|(_, empty)| *empty) {
            return Err(ReceiptRefused::Missing(name));
        }
        if fields.delivered < fields.received {
            return Err(ReceiptRefused::DeliveredTooEarly);
        }
        if fields.stopped > fields.received {
            return Err(ReceiptRefused::StoppedLate);
        }
        match fields.form {
            Form::Electronic { consented } if consented > fields.delivered => {
                Err(ReceiptRefused::NoConsent)
            }
            Form::Electronic { .. } | Form::Paper => Ok(Self(fields)),
        }
    }

    /// The last day on which the copy must be kept: three years from delivery (Reg. 52, R-OPT-05).
    #[must_use]
    pub fn keep_until(&self) -> Day {
        let delivered = self.0.delivered.day_in_japan();
        let (year, month, day) = delivered.ymd();
        // A 29 February has no anniversary in three years; the day after is kept to.
        Day::from_ymd(year + 3, month, day)
            .or_else(|| Day::from_ymd(year + 3, 3, 1))
            .unwrap_or_else(|| delivered.plus(1096))
    }

    /// The receipt as lines of plain text.
    #[must_use]
    pub fn text(&self, language: Language) -> Revealing {
        let mut text = format!("{}\n\n", title(language));
        for (name, value) in self.rows(language) {
            let _ = writeln!(text, "{name}: {value}");
        }
        let _ = write!(text, "\n{}\n", closing(language));
        Revealing::new(text)
    }

    /// The receipt as a page that prints on one sheet; it names nothing outside itself.
    #[must_use]
    pub fn html(&self, language: Language) -> Revealing {
        let code = match language {
            Language::Japanese => "ja",
            Language::English => "en",
        };
        let title = title(language);
        let mut page = format!(
            "<!doctype html>\n<html lang=\"{code}\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>body{{max-width:40rem;margin:2rem auto;font-family:sans-serif;line-height:1.7}}th{{text-align:left;padding-right:1rem;font-weight:normal}}th,td{{vertical-align:top}}</style>\n<h1>{title}</h1>\n<table>\n"
        );
        for (name, value) in self.rows(language) {
            let _ =
                writeln!(page, "<tr><th scope=\"row\">{name}</th><td>{}</td></tr>", escape(&value));
        }
        let _ = write!(page, "</table>\n<p>{}</p>\n</html>\n", closing(language));
        Revealing::new(page)
    }

    fn rows(&self, language: Language) -> [(&'static str, String); 7] {
        let fields = &self.0;
        let name = |text: &Revealing| text.reveal().to_owned();
        match language {
            Language::Japanese => [
                ("提供の停止を求められた事業者", fields.provider.clone()),
                (
                    "求めの内容",
                    format!("医療情報の提供の停止の求め（{}）", tracks(fields.tracks, language)),
                ),
                (
                    "求めをした者",
                    format!("{}（{}）", name(&fields.requester), fields.relation.japanese()),
                ),
                ("求めをした者を特定する事項", name(&fields.identification)),
                ("求めを受けた年月日", date(fields.received, language)),
                ("提供を停止した年月日", date(fields.stopped, language)),
                ("この書面を交付した年月日", date(fields.delivered, language)),
            ],
            Language::English => [
                ("Provider asked to stop", fields.provider.clone()),
                (
                    "Request",
                    format!(
                        "to stop the supply of medical information ({})",
                        tracks(fields.tracks, language)
                    ),
                ),
                ("Requester", format!("{} ({})", name(&fields.requester), fields.relation.word())),
                ("What identifies the requester", name(&fields.identification)),
                ("Request received on", date(fields.received, language)),
                ("Supply stopped on", date(fields.stopped, language)),
                ("This document delivered on", date(fields.delivered, language)),
            ],
        }
    }
}

const fn title(language: Language) -> &'static str {
    match language {
        Language::Japanese => "提供の停止の求めに関する書面",
        Language::English => "Receipt of a request to stop the supply of medical information",
    }
}

const fn closing(language: Language) -> &'static str {
    match language {
        Language::Japanese => {
            "上記のとおり、医療情報の提供の停止の求めがあったので、医療分野の研究開発に資するための匿名加工医療情報及び仮名加工医療情報に関する法律第53条第1項（第58条において準用する場合を含む。）の規定により、この書面を交付します。提供の停止を求めたことにより、診療その他で不利益を受けることはありません。"
        }
        Language::English => {
            "The request stated above was made. This document is delivered under Article 53(1) of the Act (also as applied by Article 58). Asking to stop brings no disadvantage in care or otherwise."
        }
    }
}

fn tracks(tracks: Tracks, language: Language) -> String {
    let names: Vec<&str> = Track::ALL
        .into_iter()
        .filter(|track| tracks.has(*track))
        .map(|track| match (track, language) {
            (Track::Anonymised, Language::Japanese) => "匿名加工医療情報の作成のため（法第52条）",
            (Track::Pseudonymised, Language::Japanese) => {
                "仮名加工医療情報の作成のため（法第57条）"
            }
            (Track::Anonymised, Language::English) => {
                "for anonymised medical information, Act Art. 52"
            }
            (Track::Pseudonymised, Language::English) => {
                "for pseudonymised medical information, Act Art. 57"
            }
        })
        .collect();
    names.join(match language {
        Language::Japanese => "、",
        Language::English => "; ",
    })
}

fn date(at: Instant, language: Language) -> String {
    let day = at.day_in_japan();
    match language {
        Language::Japanese => {
            let (year, month, day) = day.ymd();
            format!("{year}年{month}月{day}日")
        }
        Language::English => day.to_string(),
    }
}

fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut safe, letter| {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
        safe
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> ReceiptFields {
        let at = |day, hour: i64| {
            Instant::from_unix(
                Instant::start_of_day_in_japan(Day::from_iso(day).unwrap()).unix() + hour * 3600,
            )
        };
        ReceiptFields {
            provider: "簾病院".to_owned(),
            requester: Revealing::new("山田 <太郎>".to_owned()),
            identification: Revealing::new("1950-01-01".to_owned()),
            relation: Requester::Subject,
            tracks: Tracks::BOTH,
            received: at("2024-06-03", 10),
            stopped: at("2024-06-03", 10),
            delivered: at("2024-06-05", 9),
            form: Form::Paper,
        }
    }

    #[test]
    fn a_receipt_states_what_the_regulation_asks() {
        let receipt = Receipt::new(fields()).unwrap();
        let text = receipt.text(Language::Japanese);
        for part in ["山田 <太郎>（本人）", "2024年6月3日", "2024年6月5日", "第53条第1項"]
        {
            assert!(text.reveal().contains(part), "{part}");
        }
        assert_eq!(receipt.keep_until().to_string(), "2027-06-05");
        let page = receipt.html(Language::English);
        assert!(page.reveal().contains("山田 &lt;太郎&gt; (subject)"));
        assert!(!page.reveal().contains("<太郎>"));
        assert!(!format!("{receipt:?} {text:?}").contains("山田"));
    }

    #[test]
    fn an_incomplete_receipt_is_not_made() {
        let nameless = ReceiptFields { requester: Revealing::default(), ..fields() };
        assert_eq!(Receipt::new(nameless).unwrap_err(), ReceiptRefused::Missing("requester"));
        let early = ReceiptFields { delivered: Instant::from_unix(0), ..fields() };
        assert_eq!(Receipt::new(early).unwrap_err(), ReceiptRefused::DeliveredTooEarly);
        let late = ReceiptFields { stopped: fields().delivered, ..fields() };
        assert_eq!(Receipt::new(late).unwrap_err(), ReceiptRefused::StoppedLate);
        let consented = Instant::from_unix(fields().delivered.unix() + 1);
        let electronic = ReceiptFields { form: Form::Electronic { consented }, ..fields() };
        assert_eq!(Receipt::new(electronic).unwrap_err(), ReceiptRefused::NoConsent);
    }
}
