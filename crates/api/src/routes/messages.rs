//! What belongs to a message: parties, files, and the reasons of what was decided about it.

use serde::Serialize;
use throughline_core::inbound::{Nature, Party};
use throughline_core::reason::Reason;
use throughline_core::time::Instant as CoreInstant;
use throughline_core::timeline::{AttachmentInfo, Direction, MessageDetail, SendState, Sending};
use utoipa::ToSchema;

use crate::wire::{AttachmentId, Instant, ItemId, TicketId, Wire};

/// What belongs to a message.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageOut {
    /// `inbound` from the customer, `outbound` to the customer.
    #[schema(example = "inbound")]
    direction: &'static str,
    /// Its subject.
    #[schema(example = "Siparişim gelmedi")]
    subject: Option<String>,
    /// Who wrote it.
    from: Option<PartyOut>,
    /// To whom.
    to: Vec<PartyOut>,
    /// Who else got it.
    cc: Vec<PartyOut>,
    /// Its Message-ID, without angle brackets.
    #[schema(example = "abc123@mail.example.com")]
    message_id: Option<String>,
    /// What kind of mail it is: `personal`, `bounce`, `auto_reply`, `auto_generated`,
    /// `feedback_report`; null for what is no mail.
    #[schema(example = "personal")]
    nature: Option<&'static str>,
    /// How far it has come, when we send it: `queued`, `sent`, `deferred` (tried again later),
    /// `failed`, `bounced`, `cancelled`.
    #[schema(example = "queued")]
    send_state: Option<&'static str>,
    /// What there is to say about its sending; null for what we do not send.
    sending: Option<SendingOut>,
    /// Whether the text was longer than is kept in the item.
    body_cut: bool,
    /// Files that belong to it.
    attachments: Vec<AttachmentOut>,
    /// Why it is this customer's.
    owner_reason: Option<ReasonOut>,
    /// Why it is in this ticket.
    thread_reason: Option<ReasonOut>,
}

/// What there is to say about the sending of a message.
#[derive(Debug, Serialize, ToSchema)]
struct SendingOut {
    /// Not before this instant: until then it can be taken back.
    send_at: Option<Instant>,
    /// When the server took it.
    sent_at: Option<Instant>,
    /// When it is tried again.
    next_try_at: Option<Instant>,
    /// Why it has not gone, in the words of the server or of whoever stopped it.
    #[schema(example = "ayse@example.com: 550 5.1.1 no such user")]
    words: Option<String>,
}

impl SendingOut {
    fn of(sending: Sending) -> Self {
        let Sending { send_at, sent_at, next_try_at, words } = sending;
        let at = |micros: Option<i64>| micros.map(|m| Wire(CoreInstant::from_micros(m)));
        let (send_at, sent_at, next_try_at) = (at(send_at), at(sent_at), at(next_try_at));
        Self { send_at, sent_at, next_try_at, words }
    }
}

/// A name and an address as written.
#[derive(Debug, Serialize, ToSchema)]
struct PartyOut {
    /// The address.
    #[schema(example = "ayse@example.com")]
    address: String,
    /// The name beside it.
    #[schema(example = "Ayşe Yılmaz")]
    name: Option<String>,
}

/// A file of a message.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttachmentOut {
    /// Its id; fetch it at `/api/v1/attachments/{id}`.
    id: AttachmentId,
    /// Its name.
    #[schema(example = "fatura.pdf")]
    name: Option<String>,
    /// Its media type as the sender said it.
    #[schema(example = "application/pdf")]
    media_type: String,
    /// Its size in bytes.
    #[schema(example = 48213)]
    size: i64,
    /// Whether it is shown inside the text.
    inline: bool,
}

/// Why something was decided.
#[derive(Debug, Default, Serialize, ToSchema)]
struct ReasonOut {
    /// The rule: `same_address`, `first_contact`, `header_match`, `bounce_of`,
    /// `sender_takes_no_part`, `other_inbox`, `no_known_reference`, `no_reference`, `chosen`,
    /// `reply_address`, `signed_id`, `subject_number`, `mass_id`, `continues`, `moved`.
    #[schema(example = "header_match")]
    rule: &'static str,
    /// The address that decided.
    address: Option<String>,
    /// The header that decided: `in_reply_to` or `references`.
    #[schema(example = "in_reply_to")]
    header: Option<String>,
    /// The Message-ID that decided.
    mail_id: Option<String>,
    /// The item that carried that Message-ID.
    item: Option<ItemId>,
    /// The ticket that was named and not joined, that is continued, or that it was moved from.
    ticket: Option<TicketId>,
    /// The number of the ticket that was named.
    #[schema(example = 1042)]
    number: Option<i64>,
    /// Who decided, as events name an actor.
    #[schema(example = "agent:agt_1h2p9x8gk0009")]
    by: Option<String>,
}

impl MessageOut {
    /// On the wire.
    pub fn of(detail: MessageDetail) -> Self {
        let parties = |list: Vec<Party>| list.into_iter().map(PartyOut::of).collect();
        Self {
            direction: match detail.direction {
                Direction::Inbound => "inbound",
                Direction::Outbound => "outbound",
            },
            subject: detail.subject,
            from: detail.from.map(PartyOut::of),
            to: parties(detail.to),
            cc: parties(detail.cc),
            message_id: detail.message_id,
            nature: detail.nature.map(nature),
            send_state: detail.send_state.map(SendState::as_str),
            sending: detail.sending.map(SendingOut::of),
            body_cut: detail.body_cut,
            attachments: detail.attachments.into_iter().map(AttachmentOut::of).collect(),
            owner_reason: detail.owner_reason.map(ReasonOut::of),
            thread_reason: detail.thread_reason.map(ReasonOut::of),
        }
    }
}

fn nature(nature: Nature) -> &'static str {
    match nature {
        Nature::Personal => "personal",
        Nature::Bounce => "bounce",
        Nature::AutoReply => "auto_reply",
        Nature::AutoGenerated => "auto_generated",
        Nature::FeedbackReport => "feedback_report",
    }
}

impl PartyOut {
    fn of(party: Party) -> Self {
        let Party { address, name } = party;
        Self { address, name }
    }
}

impl AttachmentOut {
    /// On the wire.
    pub fn of(info: AttachmentInfo) -> Self {
        let AttachmentInfo { id, name, media_type, size, inline } = info;
        Self { id: id.into(), name, media_type, size, inline }
    }
}

impl ReasonOut {
    fn of(reason: Reason) -> Self {
        let rule = |rule: &'static str| Self { rule, ..Self::default() };
        match reason {
            Reason::SameAddress { address } => {
                Self { address: Some(address), ..rule("same_address") }
            }
            Reason::FirstContact { address } => {
                Self { address: Some(address), ..rule("first_contact") }
            }
            Reason::HeaderMatch { header, mail_id, item } => Self {
                header: Some(header),
                mail_id: Some(mail_id),
                item: item.map(Wire),
                ..rule("header_match")
            },
            Reason::BounceOf { mail_id } => Self { mail_id: Some(mail_id), ..rule("bounce_of") },
            Reason::SenderTakesNoPart { named } => {
                Self { ticket: Some(named.into()), ..rule("sender_takes_no_part") }
            }
            Reason::OtherInbox => rule("other_inbox"),
            Reason::NoKnownReference => rule("no_known_reference"),
            Reason::NoReference => rule("no_reference"),
            Reason::Chosen => rule("chosen"),
            Reason::ReplyAddress { address } => {
                Self { address: Some(address), ..rule("reply_address") }
            }
            Reason::SignedId { header, mail_id } => {
                Self { header: Some(header), mail_id: Some(mail_id), ..rule("signed_id") }
            }
            Reason::SubjectNumber { number } => {
                Self { number: Some(number), ..rule("subject_number") }
            }
            Reason::MassId { mail_id } => Self { mail_id: Some(mail_id), ..rule("mass_id") },
            Reason::Continues { ticket, number } => {
                Self { ticket: Some(ticket.into()), number: Some(number), ..rule("continues") }
            }
            Reason::Moved { from, by } => {
                Self { ticket: Some(from.into()), by: Some(by), ..rule("moved") }
            }
        }
    }
}
