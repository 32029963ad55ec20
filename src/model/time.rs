//! Instants: whole seconds since 1970-01-01T00:00:00Z.

use chrono::{DateTime, SecondsFormat, Utc};
use minicbor::{Decode, Encode};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Timestamp(#[n(0)] pub i64);

impl Timestamp {
    /// 9999-12-31T23:59:59Z: of a poll that is not to be, unless somebody asks for it.
    pub const NEVER: Timestamp = Timestamp(253_402_300_799);

    /// 0000-01-01T00:00:00Z
    const YEAR_0: Timestamp = Timestamp(-62_167_219_200);

    /// `None`: never.
    pub fn planned(self) -> Option<Timestamp> {
        (self < Timestamp::NEVER).then_some(self)
    }

    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0, 0).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// RFC 3339 in UTC, such as `2026-11-24T08:00:00Z`.
    pub fn rfc3339(self) -> String {
        self.to_utc().to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// RFC 2822 as RSS 2.0 writes it, such as `Tue, 24 Nov 2026 08:00:00 +0000`.
    pub fn rfc2822(self) -> String {
        self.to_utc().to_rfc2822()
    }

    /// IMF-fixdate of RFC 9110 §5.6.7, such as `Tue, 24 Nov 2026 08:00:00 GMT`.
    pub fn http_date(self) -> String {
        self.to_utc().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// Time since `earlier`; zero when `earlier` is later.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_secs(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl<Z: chrono::TimeZone> From<DateTime<Z>> for Timestamp {
    fn from(instant: DateTime<Z>) -> Self {
        Timestamp(instant.timestamp())
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Timestamp;
    fn add(self, wait: Duration) -> Timestamp {
        let seconds = i64::try_from(wait.as_secs()).unwrap_or(i64::MAX);
        Timestamp(self.0.saturating_add(seconds))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// RFC 3339; seconds since 1970 outside the years that it has (0 to 9999).
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (Timestamp::YEAR_0..=Timestamp::NEVER).contains(self) {
            true => serializer.collect_str(self),
            false => serializer.serialize_i64(self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "neither a date of RFC 3339 nor seconds since 1970")]
        enum Written {
            Text(String),
            Seconds(i64),
        }
        match Written::deserialize(deserializer)? {
            Written::Text(text) => DateTime::parse_from_rfc3339(&text)
                .map(Timestamp::from)
                .map_err(|_| D::Error::custom(format_args!("{text:?} is no date of RFC 3339"))),
            Written::Seconds(seconds) => Ok(Timestamp(seconds)),
        }
    }
}
