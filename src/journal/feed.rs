//! How the shadow learns of captures: from the writer after the commit, and from the journal itself
//! where the queue between them is full.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use crate::outcome::{Capture, RowId};

/// What the writer tells the shadow after a commit.
#[derive(Clone, Debug)]
pub enum Fed {
    /// A capture that is to be teed.
    Capture {
        /// Its row.
        row: RowId,
        /// Its run.
        run: u32,
        /// The capture.
        capture: Arc<Capture>,
    },
    /// A 2xx answer, by the row of its attempt.
    Accepted {
        /// The row of the answer.
        row: RowId,
        /// The row of the attempt.
        attempt: RowId,
    },
}

/// The shadow's end. It begins *lagging*: what the journal holds is read first.
#[derive(Debug)]
pub struct Feed {
    receiver: mpsc::Receiver<Fed>,
    state: Arc<Mutex<State>>,
}

/// The writer's end.
#[derive(Debug)]
pub(super) struct Feeder {
    sender: mpsc::Sender<Fed>,
    bytes_max: usize,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    /// Nothing is queued any more: the journal must be read up to `committed`.
    lagging: bool,
    /// The last committed row.
    committed: RowId,
    /// The bodies that are queued.
    bytes: usize,
}

impl Fed {
    fn bytes(&self) -> usize {
        match self {
            Self::Capture { capture, .. } => capture.body.len(),
            Self::Accepted { .. } => 0,
        }
    }
}

pub(super) fn channel(feed_max: usize, bytes_max: usize, committed: RowId) -> (Feed, Feeder) {
    let (sender, receiver) = mpsc::channel(feed_max);
    let state = Arc::new(Mutex::new(State { lagging: true, committed, bytes: 0 }));
    (Feed { receiver, state: Arc::clone(&state) }, Feeder { sender, bytes_max, state })
}

impl Feeder {
    /// Hands over what a commit holds; what finds no room is left to the journal.
    pub(super) fn committed(&self, head: RowId, fed: &[Fed]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.committed = head;
        for item in fed {
            if state.lagging {
                return;
            }
            let bytes = item.bytes();
            // One that is larger than all may be on its own.
            let has_room = state.bytes == 0 || state.bytes + bytes <= self.bytes_max;
            if !has_room || self.sender.try_send(item.clone()).is_err() {
                state.lagging = true;
                return;
            }
            state.bytes += bytes;
        }
    }
}

impl Feed {
    /// The next item; `None` when the journal is closed. While [`Feed::lagging`], what is queued comes
    /// before what the journal has to be read for.
    pub async fn next(&mut self) -> Option<Fed> {
        let fed = self.receiver.recv().await;
        self.took(fed.as_ref());
        fed
    }

    /// An item that is queued already.
    pub fn queued(&mut self) -> Option<Fed> {
        let fed = self.receiver.try_recv().ok();
        self.took(fed.as_ref());
        fed
    }

    fn took(&self, fed: Option<&Fed>) {
        if let Some(bytes) = fed.map(Fed::bytes).filter(|bytes| *bytes > 0) {
            self.state.lock().unwrap_or_else(PoisonError::into_inner).bytes -= bytes;
        }
    }

    /// Up to which row the journal must be read, where items found no room; `None`: nothing is missing.
    #[must_use]
    pub fn lagging(&self) -> Option<RowId> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.lagging.then_some(state.committed)
    }

    /// Says that the journal was read up to `row`. True: later commits are queued again. False: there
    /// are later ones already, which must be read as well.
    pub fn caught_up(&mut self, row: RowId) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.committed == row {
            state.lagging = false;
        }
        !state.lagging
    }
}
