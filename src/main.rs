//! The program: it reads its arguments and calls the library.

use clap::Parser;
use hubbub::cli::{Cli, run};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    run(Cli::parse()).await
}
