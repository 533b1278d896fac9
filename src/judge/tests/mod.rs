//! Named worlds, each with the verdicts that it must produce.

mod answers;
mod census;
mod clock;
mod compare;
mod decisions;
mod documents;
mod drift;
mod evidence;
mod gaps;
mod invariant;
mod monotonic;
mod observers;
mod orders;
mod owners;
mod sensitivity;
mod signals;
mod split;
mod sums;
mod thresholds;
mod world;
