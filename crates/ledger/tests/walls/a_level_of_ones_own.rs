use sudare_ledger::level::Level;
use sudare_model::LevelName;

enum Public {}

impl Level for Public {
    const NAME: LevelName = LevelName::Anonymised;
}

fn main() {}
