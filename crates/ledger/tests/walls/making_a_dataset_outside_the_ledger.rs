use std::sync::Arc;

use sudare_ledger::level::Anonymised;
use sudare_ledger::{Contents, Dataset};
use sudare_model::DatasetId;

fn by_constructor(id: DatasetId, contents: Contents) -> Dataset<Anonymised> {
    Dataset::new(id, Arc::new(contents), 1)
}

fn main() {}
