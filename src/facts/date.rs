//! Calendar dates, as far as support windows and retirements need them.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// A day of the proleptic Gregorian calendar, from 0001-01-01 to 9999-12-31. Time zones are ignored:
/// Azure announces days, and a linter need not be finer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Year, 1 to 9999.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, from 1.
    pub day: u8,
}

/// The days that a date as printed by a source may mean: one day, or a whole month or year where the
/// source names no more. Both ends are included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateRange {
    /// First day it may be.
    pub earliest: Date,
    /// Last day it may be.
    pub latest: Date,
}

/// Days from 1970-01-01 to 0001-01-01 and to 9999-12-31.
const FIRST_DAY: i64 = -719_162;
const LAST_DAY: i64 = 2_932_896;

impl Date {
    /// The date, or `None` if the calendar has no such day.
    pub const fn new(year: u16, month: u8, day: u8) -> Option<Date> {
        if year == 0 || year > 9999 || month == 0 || month > 12 || day == 0 || day > days_in(year, month) {
            return None;
        }
        Some(Date { year, month, day })
    }

    /// Reads `YYYY-MM-DD`, exactly; anything else is `None`.
    pub fn parse(text: &str) -> Option<Date> {
        let mut parts = text.split('-');
        let mut number = |width: usize| {
            let part = parts.next()?;
            let digits = part.len() == width && part.bytes().all(|b| b.is_ascii_digit());
            if digits { part.parse::<u16>().ok() } else { None }
        };
        let (year, month, day) = (number(4)?, number(2)?, number(2)?);
        if parts.next().is_some() {
            return None;
        }
        Date::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
    }

    /// Today by the system clock, in UTC. A clock before 1970 counts as 1970-01-01.
    pub fn today() -> Date {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Date::from_days(i64::try_from(seconds / 86_400).unwrap_or(LAST_DAY))
    }

    /// Days from this date to `other`; negative if `other` is earlier.
    pub fn days_until(self, other: Date) -> i64 {
        other.to_days() - self.to_days()
    }

    /// The date `days` later (earlier if negative), kept within the years 1 to 9999.
    pub fn add_days(self, days: i64) -> Date {
        Date::from_days(self.to_days().saturating_add(days))
    }

    /// Days since 1970-01-01. Counts years from March, so that the leap day is the last of its year.
    fn to_days(self) -> i64 {
        let (month, day) = (i64::from(self.month), i64::from(self.day));
        let year = i64::from(self.year) - i64::from(month <= 2);
        let month_from_march = (month + 9) % 12;
        let days_before_month = (153 * month_from_march + 2) / 5;
        year * 365 + year / 4 - year / 100 + year / 400 + days_before_month + day - 1 - 719_468
    }

    /// The inverse of [`Date::to_days`], clamped to the supported years.
    fn from_days(days: i64) -> Date {
        // All of the following is non-negative: day 0 is 0000-03-01, before the first supported day.
        let days = days.clamp(FIRST_DAY, LAST_DAY) + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        Date { year: year as u16, month: month as u8, day: day as u8 }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A date literal of the generated tables, whose test has checked that the calendar has it.
pub(super) const fn date(year: u16, month: u8, day: u8) -> Date {
    Date { year, month, day }
}

const fn days_in(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    #[test]
    fn only_real_days_in_full_iso_form_parse() {
        assert_eq!(Date::parse("2026-11-20"), Date::new(2026, 11, 20));
        assert_eq!(Date::parse("2028-02-29"), Date::new(2028, 2, 29));
        assert!(Date::parse("2028-02-29").is_some());
        let wrong =
            ["", "2026", "2026-11", "2026-1-20", "2026-11-20T00", "2026-02-29", "1900-02-29", "2026-13-01"];
        let odd = [
            "2026-00-10",
            "2026-04-31",
            "0000-01-01",
            "+026-01-01",
            "2026-11-20-",
            "２０２６-11-20",
            "2026-11-00",
        ];
        for text in wrong.into_iter().chain(odd) {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    #[test]
    fn dates_print_as_iso_and_order_by_time() {
        assert_eq!(day("0099-01-02").to_string(), "0099-01-02");
        assert!(day("2026-11-30") < day("2026-12-01"));
        assert!(day("2026-12-31") < day("2027-01-01"));
    }

    #[test]
    fn distances_count_leap_days() {
        assert_eq!(day("2027-02-28").days_until(day("2027-03-01")), 1);
        assert_eq!(day("2028-02-28").days_until(day("2028-03-01")), 2);
        assert_eq!(day("2100-02-28").days_until(day("2100-03-01")), 1);
        assert_eq!(day("1970-01-01").days_until(day("2026-11-20")), 20_777);
        assert_eq!(day("2026-11-20").days_until(day("2026-11-19")), -1);
    }

    #[test]
    fn adding_days_inverts_the_distance_for_every_day_of_four_centuries() {
        let start = day("1999-12-31");
        let mut last = start;
        for n in 1..=146_097 {
            let next = start.add_days(n);
            assert_eq!(Date::new(next.year, next.month, next.day), Some(next));
            assert!(last < next);
            assert_eq!(start.days_until(next), n);
            last = next;
        }
        assert_eq!(last, day("2399-12-31"));
    }

    #[test]
    fn arithmetic_stops_at_the_ends_of_the_calendar() {
        assert_eq!(day("2026-11-20").add_days(i64::MAX), day("9999-12-31"));
        assert_eq!(day("2026-11-20").add_days(i64::MIN), day("0001-01-01"));
        assert_eq!(day("0001-01-01").add_days(0), day("0001-01-01"));
        assert_eq!(day("9999-12-31").add_days(0), day("9999-12-31"));
    }

    #[test]
    fn today_is_a_real_day_after_this_was_written() {
        let today = Date::today();
        assert_eq!(Date::new(today.year, today.month, today.day), Some(today));
        assert!(today.year >= 2024);
    }
}
