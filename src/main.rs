//! The program: it reads its arguments and calls the library.

use clap::Parser;
use hubbub::cli::{Cli, run};
use std::process::ExitCode;
use tikv_jemallocator::Jemalloc;

/// Gives memory back: the system's own allocator keeps what each password took (see docs/decisions/allocator.md).
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hubbub cannot go on: {error:#}");
            ExitCode::FAILURE
        }
    }
}
