//! Which month of a time zone an instant lies in. The zones are part of the program, so that all
//! machines agree.

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};

use crate::time::Instant;

/// A name that is no time zone of the IANA database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone of this name; give one such as Europe/Istanbul")]
pub struct UnknownZone;

/// Tells months of one time zone. Many instants of one month in a row cost little.
#[derive(Debug, Clone)]
pub struct Months {
    zone: TimeZone,
    last: Option<Month>,
}

#[derive(Debug, Clone)]
struct Month {
    start: i64,
    end: i64,
    name: String,
}

impl Months {
    /// Those of the time zone with this name.
    pub fn in_zone(name: &str) -> Result<Self, UnknownZone> {
        let zone = TimeZoneDatabase::bundled().get(name).map_err(|_| UnknownZone)?;
        Ok(Self { zone, last: None })
    }

    /// The month of an instant, such as `2026-11`; empty for what no calendar reaches.
    pub fn of(&mut self, at: Instant) -> &str {
        let at = at.as_micros();
        let known = self.last.take().filter(|month| (month.start..month.end).contains(&at));
        let month = known.or_else(|| month_of(&self.zone, at));
        let nameless = || Month { start: at, end: at, name: String::new() };
        &self.last.insert(month.unwrap_or_else(nameless)).name
    }
}

fn month_of(zone: &TimeZone, micros: i64) -> Option<Month> {
    let at = Timestamp::from_microsecond(micros).ok()?.to_zoned(zone.clone());
    let first = at.first_of_month().ok()?.start_of_day().ok()?;
    let next = first.date().checked_add(1.month()).ok()?.to_zoned(zone.clone()).ok()?;
    Some(Month {
        start: first.timestamp().as_microsecond(),
        end: next.timestamp().as_microsecond(),
        name: format!("{:04}-{:02}", first.year(), first.month()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        let at: Timestamp = text.parse().unwrap();
        Instant::from_micros(at.as_microsecond())
    }

    #[test]
    fn the_same_instant_lies_in_different_months() {
        let instant = at("2026-10-31T22:30:00Z");
        let cases =
            [("UTC", "2026-10"), ("Europe/Istanbul", "2026-11"), ("America/New_York", "2026-10")];
        for (zone, month) in cases {
            let mut months = Months::in_zone(zone).unwrap();
            assert_eq!(months.of(instant), month, "{zone}");
            assert_eq!(months.of(at("2026-11-30T12:00:00Z")), "2026-11", "{zone}");
            assert_eq!(months.of(instant), month, "{zone}");
        }
        assert_eq!(Months::in_zone("Mars/Olympus").unwrap_err(), UnknownZone);
    }

    #[test]
    fn months_end_where_the_next_begins_whatever_the_clocks_do() {
        let mut months = Months::in_zone("America/Sao_Paulo").unwrap();
        assert_eq!(months.of(at("2017-11-01T01:59:59Z")), "2017-10");
        assert_eq!(months.of(at("2017-11-01T02:00:00Z")), "2017-11");
        assert_eq!(months.of(Instant::from_micros(i64::MAX)), "");
    }
}
