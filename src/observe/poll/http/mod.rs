//! What only an HTTP API has: URLs, pages, and the way through them.

mod address;
mod page;
mod walk;

pub(super) use address::takes_since;
pub(super) use page::{PageError, cut};
pub(super) use walk::{Walk, WalkError};
