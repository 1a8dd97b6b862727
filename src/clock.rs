//! Wall-clock time, passed in so that tests can set it, and cut to the contract's milliseconds.

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// A moment: milliseconds since 1970-01-01 UTC. On the wire RFC 3339 with three fraction digits and `Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct Time(pub i64);

impl Time {
    /// This moment and `ms` milliseconds (may be negative).
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Whole seconds since 1970, as JWT has them.
    pub fn unix_s(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// RFC 3339, UTC, milliseconds, `Z`.
    pub fn to_rfc3339(self) -> String {
        let format =
            format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .ok()
            .and_then(|t| t.format(format).ok())
            .unwrap_or_default()
    }

    fn from_rfc3339(text: &str) -> Result<Self, String> {
        let time = OffsetDateTime::parse(text, &Rfc3339).map_err(|error| error.to_string())?;
        let ms = time.unix_timestamp_nanos().div_euclid(1_000_000);
        i64::try_from(ms).map(Time).map_err(|error| error.to_string())
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_rfc3339())
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_rfc3339(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl Type for Time {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "string_date-time".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "date-time")))
    }

    fn as_raw_value(&self) -> Option<&Self::RawValueType> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self::RawElementValueType> + 'a> {
        Box::new(self.as_raw_value().into_iter())
    }
}

impl ParseFromJSON for Time {
    fn parse_from_json(value: Option<serde_json::Value>) -> ParseResult<Self> {
        let text =
            value.as_ref().and_then(|v| v.as_str()).ok_or_else(|| ParseError::custom("expected a time"))?;
        Self::from_rfc3339(text).map_err(ParseError::custom)
    }
}

impl ToJSON for Time {
    fn to_json(&self) -> Option<serde_json::Value> {
        Some(self.to_rfc3339().into())
    }
}

/// Where the time comes from. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands still until it is set: for tests.
    pub fn manual(start: Time) -> Self {
        Self(Some(Arc::new(AtomicI64::new(start.0))))
    }

    /// Moves a manual clock by `ms`; the machine's clock is left alone.
    pub fn advance_ms(&self, ms: i64) {
        if let Some(at) = &self.0 {
            at.fetch_add(ms, Ordering::SeqCst);
        }
    }

    /// The present moment.
    #[expect(clippy::disallowed_methods, reason = "the machine's clock is read here and only here")]
    pub fn now(&self) -> Time {
        match &self.0 {
            Some(at) => Time(at.load(Ordering::SeqCst)),
            None => Time(
                i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000)
                    .unwrap_or(i64::MAX),
            ),
        }
    }
}
