//! The chat in which something happened, and the conversation that it is.

use serde_json::Value;
use throughline_core::inbound::{Audience, Conversation, Person};

use super::person;
use crate::fields::Fields;

/// A chat.
#[derive(Debug, Clone)]
pub(super) struct Chat {
    id: String,
    /// The account in whose name the bot reads along, if it is somebody's assistant: ids of messages
    /// are unique within that.
    business: Option<String>,
    kind: String,
    title: Option<String>,
    username: Option<String>,
    is_forum: bool,
    /// Who it is, where it is one person or speaks for itself.
    speaker: Person,
}

impl Chat {
    /// Takes the chat of something; `None` where it does not say which.
    pub(super) fn take(fields: &mut Fields) -> Option<Self> {
        let value = fields.object("chat")?;
        let mut chat = value.clone();
        let Some(id) = chat.id("id") else {
            fields.put_rest("chat", value);
            return None;
        };
        let taken = Self {
            id: id.clone(),
            business: fields.id("business_connection_id"),
            kind: chat.text("type").unwrap_or_default(),
            title: chat.text("title"),
            username: chat.text("username"),
            is_forum: chat.peek("is_forum").and_then(Value::as_bool).unwrap_or_default(),
            speaker: person::speaker(value),
        };
        chat.leave(&["photo"]);
        match (taken.is_private(), taken.is_business()) {
            // Whom one chats with is said by `from` as well.
            (true, false) => chat.leave(&["first_name", "last_name"]),
            (true, true) => {}
            (false, _) => chat.put("type", taken.kind.clone()),
        }
        fields.put_rest("chat", chat);
        Some(taken)
    }

    pub(super) fn is_private(&self) -> bool {
        self.kind == "private"
    }

    pub(super) fn is_business(&self) -> bool {
        self.business.is_some()
    }

    pub(super) fn is(&self, id: &str) -> bool {
        self.id == id
    }

    /// Who the chat is, where nobody else is named.
    pub(super) fn speaker(&self) -> Person {
        self.speaker.clone()
    }

    /// The name of a message within the inbox.
    pub(super) fn object(&self, message: &str) -> String {
        match &self.business {
            Some(business) => format!("{business}:{}:{message}", self.id),
            None => format!("{}:{message}", self.id),
        }
    }

    /// The conversation: the chat, or the topic of a forum.
    pub(super) fn conversation(&self, bot: &str, topic: Option<&str>) -> Conversation {
        let parts = [Some(bot), self.business.as_deref(), Some(self.id.as_str()), topic];
        let key: Vec<&str> = parts.into_iter().flatten().collect();
        let public = self.username.as_deref().filter(|_| !self.is_private());
        Conversation {
            key: key.join(":"),
            answers: None,
            subject: self.title.clone(),
            url: public.filter(|name| is_name(name)).map(|name| format!("https://t.me/{name}")),
            audience: match (self.is_private(), public) {
                (true, _) => Audience::Private,
                (false, Some(_)) => Audience::Public,
                (false, None) => Audience::Group,
            },
        }
    }

    /// Takes the topic to which a message belongs. A thread in a group without topics is only a chain
    /// of answers, whose first message does not say so; it stays with the group.
    pub(super) fn topic(&self, fields: &mut Fields) -> Option<String> {
        let marked = fields.peek("is_topic_message").and_then(Value::as_bool).unwrap_or_default();
        if !marked && !self.is_forum {
            return None;
        }
        fields.leave(&["is_topic_message"]);
        fields.id("message_thread_id")
    }
}

fn is_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
