//! Facts: what a customer told us, found in his words by rules. Nothing is made up: every fact is a
//! stretch of the text. Here stand the kinds, the facts themselves and the way through a text; the
//! rules stand in the files below. Storing and showing are done elsewhere.

mod address;
pub mod calendar;
mod checks;
mod codes;
mod dates;
mod devices;
mod kind;
mod labels;
mod numbers;
pub mod rules;
pub mod sheet;
pub mod words;

use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::id::{CustomerId, FactId, ItemId, TicketId};
use crate::inbound::TextSpan;
use crate::time::Instant;
use crate::wire::closed_set;

pub use kind::{FactKind, NotAKind};

use rules::RuleSet;
use words::Words;

/// The most facts of one text.
pub const MAX_FACTS: usize = 50;
/// The longest value, in bytes.
pub const MAX_VALUE: usize = 300;

closed_set! {
    /// What is held of a fact.
    FactState, "state of a fact" {
        /// The customer said it.
        Stated = 1 "stated",
        /// Somebody made sure.
        Confirmed = 2 "confirmed",
        /// It was so, and is no longer.
        Outdated = 3 "outdated",
        /// It never was so.
        Wrong = 4 "wrong",
    }
}

impl FactState {
    /// Whether the fact still counts.
    pub fn stands(self) -> bool {
        matches!(self, Self::Stated | Self::Confirmed)
    }
}

closed_set! {
    /// Who found a fact.
    FactSource, "source of a fact" {
        /// A rule, in running text.
        Rule = 1 "rule",
        /// A rule, in a line that answers a form.
        Form = 2 "form",
        /// An agent marked it.
        Agent = 3 "agent",
        /// An integrator pushed it.
        Integrator = 4 "integrator",
    }
}

/// A fact as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Its id.
    pub id: FactId,
    /// The record that it was told by.
    pub customer: CustomerId,
    /// The item that holds it.
    pub item: ItemId,
    /// The ticket of that item.
    pub ticket: Option<TicketId>,
    /// The channel of that item.
    pub channel: Channel,
    /// What it is.
    pub kind: FactKind,
    /// Its value, in the form in which values are compared.
    pub value: String,
    /// As it was written.
    pub display: String,
    /// Its bytes in the text of the item; `None` for what was pushed beside the text.
    pub range: Option<(usize, usize)>,
    /// The rule that found it.
    pub rule: String,
    /// Who found it.
    pub source: FactSource,
    /// How sure the rule is, in percent.
    pub confidence: u8,
    /// When it was told.
    pub said_at: Instant,
    /// What is held of it.
    pub state: FactState,
    /// Who said so last, as events name an actor; `None` when nobody did.
    pub state_by: Option<String>,
    /// When.
    pub state_at: Option<Instant>,
    /// When we learned of it.
    pub created_at: Instant,
}

/// A fact in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// What it is.
    pub kind: FactKind,
    /// Its value, in the form in which values are compared.
    pub value: String,
    /// As it is written.
    pub display: String,
    /// Its first byte.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// The rule that found it.
    pub rule: String,
    /// Whether it answers a form.
    pub form: bool,
    /// How sure the rule is, in percent.
    pub confidence: u8,
    #[serde(skip)]
    rank: Rank,
}

/// Of two facts in one place the one with the higher rank stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Rank {
    #[default]
    Device,
    Version,
    Weak,
    Date,
    Amount,
    Address,
    Phone,
    Label,
    Admin,
    Checked,
}

impl Found {
    fn new(
        raw: &str,
        kind: FactKind,
        (start, end): (usize, usize),
        value: String,
        rule: &str,
        confidence: u8,
        rank: Rank,
    ) -> Self {
        let display = raw.get(start..end).unwrap_or_default().to_owned();
        let rule = rule.to_owned();
        Self { kind, value, display, start, end, rule, form: false, confidence, rank }
    }
}

/// The facts of a text, in their order. `skip` are stretches that the customer does not say now: quotes
/// and signatures. The admin's `rules` go before the built-in ones.
pub fn extract(text: &str, skip: &[TextSpan], rules: &RuleSet) -> Vec<Found> {
    let mut found = rules.find(text, skip);
    if may_hold_facts(text) {
        let words = Words::of(text, skip);
        for i in 0..words.len() {
            if found.len() >= MAX_FACTS * 4 {
                break;
            }
            look_at(&words, i, &mut found);
        }
    }
    best(found)
}

/// A text without a digit and without an address of mail holds nothing that the built-in rules find.
fn may_hold_facts(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Arabic digits are the bytes D9 A0..A9, Persian ones DB B0..B9.
    let other = |pair: &[u8]| matches!(pair, [0xd9, 0xa0..=0xa9] | [0xdb, 0xb0..=0xb9]);
    bytes.iter().any(|b| b.is_ascii_digit() || *b == b'@')
        || (!text.is_ascii() && bytes.windows(2).any(other))
}

/// The day that is written at word `i`; without a year the next such day from `today` on.
pub(crate) fn day_at(words: &Words<'_>, i: usize, today: calendar::Day) -> Option<calendar::Day> {
    let written = dates::date_at(words, i)?;
    if written.day.is_some() {
        return written.day;
    }
    let (month, day) = written.value.strip_prefix("--")?.split_once('-')?;
    let of = |year: i32| calendar::Day::new(year, month.parse().ok()?, day.parse().ok()?);
    of(today.year).filter(|day| *day >= today).or_else(|| of(today.year + 1))
}

/// What begins at a word.
fn look_at(words: &Words<'_>, i: usize, found: &mut Vec<Found>) {
    match words.class(i) {
        words::Class::Mark => match words.folded(i) {
            "@" => found.extend(codes::email_at(words, i)),
            "+" => found.extend(codes::phone_at(words, i)),
            _ => {}
        },
        words::Class::Letters => {
            found.extend(codes::labelled_at(words, i));
            found.extend(codes::system_at(words, i));
            found.extend(address::address_at(words, i));
            found.extend(devices::device_at(words, i));
            found.extend(codes::checked_at(words, i));
            found.extend(dates::date_at(words, i).map(|date| dates::fact(words, i, &date)));
        }
        words::Class::Digits | words::Class::Mixed => {
            found.extend(codes::checked_at(words, i));
            found.extend(codes::announced_behind(words, i));
            found.extend(codes::national_phone_at(words, i));
            found.extend(codes::version_at(words, i));
            found.extend(numbers::amount_at(words, i));
            found.extend(address::address_at(words, i));
            found.extend(devices::device_at(words, i));
            found.extend(dates::date_at(words, i).map(|date| dates::fact(words, i, &date)));
        }
    }
}

/// Of facts that overlap the one of the higher rank, each value of a kind once, in the order of the text.
fn best(mut found: Vec<Found>) -> Vec<Found> {
    found.retain(|fact| !fact.display.is_empty() && fact.value.len() <= MAX_VALUE);
    found.sort_by_key(|fact| {
        (std::cmp::Reverse(fact.rank), fact.start, std::cmp::Reverse(fact.end))
    });
    let mut kept: Vec<Found> = Vec::new();
    for fact in found {
        let overlaps = |other: &Found| fact.start < other.end && other.start < fact.end;
        if kept.len() < MAX_FACTS && !kept.iter().any(overlaps) {
            kept.push(fact);
        }
    }
    kept.sort_by_key(|fact| fact.start);
    let mut seen = std::collections::HashSet::new();
    kept.retain(|fact| seen.insert((fact.kind.clone(), fact.value.clone())));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbound::SpanKind;

    fn kinds(text: &str) -> Vec<(String, String)> {
        let found = extract(text, &[], &RuleSet::default());
        found.into_iter().map(|f| (f.kind.to_string(), f.value)).collect()
    }

    #[test]
    fn a_fact_is_a_stretch_of_the_text() {
        let text = "Sipariş numaram ۴۴۱۷, tel +90 532 111 22 33, elif@example.com";
        let found = extract(text, &[], &RuleSet::default());
        assert_eq!(found.len(), 3, "{found:?}");
        for fact in found {
            assert_eq!(&text[fact.start..fact.end], fact.display);
        }
    }

    #[test]
    fn quotes_and_signatures_are_not_told_now() {
        let text = "My order number is 4417.\nOn Monday you wrote: order number 99817";
        let start = text.find("On Monday").unwrap();
        let rule = "test".to_owned();
        let kind = SpanKind::Quote;
        let span = TextSpan { start, end: text.len(), kind, rule, confidence: 1.0 };
        let found = extract(text, &[span], &RuleSet::default());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].value, "4417");
    }

    #[test]
    fn a_line_that_answers_a_form_is_marked() {
        let found =
            extract("Order number: 4417\nI said order number 5518", &[], &RuleSet::default());
        assert_eq!(found.iter().map(|f| f.form).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn a_long_hostile_text_costs_little_and_gives_few() {
        let text = "order number 4417 +90 +90 a@b.co 12.12.2026 1z ".repeat(20_000);
        let begun = std::time::Instant::now();
        assert!(extract(&text, &[], &RuleSet::default()).len() <= MAX_FACTS);
        let marks = "@+-/.".repeat(100_000);
        assert!(kinds(&marks).is_empty());
        assert!(kinds(&"9".repeat(200_000)).is_empty());
        assert!(begun.elapsed().as_secs() < 20, "unoptimised, and far from quadratic");
    }
}
