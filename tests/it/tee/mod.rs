//! The tee over real sockets: what the client gets is asserted byte for byte.

mod bad_input;
mod connections;
mod evidence;
mod failures;
mod framing;
mod gone;
mod interim;
mod signatures;
mod slow;
mod strange;
mod streams;
