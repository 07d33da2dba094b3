//! Bounds for what a platform says: what is kept of it in the database is small and is text that every
//! database takes. The bytes as they came are kept whole, elsewhere.

use serde_json::{Map, Value};

use super::{ChannelEvent, Content, Conversation, Event, Happened, Person};
use crate::pushed::{MAX_TITLE, MAX_TYPE};
use crate::timeline::MAX_BODY;

/// The longest id that is kept as it is, in bytes: ids stand in indexes.
const MAX_ID: usize = 300;
/// The longest name, in characters.
const MAX_NAME: usize = 200;
/// The longest sign or word of a platform's own, in characters.
const MAX_WORD: usize = 100;
/// The longest sentence of a platform, in characters.
const MAX_SENTENCE: usize = 1_000;
/// The longest address, in bytes. A part of an address leads nowhere, so a longer one is left out.
const MAX_URL: usize = 2_000;
/// The most files of one message.
const MAX_FILES: usize = 100;
/// The most messages of one receipt.
const MAX_RECEIPT: usize = 1_000;
/// The most hints at a person.
const MAX_HINTS: usize = 10;
/// The most fields, and the most facts, of one event.
const MAX_FIELDS: usize = 50;
/// The most bytes of what else a platform says, as JSON.
const MAX_EXTRA: usize = 64 * 1024;

impl ChannelEvent {
    /// The same with nothing in it that is too long to be kept. An id that is too long becomes the hash
    /// of it, the same one each time, so that it goes on naming the same thing.
    #[must_use]
    pub fn tidied(self) -> Self {
        let Self { key, provider_kind, occurred_at, direction, who, conversation, what, extra } =
            self;
        Self {
            key: id(key),
            provider_kind: line(&provider_kind, MAX_WORD),
            occurred_at,
            direction,
            who: person(who),
            conversation: conversation.map(conversation_of),
            what: happened(what),
            extra: bounded(extra),
        }
    }
}

fn id(text: String) -> String {
    let fits = text.len() <= MAX_ID && !text.contains('\0');
    if fits { text } else { format!("hash:{}", blake3::hash(text.as_bytes()).to_hex()) }
}

/// One line of at most so many characters.
fn line(text: &str, most: usize) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let joined = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let cut: String = joined.chars().take(most).collect();
    cut.trim_end().to_owned()
}

fn name(text: Option<String>) -> Option<String> {
    text.map(|text| line(&text, MAX_NAME)).filter(|text| !text.is_empty())
}

fn address(text: Option<String>) -> Option<String> {
    text.filter(|text| text.len() <= MAX_URL && !text.contains('\0'))
}

fn person(person: Person) -> Person {
    let Person { role, name: called, language, mut hints } = person;
    hints.truncate(MAX_HINTS);
    for hint in &mut hints {
        hint.name = name(hint.name.take());
    }
    Person { role, name: name(called), language, hints }
}

fn conversation_of(conversation: Conversation) -> Conversation {
    let Conversation { key, answers, subject, url, audience } = conversation;
    let subject = subject.map(|subject| line(&subject, MAX_SENTENCE));
    Conversation { key: id(key), answers: answers.map(id), subject, url: address(url), audience }
}

/// A text keeps one byte more than is shown, so that it is seen to be cut.
fn content(content: Content) -> Content {
    let Content { text, html, mut files } = content;
    files.truncate(MAX_FILES);
    Content { text: text_of(text), html, files }
}

fn text_of(mut text: String) -> String {
    let mut end = text.len().min(MAX_BODY + 4);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text.replace('\0', "")
}

fn happened(what: Happened) -> Happened {
    match what {
        Happened::Message { object, content: says } => {
            Happened::Message { object: id(object), content: content(says) }
        }
        Happened::Edit { of, content: says } => {
            Happened::Edit { of: id(of), content: content(says) }
        }
        Happened::Deletion { of } => Happened::Deletion { of: id(of) },
        Happened::Reaction { of, emoji, removed } => {
            Happened::Reaction { of: id(of), emoji: line(&emoji, MAX_WORD), removed }
        }
        Happened::Receipt(mut receipt) => {
            receipt.of.truncate(MAX_RECEIPT);
            receipt.of = receipt.of.into_iter().map(id).collect();
            receipt.error = receipt.error.map(|words| line(&words, MAX_SENTENCE));
            Happened::Receipt(receipt)
        }
        Happened::Unknown { object, content: says } => {
            Happened::Unknown { object: object.map(id), content: content(says) }
        }
        Happened::Invitation {} => Happened::Invitation {},
        Happened::Event(event) => Happened::Event(Box::new(event_of(*event))),
        Happened::Nothing { why } => Happened::Nothing { why: line(&why, MAX_SENTENCE) },
    }
}

fn event_of(event: Event) -> Event {
    let Event { object, event_type, title, text, mut fields, mut facts, rating, data } = event;
    fields.truncate(MAX_FIELDS);
    for field in &mut fields {
        field.label = line(&field.label, MAX_WORD);
        field.value = line(&field.value, MAX_SENTENCE);
    }
    facts.truncate(MAX_FIELDS);
    Event {
        object: id(object),
        event_type: line(&event_type, MAX_TYPE),
        title: line(&title, MAX_TITLE),
        text: text_of(text),
        fields,
        facts,
        rating,
        data: bounded(data),
    }
}

/// What is too much is left out as a whole: half a JSON value misleads whoever reads it.
fn bounded(extra: Map<String, Value>) -> Map<String, Value> {
    let size = serde_json::to_string(&extra).map_or(usize::MAX, |text| text.len());
    if size <= MAX_EXTRA {
        return extra;
    }
    let said = format!("{size} bytes, more than is kept here; they are in the delivery");
    Map::from_iter([("left_out".to_owned(), Value::String(said))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::Direction;

    fn event(object: &str, text: &str) -> ChannelEvent {
        let content = Content { text: text.into(), ..Content::default() };
        ChannelEvent {
            key: object.into(),
            provider_kind: "p".into(),
            occurred_at: None,
            direction: Direction::Inbound,
            who: Person { name: Some("a\0b ".repeat(200)), ..Person::default() },
            conversation: None,
            what: Happened::Message { object: object.into(), content },
            extra: Map::from_iter([("a".to_owned(), Value::from("x".repeat(text.len())))]),
        }
    }

    #[test]
    fn what_is_short_stays_and_what_is_long_is_bounded() {
        let short = ChannelEvent { who: Person::default(), ..event("17", "hi") };
        assert_eq!(short.clone().tidied(), short);
        let long = event(&"9".repeat(5_000), &"ş".repeat(MAX_BODY)).tidied();
        let Happened::Message { object, content } = &long.what else { panic!("{long:?}") };
        assert_eq!((object.len(), object), (69, &long.key));
        assert!(content.text.len() > MAX_BODY && content.text.len() <= MAX_BODY + 4);
        assert!(long.extra.contains_key("left_out"));
        assert_eq!(long.who.name.as_ref().map(|name| name.chars().count()), Some(MAX_NAME - 1));
        assert_eq!(long.clone().tidied(), long, "tidy is tidy");
    }

    #[test]
    fn ids_that_no_database_takes_go_on_naming_one_thing() {
        let (one, same, other) = (event("a\0b", ""), event("a\0b", ""), event("a\0c", ""));
        assert_eq!(one.tidied().key, same.clone().tidied().key);
        assert_ne!(same.tidied().key, other.tidied().key);
    }
}
