//! Exact bounds, each with its source. Pure.

mod binomial;
mod mcnemar;
mod quantile;
mod sign;
#[cfg(test)]
mod simulation;
mod sum;

pub use binomial::{alpha_of_run, clopper_pearson_upper, orders_needed};
pub use mcnemar::mcnemar;
pub use quantile::{Ranks, quantile_ranks};
pub use sign::sign_test;
pub use sum::Sum;
pub(crate) use sum::sum_of_fields;
