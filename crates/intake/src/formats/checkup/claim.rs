//! What is charged for a checkup or guidance.

use sudare_model::DataItem;

use super::codes;
use super::document::Sheet;
use crate::columns::clinical::cost;

use crate::xml::Element;

impl Sheet<'_, '_> {
    /// One row: what the person paid at the counter. What the insurer pays has no column of its own and is kept in the
    /// file as it came.
    pub(super) fn claim(&mut self, root: Element<'_>) {
        let settlement = root.first(&["settlement"]);
        let paid = settlement.and_then(|one| {
            one.first(&["paymentAmount"]).or_else(|| one.first(&["payment", "amount"]))
        });
        let amount = paid.and_then(|paid| crate::text::decimal(paid.attribute("value").as_bytes()));
        if let (None, Some(paid)) = (amount, paid) {
            self.add(&codes::NUMBER, paid);
        }
        let kind = root.first(&["encounter", "serviceEventType"]);
        let Some(origin) = self.origin(DataItem::Costs) else { return };
        self.reading
            .batches
            .rows(cost::TABLE)
            .begin(&origin)
            .key(cost::VISIT, crate::key::visit_key("checkup-claim", &[]))
            .number(cost::CHARGED, amount)
            .text(cost::KIND, kind.map_or("", |kind| kind.attribute("code")));
    }
}
