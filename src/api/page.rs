//! Lists: `{items, next}` with an opaque cursor, `limit` 1 to 100, 50 if not given (contract, section 2).

use crate::error::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use poem_openapi::Object;
use poem_openapi::types::{ParseFromJSON, ToJSON, Type};
use serde::Serialize;

/// How many items a list gives when nobody says.
pub const DEFAULT_LIMIT: u32 = 50;

/// One page of a list.
#[derive(Debug, Serialize, Object)]
pub struct Page<T: Type + ParseFromJSON + ToJSON + Send + Sync> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Give this as `after` for the next page; null at the end.
    pub next: Option<String>,
}

/// A whole list: it has no pages.
#[derive(Debug, Serialize, Object)]
pub struct Whole<T: Type + ParseFromJSON + ToJSON + Send + Sync> {
    /// The items.
    pub items: Vec<T>,
}

/// Makes a place in a list opaque.
pub fn to_cursor(place: &str) -> String {
    URL_SAFE_NO_PAD.encode(place)
}

/// Reads what [`to_cursor`] made; anything else is an error that names `after`.
pub fn from_cursor(after: Option<&str>) -> Result<Option<String>> {
    let read = |text: &str| URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    after
        .map(|text| read(text).ok_or_else(|| Error::invalid("after", "is not a `next` of this list")))
        .transpose()
}
