//! The document that clients are generated from.

/// A client's types come from the file, so a change of the API must show in it.
#[test]
fn the_file_is_what_the_code_says() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/openapi.json");
    let written = std::fs::read_to_string(file).unwrap_or_default();

    let is_current = written.trim_end() == hubbub::api::document().trim_end();

    assert!(is_current, "openapi/openapi.json is not what the code says: run `make openapi`");
}
