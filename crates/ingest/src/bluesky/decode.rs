//! One notification, a post that a search found, or a list of them, to what happened. What is known of a
//! thread beside what the post says stands under `via`. A commit, as streams of posts bring it, is read as
//! well.

use serde_json::{Map, Value};
use throughline_core::identity::{IdentityKind, Proof};
use throughline_core::inbound::{
    Audience, ChannelEvent, Content, Conversation, Happened, InboundEvent, Person, Role,
};
use throughline_core::time::Instant;
use throughline_core::timeline::Direction;

use super::post;
use crate::fields::{Fields, hint, name_of};
use crate::lenient::{at, list, text};
use crate::{Decode, Undecodable};

/// Where DIDs and handles mean something.
const SCOPE: &str = "atproto";
/// What nobody here needs: how the account that asks stands to the author, and counts that change by the
/// minute.
const NOISE: &[&str] = &[
    "isRead",
    "likeCount",
    "replyCount",
    "repostCount",
    "quoteCount",
    "bookmarkCount",
    "viewer",
    "threadgate",
];

/// Reads what Bluesky says.
pub(super) struct Bluesky;

impl Decode for Bluesky {
    fn decode(&self, bytes: &[u8]) -> Result<Vec<InboundEvent>, Undecodable> {
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|why| Undecodable(format!("it is no JSON: {why}")))?;
        let all = match value {
            Value::Array(list) => list,
            Value::Object(mut map) => match map.remove("notifications").or(map.remove("posts")) {
                Some(Value::Array(list)) => list,
                _ => vec![Value::Object(map)],
            },
            _ => return Err(Undecodable("it is neither a notification nor a list".to_owned())),
        };
        let events = all.into_iter().map(event);
        Ok(events.map(|event| InboundEvent::Channel(Box::new(event))).collect())
    }
}

fn event(value: Value) -> ChannelEvent {
    match Fields::read(value) {
        Ok(one) if one.has("commit") => of_entry(committed(one)),
        Ok(one) => of_entry(one),
        Err(value) => {
            let key = format!("notification:{}", name_of(&value));
            let mut rest = Fields::default();
            rest.put("value", value);
            let who = Person { role: Role::Platform, ..Person::default() };
            made(key, "notification", unknown("notification", None), who, rest)
        }
    }
}

/// A commit in the form of a notification.
fn committed(mut one: Fields) -> Fields {
    let mut commit = one.object("commit").unwrap_or_default();
    let did = one.id("did").unwrap_or_default();
    let (kind, key) = (commit.text("collection"), commit.text("rkey"));
    let is_post = kind.as_deref() == Some("app.bsky.feed.post");
    let operation = commit.text("operation").unwrap_or_default();
    let reason = match operation.as_str() {
        "create" if is_post => "post",
        "delete" if is_post => "delete",
        _ => {
            commit.put("operation", operation);
            "commit"
        }
    };
    one.leave(&["kind"]);
    let at = one.whole("time_us").map(|micros| Instant::from_micros(micros).to_string());
    let uri = format!("at://{did}/{}/{}", kind.unwrap_or_default(), key.unwrap_or_default());
    one.put("uri", uri);
    one.put("reason", reason);
    one.put("author", Value::from(Map::from_iter([("did".to_owned(), did.into())])));
    at.into_iter().for_each(|at| one.put("indexedAt", at));
    for name in ["record", "cid"] {
        let value = commit.peek(name).cloned();
        value.into_iter().for_each(|value| one.put(name, value));
        commit.leave(&[name]);
    }
    one.put_rest("commit", commit);
    one
}

fn of_entry(mut one: Fields) -> ChannelEvent {
    let kind = one.text("reason").unwrap_or_else(|| "post".to_owned());
    let mut via = one.object("via").unwrap_or_default();
    let (me, root) = (via.id("me"), via.text("root"));
    via.leave(&["me", "root"]);
    one.put_rest("via", via);
    let Some(uri) = one.text("uri") else {
        let key = format!("notification:{}", one.name());
        let who = author(&mut one, None).0;
        return made(key, &kind, unknown(&kind, None), who, one);
    };
    let (mut who, did) = author(&mut one, me.as_deref());
    let indexed = time(&mut one, "indexedAt").or_else(|| one.seconds("seen_at"));
    let record = one.peek("record").cloned().unwrap_or_default();
    who.language = list(&record, &["langs"]).first().and_then(Value::as_str).map(str::to_owned);
    one.leave(NOISE);
    let subject = one.text("reasonSubject");
    let conversation = conversation(&uri, &record, root);
    let by = did.as_deref().unwrap_or_default();
    let (key, what) = match kind.as_str() {
        "mention" | "reply" | "quote" | "search" | "post" => {
            let content = post::read(&record, by);
            (format!("message:{uri}"), Happened::Message { object: uri, content })
        }
        "delete" => (format!("delete:{uri}"), Happened::Deletion { of: uri }),
        "hidden" => (format!("hidden:{uri}"), hidden(uri)),
        "like" => reaction(&uri, "❤", subject, &record),
        "repost" => reaction(&uri, "🔁", subject, &record),
        _ => (format!("notification:{uri}"), unknown(&kind, Some(uri))),
    };
    tidy_record(&mut one);
    let mut event = made(key, &kind, what, who, one);
    event.conversation = Some(conversation);
    event.occurred_at = written(&record, indexed);
    event
}

/// What was read of a record does not stay in it.
fn tidy_record(one: &mut Fields) {
    let Some(mut record) = one.object("record") else { return };
    record.leave(&["$type", "createdAt", "text"]);
    one.put_rest("record", record);
}

/// When it was written, which its author says; no later than it was seen.
fn written(record: &Value, indexed: Option<Instant>) -> Option<Instant> {
    let written: Option<Instant> = text(record, &["createdAt"]).and_then(|at| at.parse().ok());
    match (written, indexed) {
        (Some(written), Some(indexed)) => Some(written.min(indexed)),
        (written, indexed) => written.or(indexed),
    }
}

fn time(fields: &mut Fields, name: &str) -> Option<Instant> {
    fields.text(name).and_then(|at| at.parse().ok())
}

/// Takes who wrote it, and his DID. A handle may become another's, a DID does not.
fn author(one: &mut Fields, me: Option<&str>) -> (Person, Option<String>) {
    let Some(mut author) = one.object("author") else { return (Person::default(), None) };
    let (did, handle) = (author.id("did"), author.text("handle"));
    let name = author.text("displayName");
    author.leave(&["associated", "viewer", "indexedAt", "status", "verification", "pronouns"]);
    let platform = |did: &String| hint(IdentityKind::Platform, SCOPE, did, Proof::Provider);
    let username = |handle: &String| hint(IdentityKind::Username, SCOPE, handle, Proof::None);
    let known = did.as_ref().and_then(platform);
    let called = handle.as_ref().and_then(username);
    let role = match did.is_some() && did.as_deref() == me {
        true => Role::Us,
        false => Role::Customer,
    };
    one.put_rest("author", author);
    let hints = known.into_iter().chain(called).collect();
    (Person { role, name: name.or(handle), language: None, hints }, did)
}

/// A post belongs to the conversation that begins with the first post of its thread.
fn conversation(uri: &str, record: &Value, root: Option<String>) -> Conversation {
    let told = text(record, &["reply", "root", "uri"]).map(str::to_owned);
    Conversation {
        key: root.or(told).unwrap_or_else(|| uri.to_owned()),
        answers: text(record, &["reply", "parent", "uri"]).map(str::to_owned),
        subject: None,
        url: post::page_of(uri),
        audience: Audience::Public,
    }
}

fn reaction(uri: &str, emoji: &str, subject: Option<String>, record: &Value) -> (String, Happened) {
    let of = subject.or_else(|| text(at(record, &["subject"]), &["uri"]).map(str::to_owned));
    let what = match of {
        Some(of) => Happened::Reaction { of, emoji: emoji.to_owned(), removed: false },
        None => unknown("reaction", None),
    };
    (format!("reaction:{uri}"), what)
}

fn hidden(uri: String) -> Happened {
    let text = "The post cannot be seen any more: its author has blocked the inbox's account, or the \
                server hides it.";
    let content = Content { text: text.to_owned(), ..Content::default() };
    Happened::Unknown { object: Some(uri), content }
}

fn unknown(kind: &str, object: Option<String>) -> Happened {
    let text = format!("What Bluesky calls `{kind}`.");
    Happened::Unknown { object, content: Content { text, ..Content::default() } }
}

fn made(key: String, kind: &str, what: Happened, who: Person, rest: Fields) -> ChannelEvent {
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
        conversation: None,
        what,
        extra: rest.into_rest(),
    }
}
