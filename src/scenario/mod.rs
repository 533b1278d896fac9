//! Simulated worlds with what they must come to: a scenario is a story in TOML, played over real sockets with the same
//! sidecar that `paritee serve` runs, judged from its journal, and held against what it promises.
//!
//! Hours pass in seconds: the clock of the process is compressed as long as a scenario plays. So there is one at a time.

mod amount;
mod expect;
mod library;
mod measure;
mod pace;
mod plan;
mod play;
mod read;
mod signs;
mod stage;

pub use amount::Amount;
pub use expect::{Count, Expect, ExpectedFinding, Row};
pub use library::{Listed, embedded, listed};
pub use measure::{Measure, Measures};
pub use pace::Pace;
pub use plan::{Act, Event, Happening, Options, Scenario, ScenarioError};
pub use play::{ActPlayed, Place, PlayError, Played, play};
pub use stage::{Audience, Moment, Silent, Stand};
