//! Whether a request bears the signature of its sender.

use serde::{Deserialize, Serialize};

use super::lane::names;

/// What checking a request's signature came to. It never changes what becomes of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signature {
    /// It fits the raw body.
    Good,
    /// It doesn't.
    Bad,
    /// There is none, on a route whose sender signs.
    Missing,
    /// The body was not kept whole, so that nothing can be said.
    Unchecked,
}
names!(Signature, "signature", { Good => "good", Bad => "bad", Missing => "missing", Unchecked => "unchecked" });
