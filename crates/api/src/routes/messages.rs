//! What belongs to a message: parties, files, and the reasons of what was decided about it.

use serde::Serialize;
use throughline_core::identity;
use throughline_core::inbound::{Nature, Party, SpanKind, TextSpan};
use throughline_core::reason::Reason;
use throughline_core::time::Instant as CoreInstant;
use throughline_core::timeline::{
    AttachmentInfo, BounceInfo, Direction, MessageDetail, SendState, Sending,
};
use utoipa::ToSchema;

use super::channel_templates::TemplateSentOut;
use super::platform_wire::PlatformOut;
use super::trust::{ProtectionOut, TrustOut};
use crate::wire::{
    AttachmentId, CustomerId, IdentityKind, Instant, ItemId, MacroId, Proof, TicketId, Wire,
};

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
    /// Whether it has HTML; read it at `/api/v1/items/{id}/html`.
    has_html: bool,
    /// Whether the author's domain is proved; null for what is no mail to us.
    trust: Option<TrustOut>,
    /// What protects it, when it says that it is signed or encrypted; else null.
    protection: Option<ProtectionOut>,
    /// Whether its sender takes no part in the ticket otherwise: show it with a warning.
    third_party: bool,
    /// Stretches of the item's text to fold away, in order and apart from each other.
    spans: Vec<SpanOut>,
    /// What it reports, when it is a bounce.
    bounce: Option<BounceOut>,
    /// Its size at its source in bytes, when it was too large and only its header was taken.
    #[schema(example = 73400320)]
    left_at_source: Option<i64>,
    /// Whether the text was longer than is kept in the item.
    body_cut: bool,
    /// Why it asks for what the customer had already told; null where it does not.
    asks_anyway: Option<String>,
    /// The macro by which it was written.
    made_with: Option<MacroId>,
    /// The template as which it went; null where it went as it was written.
    template: Option<TemplateSentOut>,
    /// What its platform says of it; null for mail.
    platform: Option<PlatformOut>,
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

/// A stretch of a text to fold away. Nothing is ever deleted.
#[derive(Debug, Serialize, ToSchema)]
struct SpanOut {
    /// Its first character, counted in Unicode code points from 0.
    #[schema(example = 42)]
    start: usize,
    /// One past its last character.
    #[schema(example = 180)]
    end: usize,
    /// `quote` for earlier messages, `signature` for a signature.
    #[schema(example = "quote")]
    kind: &'static str,
    /// The rule that found it; `our_words` is what we sent ourselves.
    #[schema(example = "our_words")]
    rule: String,
    /// How sure the rule is, from 0 to 1.
    #[schema(example = 0.95)]
    confidence: f32,
}

/// What a bounce says.
#[derive(Debug, Serialize, ToSchema)]
struct BounceOut {
    /// The addresses that were not reached.
    recipients: Vec<String>,
    /// The enhanced status code (RFC 3463).
    #[schema(example = "5.1.1")]
    status: Option<String>,
    /// Whether trying again is useless.
    permanent: bool,
    /// The message that bounced, when it is one of ours.
    item: Option<ItemId>,
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
    /// What is to be seen on it, as its reply said for who does not see it; null where nothing was said.
    #[schema(example = "The lamp with its shade broken off")]
    description: Option<String>,
}

/// Why something was decided.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ReasonOut {
    /// The rule: `same_address`, `first_contact`, `header_match`, `bounce_of`,
    /// `bounce_to`, `sender_takes_no_part`, `other_inbox`, `no_known_reference`, `no_reference`, `chosen`,
    /// `reply_address`, `signed_id`, `subject_number`, `mass_id`, `continues`, `moved`,
    /// `same_identity`, `first_seen`, `speaker`, `same_conversation`, `new_conversation`,
    /// `names_ticket`.
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
    /// The conversation that decided, as the platform names it.
    #[schema(example = "T024BE7LD:C2147483705:1355517523.000005")]
    conversation: Option<String>,
    /// The identity by which it came, other than an e-mail address.
    identity: Option<IdentityReasonOut>,
    /// The record that it came by, before somebody said who spoke.
    customer: Option<CustomerId>,
}

/// The identity by which something came.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentityReasonOut {
    /// What kind it is.
    kind: IdentityKind,
    /// Where the value means something.
    #[schema(example = "crm")]
    scope: String,
    /// By what it was found.
    #[schema(example = "A-17")]
    value: String,
    /// How it was proved this time.
    proof: Proof,
}

fn identity(
    kind: identity::IdentityKind,
    scope: String,
    value: String,
    proof: identity::Proof,
) -> Option<IdentityReasonOut> {
    Some(IdentityReasonOut { kind: kind.into(), scope, value, proof: proof.into() })
}

impl MessageOut {
    /// On the wire; `body` is the text of the item, in which the spans lie.
    pub fn of(detail: MessageDetail, body: &str) -> Self {
        let trust = TrustOut::of(&detail);
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
            has_html: detail.html_blob.is_some(),
            trust,
            protection: detail.protection.map(ProtectionOut::of),
            third_party: detail.third_party,
            spans: spans(detail.spans, body),
            bounce: detail.bounce.map(BounceOut::of),
            left_at_source: detail.left_at_source,
            body_cut: detail.body_cut,
            asks_anyway: detail.asks_anyway,
            made_with: detail.made_with.map(Wire),
            template: detail.template.map(|sent| TemplateSentOut::of(*sent)),
            platform: detail.platform.map(|platform| PlatformOut::of(*platform)),
            attachments: detail.attachments.into_iter().map(AttachmentOut::of).collect(),
            owner_reason: detail.owner_reason.map(ReasonOut::of),
            thread_reason: detail.thread_reason.map(ReasonOut::of),
        }
    }
}

/// The stretches with their places counted in characters. They are in order, so one walk over the text
/// counts for all; one that is not is left out rather than shown wrong.
fn spans(spans: Vec<TextSpan>, body: &str) -> Vec<SpanOut> {
    let (mut byte, mut count) = (0, 0);
    let mut place = |at: usize| {
        count += body.get(byte..at)?.chars().count();
        byte = at;
        Some(count)
    };
    let one = |span: TextSpan| {
        let (start, end) = (place(span.start)?, place(span.end)?);
        let TextSpan { start: _, end: _, kind, rule, confidence } = span;
        let kind = match kind {
            SpanKind::Quote => "quote",
            SpanKind::Signature => "signature",
        };
        Some(SpanOut { start, end, kind, rule, confidence })
    };
    spans.into_iter().filter_map(one).collect()
}

impl BounceOut {
    fn of(info: BounceInfo) -> Self {
        let BounceInfo { recipients, status, permanent, item } = info;
        Self { recipients, status, permanent, item: item.map(Wire) }
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
        let AttachmentInfo { id, name, media_type, size, inline, description } = info;
        Self { id: id.into(), name, media_type, size, inline, description }
    }
}

impl ReasonOut {
    /// On the wire.
    pub fn of(reason: Reason) -> Self {
        let rule = |rule: &'static str| Self { rule, ..Self::default() };
        match reason {
            Reason::SameAddress { address } => {
                Self { address: Some(address), ..rule("same_address") }
            }
            Reason::FirstContact { address } => {
                Self { address: Some(address), ..rule("first_contact") }
            }
            Reason::SameConversation { conversation } => {
                Self { conversation: Some(conversation), ..rule("same_conversation") }
            }
            Reason::NewConversation { conversation } => {
                Self { conversation: Some(conversation), ..rule("new_conversation") }
            }
            Reason::SameIdentity { kind, scope, value, proof } => {
                Self { identity: identity(kind, scope, value, proof), ..rule("same_identity") }
            }
            Reason::FirstSeen { kind, scope, value, proof } => {
                Self { identity: identity(kind, scope, value, proof), ..rule("first_seen") }
            }
            Reason::Speaker { from, by, before: _ } => {
                Self { customer: Some(from.into()), by: Some(by), ..rule("speaker") }
            }
            Reason::HeaderMatch { header, mail_id, item } => Self {
                header: Some(header),
                mail_id: Some(mail_id),
                item: item.map(Wire),
                ..rule("header_match")
            },
            Reason::BounceOf { mail_id } => Self { mail_id: Some(mail_id), ..rule("bounce_of") },
            Reason::BounceTo { address } => Self { address: Some(address), ..rule("bounce_to") },
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
            Reason::NamesTicket { number } => Self { number: Some(number), ..rule("names_ticket") },
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_counted_in_characters() {
        let body = "şşş > q \u{1f600}!";
        let span = |start, end| TextSpan {
            start,
            end,
            kind: SpanKind::Quote,
            rule: "r".into(),
            confidence: 0.5,
        };
        let shown = spans(vec![span(7, 9), span(11, 15)], body);
        let places: Vec<(usize, usize)> = shown.iter().map(|s| (s.start, s.end)).collect();
        assert_eq!(places, [(4, 6), (8, 9)]);
        assert!(spans(vec![span(1, 3)], body).is_empty(), "within a character");
    }
}
