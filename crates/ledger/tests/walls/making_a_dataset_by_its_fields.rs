use std::marker::PhantomData;
use std::sync::Arc;

use sudare_ledger::level::Anonymised;
use sudare_ledger::{Contents, Dataset};
use sudare_model::DatasetId;

fn by_fields(id: DatasetId, contents: Contents) -> Dataset<Anonymised> {
    Dataset { id, contents: Arc::new(contents), entry: 1, level: PhantomData }
}

fn main() {}
