//! What a channel other than mail says: one shape for chats, calls, posts, reviews, surveys and orders.
//!
//! A decoder makes it of the bytes that came, purely: the same bytes give the same events. Everything that
//! has no place in the shape and is still worth reading stands in `extra`; nothing is dropped.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::facts::FactKind;
use crate::identity::Hint;
use crate::rating::Rating;
use crate::time::Instant;
use crate::timeline::{Direction, PushedField};

/// Something that came by a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChannelEvent {
    /// Names the event within its inbox, whichever way it comes: a hook that is delivered again and a
    /// poll of the same thing give the same key, an edit of a thing gives another than the thing itself.
    pub key: String,
    /// What the platform calls it, such as `message.photo`.
    pub provider_kind: String,
    /// When it happened; when it reached us where the platform does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Instant>,
    /// Which way it went. Outbound is what somebody wrote in our name elsewhere, and our own words that
    /// the platform repeats to us.
    pub direction: Direction,
    /// Who brought it about.
    pub who: Person,
    /// Where it belongs on the platform; `None` for what stands alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<Conversation>,
    /// What happened.
    pub what: Happened,
    /// What the platform says beyond that.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// Somebody on a platform.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// What he is to us.
    pub role: Role,
    /// The name shown there. Anybody may choose it, so it is never a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// His language as the platform says, a BCP 47 tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// At whom it hints, the strongest first: the platform's own scoped id, proved by the platform, before
    /// numbers and names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<Hint>,
}

/// What somebody is to us.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A customer, or who may become one.
    #[default]
    Customer,
    /// One of ours, or our own bot.
    Us,
    /// A machine that is not ours: it becomes nobody's customer and is never answered.
    Bot,
    /// The platform itself.
    Platform,
}

/// Where something belongs on the platform.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Names it within the inbox: what comes under one key belongs together.
    pub key: String,
    /// The object that is answered, when one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<String>,
    /// What it is about, where the platform says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Where people see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Who else reads it: an answer is no more public than this.
    #[serde(default)]
    pub audience: Audience,
}

/// Who reads a conversation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The customer and we.
    #[default]
    Private,
    /// A closed group.
    Group,
    /// Whoever has the address; it is not shown around.
    Unlisted,
    /// Everybody.
    Public,
}

/// What happened. Objects are named by the platform's own ids, which are unique within an inbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// Somebody wrote.
    Message {
        /// The id of the message.
        object: String,
        /// What it says.
        content: Content,
    },
    /// A message was changed. It may reach us before the message.
    Edit {
        /// The message.
        of: String,
        /// What it says now.
        content: Content,
    },
    /// A message was taken back.
    Deletion {
        /// The message.
        of: String,
    },
    /// Somebody put a sign on a message, or took it off.
    Reaction {
        /// The message.
        of: String,
        /// The sign; empty when it is not said which one was taken off.
        emoji: String,
        /// Whether it was taken off.
        removed: bool,
    },
    /// How far messages of ours have come.
    Receipt(Receipt),
    /// We are asked into the conversation: without going in we hear nothing of it.
    Invitation {},
    /// Something other than a message that has a place in a history: an order, a review, an answer to a
    /// survey, a call.
    Event(Box<Event>),
    /// Something that nobody here knows: it is shown as what it is called, never dropped.
    Unknown {
        /// The id of the object, if it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        object: Option<String>,
        /// What it says, if it says anything.
        #[serde(default)]
        content: Content,
    },
    /// Nothing that a history is to show, such as a handshake or a sign that somebody types.
    Nothing {
        /// Why it is not shown.
        why: String,
    },
}

/// Something other than a message. Each state of a thing is an event of its own: an order that was placed,
/// and was sent later, is two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The id of the thing on the platform, with its state where it has several.
    pub object: String,
    /// What it is, such as `order.placed` or `review.app_store`; the first part says the kind of item.
    pub event_type: String,
    /// One line for people.
    pub title: String,
    /// What somebody wrote in it, such as the words of a review.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// What is shown below the title.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<PushedField>,
    /// What it states of its customer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<(FactKind, String)>,
    /// How something was rated in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
    /// All else that is worth keeping in a form for programs. Money stands in texts, never in floats.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
}

/// What a message says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// Its text without any markup; what has no text is described, such as a place or a contact.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Its HTML as sent, if it has one. Never shown unsanitised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// Files that came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<RemoteFile>,
}

/// A file that lies with the platform. Links to it expire, so it is fetched at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteFile {
    /// Where it is.
    pub at: FileAt,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its media type as the platform says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Its size in bytes as the platform says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// Where a file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileAt {
    /// At an address that anybody may read.
    Url(String),
    /// At an address that wants the channel's own credentials.
    GuardedUrl(String),
    /// Under an id of which the platform's API makes an address.
    Id(String),
}

/// How far messages of ours have come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// How far.
    pub state: ReceiptState,
    /// The messages; empty when all up to an instant are meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<String>,
    /// All messages of the conversation up to here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<Instant>,
    /// Why it failed, in the platform's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// How far a message has come. The later ones outdo the earlier ones; a receipt that comes late changes
/// nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptState {
    /// The platform took it.
    Sent,
    /// It did not arrive.
    Failed,
    /// It is on the customer's device.
    Delivered,
    /// The customer has seen it.
    Read,
}
