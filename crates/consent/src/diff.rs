//! What a new version of a notice asks of the provider (R-NOT-05; Act 52(2), 57(2)).

use crate::document::Party;
use crate::notice::{Notice, NoticeItem};
use crate::words::words;

words! {
    /// What must happen before or after a change.
    Effect {
        /// Nothing the law asks for.
        None = "no_effect" / "手続不要",
        /// Persons and ministers are told without delay (遅滞なく).
        NotifyWithoutDelay = "notify_without_delay" / "遅滞なく通知・届出",
        /// Persons and ministers are told beforehand, with a fresh period.
        NotifyBeforehand = "notify_beforehand" / "あらかじめ通知・届出",
        /// There is no route of change; it would be another notice.
        Forbidden = "forbidden" / "変更不可",
    }
}

impl NoticeItem {
    /// What changing this item asks.
    #[must_use]
    pub const fn effect(self) -> Effect {
        match self {
            Self::Provider => Effect::NotifyWithoutDelay,
            Self::Items
            | Self::Acquisition
            | Self::SupplyMethod
            | Self::StopReception
            | Self::UpdateMethod
            | Self::PlannedStart => Effect::NotifyBeforehand,
            Self::Purpose | Self::StopOnRequest => Effect::Forbidden,
        }
    }
}

/// The items of the notice itself, (2) to (8), that differ. Version, date and waiting period are no items.
#[must_use]
pub fn changes(old: &Notice, new: &Notice) -> Vec<NoticeItem> {
    let compared = [
        (NoticeItem::Purpose, old.purpose != new.purpose),
        (NoticeItem::Items, old.items != new.items),
        (NoticeItem::Acquisition, old.acquisition != new.acquisition),
        (NoticeItem::SupplyMethod, old.supply_method != new.supply_method),
        (NoticeItem::StopReception, old.stop_reception != new.stop_reception),
        (NoticeItem::UpdateMethod, old.update_method != new.update_method),
        (NoticeItem::PlannedStart, old.planned_start != new.planned_start),
    ];
    compared.into_iter().filter(|(_, differs)| *differs).map(|(item, _)| item).collect()
}

/// Why two notices cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("versions are of one provider and one track")]
pub struct NotVersions;

/// Compares two versions of a notice, with the provider's name, address and representative at each (item (1)).
/// The answer is the strictest effect of any changed item, and the items changed.
///
/// # Errors
/// [`NotVersions`] if provider or track differ.
pub fn classify(
    old: (&Notice, &Party),
    new: (&Notice, &Party),
) -> Result<(Effect, Vec<NoticeItem>), NotVersions> {
    if old.0.provider != new.0.provider || old.0.track != new.0.track {
        return Err(NotVersions);
    }
    let mut changed = Vec::new();
    if old.1 != new.1 {
        changed.push(NoticeItem::Provider);
    }
    changed.extend(changes(old.0, new.0));
    let effect = changed.iter().map(|item| item.effect()).max().unwrap_or(Effect::None);
    Ok((effect, changed))
}
