//! Numbers as people write them, and amounts of money.

use super::words::{Class, Words};
use super::{FactKind, Found, Rank};

/// A number in a text.
pub struct Number {
    /// Its digits with a point before the fraction.
    pub value: String,
    /// The word behind it.
    pub next: usize,
}

/// The number that begins at word `i`, with the separators of any language.
pub fn number_at(words: &Words<'_>, i: usize) -> Option<Number> {
    if words.class(i) != Class::Digits {
        return None;
    }
    let (mut parts, mut marks) = (vec![words.folded(i)], Vec::new());
    let mut at = i;
    while words.touches_next(at)
        && matches!(words.folded(at + 1), "." | "," | "٬" | "٫" | "'" | "’")
        && words.touches_next(at + 1)
        && words.class(at + 2) == Class::Digits
    {
        marks.push(words.folded(at + 1));
        parts.push(words.folded(at + 2));
        at += 2;
    }
    Some(Number { value: value_of(&parts, &marks)?, next: at + 1 })
}

/// The value of digits with marks between them; `None` when they are no number.
fn value_of(parts: &[&str], marks: &[&str]) -> Option<String> {
    let (last, lead) = parts.split_last()?;
    let Some(mark) = marks.last() else { return Some((*last).to_owned()) };
    let same = marks.iter().all(|other| other == mark);
    let fraction = match *mark {
        "٫" => true,
        "." | "," if same && marks.len() > 1 => false,
        "." | "," => last.len() != 3,
        _ => false,
    };
    let groups = if fraction { lead } else { parts };
    let grouped = groups.iter().skip(1).all(|part| part.len() == 3);
    if !grouped || (fraction && last.len() > 2) {
        return None;
    }
    let whole = groups.concat();
    Some(if fraction { format!("{whole}.{last}") } else { whole })
}

/// The code of a currency by its word or mark. IRT stands for the toman, ten rials, which has no code
/// of ISO 4217 and is what people write.
fn currency(word: &str) -> Option<&'static str> {
    Some(match word {
        "€" | "eur" | "euro" | "euros" | "یورو" => "EUR",
        "$" | "usd" | "dollar" | "dollars" | "dolar" | "دلار" => "USD",
        "£" | "gbp" | "pounds" | "sterlin" | "پوند" => "GBP",
        "₺" | "tl" | "try" | "lira" | "liralik" | "لیر" => "TRY",
        "﷼" | "irr" | "ریال" => "IRR",
        "irt" | "تومان" | "تومن" | "toman" => "IRT",
        "chf" | "franken" => "CHF",
        "cad" => "CAD",
        "aud" => "AUD",
        "jpy" | "yen" => "JPY",
        "aed" => "AED",
        "sek" => "SEK",
        "nok" => "NOK",
        "dkk" => "DKK",
        "pln" => "PLN",
        _ => return None,
    })
}

/// How many zeros a word adds to the number before it.
fn zeros(word: &str) -> usize {
    match word {
        "هزار" | "bin" | "tausend" | "thousand" => 3,
        "میلیون" | "milyon" | "million" | "millionen" | "mio" => 6,
        _ => 0,
    }
}

/// Whether the word behind a number says what it counts in money.
pub fn is_currency(words: &Words<'_>, i: usize) -> bool {
    // "try" is a word of English; as a currency it is written in capitals.
    let word = words.folded(i);
    currency(word).is_some() && (word != "try" || words.written(i) == "TRY")
}

/// The amount whose digits begin at word `i`.
pub fn amount_at(words: &Words<'_>, i: usize) -> Option<Found> {
    let number = number_at(words, i)?;
    let mut next = number.next;
    let mut value = number.value;
    let added = zeros(words.folded(next));
    if added > 0 {
        value = shifted(&value, added);
        next += 1;
    }
    let (from, to, code) = if is_currency(words, next) {
        (i, next + 1, currency(words.folded(next))?)
    } else if i > 0 && is_currency(words, i - 1) && before_fits(words, i) {
        (i - 1, next, currency(words.folded(i - 1))?)
    } else {
        return None;
    };
    let range = words.range(from, to);
    Some(Found::new(
        words.raw,
        FactKind::AMOUNT,
        range,
        format!("{value} {code}"),
        "amount",
        95,
        Rank::Amount,
    ))
}

/// A currency before a number belongs to it when it is a mark, or a code in capitals.
fn before_fits(words: &Words<'_>, i: usize) -> bool {
    let before = words.written(i - 1);
    words.class(i - 1) == Class::Mark
        || (before.len() == 3 && before.chars().all(char::is_uppercase))
}

fn shifted(value: &str, zeros: usize) -> String {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let moved: String = fraction.chars().chain(std::iter::repeat('0')).take(zeros).collect();
    format!("{whole}{moved}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_of_each_language() {
        for (text, value) in [
            ("1.250,00", Some("1250.00")),
            ("1,250.00", Some("1250.00")),
            ("1'250.50", Some("1250.50")),
            ("1.250", Some("1250")),
            ("12,5", Some("12.5")),
            ("۱٬۲۵۰٬۰۰۰", Some("1250000")),
            ("۱۲٫۵", Some("12.5")),
            ("1.2.3", None),
            ("12.34,567", None),
        ] {
            let words = Words::of(text, &[]);
            assert_eq!(number_at(&words, 0).map(|n| n.value).as_deref(), value, "{text}");
        }
    }
}
