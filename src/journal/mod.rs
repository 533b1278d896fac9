//! The SQLite file that holds all evidence: append-only, hash-chained.
