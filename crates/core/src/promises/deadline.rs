//! Until when: the words for a deadline in English, Turkish, Persian and German.

use crate::facts::calendar::Day;
use crate::facts::day_at as day_in_text;
use crate::facts::words::Words;
use crate::guard::telling::{Tongue, day_at, start_of};
use crate::time::Instant;

const HOUR: i64 = 3600 * 1_000_000;

/// Names of the days of the week from Monday on, folded.
fn weekdays(tongue: Tongue) -> [&'static str; 7] {
    match tongue {
        Tongue::English => {
            ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
        }
        Tongue::Turkish => {
            ["pazartesi", "sali", "carsamba", "persembe", "cuma", "cumartesi", "pazar"]
        }
        Tongue::Persian => ["دوشنبه", "سهشنبه", "چهارشنبه", "پنجشنبه", "جمعه", "شنبه", "یکشنبه"],
        Tongue::German => {
            ["montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"]
        }
    }
}

/// The time until which a sentence promises, if it names one.
pub fn due(
    words: &Words<'_>,
    from: usize,
    to: usize,
    tongue: Tongue,
    sent_at: Instant,
    offset: i32,
) -> Option<Instant> {
    let today = day_at(sent_at, offset);
    (from..to).find_map(|i| {
        if !may_begin(words, i, tongue) {
            return None;
        }
        let until_day =
            |day: Day| start_of(Day::of_number(day.number() + 1), offset).plus_seconds(-1);
        let told = amount(words, i, to, tongue, today, sent_at, &until_day);
        told.or_else(|| named_day(words, i, to, tongue, today).map(until_day))
    })
}

/// Whether a deadline may begin at a word.
fn may_begin(words: &Words<'_>, i: usize, tongue: Tongue) -> bool {
    let word = words.folded(i);
    match tongue {
        Tongue::English => matches!(
            word,
            "by" | "within" | "in" | "before" | "until" | "today" | "tomorrow" | "on"
        ),
        Tongue::Turkish => words.is_word(i),
        Tongue::Persian => matches!(word, "تا" | "ظرف" | "طی" | "فردا" | "امروز"),
        Tongue::German => {
            matches!(word, "bis" | "innerhalb" | "binnen" | "in" | "morgen" | "heute" | "am")
        }
    }
}

/// "within 2 business days", "2 gün içinde", "ظرف ۲ روز", "innerhalb von 2 Tagen".
fn amount(
    words: &Words<'_>,
    i: usize,
    to: usize,
    tongue: Tongue,
    today: Day,
    sent_at: Instant,
    until_day: &dyn Fn(Day) -> Instant,
) -> Option<Instant> {
    let small = |at: usize| number(words.folded(at));
    let (count, unit) = match tongue {
        Tongue::Turkish => (small(i)?, i + 1),
        _ => {
            let at = (i + 1..(i + 4).min(to)).find(|at| small(*at).is_some())?;
            (small(at)?, at + 1)
        }
    };
    let working = matches!(words.folded(unit), "business" | "working" | "is" | "کاری")
        || words.folded(unit + 1) == "کاری";
    let unit =
        if matches!(words.folded(unit), "business" | "working" | "is") { unit + 1 } else { unit };
    let inside = |at: usize| ["icinde", "icerisinde"].contains(&words.folded(at));
    if tongue == Tongue::Turkish && !inside(unit + 1) {
        return None;
    }
    let word = words.folded(unit);
    let starts = |starts: &[&str]| starts.iter().any(|start| word.starts_with(start));
    if starts(&["hour", "saat", "ساعت", "stunde"]) {
        return Some(sent_at.plus_micros(count * HOUR));
    }
    if starts(&["day", "gun", "روز", "tag", "werktag", "arbeitstag"]) {
        let working = working || starts(&["werktag", "arbeitstag"]);
        return Some(until_day(later(today, count, working)));
    }
    starts(&["week", "hafta", "هفته", "woche"]).then(|| until_day(later(today, count * 7, false)))
}

fn number(word: &str) -> Option<i64> {
    let named = match word {
        "one" | "bir" | "یک" | "einem" | "einer" | "eines" => Some(1),
        "two" | "iki" | "دو" | "zwei" => Some(2),
        "three" | "uc" | "سه" | "drei" => Some(3),
        "five" | "bes" | "پنج" | "funf" => Some(5),
        _ => None,
    };
    named.or_else(|| word.parse().ok()).filter(|count| (1..=90).contains(count))
}

/// Later by days; of working days Saturday and Sunday are none.
fn later(today: Day, count: i64, working: bool) -> Day {
    if !working {
        return Day::of_number(today.number() + count);
    }
    let (mut day, mut left) = (today, count);
    while left > 0 {
        day = Day::of_number(day.number() + 1);
        left -= i64::from(day.weekday() < 5);
    }
    day
}

/// "by Friday", "yarına kadar", "تا فردا", "bis morgen", or a date.
fn named_day(words: &Words<'_>, i: usize, to: usize, tongue: Tongue, today: Day) -> Option<Day> {
    let until = tongue == Tongue::Turkish;
    let near = if until { i..i + 1 } else { i..(i + 4).min(to) };
    let behind =
        |at: usize| !until || (at + 1..(at + 4).min(to)).any(|at| words.folded(at) == "kadar");
    near.into_iter().find_map(|at| {
        let day = day_of(words, at, tongue, today)?;
        (behind(at) || (until && matches!(words.folded(at), "yarin" | "bugun"))).then_some(day)
    })
}

fn day_of(words: &Words<'_>, at: usize, tongue: Tongue, today: Day) -> Option<Day> {
    let plus = |days: i64| Some(Day::of_number(today.number() + days));
    let word = words.folded(at);
    match (tongue, word) {
        (Tongue::English, "today") | (Tongue::German, "heute") | (Tongue::Persian, "امروز") => {
            return plus(0);
        }
        (Tongue::English, "tomorrow") | (Tongue::German, "morgen") | (Tongue::Persian, "فردا") =>
        {
            return plus(1);
        }
        (Tongue::Turkish, "bugun") => return plus(0),
        (Tongue::Turkish, "yarin" | "yarina") => return plus(1),
        _ => {}
    }
    let is_day = |name: &str| match tongue {
        Tongue::Turkish => word == name || (word.starts_with(name) && word.len() <= name.len() + 3),
        _ => word == name,
    };
    let names = weekdays(tongue);
    // The longest name: "cumartesi" also begins with "cuma".
    let found = names
        .iter()
        .enumerate()
        .filter(|(_, name)| is_day(name))
        .max_by_key(|(_, name)| name.len());
    if let Some((weekday, _)) = found {
        let ahead = (weekday as i64 - i64::from(today.weekday())).rem_euclid(7);
        return plus(if ahead == 0 { 7 } else { ahead });
    }
    day_in_text(words, at, today)
}
