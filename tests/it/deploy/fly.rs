//! The two descriptions for Fly.io, held against the code and against the keys that its tool knows. The tool itself lets
//! a misspelled key pass unless it is asked to be strict.

use std::collections::BTreeMap;
use std::time::Duration;

use hubbub::app::STOP_TIMEOUT;
use hubbub::config::{Config, Database};
use serde::Deserialize;

use super::{file, is_command, is_read, line, text};

const MANY: &str = "deploy/fly.toml";
const SINGLE: &str = "deploy/fly.single.toml";

/// The keys that we use, at their levels; any other is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "a key that no rule reads is still a key")]
struct Fly {
    app: String,
    primary_region: String,
    kill_signal: String,
    kill_timeout: String,
    build: Build,
    deploy: Deploy,
    env: BTreeMap<String, String>,
    #[serde(default)]
    mounts: Vec<Mount>,
    http_service: HttpService,
    metrics: Vec<Metrics>,
    vm: Vec<Vm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Build {
    dockerfile: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deploy {
    strategy: Strategy,
    max_unavailable: Option<f64>,
    release_command: Option<String>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Strategy {
    Rolling,
    Immediate,
    Canary,
    Bluegreen,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "a key that no rule reads is still a key")]
struct Mount {
    source: String,
    destination: String,
    initial_size: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HttpService {
    internal_port: u16,
    force_https: bool,
    auto_stop_machines: AutoStop,
    auto_start_machines: bool,
    min_machines_running: u32,
    concurrency: Concurrency,
    http_options: HttpOptions,
    checks: Vec<Check>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum AutoStop {
    Off,
    Stop,
    Suspend,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Concurrency {
    r#type: String,
    soft_limit: u32,
    hard_limit: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HttpOptions {
    idle_timeout: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Check {
    method: String,
    path: String,
    interval: String,
    timeout: String,
    grace_period: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Metrics {
    port: u16,
    path: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "a key that no rule reads is still a key")]
struct Vm {
    size: String,
    memory: String,
}

/// What is wrong with a description, if anything is.
fn check(description: &str) -> Result<(), String> {
    let fly: Fly = toml::from_str(description).map_err(|error| error.to_string())?;
    let config = settings(&fly.env)?;
    let image = text("deploy/Dockerfile");
    let service = &fly.http_service;
    let quietest = Duration::from_millis(config.heartbeat_timeout_ms * 2 / 3);
    let rules = [
        ("it is not built from our Dockerfile", file("deploy").join(&fly.build.dockerfile).is_file()),
        ("the port is not the program's", service.internal_port == config.port),
        ("the port is not the image's", line(&image, "EXPOSE ") == service.internal_port.to_string()),
        ("the program does not end at this signal", fly.kill_signal == "SIGTERM"),
        ("it is killed before its streams have heard", seconds(&fly.kill_timeout)? > STOP_TIMEOUT),
        ("it is not asked whether it is ready", service.checks.iter().any(|check| check.path == "/readyz")),
        (
            "a check asks for what is not there",
            service.checks.iter().all(|check| check.method == "GET" && is_read(&check.path)),
        ),
        (
            "the measurements are elsewhere",
            fly.metrics.iter().all(|found| found.port == config.port && is_read(&found.path)),
        ),
        ("passwords travel in the clear", service.force_https),
        ("a quiet stream is cut", Duration::from_secs(service.http_options.idle_timeout) > quietest),
        ("streams do not count as what they are", service.concurrency.r#type == "requests"),
        ("the soft limit is no limit", service.concurrency.soft_limit < service.concurrency.hard_limit),
        ("nothing starts it", service.auto_start_machines),
    ];
    let broken = rules.iter().find(|(_, holds)| !holds).map(|(what, _)| (*what).to_owned());
    broken.map_or(Ok(()), Err)?;
    for check in &service.checks {
        let [interval, timeout, _] =
            [&check.interval, &check.timeout, &check.grace_period].map(|text| seconds(text));
        if timeout? >= interval? {
            return Err("a check overtakes the one before".to_owned());
        }
    }
    let broken = if fly.mounts.is_empty() { check_many(&fly, &config) } else { check_single(&fly, &config) };
    broken.map_or(Ok(()), |what| Err(what.to_owned()))
}

/// Equal machines, which keep nothing themselves.
fn check_many(fly: &Fly, config: &Config) -> Option<&'static str> {
    let release = fly.deploy.release_command.as_deref().unwrap_or_default();
    let rules = [
        ("no command migrates", release.ends_with(" migrate") && is_command(release.split(' '))),
        (
            "all go at once",
            fly.deploy.strategy == Strategy::Rolling && fly.deploy.max_unavailable == Some(1.0),
        ),
        ("one of several is stopped with its streams", fly.http_service.auto_stop_machines == AutoStop::Off),
        ("it is one machine", fly.http_service.min_machines_running >= 2),
        ("machines come and go, and their files with them", matches!(config.database, Database::Postgres(_))),
    ];
    rules.iter().find(|(_, holds)| !holds).map(|(what, _)| *what)
}

/// One machine, whose volume no other can have.
fn check_single(fly: &Fly, config: &Config) -> Option<&'static str> {
    let is_kept = match &config.database {
        Database::Sqlite(path) => fly.mounts.iter().any(|mount| path.starts_with(&mount.destination)),
        Database::Postgres(_) => false,
    };
    let rules = [
        ("the database is not on the volume", is_kept),
        ("a command that has no volume migrates", fly.deploy.release_command.is_none()),
        ("the new machine would need the old one's volume", fly.deploy.strategy == Strategy::Rolling),
        ("it never stops", fly.http_service.auto_stop_machines == AutoStop::Stop),
        ("it does not stop entirely", fly.http_service.min_machines_running == 0),
    ];
    rules.iter().find(|(_, holds)| !holds).map(|(what, _)| *what)
}

/// What the program makes of the settings, with the secrets that the README has set apart.
fn settings(env: &BTreeMap<String, String>) -> Result<Config, String> {
    let known = text(".env.example");
    let is_known = |name: &str| known.lines().any(|line| line.starts_with(&format!("#{name}=")));
    if let Some(name) = env.keys().find(|name| !is_known(name)) {
        return Err(format!("{name} is no setting"));
    }
    let secrets = [
        ("DATABASE_URL", "postgres://localhost/hubbub"),
        ("JWT_SECRET", "a secret of the tests, long enough to sign"),
    ];
    let secret =
        |name: &str| secrets.iter().find(|(secret, _)| *secret == name).map(|(_, value)| (*value).to_owned());
    Config::from_vars(|name| env.get(name).cloned().or_else(|| secret(name)))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let count = text.strip_suffix('s').and_then(|count| count.parse().ok());
    count.map(Duration::from_secs).ok_or_else(|| format!("{text} is no number of seconds"))
}

#[test]
fn the_descriptions_fit_the_code() {
    for path in [MANY, SINGLE] {
        assert_eq!(check(&text(path)), Ok(()), "{path}");
    }
}

#[test]
fn a_description_that_does_not_fit_is_refused() {
    let of_any = [
        ("app = ", "ap = "),
        ("kill_signal = \"SIGTERM\"", "kill_signal = \"SIGKILL\""),
        ("kill_timeout = \"30s\"", "kill_timeout = \"9s\""),
        ("kill_timeout = \"30s\"", "kill_timeout = \"soon\""),
        ("dockerfile = \"Dockerfile\"", "dockerfile = \"deploy/Dockerfile\""),
        ("[deploy]", "[deployment]"),
        ("strategy = ", "stategy = "),
        ("PORT = \"8080\"", "PORT = \"8081\""),
        ("PORT = \"8080\"", "PORT = \"http\""),
        ("LOG_FORMAT = ", "LOG_FROMAT = "),
        ("internal_port = 8080", "internal_port = 80"),
        ("internal_port = 8080", "internal_port = \"8080\""),
        ("force_https = true", "force_https = false"),
        ("auto_start_machines = true", "auto_start_machines = false"),
        ("[http_service.concurrency]", "[http_service.concurency]"),
        ("type = \"requests\"", "type = \"connections\""),
        ("soft_limit = 1500", "soft_limit = 2000"),
        ("idle_timeout = 75", "idle_timeout = 40"),
        ("[[http_service.checks]]", "[[checks]]"),
        ("path = \"/readyz\"", "path = \"/healthz\""),
        ("path = \"/readyz\"", "path = \"/readyz/\""),
        ("timeout = \"3s\"", "timeout = \"60s\""),
        ("grace_period", "graceperiod"),
        ("path = \"/metrics\"", "path = \"/metric\""),
        ("memory = ", "memory_gb = "),
    ];
    let of_many = [
        ("strategy = \"rolling\"", "strategy = \"bluegreen\""),
        ("release_command = \"hubbub migrate\"", ""),
        ("release_command = \"hubbub migrate\"", "release_command = \"migrate\""),
        ("release_command = \"hubbub migrate\"", "release_command = \"hubbub migrat\""),
        ("auto_stop_machines = \"off\"", "auto_stop_machines = \"stop\""),
        ("min_machines_running = 2", "min_machines_running = 1"),
    ];
    let of_single = [
        ("strategy = \"rolling\"", "strategy = \"bluegreen\""),
        ("strategy = \"rolling\"", "strategy = \"canary\""),
        ("strategy = \"rolling\"", "strategy = \"rolling\"\nrelease_command = \"hubbub migrate\""),
        ("sqlite:///data/", "sqlite://data/"),
        ("destination = \"/data\"", "destination = \"/var\""),
        ("auto_stop_machines = \"stop\"", "auto_stop_machines = \"off\""),
        ("min_machines_running = 0", "min_machines_running = 1"),
    ];
    for (path, own) in [(MANY, &of_many[..]), (SINGLE, &of_single[..])] {
        let sound = text(path);
        for (right, wrong) in of_any.iter().chain(own) {
            assert!(sound.contains(right), "{path} has no {right}");
            assert!(check(&sound.replacen(right, wrong, 1)).is_err(), "{path} with {wrong}");
        }
    }
}
