//! All settings, read from environment variables once at the start (contract, section 5). A bad one stops the start.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where the data lives.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// One file, made with its folder.
    Sqlite(PathBuf),
    /// A `postgres://` address.
    Postgres(String),
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// As it is set, but for name and password.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Database::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Database::Postgres(url) => {
                let place = url.split_once("://").map_or("", |(_, rest)| rest);
                let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
                write!(f, "postgres://{}", place.split('?').next().unwrap_or_default())
            }
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Database::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Database::Postgres(_) => f.write_str("postgres://(secret)"),
        }
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// Every setting, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// `HOST`: the address to listen on.
    pub host: String,
    /// `PORT`: 0 picks a free one.
    pub port: u16,
    /// `DATABASE_URL`.
    pub database: Database,
    /// `REDIS_URL`: where many instances meet; `None` for one that is alone.
    pub redis_url: Option<Secret>,
    /// `JWT_SECRET`: signs access tokens; with SQLite it may be absent and is then made and kept beside the database.
    pub jwt_secret: Option<Secret>,
    /// `ACCESS_TOKEN_TTL_S`: how long an access token is good.
    pub access_token_ttl_s: i64,
    /// `REFRESH_TOKEN_TTL_S`: how long a session lives without a refresh.
    pub refresh_token_ttl_s: i64,
    /// `ALLOWED_ORIGINS`: other origins that may use this server from a page; the server's own is always allowed.
    pub allowed_origins: Vec<String>,
    /// `HEARTBEAT_INTERVAL_MS`: how often a client should ping.
    pub heartbeat_interval_ms: u64,
    /// `HEARTBEAT_TIMEOUT_MS`: after how long a silence a stream is closed.
    pub heartbeat_timeout_ms: u64,
    /// `LOG_RETENTION_DAYS`: how far back a cursor reaches.
    pub log_retention_days: i64,
    /// `PRESENCE_MAX_MEMBERS`: above it a channel's presence is asked for, not pushed.
    pub presence_max_members: i64,
    /// `STREAM_MAX_AGE_S`: after how long a stream ends itself; `None` for never.
    pub stream_max_age_s: Option<u64>,
    /// `RATE_LIMITS`: false for load tests.
    pub rate_limits: bool,
    /// `LOG_FORMAT`.
    pub log_format: LogFormat,
    /// `RUST_LOG`: which log lines, in tracing's filter syntax.
    pub log_filter: String,
}

impl Config {
    /// Reads the settings through `var`, which gives a variable's value if it is set; the error is a sentence that names
    /// the variable. An empty variable counts as unset.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let get = |name: &str| var(name).filter(|value| !value.trim().is_empty());
        let database = database(get("DATABASE_URL").as_deref().unwrap_or("sqlite://data/hubbub.db"))?;
        let jwt_secret = get("JWT_SECRET").map(Secret);
        match (&jwt_secret, &database) {
            (Some(secret), _) if secret.0.len() < 32 => {
                return Err("JWT_SECRET must have at least 32 bytes.".into());
            }
            (None, Database::Postgres(_)) => {
                return Err("JWT_SECRET is required with PostgreSQL: at least 32 random bytes, the same on every instance.".into());
            }
            _ => {}
        }
        let redis_url = get("REDIS_URL").map(|url| url.trim().to_owned());
        if redis_url.as_ref().is_some_and(|url| !url.starts_with("redis://") && !url.starts_with("rediss://"))
        {
            return Err("REDIS_URL must be an address such as redis://localhost:6379.".into());
        }
        let config = Self {
            host: get("HOST").unwrap_or_else(|| "0.0.0.0".into()),
            port: number(&get, "PORT", 8080, 0, 65_535)?,
            database,
            redis_url: redis_url.map(Secret),
            jwt_secret,
            access_token_ttl_s: number(&get, "ACCESS_TOKEN_TTL_S", 900, 1, 86_400)?,
            refresh_token_ttl_s: number(&get, "REFRESH_TOKEN_TTL_S", 2_592_000, 1, 315_360_000)?,
            allowed_origins: origins(get("ALLOWED_ORIGINS").as_deref().unwrap_or_default())?,
            heartbeat_interval_ms: number(&get, "HEARTBEAT_INTERVAL_MS", 30_000, 10, 3_600_000)?,
            heartbeat_timeout_ms: number(&get, "HEARTBEAT_TIMEOUT_MS", 60_000, 20, 7_200_000)?,
            log_retention_days: number(&get, "LOG_RETENTION_DAYS", 30, 1, 36_500)?,
            presence_max_members: number(&get, "PRESENCE_MAX_MEMBERS", 500, 0, 1_000_000)?,
            stream_max_age_s: Some(number(&get, "STREAM_MAX_AGE_S", 0, 0, 31_536_000)?).filter(|s| *s > 0),
            rate_limits: choice(&get, "RATE_LIMITS", &[("on", true), ("off", false)])?,
            log_format: choice(&get, "LOG_FORMAT", &[("text", LogFormat::Text), ("json", LogFormat::Json)])?,
            log_filter: get("RUST_LOG").unwrap_or_else(|| "info".into()),
        };
        if config.heartbeat_timeout_ms <= config.heartbeat_interval_ms {
            return Err("HEARTBEAT_TIMEOUT_MS must be larger than HEARTBEAT_INTERVAL_MS.".into());
        }
        Ok(config)
    }
}

fn database(url: &str) -> Result<Database, String> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        let path = path.split('?').next().unwrap_or_default();
        if path.is_empty() || path == ":memory:" {
            return Err("DATABASE_URL must name a file, as in sqlite://data/hubbub.db.".into());
        }
        return Ok(Database::Sqlite(PathBuf::from(path)));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Database::Postgres(url.to_owned()));
    }
    Err("DATABASE_URL must begin with sqlite:// or postgres://.".into())
}

fn number<N: FromStr + PartialOrd + fmt::Display>(
    get: &impl Fn(&str) -> Option<String>, name: &str, default: N, min: N, max: N,
) -> Result<N, String> {
    let Some(text) = get(name) else { return Ok(default) };
    match text.trim().parse::<N>() {
        Ok(n) if n >= min && n <= max => Ok(n),
        _ => Err(format!("{name} must be a whole number from {min} to {max}, but is {text:?}.")),
    }
}

fn choice<T: Copy>(
    get: &impl Fn(&str) -> Option<String>, name: &str, choices: &[(&str, T)],
) -> Result<T, String> {
    let text = get(name).unwrap_or_else(|| choices[0].0.to_owned());
    let names = || choices.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" or ");
    let found = choices.iter().find(|(name, _)| *name == text.trim());
    found.map(|(_, value)| *value).ok_or_else(|| format!("{name} must be {}, but is {text:?}.", names()))
}

/// Origins as a browser sends them: scheme, host, port if not the scheme's own; no path.
fn origins(text: &str) -> Result<Vec<String>, String> {
    let mut origins = Vec::new();
    for origin in text.split([',', ' ']).map(str::trim).filter(|o| !o.is_empty()) {
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        if host.is_none_or(|host| host.is_empty() || host.contains(['/', '*', '?', '#', '@'])) {
            return Err(format!(
                "ALLOWED_ORIGINS must be origins such as https://chat.example.org, divided by commas, but has {origin:?}."
            ));
        }
        origins.push(origin.to_ascii_lowercase());
    }
    Ok(origins)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<Config, String> {
        Config::from_vars(|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn nothing_set_is_a_good_configuration() {
        let config = read(&[]).unwrap();
        assert_eq!((config.port, config.access_token_ttl_s, config.rate_limits), (8080, 900, true));
        assert_eq!(config.database, Database::Sqlite("data/hubbub.db".into()));
    }

    #[test]
    fn a_bad_setting_is_named() {
        let bad = [
            ("PORT", "http"),
            ("DATABASE_URL", "mysql://x"),
            ("REDIS_URL", "localhost:6379"),
            ("JWT_SECRET", "short"),
            ("ALLOWED_ORIGINS", "*"),
            ("RATE_LIMITS", "maybe"),
            ("HEARTBEAT_TIMEOUT_MS", "30000"),
            ("LOG_RETENTION_DAYS", "0"),
        ];
        for (name, value) in bad {
            let error = read(&[(name, value)]).unwrap_err();
            assert!(error.contains(name), "{error}");
        }
        assert!(read(&[("DATABASE_URL", "postgres://localhost/x")]).unwrap_err().contains("JWT_SECRET"));
    }

    #[test]
    fn secrets_are_not_printed() {
        let secret = "0123456789abcdef0123456789abcdef";
        let config = read(&[("JWT_SECRET", secret), ("DATABASE_URL", "postgres://me:hidden@h/d")]).unwrap();
        let printed = format!("{config:?}");
        assert!(!printed.contains(secret) && !printed.contains("hidden"), "{printed}");
        assert_eq!(config.database.to_string(), "postgres://h/d");
        let odd = Database::Postgres("postgres://me:hid@den@h:5432/d?password=hidden".into());
        assert_eq!(odd.to_string(), "postgres://h:5432/d");
    }
}
