//! Exact bounds, each with its source. Pure.

mod binomial;

pub use binomial::{alpha_of_run, clopper_pearson_upper, orders_needed};
