//! The brief: what the next agent has to know of a customer, made by rule of what is there. Loading is
//! done elsewhere; here are its parts and the rules that pick them.

use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::facts::FactKind;
use crate::facts::words::Words;
use crate::id::{CustomerId, ItemId, PromiseId, TicketId};
use crate::inbound::TextSpan;
use crate::language;
use crate::promises::PromiseState;
use crate::ticket::{Priority, StatusCategory};
use crate::time::Instant;
use crate::timeline::{Author, Detail, Direction, ItemKind, TimelineItem};

/// The most ratings, contacts and so on of each part.
pub const MOST: usize = 10;
/// The longest question that is shown, in characters.
const MAX_QUESTION: usize = 300;
/// Messages of which the language to answer in is told.
const MESSAGES: usize = 3;

/// What the next agent has to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Brief {
    /// The customer, by the surviving record.
    pub customer: CustomerId,
    /// The name.
    pub name: Option<String>,
    /// The name of the organization.
    pub organization: Option<String>,
    /// The language to answer in.
    pub language: Option<String>,
    /// Whether the customer is specially important; `None` where nobody said.
    pub vip: Option<bool>,
    /// Tickets that are not resolved, the newest change first.
    pub open_tickets: Vec<OpenTicket>,
    /// The last contact on each channel, the newest first.
    pub contacts: Vec<Contact>,
    /// What the customer told, kind by kind.
    pub told: Vec<Told>,
    /// What we promised: what is open or broken, the earliest due first.
    pub promises: Vec<Promised>,
    /// The last ratings, the newest first.
    pub ratings: Vec<Rating>,
    /// The last question of the customer that nobody has answered.
    pub open_question: Option<Question>,
    /// When it was made.
    pub made_at: Instant,
}

/// A ticket that is not resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenTicket {
    /// Its id.
    pub ticket: TicketId,
    /// Its number.
    pub number: i64,
    /// Its subject.
    pub subject: String,
    /// What its status means.
    pub category: StatusCategory,
    /// How pressing it is.
    pub priority: Priority,
    /// When it last changed.
    pub updated_at: Instant,
}

/// The last contact on a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The channel.
    pub channel: Channel,
    /// The item.
    pub item: ItemId,
    /// When.
    pub at: Instant,
    /// Whether the customer came to us.
    pub from_customer: bool,
}

/// Something that the customer told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// What it is.
    pub kind: FactKind,
    /// Its value.
    pub value: String,
    /// As it was written.
    pub display: String,
    /// When it was told last.
    pub said_at: Instant,
    /// By which channel.
    pub channel: Channel,
    /// The item that holds it.
    pub item: ItemId,
    /// How often it was said.
    pub times: usize,
}

/// Something that we promised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promised {
    /// Its id.
    pub promise: PromiseId,
    /// What.
    pub text: String,
    /// Until when.
    pub due_at: Instant,
    /// What became of it.
    pub state: PromiseState,
}

/// How the customer felt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rating {
    /// The item.
    pub item: ItemId,
    /// When.
    pub at: Instant,
    /// The rating as it was given.
    pub rating: f64,
    /// The highest rating that there is, where it was told.
    pub scale: Option<f64>,
    /// What was rated.
    pub title: String,
}

/// A question of the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The item.
    pub item: ItemId,
    /// When.
    pub at: Instant,
    /// The question.
    pub text: String,
}

/// Whether an item is a contact: something that the customer or we said to each other.
fn is_contact(item: &TimelineItem) -> bool {
    use ItemKind::{Call, Mention, Message, Review, SurveyResponse};
    matches!(item.kind, Message | Call | Mention | Review | SurveyResponse) && is_there(item)
}

fn is_there(item: &TimelineItem) -> bool {
    !matches!(item.detail, Detail::Redacted(_))
}

fn from_customer(item: &TimelineItem) -> bool {
    item.author == Author::Customer
}

/// The last contact on each channel. `items` are the newest first.
pub fn contacts(items: &[TimelineItem]) -> Vec<Contact> {
    let mut found: Vec<Contact> = Vec::new();
    for item in items.iter().filter(|item| is_contact(item)) {
        if found.iter().all(|contact| contact.channel != item.channel) {
            let from_customer = from_customer(item);
            let (channel, at) = (item.channel, item.occurred_at);
            found.push(Contact { channel, item: item.id, at, from_customer });
        }
    }
    found
}

/// The last ratings: reviews and answers to surveys that rate something, or whose data have a number
/// `rating` (and perhaps `scale`). `items` are the newest first.
pub fn ratings(items: &[TimelineItem]) -> Vec<Rating> {
    let rating = |item: &TimelineItem| match &item.detail {
        Detail::Pushed(pushed)
            if matches!(item.kind, ItemKind::Review | ItemKind::SurveyResponse) =>
        {
            let (rating, scale) = match pushed.rating {
                Some(given) => (f64::from(given.value), Some(f64::from(given.most))),
                None => {
                    let scale = pushed.data.get("scale").and_then(serde_json::Value::as_f64);
                    (pushed.data.get("rating")?.as_f64()?, scale)
                }
            };
            let (item, at, title) = (item.id, item.occurred_at, pushed.title.clone());
            Some(Rating { item, at, rating, scale, title })
        }
        _ => None,
    };
    items.iter().filter_map(rating).take(MOST).collect()
}

/// The language to answer in: that of the customer's last messages where their writing proves it, else
/// the one on the record. `items` are the newest first.
pub fn language(items: &[TimelineItem], recorded: Option<&str>) -> Option<String> {
    let own = items.iter().filter(|item| from_customer(item) && item.kind == ItemKind::Message);
    let texts: Vec<&str> = own.take(MESSAGES).map(own_words).collect();
    let guessed = texts.iter().find_map(|text| language::guess(text));
    guessed.or(recorded).map(str::to_owned)
}

/// The text of an item up to what is quoted below it.
fn own_words(item: &TimelineItem) -> &str {
    let first = item.message().and_then(|message| message.spans.first());
    let end = first.filter(|span| span.start > 0).map_or(item.body.len(), |span| span.start);
    item.body.get(..end).unwrap_or(&item.body)
}

/// The last question of the customer after which nobody wrote to him in that ticket. `items` are the
/// newest first.
pub fn open_question(items: &[TimelineItem]) -> Option<Question> {
    let mut answered: Vec<Option<TicketId>> = Vec::new();
    for item in items.iter().filter(|item| is_there(item)) {
        let Some(message) = item.message() else { continue };
        if message.direction == Direction::Outbound {
            answered.push(item.ticket);
        } else if from_customer(item) && !answered.contains(&item.ticket) {
            let asked = last_question(&item.body, &message.spans);
            if let Some(text) = asked {
                return Some(Question { item: item.id, at: item.occurred_at, text });
            }
        }
    }
    None
}

/// The last sentence of a text that ends with a question mark.
fn last_question(body: &str, skip: &[TextSpan]) -> Option<String> {
    let words = Words::of(body, skip);
    let is_mark = |i: &usize| matches!(words.folded(*i), "?" | "؟");
    let mark = (0..words.len()).rev().find(is_mark)?;
    let before = (0..mark).rev().find(|i| words.ends_sentence(*i));
    let (start, end) = words.range(before.map_or(0, |i| i + 1), mark + 1);
    let text = body.get(start..end)?.trim();
    (!text.is_empty()).then(|| text.chars().take(MAX_QUESTION).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_question_is_a_sentence() {
        let body = "Hello.\nWhere is it? I wait. Do you know when it comes? Thanks\n> What is your number?";
        assert_eq!(last_question(body, &[]).as_deref(), Some("Do you know when it comes?"));
        assert_eq!(last_question("No question here.", &[]), None);
    }
}
