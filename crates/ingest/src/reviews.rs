//! What the shops of apps have in common: how a review becomes an event. What each shop says stands in its
//! folder.
//!
//! Somebody has one review of an app and may change it, so a review names its author within the app, and
//! each state of it is an event of its own.

use serde_json::{Map, Value};
use throughline_core::identity::{IdentityKind, Proof};
use throughline_core::inbound::{
    Audience, ChannelEvent, Conversation, Event, Happened, Person, Role,
};
use throughline_core::rating::{Metric, Rating};
use throughline_core::time::Instant;
use throughline_core::timeline::{Direction, PushedField};

use crate::fields::{hint, name_of};

/// A review as a shop tells it.
#[derive(Default)]
pub(crate) struct Review {
    /// What it is called here, such as `review.app_store`.
    pub(crate) event_type: &'static str,
    /// Where ids of reviews mean something: the shop and the app.
    pub(crate) scope: String,
    /// Its id.
    pub(crate) id: String,
    /// Names its state.
    pub(crate) state: String,
    /// How many stars it gives.
    pub(crate) stars: Option<i64>,
    /// Its title.
    pub(crate) title: String,
    /// Its text.
    pub(crate) text: String,
    /// Who wrote it.
    pub(crate) author: Option<String>,
    /// In which language.
    pub(crate) language: Option<String>,
    /// When it was written, or changed.
    pub(crate) at: Option<Instant>,
    /// What is shown below it.
    pub(crate) fields: Vec<(&'static str, Option<String>)>,
    /// What else the shop says.
    pub(crate) data: Map<String, Value>,
    /// What the shop says that is not known here.
    pub(crate) extra: Map<String, Value>,
}

/// An answer of ours to a review, whoever wrote it.
pub(crate) struct Answered {
    /// What it is called here.
    pub(crate) event_type: &'static str,
    /// The review.
    pub(crate) review: String,
    /// What it answers it with.
    pub(crate) text: String,
    /// Names it.
    pub(crate) id: String,
    /// Names its state.
    pub(crate) state: String,
    /// When it was written, or changed.
    pub(crate) at: Option<Instant>,
    /// What else the shop says.
    pub(crate) extra: Map<String, Value>,
}

/// Names a state by all that makes it.
pub(crate) fn state(parts: &Value) -> String {
    name_of(parts).chars().take(16).collect()
}

impl Review {
    /// The event that it is.
    pub(crate) fn event(self) -> ChannelEvent {
        let rating = self.stars.filter(|stars| (1..=5).contains(stars)).and_then(rating);
        let known = hint(IdentityKind::Platform, &self.scope, &self.id, Proof::Provider);
        let stars = rating.map(|rating| drawn(rating.value));
        let title: Vec<&str> =
            [stars.as_deref(), Some(self.title.as_str())].into_iter().flatten().collect();
        let title = title.join(" ").trim().to_owned();
        let field = |(label, value): (&str, Option<String>)| {
            Some(PushedField { label: label.to_owned(), value: value? })
        };
        let what = Event {
            object: format!("review:{}:{}", self.id, self.state),
            event_type: self.event_type.to_owned(),
            title: if title.is_empty() { "A review".to_owned() } else { title },
            text: self.text,
            fields: self.fields.into_iter().filter_map(field).collect(),
            facts: Vec::new(),
            rating,
            data: self.data,
        };
        ChannelEvent {
            key: format!("review:{}:{}", self.id, self.state),
            provider_kind: "review".to_owned(),
            occurred_at: self.at,
            direction: Direction::Inbound,
            who: Person {
                role: Role::Customer,
                name: self.author,
                language: self.language,
                hints: known.into_iter().collect(),
            },
            conversation: Some(place(&self.id)),
            what: Happened::Event(Box::new(what)),
            extra: self.extra,
        }
    }
}

impl Answered {
    /// The event that it is.
    pub(crate) fn event(self) -> ChannelEvent {
        let what = Event {
            object: format!("answer:{}", self.id),
            event_type: self.event_type.to_owned(),
            title: "Answer to the review".to_owned(),
            text: self.text,
            fields: Vec::new(),
            facts: Vec::new(),
            rating: None,
            data: Map::from_iter([("review".to_owned(), Value::from(self.review.as_str()))]),
        };
        let conversation = place(&self.review);
        ChannelEvent {
            key: format!("answer:{}:{}", self.id, self.state),
            provider_kind: "review.answer".to_owned(),
            occurred_at: self.at,
            direction: Direction::Outbound,
            who: Person { role: Role::Us, ..Person::default() },
            conversation: Some(conversation),
            what: Happened::Event(Box::new(what)),
            extra: self.extra,
        }
    }
}

/// A review, its states and its answers are one conversation, which everybody reads.
fn place(review: &str) -> Conversation {
    Conversation {
        key: format!("review:{review}"),
        audience: Audience::Public,
        ..Conversation::default()
    }
}

fn rating(stars: i64) -> Option<Rating> {
    let value = i32::try_from(stars).ok()?;
    Some(Rating { metric: Metric::Stars, value, least: 1, most: 5 })
}

fn drawn(stars: i32) -> String {
    (1..=5).map(|star| if star <= stars { '★' } else { '☆' }).collect()
}
