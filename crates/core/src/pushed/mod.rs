//! Events that integrators push: their types, and how one is shown.
//!
//! Templates are in `template`, the check of the data in `schema`, what came by platforms and was not
//! pushed in `came`; who an event is about is a question of `identity`. Where an event ends up is decided in `app`, which can ask the database.

mod came;
pub mod schema;
pub mod template;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::channel::Channel;
use crate::facts::FactKind;
use crate::id::{EventTypeId, PushedEventId};
use crate::identity::Hint;
use crate::time::Instant;
use crate::timeline::{ItemKind, PushedDetail, PushedField, Visibility};
use crate::wire::closed_set;
pub use came::{CameBy, icon_of};
use schema::Schema;
use template::{FieldTemplate, Source, Template};

/// The longest name of a type, in bytes.
pub const MAX_TYPE: usize = 100;
/// The longest title kept, in characters.
pub const MAX_TITLE: usize = 300;
/// The most data of one event, in bytes of JSON.
pub const MAX_DATA: usize = 64 * 1024;
/// How far in the future an event may lie, in seconds: clocks differ.
pub const MAX_AHEAD_SECONDS: i64 = 24 * 60 * 60;

closed_set! {
    /// A picture beside an event; which one it is exactly, the UI decides.
    Icon, "icon" {
        /// A bell.
        Bell = 1 "bell",
        /// A box of goods.
        Box = 2 "box",
        /// A leaf of a calendar.
        Calendar = 3 "calendar",
        /// A shopping cart.
        Cart = 4 "cart",
        /// A speech bubble.
        Chat = 5 "chat",
        /// A tick.
        Check = 6 "check",
        /// A bank card.
        Card = 7 "card",
        /// A cross.
        Cross = 8 "cross",
        /// A file.
        File = 9 "file",
        /// A flag.
        Flag = 10 "flag",
        /// A globe.
        Globe = 11 "globe",
        /// A key.
        Key = 12 "key",
        /// A page of a web site.
        Page = 13 "page",
        /// A telephone.
        Phone = 14 "phone",
        /// A star.
        Star = 15 "star",
        /// A lorry.
        Truck = 16 "truck",
        /// A person.
        User = 17 "user",
        /// A warning.
        Warning = 18 "warning",
    }
}

/// What is known of events of one type.
#[derive(Debug, Clone, PartialEq)]
pub struct EventType {
    /// Its id.
    pub id: EventTypeId,
    /// Its name, such as `order.placed`.
    pub name: String,
    /// How its events are stored and shown.
    pub shape: Shape,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// Rises with every change; the base of its ETag.
    pub version: i64,
}

/// How events of a type are stored and shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// What they are on the timeline.
    pub kind: ItemKind,
    /// The channel they count for.
    pub channel: Channel,
    /// The picture beside them.
    pub icon: Option<Icon>,
    /// Their title; the one that was pushed, or the name of the type, when absent.
    pub title: Option<Template>,
    /// Their text, such as the words of a review.
    pub body: Option<Template>,
    /// What is shown below the title.
    pub fields: Vec<FieldTemplate>,
    /// What their data must look like.
    pub schema: Option<Schema>,
    /// Whether an event about nobody we know makes a customer; otherwise it waits.
    pub makes_customers: bool,
}

impl Shape {
    /// The shape of events whose type nobody described, by the first part of its name.
    pub fn by_name(name: &str) -> Self {
        let (kind, channel) = kind_by_name(name);
        Self {
            kind,
            channel,
            icon: None,
            title: None,
            body: None,
            fields: Vec::new(),
            schema: None,
            makes_customers: kind == ItemKind::Call,
        }
    }

    /// What an event with this data states: the values of the fields that are facts.
    pub fn facts(&self, data: &Value) -> Vec<(FactKind, String)> {
        self.fields.iter().filter_map(|field| field.fact(data)).collect()
    }

    /// How an event with this data looks.
    pub fn show(&self, event_type: &str, title: Option<&str>, data: &Value) -> Shown {
        let source = Source { event_type, title: title.unwrap_or_default(), data };
        let own = || title.map(str::to_owned).filter(|t| !t.trim().is_empty());
        let made = self.title.as_ref().map(|template| template.render(&source, template::MISSING));
        let shown = made.or_else(own).unwrap_or_else(|| event_type.to_owned());
        let body = self.body.as_ref().map(|template| template.render_text(&source));
        Shown {
            title: line(&shown, MAX_TITLE),
            body: body.unwrap_or_default().trim().to_owned(),
            icon: self.icon,
            fields: self.fields.iter().map(|field| field.render(&source)).collect(),
        }
    }
}

/// An event as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its title.
    pub title: String,
    /// Its text; empty when it has none.
    pub body: String,
    /// The picture beside it.
    pub icon: Option<Icon>,
    /// What is shown below the title.
    pub fields: Vec<PushedField>,
}

/// An event about nobody we know yet.
#[derive(Debug, Clone, PartialEq)]
pub struct WaitingEvent {
    /// Its id; its item will have the same number.
    pub id: PushedEventId,
    /// Who pushed it, as events name an actor.
    pub actor: String,
    /// The name of its type.
    pub event_type: String,
    /// When it happened.
    pub occurred_at: Instant,
    /// When it was pushed.
    pub created_at: Instant,
    /// What its item will be made of.
    pub content: WaitingContent,
}

/// What the item of a waiting event will be made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaitingContent {
    /// What it is on the timeline.
    pub kind: ItemKind,
    /// The channel it counts for.
    pub channel: Channel,
    /// Its text.
    pub body: String,
    /// The event as it is shown.
    pub detail: PushedDetail,
    /// What its data state, by what its type says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<(FactKind, String)>,
    /// At whom it hints.
    pub hints: Vec<Hint>,
    /// By which inbox it came, when nobody pushed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub came: Option<CameBy>,
}

/// What an event of this name is, and the channel it counts for.
pub fn kind_by_name(name: &str) -> (ItemKind, Channel) {
    match name.split('.').next().unwrap_or_default() {
        "call" => (ItemKind::Call, Channel::Phone),
        "order" => (ItemKind::Order, Channel::Event),
        "review" => (ItemKind::Review, Channel::Review),
        "survey" => (ItemKind::SurveyResponse, Channel::Survey),
        "social" | "mention" => (ItemKind::Mention, Channel::Social),
        "page" if name == "page.viewed" => (ItemKind::PageView, Channel::Event),
        _ => (ItemKind::Event, Channel::Event),
    }
}

/// Who may read an event of this kind: what the customer did himself and knows of is public; page
/// views and events of other kinds are ours alone.
pub fn visibility_of(kind: ItemKind) -> Visibility {
    match kind {
        ItemKind::PageView | ItemKind::Event => Visibility::Internal,
        _ => Visibility::Public,
    }
}

/// Whether a pushed event may be of this kind.
pub fn is_pushed(kind: ItemKind) -> bool {
    use ItemKind::{Call, Event, Mention, Order, PageView, Review, SurveyResponse};
    matches!(kind, Call | Mention | Review | SurveyResponse | Order | PageView | Event)
}

/// Whether a text can name a type: parts of lower-case letters, digits and `_`, joined by dots.
pub fn is_type_name(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    let part = |p: &str| !p.is_empty() && p.bytes().all(fits);
    name.len() <= MAX_TYPE && name.split('.').all(part)
}

/// A text on one line, cut to so many characters, without control characters.
pub(crate) fn line(text: &str, most: usize) -> String {
    let plain = text.split_whitespace().collect::<Vec<_>>().join(" ");
    plain.chars().filter(|c| !c.is_control()).take(most).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_name_says_the_kind() {
        assert_eq!(kind_by_name("order.placed"), (ItemKind::Order, Channel::Event));
        assert_eq!(kind_by_name("mention.x"), (ItemKind::Mention, Channel::Social));
        assert_eq!(kind_by_name("page.viewed").0, ItemKind::PageView);
        assert_eq!(kind_by_name("page.left").0, ItemKind::Event);
        assert_eq!(kind_by_name("orders.placed").0, ItemKind::Event);
        assert!(Shape::by_name("call.missed").makes_customers);
    }

    #[test]
    fn a_title_is_made_pushed_or_the_name() {
        let mut shape = Shape::by_name("order.placed");
        let data = json!({ "number": 4417 });
        assert_eq!(shape.show("order.placed", None, &data).title, "order.placed");
        assert_eq!(shape.show("order.placed", Some(" A\nnew one"), &data).title, "A new one");
        shape.title = Template::parse("Order {{data.number}} placed").ok();
        assert_eq!(shape.show("order.placed", Some("x"), &data).title, "Order 4417 placed");
    }

    #[test]
    fn names_of_types_are_plain() {
        assert!(is_type_name("order.placed") && is_type_name("a_1"));
        for bad in ["", ".", "a.", "Order.placed", "a b", "ş", &"a".repeat(101)] {
            assert!(!is_type_name(bad), "{bad}");
        }
    }
}
