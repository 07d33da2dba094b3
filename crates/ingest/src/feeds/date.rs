//! Times as feeds write them: RFC 2822 in RSS, RFC 3339 in Atom, and what is close to either.

use jiff::fmt::rfc2822::DateTimeParser;
use throughline_core::time::Instant;

/// What reads the times of RSS; a wrong name of the day says nothing.
static RFC_2822: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);

/// A time; nothing where it cannot be said which one is meant.
pub(super) fn read(text: &str) -> Option<Instant> {
    let text = text.trim();
    let of_mail = || {
        let time = RFC_2822.parse_timestamp(text).ok()?;
        Some(Instant::from_micros(time.as_microsecond()))
    };
    text.parse().ok().or_else(of_mail).or_else(|| of_the_web(text))
}

/// The shorter forms of ISO 8601 that W3C allows: a day, or a time without seconds.
fn of_the_web(text: &str) -> Option<Instant> {
    let (day, time) = match text.split_once('T') {
        Some((day, time)) => (day, time),
        None => (text, "00:00Z"),
    };
    let zone = time.find(['Z', '+', '-'])?;
    let (clock, zone) = time.split_at(zone);
    format!("{day}T{clock}:00{zone}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_each_form() {
        let expected = "2026-11-22T09:30:00Z".parse().ok();
        for form in [
            "Sun, 22 Nov 2026 09:30:00 GMT",
            "Mon, 22 Nov 2026 10:30:00 +0100",
            "22 Nov 2026 04:30:00 EST",
            "Sun, 22 Nov 26 09:30 UT",
            " 2026-11-22T13:00:00+03:30\n",
            "2026-11-22T09:30Z",
            "2026-11-22T10:30+01:00",
        ] {
            assert_eq!(read(form), expected, "{form}");
        }
        assert_eq!(read("2026-11-22"), "2026-11-22T00:00:00Z".parse().ok());
        for bad in ["", "yesterday", "22/11/2026", "2026-11-22T09:30", "T", "2026-13-40"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
