//! Hard rules by their requirement id, each with the article that a refusal cites.
//!
//! Statute is code: a rule that is not listed here cannot refuse anything. Numbers that only guidelines or practice
//! give are not here; they are dated values in the rule file that `sudare-consent` and `sudare-deident` read.

use std::fmt;

macro_rules! rules {
    ($($variant:ident = $id:literal, $article:literal, $en:literal, $ja:literal;)*) => {
        /// A rule that can refuse.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule { $(#[doc = $en] $variant),* }

        impl Rule {
            /// All rules.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The requirement id.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),* }
            }

            /// The article.
            #[must_use]
            pub const fn article(self) -> &'static str {
                match self { $(Self::$variant => $article),* }
            }

            /// Why it refuses, in English.
            #[must_use]
            pub const fn english(self) -> &'static str {
                match self { $(Self::$variant => $en),* }
            }

            /// Why it refuses, in Japanese.
            #[must_use]
            pub const fn japanese(self) -> &'static str {
                match self { $(Self::$variant => $ja),* }
            }
        }
    };
}

rules! {
    ProviderUnknown = "R-INT-01", "Act Art. 55(1), Reg. 56(1)", "the provider has not been identified", "医療情報取扱事業者の確認がない";
    SecurityCheckMissing = "R-INT-05", "Reg. 6(v)(c)", "the provider's method and security have no valid check", "提供方法・安全管理の確認が有効でない";
    NotificationMissing = "R-NTF-01", "Act Art. 52(1), 57(1); Reg. 48(2)", "no notification to the ministers has been filed", "主務大臣への届出がない";
    PublicationMissing = "R-NTF-03", "Reg. 56(1)(ii), 57(1)(v)", "the ministers' publication has not been confirmed", "主務大臣による公表が確認できない";
    BeforePlannedStart = "R-NOT-01", "Reg. 48(4)(ii)", "the planned date on which supply starts has not come", "提供開始予定日より前である";
    NoticeMissing = "R-NOT-02", "Act Art. 52(1), 57(1), 56(i)", "the person has not been given a notice", "本人への通知がない";
    GuardianNoticeMissing = "R-NOT-07", "Act Art. 52(1), 57(1), 56(i); guardians by practice", "the person was a child when notified, and no guardian was notified", "未成年への通知で、保護者への通知がない";
    ItemNotNotified = "R-INT-04", "Act Art. 52(1)(iii), 57(1)(iii), 56(i)", "no notice given to the person names this item", "通知された項目に含まれない";
    WaitingPeriod = "R-NOT-03", "Reg. 48(1)(i)", "the period for a stop request has not passed", "停止の求めに必要な期間が経過していない";
    StopRequested = "R-OPT-06", "Act Art. 53, 56(ii)", "a stop request is in force", "提供の停止の求めがある";
    RequesterUnfit = "R-OPT-02", "Act Art. 52(1), 53; Order 11", "the requester may not ask for this person", "求めを行うことができる者に当たらない";
    UnnotifiedDead = "R-NOT-09", "Act Art. 52(1)", "the person died before being notified", "通知前に死亡している";
    WrongfullyObtained = "R-DEF-06", "Act Art. 52(1)", "the information was obtained wrongfully", "不正に取得された情報である";
    TracksMixed = "R-DEF-04", "Act Art. 18, 34, 52, 57", "rows of another track cannot enter this dataset", "別の経路の情報は混ぜられない";
    IdentificationCode = "R-ANON-02", "Reg. 18(ii), 33(ii)", "an individual identification code was found", "個人識別符号が残っている";
    RiskTooHigh = "R-ANON-05", "Reg. 18(v)", "the measured risk is above the stated limit", "測定したリスクが基準を超える";
    EarlierReleases = "R-ANON-08", "Reg. 18(v)", "with earlier releases of the project fewer than k persons would be alike", "過去の提供データと合わせると基準の人数に満たない";
    RecipientNotCertified = "R-SUPP-01", "Act Art. 36(1)-(2)", "the recipient holds no live certificate by which pseudonymised information may be handed to it", "仮名加工医療情報の提供を受けられる有効な認定がない";
    ContractMissing = "R-SUPA-02", "Reg. 6(v)(d), 36", "no contract in force covers this supply", "この提供を対象とする有効な契約がない";
    DecisionMissing = "R-SUPA-01", "Reg. 5(vii)", "no approval in force covers this supply", "この提供を対象とする有効な承認がない";
    WithdrawnSince = "R-OPT-07", "Act Art. 53, 56(ii)", "a withdrawal after this dataset touches it", "作成後に停止の求めがあった";
}

impl Rule {
    /// Reads a requirement id back.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.id() == id)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.id(), self.article(), self.english())
    }
}
