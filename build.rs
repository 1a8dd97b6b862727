//! The page in `web/dist` becomes a part of the program, when it has been built.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // A folder that is not there would count as changed for ever.
    let page = if std::path::Path::new("web/dist").exists() { "web/dist" } else { "web/package.json" };
    println!("cargo:rerun-if-changed={page}");
}
