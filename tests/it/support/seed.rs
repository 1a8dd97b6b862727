//! Chance that can be repeated.

/// A seed of its own for each run, or the one that is to be repeated.
pub fn seed() -> u64 {
    let seed = match std::env::var("HUBBUB_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => rand::random(),
    };
    println!("HUBBUB_SEED={seed}");
    seed
}
