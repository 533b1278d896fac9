//! The way into a simulated system: open, shut for a while, or cut for a moment. Knows nothing of what is asked there.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

/// Lets connections in, and cuts them without an answer when it is told to. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Door {
    inside: Arc<Mutex<Inside>>,
}

#[derive(Debug, Default)]
struct Inside {
    is_shut: bool,
    /// Cancelled when the connections that there are now are to be cut.
    cut: CancellationToken,
}

impl Door {
    /// Lets a connection in, and says when it is to be cut; `None`: it is to be cut at once.
    pub(super) fn enter(&self) -> Option<CancellationToken> {
        let inside = self.inside();
        (!inside.is_shut).then(|| inside.cut.clone())
    }

    /// Cuts all connections that there are. New ones are let in.
    pub(super) fn cut(&self) {
        std::mem::take(&mut self.inside().cut).cancel();
    }

    /// Shut, it cuts all connections, and each new one, until it is open again.
    pub(super) fn set_shut(&self, is_shut: bool) {
        let mut inside = self.inside();
        inside.is_shut = is_shut;
        if is_shut {
            std::mem::take(&mut inside.cut).cancel();
        }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_strikes_who_is_inside_and_a_shut_door_everybody() {
        let door = Door::default();
        let early = door.enter().unwrap();
        door.cut();
        let late = door.enter().unwrap();
        assert_eq!((early.is_cancelled(), late.is_cancelled()), (true, false));
        door.set_shut(false);
        assert!(!late.is_cancelled(), "it was open before");
        door.set_shut(true);
        assert!(late.is_cancelled() && door.enter().is_none());
        door.set_shut(false);
        assert!(!door.enter().unwrap().is_cancelled());
    }
}
