//! Observers that read ledgers back.
