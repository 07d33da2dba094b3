//! Dates: written with digits or with the name of the month, Gregorian or Persian.

use super::calendar::Day;
use super::words::{Class, Words};
use super::{FactKind, Found, Rank};

/// What a date says.
#[derive(Debug, PartialEq, Eq)]
pub struct Written {
    /// `2026-03-14`, `--03-14` without a year, or as written where day and month cannot be told apart.
    pub value: String,
    /// The day, when the year is told.
    pub day: Option<Day>,
    /// The word behind it.
    pub next: usize,
}

#[derive(Clone, Copy)]
enum Month {
    Gregorian(u8),
    Persian(u8),
}

/// Folded names of the months, in their order.
const NAMES: &[&[&str]] = &[
    &["january", "jan", "ocak", "januar", "janner", "ژانویه"],
    &["february", "feb", "subat", "februar", "فوریه"],
    &["march", "mar", "mart", "marz", "maerz", "مارس"],
    &["april", "apr", "nisan", "اوریل"],
    &["may", "mayis", "mai", "مه"],
    &["june", "jun", "haziran", "juni", "ژوین", "ژوئن", "ژوین"],
    &["july", "jul", "temmuz", "juli", "ژوییه", "ژوئیه", "جولای"],
    &["august", "aug", "agustos", "اوت", "اگوست"],
    &["september", "sep", "sept", "eylul", "سپتامبر"],
    &["october", "oct", "ekim", "oktober", "okt", "اکتبر"],
    &["november", "nov", "kasim", "نوامبر"],
    &["december", "dec", "aralik", "dezember", "dez", "دسامبر"],
];

/// Folded names of the Persian months, in their order.
const PERSIAN: &[&str] = &[
    "فروردین",
    "اردیبهشت",
    "خرداد",
    "تیر",
    "مرداد",
    "شهریور",
    "مهر",
    "ابان",
    "اذر",
    "دی",
    "بهمن",
    "اسفند",
];

fn month_of(word: &str) -> Option<Month> {
    let place = |at: usize| u8::try_from(at + 1).ok();
    if let Some(at) = NAMES.iter().position(|names| names.contains(&word)) {
        return place(at).map(Month::Gregorian);
    }
    PERSIAN.iter().position(|name| *name == word).and_then(place).map(Month::Persian)
}

/// A small number, also as an English ordinal ("3rd").
fn small(words: &Words<'_>, i: usize) -> Option<u8> {
    let text = words.folded(i);
    let digits =
        ["st", "nd", "rd", "th"].iter().find_map(|end| text.strip_suffix(end)).unwrap_or(text);
    let fits = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| digits.parse().ok()).flatten()
}

fn year(words: &Words<'_>, i: usize) -> Option<i32> {
    let text = words.folded(i);
    let plausible = |year: &i32| (1900..=2100).contains(year) || (1300..=1499).contains(year);
    if text.len() == 4 && words.class(i) == Class::Digits {
        text.parse().ok().filter(plausible)
    } else {
        None
    }
}

/// A year of either calendar, a month and a day.
fn day_of(year: i32, month: u8, day: u8) -> Option<Day> {
    if year < 1500 { Day::of_persian(year, month, day) } else { Day::new(year, month, day) }
}

/// The date that begins at word `i`.
pub fn date_at(words: &Words<'_>, i: usize) -> Option<Written> {
    in_digits(words, i).or_else(|| day_first(words, i)).or_else(|| month_first(words, i))
}

/// `2026-03-14`, `14.03.2026`, `1405/09/01`.
fn in_digits(words: &Words<'_>, i: usize) -> Option<Written> {
    let mark = words.folded(i + 1);
    let whole = matches!(mark, "." | "/" | "-")
        && words.folded(i + 3) == mark
        && (i..i + 4).all(|at| words.touches_next(at))
        && [i, i + 2, i + 4].iter().all(|at| words.class(*at) == Class::Digits);
    // A fourth part makes it something else, such as a number of an order.
    let more =
        words.touches_next(i + 4) && words.folded(i + 5) == mark && words.touches_next(i + 5);
    let joined =
        i > 0 && words.touches_next(i - 1) && matches!(words.folded(i - 1), "-" | "/" | ".");
    if !whole || more || joined {
        return None;
    }
    let next = i + 5;
    if let Some(year) = year(words, i) {
        let day = day_of(year, small(words, i + 2)?, small(words, i + 4)?)?;
        return Some(Written { value: day.to_string(), day: Some(day), next });
    }
    let (first, second, year) = (small(words, i)?, small(words, i + 2)?, year(words, i + 4)?);
    // "03/04/2026" is one day in London and another in New York.
    if mark == "/" && first <= 12 && second <= 12 && first != second && year > 1500 {
        return Some(Written { value: words.joined(i, next), day: None, next });
    }
    let day = day_of(year, second, first).or_else(|| day_of(year, first, second))?;
    Some(Written { value: day.to_string(), day: Some(day), next })
}

/// `14 March 2026`, `14. März 2026`, `14th of March`, `۱۴ آذر ۱۴۰۴`.
fn day_first(words: &Words<'_>, i: usize) -> Option<Written> {
    let day = small(words, i)?;
    let mut at = i + 1;
    if matches!(words.folded(at), "." | "of") {
        at += 1;
    }
    let month = month_of(words.folded(at))?;
    finish(words, month, day, at + 1)
}

/// `March 14, 2026`.
fn month_first(words: &Words<'_>, i: usize) -> Option<Written> {
    let month = month_of(words.folded(i)).filter(|_| words.written(i).is_ascii())?;
    // "May 5 of them" and the like: a month is written with a capital.
    if !words.is_capital(i) {
        return None;
    }
    let day = small(words, i + 1)?;
    finish(words, month, day, i + 2)
}

fn finish(words: &Words<'_>, month: Month, day: u8, mut next: usize) -> Option<Written> {
    let after = if matches!(words.folded(next), "," | "،") { next + 1 } else { next };
    let year = year(words, after);
    if year.is_some() {
        next = after + 1;
    }
    let found = match (month, year) {
        (Month::Gregorian(month), Some(year)) => Some(Day::new(year, month, day)?),
        (Month::Persian(month), Some(year)) => Some(Day::of_persian(year, month, day)?),
        // Without its year a day of the Persian calendar is no certain day of any other.
        (Month::Persian(_), None) => return None,
        (Month::Gregorian(month), None) => {
            Day::new(2024, month, day)?;
            return Some(Written { value: format!("--{month:02}-{day:02}"), day: None, next });
        }
    };
    Some(Written { value: found?.to_string(), day: found, next })
}

/// Words near a date that make it the day of a purchase, folded; a star stands for any ending.
const BOUGHT: &[&str] =
    &["bought", "purchas*", "gekauft", "kaufdatum*", "erworben", "خرید*", "خریدم", "satin"];

fn tells_purchase(words: &Words<'_>, i: usize) -> bool {
    let word = words.folded(i);
    BOUGHT.iter().any(|known| {
        known.strip_suffix('*').map_or(word == *known, |start| word.starts_with(start))
    })
}

/// The fact of a date: the day of a purchase when the sentence says so, else just a date.
pub fn fact(words: &Words<'_>, i: usize, date: &Written) -> Found {
    let before =
        (0..8).map_while(|back| i.checked_sub(back + 1)).take_while(|at| !words.ends_sentence(*at));
    let after = (date.next..date.next + 5).take_while(|at| !words.ends_sentence(*at));
    let bought = before.chain(after).any(|at| tells_purchase(words, at));
    let (kind, rule) = match bought {
        true => (FactKind::PURCHASE_DATE, "date.purchase"),
        false => (FactKind::DATE, "date"),
    };
    let confidence = if date.day.is_some() { 95 } else { 80 };
    let range = words.range(i, date.next);
    Found::new(words.raw, kind, range, date.value.clone(), rule, confidence, Rank::Date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<String> {
        let words = Words::of(text, &[]);
        (0..words.len()).find_map(|i| date_at(&words, i)).map(|date| date.value)
    }

    #[test]
    fn dates_as_people_write_them() {
        for (text, expected) in [
            ("2026-03-14", "2026-03-14"),
            ("14.03.2026", "2026-03-14"),
            ("14/03/2026", "2026-03-14"),
            ("03/14/2026", "2026-03-14"),
            ("03/04/2026", "03/04/2026"),
            ("۱۴۰۵/۰۹/۰۱", "2026-11-22"),
            ("1. Dezember 2025", "2025-12-01"),
            ("March 3rd, 2026", "2026-03-03"),
            ("۱۴ آذر ۱۴۰۴", "2025-12-05"),
            ("21 Ağustos'a", "--08-21"),
        ] {
            assert_eq!(value(text).as_deref(), Some(expected), "{text}");
        }
        for none in ["31.02.2026", "8814-2290-17", "may 5 people come", "10.0.4", "192.168.12.2026"]
        {
            assert_eq!(value(none), None, "{none}");
        }
    }
}
