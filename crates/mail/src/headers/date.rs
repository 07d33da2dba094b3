//! The `Date` header, in the shapes that mailers of forty years wrote it.

use mail_parser::DateTime;

use crate::headers::plain;

const MICROS: i64 = 1_000_000;
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// A date in microseconds since the epoch, or nothing when it is none.
pub fn parse(value: &[u8]) -> Option<i64> {
    let text = without_comments(&plain(value));
    let seconds = seconds(&text)?;
    seconds.checked_mul(MICROS)
}

/// Comments name the zone a second time, or hold anything else.
fn without_comments(text: &str) -> String {
    let mut depth = 0usize;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

/// What has been understood of a date so far.
#[derive(Default)]
struct Found {
    day: Option<u8>,
    month: Option<u8>,
    year: Option<u16>,
    time: Option<(u8, u8, u8)>,
    zone: Option<i64>,
    afternoon: Option<bool>,
}

/// `Wed, 1 May 2024 10:00:00 +0300` and its relatives; the order of day, month
/// and year does not matter as long as the month is a word. `2024-05-01` is
/// read as well.
fn seconds(text: &str) -> Option<i64> {
    let mut found = Found::default();
    let spaced = tighten_colons(&text.replace(',', " "));
    for token in spaced.split_whitespace() {
        found.take(token);
    }
    found.seconds()
}

/// `09 :  55` is written without blanks.
fn tighten_colons(text: &str) -> String {
    let pieces: Vec<&str> = text.split(':').map(str::trim).collect();
    pieces.join(":")
}

impl Found {
    fn take(&mut self, token: &str) {
        if let Some((date, time)) = token.split_once('T').filter(|(date, _)| is_iso(date)) {
            self.take_iso(date);
            return self.take_time(time);
        }
        if token.contains(':') {
            return self.take_time(token);
        }
        if is_iso(token) {
            return self.take_iso(token);
        }
        // `01-May-2024`, but not `-0300`.
        let dashed = token.contains('-') && token.contains(|c: char| c.is_ascii_alphabetic());
        if dashed && self.month.is_none() && token.split('-').count() == 3 {
            return token.split('-').for_each(|piece| self.take(piece));
        }
        match token.parse::<u16>() {
            Ok(number) if !token.starts_with(['+', '-']) => self.take_number(token, number),
            _ => self.take_word(token),
        }
    }

    fn take_iso(&mut self, token: &str) {
        let mut pieces = token.split(['-', '/']);
        self.year = pieces.next().and_then(|year| year.parse().ok());
        self.month = pieces.next().and_then(|month| month.parse().ok());
        self.day = pieces.next().and_then(|day| day.parse().ok());
    }

    fn take_number(&mut self, token: &str, number: u16) {
        let is_day = token.len() <= 2 && (1..=31).contains(&number) && self.day.is_none();
        if is_day {
            self.day = u8::try_from(number).ok();
        } else if self.year.is_none() {
            self.year = full_year(token, number);
        } else if self.zone.is_none() && token.len() == 4 && self.time.is_some() {
            self.zone = zone(&format!("+{token}"));
        }
    }

    fn take_word(&mut self, token: &str) {
        let word = token.trim_end_matches('.').to_ascii_lowercase();
        let month = MONTHS.iter().position(|month| word.starts_with(month));
        match (month, word.as_str()) {
            (Some(month), _) if self.month.is_none() => self.month = u8::try_from(month + 1).ok(),
            (_, "am") => self.afternoon = Some(false),
            (_, "pm") => self.afternoon = Some(true),
            _ => self.zone = self.zone.or_else(|| zone(token)),
        }
    }

    fn take_time(&mut self, token: &str) {
        if self.time.is_some() {
            self.zone = self.zone.or_else(|| zone(&token.replace(':', "")));
            return;
        }
        let clock_end = token.find(|c: char| !matches!(c, '0'..='9' | ':' | '.'));
        let (clock, tail) = token.split_at(clock_end.unwrap_or(token.len()));
        let clock = clock.split('.').next().unwrap_or(clock);
        let mut pieces = clock.split(':').map(str::parse::<u8>);
        let (hour, minute) = (pieces.next(), pieces.next());
        let second = pieces.next().and_then(Result::ok).unwrap_or(0);
        if let (Some(Ok(hour)), Some(Ok(minute))) = (hour, minute) {
            self.time = Some((hour, minute, second));
        }
        if !tail.is_empty() {
            self.take_word(&tail.replace(':', ""));
        }
    }

    fn seconds(self) -> Option<i64> {
        let (hour, minute, second) = self.time.unwrap_or_default();
        let date = DateTime {
            year: self.year?,
            month: self.month?,
            day: self.day?,
            hour: match self.afternoon {
                Some(true) if hour < 12 => hour + 12,
                Some(false) if hour == 12 => 0,
                _ => hour,
            },
            minute,
            // A leap second counts as the second before it.
            second: second.min(59),
            tz_before_gmt: false,
            tz_hour: 0,
            tz_minute: 0,
        };
        let local = date.is_valid().then(|| date.to_timestamp())?;
        Some(local - self.zone.unwrap_or(0))
    }
}

/// `2024-05-01` or `2024/05/01`.
fn is_iso(token: &str) -> bool {
    let lengths: Vec<usize> = token.split(['-', '/']).map(str::len).collect();
    let is_date = matches!(lengths.as_slice(), [4, 1..=2, 1..=2]);
    is_date && token.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'/'))
}

/// Two-digit years are read as RFC 5322 says; `103` was written for 2003.
fn full_year(token: &str, number: u16) -> Option<u16> {
    match token.len() {
        4 => Some(number),
        3 => Some(1900 + number),
        2 => Some(if number < 50 { 2000 + number } else { 1900 + number }),
        _ => None,
    }
}

/// Seconds east of Greenwich.
fn zone(token: &str) -> Option<i64> {
    let (sign, digits) = match token.split_at_checked(1) {
        Some(("+", digits)) => (1, digits),
        Some(("-", digits)) => (-1, digits),
        _ => return named_zone(token),
    };
    let number: i64 = digits.parse().ok()?;
    let (hours, minutes) =
        if digits.len() <= 2 { (number, 0) } else { (number / 100, number % 100) };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn named_zone(name: &str) -> Option<i64> {
    let hours = match name.to_ascii_uppercase().as_str() {
        "UT" | "UTC" | "GMT" | "Z" => 0,
        "EST" | "CDT" => -5,
        "EDT" => -4,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        "BST" | "CET" | "MEZ" | "WEST" => 1,
        "CEST" | "MESZ" | "EET" => 2,
        "EEST" | "MSK" | "TRT" => 3,
        "JST" | "KST" => 9,
        "AEST" => 10,
        _ => return None,
    };
    Some(hours * 3600)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2024-05-01T07:00:00Z.
    const MAY: i64 = 1_714_546_800 * MICROS;

    #[test]
    fn many_shapes_are_one_instant() {
        for date in [
            "Wed, 1 May 2024 10:00:00 +0300",
            "1 May 2024 10:00 +0300",
            "Wed, 01-May-24 07:00:00 GMT",
            "Wed (day), 1 May (month (nested)) 2024 10:00:00 +0300 (TRT)",
            "Wed May  1 07:00:00 2024",
            "Wed, 1 May 2024 10:00:00 +03:00",
            "Wed, 1 May 2024 10:00:00 AM +0300",
            "2024-05-01T07:00:00Z",
            "2024-05-01 10:00:00 +0300",
            "2024-05-01T10:00:00.123+03:00",
        ] {
            assert_eq!(parse(date.as_bytes()), Some(MAY), "{date}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for date in ["", "yesterday", "32 Foo 2024", "1 May", "99:99"] {
            assert_eq!(parse(date.as_bytes()), None, "{date}");
        }
    }
}
