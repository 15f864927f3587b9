//! Times. The server writes them in UTC; once the page lives they are told relative to now, with the exact time on
//! hover.

use crate::contract::Timestamp;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// `21 Nov 2026, 04:20 UTC`
#[must_use]
pub fn exact(moment: Timestamp) -> String {
    let civil = moment.civil();
    format!("{}, {:02}:{:02} UTC", date(moment), civil.hour, civil.minute)
}

/// `21 Nov 2026`
#[must_use]
pub fn date(moment: Timestamp) -> String {
    let civil = moment.civil();
    let month = usize::try_from(civil.month - 1)
        .ok()
        .and_then(|month| MONTHS.get(month));
    format!("{} {} {}", civil.day, month.unwrap_or(&""), civil.year)
}

/// `just now`, `5 minutes ago`, `yesterday`, `3 days ago`; a date after a week. `now` is in seconds of the Unix
/// epoch. A clock that lags behind the server's by up to a minute is forgiven.
#[must_use]
pub fn relative(moment: Timestamp, now: i64) -> String {
    let age = now - moment.unix();
    match age {
        -60..45 => "just now".to_owned(),
        45..90 => "a minute ago".to_owned(),
        90..3_570 => format!("{} minutes ago", (age + 30) / 60),
        3_570..5_400 => "an hour ago".to_owned(),
        5_400..84_600 => format!("{} hours ago", (age + 1_800) / 3_600),
        84_600..129_600 => "yesterday".to_owned(),
        129_600..604_800 => format!("{} days ago", (age + 43_200) / 86_400),
        _ => date(moment),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: i64 = 1_704_067_200; // 2024-01-01T00:00:00Z

    #[test]
    fn exact_times_are_utc() {
        let moment = Timestamp::from_unix(AT + 4 * 3600 + 5 * 60).unwrap();
        assert_eq!(exact(moment), "1 Jan 2024, 04:05 UTC");
    }

    #[test]
    fn relative_times_grow_coarser() {
        let moment = Timestamp::from_unix(AT).unwrap();
        for (age, text) in [
            (-30, "just now"),
            (0, "just now"),
            (60, "a minute ago"),
            (120, "2 minutes ago"),
            (3_569, "59 minutes ago"),
            (3_600, "an hour ago"),
            (2 * 3_600, "2 hours ago"),
            (86_400, "yesterday"),
            (3 * 86_400, "3 days ago"),
            (6 * 86_400 + 80_000, "7 days ago"),
            (30 * 86_400, "1 Jan 2024"),
            (-86_400, "1 Jan 2024"),
        ] {
            assert_eq!(relative(moment, AT + age), text, "{age}");
        }
    }
}
