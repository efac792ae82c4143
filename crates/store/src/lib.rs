//! Where data lies: control store, tables by level, keys; the `Compute` trait.

pub mod compute;
