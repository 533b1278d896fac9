//! The tee: accepts, matches, captures, forwards, answers. It only writes the journal, and what the client
//! gets never depends on the shadow, the comparison, or how fast the journal is.

mod answer;
mod capture;
mod counts;
mod detach;
mod forward;
mod listen;
mod own;
mod recorder;
mod route;
mod serve;
mod signature;

pub use capture::{Received, extract};
pub use counts::Counts;
pub use listen::serve;
pub use route::Routes;
pub use serve::Tee;
