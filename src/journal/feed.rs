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
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    /// Nothing is queued any more: the journal must be read up to `committed`.
    lagging: bool,
    /// The last committed row.
    committed: RowId,
}

pub(super) fn channel(feed_max: usize, committed: RowId) -> (Feed, Feeder) {
    let (sender, receiver) = mpsc::channel(feed_max);
    let state = Arc::new(Mutex::new(State { lagging: true, committed }));
    (Feed { receiver, state: Arc::clone(&state) }, Feeder { sender, state })
}

impl Feeder {
    /// Hands over what a commit holds; what finds no room is left to the journal.
    pub(super) fn committed(&self, head: RowId, fed: Vec<Fed>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.committed = head;
        for item in fed {
            if !state.lagging && self.sender.try_send(item).is_err() {
                state.lagging = true;
            }
        }
    }
}

impl Feed {
    /// The next item; `None` when the journal is closed. While [`Feed::lagging`], what is queued comes
    /// before what the journal has to be read for.
    pub async fn next(&mut self) -> Option<Fed> {
        self.receiver.recv().await
    }

    /// An item that is queued already.
    pub fn queued(&mut self) -> Option<Fed> {
        self.receiver.try_recv().ok()
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
