//! Times as logs write them: instants, and times of a clock on the wall, which come twice or never on two
//! days of a year.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::fmt::{rfc2822, strtime};
use jiff::tz::{AmbiguousOffset, AmbiguousTimestamp, TimeZone};
use throughline_core::call::{DstPolicy, TimeQuality};
use throughline_core::time::Instant;

/// The clock on the wall beside a phone system.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    /// Absent where nobody named one: then only instants are read.
    zone: Option<TimeZone>,
    name: String,
    policy: DstPolicy,
}

/// A time that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub at: Instant,
    pub quality: TimeQuality,
}

impl Moment {
    fn exact(at: Timestamp) -> Self {
        Self { at: Instant::from_micros(at.as_microsecond()), quality: TimeQuality::Exact }
    }
}

/// Of what an epoch counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Epoch {
    Seconds,
    Millis,
    Micros,
}

impl Clock {
    /// The clock of a zone by its IANA name; `None` if there is no such zone. Without a name it reads only
    /// instants.
    pub(super) fn new(name: &str, policy: DstPolicy) -> Option<Self> {
        let zone = match name {
            "" => None,
            name => Some(TimeZone::get(name).ok()?),
        };
        Some(Self { zone, name: name.to_owned(), policy })
    }

    /// Reads a time in a format: `iso`, `rfc2822`, `epoch`, `epoch_ms` or a pattern of strftime.
    pub(super) fn read(&self, text: &str, format: &str) -> Result<Moment, String> {
        match format {
            "" | "iso" => self.iso(text),
            "rfc2822" => mail_date(text),
            "epoch" => epoch(text, Epoch::Seconds),
            "epoch_ms" => epoch(text, Epoch::Millis),
            pattern => self.pattern(text, pattern),
        }
    }

    /// Such as `2026-03-29 01:59:58`, with or without decimals, and with an offset or without.
    fn iso(&self, text: &str) -> Result<Moment, String> {
        if let Ok(at) = text.parse::<Timestamp>() {
            return Ok(Moment::exact(at));
        }
        match text.parse::<DateTime>() {
            Ok(time) if text.contains(':') => self.local(time, text),
            _ => Err(unreadable(text, "such as 2026-03-29 01:59:58")),
        }
    }

    fn pattern(&self, text: &str, pattern: &str) -> Result<Moment, String> {
        let bad = || unreadable(text, &format!("as {pattern}"));
        let parts = strtime::parse(pattern, text).map_err(|_| bad())?;
        if BrokenDownTime::offset(&parts).is_some() {
            return parts.to_timestamp().map(Moment::exact).map_err(|_| bad());
        }
        self.local(parts.to_datetime().map_err(|_| bad())?, text)
    }

    fn local(&self, time: DateTime, text: &str) -> Result<Moment, String> {
        let Some(zone) = &self.zone else {
            return Err(format!(
                "{text} has no offset; name the time zone of the phone system's clock"
            ));
        };
        let found = zone.to_ambiguous_timestamp(time);
        let quality = match AmbiguousTimestamp::offset(&found) {
            AmbiguousOffset::Unambiguous { .. } => TimeQuality::Local,
            AmbiguousOffset::Gap { .. } => TimeQuality::ShiftedDst,
            AmbiguousOffset::Fold { .. } => TimeQuality::AmbiguousDst,
        };
        let at = match (quality, self.policy) {
            (TimeQuality::Local, _) => found.unambiguous(),
            (_, DstPolicy::Reject) => return Err(self.refused(text, quality)),
            (_, DstPolicy::Earlier) => found.earlier(),
            (_, DstPolicy::Later) => found.later(),
        };
        let at = at.map_err(|_| unreadable(text, "of a year between 1 and 9999"))?;
        Ok(Moment { quality, ..Moment::exact(at) })
    }

    fn refused(&self, text: &str, quality: TimeQuality) -> String {
        let times = match quality {
            TimeQuality::ShiftedDst => "did not exist",
            _ => "came twice",
        };
        format!(
            "{text} {times} in {}, since the clocks were changed; \
             choose the policy earlier or later to take it",
            self.name
        )
    }
}

/// A date as in mails, such as `Fri, 18 Oct 2019 17:00:00 +0000`.
pub(super) fn mail_date(text: &str) -> Result<Moment, String> {
    let parsed = rfc2822::DateTimeParser::new().parse_timestamp(text.trim());
    parsed
        .map(Moment::exact)
        .map_err(|_| unreadable(text, "such as Fri, 18 Oct 2019 17:00:00 +0000"))
}

/// A count since 1970, with decimals or without.
pub(super) fn epoch(text: &str, unit: Epoch) -> Result<Moment, String> {
    let bad = || unreadable(text, "as a number since 1970");
    let (whole, decimals) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(decimals) {
        return Err(bad());
    }
    let places = match unit {
        Epoch::Seconds => 6,
        Epoch::Millis => 3,
        Epoch::Micros => 0,
    };
    let decimals: String = decimals.chars().chain("000000".chars()).take(places).collect();
    let micros = format!("{whole}{decimals}").parse().map_err(|_| bad())?;
    Timestamp::from_microsecond(micros).map(Moment::exact).map_err(|_| bad())
}

/// Whether a text stands for no time, as databases and switches write it.
pub(super) fn is_no_time(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || text == "0" || text.starts_with("0000-00-00") || text == "-" || text == "--"
}

fn unreadable(text: &str, expected: &str) -> String {
    let text: String = text.chars().take(40).collect();
    format!("'{text}' is not a time; expected one {expected}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, policy: DstPolicy) -> Result<(String, TimeQuality), String> {
        let clock = Clock::new("Europe/Berlin", policy).unwrap();
        clock.read(text, "iso").map(|m| (m.at.to_string(), m.quality))
    }

    fn ok(at: &str, quality: TimeQuality) -> Result<(String, TimeQuality), String> {
        Ok((format!("{at}.000000Z"), quality))
    }

    #[test]
    fn times_around_a_change_of_clocks_are_read_by_the_policy() {
        use DstPolicy::{Earlier, Later, Reject};
        use TimeQuality::{AmbiguousDst, Local, ShiftedDst};
        for policy in [Reject, Earlier, Later] {
            assert_eq!(read("2026-03-29 01:59:58", policy), ok("2026-03-29T00:59:58", Local));
            assert_eq!(read("2026-03-29 03:00:10", policy), ok("2026-03-29T01:00:10", Local));
            assert_eq!(read("2026-10-25 01:59:59", policy), ok("2026-10-24T23:59:59", Local));
        }
        assert_eq!(read("2026-03-29 02:30:00", Earlier), ok("2026-03-29T00:30:00", ShiftedDst));
        assert_eq!(read("2026-03-29 02:30:00", Later), ok("2026-03-29T01:30:00", ShiftedDst));
        assert_eq!(read("2026-10-25 02:30:00", Earlier), ok("2026-10-25T00:30:00", AmbiguousDst));
        assert_eq!(read("2026-10-25 02:30:00", Later), ok("2026-10-25T01:30:00", AmbiguousDst));
        let gap = read("2026-03-29 02:30:00", Reject).unwrap_err();
        assert!(gap.contains("did not exist in Europe/Berlin"), "{gap}");
        let fold = read("2026-10-25 02:30:00", Reject).unwrap_err();
        assert!(fold.contains("came twice in Europe/Berlin"), "{fold}");
    }

    #[test]
    fn instants_need_no_zone_and_are_exact() {
        let clock = Clock::new("Asia/Tehran", DstPolicy::Reject).unwrap();
        for (text, format, expected) in [
            ("2026-10-25T02:30:00+01:00", "iso", "2026-10-25T01:30:00.000000Z"),
            ("2026-10-25 02:30:00Z", "", "2026-10-25T02:30:00.000000Z"),
            ("Fri, 18 Oct 2019 17:00:00 +0000", "rfc2822", "2019-10-18T17:00:00.000000Z"),
            ("1362424276.123456", "epoch", "2013-03-04T19:11:16.123456Z"),
            ("1362424276123", "epoch_ms", "2013-03-04T19:11:16.123000Z"),
            ("25.10.2026 02:30 +0200", "%d.%m.%Y %H:%M %z", "2026-10-25T00:30:00.000000Z"),
        ] {
            let moment = clock.read(text, format).unwrap();
            assert_eq!(moment.quality, TimeQuality::Exact, "{text}");
            assert_eq!(moment.at.to_string(), expected, "{text}");
        }
        let local = clock.read("25.10.2026 02:30", "%d.%m.%Y %H:%M").unwrap();
        assert_eq!(local.at.to_string(), "2026-10-24T23:00:00.000000Z");
    }

    #[test]
    fn what_is_no_time_is_said_to_be_none() {
        let clock = Clock::new("UTC", DstPolicy::Reject).unwrap();
        for bad in ["", "yesterday", "2026-02-30 10:00:00", "2026-02-28", "99999999999999999999"] {
            for format in ["iso", "rfc2822", "epoch", "%H:%M"] {
                let read = clock.read(bad, format);
                assert!(read.is_err_and(|why| why.contains("is not a time")), "{bad} {format}");
            }
        }
        assert!(Clock::new("Europe/Nowhere", DstPolicy::Reject).is_none());
        assert!(is_no_time("0000-00-00 00:00:00") && !is_no_time("2026-01-01 00:00:00"));
    }
}
