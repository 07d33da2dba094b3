//! Numbers and codes: those that a label announces, those that check themselves, addresses of mail,
//! telephone numbers and versions.

use super::words::{Class, Words};
use super::{FactKind, Found, Rank, checks, dates, labels, numbers};

/// The most words between a label and its value.
const GAP: usize = 6;

/// A code: letters and digits with marks inside, as one stretch.
struct Code {
    from: usize,
    to: usize,
    text: String,
    digits: usize,
}

/// The code that begins at word `i`. A mark belongs to it when a letter or digit touches it on both sides.
fn code_at(words: &Words<'_>, i: usize, marks: &[&str]) -> Option<Code> {
    let mut to = i + 1;
    if !words.is_ascii(i) {
        return None;
    }
    while words.touches_next(to - 1)
        && words.touches_next(to)
        && marks.contains(&words.folded(to))
        && words.is_ascii(to + 1)
        && to < i + 24
    {
        to += 2;
    }
    // "4417'yi" ends with its number, "a@b" is something else.
    if words.touches_next(to - 1) && matches!(words.folded(to), "@" | "%" | "°") {
        return None;
    }
    let text = words.joined(i, to);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (text.len() <= 40).then_some(Code { from: i, to, text, digits })
}

/// What a label that begins at word `i` announces.
pub fn labelled_at(words: &Words<'_>, i: usize) -> Option<Found> {
    let (label, end) = labels::at(words, i)?;
    let from = value_place(words, end, if label.strong { GAP } else { 2 })?;
    let mut found = match label.kind.as_str() {
        "phone" => {
            return national(words, from, Rank::Label).map(|found| formed(words, i, end, found));
        }
        "version" => version(words, from, from - end <= 1),
        "order_number" => order(words, from, end, label.strong),
        "serial_number" => code(words, from, FactKind::SERIAL_NUMBER, 5, 2),
        _ => tracking(words, from),
    }?;
    if label.strong && label.kind != FactKind::VERSION {
        found.rank = Rank::Label;
    }
    Some(formed(words, i, end, found))
}

/// The place of the value behind a label, over words that say nothing.
fn value_place(words: &Words<'_>, end: usize, gap: usize) -> Option<usize> {
    let mut at = end;
    // "Order no. 4417": the point belongs to the label.
    if words.folded(at) == "." {
        at += 1;
    }
    while at < end + gap && !words.has_digit(at) && !tells_code(words, at) {
        if !labels::is_filler(words, at) {
            return None;
        }
        at += 1;
    }
    (words.has_digit(at) || tells_code(words, at)).then_some(at)
}

/// Whether letters begin a code with digits: "TL-20931".
fn tells_code(words: &Words<'_>, i: usize) -> bool {
    words.class(i) == Class::Letters
        && words.is_ascii(i)
        && words.touches_next(i)
        && matches!(words.folded(i + 1), "-" | "/" | "_")
        && words.touches_next(i + 1)
        && code_at(words, i, &["-", "/", "_"]).is_some_and(|code| code.digits > 0)
}

/// Marks a fact whose label begins its line and ends with a colon.
fn formed(words: &Words<'_>, i: usize, end: usize, mut found: Found) -> Found {
    let first = i == 0 || words.folded(i - 1) == "\n";
    found.form = first && (words.folded(end) == ":" || words.folded(end + 1) == ":");
    if found.form {
        found.confidence = found.confidence.max(98);
    }
    found
}

fn order(words: &Words<'_>, from: usize, label_end: usize, strong: bool) -> Option<Found> {
    let code = code_at(words, from, &["-", "/", "_"])?;
    let hash = words.folded(from - 1) == "#";
    let letters = code.text.bytes().any(|b| b.is_ascii_alphabetic());
    let long = code.text.len() >= if strong { 3 } else { 4 };
    let counts = numbers::is_currency(words, code.to) || is_date_or_decimal(words, from);
    if !long || code.digits < 2 || counts || code.text.len() > 30 {
        return None;
    }
    let loose = from - label_end > 1 || (!hash && !letters && code.text.len() < 4);
    if !strong && (loose || (!hash && tells_amount(words, &code))) {
        return None;
    }
    let (rule, sure, rank) =
        if strong { ("order.label", 97, Rank::Label) } else { ("order.word", 85, Rank::Weak) };
    let (start, end) =
        words.range(if hash && words.touches_next(from - 1) { from - 1 } else { from }, code.to);
    let value = code.text.to_ascii_uppercase();
    Some(Found::new(words.raw, FactKind::ORDER_NUMBER, (start, end), value, rule, sure, rank))
}

/// Words behind a number by which it counts something, folded.
const COUNTED: &str = "adet tane gun gundur hafta ay yil yilinda kg gr cm lira kutu paket pieces pcs units \
    items days weeks times stuck tage tagen wochen mal عدد روز هفته ماه سال تا بار کیلو تومان";

/// Whether a number behind a mere "order" counts something or is a year.
fn tells_amount(words: &Words<'_>, code: &Code) -> bool {
    let behind = words.folded(code.to);
    let year = code.text.len() == 4
        && code
            .text
            .parse()
            .is_ok_and(|year: u16| (1300..=1499).contains(&year) || (1900..=2100).contains(&year));
    year || COUNTED.split_whitespace().any(|word| word == behind)
}

fn is_date_or_decimal(words: &Words<'_>, i: usize) -> bool {
    dates::date_at(words, i).is_some()
        || numbers::number_at(words, i).is_some_and(|n| n.next > i + 1 && n.value.contains('.'))
}

fn code(
    words: &Words<'_>,
    from: usize,
    kind: FactKind,
    least: usize,
    digits: usize,
) -> Option<Found> {
    let code = code_at(words, from, &["-", "/", "_"])?;
    if code.text.len() < least || code.digits < digits || numbers::is_currency(words, code.to) {
        return None;
    }
    let rule = "code.label";
    let range = words.range(code.from, code.to);
    Some(Found::new(words.raw, kind, range, code.text.to_ascii_uppercase(), rule, 95, Rank::Label))
}

/// A number of a parcel behind its label. One that looks like a number of UPS or of the post must be one.
fn tracking(words: &Words<'_>, from: usize) -> Option<Found> {
    let code = code_at(words, from, &["-"])?;
    let ups = code.text.starts_with("1z") && code.text.len() == 18;
    if (ups && !checks::is_ups(&code.text)) || code.digits < 8 || code.text.len() < 8 {
        return None;
    }
    self::code(words, from, FactKind::TRACKING_NUMBER, 8, 8)
}

/// A code of which the label stands behind: "4417 numaralı siparişim".
pub fn announced_behind(words: &Words<'_>, i: usize) -> Option<Found> {
    let from = back_to_code(words, i);
    let code = code_at(words, from, &["-", "/", "_"])?;
    let after = words.folded(code.to);
    let step = match (after, words.folded(code.to + 1)) {
        ("numarali" | "nolu", _) => 1,
        ("no", "lu") => 2,
        _ => return None,
    };
    let is_order = words.folded(code.to + step).starts_with("siparis");
    if !is_order || code.digits < 2 || code.text.len() < 3 {
        return None;
    }
    let range = words.range(code.from, code.to);
    let value = code.text.to_ascii_uppercase();
    Some(Found::new(
        words.raw,
        FactKind::ORDER_NUMBER,
        range,
        value,
        "order.behind",
        97,
        Rank::Label,
    ))
}

/// The first word of the code that word `i` is a part of.
fn back_to_code(words: &Words<'_>, i: usize) -> usize {
    let mut from = i;
    while let Some(at) = from.checked_sub(2) {
        let joined = words.touches_next(at) && words.touches_next(at + 1) && words.is_ascii(at);
        if !joined || !matches!(words.folded(at + 1), "-" | "/" | "_") || i - at > 12 {
            break;
        }
        from = at;
    }
    from
}

/// An IBAN, a number of UPS or of the post that begins at word `i`, written with or without spaces.
pub fn checked_at(words: &Words<'_>, i: usize) -> Option<Found> {
    let first = words.folded(i).as_bytes();
    if !words.is_ascii(i) || first.len() < 2 || (i > 0 && words.touches_next(i - 1)) {
        return None;
    }
    let (length, check, kind, rule): (usize, fn(&str) -> bool, FactKind, &str) = match first {
        [b'1', b'z', ..] => (18, checks::is_ups, FactKind::TRACKING_NUMBER, "tracking.ups"),
        [a, b, c, d, ..]
            if a.is_ascii_lowercase()
                && b.is_ascii_lowercase()
                && c.is_ascii_digit()
                && d.is_ascii_digit() =>
        {
            match checks::iban_length(words.folded(i)) {
                Some(length) if first.len() != 13 => {
                    (length, checks::is_iban, FactKind::IBAN, "iban")
                }
                _ => (13, checks::is_postal, FactKind::TRACKING_NUMBER, "tracking.upu"),
            }
        }
        [b'j', b'j', b'd', rest @ ..]
            if rest.len() >= 16 && rest.iter().all(u8::is_ascii_digit) =>
        {
            let range = words.range(i, i + 1);
            let value = words.folded(i).to_ascii_uppercase();
            let kind = FactKind::TRACKING_NUMBER;
            return Some(Found::new(
                words.raw,
                kind,
                range,
                value,
                "tracking.dhl",
                90,
                Rank::Checked,
            ));
        }
        [a, b] if a.is_ascii_lowercase() && b.is_ascii_lowercase() => {
            (13, checks::is_postal, FactKind::TRACKING_NUMBER, "tracking.upu")
        }
        _ => return None,
    };
    let (to, text) = gathered(words, i, length)?;
    let found = || {
        Found::new(
            words.raw,
            kind,
            words.range(i, to),
            text.to_ascii_uppercase(),
            rule,
            99,
            Rank::Checked,
        )
    };
    check(&text).then(found)
}

/// Words from `i` on that together have exactly this many characters.
fn gathered(words: &Words<'_>, i: usize, length: usize) -> Option<(usize, String)> {
    let (mut at, mut text) = (i, String::new());
    while text.len() < length && words.is_ascii(at) {
        text.push_str(words.folded(at));
        at += 1;
    }
    (text.len() == length).then_some((at, text))
}

/// The address of mail around an at-sign.
pub fn email_at(words: &Words<'_>, at: usize) -> Option<Found> {
    let inner = |i: usize| words.is_word(i) && words.written(i).is_ascii();
    let mark = |i: usize| matches!(words.folded(i), "." | "_" | "-" | "+");
    let (mut from, mut to) = (at, at + 1);
    while from > 0
        && words.touches_next(from - 1)
        && (inner(from - 1) || mark(from - 1))
        && at - from < 20
    {
        from -= 1;
    }
    while words.touches_next(to - 1)
        && (inner(to) || matches!(words.folded(to), "." | "-"))
        && to - at < 20
    {
        to += 1;
    }
    while from < at && !inner(from) {
        from += 1;
    }
    while to > at + 1 && !inner(to - 1) {
        to -= 1;
    }
    let value = words.joined(from, to);
    let (local, domain) = value.split_once('@')?;
    let last = domain.rsplit_once('.').map(|(_, last)| last)?;
    let fits =
        !local.is_empty() && last.len() >= 2 && last.bytes().all(|b| b.is_ascii_alphabetic());
    if !fits || domain.contains("..") || value.len() > 254 {
        return None;
    }
    let range = words.range(from, to);
    Some(Found::new(words.raw, FactKind::EMAIL, range, value, "email", 99, Rank::Checked))
}

/// The digits of a telephone number from word `i` on, with what people write between them.
fn phone_digits(words: &Words<'_>, i: usize) -> (String, usize) {
    let (mut digits, mut at, mut end) = (String::new(), i, i);
    while digits.len() <= 16 && at < i + 20 {
        match words.class(at) {
            Class::Digits => {
                digits.push_str(words.folded(at));
                end = at + 1;
            }
            Class::Mark if matches!(words.folded(at), "(" | ")" | "-" | "/" | "." | "–") => {}
            _ => break,
        }
        at += 1;
    }
    (digits, end)
}

/// The number with its country that begins with the plus at word `i` (E.164: at most 15 digits).
pub fn phone_at(words: &Words<'_>, i: usize) -> Option<Found> {
    if !words.touches_next(i)
        || !words.has_digit(i + 1)
        || (i > 0 && words.touches_next(i - 1) && words.is_word(i - 1))
    {
        return None;
    }
    let (digits, end) = phone_digits(words, i + 1);
    // "+44 (0)20 …": the zero is dialled only at home.
    let digits = if words.raw.get(words.range(i, end).0..words.range(i, end).1)?.contains("(0)") {
        digits.replacen('0', "", 1)
    } else {
        digits
    };
    if !(8..=15).contains(&digits.len()) || digits.starts_with('0') {
        return None;
    }
    let range = words.range(i, end);
    let value = format!("+{digits}");
    Some(Found::new(
        words.raw,
        FactKind::PHONE,
        range,
        value,
        "phone.international",
        97,
        Rank::Checked,
    ))
}

/// A number as it is dialled at home, behind its label: seven to thirteen digits.
fn national(words: &Words<'_>, from: usize, rank: Rank) -> Option<Found> {
    if from > 0 && words.folded(from - 1) == "+" {
        return None;
    }
    let start = if from > 0 && words.folded(from - 1) == "(" { from - 1 } else { from };
    let (digits, end) = phone_digits(words, from);
    if !(7..=14).contains(&digits.len()) || words.class(from) != Class::Digits {
        return None;
    }
    let value = digits.strip_prefix("00").map(|rest| format!("+{rest}")).unwrap_or(digits);
    let range = words.range(start, end);
    Some(Found::new(words.raw, FactKind::PHONE, range, value, "phone.label", 92, rank))
}

/// A mobile number of Turkey or Iran, which tells itself: eleven digits that begin with 05 or 09.
pub fn national_phone_at(words: &Words<'_>, i: usize) -> Option<Found> {
    let starts = words.folded(i).starts_with("05") || words.folded(i).starts_with("09");
    if !starts || (i > 0 && words.touches_next(i - 1)) {
        return None;
    }
    let (digits, _) = phone_digits(words, i);
    if digits.len() != 11 {
        return None;
    }
    national(words, i, Rank::Phone).map(|found| Found { rule: "phone.mobile".to_owned(), ..found })
}

/// Names of systems, of which the number is the version.
const SYSTEMS: &[&str] =
    &["ios", "ipados", "android", "windows", "macos", "ubuntu", "harmonyos", "debian"];

/// "iOS 17.2".
pub fn system_at(words: &Words<'_>, i: usize) -> Option<Found> {
    if !SYSTEMS.contains(&words.folded(i)) || words.class(i + 1) != Class::Digits {
        return None;
    }
    let to = dotted(words, i + 1);
    let value = format!("{} {}", words.written(i), words.joined(i + 1, to));
    let range = words.range(i, to);
    Some(Found::new(
        words.raw,
        FactKind::VERSION,
        range,
        value,
        "version.system",
        92,
        Rank::Version,
    ))
}

/// The end of numbers with points between them.
fn dotted(words: &Words<'_>, i: usize) -> usize {
    let mut to = i + 1;
    while words.touches_next(to - 1)
        && words.folded(to) == "."
        && words.touches_next(to)
        && words.is_ascii(to + 1)
        && words.has_digit(to + 1)
        && to < i + 8
    {
        to += 2;
    }
    to
}

/// "v2.3.1" anywhere, and "10.0.4 sürümü".
pub fn version_at(words: &Words<'_>, i: usize) -> Option<Found> {
    let to = dotted(words, i);
    let first = words.folded(i);
    let v = first
        .strip_prefix('v')
        .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()) && !rest.is_empty());
    let behind = to > i + 1
        && ["surum", "versiyon", "version"].iter().any(|name| words.folded(to).starts_with(name));
    if !(v && (to > i + 1 || first.len() <= 3)) && !behind {
        return None;
    }
    version(words, i, true)
}

/// A version from word `i` on. A single number counts only right behind its label.
fn version(words: &Words<'_>, i: usize, near: bool) -> Option<Found> {
    let to = dotted(words, i);
    let text = words.joined(i, to);
    let value = text.strip_prefix('v').unwrap_or(&text);
    let numbered = value.starts_with(|c: char| c.is_ascii_digit())
        && value.split('.').all(|part| part.len() <= 5);
    if !numbered
        || (to == i + 1 && (!near || value.len() > 3))
        || dates::date_at(words, i).is_some()
    {
        return None;
    }
    let range = words.range(i, to);
    Some(Found::new(
        words.raw,
        FactKind::VERSION,
        range,
        value.to_owned(),
        "version.label",
        92,
        Rank::Version,
    ))
}
