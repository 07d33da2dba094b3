//! The words that tell an agent what is known: "given on 3 March 2026 by phone: 4417". In English,
//! Turkish, Persian and German.

use crate::channel::Channel;
use crate::facts::calendar::Day;
use crate::time::Instant;
use crate::wire::closed_set;

closed_set! {
    /// A language in which agents are told something.
    Tongue, "language" {
        /// English.
        English = 1 "en",
        /// Turkish.
        Turkish = 2 "tr",
        /// Persian.
        Persian = 3 "fa",
        /// German.
        German = 4 "de",
    }
}

impl Tongue {
    /// The first language of an `Accept-Language` that there are words for; English when there is none.
    /// The order of the list counts, its weights do not.
    pub fn accepted(header: &str) -> Self {
        let tag = |part: &str| {
            part.split(['-', ';']).next().unwrap_or_default().trim().to_ascii_lowercase()
        };
        header.split(',').take(20).find_map(|part| tag(part).parse().ok()).unwrap_or(Self::English)
    }
}

/// Microseconds of a day.
const DAY: i64 = 24 * 3600 * 1_000_000;
/// The days from 0000-03-01 to 1970-01-01.
const EPOCH: i64 = 719_468;

const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const TURKISH: [&str; 12] = [
    "Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran", "Temmuz", "Ağustos", "Eylül", "Ekim",
    "Kasım", "Aralık",
];
const PERSIAN: [&str; 12] = [
    "فروردین",
    "اردیبهشت",
    "خرداد",
    "تیر",
    "مرداد",
    "شهریور",
    "مهر",
    "آبان",
    "آذر",
    "دی",
    "بهمن",
    "اسفند",
];
const GERMAN: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

/// The day of an instant at this offset from UTC.
pub fn day_at(at: Instant, offset_minutes: i32) -> Day {
    let local = at.as_micros().saturating_add(i64::from(offset_minutes) * 60_000_000);
    Day::of_number(local.div_euclid(DAY) + EPOCH)
}

/// The instant at which a day begins at this offset from UTC.
pub fn start_of(day: Day, offset_minutes: i32) -> Instant {
    Instant::from_micros((day.number() - EPOCH) * DAY - i64::from(offset_minutes) * 60_000_000)
}

/// "given on 3 March 2026 by phone: 4417". The day is that of UTC.
pub fn given(tongue: Tongue, said_at: Instant, channel: Channel, display: &str) -> String {
    let day = date(tongue, day_at(said_at, 0));
    let by = by_channel(tongue, channel);
    match tongue {
        Tongue::English => format!("given on {day} {by}: {display}"),
        Tongue::Turkish => format!("{day} tarihinde {by} bildirildi: {display}"),
        Tongue::Persian => format!("در {day} {by} گفته شده: {display}"),
        Tongue::German => format!("am {day} {by} mitgeteilt: {display}"),
    }
}

/// A date in words; in Persian by the Persian calendar.
pub fn date(tongue: Tongue, day: Day) -> String {
    let Day { year, month, day: date } = day;
    let name = |names: [&'static str; 12], month: u8| {
        names.get(usize::from(month).saturating_sub(1)).copied().unwrap_or_default()
    };
    match tongue {
        Tongue::English => format!("{date} {} {year}", name(ENGLISH, month)),
        Tongue::Turkish => format!("{date} {} {year}", name(TURKISH, month)),
        Tongue::German => format!("{date}. {} {year}", name(GERMAN, month)),
        Tongue::Persian => {
            let (year, month, date) = day.to_persian();
            persian_digits(&format!("{date} {} {year}", name(PERSIAN, month)))
        }
    }
}

fn persian_digits(text: &str) -> String {
    let digit = |c: char| match c.to_digit(10) {
        Some(value) => char::from_u32(0x6f0 + value).unwrap_or(c),
        None => c,
    };
    text.chars().map(digit).collect()
}

fn by_channel(tongue: Tongue, channel: Channel) -> &'static str {
    let words = match channel {
        Channel::Email => ["by e-mail", "e-postayla", "با ایمیل", "per E-Mail"],
        Channel::Api => ["by a form", "formla", "با فرم", "über ein Formular"],
        Channel::Chat => ["by chat", "sohbetle", "در گفتگوی آنلاین", "im Chat"],
        Channel::Phone => ["by phone", "telefonla", "با تلفن", "am Telefon"],
        Channel::Social => {
            ["on social media", "sosyal medyada", "در شبکه اجتماعی", "in sozialen Medien"]
        }
        Channel::Review => {
            ["in a review", "bir değerlendirmede", "در یک نظر", "in einer Bewertung"]
        }
        Channel::Survey => ["in a survey", "bir ankette", "در یک نظرسنجی", "in einer Umfrage"],
        Channel::Event => ["by an event", "bir olayla", "با یک رویداد", "durch ein Ereignis"],
    };
    let at = match tongue {
        Tongue::English => 0,
        Tongue::Turkish => 1,
        Tongue::Persian => 2,
        Tongue::German => 3,
    };
    words.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_told_in_four_languages() {
        let at: Instant = "2026-03-03T10:00:00Z".parse().unwrap();
        let told = |tongue| given(tongue, at, Channel::Phone, "4417");
        assert_eq!(told(Tongue::English), "given on 3 March 2026 by phone: 4417");
        assert_eq!(told(Tongue::Turkish), "3 Mart 2026 tarihinde telefonla bildirildi: 4417");
        assert_eq!(told(Tongue::Persian), "در ۱۲ اسفند ۱۴۰۴ با تلفن گفته شده: 4417");
        assert_eq!(told(Tongue::German), "am 3. März 2026 am Telefon mitgeteilt: 4417");
    }

    #[test]
    fn the_first_known_language_is_taken() {
        assert_eq!(Tongue::accepted("pl, tr-TR;q=0.8, en"), Tongue::Turkish);
        assert_eq!(Tongue::accepted(""), Tongue::English);
    }

    #[test]
    fn days_begin_at_midnight_of_their_place() {
        let at: Instant = "2026-03-03T22:30:00Z".parse().unwrap();
        assert_eq!(day_at(at, 0).to_string(), "2026-03-03");
        assert_eq!(day_at(at, 180).to_string(), "2026-03-04");
        assert_eq!(start_of(day_at(at, 180), 180).to_string(), "2026-03-03T21:00:00.000000Z");
    }
}
