//! The integration tests, one binary; a module for each edge.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod architecture;
mod browser;
mod callback;
mod cli;
mod crates;
mod dashboard;
mod demo;
mod fuzz;
mod guards;
mod html;
mod logs;
mod made;
mod metrics;
mod notify;
mod observers;
mod profiles;
mod readme;
mod replay;
mod reports;
mod run;
mod scenarios;
mod semantics;
mod shadow;
mod support;
mod tee;
mod trust;
