//! What an order is, apart from any lane: its key, and JSON as it was written. Never does I/O.

mod json;
mod key;
mod places;
mod pointer;
mod units;

pub use json::{DEPTH_MAX, Json, JsonError, Member, Number, Slice, elements, members, slice};
pub use key::{KEY_BYTES_MAX, KeyError, OrderKey};
pub use places::{LinePlaces, OrderPlaces};
pub use pointer::{Named, Pointer, PointerError};
pub use units::{NO_SKU, Units};
