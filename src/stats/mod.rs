//! Exact bounds, each with its source. Pure.
