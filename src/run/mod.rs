//! Begins or resumes a run.
