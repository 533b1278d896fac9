//! The tee: accepts, matches, captures, forwards, answers. It only writes the journal, and what the client
//! gets never depends on the shadow, the comparison, or how fast the journal is.

mod answer;
mod descriptors;
mod detach;
mod forward;
mod held;
mod listen;
mod own;
mod recorder;
mod room;
mod serve;

pub use listen::serve;
pub use serve::Tee;
