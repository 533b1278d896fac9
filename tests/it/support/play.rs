//! Simulated worlds as somebody plays them: the binary, a process for each, because the clock of a process belongs to one
//! world at a time.

use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A world whose orders came late by its clock is no experiment: it is played again, so often at most.
const TRIES: usize = 3;

/// What the binary says where orders came late.
const LATE: &str = "placed late by the world's clock";

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// Runs the command until orders came in time, or it came to what it promises all the same.
pub(crate) fn in_time(command: impl FnMut() -> Command) -> Ended {
    again_until(command, |ended| ended.code == Some(0) || is_on_time(ended))
}

/// Runs the command until orders came in time, whatever it came to.
pub(crate) fn on_time(command: impl FnMut() -> Command) -> Ended {
    again_until(command, is_on_time)
}

fn is_on_time(ended: &Ended) -> bool {
    !ended.err.contains(LATE)
}

fn again_until(mut command: impl FnMut() -> Command, is_done: impl Fn(&Ended) -> bool) -> Ended {
    let mut once = || Ended::from(command().env("NO_COLOR", "1").output().unwrap());
    let mut last = once();
    for _ in 1..TRIES {
        if is_done(&last) {
            break;
        }
        last = once();
    }
    last
}

/// Held while worlds play: no more of them at once than the machine bears.
pub(crate) fn one_world() -> MutexGuard<'static, ()> {
    static WORLD: Mutex<()> = Mutex::new(());
    WORLD.lock().unwrap_or_else(PoisonError::into_inner)
}
