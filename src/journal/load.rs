//! What the reader of a feed has in hand, to be watched by whoever records what it is fed with.

use tokio::sync::watch;

use crate::outcome::RowId;

/// What the reader of a feed has in hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// All rows up to this one were looked at.
    pub row: RowId,
    /// Captures in memory, waiting or being sent.
    pub held: usize,
    /// Whether more may wait in the journal.
    pub lagging: bool,
    /// Sends that have ended since the start: who looks for headway compares it.
    pub ended: u64,
}

impl Load {
    /// Nothing yet, to be watched.
    #[must_use]
    pub fn watched() -> watch::Sender<Self> {
        watch::Sender::new(Self { lagging: true, ..Self::default() })
    }

    /// Whether all that was committed up to a row has been sent, or need not be.
    #[must_use]
    pub const fn is_done(&self, row: RowId) -> bool {
        self.row >= row && self.held == 0 && !self.lagging
    }
}
