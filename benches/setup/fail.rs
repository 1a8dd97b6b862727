//! The end of a bench that cannot go on.

/// Says why, and ends the process.
pub fn fail(error: &anyhow::Error) -> ! {
    eprintln!("the bench cannot go on: {error:#}");
    std::process::exit(1)
}
