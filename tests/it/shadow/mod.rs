//! The shadow over real sockets: what it is sent, when, how often; and that nobody notices.

mod again;
mod copies;
mod queue;
mod restart;
mod unhurt;
