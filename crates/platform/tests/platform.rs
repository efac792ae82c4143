//! The whole thread on an invented region, as the command line drives it.

#[path = "platform/thread.rs"]
#[cfg(test)]
mod thread;
