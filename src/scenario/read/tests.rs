//! Scenario files: every fault with its line.
