//! Postal addresses, by rule of thumb: a street, a number of the house, and what follows. Rather none
//! than a wrong one.

use super::words::{Class, Words};
use super::{FactKind, Found, Rank};

/// The most words of an address.
const LONGEST: usize = 30;

const ENGLISH: &[&str] = &[
    "street",
    "st",
    "road",
    "rd",
    "avenue",
    "ave",
    "lane",
    "ln",
    "drive",
    "boulevard",
    "blvd",
    "way",
    "court",
    "square",
    "place",
    "terrace",
    "close",
    "crescent",
    "highway",
];
const GERMAN: &[&str] =
    &["strasse", "str", "weg", "platz", "allee", "gasse", "ring", "damm", "ufer"];
const TURKISH: &[&str] =
    &["mah", "mahallesi", "cad", "caddesi", "sok", "sokak", "sokagi", "bulvari", "blv", "bulv"];
const PERSIAN: &[&str] = &["خیابان", "بلوار", "کوچه", "میدان", "خ"];
/// Short forms that are written with a point.
const SHORT: &[&str] = &[
    "mah", "cad", "sok", "sk", "cd", "blv", "bulv", "no", "d", "kat", "apt", "st", "rd", "ave",
    "str", "nr",
];
/// Words that begin a sentence with a capital and are no part of an address.
const OPENING: &[&str] = &[
    "lutfen",
    "adres",
    "adresim",
    "bitte",
    "please",
    "address",
    "adresse",
    "anschrift",
    "an",
    "at",
    "to",
];

/// The address whose tell-tale word is word `i`.
pub fn address_at(words: &Words<'_>, i: usize) -> Option<Found> {
    let word = words.folded(i);
    let (from, to) = if ENGLISH.contains(&word) && words.is_capital(i) {
        english(words, i)?
    } else if TURKISH.contains(&word) {
        turkish(words, i)?
    } else if PERSIAN.contains(&word) {
        persian(words, i)?
    } else {
        german(words, i)?
    };
    let (start, end) = words.range(from, to);
    let value = words.raw.get(start..end)?.split_whitespace().collect::<Vec<_>>().join(" ");
    let range = (start, end);
    Some(Found::new(
        words.raw,
        FactKind::POSTAL_ADDRESS,
        range,
        value,
        "address",
        85,
        Rank::Address,
    ))
}

/// "221 Baker Street, London NW1 6XE".
fn english(words: &Words<'_>, street: usize) -> Option<(usize, usize)> {
    let name =
        (1..=4).find(|back| street.checked_sub(*back).is_some_and(|at| words.has_digit(at)))?;
    let number = street - name;
    let between = number + 1..street;
    if name < 2 || words.folded(number).len() > 5 || !between.clone().all(|at| words.is_capital(at))
    {
        return None;
    }
    Some((number, extended(words, street + 1)))
}

/// "Lindenstraße 12a, 10969 Berlin" by the street, "Am Hafen 7, 20457 Hamburg" by the postal code.
fn german(words: &Words<'_>, i: usize) -> Option<(usize, usize)> {
    let word = words.folded(i);
    let is_street = |end: &str| word.strip_suffix(end).is_some_and(|rest| rest.len() >= 3);
    if words.is_capital(i) && GERMAN.iter().any(|end| is_street(end)) {
        let number = if words.folded(i + 1) == "." { i + 2 } else { i + 1 };
        return house(words, number).then(|| (i, extended(words, number + 1)));
    }
    let code = words.class(i) == Class::Digits && word.len() == 5 && words.is_capital(i + 1);
    let number = i.checked_sub(2).filter(|at| matches!(words.folded(at + 1), "," | "\n"))?;
    if !code || !house(words, number) {
        return None;
    }
    let from = back_over_capitals(words, number, 3);
    (from < number).then(|| (from, extended(words, i)))
}

/// Whether a word is the number of a house.
fn house(words: &Words<'_>, i: usize) -> bool {
    words.has_digit(i)
        && words.folded(i).len() <= 4
        && words.folded(i).starts_with(|c: char| c.is_ascii_digit())
}

/// "Moda Mahallesi Bahariye Caddesi No: 12 Daire 5 34710 Kadıköy/İstanbul".
fn turkish(words: &Words<'_>, street: usize) -> Option<(usize, usize)> {
    let from = back_over_capitals(words, street, 3);
    let end = extended(words, street + 1);
    let is_number =
        |at: usize| words.folded(at) == "no" && (1..=2).any(|step| words.has_digit(at + step));
    (from < street && (street..end).any(is_number)).then_some((from, end))
}

/// "تهران، خیابان ولیعصر، پلاک ۱۲، کد پستی ۱۴۳۴۸۷۵۶۱۱".
fn persian(words: &Words<'_>, street: usize) -> Option<(usize, usize)> {
    let near = street + 1..(street + LONGEST).min(words.len());
    let near = near.take_while(|at| !words.ends_sentence(*at));
    let number =
        near.filter(|at| words.folded(*at) == "پلاک").find(|at| words.has_digit(at + 1))? + 1;
    let mut end = number + 1;
    loop {
        let at = if matches!(words.folded(end), "،" | ",") { end + 1 } else { end };
        let at = if words.folded(at) == "کد" && words.folded(at + 1) == "پستی" {
            at + 1
        } else {
            at
        };
        let known = matches!(words.folded(at), "واحد" | "طبقه" | "زنگ" | "پستی" | "کدپستی");
        if !known || !words.has_digit(at + 1) {
            break;
        }
        end = at + 2;
    }
    let city = street.checked_sub(2).filter(|at| words.folded(at + 1) == "،" && words.is_word(*at));
    Some((city.unwrap_or(street), end))
}

/// Where the words with capitals before word `i` begin, at most `most` of them.
fn back_over_capitals(words: &Words<'_>, i: usize, most: usize) -> usize {
    let mut from = i;
    while let Some(at) = from.checked_sub(1).filter(|at| i - at <= most) {
        if !words.is_capital(at) || OPENING.contains(&words.folded(at)) {
            break;
        }
        from = at;
    }
    from
}

/// Where an address ends whose street ends before word `i`: before a word without a capital, at the end
/// of the sentence, or at a line that has no digit.
fn extended(words: &Words<'_>, mut i: usize) -> usize {
    let (first, mut end) = (i, i);
    while i < first + LONGEST && i < words.len() {
        let fits = match words.class(i) {
            Class::Mark => mark_fits(words, i),
            Class::Letters => {
                words.is_capital(i)
                    || matches!(words.folded(i), "no" | "d" | "daire" | "kat" | "nr")
            }
            Class::Digits | Class::Mixed => true,
        };
        if !fits {
            break;
        }
        i += 1;
        if words.is_word(i - 1) {
            end = i;
        }
    }
    end
}

fn mark_fits(words: &Words<'_>, i: usize) -> bool {
    match words.folded(i) {
        "," | "/" | ":" | "-" | "،" => true,
        "." => i > 0 && SHORT.contains(&words.folded(i - 1)),
        "\n" => (1..=3).any(|step| words.has_digit(i + step)) && !words.ends_sentence(i + 1),
        _ => false,
    }
}
