//! The words around an answer: its subject, and the line above what is quoted.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::inbound::Party;
use crate::time::Instant;

/// What mail programs put before the subject of an answer, in lower case.
const PREFIXES: &[&str] = &[
    "re", "aw", "sv", "vs", "ynt", "yan", "antw", "odp", "res", "rif", "rv", "پاسخ", "رد", "回复",
    "答复", "回覆", "返信", "회신", "отв",
];

/// The subject of an answer: one `Re:`, whatever stood before, and the ticket's number as `[#1042]`
/// when it is given and not there yet.
pub fn reply_subject(subject: &str, is_answer: bool, number: Option<i64>) -> String {
    let plain = without_prefixes(subject.trim());
    let mut all = if is_answer { format!("Re: {plain}") } else { plain.to_owned() };
    if let Some(number) = number {
        let mark = format!("[#{number}]");
        if !all.contains(&mark) {
            all.push(' ');
            all.push_str(&mark);
        }
    }
    all.trim().to_owned()
}

fn without_prefixes(subject: &str) -> &str {
    let mut rest = subject;
    while let Some((head, tail)) = rest.split_once([':', '：']) {
        // Some programs count: "Re[2]: ".
        let word = head.trim().trim_end_matches(|c: char| c.is_ascii_digit() || "[]()".contains(c));
        if !PREFIXES.contains(&word.to_lowercase().as_str()) {
            break;
        }
        rest = tail.trim_start();
    }
    rest
}

/// The line above what is quoted, in the customer's language (BCP 47) where it is one of those known
/// here, else in a form that needs none. Times are in UTC and say so.
///
/// The words are those that large mail services write, which programs know and fold away.
pub fn attribution(language: Option<&str>, at: Instant, who: &Party) -> String {
    let name = who.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let address = &who.address;
    let who = name.map_or_else(|| format!("<{address}>"), |name| format!("{name} <{address}>"));
    let Some(day) = Day::of(at) else { return format!("{who}:") };
    let Day { year, month, date, weekday, time } = &day;
    let primary = language.unwrap_or_default().split('-').next().unwrap_or_default();
    match primary.to_ascii_lowercase().as_str() {
        "en" => {
            let (month, weekday) = (name_of(&ENGLISH_MONTHS, *month), name_of(&ENGLISH, *weekday));
            format!("On {weekday}, {date} {month} {year} at {time} (UTC), {who} wrote:")
        }
        "tr" => {
            let (month, weekday) = (name_of(&TURKISH_MONTHS, *month), name_of(&TURKISH, *weekday));
            format!("{who}, {date} {month} {year} {weekday}, {time} (UTC) tarihinde şunu yazdı:")
        }
        "fa" => {
            let (month, weekday) = (name_of(&PERSIAN_MONTHS, *month), name_of(&PERSIAN, *weekday));
            format!("در تاریخ {weekday} {date} {month} {year} ساعت {time} (UTC)، {who} نوشت:")
        }
        _ => format!("{year:04}-{month:02}-{date:02} {time} UTC, {who}:"),
    }
}

/// A day and a time in UTC. Months and weekdays count from one; the week begins on Monday.
struct Day {
    year: i16,
    month: i8,
    date: i8,
    weekday: i8,
    time: String,
}

impl Day {
    /// `None` outside the years that calendars know.
    fn of(at: Instant) -> Option<Self> {
        let at = Timestamp::from_microsecond(at.as_micros()).ok()?.to_zoned(TimeZone::UTC);
        let weekday = at.weekday().to_monday_one_offset();
        let time = format!("{:02}:{:02}", at.hour(), at.minute());
        Some(Self { year: at.year(), month: at.month(), date: at.day(), weekday, time })
    }
}

fn name_of<'a>(names: &[&'a str], number: i8) -> &'a str {
    let index = usize::try_from(number).unwrap_or_default().saturating_sub(1);
    names.get(index).copied().unwrap_or_default()
}

const ENGLISH: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const ENGLISH_MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const TURKISH: [&str; 7] = ["Pzt", "Sal", "Çar", "Per", "Cum", "Cmt", "Paz"];
const TURKISH_MONTHS: [&str; 12] =
    ["Oca", "Şub", "Mar", "Nis", "May", "Haz", "Tem", "Ağu", "Eyl", "Eki", "Kas", "Ara"];
const PERSIAN: [&str; 7] =
    ["دوشنبه", "سه\u{200C}شنبه", "چهارشنبه", "پنجشنبه", "جمعه", "شنبه", "یکشنبه"];
const PERSIAN_MONTHS: [&str; 12] = [
    "ژانویه",
    "فوریه",
    "مارس",
    "آوریل",
    "مه",
    "ژوئن",
    "ژوئیه",
    "اوت",
    "سپتامبر",
    "اکتبر",
    "نوامبر",
    "دسامبر",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_one_re_and_one_number() {
        assert_eq!(reply_subject("Order", true, Some(7)), "Re: Order [#7]");
        assert_eq!(reply_subject("RE: Ynt: Re[2]: Order [#7]", true, Some(7)), "Re: Order [#7]");
        assert_eq!(reply_subject("پاسخ: سفارش", true, None), "Re: سفارش");
        assert_eq!(reply_subject("Note: read this", true, None), "Re: Note: read this");
        assert_eq!(reply_subject("Order", false, Some(7)), "Order [#7]");
        assert_eq!(reply_subject("", true, None), "Re:");
    }

    #[test]
    fn the_line_above_a_quotation_speaks_the_language_of_its_reader() {
        let at = Instant::from_micros(1_795_338_000_000_000);
        let who = Party { address: "ada@x.com".into(), name: Some("Ada".into()) };
        let line = |language| attribution(language, at, &who);
        assert_eq!(
            line(Some("en-GB")),
            "On Sun, 22 Nov 2026 at 09:00 (UTC), Ada <ada@x.com> wrote:"
        );
        assert_eq!(
            line(Some("tr")),
            "Ada <ada@x.com>, 22 Kas 2026 Paz, 09:00 (UTC) tarihinde şunu yazdı:"
        );
        assert_eq!(
            line(Some("fa-IR")),
            "در تاریخ یکشنبه 22 نوامبر 2026 ساعت 09:00 (UTC)، Ada <ada@x.com> نوشت:"
        );
        assert_eq!(line(None), "2026-11-22 09:00 UTC, Ada <ada@x.com>:");
        let nameless = Party { address: "ada@x.com".into(), name: Some(" ".into()) };
        assert_eq!(attribution(Some("de"), at, &nameless), "2026-11-22 09:00 UTC, <ada@x.com>:");
    }
}
