//! Telephone numbers in the form by which they are compared: E.164, with the extension as RFC 3966
//! writes it, and without the digits that some countries write only at times.

use std::str::FromStr;

use phonenumber::Mode;
use phonenumber::country::Id;

/// The longest text that is looked at, in characters.
const MAX_TEXT: usize = 60;
/// Digits of a number with its country code (ITU-T E.164, 6.2.1), and those of a prefix to dial abroad.
const MAX_DIGITS: usize = 15 + 5;
/// Fewer digits are a short code, which is nobody's number.
const MIN_DIGITS: usize = 7;
/// The longest extension.
const MAX_EXTENSION: usize = 9;

/// The country in which numbers without a country code are read, by its ISO 3166-1 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region(Id);

impl Region {
    /// Reads a code of two letters, such as `TR`.
    pub fn parse(code: &str) -> Option<Self> {
        Id::from_str(&code.trim().to_ascii_uppercase()).ok().map(Self)
    }
}

/// A telephone number in the one form by which numbers are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneNumber(String);

/// Why a text is no telephone number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a telephone number: expected one with its country code, such as +90 212 …")]
pub struct NotANumber(String);

impl PhoneNumber {
    /// Checks and normalises. Without `region`, the number must begin with its country code.
    pub fn parse(text: &str, region: Option<Region>) -> Result<Self, NotANumber> {
        let bad = || NotANumber(text.chars().take(MAX_TEXT).collect());
        if text.chars().count() > MAX_TEXT {
            return Err(bad());
        }
        let (number, extension) = split(text).ok_or_else(bad)?;
        let number = e164(&number, region).ok_or_else(bad)?;
        Ok(Self(extension.map_or_else(|| number.clone(), |e| format!("{number};ext={e}"))))
    }

    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How often a number is read again: each time at most one digit too much is left out.
const READINGS: usize = 6;

/// The number with its country code. Read until nothing changes any more, since some are written with
/// a digit behind the country code that is dialled only within the country.
fn e164(text: &str, region: Option<Region>) -> Option<String> {
    let mut number = read(text, region)?;
    for _ in 0..READINGS {
        let again = read(&number, None)?;
        if again == number {
            return Some(number);
        }
        number = again;
    }
    None
}

fn read(text: &str, region: Option<Region>) -> Option<String> {
    let parsed = phonenumber::parse(region.map(|region| region.0), text).ok()?;
    let number = parsed.format().mode(Mode::E164).to_string();
    let digits = number.strip_prefix('+')?;
    let fits = (MIN_DIGITS..=15).contains(&digits.len());
    fits.then(|| format!("+{}", one_form(digits)))
}

/// The digits to dial, with `+` before a country code, and the extension.
fn split(text: &str) -> Option<(String, Option<String>)> {
    let text: String = text.chars().filter_map(ascii).collect();
    let text = text.trim().trim_start_matches("tel:");
    let (number, extension) =
        match text.find(|c: char| c.is_ascii_alphabetic() || ";#,".contains(c)) {
            Some(at) => (text.get(..at)?, Some(digits(text.get(at..)?)).filter(|e| !e.is_empty())),
            None => (text, None),
        };
    let dialled = digits(number);
    let abroad = number.trim_start().starts_with('+') || number.trim_start().starts_with("(+");
    let number = match dialled.strip_prefix("00").filter(|_| !abroad) {
        Some(rest) => format!("+{rest}"),
        None if abroad => format!("+{dialled}"),
        None => dialled,
    };
    let fits = number.len() <= MAX_DIGITS && number.len() >= 4;
    let short = extension.as_ref().is_none_or(|e| e.len() <= MAX_EXTENSION);
    (fits && short).then_some((number, extension))
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// A character in ASCII: the digits of Arabic, Persian and full-width writing among them. Marks of
/// direction and what else is not written with numbers are left out.
fn ascii(c: char) -> Option<char> {
    let digit = |zero: u32| char::from_digit(u32::from(c).checked_sub(zero)?, 10);
    match c {
        '\u{660}'..='\u{669}' => digit(0x660),
        '\u{6f0}'..='\u{6f9}' => digit(0x6f0),
        '\u{ff10}'..='\u{ff19}' => digit(0xff10),
        '\u{ff0b}' => Some('+'),
        c if c.is_ascii() => Some(c.to_ascii_lowercase()),
        _ => None,
    }
}

/// A number with its country code and without what is written only at times.
///
/// - Brazil (55): mobile numbers got a 9 before their eight digits between 2012 and 2016; many
///   systems still know them without it.
/// - Mexico (52): until 2019 a 1 stood before mobile numbers called from abroad.
/// - Argentina (54): a 9 stands before mobile numbers called from abroad, and nowhere else.
fn one_form(number: &str) -> String {
    if let Some(national) = number.strip_prefix("55").filter(|n| n.len() == 10)
        && let Some((area, own)) = national.split_at_checked(2)
        && own.starts_with(['6', '7', '8', '9'])
    {
        return format!("55{area}9{own}");
    }
    for (country, extra) in [("52", "1"), ("54", "9")] {
        let national = number.strip_prefix(country).filter(|n| n.len() == 11);
        if let Some(own) = national.and_then(|n| n.strip_prefix(extra)) {
            return format!("{country}{own}");
        }
    }
    number.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str, region: &str) -> String {
        let parsed = PhoneNumber::parse(text, Region::parse(region));
        parsed.map_or_else(|e| e.to_string(), |number| number.as_str().to_owned())
    }

    #[test]
    fn numbers_are_compared_in_one_form() {
        let cases = [
            ("0532 123 45 67", "TR", "+905321234567"),
            ("+90 (532) 123-45-67", "", "+905321234567"),
            ("0090 532 1234567", "TR", "+905321234567"),
            ("tel:+90-532-123-45-67", "DE", "+905321234567"),
            ("۰۹۱۲ ۳۴۵ ۶۷۸۹", "IR", "+989123456789"),
            ("030 123456", "DE", "+4930123456"),
            ("+39 06 12345678", "", "+390612345678"),
            ("+90 212 555 00 00 dahili 12", "", "+902125550000;ext=12"),
            ("+902125550000;ext=12", "", "+902125550000;ext=12"),
            ("(+44) 20 7946 0958 x3", "", "+442079460958;ext=3"),
        ];
        for (text, region, expected) in cases {
            assert_eq!(key(text, region), expected, "{text} in {region:?}");
        }
    }

    #[test]
    fn digits_written_at_times_make_no_difference() {
        let pairs = [
            ("+55 11 98765-4321", "+55 11 8765-4321"),
            ("+52 1 55 1234 5678", "+52 55 1234 5678"),
            ("+54 9 11 2345-6789", "+54 11 2345-6789"),
        ];
        for (with, without) in pairs {
            assert_eq!(key(with, ""), key(without, ""), "{with}");
        }
        assert_ne!(key("+55 11 3456-7890", ""), key("+55 11 93456-7890", ""), "a landline");
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_given_is_a_number_or_none(text in "[+0-9 ()x;۰-۹a-f-]{0,24}") {
            for region in ["", "TR", "BR", "US", "DE", "AR"] {
                let number = PhoneNumber::parse(&text, Region::parse(region));
                let again = number.as_ref().map(|n| PhoneNumber::parse(n.as_str(), None));
                if let (Ok(number), Ok(again)) = (&number, again) {
                    proptest::prop_assert_eq!(Some(number), again.as_ref().ok(), "{}", text);
                }
            }
        }
    }

    #[test]
    fn what_is_no_number_is_said_to_be_none() {
        let long = "1".repeat(50);
        for bad in ["", "+", "112", "elif", "0532 123 45 67", "+1", "+999999999999999999", &long] {
            assert!(PhoneNumber::parse(bad, None).is_err(), "{bad:?}: {}", key(bad, ""));
        }
        assert!(Region::parse("tr").is_some() && Region::parse("Turkey").is_none());
    }
}
