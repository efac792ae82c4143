//! A provider's notice (通知) to its patients, as a typed document (R-NOT-01, R-NOT-02).

use sudare_model::time::Day;
use sudare_model::{DataItem, NoticeId, ProviderId, Track};

use crate::words::words;

words! {
    /// How a notice reached a person (R-NOT-02).
    Method {
        /// Handed over at a counter.
        Handed = "handed" / "手渡し",
        /// Sent by post.
        Posted = "posted" / "郵送",
        /// Printed or shown at a kiosk.
        Kiosk = "kiosk" / "端末",
        /// Sent electronically.
        Electronic = "electronic" / "電子的方法",
        /// Derived from a visit after hand-outs began; kept distinct from `handed`.
        DerivedFromEncounter = "derived_from_encounter" / "掲示・配布開始後の受診",
    }
}

words! {
    /// Who received a notice (R-NOT-07).
    NoticeTo {
        /// The subject.
        Subject = "subject" / "本人",
        /// A parent or guardian.
        Guardian = "guardian" / "保護者等",
    }
}

words! {
    /// The statutory items of a notice: Act 52(1)(i)-(viii), 57(1)(i)-(viii); Reg. 48(4), 59.
    NoticeItem {
        /// (1) Provider's name, address and representative.
        Provider = "(1) provider" / "一 名称・住所・代表者",
        /// (2) Purpose.
        Purpose = "(2) purpose" / "二 提供の目的",
        /// (3) Items of information supplied.
        Items = "(3) items" / "三 提供する項目",
        /// (4) How the information is acquired.
        Acquisition = "(4) acquisition" / "四 取得の方法",
        /// (5) How it is supplied.
        SupplyMethod = "(5) supply_method" / "五 提供の方法",
        /// (6) That supply stops on request.
        StopOnRequest = "(6) stop_on_request" / "六 求めによる停止",
        /// (7) How requests are received.
        StopReception = "(7) stop_reception" / "七 求めを受け付ける方法",
        /// (8)(a) How supplied information is updated.
        UpdateMethod = "(8)(a) update_method" / "八イ 更新の方法",
        /// (8)(b) The planned date on which supply starts.
        PlannedStart = "(8)(b) planned_start" / "八ロ 提供開始予定日",
    }
}

/// A set of [`DataItem`]s in two bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ItemSet(u16);

impl ItemSet {
    /// This set and the item.
    #[must_use]
    pub const fn with(self, item: DataItem) -> Self {
        Self(self.0 | 1 << item.index())
    }

    /// Whether the item is in it.
    #[must_use]
    pub const fn has(self, item: DataItem) -> bool {
        self.0 & 1 << item.index() != 0
    }

    /// Whether it is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// One bit for each item, in the model's order.
    pub(crate) const fn bits(self) -> u16 {
        self.0
    }

    /// The items in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The items in the model's order.
    pub fn iter(self) -> impl Iterator<Item = DataItem> {
        DataItem::ALL.iter().copied().filter(move |item| self.has(*item))
    }
}

impl FromIterator<DataItem> for ItemSet {
    fn from_iter<I: IntoIterator<Item = DataItem>>(items: I) -> Self {
        items.into_iter().fold(Self::default(), Self::with)
    }
}

/// A version of a provider's notice on one track. Every item of R-NOT-01 is a mandatory value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// Whose it is. Item (1), name, address and representative, is the provider's own record.
    pub provider: ProviderId,
    /// The track it is about.
    pub track: Track,
    /// From 1, one higher with every change.
    pub version: u32,
    /// From when it is handed out.
    pub date: Day,
    /// (2).
    pub purpose: String,
    /// (3).
    pub items: ItemSet,
    /// (4).
    pub acquisition: String,
    /// (5).
    pub supply_method: String,
    /// (7).
    pub stop_reception: String,
    /// (8)(a).
    pub update_method: String,
    /// (8)(b).
    pub planned_start: Day,
    /// Days a person has to ask for a stop before supply, the day of notice not counted (R-NOT-03).
    pub stop_request_period_days: u16,
    /// Why the period is shorter than the rule file's default, where it is.
    pub override_reason: Option<String>,
}
