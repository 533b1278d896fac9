//! The replay, without lanes.
