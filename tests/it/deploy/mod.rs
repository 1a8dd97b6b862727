//! What is in `deploy/`: files that nobody runs here are held against the code, and the topology is run.

mod fly;
mod image;
mod scale;

use std::path::PathBuf;

/// A file of the repository, by its path from the root.
fn file(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text(path: &str) -> String {
    std::fs::read_to_string(file(path)).unwrap()
}

/// The rest of the one line of a text that starts with this.
fn line<'t>(text: &'t str, start: &str) -> &'t str {
    let mut found = text.lines().filter_map(|line| line.trim().strip_prefix(start));
    let rest = found.next().unwrap_or_else(|| panic!("no line starts with {start}"));
    assert_eq!(found.next(), None, "a second line starts with {start}");
    rest
}

/// Whether the program has such a command: `hubbub migrate`.
fn is_command<'w>(words: impl IntoIterator<Item = &'w str>) -> bool {
    let words: Vec<&str> = words.into_iter().collect();
    words.first() == Some(&"hubbub") && <hubbub::cli::Cli as clap::Parser>::try_parse_from(words).is_ok()
}

/// Whether the program answers a GET at this path.
fn is_read(path: &str) -> bool {
    let document: serde_json::Value = serde_json::from_str(&hubbub::api::document()).unwrap();
    document["paths"][path]["get"].is_object()
}
