//! Named worlds, each with the verdicts that it must produce.

mod evidence;
mod monotonic;
mod orders;
mod world;
