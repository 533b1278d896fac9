//! Accepts, matches, captures, forwards, answers.
