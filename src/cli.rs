//! The command line: `serve` (the default), `migrate`, `healthcheck`, `openapi`.

use crate::clock::Clock;
use crate::config::Config;
use crate::{api, app, listen, telemetry};
use anyhow::Context as _;
use clap::{Parser, Subcommand};
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::signal::unix::{SignalKind, signal};

/// How long a server may take to say that it is ready, when asked by `healthcheck`.
const HEALTHCHECK_TIMEOUT: Duration = Duration::from_secs(4);

/// A chat server: one durable log behind REST, WebSocket, SSE and long-poll.
///
/// All settings are environment variables; a `.env` file is read too. See docs/operating.md.
#[derive(Debug, Parser)]
#[command(name = "hubbub", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until SIGTERM or SIGINT (the default)
    Serve,
    /// Bring the database to this version's schema, and end
    Migrate,
    /// Ask the server on HOST and PORT whether it is ready; the exit code is 0 if it is
    Healthcheck,
    /// Print the OpenAPI document
    Openapi,
}

/// Does what the command line says.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command.unwrap_or(Command::Serve) {
        Command::Openapi => {
            println!("{}", api::document());
            Ok(())
        }
        Command::Migrate => {
            let config = config()?;
            app::open_store(&config.database, Clock::system()).await?.close().await;
            Ok(())
        }
        Command::Healthcheck => {
            let asked = tokio::time::timeout(HEALTHCHECK_TIMEOUT, healthcheck(&config()?)).await;
            asked.context("the server does not answer in time")?
        }
        Command::Serve => serve(config()?).await,
    }
}

fn config() -> anyhow::Result<Config> {
    match dotenvy::from_path(".env") {
        Err(error) if !error.not_found() => return Err(error).context(".env cannot be read"),
        _ => {}
    }
    let config = Config::from_vars(|name| std::env::var(name).ok()).map_err(anyhow::Error::msg)?;
    telemetry::install(&config).map_err(anyhow::Error::msg)?;
    Ok(config)
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    listen::raise_file_limit();
    let running = app::start(config).await?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    running.stop().await;
    Ok(())
}

/// Asks `/readyz`, as a container does that has no other program to ask with.
async fn healthcheck(config: &Config) -> anyhow::Result<()> {
    let socket = TcpStream::connect((config.host.as_str(), config.port))
        .await
        .with_context(|| format!("nobody listens on HOST={} PORT={}", config.host, config.port))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(socket)).await?;
    tokio::spawn(connection);
    let request = hyper::Request::get("/readyz").header("host", &config.host).body(String::new())?;
    let status = sender.send_request(request).await?.status();
    anyhow::ensure!(status.is_success(), "the server is not ready: /readyz answers {status}");
    Ok(())
}
