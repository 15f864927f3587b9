//! Moments on the wire: RFC 3339 in UTC, to the second (`2024-01-01T00:00:00Z`).
//!
//! Read and written by hand: every page loads this, and `time` in its place is larger (`docs/performance.md`). It is the
//! judge in the tests.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use time::OffsetDateTime;

/// The first second of the year -9999 and the last of 9999: what `time` can hold, and RFC 3339 (from year 0) can write.
const RANGE: std::ops::RangeInclusive<i64> = -377_705_116_800..=253_402_300_799;
const DAY: i64 = 86_400;

/// A moment in UTC, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime, example = "2024-01-01T00:00:00Z"))]
pub struct Timestamp(
    /// Seconds since the Unix epoch.
    i64,
);

/// A moment as calendars and clocks show it, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    pub year: i64,
    /// 1–12
    pub month: i64,
    /// 1–31
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
}

impl Timestamp {
    /// From seconds since the Unix epoch; `None` outside the years -9999 to 9999.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Option<Self> {
        RANGE.contains(&seconds).then_some(Self(seconds))
    }

    #[must_use]
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// The proleptic Gregorian calendar, by Howard Hinnant's `civil_from_days`
    /// (<https://howardhinnant.github.io/date_algorithms.html>).
    #[must_use]
    pub const fn civil(self) -> Civil {
        let days = self.0.div_euclid(DAY) + 719_468;
        let of_day = self.0.rem_euclid(DAY);
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        // Years begin in March here, so that the leap day is the last of its year.
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
        Civil {
            year,
            month,
            day,
            hour: of_day / 3_600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
        }
    }

    /// Reads RFC 3339 with any offset; fractions of a second are cut off.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let (year, month, day) = (digits(date, 0, 4)?, digits(date, 5, 2)?, digits(date, 8, 2)?);
        let time = rest.strip_prefix(['T', 't', ' '])?;
        let (hour, minute, second) = (digits(time, 0, 2)?, digits(time, 3, 2)?, digits(time, 6, 2)?);
        let separators = [
            date.as_bytes()[4],
            date.as_bytes()[7],
            time.as_bytes()[2],
            time.as_bytes()[5],
        ];
        let in_range = (1..=12).contains(&month)
            && (1..=days_in(year, month)).contains(&day)
            && hour <= 23
            && minute <= 59
            && second <= 60;
        if separators != *b"--::" || !in_range {
            return None;
        }
        let zone = time.get(8..)?;
        let zone = match zone.strip_prefix('.') {
            Some(fraction) => {
                let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
                (zone.len() < fraction.len()).then_some(zone)?
            }
            None => zone,
        };
        let local = days_from_civil(year, month, day) * DAY + hour * 3_600 + minute * 60 + second.min(59);
        Self::from_unix(local - offset(zone)?)
    }
}

/// `Z`, `+02:00`: seconds ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    let sign = match zone.as_bytes() {
        [b'Z' | b'z'] => return Some(0),
        [b'+', _, _, b':', _, _] => 1,
        [b'-', _, _, b':', _, _] => -1,
        _ => return None,
    };
    let (hours, minutes) = (digits(zone, 1, 2)?, digits(zone, 4, 2)?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3_600 + minutes * 60))
}

fn digits(text: &str, at: usize, count: usize) -> Option<i64> {
    let digits = text.get(at..at + count)?;
    digits
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| digits.parse().ok())?
}

const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since the Unix epoch, by Howard Hinnant's `days_from_civil`.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468
}

/// A number of seconds that no calendar reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} seconds since 1970 are outside the years -9999 to 9999")]
pub struct OutOfRange(i64);

impl TryFrom<i64> for Timestamp {
    type Error = OutOfRange;

    fn try_from(seconds: i64) -> Result<Self, Self::Error> {
        Self::from_unix(seconds).ok_or(OutOfRange(seconds))
    }
}

impl From<OffsetDateTime> for Timestamp {
    fn from(moment: OffsetDateTime) -> Self {
        Self(moment.unix_timestamp())
    }
}

impl From<Timestamp> for OffsetDateTime {
    fn from(timestamp: Timestamp) -> Self {
        // In range by construction.
        Self::from_unix_timestamp(timestamp.0).unwrap_or(Self::UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = self.civil();
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            c.year, c.month, c.day, c.hour, c.minute, c.second
        )
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not a time as RFC 3339 writes it"))
    }
}

/// An absent moment as the empty string: what the listing of a folder answers for `last_modified`.
pub mod empty_when_none {
    use super::{Deserialize, Deserializer, Serializer, Timestamp};

    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(moment: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        match moment {
            Some(moment) => serializer.collect_str(moment),
            None => serializer.serialize_str(""),
        }
    }

    /// # Errors
    /// When the text is neither empty nor RFC 3339.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        if text.is_empty() {
            return Ok(None);
        }
        match Timestamp::parse(&text) {
            Some(moment) => Ok(Some(moment)),
            None => Err(serde::de::Error::custom("not a time as RFC 3339 writes it")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::{UtcOffset, format_description::well_known::Rfc3339};

    use super::*;

    #[test]
    fn is_written_in_utc_to_the_second() {
        let moment: Timestamp = serde_json::from_str("\"2024-01-01T02:00:00.75+02:00\"").unwrap();
        assert_eq!(
            serde_json::to_string(&moment).unwrap(),
            "\"2024-01-01T00:00:00Z\""
        );
        assert_eq!(moment.unix(), 1_704_067_200);
    }

    #[test]
    fn refuses_what_is_no_time() {
        for bad in [
            "",
            "2024-01-01",
            "2024-13-01T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00+0200",
            "2024/01/01T00:00:00Z",
            "+024-01-01T00:00:00Z",
            "2024-01-01T00:00:0éZ",
        ] {
            assert_eq!(Timestamp::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        /// The calendar library is the judge, in every offset.
        #[test]
        fn agrees_with_the_calendar(seconds in -62_167_219_200_i64..=253_402_300_799, minutes in -1_439_i32..=1_439) {
            let moment = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            let text = moment.format(&Rfc3339).unwrap();
            let ours = Timestamp::from_unix(seconds).unwrap();
            prop_assert_eq!(ours.to_string(), text.clone());
            prop_assert_eq!(Timestamp::parse(&text), Some(ours));
            prop_assert_eq!(OffsetDateTime::from(ours), moment);
            let offset = UtcOffset::from_whole_seconds(minutes * 60).unwrap();
            if let Some(elsewhere) = moment.checked_to_offset(offset) && (0..=9999).contains(&elsewhere.year()) {
                prop_assert_eq!(Timestamp::parse(&elsewhere.format(&Rfc3339).unwrap()), Some(ours));
            }
        }

        #[test]
        fn no_text_breaks_it(text in any::<String>()) {
            let _ = Timestamp::parse(&text);
        }
    }
}
