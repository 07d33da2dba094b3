//! What is asked for, in words: the nouns of each kind, and questions that need no noun. Only data and
//! its look-up. Folded as `facts::words::fold` does; a star stands for any ending.

use crate::facts::FactKind;
use crate::facts::words::Words;

const NOUNS: &[(&str, &str)] = &[
    (
        "order_number",
        "order number* | order no | order id | order ref* | order code | purchase order | siparis no | \
         siparis numara* | siparis kod* | شماره سفارش* | کد سفارش* | bestellnummer* | bestellnr | \
         auftragsnummer* | auftragsnr",
    ),
    (
        "serial_number",
        "serial number* | serial no | imei* | seri no | seri numara* | شماره سریال* | سریال* | \
         seriennummer* | seriennr",
    ),
    (
        "tracking_number",
        "tracking number* | tracking code* | tracking id | parcel number* | takip no | takip numara* | \
         takip kod* | کد رهگیری* | شماره رهگیری* | شماره مرسوله* | sendungsnummer* | paketnummer* | \
         trackingnummer*",
    ),
    (
        "phone",
        "phone number* | telephone number* | mobile number* | contact number* | number to call | \
         telefon numara* | telefon no | cep telefon* | cep numara* | شماره تماس* | شماره تلفن* | \
         شماره موبایل* | telefonnummer* | handynummer* | mobilnummer* | rufnummer*",
    ),
    (
        "email",
        "email address* | e mail address* | mail address* | your email | your e mail | e posta adres* | \
         eposta adres* | mail adres* | e posta* | ایمیل* | پست الکترونیک* | e mail adresse* | \
         emailadresse* | mailadresse*",
    ),
    (
        "postal_address",
        "delivery address* | postal address* | shipping address* | home address* | your address* | \
         street address* | teslimat adres* | acik adres* | ev adres* | fatura adres* | \
         ادرس* | نشانی* | lieferadresse* | anschrift* | postadresse* | ihre adresse*",
    ),
    ("iban", "iban* | شبا* | شماره حساب* | bank account | kontonummer*"),
    (
        "version",
        "app version* | version of | software version* | version number* | surum numara* | surum* | نسخه* | \
         app version* | softwareversion* | versionsnummer* | version der",
    ),
    (
        "purchase_date",
        "purchase date* | date of purchase | satin alma tarih* | تاریخ خرید* | kaufdatum*",
    ),
    (
        "device",
        "device model* | model of your* | cihaz model* | مدل دستگاه* | مدل گوشی* | geratemodell*",
    ),
    (
        "amount",
        "amount you paid | odeme tutar* | odediginiz tutar* | مبلغ پرداختی* | bezahlten betrag",
    ),
];

/// Questions that ask by themselves.
const WHOLE: &[(&str, &str)] = &[
    (
        "purchase_date",
        "when did you buy | when did you purchase | ne zaman satin aldiniz | چه زمانی * خریدید | کی خریدید | \
         wann haben sie * gekauft | wann wurde * gekauft",
    ),
    (
        "device",
        "which device are | what device are | which device do | what device do | which phone do | \
         which model do | hangi cihaz* | hangi telefonu | چه دستگاهی | کدام دستگاه | چه گوشی | \
         welches gerat | welches handy | welches modell",
    ),
    (
        "version",
        "which version are | what version are | which version do | hangi surum* | کدام نسخه | چه نسخه | \
         welche version",
    ),
    (
        "amount",
        "how much did you pay | ne kadar odediniz | چقدر پرداخت | چه مبلغی پرداخت | wie viel haben sie * bezahlt",
    ),
    (
        "postal_address",
        "where do you live | where should we send | where shall we send | nerede oturuyorsunuz | \
         کجا زندگی می* | wo wohnen sie | wohin sollen wir",
    ),
    (
        "phone",
        "which number can we | what number can we | which number should we | hangi numaradan | \
         hangi telefon* | چه شماره* | unter welcher nummer | unter welcher telefonnummer",
    ),
];

/// The most words that a star between words stands for.
const GAP: usize = 6;

/// The word behind a phrase that begins at word `i`.
fn end_of(words: &Words<'_>, i: usize, to: usize, phrase: &str) -> Option<usize> {
    let mut at = i;
    let mut gap = 0;
    for part in phrase.split_whitespace() {
        if part == "*" {
            gap = GAP;
            continue;
        }
        at = (at..=(at + gap).min(to))
            .find(|place| fits(words, skip_dash(words, *place, i), to, part))?;
        at = skip_dash(words, at, i) + 1;
        gap = 0;
    }
    Some(at)
}

/// "E-Mail" and "e mail" are one.
fn skip_dash(words: &Words<'_>, at: usize, first: usize) -> usize {
    if at > first && matches!(words.folded(at), "-" | ".") { at + 1 } else { at }
}

fn fits(words: &Words<'_>, at: usize, to: usize, part: &str) -> bool {
    let word = words.folded(at);
    at < to && part.strip_suffix('*').map_or(word == part, |start| word.starts_with(start))
}

/// The kinds that a sentence names without telling their value.
pub fn named(words: &Words<'_>, from: usize, to: usize) -> Vec<FactKind> {
    let found = NOUNS.iter().filter(|(_, phrases)| {
        phrases.split('|').any(|phrase| {
            (from..to)
                .any(|i| end_of(words, i, to, phrase).is_some_and(|end| !told(words, i, end, to)))
        })
    });
    found.map(|(kind, _)| FactKind::known(kind)).collect()
}

/// Whether the value stands beside the noun: then it is told, not asked for.
fn told(words: &Words<'_>, start: usize, end: usize, to: usize) -> bool {
    let behind = (end..to.min(end + 4)).any(|i| words.has_digit(i));
    let before = start.checked_sub(1).is_some_and(|i| words.has_digit(i));
    behind || before
}

/// The kinds that a sentence asks for by a whole question.
pub fn whole_questions(words: &Words<'_>, from: usize, to: usize) -> Vec<FactKind> {
    let asked = |phrases: &str| {
        phrases.split('|').any(|phrase| (from..to).any(|i| end_of(words, i, to, phrase).is_some()))
    };
    WHOLE
        .iter()
        .filter(|(_, phrases)| asked(phrases))
        .map(|(kind, _)| FactKind::known(kind))
        .collect()
}
