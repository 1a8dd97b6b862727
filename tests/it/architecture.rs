//! The rules of the house, held over the source text. `docs/architecture.md` says what they are for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What each room may import; a path with `::` allows only that part of a room.
const MAY_IMPORT: [(&str, &str); 20] = [
    ("id", ""),
    ("clock", ""),
    ("config", ""),
    ("metrics", ""),
    ("secret", "config"),
    ("telemetry", "config"),
    ("error", "id"),
    ("document", "error"),
    ("model", "id error clock::Time"),
    ("event", "model id clock::Time"),
    ("store", "model event id clock error config::Database"),
    ("bus", "event id error clock::Time store::Committed"),
    ("presence", "event model id error clock::Time"),
    ("auth", "model id clock config error"),
    ("service", "store bus presence auth model event id clock error"),
    (
        "hub",
        "bus presence event model id clock error store::Store store::events store::group::Commits store::members store::sessions",
    ),
    ("stream", "hub service auth document event model id error"),
    ("api", "stream service auth document event model id error clock::Time metrics web"),
    ("listen", "stream"),
    ("web", "config error"),
];

/// These wire the rooms together: they import everything, and nobody imports them.
const ABOVE_ALL: [&str; 4] = ["app", "cli", "lib", "main"];

const LONGEST_FILE: usize = 500;
const EMPTY_NAMES: [&str; 5] = ["utils", "util", "helpers", "common", "manager"];

#[test]
fn rooms_import_only_what_the_table_allows() {
    let mut strays = Vec::new();
    for file in rust_files("src") {
        let room = room_of(&file);
        if ABOVE_ALL.contains(&room.as_str()) {
            continue;
        }
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == room) else {
            strays.push(format!("{}: the table has no room {room}", file.display()));
            continue;
        };
        let source = without_comments(&std::fs::read_to_string(&file).unwrap());
        if leaves_its_room(&source, &file) {
            strays.push(format!("{}: say `crate::…`, so that the other room shows", file.display()));
        }
        for path in paths_from_crate(&source) {
            let is_own = path == room || path.starts_with(&format!("{room}::"));
            let is_allowed =
                allowed.split(' ').any(|ours| path == ours || path.starts_with(&format!("{ours}::")));
            if !is_own && !is_allowed {
                strays.push(format!("{}: {room} may not import {path}", file.display()));
            }
        }
    }
    assert!(strays.is_empty(), "{}", strays.join("\n"));
}

#[test]
fn the_paths_of_a_file_are_found_in_every_form() {
    let source = r#"
        use crate::{id::{UserId, self}, model::*, store::{Tx, events::{append, EventRow as Row}}};
        fn f() -> crate::error::Result<()> { crate::bus::publish(crate::hub) }
    "#;
    let found: Vec<String> = paths_from_crate(source).into_iter().collect();
    let expected = [
        "bus::publish",
        "error::Result",
        "hub",
        "id",
        "id::UserId",
        "model",
        "store::Tx",
        "store::events::EventRow",
        "store::events::append",
    ];
    assert_eq!(found, expected);
    assert_eq!(without_comments("/// crate::hub\nuse crate::id; // crate::bus"), "\nuse crate::id; ");
}

#[test]
fn no_file_is_long() {
    let folders = ["src", "tests", "benches"];
    for file in folders.into_iter().flat_map(rust_files) {
        let line_count = std::fs::read_to_string(&file).unwrap().lines().count();
        let name = file.display();
        assert!(line_count <= LONGEST_FILE, "{name} has {line_count} lines: split it by noun");
    }
}

#[test]
fn every_file_is_named_for_what_it_holds() {
    let folders = ["src", "tests", "benches"];
    for file in folders.into_iter().flat_map(rust_files) {
        let parts = file.with_extension("");
        let empty = parts.components().find(|part| EMPTY_NAMES.iter().any(|name| part.as_os_str() == *name));
        assert!(empty.is_none(), "{} says nothing about its content", file.display());
    }
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |folder: &str| -> BTreeSet<String> {
        let entries = std::fs::read_dir(root().join("migrations").join(folder)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let sqlite = names("sqlite");
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, names("postgres"));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust files of a folder and of those inside it, as paths from the root.
fn rust_files(folder: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    files.sort();
    files
}

/// `src/store/messages.rs` and `src/store.rs` are both in the room `store`.
fn room_of(file: &Path) -> String {
    let within = file.strip_prefix("src").unwrap().with_extension("");
    within.iter().next().unwrap().to_str().unwrap().to_owned()
}

fn without_comments(source: &str) -> String {
    let code = |line: &str| line.split_once("//").map_or(line.to_owned(), |(code, _)| code.to_owned());
    source.lines().map(code).collect::<Vec<_>>().join("\n")
}

/// Whether a chain of `super::` climbs out of the room; tests inside a file stand one step deeper and are left out.
fn leaves_its_room(source: &str, file: &Path) -> bool {
    let module = file.strip_prefix("src").unwrap().with_extension("");
    let depth = module.iter().filter(|part| *part != "mod").count();
    let code = source.split("#[cfg(test)]\nmod ").next().unwrap();
    code.contains(&"super::".repeat(depth))
}

/// Every path that starts with `crate::`, without that start, with the braces of `use` resolved.
fn paths_from_crate(source: &str) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for (start, _) in source.match_indices("crate::") {
        read_tree(&source[start + "crate::".len()..], "", &mut paths);
    }
    paths
}

/// Reads one path or `use` tree that goes on from `before`, and returns what follows it.
fn read_tree<'s>(source: &'s str, before: &str, paths: &mut BTreeSet<String>) -> &'s str {
    let source = source.trim_start();
    if let Some(mut rest) = source.strip_prefix('{') {
        loop {
            rest = rest.trim_start_matches([',', ' ', '\n', '\t']);
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            rest = read_tree(rest, before, paths);
        }
    }
    let end = source.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(source.len());
    let (name, rest) = source.split_at(end);
    let path = match (before, name) {
        (_, "" | "self") => before.to_owned(),
        ("", _) => name.to_owned(),
        _ => format!("{before}::{name}"),
    };
    match rest.strip_prefix("::") {
        Some(deeper) if !deeper.starts_with('<') => read_tree(deeper, &path, paths),
        _ => {
            paths.insert(path);
            // Past `as Name`, or the `*` of a glob, to what ends this part of the tree.
            let end = rest.find([',', '}', ';', '\n', '(', ')']).unwrap_or(rest.len());
            &rest[end..]
        }
    }
}
