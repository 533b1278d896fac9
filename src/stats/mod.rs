//! Exact bounds, each with its source. Pure.

mod binomial;
mod mcnemar;
mod quantile;
mod sign;
#[cfg(test)]
mod simulation;

pub use binomial::{alpha_of_run, clopper_pearson_upper, orders_needed};
pub use mcnemar::mcnemar;
pub use quantile::{Ranks, quantile_ranks};
pub use sign::sign_test;
