//! The poll against ledgers on real sockets, and a real journal.

mod broken;
mod memory;
mod reading;
mod sql;
mod window;
mod world;
