//! The whole thread on an invented region, as the command line drives it, and the door by itself.

#[path = "platform/build.rs"]
#[cfg(test)]
mod build;
#[path = "platform/door.rs"]
#[cfg(test)]
mod door;
#[path = "platform/forging.rs"]
#[cfg(test)]
mod forging;
#[path = "platform/grants.rs"]
#[cfg(test)]
mod grants;
#[path = "platform/linking.rs"]
#[cfg(test)]
mod linking;
#[path = "platform/listening.rs"]
#[cfg(test)]
mod listening;
#[path = "platform/masters.rs"]
#[cfg(test)]
mod masters;
#[path = "platform/modality.rs"]
#[cfg(test)]
mod modality;
#[path = "platform/quality.rs"]
#[cfg(test)]
mod quality;
#[path = "platform/region.rs"]
#[cfg(test)]
mod region;
#[path = "platform/replacing.rs"]
#[cfg(test)]
mod replacing;
#[path = "platform/screening.rs"]
#[cfg(test)]
mod screening;
#[path = "platform/slips.rs"]
#[cfg(test)]
mod slips;
#[path = "platform/stops.rs"]
#[cfg(test)]
mod stops;
#[path = "platform/thread.rs"]
#[cfg(test)]
mod thread;
