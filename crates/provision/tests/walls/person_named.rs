//! Provision cannot name a person: the crate of identity is out of its reach.

use sudare_identity::PersonId;

fn wrong(_who: PersonId) {}

fn main() {}
