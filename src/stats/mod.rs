//! Exact bounds, each with its source. Pure.

mod binomial;
mod quantile;
mod sign;

pub use binomial::{alpha_of_run, clopper_pearson_upper, orders_needed};
pub use quantile::{Ranks, quantile_ranks};
pub use sign::sign_test;
