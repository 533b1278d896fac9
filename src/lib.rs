//! `paritee` tees every order to the legacy and the gated path of an order integration, records what
//! became of it on both, and decides with evidence whether it is safe to cut over.
//!
//! ARCHITECTURE.md has the map. Imports point only downwards; a test holds this.

// 0 pure: values and functions; no clock, no I/O, no async
pub mod diff;
pub mod judge;
pub mod order;
pub mod outcome;
pub mod report;
pub mod stats;

// 1 state
pub mod audit;
pub mod clock;
pub mod config;
pub mod intake;
pub mod journal;
pub mod net;
pub mod run;
pub mod telemetry;

// 2 edges: know 0 and 1, never each other
pub mod dashboard;
pub mod observe;
pub mod replay;
pub mod shadow;
pub mod sim;
pub mod tee;

// 3 wiring
pub mod cli;
pub mod scenario;
