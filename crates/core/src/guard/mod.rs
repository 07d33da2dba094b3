//! The repeat guard: what a draft asks for, so that nobody asks what the customer has already told.
//! What is known is looked up elsewhere; here are the rules and the words for the agent.

mod cues;
mod nouns;
pub mod telling;

use serde::{Deserialize, Serialize};

use crate::facts::FactKind;
use crate::facts::words::Words;
use crate::id::QuestionRuleId;
use crate::time::Instant;
use crate::wire::closed_set;

/// The most questions of one draft.
const MAX_ASKS: usize = 40;
/// The longest phrase of an admin, in bytes.
pub const MAX_PHRASE: usize = 200;
/// The most rules of admins there may be.
pub const MAX_RULES: i64 = 500;

closed_set! {
    /// What happens when a reply asks for what is known.
    GuardMode, "mode of the repeat guard" {
        /// Replies are not looked at.
        Off = 1 "off",
        /// It is counted, and shown to who asks with `draft/check`.
        Warn = 2 "warn",
        /// The reply is refused until somebody says why he asks.
        Require = 3 "require",
    }
}

closed_set! {
    /// What became of a draft that asks for what is known.
    GuardOutcome, "outcome of the repeat guard" {
        /// It was shown to the agent; nothing was sent yet.
        Found = 1 "found",
        /// The reply that was sent no longer asks.
        Avoided = 2 "avoided",
        /// The reply asks all the same.
        Asked = 3 "asked",
    }
}

closed_set! {
    /// By what the numbers of a period are grouped.
    GroupBy, "group" {
        /// The team of the ticket.
        Team = 1 "team",
        /// The channel of the ticket.
        Channel = 2 "channel",
    }
}

/// The numbers of a period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RepeatCounts {
    /// Replies that no longer ask for what a draft of them asked for and was known.
    pub avoided: i64,
    /// Replies that ask for what was known.
    pub asked: i64,
    /// Tickets that were resolved.
    pub resolved: i64,
    /// Of these, those after which the customer opened another one soon.
    pub repeat_contacts: i64,
    /// Of these, those during which the customer also spoke on another channel.
    pub channel_switches: i64,
}

/// A phrase by which something is asked for, made by an admin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionRule {
    /// Its id.
    pub id: QuestionRuleId,
    /// What it asks for.
    pub kind: FactKind,
    /// The language of the phrase, as BCP 47 has it; only for people to find it by.
    pub language: String,
    /// The phrase. Case, accents and marks do not count.
    pub phrase: String,
    /// When it was made.
    pub created_at: Instant,
}

/// A question in a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// What it asks for.
    pub kind: FactKind,
    /// The first byte of the sentence that asks.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
}

/// What a draft asks for, each kind once, in the order of the text. Quoted lines do not count.
pub fn asks(draft: &str, rules: &[QuestionRule]) -> Vec<Ask> {
    let words = Words::of(draft, &[]);
    let phrases: Vec<(&QuestionRule, Vec<String>)> =
        rules.iter().map(|rule| (rule, spelled(&rule.phrase))).collect();
    let mut found: Vec<Ask> = Vec::new();
    for (from, to) in sentences(&words) {
        for kind in asked_in(&words, from, to, &phrases) {
            if found.len() < MAX_ASKS && !found.iter().any(|ask| ask.kind == kind) {
                let (start, end) = words.range(from, to);
                found.push(Ask { kind, start, end });
            }
        }
    }
    found
}

/// The sentences of a text as ranges of words, each with the mark that ends it.
fn sentences(words: &Words<'_>) -> Vec<(usize, usize)> {
    let (mut found, mut from) = (Vec::new(), 0);
    for i in 0..words.len() {
        if words.ends_sentence(i) {
            let to = if words.folded(i) == "\n" { i } else { i + 1 };
            if to > from + 1 {
                found.push((from, to));
            }
            from = i + 1;
        }
    }
    found
}

type Phrase<'a> = (&'a QuestionRule, Vec<String>);

fn asked_in(words: &Words<'_>, from: usize, to: usize, phrases: &[Phrase<'_>]) -> Vec<FactKind> {
    if in_quotes(words, from, to) || cues::declines(words, from, to) {
        return Vec::new();
    }
    let own = phrases.iter().filter(|(_, phrase)| (from..to).any(|i| begins(words, i, to, phrase)));
    let mut kinds: Vec<FactKind> = own.map(|(rule, _)| rule.kind.clone()).collect();
    kinds.extend(nouns::whole_questions(words, from, to));
    let question = matches!(words.folded(to - 1), "?" | "؟");
    let named = nouns::named(words, from, to);
    if !named.is_empty()
        && (cues::asks(words, from, to) || (question && cues::may_ask(words, from, to)))
    {
        kinds.extend(named);
    }
    let mut seen = std::collections::HashSet::new();
    kinds.retain(|kind| seen.insert(kind.clone()));
    kinds
}

/// Whether the whole sentence stands in quotation marks.
fn in_quotes(words: &Words<'_>, from: usize, to: usize) -> bool {
    let opens = matches!(words.folded(from), "\"" | "“" | "„" | "«");
    opens && (from + 1..to + 2).any(|i| matches!(words.folded(i), "\"" | "”" | "“" | "»"))
}

/// The folded words of a phrase, without marks.
fn spelled(phrase: &str) -> Vec<String> {
    let words = Words::of(phrase, &[]);
    (0..words.len()).filter(|i| words.is_word(*i)).map(|i| words.folded(i).to_owned()).collect()
}

/// Whether a phrase begins at a word, over marks.
fn begins(words: &Words<'_>, i: usize, to: usize, phrase: &[String]) -> bool {
    let mut at = i;
    for part in phrase {
        while at < to && !words.is_word(at) {
            at += 1;
        }
        if at >= to || words.folded(at) != part {
            return false;
        }
        at += 1;
    }
    !phrase.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(draft: &str) -> Vec<String> {
        asks(draft, &[]).into_iter().map(|ask| ask.kind.to_string()).collect()
    }

    #[test]
    fn the_sentence_that_asks_is_shown() {
        let draft = "Hello Elif. Could you send me your order number? Thank you.";
        let asks = asks(draft, &[]);
        assert_eq!(asks.len(), 1);
        assert_eq!(&draft[asks[0].start..asks[0].end], "Could you send me your order number?");
    }

    #[test]
    fn statements_and_quotes_ask_nothing() {
        assert!(kinds("Your order number is 4417.").is_empty());
        assert!(kinds("> What is your order number?\nI found it.").is_empty());
        assert!(kinds("You wrote: \"What is your order number?\"").len() <= 1);
    }

    #[test]
    fn an_admin_adds_phrases() {
        let rule = QuestionRule {
            id: QuestionRuleId::from(1),
            kind: "membership".parse().unwrap(),
            language: "en".to_owned(),
            phrase: "your club card".to_owned(),
            created_at: Instant::from_micros(0),
        };
        let asks = asks("Could I see your Club-Card please?", &[rule]);
        assert_eq!(asks[0].kind.as_str(), "membership");
    }
}
