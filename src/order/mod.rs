//! What an order is, apart from any lane: its key, JSON as it was written, and what of it is personal. Never does I/O.

mod json;
mod key;
mod mask;
mod patch;
mod places;
mod pointer;
mod said;
mod units;

pub use json::{DEPTH_MAX, Json, JsonError, Member, Number, Part, Slice, elements, members, slice, slices};
pub use key::{KEY_BYTES_MAX, KeyError, OrderKey};
pub use mask::{Mask, is_personal, is_personal_place};
pub use patch::{Misfit, Patch, PatchError};
pub use places::{LinePlaces, OrderPlaces};
pub use pointer::{Named, Pointer, PointerError};
pub use units::{NO_SKU, Units};
