//! What a delivery of Slack says, by what it is: an event, an interaction, a command, or something that
//! nobody here knows.

use serde_json::{Map, Value};
use throughline_core::inbound::{
    Audience, ChannelEvent, Content, Conversation, Happened, InboundEvent, Person,
};
use throughline_core::time::Instant;
use throughline_core::timeline::Direction;

use super::{action, markup, message, payload, person};
use crate::lenient::{MOST_EXTRA, at, bounded, first, text, unix_seconds};
use crate::{Decode, Undecodable};

/// The decoder of one inbox.
pub(super) struct Slack {
    /// The workspace, where the admin says it.
    pub(super) team: Option<String>,
    /// The user id of our bot, where the admin says it.
    pub(super) bot_user: Option<String>,
}

/// What is being read: the whole and the event in it, which is the whole for interactions.
pub(super) struct Told<'a> {
    pub(super) slack: &'a Slack,
    pub(super) outer: &'a Value,
    pub(super) event: &'a Value,
}

impl Decode for Slack {
    fn decode(&self, bytes: &[u8]) -> Result<Vec<InboundEvent>, Undecodable> {
        let said = payload::read(bytes)?;
        let kind = text(&said, &["type"])
            .ok_or_else(|| Undecodable("it has no `type`, as all has that Slack sends".into()))?;
        let whole = Told { slack: self, outer: &said, event: &said };
        let events = match kind {
            "event_callback" => {
                let event = at(&said, &["event"]);
                vec![message::event(&Told { event, ..whole })]
            }
            "block_actions" => action::actions(&whole),
            "view_submission" => vec![action::submission(&whole)],
            "slash_command" => vec![action::command(&whole)],
            "url_verification" => vec![whole.nothing("Slack asked whether somebody is here")],
            "block_suggestion" => vec![whole.nothing("Slack asked what to offer in a list")],
            _ => vec![whole.unknown()],
        };
        Ok(events.into_iter().map(|event| InboundEvent::Channel(Box::new(event))).collect())
    }
}

impl<'a> Told<'a> {
    /// Our workspace, as the delivery says or else the admin.
    pub(super) fn team(&self) -> Option<&'a str> {
        let named = text(self.outer, &["team_id"]).or_else(|| text(self.outer, &["team", "id"]));
        named.or(self.slack.team.as_deref())
    }

    /// What it is called, such as `message.file_share`.
    pub(super) fn kind(&self) -> String {
        let kind = text(self.event, &["type"]).unwrap_or("event");
        match text(self.event, &["subtype"]) {
            Some(subtype) => format!("{kind}.{subtype}"),
            None => kind.to_owned(),
        }
    }

    /// Where something belongs: the thread that begins with `root`.
    pub(super) fn conversation(&self, channel: &str, root: &str, own: &str) -> Conversation {
        let team = self.team().unwrap_or_default();
        let is_direct =
            text(self.event, &["channel_type"]) == Some("im") || channel.starts_with('D');
        Conversation {
            key: format!("{team}:{channel}:{root}"),
            answers: (root != own).then(|| object(channel, root)),
            audience: if is_direct { Audience::Private } else { Audience::Group },
            ..Conversation::default()
        }
    }

    /// The event around what happened.
    pub(super) fn happened(&self, key: String, what: Happened) -> ChannelEvent {
        let (who, direction) = person::of(self, self.event);
        ChannelEvent {
            key,
            provider_kind: self.kind(),
            occurred_at: self.occurred_at(),
            direction,
            who,
            conversation: None,
            what,
            extra: self.extra(),
        }
    }

    fn occurred_at(&self) -> Option<Instant> {
        let written = first(self.event, &["event_ts", "action_ts", "ts"]).and_then(unix_seconds);
        let seconds = at(self.outer, &["event_time"]).as_i64();
        written.or_else(|| unix_seconds(&seconds?.to_string()))
    }

    /// What all events may say beyond what happened.
    fn extra(&self) -> Map<String, Value> {
        let shared = at(self.outer, &["is_ext_shared_channel"]);
        let app = text(self.event, &["app_id"])
            .or_else(|| text(self.event, &["bot_profile", "app_id"]))
            .map(Value::from);
        let metadata = bounded(at(self.event, &["metadata"]), &mut MOST_EXTRA.clone());
        let parts = [
            ("shared_with_others", Some(shared.clone()).filter(|shared| *shared == true)),
            ("app_id", app),
            ("metadata", metadata),
        ];
        parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }

    /// The key of what has no time of its own within a channel.
    pub(super) fn key(&self) -> String {
        let named = text(self.outer, &["event_id"]).map(|id| format!("event:{id}"));
        let pressed = || payload::trigger(self.outer).map(|trigger| format!("trigger:{trigger}"));
        let hashed = || {
            // What the same thing may have in several forms is not hashed.
            let mut event = self.event.clone();
            payload::redact(&mut event);
            format!("hash:{}", blake3::hash(event.to_string().as_bytes()).to_hex())
        };
        named.or_else(pressed).unwrap_or_else(hashed)
    }

    /// Something that nobody here knows, with all that it says.
    pub(super) fn unknown(&self) -> ChannelEvent {
        let kind = self.kind();
        let said = text(self.event, &["text"]).map(markup::plain);
        let text = said.unwrap_or_else(|| format!("Slack sent something of the kind {kind}"));
        let what =
            Happened::Unknown { object: None, content: Content { text, ..Content::default() } };
        let mut event = self.happened(self.key(), what);
        if let Some(said) = bounded(self.event, &mut MOST_EXTRA.clone()) {
            event.extra.insert("said".into(), said);
        }
        event
    }

    /// Something that a history does not show.
    pub(super) fn nothing(&self, why: &str) -> ChannelEvent {
        ChannelEvent {
            who: Person { role: throughline_core::inbound::Role::Platform, ..Person::default() },
            direction: Direction::Inbound,
            ..self.happened(self.key(), Happened::Nothing { why: why.to_owned() })
        }
    }
}

/// The id of a message within an inbox: a channel numbers its own.
pub(super) fn object(channel: &str, ts: &str) -> String {
    format!("{channel}:{ts}")
}
