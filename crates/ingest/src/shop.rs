//! What shops have in common: an order, and the events that its states are. A body that shows an order
//! tells all states that it has reached; each is an event of its own with a key of its own, so that it comes
//! once, by whichever body, and one that was missed is made up for by the next.
//!
//! Money is a text as the shop wrote it, with its currency behind it; nothing is counted with it.

use serde_json::{Map, Value, json};
use throughline_core::facts::FactKind;
use throughline_core::identity::{Hint, IdentityKind, Proof};
use throughline_core::inbound::{
    ChannelEvent, Conversation, Event, Happened, InboundEvent, Person,
};
use throughline_core::time::Instant;
use throughline_core::timeline::{Direction, PushedField};

use crate::fields::{Fields, hint};

/// The most lines of an order that are shown.
const MOST_LINES: usize = 30;

/// An order, whatever has become of it.
pub(crate) struct Order {
    /// The shop's id of it.
    pub id: String,
    /// Its number as customers know it.
    pub number: String,
    /// Who ordered.
    pub who: Person,
    /// Where people see it.
    pub url: Option<String>,
    /// What the shop calls the body that it stood in.
    pub provider_kind: String,
}

/// Something that became of an order.
#[derive(Default)]
pub(crate) struct State {
    /// What, such as `placed`.
    pub name: &'static str,
    /// Which one, where there may be several, such as a parcel.
    pub which: Option<String>,
    /// Tells a later form of the same from an earlier one.
    pub revision: Option<String>,
    /// The title, behind the order.
    pub title: String,
    /// When.
    pub at: Option<Instant>,
    /// What the customer wrote.
    pub text: String,
    /// What is shown below the title.
    pub fields: Vec<PushedField>,
    /// What it states beside the order's number.
    pub facts: Vec<(FactKind, String)>,
    /// All else, for programs.
    pub data: Map<String, Value>,
    /// What is left of the body.
    pub extra: Map<String, Value>,
}

/// The object that an order is by itself.
pub(crate) fn object_of(order: &str) -> String {
    format!("order:{order}:placed")
}

impl Order {
    /// Something that became of it, as an event.
    pub fn event(&self, state: State) -> InboundEvent {
        let State { name, which, revision, title, at, text, fields, facts, mut data, extra } =
            state;
        let which = which.map(|which| format!(":{which}")).unwrap_or_default();
        let object = format!("order:{}:{name}{which}", self.id);
        let key = match revision {
            Some(revision) => format!("{object}@{revision}"),
            None => object.clone(),
        };
        let answers = Some(object_of(&self.id)).filter(|placed| *placed != object);
        let conversation = Conversation {
            key: format!("order:{}", self.id),
            answers,
            url: self.url.clone(),
            ..Conversation::default()
        };
        let mut known = facts;
        if !self.number.is_empty() {
            known.insert(0, (FactKind::ORDER_NUMBER, self.number.clone()));
            data.insert("number".to_owned(), json!(self.number));
        }
        data.insert("order".to_owned(), json!(self.id));
        let event = Event {
            object,
            event_type: format!("order.{name}"),
            title: format!("Order {}{title}", self.named()),
            text,
            fields,
            facts: known,
            rating: None,
            data,
        };
        InboundEvent::Channel(Box::new(ChannelEvent {
            key,
            provider_kind: self.provider_kind.clone(),
            occurred_at: at,
            direction: Direction::Inbound,
            who: self.who.clone(),
            conversation: Some(conversation),
            what: Happened::Event(Box::new(event)),
            extra,
        }))
    }

    fn named(&self) -> String {
        let number = if self.number.is_empty() { &self.id } else { &self.number };
        if number.starts_with('#') { number.clone() } else { format!("#{number}") }
    }
}

/// One thing of an order.
pub(crate) struct Line {
    /// What it is.
    pub title: String,
    /// How many, as written.
    pub quantity: Option<String>,
    /// What it costs, as written.
    pub price: Option<String>,
    /// By what the shop knows it.
    pub sku: Option<String>,
}

impl Line {
    /// For people.
    fn shown(&self, currency: &str) -> String {
        let mut text = self.title.clone();
        if let Some(quantity) = &self.quantity {
            text = format!("{quantity} × {text}");
        }
        if let Some(sku) = &self.sku {
            text = format!("{text} ({sku})");
        }
        match &self.price {
            Some(price) => format!("{text}: {}", money(price, currency)),
            None => text,
        }
    }

    /// For programs.
    fn data(&self) -> Value {
        let Self { title, quantity, price, sku } = self;
        json!({ "title": title, "quantity": quantity, "price": price, "sku": sku })
    }
}

/// The lines of an order below its title, and in a form for programs.
pub(crate) fn lines(
    all: &[Line],
    currency: &str,
    fields: &mut Vec<PushedField>,
    data: &mut Map<String, Value>,
) {
    let shown = all.iter().take(MOST_LINES);
    fields.extend(shown.map(|line| field("Item", line.shown(currency))));
    if let Some(more) = all.len().checked_sub(MOST_LINES).filter(|more| *more > 0) {
        fields.push(field("Item", format!("and {more} more")));
    }
    if !all.is_empty() {
        data.insert("lines".to_owned(), all.iter().map(Line::data).collect());
    }
}

/// An amount with its currency, as it was written.
pub(crate) fn money(amount: &str, currency: &str) -> String {
    format!("{amount} {currency}").trim().to_owned()
}

/// An amount: a text; a number as it is written, where a shop sends one.
pub(crate) fn amount(fields: &mut Fields, name: &str) -> Option<String> {
    if let Some(text) = fields.text(name) {
        return Some(text);
    }
    let number = fields.peek(name).filter(|value| value.is_number()).map(Value::to_string)?;
    fields.leave(&[name]);
    Some(number)
}

/// One line below a title.
pub(crate) fn field(label: &str, value: impl Into<String>) -> PushedField {
    PushedField { label: label.to_owned(), value: value.into() }
}

/// The day of an instant, in UTC.
pub(crate) fn day_of(at: Instant) -> String {
    at.to_string().chars().take(10).collect()
}

/// Takes an e-mail address; what is none stays where it is.
pub(crate) fn address(fields: &mut Fields, name: &str, proof: Proof) -> Option<Hint> {
    let found = hint(IdentityKind::Email, "", fields.peek_text(name)?, proof)?;
    fields.leave(&[name]);
    Some(found)
}

/// A name of given and family name; none where there is neither.
pub(crate) fn full_name(fields: &mut Fields) -> Option<String> {
    let (first, last) = (fields.text("first_name"), fields.text("last_name"));
    let name = crate::fields::joined(&[first.as_deref(), last.as_deref()], " ");
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}
