//! The image, and the compose files and nginx in front of it, as far as they can be read.

use hubbub::app::STOP_TIMEOUT;
use hubbub::config::Config;

use super::{file, is_command, line, text};
use crate::support::*;

/// The words of a JSON array, as a Dockerfile has them.
fn words(array: &str) -> Vec<String> {
    serde_json::from_str(array).unwrap()
}

#[test]
fn the_image_runs_the_program_as_nobody_in_particular() {
    let image = text("deploy/Dockerfile");
    let default = Config::from_vars(|_| None).unwrap();

    assert!(is_command(words(line(&image, "CMD ")).iter().map(String::as_str)));
    let (_, check) = line(&image, "HEALTHCHECK ").split_once(" CMD ").unwrap();
    assert!(is_command(words(check).iter().map(String::as_str)));
    assert!(!image.contains("ENTRYPOINT"), "commands name the program themselves");
    assert_eq!(line(&image, "EXPOSE "), default.port.to_string());
    let users: Vec<u32> = line(&image, "USER ").split(':').map(|id| id.parse().unwrap()).collect();
    assert!(users.iter().all(|id| *id >= 1_000), "{users:?}");
}

#[test]
fn the_image_is_built_from_what_is_there() {
    let image = text("deploy/Dockerfile");
    let manifest: toml::Table = text("Cargo.toml").parse().unwrap();
    let version = manifest["package"]["rust-version"].as_str().unwrap();
    assert!(image.contains(&format!("FROM rust:{version}-")), "it is built with another Rust than {version}");
    let ignored = text(".dockerignore");
    let is_let_in = |path: &str| {
        let top = path.split('/').next().unwrap();
        ignored.lines().any(|line| line.strip_prefix('!') == Some(top))
    };

    for copied in image.lines().filter_map(|line| line.strip_prefix("COPY ")) {
        let mut paths: Vec<&str> = copied.split(' ').collect();
        if paths[0].starts_with("--from=") {
            continue;
        }
        paths.pop();
        for path in paths {
            assert!(file(path).exists() && is_let_in(path), "{path} is not there to be copied");
        }
    }
}

#[test]
fn a_container_has_time_to_say_goodbye() {
    for path in ["deploy/compose.yml", "deploy/compose.scale.yml"] {
        let compose = text(path);
        let mut given = compose.lines().filter_map(|line| line.trim().strip_prefix("stop_grace_period: "));
        let seconds: u64 = given.next().unwrap().trim_end_matches('s').parse().unwrap();
        assert!(std::time::Duration::from_secs(seconds) > STOP_TIMEOUT, "{path}");
    }
}

#[test]
fn nginx_stands_before_every_instance() {
    let (nginx, compose) = (text("deploy/nginx.conf"), text("deploy/compose.scale.yml"));
    let (_, services) = compose.split_once("\nservices:\n").unwrap();
    let instances = services.split("\n\n").filter(|service| service.contains("<<: *instance"));
    let mut names: Vec<&str> = instances.map(|service| service.trim().split(':').next().unwrap()).collect();
    names.sort_unstable();
    let port = Config::from_vars(|_| None).unwrap().port.to_string();

    let servers = nginx.lines().filter_map(|line| line.trim().strip_prefix("server "));
    let mut addresses: Vec<&str> =
        servers.filter_map(|server| server.split(' ').next()).filter(|a| *a != "{").collect();
    addresses.sort_unstable();

    assert_eq!(names.len(), 2);
    assert_eq!(addresses, names.iter().map(|name| format!("{name}:{port}")).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_healthcheck_says_whether_the_server_is_ready() {
    let mut server = Process::start(Db::Sqlite, &[]).await;
    let port = server.stranger().base().rsplit(':').next().unwrap().to_owned();
    let log = server.database.folder.path().join("healthcheck");
    let ask = async || {
        let command = [env!("CARGO_BIN_EXE_hubbub"), "healthcheck"].map(str::to_owned);
        let env = [("PORT".to_owned(), port.clone())];
        Leash::hold(&Held { command: &command, env: &env, log: &log, last_signal: "KILL", folder: None })
            .ended()
            .await
    };
    assert_eq!(ask().await, 0);

    server.terminate().await;

    assert_eq!(ask().await, 1);
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(said.contains("nobody listens on") && said.contains(&port), "{said}");
}
