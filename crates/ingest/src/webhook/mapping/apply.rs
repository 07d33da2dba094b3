//! From a delivery to events, by a mapping.

use serde_json::{Map, Value};
use throughline_core::inbound::{
    ChannelEvent, Content, Conversation, Happened, InboundEvent, Person, Role,
};
use throughline_core::timeline::Direction;

use super::content::Reader;
use super::find::Scope;
use super::trial::Finding;
use super::{Kind, Mapping};
use crate::hooks::form;
use crate::lenient::{MOST_EXTRA, bounded, cut};
use crate::{Decode, Undecodable};

/// The most events of one delivery. A list of millions of small things would fill the memory.
const MOST_EVENTS: usize = 10_000;

impl Decode for Mapping {
    fn decode(&self, bytes: &[u8]) -> Result<Vec<InboundEvent>, Undecodable> {
        let events = self.apply(bytes)?.into_iter();
        Ok(events.map(|(event, _)| InboundEvent::Channel(Box::new(event))).collect())
    }
}

impl Mapping {
    /// The events of a delivery, each with what its fields found.
    pub(super) fn apply(
        &self,
        bytes: &[u8],
    ) -> Result<Vec<(ChannelEvent, Vec<Finding>)>, Undecodable> {
        let whole = payload(bytes)?;
        let root = Scope { whole: &whole, part: &whole, base: String::new() };
        let Some(each) = &self.each else { return Ok(vec![self.event(root, 0)]) };
        match each.value(&root) {
            (Some(Value::Array(list)), _) if list.is_empty() => {
                Ok(vec![(nothing(&whole, "the list of events in it is empty"), Vec::new())])
            }
            (Some(Value::Array(list)), _) if list.len() > MOST_EVENTS => {
                Err(Undecodable(format!("it holds more than {MOST_EVENTS} events")))
            }
            (Some(Value::Array(list)), base) => {
                let scope =
                    |(at, part)| Scope { part, base: format!("{base}/{at}"), ..root.clone() };
                let scopes = list.iter().enumerate().map(scope).enumerate();
                Ok(scopes.map(|(event, scope)| self.event(scope, event)).collect())
            }
            // Some senders leave out the list when there is one.
            (Some(part @ Value::Object(_)), base) => {
                Ok(vec![self.event(Scope { part, base, ..root.clone() }, 0)])
            }
            (_, base) => {
                let said =
                    format!("a delivery without the list of events that `each` expects at {base}");
                Ok(vec![(unknown(&whole, said), Vec::new())])
            }
        }
    }

    /// The event that stands in a part of a delivery.
    fn event(&self, scope: Scope<'_>, event: usize) -> (ChannelEvent, Vec<Finding>) {
        let part = scope.part;
        let mut reader = Reader { scope, event, findings: Vec::new(), used: Vec::new() };
        let id = reader.text("id", self.id.as_ref());
        let called = reader.text("type", self.called.as_ref());
        let kind = reader.choose("kind", self.kind.as_ref()).unwrap_or(Kind::Message);
        let occurred_at = reader.time("occurred_at", self.occurred_at.as_ref());
        let revision = reader.text("revision", self.revision.as_ref());
        let (who, direction) = self.who(&mut reader);
        let conversation = self.conversation(&mut reader, id.as_deref());
        let content = reader.content(self);
        let subject = conversation.as_ref().and_then(|known| known.subject.clone());
        let (key, what) = What { id, kind, revision, content, subject }.named(part);
        let extra = if self.keep_rest { rest(&reader) } else { Map::new() };
        let provider_kind = called.map_or_else(|| "webhook".to_owned(), |called| cut(&called, 100));
        let event = ChannelEvent {
            key,
            provider_kind,
            occurred_at,
            direction,
            who,
            conversation,
            what,
            extra,
        };
        (event, reader.findings)
    }

    fn who(&self, reader: &mut Reader<'_>) -> (Person, Direction) {
        let direction = reader.choose("direction", self.direction.as_ref());
        let role = reader.choose("role", self.role.as_ref());
        let direction = direction.unwrap_or(match role {
            Some(Role::Us) => Direction::Outbound,
            _ => Direction::Inbound,
        });
        let role = role.unwrap_or(match direction {
            Direction::Outbound => Role::Us,
            Direction::Inbound => Role::Customer,
        });
        (reader.person(self, role), direction)
    }

    /// Where it belongs. What no key is found for is a conversation of its own.
    fn conversation(&self, reader: &mut Reader<'_>, id: Option<&str>) -> Option<Conversation> {
        let key = reader.text("conversation", self.conversation.as_ref());
        let answers = reader.text("answers", self.answers.as_ref());
        let subject = reader.text("subject", self.subject.as_ref());
        let url = reader.text("url", self.url.as_ref());
        let own = || {
            let is_told = subject.is_some() || url.is_some();
            id.map(str::to_owned).or_else(|| is_told.then(|| hash(reader.scope.part)))
        };
        let key = key.or_else(|| answers.clone()).or_else(own)?;
        Some(Conversation { key, answers, subject, url, audience: self.audience })
    }
}

/// What is known of an event, before it is told what happened.
struct What {
    id: Option<String>,
    kind: Kind,
    revision: Option<String>,
    content: Content,
    subject: Option<String>,
}

impl What {
    /// The key, and what happened.
    fn named(self, part: &Value) -> (String, Happened) {
        let is_empty = self.content == Content::default();
        match (self.kind, self.id) {
            (Kind::Message, id) if !is_empty => {
                let object = id.unwrap_or_else(|| hash(part));
                (object.clone(), Happened::Message { object, content: self.content })
            }
            (Kind::Edit, Some(of)) if !is_empty => {
                // A time is no revision: many senders repeat when the thing was made.
                let revision = self.revision.unwrap_or_else(|| hash(part));
                (format!("{of}:edited:{revision}"), Happened::Edit { of, content: self.content })
            }
            (Kind::Deletion, Some(of)) => (format!("{of}:deleted"), Happened::Deletion { of }),
            (Kind::Nothing, _) => {
                let why = "the mapping says that deliveries of this kind are not shown".to_owned();
                (hash(part), Happened::Nothing { why })
            }
            (kind, id) => {
                let text = Some(self.content.text).filter(|text| !text.is_empty()).or(self.subject);
                let text = text.unwrap_or_else(|| unread(kind, id.is_some()).to_owned());
                let content = Content { text, ..self.content };
                (hash(part), Happened::Unknown { object: id, content })
            }
        }
    }
}

/// Why nothing could be made of a delivery.
fn unread(kind: Kind, has_id: bool) -> &'static str {
    match (kind, has_id) {
        (Kind::Edit, false) => "a change of something, of which the mapping finds no id",
        (Kind::Deletion, false) => "something was taken back, of which the mapping finds no id",
        (Kind::Unknown, _) => "a delivery of a kind that the mapping does not know",
        _ => "a delivery in which the mapping finds neither text nor file",
    }
}

/// The name of what has none.
fn hash(part: &Value) -> String {
    format!("hash:{}", blake3::hash(part.to_string().as_bytes()).to_hex())
}

/// What has no place in the event, within bounds.
fn rest(reader: &Reader<'_>) -> Map<String, Value> {
    let mut part = reader.scope.part.clone();
    for place in &reader.used {
        let within = place.strip_prefix(&reader.scope.base);
        if let Some(value) = within.and_then(|pointer| part.pointer_mut(pointer)) {
            *value = Value::Null;
        }
    }
    match bounded(&part, &mut MOST_EXTRA.clone()) {
        Some(Value::Object(map)) => map,
        Some(other) => Map::from_iter([("rest".to_owned(), other)]),
        None => Map::new(),
    }
}

/// The JSON of a delivery. GitHub and others can be told to send it in a form, and simple programs send
/// nothing but a form.
fn payload(bytes: &[u8]) -> Result<Value, Undecodable> {
    let why = match serde_json::from_slice(bytes) {
        Ok(whole) => return Ok(whole),
        Err(why) => why,
    };
    let first = bytes.iter().find(|c| !c.is_ascii_whitespace());
    let is_form = first.is_some_and(u8::is_ascii_alphanumeric) && bytes.contains(&b'=');
    if !is_form {
        return Err(Undecodable(format!("it is no JSON: {why}")));
    }
    let parts = form::texts(bytes);
    if let Some(payload) = form::value(&parts, "payload") {
        return serde_json::from_str(payload)
            .map_err(|why| Undecodable(format!("the `payload` of the form is no JSON: {why}")));
    }
    Ok(Value::Object(parts.into_iter().map(|(name, value)| (name, value.into())).collect()))
}

fn bare(whole: &Value, what: Happened) -> ChannelEvent {
    ChannelEvent {
        key: hash(whole),
        provider_kind: "webhook".into(),
        occurred_at: None,
        direction: Direction::Inbound,
        who: Person { role: Role::Platform, ..Person::default() },
        conversation: None,
        what,
        extra: Map::new(),
    }
}

fn nothing(whole: &Value, why: &str) -> ChannelEvent {
    bare(whole, Happened::Nothing { why: why.to_owned() })
}

fn unknown(whole: &Value, text: String) -> ChannelEvent {
    let content = Content { text, ..Content::default() };
    let mut event = bare(whole, Happened::Unknown { object: None, content });
    event
        .extra
        .extend(bounded(whole, &mut MOST_EXTRA.clone()).map(|said| ("said".to_owned(), said)));
    event
}
