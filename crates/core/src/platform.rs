//! What a platform says of a message beyond its text, and how edits, deletions, reactions and receipts
//! change it. Each may come late, twice or before another: what counts is when it happened. Its files are in
//! `files`.

mod files;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::inbound::{Audience, ChannelEvent, Content, Happened, Person, Receipt, ReceiptState};
use crate::time::Instant;

pub use files::{FileState, SentFile, Wait};

/// The most earlier texts that are kept of one message.
const MAX_EDITS: usize = 20;
/// The most bytes of all earlier texts of one message.
const MAX_EARLIER: usize = 128 * 1024;
/// The most reactions that are kept on one message.
const MAX_REACTIONS: usize = 100;

/// What a platform says of a message beyond its text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Platform {
    /// What the platform calls it.
    pub kind: String,
    /// The platform's id of the message.
    pub object: String,
    /// Who else reads it.
    #[serde(default, skip_serializing_if = "is_private")]
    pub audience: Audience,
    /// Where people see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The object that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<String>,
    /// When it was last changed by who wrote it, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<i64>,
    /// What it said before, the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Earlier>,
    /// When it was taken back, in microseconds; its text is gone then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<i64>,
    /// The signs that stand on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Sign>,
    /// The signs that were taken off, so that one that was put there before that and comes later is not
    /// put back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_off: Vec<Sign>,
    /// How far it has come, when it is ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Arrived>,
    /// Its files that lie with the platform.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<SentFile>,
    /// What else the platform says.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

fn is_private(audience: &Audience) -> bool {
    *audience == Audience::Private
}

/// What a message said before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// The text.
    pub text: String,
    /// Until when, in microseconds.
    pub until: i64,
}

/// A sign on a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sign {
    /// The sign.
    pub emoji: String,
    /// Whose it is, as the platform names him.
    pub by: String,
    /// When it was put there, in microseconds.
    pub at: i64,
}

/// How far a message of ours has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrived {
    /// How far.
    pub state: ReceiptState,
    /// Since when, in microseconds.
    pub at: i64,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Platform {
    /// Lets something that happened to the message change it. Says whether anything looks another now.
    pub fn change(&mut self, body: &mut String, event: &ChannelEvent, at: Instant) -> bool {
        match &event.what {
            Happened::Edit { content, .. } => self.edit(body, content, at.as_micros()),
            Happened::Deletion { .. } => self.delete(body, at.as_micros()),
            Happened::Reaction { emoji, removed: false, .. } => self.react(sign(event, emoji, at)),
            Happened::Reaction { emoji, removed: true, .. } => {
                self.take_off(sign(event, emoji, at))
            }
            Happened::Receipt(receipt) => self.arrive(receipt, at.as_micros()),
            Happened::Message { .. }
            | Happened::Invitation {}
            | Happened::Event(_)
            | Happened::Unknown { .. }
            | Happened::Nothing { .. } => false,
        }
    }

    /// Lets a newer text take the place of this one. Says whether it was newer.
    pub(crate) fn edit(&mut self, body: &mut String, content: &Content, at: i64) -> bool {
        let late = self.edited_at.is_some_and(|edited| at <= edited);
        if late || self.deleted_at.is_some() {
            return false;
        }
        self.edited_at = Some(at);
        if !content.files.is_empty() {
            files::replace(&mut self.files, &content.files);
        }
        if *body == content.text {
            return true;
        }
        self.edits.push(Earlier { text: std::mem::replace(body, content.text.clone()), until: at });
        let excess = self.edits.len().saturating_sub(MAX_EDITS);
        self.edits.drain(..excess);
        while self.edits.iter().map(|earlier| earlier.text.len()).sum::<usize>() > MAX_EARLIER {
            self.edits.remove(0);
        }
        true
    }

    /// Who takes a message back wants it gone, with all that it said before.
    fn delete(&mut self, body: &mut String, at: i64) -> bool {
        if self.deleted_at.is_some() {
            return false;
        }
        self.deleted_at = Some(at);
        self.edits.clear();
        self.files.clear();
        self.extra.clear();
        body.clear();
        true
    }

    fn react(&mut self, sign: Sign) -> bool {
        // At one instant, what comes last counts.
        let is_off = |off: &Sign| off.takes_off(&sign) && sign.at < off.at;
        let known = self.reactions.iter().any(|known| known.is_of(&sign));
        if known || self.taken_off.iter().any(is_off) || self.reactions.len() >= MAX_REACTIONS {
            return false;
        }
        self.reactions.push(sign);
        true
    }

    fn take_off(&mut self, off: Sign) -> bool {
        let before = self.reactions.len();
        self.reactions.retain(|sign| !off.takes_off(sign));
        self.taken_off.retain(|known| !known.is_of(&off) || known.at > off.at);
        self.taken_off.push(off);
        let excess = self.taken_off.len().saturating_sub(MAX_REACTIONS);
        self.taken_off.drain(..excess);
        self.reactions.len() < before
    }

    /// Takes out what says the same as the text, and who put signs on it.
    pub fn redact(&mut self, files: bool, parties: bool) {
        self.edits.clear();
        self.extra.clear();
        if files {
            self.files.clear();
        }
        if parties {
            self.url = None;
            self.reactions.clear();
            self.taken_off.clear();
            self.receipt.iter_mut().for_each(|receipt| receipt.error = None);
        }
    }

    /// Receipts only move forward.
    fn arrive(&mut self, receipt: &Receipt, at: i64) -> bool {
        if self.receipt.as_ref().is_some_and(|known| known.state >= receipt.state) {
            return false;
        }
        let Receipt { state, of: _, up_to: _, error } = receipt;
        self.receipt = Some(Arrived { state: *state, at, error: error.clone() });
        true
    }
}

impl Sign {
    fn is_of(&self, other: &Self) -> bool {
        self.by == other.by && self.emoji == other.emoji
    }

    /// Whether this, which was taken off, takes that one with it. An empty sign is any.
    fn takes_off(&self, other: &Self) -> bool {
        let same = self.emoji.is_empty() || self.emoji == other.emoji;
        same && self.by == other.by && other.at <= self.at
    }
}

fn sign(event: &ChannelEvent, emoji: &str, at: Instant) -> Sign {
    Sign { emoji: emoji.to_owned(), by: name_of(&event.who), at: at.as_micros() }
}

/// By whom something was brought about, as the platform names him for good; his name else.
fn name_of(who: &Person) -> String {
    let first = who.hints.first().map(|hint| hint.key.value.clone());
    first.or_else(|| who.name.clone()).unwrap_or_default()
}

/// The objects that an event refers to; none for what stands by itself.
pub fn refers_to(event: &ChannelEvent) -> &[String] {
    match &event.what {
        Happened::Edit { of, .. } | Happened::Deletion { of } | Happened::Reaction { of, .. } => {
            std::slice::from_ref(of)
        }
        Happened::Receipt(receipt) => &receipt.of,
        Happened::Message { .. }
        | Happened::Invitation {}
        | Happened::Event(_)
        | Happened::Unknown { .. }
        | Happened::Nothing { .. } => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::Direction;

    fn event(what: Happened) -> ChannelEvent {
        ChannelEvent {
            key: "k".into(),
            provider_kind: "p".into(),
            occurred_at: None,
            direction: Direction::Inbound,
            who: Person { name: Some("Elif".into()), ..Person::default() },
            conversation: None,
            what,
            extra: Map::new(),
        }
    }

    fn edit(text: &str) -> ChannelEvent {
        let content = Content { text: text.into(), ..Content::default() };
        event(Happened::Edit { of: "1".into(), content })
    }

    fn receipt(state: ReceiptState) -> ChannelEvent {
        event(Happened::Receipt(Receipt { state, of: Vec::new(), up_to: None, error: None }))
    }

    fn at(second: i64) -> Instant {
        Instant::from_micros(second * 1_000_000)
    }

    #[test]
    fn the_newest_edit_counts_in_whatever_order_they_come() {
        let (mut platform, mut body) = (Platform::default(), "first".to_owned());
        assert!(platform.change(&mut body, &edit("third"), at(3)));
        assert!(!platform.change(&mut body, &edit("second"), at(2)));
        assert!(!platform.change(&mut body, &edit("third"), at(3)), "it came twice");
        assert_eq!(body, "third");
        assert_eq!(platform.edits, [Earlier { text: "first".into(), until: 3_000_000 }]);
    }

    #[test]
    fn what_was_taken_back_is_gone_and_stays_so() {
        let (mut platform, mut body) = (Platform::default(), "first".to_owned());
        platform.change(&mut body, &edit("second"), at(2));
        let deletion = event(Happened::Deletion { of: "1".into() });
        assert!(platform.change(&mut body, &deletion, at(3)));
        assert!(!platform.change(&mut body, &deletion, at(4)));
        assert!(!platform.change(&mut body, &edit("again"), at(5)));
        assert_eq!((body.as_str(), platform.edits.len()), ("", 0));
        assert_eq!(platform.deleted_at, Some(3_000_000));
    }

    #[test]
    fn each_puts_a_sign_once_and_takes_his_own_off() {
        let (mut platform, mut body) = (Platform::default(), String::new());
        let sign = |emoji: &str, removed| {
            event(Happened::Reaction { of: "1".into(), emoji: emoji.into(), removed })
        };
        assert!(platform.change(&mut body, &sign("👍", false), at(1)));
        assert!(!platform.change(&mut body, &sign("👍", false), at(2)));
        let mut other = sign("👍", true);
        other.who.name = Some("Reza".into());
        assert!(!platform.change(&mut body, &other, at(3)));
        assert!(platform.change(&mut body, &sign("", true), at(3)), "whichever it was");
        assert!(platform.reactions.is_empty());
        assert!(!platform.change(&mut body, &sign("👍", false), at(2)), "it was taken off since");
        assert!(platform.change(&mut body, &sign("👍", false), at(4)), "and put there again");
    }

    #[test]
    fn earlier_texts_take_no_more_than_their_room() {
        let (mut platform, mut body) = (Platform::default(), "x".repeat(MAX_EARLIER));
        assert!(platform.change(&mut body, &edit("small"), at(1)));
        assert_eq!(platform.edits.len(), 1);
        assert!(platform.change(&mut body, &edit("next"), at(2)));
        assert_eq!(platform.edits, [Earlier { text: "small".into(), until: 2_000_000 }]);
    }

    #[test]
    fn what_is_taken_out_of_a_text_is_not_left_beside_it() {
        let (mut platform, mut body) = (Platform::default(), "first".to_owned());
        platform.extra.insert("raw".into(), "first".into());
        platform.change(&mut body, &edit("second"), at(1));
        platform.redact(false, false);
        assert_eq!((platform.edits.len(), platform.extra.len()), (0, 0));
        assert_eq!(platform.edited_at, Some(1_000_000));
    }

    #[test]
    fn receipts_only_move_forward() {
        let (mut platform, mut body) = (Platform::default(), String::new());
        use ReceiptState::{Delivered, Failed, Read, Sent};
        for (state, moves) in [(Sent, true), (Read, true), (Delivered, false), (Failed, false)] {
            assert_eq!(platform.change(&mut body, &receipt(state), at(1)), moves, "{state:?}");
        }
        assert_eq!(platform.receipt.map(|arrived| arrived.state), Some(Read));
    }
}
