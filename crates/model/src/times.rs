//! Times in words: "first when, then how much is left".
//!
//! Everything is rounded down and read in the person's zone. Beside each text stands the moment at which it will read
//! differently, so that nobody wakes up for a text that stays.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, Zoned};

use crate::Now;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A moment: `17:42` today, `Wed 08:58` within six days, `3 Mar` later, `3 Mar 2027` in another year.
///
/// `at` is in seconds since the Unix epoch.
#[must_use]
pub fn moment(at: i64, now: &Now) -> String {
    moment_on(&zoned(at, now), today(now))
}

/// `Until 17:42`, and so on as [`moment`].
#[must_use]
pub fn until(at: i64, now: &Now) -> String {
    format!("Until {}", moment(at, now))
}

/// `5 h 12 min left`.
#[must_use]
pub fn left(at: i64, now: &Now) -> String {
    format!("{} left", span(at.saturating_sub(now.seconds())))
}

/// `3 h 20 min ago`.
#[must_use]
pub fn ago(at: i64, now: &Now) -> String {
    format!("{} ago", span(now.seconds().saturating_sub(at)))
}

/// A duration, rounded down: `2 d 4 h`, `5 h 12 min`, `9 min`, `under 1 min`. Negative durations read as none.
#[must_use]
pub fn span(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / DAY, seconds % DAY / HOUR, seconds % HOUR / MINUTE);
    match (days, hours, minutes) {
        (1.., 1.., _) => format!("{days} d {hours} h"),
        (1.., _, _) => format!("{days} d"),
        (_, 1.., 1..) => format!("{hours} h {minutes} min"),
        (_, 1.., _) => format!("{hours} h"),
        (_, _, 1..) => format!("{minutes} min"),
        _ => "under 1 min".to_owned(),
    }
}

/// A short duration to the second, as clocks are compared: `6 min 12 s`, `45 s`, `2 h 3 min`.
#[must_use]
pub fn precisely(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, rest) => format!("{rest} s"),
        (minutes @ 1..60, 0) => format!("{minutes} min"),
        (minutes @ 1..60, rest) => format!("{minutes} min {rest} s"),
        _ => span(i64::try_from(seconds).unwrap_or(i64::MAX)),
    }
}

/// [`span`] for a screen reader: `5 hours 12 minutes`.
#[must_use]
pub fn span_spoken(seconds: i64) -> String {
    let plural = |count: i64, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let (days, hours, minutes) = (seconds / DAY, seconds % DAY / HOUR, seconds % HOUR / MINUTE);
    match (days, hours, minutes) {
        (1.., 1.., _) => format!("{} {}", plural(days, "day"), plural(hours, "hour")),
        (1.., _, _) => plural(days, "day"),
        (_, 1.., 1..) => format!("{} {}", plural(hours, "hour"), plural(minutes, "minute")),
        (_, 1.., _) => plural(hours, "hour"),
        (_, _, 1..) => plural(minutes, "minute"),
        _ => "under 1 minute".to_owned(),
    }
}

/// What is left until `at`, rounded down as [`left`] shows it, in seconds.
pub(crate) fn left_rounded(at: i64, now: &Now) -> i64 {
    let left = at.saturating_sub(now.seconds()).max(0);
    left - left % grain(left)
}

/// When [`left`] will read differently.
pub(crate) fn left_changes(at: i64, now: &Now) -> Option<i64> {
    let left = at.saturating_sub(now.seconds());
    // What is left falls through the lower edge of its step one second later.
    (left >= 0).then(|| now.seconds().saturating_add(left % grain(left) + 1)).filter(|_| left >= MINUTE)
}

/// When [`ago`] will read differently.
pub(crate) fn ago_changes(at: i64, now: &Now) -> Option<i64> {
    let past = now.seconds().saturating_sub(at);
    if past < 0 {
        return at.checked_add(MINUTE);
    }
    now.seconds().checked_add(grain(past) - past % grain(past))
}

/// When [`moment`] will read differently.
pub(crate) fn moment_changes(at: i64, now: &Now) -> Option<i64> {
    let (target, today) = (zoned(at, now), today(now));
    let text = moment_on(&target, today);
    let date = target.date();
    let new_year = |year: i16| Date::new(year, 1, 1).ok();
    let edges = [date.checked_sub(6.days()).ok(), Some(date), date.checked_add(1.day()).ok()];
    let later =
        [date.checked_add(7.days()).ok(), new_year(date.year()), new_year(date.year().saturating_add(1))];
    let day = edges
        .into_iter()
        .chain(later)
        .flatten()
        .filter(|day| *day > today && moment_on(&target, *day) != text)
        .min()?;
    Some(day.to_zoned(now.zone.clone()).ok()?.timestamp().as_second())
}

/// The start of the next day.
pub(crate) fn midnight(now: &Now) -> i64 {
    let tomorrow = today(now).checked_add(1.day()).and_then(|day| day.to_zoned(now.zone.clone()));
    tomorrow.map_or_else(|_| now.seconds().saturating_add(DAY), |day| day.timestamp().as_second())
}

/// A moment as a timestamp; what does not fit becomes the end of time.
pub(crate) fn stamp(seconds: i64) -> Timestamp {
    let end = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_second(seconds).unwrap_or(end)
}

/// Whether `at` falls on the day that is now.
pub(crate) fn is_today(at: i64, now: &Now) -> bool {
    zoned(at, now).date() == today(now)
}

fn zoned(at: i64, now: &Now) -> Zoned {
    stamp(at).to_zoned(now.zone.clone())
}

fn today(now: &Now) -> Date {
    now.at.to_zoned(now.zone.clone()).date()
}

fn moment_on(target: &Zoned, today: Date) -> String {
    let date = target.date();
    if date == today {
        return target.strftime("%H:%M").to_string();
    }
    let days = (date - today).get_days().abs();
    if days <= 6 {
        target.strftime("%a %H:%M").to_string()
    } else if date.year() == today.year() {
        target.strftime("%-d %b").to_string()
    } else {
        target.strftime("%-d %b %Y").to_string()
    }
}

/// The step in which a duration is shown.
fn grain(seconds: i64) -> i64 {
    if seconds >= DAY { HOUR } else { MINUTE }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::*;

    /// Tuesday 10 March 2026, 12:30 in Berlin.
    fn noon() -> Now {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        Now { at: "2026-03-10T11:30:00Z".parse().unwrap(), zone }
    }

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_second()
    }

    #[test]
    fn a_moment_is_named_by_its_distance_in_days() {
        for (when, text) in [
            ("2026-03-10T16:42:00Z", "17:42"),
            ("2026-03-11T07:58:00Z", "Wed 08:58"),
            ("2026-03-16T07:00:00Z", "Mon 08:00"),
            ("2026-03-17T07:00:00Z", "17 Mar"),
            ("2027-03-03T07:00:00Z", "3 Mar 2027"),
            ("2026-03-09T08:10:00Z", "Mon 09:10"),
            ("2026-03-02T08:10:00Z", "2 Mar"),
        ] {
            assert_eq!(moment(at(when), &noon()), text);
        }
    }

    #[test]
    fn durations_are_rounded_down() {
        for (seconds, text) in [
            (-5, "under 1 min"),
            (59, "under 1 min"),
            (60, "1 min"),
            (9 * 60 + 59, "9 min"),
            (3600, "1 h"),
            (5 * 3600 + 12 * 60, "5 h 12 min"),
            (86_400, "1 d"),
            (2 * 86_400 + 4 * 3600 + 300, "2 d 4 h"),
        ] {
            assert_eq!(span(seconds), text);
        }
        assert_eq!(precisely(372), "6 min 12 s");
        assert_eq!(span_spoken(5 * 3600 + 61), "5 hours 1 minute");
    }

    proptest! {
        #[test]
        fn a_text_stays_until_the_moment_named_and_then_changes(
            start in 1_700_000_000_i64..1_900_000_000, distance in -40_000_000_i64..40_000_000,
        ) {
            let zone = TimeZone::get("Europe/Berlin").unwrap();
            let now = |seconds: i64| Now { at: stamp(seconds), zone: zone.clone() };
            let target = start + distance;
            type Text = fn(i64, &Now) -> String;
            type Changes = fn(i64, &Now) -> Option<i64>;
            let rules: [(Text, Changes); 3] =
                [(moment, moment_changes), (left, left_changes), (ago, ago_changes)];
            for (text, changes) in rules {
                let Some(next) = changes(target, &now(start)) else { continue };
                prop_assert!(next > start);
                prop_assert_eq!(text(target, &now(next - 1)), text(target, &now(start)));
                prop_assert_ne!(text(target, &now(next)), text(target, &now(start)));
            }
        }
    }
}
