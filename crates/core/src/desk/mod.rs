//! An agent's desk: what a row of his list shows, what he has read and begun to write, who else is
//! there, the lists that he keeps.

pub mod macros;

use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::id::{AgentId, AttachmentId, ItemId, MacroId, TeamId, TicketId, ViewId};
use crate::time::Instant;
use crate::timeline::{AttachmentInfo, Author, Detail, ItemKind, TimelineItem};
use crate::wire::closed_set;

/// The longest preview of what was said, in characters.
pub const MAX_PREVIEW: usize = 140;
/// For how long somebody is there after he last said so, in seconds.
pub const PRESENT_SECONDS: i64 = 30;

/// The kinds of items by which somebody says something: what a row shows, and what makes it unread.
pub const SPOKEN: &[ItemKind] = &[
    ItemKind::Message,
    ItemKind::Note,
    ItemKind::Call,
    ItemKind::Mention,
    ItemKind::Review,
    ItemKind::SurveyResponse,
];

closed_set! {
    /// Who wrote something, as a list tells it.
    Writer, "writer" {
        /// The customer, or a third party.
        Customer = 1 "customer",
        /// An agent.
        Agent = 2 "agent",
        /// An integrator, or the product itself.
        Machine = 3 "machine",
    }
}

closed_set! {
    /// What somebody does who has a ticket open.
    PresenceState, "state" {
        /// He reads.
        Looking = 1 "looking",
        /// He writes a note.
        Noting = 2 "noting",
        /// He writes to the customer.
        Replying = 3 "replying",
    }
}

closed_set! {
    /// What a draft is to become.
    DraftKind, "kind of draft" {
        /// A reply to the customer.
        Reply = 1 "reply",
        /// A note among agents.
        Note = 2 "note",
    }
}

closed_set! {
    /// Who has a view beside whoever made it.
    Sharing, "sharing" {
        /// Nobody.
        Private = 1 "private",
        /// A team.
        Team = 2 "team",
        /// Everybody.
        All = 3 "all",
    }
}

impl Writer {
    /// Who wrote as this author.
    pub fn of(author: Author) -> Self {
        match author {
            Author::Customer => Self::Customer,
            Author::Agent(_) => Self::Agent,
            Author::Key(_) | Author::System => Self::Machine,
        }
    }
}

/// What belongs to a note.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteDetail {
    /// The agents whom it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<AgentId>,
}

/// The last thing that was said in a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its beginning, in one line.
    pub preview: String,
    /// Who said it.
    pub by: Writer,
    /// The way by which it came or went.
    pub channel: Channel,
    /// When.
    pub at: Instant,
}

/// What a row of a list shows beside the ticket, as one agent sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TicketRow {
    /// What the customer is called.
    pub customer_name: Option<String>,
    /// The last thing that was said.
    pub last: Option<Said>,
    /// Whether there is something that he has not read.
    pub unread: bool,
    /// Whether a note names him that he has not read.
    pub mentioned: bool,
    /// How the draft begins that he has here.
    pub draft: Option<String>,
}

/// How far an agent has read in a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadUpTo {
    /// The newest item that he has read, by when we learned of it; zero when it is none.
    pub item: i64,
    /// Nothing that occurred before this place of the timeline is looked at for what is unread.
    pub since_key: i64,
    /// Whether he put it back among the unread ones.
    pub marked: bool,
}

/// The beginning of what an item says: one line, without what was folded away.
pub fn preview(item: &TimelineItem) -> String {
    let text = match &item.detail {
        Detail::Message(message) => {
            let mut shown = String::new();
            let mut from = 0;
            for span in &message.spans {
                shown.push_str(item.body.get(from..span.start).unwrap_or_default());
                shown.push(' ');
                from = span.end.max(from);
            }
            shown.push_str(item.body.get(from..).unwrap_or_default());
            // What is nothing but a quote is shown all the same.
            if shown.trim().is_empty() { item.body.clone() } else { shown }
        }
        Detail::Pushed(pushed) if item.body.trim().is_empty() => pushed.title.clone(),
        Detail::Redacted(_) => String::new(),
        _ => item.body.clone(),
    };
    one_line(&text)
}

/// The beginning of a text as one line of at most [`MAX_PREVIEW`] characters.
pub fn one_line(text: &str) -> String {
    let mut line = String::new();
    let mut count = 0;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        let space = usize::from(count > 0);
        for c in " ".repeat(space).chars().chain(word.chars()) {
            if count == MAX_PREVIEW {
                line.push('…');
                return line;
            }
            line.push(c);
            count += 1;
        }
    }
    line
}

/// What an agent has begun to write.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftContent {
    /// Its text.
    pub body: String,
    /// To whom; whom a reply goes to by itself when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    /// Who else is to get it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<String>,
    /// The key of the status that is to be set along with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The agents whom a note is to name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<AgentId>,
    /// The macro by which it was begun.
    #[serde(default, rename = "macro", skip_serializing_if = "Option::is_none")]
    pub macro_id: Option<MacroId>,
}

/// A draft as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The ticket.
    pub ticket: TicketId,
    /// What it is to become.
    pub kind: DraftKind,
    /// Rises with each write of the client.
    pub revision: i64,
    /// What it says; `None` where it is gone.
    pub content: Option<DraftContent>,
    /// The files that it names, in their order.
    pub attachments: Vec<AttachmentInfo>,
    /// When it was last written.
    pub updated_at: Instant,
    /// A unique number that rises with it: lists are paged by it.
    pub updated_key: i64,
}

/// A draft to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDraft {
    /// Higher than that of every write before.
    pub revision: i64,
    /// What it says.
    pub content: DraftContent,
    /// Files that the same agent sent here.
    pub attachments: Vec<AttachmentId>,
}

/// Somebody who has a ticket open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// Who.
    pub agent: AgentId,
    /// What he does; in several tabs, the one that matters most to others.
    pub state: PresenceState,
    /// Since when.
    pub since: Instant,
}

/// Of the tabs of each agent the one that matters most to others, in the order of agents.
pub fn strongest(mut tabs: Vec<Present>) -> Vec<Present> {
    tabs.sort_by_key(|tab| (tab.agent, std::cmp::Reverse(tab.state), tab.since));
    tabs.dedup_by_key(|tab| tab.agent);
    tabs
}

/// A list of tickets that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Its id.
    pub id: ViewId,
    /// What it is called.
    pub name: String,
    /// Who made it.
    pub owner: AgentId,
    /// Who else has it.
    pub shared: Sharing,
    /// The team that has it, where it is shared with one.
    pub team: Option<TeamId>,
    /// The parameters of the list, each name with its values. What they mean is decided where lists are
    /// asked for.
    pub filter: Vec<(String, Vec<String>)>,
    /// Its place among others.
    pub position: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// Rises with every change; the base of its ETag.
    pub version: i64,
}

/// The newest item of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newest {
    /// Its id.
    pub item: ItemId,
    /// When we learned of it.
    pub created_at: Instant,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_one_short_line() {
        assert_eq!(
            one_line("  Merhaba,\n\n\tsiparişim\u{0} gelmedi. "),
            "Merhaba, siparişim gelmedi."
        );
        let long = one_line(&"ş ".repeat(200));
        assert_eq!(long.chars().count(), MAX_PREVIEW + 1);
        assert!(long.ends_with('…'));
        assert_eq!(one_line(&"ş".repeat(MAX_PREVIEW)).chars().count(), MAX_PREVIEW);
    }

    #[test]
    fn of_several_tabs_the_one_that_writes_is_told() {
        let tab = |agent: i64, state, at| Present {
            agent: AgentId::from(agent),
            state,
            since: Instant::from_micros(at),
        };
        let tabs = vec![
            tab(2, PresenceState::Looking, 1),
            tab(1, PresenceState::Looking, 1),
            tab(1, PresenceState::Replying, 9),
            tab(1, PresenceState::Noting, 3),
        ];
        let told = strongest(tabs);
        assert_eq!(told, [tab(1, PresenceState::Replying, 9), tab(2, PresenceState::Looking, 1)]);
    }
}
