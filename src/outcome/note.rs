//! What somebody wrote about an exception. It changes no verdict.

use serde::{Deserialize, Serialize};

use super::Witness;
use crate::order::OrderKey;

/// That somebody has seen an exception, as the detail of its row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteDetail {
    /// The order.
    pub order_key: OrderKey,
    /// The lane, or the census.
    pub lane: Witness,
    /// What was the matter: the name of a fate, or of another kind of exception. What is the matter later is another one.
    pub fate: String,
    /// Who, as they said.
    #[serde(default)]
    pub by: Option<String>,
    /// What they wrote.
    #[serde(default)]
    pub note: String,
}
