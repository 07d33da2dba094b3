//! What a log writes where a number stands: a customer's number, an extension, one of our own, a short
//! code, or nothing that could be called back.

use serde::{Deserialize, Serialize};

use crate::identity::{PhoneNumber, Region};
use crate::wire::closed_set;

/// The longest text that is kept where a number stands, in characters.
const MAX_RAW: usize = 100;
/// More digits than a short code has.
const MAX_SHORT: usize = 6;
/// What phone systems and networks write for a number that is not shown, folded.
const WITHHELD: &[&str] = &[
    "anonymous",
    "anonym",
    "anonymous caller",
    "anonyme",
    "private",
    "private number",
    "withheld",
    "restricted",
    "unavailable",
    "unknown",
    "unknown number",
    "<unknown>",
    "number withheld",
    "no number",
    "not available",
    "blocked",
    "asserted",
    "unbekannt",
    "unterdruckt",
    "gizli",
    "gizli numara",
    "bilinmeyen",
];

closed_set! {
    /// Of what kind a number is.
    NumberKind, "kind of number" {
        /// Somebody's outside the phone system.
        External = 1 "external",
        /// A phone of ours, by its extension.
        Extension = 2 "extension",
        /// One of our own numbers, as customers call it.
        Own = 3 "own",
        /// A short code: nobody's own number.
        ShortCode = 4 "short_code",
        /// Somebody outside who does not show his number.
        Withheld = 5 "withheld",
        /// Something else, such as the name of a line or a code that the phone system itself answers.
        Other = 6 "other",
    }
}

impl NumberKind {
    /// Whether whoever has it is outside the phone system.
    pub fn is_outside(self) -> bool {
        matches!(self, Self::External | Self::ShortCode | Self::Withheld)
    }

    /// Whether it is on our side.
    pub fn is_inside(self) -> bool {
        matches!(self, Self::Extension | Self::Own)
    }
}

/// A number as a log writes it, and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    /// As written.
    pub raw: String,
    /// Of what kind.
    pub kind: NumberKind,
    /// The form by which numbers are compared, if it has one: never of an extension, a short code or a
    /// number that is not shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e164: Option<String>,
}

impl Number {
    /// Whether both are the same number.
    pub fn is(&self, other: &Self) -> bool {
        match (&self.e164, &other.e164) {
            (Some(mine), Some(other)) => mine == other,
            _ => self.raw == other.raw,
        }
    }
}

/// How the numbers of a phone system are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberPlan {
    /// The country in which numbers without a country code are read.
    pub region: Option<Region>,
    /// How many digits extensions have, at least and at most. Nothing is an extension by its length if
    /// the least is greater than the most.
    pub extension_digits: (u8, u8),
    /// What digits extensions begin with, where not all of their length are extensions.
    pub extension_prefixes: Vec<String>,
    /// What is dialled before a number outside, such as `0`. It is taken off numbers that we called.
    pub outside_prefix: String,
    /// Our own numbers, in the form by which numbers are compared, or as the log writes them.
    own: Vec<String>,
}

impl Default for NumberPlan {
    /// No region; extensions have two to five digits.
    fn default() -> Self {
        Self {
            region: None,
            extension_digits: (2, 5),
            extension_prefixes: Vec::new(),
            outside_prefix: String::new(),
            own: Vec::new(),
        }
    }
}

impl NumberPlan {
    /// The same with these as our own numbers.
    pub fn with_own(mut self, numbers: &[String]) -> Self {
        let form = |text: &String| e164(text, self.region).unwrap_or_else(|| bare(text).to_owned());
        self.own = numbers.iter().map(form).collect();
        self
    }

    /// What a text is, where a number stands; `None` if nothing stands there.
    pub fn read(&self, text: &str) -> Option<Number> {
        let bare = bare(text);
        if bare.is_empty() {
            return None;
        }
        let raw = text.trim().chars().take(MAX_RAW).collect();
        let (kind, e164) = self.kind_of(bare);
        Some(Number { raw, kind, e164 })
    }

    /// The same for a number that we dialled: what is dialled before numbers outside is taken off, if an
    /// outside number is left.
    pub fn read_dialled(&self, text: &str) -> Option<Number> {
        let rest = Some(self.outside_prefix.as_str()).filter(|p| !p.is_empty());
        let rest = rest.and_then(|prefix| bare(text).strip_prefix(prefix));
        let outside = rest.and_then(|rest| self.read(rest));
        let outside = outside.filter(|n| n.kind == NumberKind::External && n.e164.is_some());
        match outside {
            Some(number) => {
                Some(Number { raw: text.trim().chars().take(MAX_RAW).collect(), ..number })
            }
            None => self.read(text),
        }
    }

    fn kind_of(&self, text: &str) -> (NumberKind, Option<String>) {
        if WITHHELD.contains(&crate::text::fold(text).as_str()) {
            return (NumberKind::Withheld, None);
        }
        if self.is_extension(text) {
            return (NumberKind::Extension, None);
        }
        let e164 = e164(text, self.region);
        if self.own.iter().any(|own| Some(own) == e164.as_ref() || own == text) {
            return (NumberKind::Own, e164);
        }
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let written = text.chars().all(|c| c.is_ascii_digit() || " +-()./".contains(c));
        match e164 {
            Some(e164) if digits > MAX_SHORT => (NumberKind::External, Some(e164)),
            _ if !written || digits < 2 => (NumberKind::Other, None),
            _ if digits <= MAX_SHORT => (NumberKind::ShortCode, None),
            _ => (NumberKind::External, None),
        }
    }

    fn is_extension(&self, text: &str) -> bool {
        let (least, most) = self.extension_digits;
        let fits = (usize::from(least)..=usize::from(most)).contains(&text.len());
        let prefixes = &self.extension_prefixes;
        let begins = prefixes.is_empty() || prefixes.iter().any(|p| text.starts_with(p.as_str()));
        fits && begins && text.bytes().all(|b| b.is_ascii_digit())
    }
}

/// The number in a text such as `sip:+49171@host`, or the text itself.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let rest = ["sip:", "sips:", "tel:"].iter().find_map(|scheme| text.strip_prefix(scheme));
    match rest {
        Some(rest) => rest.split(['@', ';']).next().unwrap_or(rest),
        None => text,
    }
}

fn e164(text: &str, region: Option<Region>) -> Option<String> {
    // A text with letters may be the name of a line that holds digits.
    if bare(text).chars().any(char::is_alphabetic) {
        return None;
    }
    PhoneNumber::parse(bare(text), region).ok().map(|number| number.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::NumberKind::*;
    use super::*;

    fn plan() -> NumberPlan {
        let own = ["+49 30 5557 000".to_owned()];
        let plan = NumberPlan { region: Region::parse("DE"), ..NumberPlan::default() };
        NumberPlan { outside_prefix: "0".to_owned(), ..plan }.with_own(&own)
    }

    #[test]
    fn only_numbers_of_people_outside_have_a_form_to_compare() {
        for (text, kind, e164) in [
            ("+491710000000", External, Some("+491710000000")),
            ("0171 0000000", External, Some("+491710000000")),
            ("sip:+491710000000@pbx.example", External, Some("+491710000000")),
            ("0305557000", Own, Some("+49305557000")),
            ("101", Extension, None),
            ("118000", ShortCode, None),
            ("anonymous", Withheld, None),
            ("<Unknown>", Withheld, None),
            ("Gizli numara", Withheld, None),
            ("*97", Other, None),
            ("s", Other, None),
            ("line-49171000000", Other, None),
        ] {
            let number = plan().read(text).unwrap();
            assert_eq!((number.kind, number.e164.as_deref()), (kind, e164), "{text}");
            assert_eq!(number.raw, text);
        }
        assert_eq!(plan().read("  "), None);
    }

    #[test]
    fn without_a_region_the_written_number_is_kept_and_not_guessed_at() {
        let number = NumberPlan::default().read("0171 0000000").unwrap();
        assert_eq!((number.kind, number.e164), (External, None));
    }

    #[test]
    fn what_is_dialled_for_an_outside_line_is_no_part_of_the_number() {
        let dialled = plan().read_dialled("001710000000").unwrap();
        assert_eq!(dialled.e164.as_deref(), Some("+491710000000"));
        assert_eq!(dialled.raw, "001710000000");
        assert_eq!(plan().read_dialled("101").unwrap().kind, Extension);
    }

    #[test]
    fn extensions_may_be_told_by_what_they_begin_with() {
        let plan = NumberPlan { extension_prefixes: vec!["1".to_owned()], ..plan() };
        assert_eq!(plan.read("101").unwrap().kind, Extension);
        assert_eq!(plan.read("211").unwrap().kind, ShortCode);
    }
}
