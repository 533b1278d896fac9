//! The integration tests, one binary; a module for each edge.

mod architecture;
