//! The dashboard on the admin port: what monitors and people see while a run goes on, and who is told outside. Nothing here is on the way of an order,
//! and nothing that is judged depends on it.

use std::collections::BTreeMap;
use std::sync::Arc;

pub mod metrics;
pub mod notify;

/// What only others know of the sidecar at this moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Whether the shadow is paused.
    pub paused: bool,
    /// Copies that are being sent.
    pub sending: usize,
    /// Captures that the shadow has in memory, those that are being sent included.
    pub held: usize,
    /// Whether more wait in the journal.
    pub lagging: bool,
    /// Requests as they were counted since the start.
    pub counts: BTreeMap<String, u64>,
}

/// Where gauges are read.
pub type Look = Arc<dyn Fn() -> Gauges + Send + Sync>;
