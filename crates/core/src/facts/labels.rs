//! The words that announce a fact, in English, Turkish, Persian and German. Only data and its look-up.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::FactKind;
use super::words::{Class, Words};

/// A phrase that announces a fact.
#[derive(Debug)]
pub struct Label {
    /// The kind of what follows.
    pub kind: FactKind,
    /// Whether it says by itself that a number follows ("order number", not "order").
    pub strong: bool,
    words: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    text: &'static str,
    prefix: bool,
}

/// Kind, `+` for phrases that name a number and `-` for others, and the phrases, folded as
/// [`super::words::fold`] does. A star stands for any ending.
const TABLE: &[(&str, bool, &str)] = &[
    (
        "order_number",
        true,
        "order number* | order no | order nr | order num | order id | order code | order ref* | \
         order confirmation number | purchase order | siparis no | siparis numara* | siparis kod* | \
         siparis nu | siparis id | شماره سفارش* | شماره ی سفارش* | سفارش شماره | کد سفارش* | \
         bestellnummer* | bestellnr | bestell nr | bestellung nr | bestellung nummer | auftragsnummer* | \
         auftragsnr | auftrag nr | ordernummer*",
    ),
    (
        "order_number",
        false,
        "order | siparis | siparisim | siparisimiz | siparisimin | سفارش | سفارشم | bestellung | auftrag",
    ),
    (
        "serial_number",
        true,
        "serial number* | serial no | serial nr | serial num | serial | s / n | imei* | seri no | \
         seri numara* | شماره سریال* | سریال* | seriennummer* | seriennr | serien nr",
    ),
    (
        "tracking_number",
        true,
        "tracking number* | tracking no | tracking code* | tracking id | parcel number* | \
         shipment number* | consignment number* | waybill number* | takip no | takip numara* | takip kod* | \
         gonderi no | gonderi numara* | کد رهگیری* | شماره رهگیری* | شماره مرسوله* | کد مرسوله* | \
         sendungsnummer* | sendungsnr | paketnummer* | paketnr | trackingnummer* | sendungsverfolgung*",
    ),
    (
        "phone",
        true,
        "phone | phone number* | telephone* | tel | mobile | mobile number* | cell | call me on | \
         call me at | reach me on | reach me at | ring me on | whatsapp | telefon* | cep | gsm | شماره تماس* | \
         تلفن* | موبایل* | شماره موبایل* | شماره همراه* | telefonnummer* | handy | handynummer* | \
         mobilnummer* | rufnummer* | mobil",
    ),
    (
        "version",
        true,
        "version* | surum* | versiyon* | نسخه* | ورژن* | softwareversion* | firmware* | app version*",
    ),
];

/// Words that may stand between a label and what it announces.
const FILLERS: &str = "is was are the my your our it its here number numbers no nr id code you gave me that \
    which i have got we on of below numara numarasi numaram numarali olan olarak ise su verdiginiz bana bu \
    kodu kodum lautet ist war die der das den sie mir gaben gefragt hier meine nummer mit من شما است هست ما \
    این خود برابر با عبارت از دستگاه مرسوله برنامه app";

struct Tables {
    by_first: HashMap<&'static str, Vec<Label>>,
    by_prefix: Vec<(&'static str, Vec<Label>)>,
    fillers: std::collections::HashSet<&'static str>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut by_first: HashMap<&'static str, Vec<Label>> = HashMap::new();
    let mut by_prefix: Vec<(&'static str, Vec<Label>)> = Vec::new();
    for (kind, strong, phrases) in TABLE {
        for phrase in phrases.split('|') {
            let words: Vec<Part> = phrase.split_whitespace().map(part).collect();
            let Some(first) = words.first() else { continue };
            let (text, prefix) = (first.text, first.prefix);
            let label = Label { kind: FactKind::known(kind), strong: *strong, words };
            match prefix {
                false => by_first.entry(text).or_default().push(label),
                true => match by_prefix.iter_mut().find(|(known, _)| *known == text) {
                    Some((_, labels)) => labels.push(label),
                    None => by_prefix.push((text, vec![label])),
                },
            }
        }
    }
    Tables { by_first, by_prefix, fillers: FILLERS.split_whitespace().collect() }
});

fn part(word: &'static str) -> Part {
    match word.strip_suffix('*') {
        Some(text) => Part { text, prefix: true },
        None => Part { text: word, prefix: false },
    }
}

/// The longest label that begins at word `i`, and the word behind it.
pub fn at(words: &Words<'_>, i: usize) -> Option<(&'static Label, usize)> {
    let tables = &*TABLES;
    let first = words.folded(i);
    let exact = tables.by_first.get(first).map(Vec::as_slice).unwrap_or_default();
    let long = |(start, _): &&(&str, Vec<Label>)| first.starts_with(start);
    let starting = tables.by_prefix.iter().filter(long).flat_map(|(_, labels)| labels);
    let found =
        exact.iter().chain(starting).filter_map(|label| Some((label, label.end(words, i)?)));
    found.max_by_key(|(label, end)| (*end, label.strong))
}

/// Whether a word may stand between a label and its value.
pub fn is_filler(words: &Words<'_>, i: usize) -> bool {
    let text = words.folded(i);
    match words.class(i) {
        Class::Mark => matches!(
            text,
            ":" | "=" | "-" | "–" | "—" | "#" | "(" | "\"" | "“" | "„" | "«" | "'" | "," | "،"
        ),
        _ => TABLES.fillers.contains(text),
    }
}

impl Label {
    fn end(&self, words: &Words<'_>, start: usize) -> Option<usize> {
        let mut at = start;
        for (place, part) in self.words.iter().enumerate() {
            // "Bestell-Nr." and "order no." are written with and without their marks.
            while place > 0
                && matches!(words.folded(at), "-" | ".")
                && part.text != words.folded(at)
            {
                at += 1;
            }
            let text = words.folded(at);
            let fits = if part.prefix { text.starts_with(part.text) } else { text == part.text };
            if !fits {
                return None;
            }
            at += 1;
        }
        Some(at)
    }
}
