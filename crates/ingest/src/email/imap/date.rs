//! INTERNALDATE (RFC 3501, section 9, `date-time`) as microseconds of Unix time.

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Microseconds since 1970 of `17-Jul-1996 02:44:25 -0700`; `None` for anything that is no such date.
pub(super) fn micros(text: &str) -> Option<i64> {
    let mut words = text.split_whitespace();
    let (date, time, zone) = (words.next()?, words.next()?, words.next()?);
    let mut date = date.split('-');
    let day: i64 = number(date.next()?, 1, 31)?;
    let month = date.next()?.to_ascii_lowercase();
    let month = MONTHS.iter().position(|name| *name == month)? as i64 + 1;
    let year = number(date.next()?, 1, 9999)?;
    let mut time = time.split(':');
    let hour = number(time.next()?, 0, 23)?;
    let minute = number(time.next()?, 0, 59)?;
    let second = number(time.next()?, 0, 60)?;
    let local = days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    Some((local - offset(zone)?) * 1_000_000)
}

fn number(text: &str, least: i64, most: i64) -> Option<i64> {
    text.parse().ok().filter(|value| (least..=most).contains(value))
}

/// Seconds east of Greenwich of `+0200`.
fn offset(zone: &str) -> Option<i64> {
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours = number(zone.get(1..3)?, 0, 14)?;
    let minutes = number(zone.get(3..5)?, 0, 59)?;
    Some(sign * (hours * 3600 + minutes * 60))
}

/// Days of the Gregorian calendar, counted in years that begin in March so that a leap day is the last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let leap_days = year / 4 - year / 100 + year / 400;
    year * 365 + leap_days + (month * 306 + 5) / 10 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_dates() {
        assert_eq!(micros(" 1-Jan-1970 00:00:00 +0000"), Some(0));
        assert_eq!(micros("17-Jul-1996 02:44:25 -0700"), Some(837_596_665_000_000));
        assert_eq!(micros("29-Feb-2024 23:59:59 +0330"), Some(1_709_238_599_000_000));
    }

    #[test]
    fn nonsense_is_no_date() {
        for text in ["", "17-Jul-1996", "32-Jul-1996 00:00:00 +0000", "17-Jul-1996 02:44:25 GMT"] {
            assert_eq!(micros(text), None, "{text}");
        }
        assert_eq!(micros("17-Jul-1996 02:44:25 +ü0"), None);
    }
}
