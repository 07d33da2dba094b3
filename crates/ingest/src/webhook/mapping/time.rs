//! Times as programs write them.

use throughline_core::time::Instant;

use crate::lenient::unix_seconds;

/// An instant in RFC 3339, or in seconds, milliseconds or microseconds since 1970. Which of these a
/// number is, its size tells: as seconds the smallest number of milliseconds lies after the year 5000.
pub(super) fn read(text: &str) -> Option<Instant> {
    let text = text.trim();
    let whole = text.split('.').next().unwrap_or_default();
    let is_number = !whole.is_empty() && whole.bytes().all(|c| c.is_ascii_digit());
    if !is_number {
        return text.parse().ok();
    }
    match whole.parse::<i64>().ok()? {
        ..100_000_000_000 => unix_seconds(text),
        millis @ 100_000_000_000..100_000_000_000_000 => Some(Instant::from_micros(millis * 1000)),
        micros @ 100_000_000_000_000..100_000_000_000_000_000 => Some(Instant::from_micros(micros)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_each_form() {
        let expected = Some("2026-11-22T09:30:00.250Z".parse().unwrap());
        let forms = [
            "2026-11-22T10:30:00.25+01:00",
            "1795339800.25",
            "1795339800250",
            "1795339800250.0",
            "1795339800250000",
        ];
        for form in forms {
            assert_eq!(read(form), expected, "{form}");
        }
        for bad in ["", "yesterday", "2026-11-22", "-5", "1e9", "99999999999999999999"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
