//! What a receiver outside has been told of. It changes no verdict.

use serde::{Deserialize, Serialize};

use super::{Lane, Witness};
use crate::order::OrderKey;

/// Facts that a receiver has taken, as the detail of their row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifiedDetail {
    /// The post's identity, a UUID.
    pub delivery: String,
    /// What it told.
    pub facts: Vec<Fact>,
}

/// What is told once in a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    /// A gate has become NO-GO.
    Gate {
        /// Its name.
        gate: String,
    },
    /// An order, or a document, forbids the cutover.
    Exception {
        /// The order.
        order_key: OrderKey,
        /// The lane, or the census.
        lane: Witness,
        /// Its fate there, or what else is the matter.
        fate: String,
    },
    /// An acknowledged order was not committed by its deadline.
    Overdue {
        /// The order.
        order_key: OrderKey,
        /// The lane.
        lane: Lane,
    },
}
