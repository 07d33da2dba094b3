//! The Persian calendar, and the days of months. No clock.

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// The year.
    pub year: i32,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day of the month, from 1.
    pub day: u8,
}

/// The days from 0000-03-01 to the first day of Persian year 1.
const PERSIAN_EPOCH: i64 = 227_200;

impl Day {
    /// A day that exists.
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        (day >= 1 && day <= days_of_month(year, month)?).then_some(Self { year, month, day })
    }

    /// The day of a date of the Persian calendar.
    pub fn of_persian(year: i32, month: u8, day: u8) -> Option<Self> {
        let last = match month {
            1..=6 => 31,
            7..=11 => 30,
            12 if is_persian_leap(year) => 30,
            12 => 29,
            _ => return None,
        };
        if !(1..=last).contains(&day) || !(1..=3000).contains(&year) {
            return None;
        }
        let before = i64::from(month - 1);
        let in_year = if before <= 6 { before * 31 } else { before * 30 + 6 };
        let days = persian_new_year(year) + in_year + i64::from(day) - 1;
        Some(Self::of_number(days))
    }

    /// The same day in the Persian calendar: year, month and day.
    pub fn to_persian(self) -> (i32, u8, u8) {
        let number = self.number();
        let mut year = self.year - 621;
        if persian_new_year(year) > number {
            year -= 1;
        }
        let in_year = number - persian_new_year(year);
        let (month, day) = match in_year {
            0..186 => (in_year / 31, in_year % 31),
            _ => (6 + (in_year - 186) / 30, (in_year - 186) % 30),
        };
        (year, month as u8 + 1, day as u8 + 1)
    }

    /// The number of days since 0000-03-01 (proleptic Gregorian).
    pub fn number(self) -> i64 {
        let shifted = i64::from(self.month) - 3;
        let (year, month) = match shifted {
            0.. => (i64::from(self.year), shifted),
            _ => (i64::from(self.year) - 1, shifted + 12),
        };
        let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        year * 365 + leaps + (month * 153 + 2) / 5 + i64::from(self.day) - 1
    }

    /// The day of a number of days since 0000-03-01.
    pub fn of_number(number: i64) -> Self {
        let era = number.div_euclid(146_097);
        let in_era = number.rem_euclid(146_097);
        let year = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
        let in_year = in_era - (365 * year + year / 4 - year / 100);
        let shifted = (5 * in_year + 2) / 153;
        let day = in_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = era * 400 + year + i64::from(month <= 2);
        Self { year: year as i32, month: month as u8, day: day as u8 }
    }

    /// The day of the week, Monday 0 to Sunday 6.
    pub fn weekday(self) -> u8 {
        // 0000-03-01 was a Wednesday.
        (self.number() + 2).rem_euclid(7) as u8
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// How many days a month has.
pub fn days_of_month(year: i32, month: u8) -> Option<u8> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    Some(match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    })
}

/// Whether a Persian year has 366 days, by the cycle of 33 years, which is exact for 1244 to 1502.
fn is_persian_leap(year: i32) -> bool {
    matches!(year.rem_euclid(33), 1 | 5 | 9 | 13 | 17 | 22 | 26 | 30)
}

/// The number of the first day of a Persian year.
fn persian_new_year(year: i32) -> i64 {
    let before = i64::from(year) - 1;
    let (cycles, rest) = (before.div_euclid(33), before.rem_euclid(33) as i32);
    let leaps = (1..=rest).filter(|year| is_persian_leap(*year)).count() as i64;
    PERSIAN_EPOCH + before * 365 + cycles * 8 + leaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_persian_calendar_agrees_with_known_days() {
        for (persian, iso) in [
            ((1405, 9, 1), "2026-11-22"),
            ((1404, 9, 14), "2025-12-05"),
            ((1403, 12, 30), "2025-03-20"),
            ((1404, 1, 1), "2025-03-21"),
            ((1399, 12, 30), "2021-03-20"),
            ((1357, 11, 22), "1979-02-11"),
        ] {
            let day = Day::of_persian(persian.0, persian.1, persian.2).unwrap();
            assert_eq!(day.to_string(), iso);
            assert_eq!(day.to_persian(), persian);
        }
        assert_eq!(Day::of_persian(1404, 12, 30), None, "no leap year");
    }

    #[test]
    fn every_day_comes_back_from_its_number() {
        for number in (700_000..760_000).step_by(7) {
            let day = Day::of_number(number);
            assert_eq!(day.number(), number);
            let (year, month, date) = day.to_persian();
            assert_eq!(Day::of_persian(year, month, date), Some(day));
        }
        assert_eq!(Day::new(2026, 11, 22).unwrap().weekday(), 6, "a Sunday");
        assert_eq!(Day::new(2026, 2, 29), None);
    }
}
