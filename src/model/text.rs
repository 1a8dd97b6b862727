//! The limits on what people type (contract, section 2). Each check names its field.

use crate::error::{Error, Result};

/// A message's text, 1 to 8,000 Unicode scalars after removing white space at both ends.
pub fn message_text(field: &str, text: &str) -> Result<String> {
    bounded(field, text, 1, 8_000)
}

/// A channel's name, 1 to 80, on one line.
pub fn channel_name(field: &str, text: &str) -> Result<String> {
    one_line(field, bounded(field, text, 1, 80)?)
}

/// A channel's description, up to 500.
pub fn description(field: &str, text: &str) -> Result<String> {
    bounded(field, text, 0, 500)
}

/// A person's name to show, 1 to 80, on one line.
pub fn display_name(field: &str, text: &str) -> Result<String> {
    one_line(field, bounded(field, text, 1, 80)?)
}

/// A username, 3 to 32 of `a-z 0-9 _ . -`.
pub fn username(field: &str, text: &str) -> Result<String> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.' | '-');
    if (3..=32).contains(&text.len()) && text.chars().all(good) {
        Ok(text.to_owned())
    } else {
        Err(Error::invalid(field, "must be 3 to 32 of a-z 0-9 _ . -"))
    }
}

/// A password, 8 to 128 scalars, taken as it is.
pub fn password(field: &str, text: &str) -> Result<String> {
    if (8..=128).contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err(Error::invalid(field, "must be 8 to 128 characters"))
    }
}

/// A colour, `#rrggbb`, in lower case afterwards.
pub fn color(field: &str, text: &str) -> Result<String> {
    let hex =
        text.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
    hex.map(|hex| format!("#{}", hex.to_ascii_lowercase()))
        .ok_or_else(|| Error::invalid(field, "must be a colour as #rrggbb"))
}

/// A sender's own id for a send, 1 to 64 scalars.
pub fn nonce(field: &str, text: &str) -> Result<String> {
    no_nul(field, text)?;
    if (1..=64).contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err(Error::invalid(field, "must be 1 to 64 characters"))
    }
}

/// The form in which names are compared: case folded.
pub fn folded(text: &str) -> String {
    text.to_lowercase()
}

fn bounded(field: &str, text: &str, min: usize, max: usize) -> Result<String> {
    no_nul(field, text)?;
    let text = text.trim();
    let count = text.chars().count();
    if count < min {
        return Err(Error::invalid(field, "must not be empty"));
    }
    if count > max {
        return Err(Error::invalid(field, format!("must be at most {max} characters, but has {count}")));
    }
    Ok(text.to_owned())
}

/// PostgreSQL cannot store U+0000, so nothing may contain it on either database.
fn no_nul(field: &str, text: &str) -> Result<()> {
    if text.contains('\0') { Err(Error::invalid(field, "must not contain U+0000")) } else { Ok(()) }
}

fn one_line(field: &str, text: String) -> Result<String> {
    if text.chars().any(char::is_control) {
        Err(Error::invalid(field, "must not contain control characters"))
    } else {
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_at_both_ends_does_not_count() {
        assert_eq!(message_text("text", " \n hi \t").unwrap(), "hi");
        assert!(message_text("text", " \u{3000}\n").is_err());
    }

    #[test]
    fn a_limit_counts_scalars_not_bytes() {
        assert!(message_text("text", &"ä".repeat(8_000)).is_ok());
        assert!(message_text("text", &"ä".repeat(8_001)).is_err());
    }

    #[test]
    fn names_are_checked_and_the_field_is_named() {
        assert_eq!(username("username", "Alice").unwrap_err().errors[0].field, "username");
        assert!(username("username", "a.l-i_c3").is_ok());
        assert!(channel_name("name", "two\nlines").is_err());
        assert_eq!(color("avatar_color", "#A0b1C2").unwrap(), "#a0b1c2");
        assert!(nonce("nonce", "").is_err());
    }
}
