//! Exports as they are found, good and bad, into a real journal.

mod bad;
mod orders;
mod sidecar;
mod world;
