//! Notices, their notification and publication (R-NOT-01, -03, -05; R-NTF-01, -03).

use super::{
    DataItem, Fields, Notice, NoticeId, Notification, ProviderId, Publication, Reading, Rule,
    Track, known, own_id, track,
};
use crate::diff::{self, Effect};
use crate::notice::{ItemSet, NoticeItem};

/// Cited where a notice lacks a statutory item.
const CONTENTS: Option<Rule> = Some(Rule::BeforePlannedStart);

impl Reading<'_> {
    pub(super) fn read_notice(&mut self, fields: &Fields<'_>) -> Option<Notice> {
        let id = own_id(fields, NoticeId::parse, &mut self.notice_ids);
        let provider = known(fields, "provider", ProviderId::parse, &self.provider_ids);
        let track = track(fields);
        if track.is_some_and(|track| !self.certified.has(track)) {
            let message = "the producer holds no certificate for this track";
            fields.refuse("track", Some(Rule::TracksMixed), message);
        }
        let version = fields.number("version", None, "version, from 1", 1..=65_535);
        let date = fields.day("date", CONTENTS, "from when the notice is handed out");
        let item = |name, what: NoticeItem| {
            fields.text(
                name,
                CONTENTS,
                &format!("{} of R-NOT-01: {}", what.word(), what.japanese()),
            )
        };
        let purpose = item("purpose", NoticeItem::Purpose);
        let items = items(fields);
        let acquisition = item("acquisition", NoticeItem::Acquisition);
        let supply_method = item("supply_method", NoticeItem::SupplyMethod);
        let stops = fields.flag("stop_on_request", CONTENTS, NoticeItem::StopOnRequest.word());
        if stops == Some(false) {
            let message = "a notice must say that supply stops on request (item (6) of R-NOT-01)";
            fields.refuse("stop_on_request", CONTENTS, message);
        }
        let stop_reception = item("stop_reception", NoticeItem::StopReception);
        let update_method = item("update_method", NoticeItem::UpdateMethod);
        let statutory =
            |what: NoticeItem| format!("{} of R-NOT-01: {}", what.word(), what.japanese());
        let what = statutory(NoticeItem::PlannedStart);
        let planned_start = fields.day("planned_start", CONTENTS, &what);
        let (period, override_reason) = self.waiting_period(fields);
        let id = id?;
        self.done.notices_written.insert(id.clone(), fields.written("id"));
        let notice = Notice {
            id,
            provider: provider?,
            track: track?,
            version: version?,
            date: date?,
            purpose: purpose?.to_owned(),
            items: items?,
            acquisition: acquisition?.to_owned(),
            supply_method: supply_method?.to_owned(),
            stop_reception: stop_reception?.to_owned(),
            update_method: update_method?.to_owned(),
            planned_start: planned_start?,
            stop_request_period_days: period?,
            override_reason,
        };
        if notice.planned_start < notice.date {
            let message = format!("supply cannot start before the notice's date {}", notice.date);
            fields.refuse("planned_start", CONTENTS, message);
        }
        self.against_other_versions(fields, &notice);
        Some(notice)
    }

    fn waiting_period(&self, fields: &Fields<'_>) -> (Option<u16>, Option<String>) {
        let rule = Some(Rule::WaitingPeriod);
        let what = "days a person has to ask for a stop";
        let days = fields.number("stop_request_period_days", rule, what, 0..=3650);
        let days = days.and_then(|days| u16::try_from(days).ok());
        let reason = fields.optional_text("override_reason").filter(|text| !text.trim().is_empty());
        let shortest = self.rules.stop_request_period_days;
        if days.is_some_and(|days| days < shortest) && reason.is_none() {
            let message = format!(
                "shorter than {shortest} days, the rule file's default; say why in `override_reason`"
            );
            fields.refuse("stop_request_period_days", rule, message);
        }
        (days, reason.map(str::to_owned))
    }

    /// Versions of one notice follow each other, and change only what has a route of change (R-NOT-05).
    fn against_other_versions(&self, fields: &Fields<'_>, notice: &Notice) {
        let same =
            |other: &&Notice| other.provider == notice.provider && other.track == notice.track;
        for other in self.done.notices.iter().filter(same) {
            if other.version == notice.version {
                let message = format!("`{}` is version {} already", other.id, other.version);
                fields.refuse("version", None, message);
            }
            let in_order = (other.version < notice.version) == (other.date <= notice.date);
            if other.version != notice.version && !in_order && other.date != notice.date {
                let message = format!("out of order with `{}` of {}", other.id, other.date);
                fields.refuse("date", None, message);
            }
            for change in diff::changes(other, notice) {
                if change.effect() == Effect::Forbidden {
                    let message = format!(
                        "item {} differs from `{}`: it has no route of change (R-NOT-05, Act Art. 52(2), 57(2))",
                        change.word(),
                        other.id
                    );
                    fields.refuse("purpose", None, message);
                }
            }
        }
    }

    pub(super) fn notification(&mut self, fields: &Fields<'_>) -> Option<Notification> {
        let rule = Some(Rule::NotificationMissing);
        let notice = self.notice_of(fields);
        match &notice {
            Some(id) => self.notified.written.push(id.to_string()),
            None => self.notified.whole = false,
        }
        let filed = fields.day("filed", rule, "day of filing (届出)");
        let (notice, filed) = (notice?, filed?);
        if self.done.notifications.iter().any(|other| other.notice == notice) {
            fields.refuse("notice", rule, format!("`{notice}` is notified twice"));
        }
        Some(Notification { notice, filed })
    }

    pub(super) fn publication(&self, fields: &Fields<'_>) -> Option<Publication> {
        let rule = Some(Rule::PublicationMissing);
        let notice = self.notice_of(fields);
        let date = fields.day("date", rule, "day of publication (公表)");
        let address = fields.text("address", rule, "where it is published");
        let (notice, date) = (notice?, date?);
        match self.done.notifications.iter().find(|filing| filing.notice == notice) {
            // A notification that is there and wrong has been told of.
            None if !self.notified.lack(notice.as_str()) => {}
            None => {
                let message = format!("`{notice}` is published and was never notified");
                fields.refuse("notice", Some(Rule::NotificationMissing), message);
            }
            Some(filing) if date < filing.filed => {
                let message = format!("published before it was filed on {}", filing.filed);
                fields.refuse("date", rule, message);
            }
            Some(_) => {}
        }
        if self.done.publications.iter().any(|other| other.notice == notice) {
            fields.refuse("notice", rule, format!("`{notice}` is published twice"));
        }
        Some(Publication { notice, date, address: address?.to_owned() })
    }

    /// The notice a filing is about; provider and track are written beside it and must agree.
    fn notice_of(&self, fields: &Fields<'_>) -> Option<NoticeId> {
        let provider = known(fields, "provider", ProviderId::parse, &self.provider_ids);
        let track: Option<Track> = track(fields);
        let id = known(fields, "notice", NoticeId::parse, &self.notice_ids)?;
        if let Some(notice) = self.done.notice(&id) {
            if provider.is_some_and(|provider| provider != notice.provider) {
                let message = format!("`{id}` is a notice of `{}`", notice.provider);
                fields.refuse("provider", None, message);
            }
            if track.is_some_and(|track| track != notice.track) {
                let message = format!("`{id}` is a notice on the {} track", notice.track);
                fields.refuse("track", Some(Rule::TracksMixed), message);
            }
        }
        Some(id)
    }
}

fn items(fields: &Fields<'_>) -> Option<ItemSet> {
    let words: Vec<_> = DataItem::ALL.iter().map(|item| item.word()).collect();
    let what =
        format!("{} of R-NOT-01: {}", NoticeItem::Items.word(), NoticeItem::Items.japanese());
    let list = fields.some_words("items", CONTENTS, &what, &words, DataItem::from_word)?;
    Some(list.into_iter().collect())
}
