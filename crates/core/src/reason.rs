//! Reasons: why a decision fell as it did, as data, stored beside the result and shown on request.

use serde::{Deserialize, Serialize};

use crate::id::{CustomerId, ItemId, TicketId};
use crate::identity::{IdentityKind, Proof};

/// Why something was decided.
///
/// Stored under its name (`{"header_match":{…}}`) and not beside a tag: a timeline page reads two of
/// them per item, and a tag inside would have to be looked for before the rest can be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The sender's address is an identity of this customer.
    SameAddress {
        /// The address.
        address: String,
    },
    /// Nobody with this address was known; a customer was made.
    FirstContact {
        /// The address.
        address: String,
    },
    /// What it came by is an identity of this customer.
    SameIdentity {
        /// What kind of identity it is.
        kind: IdentityKind,
        /// Where the value means something.
        scope: String,
        /// By what it was found.
        value: String,
        /// How it was proved this time.
        proof: Proof,
    },
    /// Nobody with this identity was known; a customer was made.
    FirstSeen {
        /// What kind of identity it is.
        kind: IdentityKind,
        /// Where the value means something.
        scope: String,
        /// By what it will be found.
        value: String,
        /// How it was proved this time.
        proof: Proof,
    },
    /// An agent said who of those that share an address spoke.
    Speaker {
        /// The record that it came by.
        from: CustomerId,
        /// Who said so, as events name an actor.
        by: String,
        /// Why it was with that record, to go back to.
        before: Option<Box<Reason>>,
    },
    /// It belongs to a conversation of its platform that goes on in this ticket.
    SameConversation {
        /// The conversation, as the platform names it.
        conversation: String,
    },
    /// Nothing of its conversation is here, or what is was resolved long ago.
    NewConversation {
        /// The conversation, as the platform names it.
        conversation: String,
    },
    /// A header names a message of this ticket.
    HeaderMatch {
        /// `in_reply_to` or `references`.
        header: String,
        /// The Message-ID that matched.
        mail_id: String,
        /// The item that carried it, when it was a message of ours or a stored one.
        item: Option<ItemId>,
    },
    /// A bounce names a message of this ticket.
    BounceOf {
        /// The Message-ID that bounced.
        mail_id: String,
    },
    /// A bounce names no message; this is the newest one that went to the address which it names.
    BounceTo {
        /// The address.
        address: String,
    },
    /// A header names a message of a ticket in which the sender takes no part: a new ticket was
    /// opened rather than showing it to strangers.
    SenderTakesNoPart {
        /// The ticket that was named.
        named: TicketId,
    },
    /// A header names a message that came by another inbox, which has its own readers: a ticket was
    /// opened in the inbox of arrival.
    OtherInbox,
    /// No header names a message we know.
    NoKnownReference,
    /// The message names no other message.
    NoReference,
    /// It was sent to an address that we signed for this ticket.
    ReplyAddress {
        /// The address.
        address: String,
    },
    /// A header names a Message-ID that we signed for this ticket.
    SignedId {
        /// `in_reply_to` or `references`.
        header: String,
        /// The Message-ID.
        mail_id: String,
    },
    /// The subject names the ticket, and the sender takes part in it.
    SubjectNumber {
        /// The ticket's number.
        number: i64,
    },
    /// It came by a platform, says of nobody that it is his, and names this ticket, as a hidden field of a
    /// survey does.
    NamesTicket {
        /// The ticket's number.
        number: i64,
    },
    /// The only ids that we know were sent to many people; those lead nowhere.
    MassId {
        /// The Message-ID.
        mail_id: String,
    },
    /// It answers a ticket that was resolved long ago; a new one continues it.
    Continues {
        /// That ticket.
        ticket: TicketId,
        /// Its number.
        number: i64,
    },
    /// Somebody moved it here.
    Moved {
        /// The ticket it was in.
        from: TicketId,
        /// Who moved it, as events name an actor.
        by: String,
    },
    /// Somebody chose: an agent or an integrator.
    Chosen,
}
