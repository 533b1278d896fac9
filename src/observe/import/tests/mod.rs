//! Exports as they are found, good and bad.
