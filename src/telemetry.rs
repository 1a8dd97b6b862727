//! Log lines: each reads alone and carries its facts as fields. Never a token, a message's text or an address.

use crate::config::{Config, LogFormat};
use tracing_subscriber::EnvFilter;

/// Begins to write log lines to standard error; a filter that cannot be read is named in the error.
pub fn install(config: &Config) -> Result<(), String> {
    let filter = EnvFilter::try_new(&config.log_filter).map_err(|error| format!("RUST_LOG cannot be read: {error}."))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let installed = match config.log_format {
        LogFormat::Text => lines.with_target(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    installed.map_err(|error| format!("Log lines cannot be written: {error}."))
}
