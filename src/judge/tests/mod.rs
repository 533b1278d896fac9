//! Named worlds, each with the verdict that it must produce.
