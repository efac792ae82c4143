//! Levels, steps, `Dataset<Level>`, the transparency log, checkpoints, fsck.

pub mod storage;
