//! The `paritee` binary: everything is in the library.

fn main() {}
