//! A feed to what happened: each of its entries is a mention.

use serde_json::{Map, Value, json};
use throughline_core::identity::{IdentityKind, Proof};
use throughline_core::inbound::{
    Audience, ChannelEvent, Conversation, Event, Happened, InboundEvent, Person,
};
use throughline_core::timeline::{Direction, PushedField};

use super::charset;
use super::entry::{self, Item};
use super::xml::{self, Document};
use crate::fields::hint;
use crate::lenient::cut;
use crate::{Decode, Undecodable};

/// The longest title that is made of a text, in characters.
const LONGEST_TITLE: usize = 120;

/// Reads feeds, and entries in their feeds.
pub(super) struct Feed;

impl Decode for Feed {
    fn decode(&self, bytes: &[u8]) -> Result<Vec<InboundEvent>, Undecodable> {
        let text = charset::text(bytes, None);
        let feed = xml::read(&text);
        let feed = feed.ok_or_else(|| Undecodable("it is neither RSS nor Atom".to_owned()))?;
        if feed.entries.is_empty() && !feed.is_whole {
            let why = "the feed breaks off before its first entry ends".to_owned();
            return Err(Undecodable(why));
        }
        let title = title(&feed);
        let events = feed.entries.iter().map(|entry| event(entry::read(entry), title.as_deref()));
        Ok(events.map(|event| InboundEvent::Channel(Box::new(event))).collect())
    }
}

/// The title of a feed.
fn title(feed: &Document<'_>) -> Option<String> {
    let title = feed.about.iter().find(|field| field.name == "title")?;
    let text = throughline_mail::html_to_text(&title.text);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(line).filter(|line| !line.is_empty())
}

fn event(item: Item, feed: Option<&str>) -> ChannelEvent {
    let key = format!("entry:{}", item.id);
    let (name, address) = item.author.clone();
    let by_mail = |text: &str| hint(IdentityKind::Email, "", text, Proof::None);
    let hints = address.as_deref().and_then(by_mail).into_iter().collect();
    ChannelEvent {
        key: key.clone(),
        provider_kind: "entry".to_owned(),
        occurred_at: item.at,
        direction: Direction::Inbound,
        who: Person { name: name.or(address), hints, ..Person::default() },
        conversation: Some(Conversation {
            key: key.clone(),
            url: item.link.clone(),
            audience: Audience::Public,
            ..Conversation::default()
        }),
        what: Happened::Event(Box::new(mention(key, item, feed))),
        extra: Map::new(),
    }
}

fn mention(object: String, item: Item, feed: Option<&str>) -> Event {
    let Item { id, title, text, link, at: _, author: (name, _), categories, files } = item;
    let titles = [title, cut(text.lines().next().unwrap_or_default(), LONGEST_TITLE)];
    let title = titles.into_iter().find(|title| !title.is_empty());
    let field = |label: &str, value: Option<&str>| {
        value.map(|value| PushedField { label: label.to_owned(), value: value.to_owned() })
    };
    let fields =
        [field("Feed", feed), field("Author", name.as_deref()), field("Link", link.as_deref())];
    let data =
        json!({ "id": id, "link": link, "feed": feed, "categories": categories, "files": files });
    Event {
        object,
        event_type: "mention.feed".to_owned(),
        title: title.unwrap_or_else(|| "An entry of a feed".to_owned()),
        text,
        fields: fields.into_iter().flatten().collect(),
        facts: Vec::new(),
        rating: None,
        data: match data {
            Value::Object(map) => map,
            _ => Map::new(),
        },
    }
}
