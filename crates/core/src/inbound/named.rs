//! Tickets of ours that something names which came by a platform, such as a survey that was sent about one.

use super::Conversation;
use crate::id::TicketId;

/// What stands before the name of a ticket in the key of a conversation.
const TICKET: &str = "ticket:";

/// By what a ticket of ours is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketName {
    /// By its number, which anybody can guess.
    Number(i64),
    /// By its id.
    Id(TicketId),
}

impl TicketName {
    /// Reads a name: `4417`, `#4417`, or the id as the API writes it.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(id) = text.parse() {
            return Some(Self::Id(id));
        }
        let digits = text.strip_prefix('#').unwrap_or(text);
        let plain = !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit());
        digits.parse().ok().filter(|_| plain).map(Self::Number)
    }
}

impl Conversation {
    /// The conversation that is a ticket of ours, by its number or its id; none where the text is neither.
    /// Events alone may name one: messages belong to conversations of their platform.
    pub fn of_ticket(text: &str) -> Option<Self> {
        TicketName::read(text)?;
        Some(Self { key: format!("{TICKET}{}", text.trim()), ..Self::default() })
    }

    /// The ticket that it is, when it is one.
    pub fn ticket(&self) -> Option<TicketName> {
        self.key.strip_prefix(TICKET).and_then(TicketName::read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_named_by_number_or_id() {
        let id = TicketId::from(77);
        let named = |text: &str| Conversation::of_ticket(text).and_then(|c| c.ticket());
        assert_eq!(named(" #4417 "), Some(TicketName::Number(4417)));
        assert_eq!(named(&id.to_string()), Some(TicketName::Id(id)));
        for bad in ["", "#", "-1", "+1", "4417x", "cus_1h2p9x8gk0009", "99999999999999999999"] {
            assert_eq!(named(bad), None, "{bad}");
        }
        assert_eq!(Conversation { key: "4417".into(), ..Conversation::default() }.ticket(), None);
    }
}
