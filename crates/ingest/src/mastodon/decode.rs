//! One notification, or a list of them, to what happened. What a search found, and what became of a post,
//! comes in the form of a notification; under `via` stands what is known of its thread.

use serde_json::{Map, Value};
use throughline_core::inbound::{
    ChannelEvent, Content, Conversation, Happened, InboundEvent, Person, Role,
};
use throughline_core::time::Instant;
use throughline_core::timeline::Direction;

use super::{person, post};
use crate::fields::{Fields, name_of};
use crate::{Decode, Undecodable};

/// Reads what one server says.
pub(super) struct Mastodon {
    /// The name of the server.
    pub(super) server: String,
}

/// What is known of a post beside what it says.
struct Via {
    me: Option<String>,
    root: Option<String>,
    parent: Option<String>,
}

impl Decode for Mastodon {
    fn decode(&self, bytes: &[u8]) -> Result<Vec<InboundEvent>, Undecodable> {
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|why| Undecodable(format!("it is no JSON: {why}")))?;
        let all = match value {
            Value::Array(list) => list,
            value @ Value::Object(_) => vec![value],
            _ => return Err(Undecodable("it is neither a notification nor a list".to_owned())),
        };
        let events = all.into_iter().map(|one| self.event(one));
        Ok(events.map(|event| InboundEvent::Channel(Box::new(event))).collect())
    }
}

impl Mastodon {
    fn event(&self, value: Value) -> ChannelEvent {
        match Fields::read(value) {
            Ok(one) => self.notification(one),
            Err(value) => {
                let mut fields = Fields::default();
                let key = format!("notification:{}", name_of(&value));
                fields.put("value", value);
                unknown(key, "notification", None, fields)
            }
        }
    }

    fn notification(&self, mut one: Fields) -> ChannelEvent {
        let kind = one.text("type").unwrap_or_else(|| "post".to_owned());
        // A conversation of direct messages holds its last post.
        let name = if one.has("last_status") { "last_status" } else { "status" };
        let via = via(&mut one);
        let id = one.id("id");
        let uri = one.peek(name).and_then(|status| status.get("uri")).and_then(Value::as_str);
        if uri.is_none_or(str::is_empty) {
            return self.without_post(kind, id, &via, one);
        }
        let mut status = one.object(name).unwrap_or_default();
        let mut event = self.of_post(&kind, &via, &mut one, &mut status);
        one.leave(&["group_key", "unread", "accounts"]);
        one.put_rest(name, status);
        event.extra = one.into_rest();
        event
    }

    fn of_post(
        &self,
        kind: &str,
        via: &Via,
        one: &mut Fields,
        status: &mut Fields,
    ) -> ChannelEvent {
        let uri = status.id("uri").unwrap_or_default();
        let is_reaction = matches!(kind, "favourite" | "reblog");
        if !is_reaction {
            // Who wrote a post is said in the post as well.
            one.leave(&["account"]);
        }
        let author = if is_reaction { &mut *one } else { &mut *status };
        let mut who = person::take(author, "account", &self.server, via.me.as_deref());
        let noticed = time(one, "created_at").or_else(|| one.seconds("seen_at"));
        let conversation = conversation(status, &uri, via);
        let language = status.text("language");
        let (key, what, at) = match kind {
            "update" | "quoted_update" => changed(&uri, status, noticed),
            "delete" => (format!("delete:{uri}"), Happened::Deletion { of: uri }, noticed),
            "hidden" => (format!("hidden:{uri}"), hidden(uri), noticed),
            "favourite" => reaction(&uri, "⭐", &who, noticed),
            "reblog" => reaction(&uri, "🔁", &who, noticed),
            _ => written(uri, status),
        };
        match is_reaction {
            // What was said is known: it is ours.
            true => *status = Fields::default(),
            false => who.language = language,
        }
        event(key, kind, what, who, Some(conversation)).at(at)
    }

    /// What is about no post: who follows, and the like.
    fn without_post(
        &self,
        kind: String,
        id: Option<String>,
        via: &Via,
        mut one: Fields,
    ) -> ChannelEvent {
        let key = format!("notification:{}", id.unwrap_or_else(|| one.name()));
        let who = person::take(&mut one, "account", &self.server, via.me.as_deref());
        let at = time(&mut one, "created_at");
        unknown(key, &kind, Some(who), one).at(at)
    }
}

fn via(one: &mut Fields) -> Via {
    let mut via = one.object("via").unwrap_or_default();
    let taken = Via { me: via.id("me"), root: via.text("root"), parent: via.text("parent") };
    via.leave(&["me", "root", "parent"]);
    one.put_rest("via", via);
    taken
}

/// A post belongs to the conversation that begins with the first post of its thread, as far as that is
/// known.
fn conversation(status: &mut Fields, uri: &str, via: &Via) -> Conversation {
    let visibility = status.text("visibility").unwrap_or_default();
    status.leave(&["reblog"]);
    Conversation {
        key: via.root.clone().unwrap_or_else(|| uri.to_owned()),
        answers: via.parent.clone(),
        subject: None,
        url: status.text("url"),
        audience: post::audience(&visibility),
    }
}

fn time(fields: &mut Fields, name: &str) -> Option<Instant> {
    fields.text(name).and_then(|at| at.parse().ok())
}

/// A key, what happened, and when.
type Told = (String, Happened, Option<Instant>);

fn written(uri: String, status: &mut Fields) -> Told {
    let at = time(status, "created_at");
    let content = post::take(status);
    (format!("message:{uri}"), Happened::Message { object: uri, content }, at)
}

/// A change of a post. Two changes differ in when they were made.
fn changed(uri: &str, status: &mut Fields, noticed: Option<Instant>) -> Told {
    let edited = status.text("edited_at");
    let at = edited.as_deref().and_then(|at| at.parse().ok()).or(noticed);
    let content = post::take(status);
    let key = format!("edit:{uri}:{}", edited.unwrap_or_default());
    (key, Happened::Edit { of: uri.to_owned(), content }, at)
}

fn reaction(uri: &str, emoji: &str, who: &Person, at: Option<Instant>) -> Told {
    let by = who.hints.first().map(|hint| hint.key.value.as_str()).unwrap_or_default();
    let what = Happened::Reaction { of: uri.to_owned(), emoji: emoji.to_owned(), removed: false };
    (format!("reaction:{uri}:{emoji}:{by}"), what, at)
}

fn hidden(uri: String) -> Happened {
    let text = "The post cannot be seen any more: it was deleted, or its author has blocked the \
                inbox's account.";
    Happened::Unknown { object: Some(uri), content: plain(text.to_owned()) }
}

fn unknown(key: String, kind: &str, who: Option<Person>, fields: Fields) -> ChannelEvent {
    let content = plain(format!("What Mastodon calls `{kind}`."));
    let who = who.unwrap_or(Person { role: Role::Platform, ..Person::default() });
    let what = Happened::Unknown { object: None, content };
    ChannelEvent { extra: fields.into_rest(), ..event(key, kind, what, who, None) }
}

fn plain(text: String) -> Content {
    Content { text, ..Content::default() }
}

fn event(
    key: String,
    kind: &str,
    what: Happened,
    who: Person,
    conversation: Option<Conversation>,
) -> ChannelEvent {
    let direction = match who.role {
        Role::Us => Direction::Outbound,
        Role::Customer | Role::Bot | Role::Platform => Direction::Inbound,
    };
    ChannelEvent {
        key,
        provider_kind: format!("notification.{kind}"),
        occurred_at: None,
        direction,
        who,
        conversation,
        what,
        extra: Map::new(),
    }
}

/// When something happened.
trait At {
    fn at(self, at: Option<Instant>) -> Self;
}

impl At for ChannelEvent {
    fn at(self, occurred_at: Option<Instant>) -> Self {
        Self { occurred_at, ..self }
    }
}
