//! The `paritee` binary: everything is in the library.

use std::process::ExitCode;

/// The allocator of musl and of glibc both fall behind it under the threads of `serve`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    paritee::cli::main()
}
