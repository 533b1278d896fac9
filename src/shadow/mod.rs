//! From the journal to the shadow lane.
