//! Names of devices: known makers and models with a number or a further name, and what follows "my
//! device is".

use super::words::Words;
use super::{FactKind, Found, Rank};

/// Folded names with which a model begins.
const HEADS: &[&str] = &[
    "iphone",
    "ipad",
    "macbook",
    "imac",
    "airpods",
    "galaxy",
    "pixel",
    "thinkpad",
    "ideapad",
    "redmi",
    "poco",
    "xiaomi",
    "huawei",
    "honor",
    "oneplus",
    "oppo",
    "realme",
    "playstation",
    "xbox",
    "kindle",
    "samsung",
    "nokia",
    "lenovo",
    "zenbook",
    "latitude",
    "inspiron",
    "surface",
    "xperia",
    "motorola",
    "garmin",
    "fitbit",
    "laserjet",
    "roomba",
];

/// Folded words that go on a name of a model.
const MORE: &[&str] = &[
    "pro",
    "max",
    "plus",
    "ultra",
    "mini",
    "air",
    "se",
    "fe",
    "lite",
    "note",
    "carbon",
    "series",
    "fold",
    "flip",
    "tab",
    "watch",
    "buds",
    "xl",
    "galaxy",
    "laptop",
    "book",
    "paperwhite",
    "redmi",
    "thinkpad",
    "one",
];

/// Phrases behind which a device is named, folded.
const PHRASES: &[&[&str]] = &[
    &["my", "device", "is"],
    &["my", "phone", "is"],
    &["my", "laptop", "is"],
    &["my", "model", "is"],
    &["cihazim"],
    &["telefonumun", "modeli"],
    &["دستگاه", "من"],
    &["گوشی", "من"],
    &["mein", "gerat", "ist"],
    &["mein", "handy", "ist"],
];

/// The most words of a name behind the first.
const LONGEST: usize = 4;

/// The device that is named from word `i` on.
pub fn device_at(words: &Words<'_>, i: usize) -> Option<Found> {
    if HEADS.contains(&words.folded(i)) {
        let end = name_end(words, i + 1, true);
        return (end > i + 1).then(|| found(words, i, end, "device.model", 90));
    }
    let phrase = PHRASES
        .iter()
        .find(|phrase| phrase.iter().enumerate().all(|(at, word)| words.folded(i + at) == *word))?;
    let mut at = i + phrase.len();
    while matches!(words.folded(at), "a" | "an" | "the" | "ein" | "eine" | ":" | "bir" | "یک") {
        at += 1;
    }
    let end = name_end(words, at, false);
    let numbered = (at..end).any(|word| words.has_digit(word));
    (end > at + 1 && numbered && words.is_capital(at))
        .then(|| found(words, at, end, "device.phrase", 80))
}

/// The end of a name: words that go on a name, or have digits; capitals as well behind a phrase.
fn name_end(words: &Words<'_>, from: usize, known: bool) -> usize {
    let mut end = from;
    while end < from + LONGEST && words.is_word(end) {
        let word = words.folded(end);
        let model = words.has_digit(end) && word.len() <= 6 && words.is_ascii(end);
        let named =
            MORE.contains(&word) || (!known && words.is_capital(end) && words.is_ascii(end));
        // Two letters of one word are a model when written as one: "Pixel 7a", not "Pixel im".
        if !(model || named) {
            break;
        }
        end += 1;
    }
    end
}

fn found(words: &Words<'_>, from: usize, to: usize, rule: &'static str, confidence: u8) -> Found {
    let names: Vec<&str> = (from..to).map(|at| words.written(at)).collect();
    let range = words.range(from, to);
    Found::new(words.raw, FactKind::DEVICE, range, names.join(" "), rule, confidence, Rank::Device)
}
