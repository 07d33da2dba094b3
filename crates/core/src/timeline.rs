//! Timeline items: all that happened with a customer, in one order.

use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::channel::Channel;
use crate::desk::NoteDetail;
use crate::event::FieldChange;
use crate::id::{
    AgentId, ApiKeyId, AttachmentId, CustomerId, IdentityId, InboxId, ItemId, MacroId, MergeId,
    PromiseId, PushedEventId, TeamId, TicketId,
};
use crate::inbound::{Nature, Party, Protection, TextSpan, Trust};
use crate::outgoing::FilledTemplate;
use crate::platform::Platform;
use crate::rating::Rating;
use crate::reason::Reason;
use crate::time::Instant;
use crate::wire::closed_set;

/// Bits of the order key that break ties within a microsecond.
const TIE_BITS: u32 = 11;

closed_set! {
    /// What an item is.
    ItemKind, "item kind" {
        /// A message from or to the customer.
        Message = 1 "message",
        /// A note among agents.
        Note = 2 "note",
        /// A change of the ticket: status, priority, assignee, tags, subject.
        Change = 3 "change",
        /// A telephone call.
        Call = 4 "call",
        /// A post that names us, or answers one of ours.
        Mention = 5 "social_mention",
        /// A review.
        Review = 6 "review",
        /// An answer to a survey.
        SurveyResponse = 7 "survey_response",
        /// An order, or what became of it.
        Order = 8 "order",
        /// A page that the customer looked at.
        PageView = 9 "page_view",
        /// Another event that an integrator pushed.
        Event = 10 "event",
        /// Two records became one customer, or were taken apart again.
        Merge = 11 "merge",
        /// Something that we promised.
        Promise = 12 "promise",
        /// What the next agent has to know, written at a hand-over.
        Brief = 13 "brief",
    }
}

closed_set! {
    /// Who may read an item.
    Visibility, "visibility" {
        /// The customer knows it.
        Public = 1 "public",
        /// Ours alone.
        Internal = 2 "internal",
    }
}

closed_set! {
    /// What kind of author brought an item about.
    AuthorKind, "author" {
        /// The customer.
        Customer = 1 "customer",
        /// An agent.
        Agent = 2 "agent",
        /// An integrator's key.
        Key = 3 "key",
        /// The product itself.
        System = 4 "system",
    }
}

/// Who brought an item about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// The customer.
    Customer,
    /// An agent.
    Agent(AgentId),
    /// An integrator's key.
    Key(ApiKeyId),
    /// The product itself.
    System,
}

/// The place of an item in its customer's order: the time of occurrence in microseconds and a
/// tie-break, in one signed 64-bit number. Late arrivals find their place, and a page is one range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderKey(i64);

impl OrderKey {
    /// The key of an item; another `attempt` gives another tie-break when two items meet.
    pub fn new(occurred_at: Instant, item: ItemId, attempt: u32) -> Self {
        // The id's low bits count up from zero on every node, so they are mixed (splitmix64)
        // lest items of one imported second collide.
        let mut x = (item.get() as u64).wrapping_add(u64::from(attempt) << 32);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let tie = ((x ^ (x >> 31)) & ((1 << TIE_BITS) - 1)) as i64;
        Self(Self::floor(occurred_at).0 | tie)
    }

    /// The lowest key of an instant: "since then" is `key >= floor`.
    pub fn floor(at: Instant) -> Self {
        let limit = i64::MAX >> TIE_BITS;
        Self(at.as_micros().clamp(-limit, limit) << TIE_BITS)
    }

    /// The stored number.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl From<i64> for OrderKey {
    fn from(value: i64) -> Self {
        Self(value)
    }
}

/// Which way a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the customer.
    Inbound,
    /// To the customer.
    Outbound,
}

closed_set! {
    /// How far an outbound message has come.
    SendState, "send state" {
        /// Stored and waiting to be sent.
        Queued = 1 "queued",
        /// The server took it.
        Sent = 2 "sent",
        /// The server said "later"; it is tried again.
        Deferred = 3 "deferred",
        /// It was refused, or given up.
        Failed = 4 "failed",
        /// It was taken, and came back.
        Bounced = 5 "bounced",
        /// It was taken back before it went.
        Cancelled = 6 "cancelled",
    }
}

/// What there is to say about the sending of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sending {
    /// Not before this instant, in microseconds: until then it can be taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_at: Option<i64>,
    /// When the server took it, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<i64>,
    /// When it is tried again, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_try_at: Option<i64>,
    /// The words of the server, or of whoever stopped it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

/// What a stored bounce says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BounceInfo {
    /// The addresses that were not reached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<String>,
    /// The enhanced status code (RFC 3463).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Whether trying again is useless.
    pub permanent: bool,
    /// The message that bounced, when it is one of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemId>,
}

/// What belongs to one kind of item alone.
#[derive(Debug, Clone, PartialEq)]
pub enum Detail {
    /// A message.
    Message(Box<MessageDetail>),
    /// A note has nothing of its own.
    Note(NoteDetail),
    /// A change of the ticket.
    Change {
        /// What changed.
        changes: Vec<FieldChange>,
    },
    /// A call, mention, review, survey response, order, page view or other event, as pushed.
    Pushed(Box<PushedDetail>),
    /// Two records became one customer, or were taken apart again.
    Merge(MergeDetail),
    /// Something that we promised.
    Promise(PromiseDetail),
    /// A brief for who takes over.
    Brief(Box<BriefDetail>),
    /// A telephone call, as a phone log tells of it. One that was pushed is [`Detail::Pushed`].
    Call(Box<CallDetail>),
    /// What was here was taken out. The item keeps its place, kind and times.
    Redacted(Redaction),
}

/// What belongs to an event that was pushed, or came by a platform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PushedDetail {
    /// Its id.
    pub event: PushedEventId,
    /// The name of its type, such as `order.placed`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The title made by the type's template when it came.
    pub title: String,
    /// The name of an icon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// What is shown below the title.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<PushedField>,
    /// How something was rated in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
    /// All that was pushed.
    pub data: serde_json::Value,
    /// What its platform says of it, when it came by one and was not pushed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Box<Platform>>,
    /// Why it is this customer's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_reason: Option<Reason>,
}

/// One line below the title of a pushed event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushedField {
    /// What it is.
    pub label: String,
    /// Its value, as a text.
    pub value: String,
}

/// What belongs to a merge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeDetail {
    /// The merge.
    pub merge: MergeId,
    /// The record on the other side.
    pub other: CustomerId,
    /// Whether this tells of its end.
    pub undone: bool,
}

/// What belongs to a promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromiseDetail {
    /// The promise, which knows whether it was kept.
    pub promise: PromiseId,
    /// Until when, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<i64>,
}

/// What belongs to a brief.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BriefDetail {
    /// The agent who takes over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentId>,
    /// The team that takes over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// Who read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_by: Option<AgentId>,
    /// When, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<i64>,
    /// The brief as it was then.
    pub brief: serde_json::Value,
}

/// What belongs to a telephone call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallDetail {
    /// The call, with its legs inside. It stands first: so the store tells it from what was pushed.
    pub call: Call,
    /// Recordings, and messages on a machine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentInfo>,
    /// Why it is this customer's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_reason: Option<Reason>,
}

/// The trace of what was taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redaction {
    /// Who did it, as events name an actor.
    pub by: String,
    /// When, in microseconds.
    pub at: i64,
    /// Why.
    pub reason: String,
}

/// What belongs to a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageDetail {
    /// Which way it went.
    pub direction: Direction,
    /// Its subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Party>,
    /// To whom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<Party>,
    /// Who else got it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<Party>,
    /// Its Message-ID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// What kind of mail it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nature: Option<Nature>,
    /// How far it has come, when we send it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_state: Option<SendState>,
    /// What there is to say about its sending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sending: Option<Sending>,
    /// Stretches of the body to fold away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<TextSpan>,
    /// Whether the author's domain is proved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<Trust>,
    /// Whether it is signed or encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protection: Option<Protection>,
    /// Whether its sender takes no part in the ticket otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub third_party: bool,
    /// What it reports, when it is a bounce.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounce: Option<BounceInfo>,
    /// Its size at its source in bytes, when it was too large and only its header was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_at_source: Option<i64>,
    /// Whether the body was longer than is kept in the item; the raw message has all of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub body_cut: bool,
    /// Why it asks for what the customer had already told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks_anyway: Option<String>,
    /// The macro by which it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_with: Option<MacroId>,
    /// The template as which it goes, where the platform takes nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Box<FilledTemplate>>,
    /// What its platform says of it, when it came or went by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Box<Platform>>,
    /// The blob that holds its HTML as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html_blob: Option<String>,
    /// Files that belong to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentInfo>,
    /// The trace of what was taken out, when only a part was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redacted: Option<Redaction>,
    /// Why it is this customer's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_reason: Option<Reason>,
    /// Why it is in this ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_reason: Option<Reason>,
}

impl MessageDetail {
    /// One that says nothing but which way it went.
    pub fn new(direction: Direction) -> Self {
        Self {
            direction,
            subject: None,
            from: None,
            to: Vec::new(),
            cc: Vec::new(),
            message_id: None,
            nature: None,
            send_state: None,
            sending: None,
            spans: Vec::new(),
            trust: None,
            protection: None,
            third_party: false,
            bounce: None,
            left_at_source: None,
            body_cut: false,
            asks_anyway: None,
            made_with: None,
            template: None,
            platform: None,
            html_blob: None,
            attachments: Vec::new(),
            redacted: None,
            owner_reason: None,
            thread_reason: None,
        }
    }
}

/// A file of a message, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentInfo {
    /// Its id, by which it is fetched.
    pub id: AttachmentId,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes.
    pub size: i64,
    /// Whether it is shown inside the text.
    #[serde(default)]
    pub inline: bool,
    /// What is to be seen on it, for who does not see it; known of what we sent, on its message alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineItem {
    /// Its id.
    pub id: ItemId,
    /// Whose timeline it is on.
    pub customer: CustomerId,
    /// Its place there.
    pub key: OrderKey,
    /// What it is.
    pub kind: ItemKind,
    /// The channel it came or goes by.
    pub channel: Channel,
    /// Who may read it.
    pub visibility: Visibility,
    /// The ticket it belongs to. Messages, notes and changes always have one.
    pub ticket: Option<TicketId>,
    /// The inbox it came or goes by, which decides who may see it. Without one, whoever may know of
    /// the customer may see it.
    pub inbox: Option<InboxId>,
    /// The identity it came by.
    pub identity: Option<IdentityId>,
    /// Who brought it about.
    pub author: Author,
    /// When it happened.
    pub occurred_at: Instant,
    /// When we learned of it.
    pub created_at: Instant,
    /// Its text.
    pub body: String,
    /// What belongs to its kind alone.
    pub detail: Detail,
}

impl TimelineItem {
    /// What belongs to a message, when it is one.
    pub fn message(&self) -> Option<&MessageDetail> {
        match &self.detail {
            Detail::Message(message) => Some(message),
            _ => None,
        }
    }
}

/// The longest body kept in an item, in bytes; longer ones are cut at a character and marked.
pub const MAX_BODY: usize = 128 * 1024;

/// How far in the future a sender's clock may be believed, in milliseconds.
const CLOCK_SKEW_MS: i64 = 24 * 3600 * 1000;
/// Electronic mail is not older than this (1971, the first one), nor is any support history.
const OLDEST: Instant = Instant::from_micros(365 * 24 * 3600 * 1_000_000);

/// When a message occurred: when it says that it was written, if that can be, else when it came.
pub fn occurrence(written: Option<Instant>, received: Instant) -> Instant {
    let latest = received.plus_millis(CLOCK_SKEW_MS);
    written.filter(|at| (OLDEST..=latest).contains(at)).unwrap_or(received)
}

/// Cuts a body to [`MAX_BODY`] at a character border; says whether it did. NUL is dropped, since
/// PostgreSQL cannot hold it.
pub fn tidy_body(text: &str) -> (String, bool) {
    let mut end = text.len().min(MAX_BODY);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let kept = text.get(..end).unwrap_or_default();
    (kept.replace('\0', ""), end < text.len())
}

/// The stretches of a text as they lie in the body that [`tidy_body`] makes of it. What was cut off
/// is gone from them as well.
pub fn tidy_spans(text: &str, spans: Vec<TextSpan>) -> Vec<TextSpan> {
    if spans.is_empty() {
        return spans;
    }
    let (body, _) = tidy_body(text);
    let nuls: Vec<usize> = text.match_indices('\0').map(|(at, _)| at).collect();
    let place = |at: usize| (at - nuls.partition_point(|nul| *nul < at)).min(body.len());
    let moved = spans.into_iter().map(|span| {
        let (start, end) = (place(span.start), place(span.end));
        TextSpan { start, end, ..span }
    });
    moved.filter(|span| span.start < span.end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbound::SpanKind;

    #[test]
    fn spans_lie_in_the_body_as_kept() {
        let span = |start, end| TextSpan {
            start,
            end,
            kind: SpanKind::Quote,
            rule: "r".into(),
            confidence: 1.0,
        };
        let text = "a\0b\0şq";
        let kept = tidy_spans(text, vec![span(2, 3), span(4, 7)]);
        let body = tidy_body(text).0;
        let texts: Vec<&str> = kept.iter().map(|s| &body[s.start..s.end]).collect();
        assert_eq!(texts, ["b", "şq"]);
        let long = "x".repeat(MAX_BODY + 10);
        let kept = tidy_spans(&long, vec![span(5, MAX_BODY + 5), span(MAX_BODY + 5, MAX_BODY + 9)]);
        assert_eq!(kept, [span(5, MAX_BODY)]);
    }

    #[test]
    fn keys_sort_by_time_of_occurrence_first() {
        let early = OrderKey::new(Instant::from_micros(-5_000_000), ItemId::from(900), 0);
        let late = OrderKey::new(Instant::from_micros(1_000), ItemId::from(1), 0);
        assert!(early < late);
        assert!(OrderKey::floor(Instant::from_micros(1_000)) <= late);
        assert!(OrderKey::floor(Instant::from_micros(1_001)) > late);
    }

    #[test]
    fn another_attempt_breaks_the_tie() {
        let (at, id) = (Instant::from_micros(1_000), ItemId::from(1));
        assert_ne!(OrderKey::new(at, id, 0), OrderKey::new(at, id, 1));
    }

    #[test]
    fn absurd_dates_do_not_overflow() {
        let far = OrderKey::new(Instant::from_micros(i64::MAX), ItemId::from(1), 0);
        let past = OrderKey::new(Instant::from_micros(i64::MIN), ItemId::from(1), 0);
        assert!(past < far);
    }

    #[test]
    fn a_date_that_cannot_be_is_not_believed() {
        let received = Instant::from_micros(1_790_000_000_000_000);
        let old = Instant::from_micros(900_000_000_000_000);
        assert_eq!(occurrence(Some(old), received), old);
        assert_eq!(occurrence(Some(received.plus_seconds(90_000)), received), received);
        assert_eq!(occurrence(Some(Instant::from_micros(0)), received), received);
        assert_eq!(occurrence(None, received), received);
    }

    #[test]
    fn bodies_are_cut_between_characters() {
        let (kept, cut) = tidy_body(&"ş".repeat(MAX_BODY));
        assert!(cut && kept.len() <= MAX_BODY && kept.chars().all(|c| c == 'ş'));
        assert_eq!(tidy_body("a\0b"), ("ab".into(), false));
    }
}
