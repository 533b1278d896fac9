//! From the journal to an assessment, streaming.
