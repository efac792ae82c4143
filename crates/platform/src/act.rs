//! One function for each act a person can do. Each says what it answers in [`crate::answer`].
//!
//! The verbs are those of the ledger: `receive` (and `screen` with it), `link`, `deidentify` (as `build`), `grant`,
//! `deliver`, `verify`, `withdraw` (as `stop_add` and `grant_withdraw`).

mod build;
mod deliver;
mod demo;
mod grant;
mod init;
mod link;
mod listen;
mod mapping;
mod masters;
mod parse;
mod passphrase;
mod receive;
mod recipient;
mod register;
mod stop;
mod synth;
mod verify;

pub use build::build;
pub use deliver::deliver;
pub use demo::{DemoPlan, demo_may_use, demo_plan};
pub use grant::{grant_add, grant_list, grant_withdraw};
pub use init::{init, init_with};
pub use link::link;
pub use listen::{Heard, ListenAsked, ListenLimits, Stop, listen};
pub use mapping::check_mapping;
pub use masters::{masters_add, masters_list};
pub use parse::{formats, parse};
pub use passphrase::site_passphrase;
pub use receive::{receive, receive_listing};
pub use register::register_apply;
pub use stop::{
    StopAsked, Which, patient_number, patient_number_in, stop_add, stop_list, stop_receipt,
};
pub(crate) use stop::{heed, record_withdrawals};
pub use synth::synth;
pub use verify::{Pin, verify};
