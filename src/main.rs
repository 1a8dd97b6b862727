//! The program: it reads its arguments and calls the library.

use clap::Parser;
use hubbub::cli::{Cli, run};
use std::process::ExitCode;

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
