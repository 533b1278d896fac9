//! The poll against ledgers on real sockets, and a real journal.

mod asking;
mod broken;
mod garbled;
mod lookups;
mod marks;
mod memory;
mod reading;
mod sql;
mod window;
mod world;

pub(super) use world::pointer;
