//! What the program tells about itself while it runs: to stderr, never to stdout, which is for results. And durations as it counts
//! them, for whoever asks.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

mod histogram;

pub use histogram::{Buckets, Histogram};

/// The variable that sets the level, such as `debug` or `paritee::shadow=trace,info`.
pub const LEVEL_VARIABLE: &str = "PARITEE_LOG";

/// Begins to write events to stderr, of this level and above unless `PARITEE_LOG` says otherwise. Plain
/// where stderr is no terminal. A second call changes nothing.
pub fn init(level: LevelFilter) {
    let levels = EnvFilter::builder().with_env_var(LEVEL_VARIABLE).with_default_directive(level.into());
    let events = tracing_subscriber::fmt()
        .with_env_filter(levels.from_env_lossy())
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false);
    // Fails only when events are already written, in a test that calls two commands.
    _ = events.try_init();
}
