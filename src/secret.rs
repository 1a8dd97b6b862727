//! The secret of a small installation: made at the first start, kept beside the database, readable by its owner only.

use crate::config::Secret;
use anyhow::Context as _;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Reads the secret, or makes it. Several starts at once end with the same one.
pub fn load_or_make(path: &Path) -> anyhow::Result<Secret> {
    if let Some(secret) = load(path)? {
        return Ok(secret);
    }
    let mut bytes = [0; 48];
    getrandom::fill(&mut bytes).context("no randomness to be had")?;
    let made = path.with_extension(format!("secret.{}", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&made)
        .with_context(|| format!("{} cannot be written", made.display()))?;
    file.write_all(URL_SAFE_NO_PAD.encode(bytes).as_bytes())?;
    file.sync_all()?;
    // A link fails if another start was quicker, and then its secret is the one.
    let linked = fs::hard_link(&made, path);
    fs::remove_file(&made)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            return Err(error).context("the secret cannot be kept");
        }
        _ => {}
    }
    load(path)?.with_context(|| format!("{} cannot be read", path.display()))
}

fn load(path: &Path) -> anyhow::Result<Option<Secret>> {
    match fs::read_to_string(path) {
        Ok(text) if text.trim().len() >= 32 => Ok(Some(Secret(text.trim().to_owned()))),
        Ok(_) => anyhow::bail!("{} must hold at least 32 bytes", path.display()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_secret_is_made_once_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hubbub.secret");
        let first = load_or_make(&path).unwrap();
        assert_eq!(load_or_make(&path).unwrap(), first);
        assert!(first.0.len() >= 32);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
