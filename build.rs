//! The page in `web/dist` becomes a part of the program, when it has been built.

fn main() {
    // A folder that is not there would count as changed for ever, and one that appears later would not count at all.
    // Where it cannot be made, as in a read-only checkout, the program has no page and is built anew each time.
    let _ = std::fs::create_dir_all("web/dist");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=web/dist");
}
