//! The whole thread on an invented region, as the command line drives it, and the door by itself.

#[path = "platform/build.rs"]
#[cfg(test)]
mod build;
#[path = "platform/door.rs"]
#[cfg(test)]
mod door;
#[path = "platform/stops.rs"]
#[cfg(test)]
mod stops;
#[path = "platform/thread.rs"]
#[cfg(test)]
mod thread;
