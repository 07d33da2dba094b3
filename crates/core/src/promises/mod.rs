//! Promises: what we told a customer that we would do, and until when. Here are the promise itself and
//! the rules that find one in a reply; keeping and reminding is done elsewhere.

mod deadline;

use crate::facts::words::Words;
use crate::guard::telling::Tongue;
use crate::id::{CustomerId, ItemId, PromiseId, TicketId};
use crate::time::Instant;
use crate::wire::closed_set;

/// The most promises that are found in one text.
const MAX_FOUND: usize = 10;

closed_set! {
    /// What became of a promise.
    PromiseState, "state of a promise" {
        /// It is still to be kept.
        Open = 1 "open",
        /// It was kept.
        Kept = 2 "kept",
        /// Its time went by, or somebody says that it was not kept.
        Broken = 3 "broken",
        /// It was taken back.
        Withdrawn = 4 "withdrawn",
    }
}

/// A promise that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadePromise {
    /// Its id.
    pub id: PromiseId,
    /// The record to which it was made.
    pub customer: CustomerId,
    /// The ticket.
    pub ticket: TicketId,
    /// Its item on the timeline.
    pub item: ItemId,
    /// The message that made it.
    pub about: Option<ItemId>,
    /// What was promised.
    pub text: String,
    /// Until when.
    pub due_at: Instant,
    /// What became of it.
    pub state: PromiseState,
    /// Who said so, as events name an actor.
    pub state_by: Option<String>,
    /// When.
    pub state_at: Option<Instant>,
    /// Who made it, as events name an actor.
    pub made_by: String,
    /// When.
    pub created_at: Instant,
}

/// A promise in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundPromise {
    /// The first byte of the sentence that promises.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// Until when.
    pub due: Instant,
}

/// The promises of a reply, each with its time: days end at midnight of the place whose clocks are
/// `offset_minutes` ahead of UTC.
pub fn find(text: &str, sent_at: Instant, offset_minutes: i32) -> Vec<FoundPromise> {
    let words = Words::of(text, &[]);
    let (mut found, mut from) = (Vec::new(), 0);
    for i in 0..words.len() {
        if !words.ends_sentence(i) {
            continue;
        }
        let asks = matches!(words.folded(i), "?" | "؟");
        let speaks = Tongue::ALL.iter().filter(|tongue| we_will(&words, from, i, **tongue));
        let due = speaks
            .filter_map(|tongue| deadline::due(&words, from, i, *tongue, sent_at, offset_minutes));
        if let Some(due) = due.min().filter(|_| !asks && found.len() < MAX_FOUND) {
            let (start, end) = words.range(from, if words.folded(i) == "\n" { i } else { i + 1 });
            found.push(FoundPromise { start, end, due });
        }
        from = i + 1;
    }
    found
}

/// Whether a sentence says that we, or I, will do something.
fn we_will(words: &Words<'_>, from: usize, to: usize, tongue: Tongue) -> bool {
    let word = |i: usize| words.folded(i);
    match tongue {
        Tongue::English => {
            let subject = (from..to).find(|i| matches!(word(*i), "we" | "i"));
            let conditional = matches!(word(from), "if" | "could" | "can" | "please");
            subject.is_some_and(|at| {
                (at + 1..(at + 4).min(to)).any(|i| {
                    matches!(word(i), "will" | "ll" | "shall" | "promise" | "aim" | "going")
                })
            }) && !conditional
        }
        Tongue::Turkish => (from..to).any(|i| {
            let ends = ["acagiz", "ecegiz", "acagim", "ecegim", "iyoruz", "uyoruz"];
            ends.iter().any(|end| word(i).ends_with(end))
        }),
        Tongue::Persian => (from..to).any(|i| {
            let verb = word(i);
            matches!(verb, "خواهیم" | "خواهم")
                || (verb.starts_with("می")
                    && (verb.ends_with("یم") || verb.ends_with('م'))
                    && verb.chars().count() > 4)
        }),
        Tongue::German => {
            let subject = (from..to).any(|i| matches!(word(i), "wir" | "ich"));
            subject
                && !(from..to)
                    .any(|i| matches!(word(i), "haben" | "habe" | "hatten" | "waren" | "wenn"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Sunday.
    const SENT: &str = "2026-11-22T09:00:00Z";

    fn due(text: &str) -> Option<String> {
        let found = find(text, SENT.parse().unwrap(), 180);
        found.first().map(|promise| promise.due.to_string().replace(".000000Z", "Z"))
    }

    #[test]
    fn promises_in_four_languages() {
        for (text, expected) in [
            ("We will call you by Friday.", "2026-11-27T20:59:59Z"),
            ("I'll get back to you within 2 days.", "2026-11-24T20:59:59Z"),
            ("We will write within 4 hours", "2026-11-22T13:00:00Z"),
            ("We will send it by tomorrow.", "2026-11-23T20:59:59Z"),
            ("We'll ship it in 3 business days.", "2026-11-25T20:59:59Z"),
            ("I will refund you by 3 December 2026.", "2026-12-03T20:59:59Z"),
            ("Yarına kadar size döneceğiz.", "2026-11-23T20:59:59Z"),
            ("2 gün içinde arayacağız.", "2026-11-24T20:59:59Z"),
            ("Cuma gününe kadar göndereceğim.", "2026-11-27T20:59:59Z"),
            ("تا فردا با شما تماس می‌گیریم.", "2026-11-23T20:59:59Z"),
            ("ظرف ۲ روز ارسال خواهیم کرد.", "2026-11-24T20:59:59Z"),
            ("تا جمعه خبر می‌دهیم.", "2026-11-27T20:59:59Z"),
            ("Wir melden uns bis Freitag.", "2026-11-27T20:59:59Z"),
            ("Innerhalb von 2 Tagen schicken wir es.", "2026-11-24T20:59:59Z"),
            ("Ich rufe Sie bis morgen an.", "2026-11-23T20:59:59Z"),
        ] {
            assert_eq!(due(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn questions_and_tales_promise_nothing() {
        for text in [
            "Could you send it by Friday?",
            "You wrote that it came within 2 days.",
            "Please answer by tomorrow.",
            "Paket yarına kadar gelir.",
            "بسته تا فردا می‌رسد.",
            "Das Paket kommt bis Freitag.",
            "We will look into it.",
        ] {
            assert_eq!(due(text), None, "{text}");
        }
    }

    #[test]
    fn the_sentence_that_promises_is_shown() {
        let text = "Thank you. We will call you by Friday. Bye";
        let found = find(text, SENT.parse().unwrap(), 0);
        assert_eq!(&text[found[0].start..found[0].end], "We will call you by Friday.");
    }
}
