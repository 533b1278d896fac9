//! The assessment as text, JSON, JUnit XML, Markdown and an HTML page, the story of one order, rules that are suggested: bytes out, no I/O.
//!
//! Whatever an order, a label or an ERP wrote is shown, and never trusted: it reaches a terminal or a
//! page only through [`inert`] and the escapes of the format.

mod differences;
mod document;
mod html;
mod inert;
mod json;
mod junit;
mod kept;
mod layout;
mod markdown;
mod masked;
mod order;
mod order_json;
mod side_by_side;
mod story;
mod suggestions;
mod text;
mod words;

#[cfg(test)]
mod tests;

pub use html::{html, page};
pub use inert::inert;
pub use json::{SCHEMA_VERSION, json};
pub use junit::junit;
pub use kept::{Claim, ClaimError, Form, Until};
pub use layout::Style;
pub(crate) use layout::{instant, span, wrap};
pub use markdown::markdown;
pub use masked::{MASKED, masked, masked_captures, masked_order};
pub use order::order;
pub use order_json::order_json;
pub use suggestions::suggestions;
pub use text::{brief, text};
pub(crate) use words::counted;
