//! From a request to a capture: which route it is on, what it does to which order, whether it is excluded or can't be teed, and how
//! requests are counted. Shared by all that take requests in, from the wire or from files.

mod capture;
mod counts;
mod route;
mod signature;

pub use capture::{Received, extract, time_ordered};
pub use counts::Counts;
pub use route::Routes;
pub use signature::{Warnings, check, sign};
