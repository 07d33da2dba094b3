//! Domain events: what happened, append-only, read by streams, webhooks, export and audit alike.

use serde::{Deserialize, Serialize};

use crate::id::{
    AgentId, CustomerId, ErasureId, EventId, FactId, InboxId, ItemId, MergeId, PromiseId, TicketId,
};
use crate::time::Instant;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct DomainEvent {
    /// Its id.
    pub id: EventId,
    /// Its place in the order of visibility; `None` until it has been given one.
    pub position: Option<i64>,
    /// Who did it, as [`crate::actor::Actor::name`] says.
    pub actor: String,
    /// The customer it concerns.
    pub customer: Option<CustomerId>,
    /// The ticket it concerns.
    pub ticket: Option<TicketId>,
    /// The inbox that decides who may see it.
    pub inbox: Option<InboxId>,
    /// When it happened.
    pub occurred_at: Instant,
    /// What happened.
    pub what: Happening,
}

impl DomainEvent {
    /// The same event, said to concern this ticket and its customer and inbox.
    pub fn of_ticket(self, ticket: &crate::ticket::Ticket) -> Self {
        Self {
            customer: Some(ticket.customer),
            ticket: Some(ticket.id),
            inbox: Some(ticket.inbox),
            ..self
        }
    }

    /// The same event, said to concern this customer.
    pub fn of_customer(self, customer: CustomerId) -> Self {
        Self { customer: Some(customer), ..self }
    }
}

/// A change of one field, as shown on the timeline and in the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field: `status`, `priority`, `assignee_agent`, `assignee_team`, `subject`, `tags`.
    pub field: String,
    /// Its value before, in wire form.
    pub from: Option<String>,
    /// Its value after, in wire form.
    pub to: Option<String>,
}

/// The kinds of happenings, with what belongs to each. The tag is the event's `kind`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "data")]
pub enum Happening {
    /// A customer record was made.
    #[serde(rename = "customer.created")]
    CustomerCreated {},
    /// Fields or tags of a customer changed.
    #[serde(rename = "customer.updated")]
    CustomerUpdated {
        /// What changed.
        changes: Vec<FieldChange>,
    },
    /// A ticket was opened.
    #[serde(rename = "ticket.created")]
    TicketCreated {
        /// Its human number.
        number: i64,
    },
    /// Fields or tags of a ticket changed.
    #[serde(rename = "ticket.updated")]
    TicketUpdated {
        /// What changed.
        changes: Vec<FieldChange>,
    },
    /// A customer wrote.
    #[serde(rename = "message.received")]
    MessageReceived {
        /// The item on the timeline.
        item: ItemId,
    },
    /// An agent or integrator answered.
    #[serde(rename = "message.created")]
    MessageCreated {
        /// The item on the timeline.
        item: ItemId,
    },
    /// The server took a message of ours.
    #[serde(rename = "message.sent")]
    MessageSent {
        /// The item on the timeline.
        item: ItemId,
    },
    /// A message of ours was refused, given up or taken back, or came back.
    #[serde(rename = "message.not_sent")]
    MessageNotSent {
        /// The item on the timeline.
        item: ItemId,
        /// `failed`, `bounced` or `cancelled`.
        state: String,
        /// The words of the server, or of whoever stopped it.
        words: String,
    },
    /// A message, or something else that came by a platform, was edited, taken back, reacted to, or has
    /// come further, there; or one of its files has come, or is given up.
    #[serde(rename = "message.changed")]
    MessageChanged {
        /// The item on the timeline.
        item: ItemId,
    },
    /// A message was moved to this ticket.
    #[serde(rename = "message.moved")]
    MessageMoved {
        /// The item on the timeline.
        item: ItemId,
        /// The ticket it was in.
        from: TicketId,
    },
    /// An internal note was written.
    #[serde(rename = "note.created")]
    NoteCreated {
        /// The item on the timeline.
        item: ItemId,
        /// The agents whom it names.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mentions: Vec<AgentId>,
    },
    /// Two customers became one.
    #[serde(rename = "customer.merged")]
    CustomerMerged {
        /// The merge.
        merge: MergeId,
        /// The record that survives.
        survivor: CustomerId,
        /// The record that is now part of it.
        merged: CustomerId,
    },
    /// A merge was undone.
    #[serde(rename = "customer.unmerged")]
    CustomerUnmerged {
        /// The merge.
        merge: MergeId,
        /// The record that survived.
        survivor: CustomerId,
        /// The record that is a customer of its own again.
        merged: CustomerId,
    },
    /// A customer's data was erased.
    #[serde(rename = "customer.erased")]
    CustomerErased {
        /// The erasure, which has the proof.
        erasure: ErasureId,
    },
    /// An integrator pushed an event.
    #[serde(rename = "event.received")]
    EventReceived {
        /// The item on the timeline.
        item: ItemId,
        /// The name of its type.
        event_type: String,
    },
    /// A telephone rings, and we know whose call it is.
    #[serde(rename = "call.ringing")]
    CallRinging {
        /// What the phone system calls it.
        call: String,
        /// The extension that rings; empty when it was not said.
        extension: String,
    },
    /// A call got another leg, or a log says something else of it now.
    #[serde(rename = "call.updated")]
    CallUpdated {
        /// The item on the timeline.
        item: ItemId,
    },
    /// An item was pinned, or no longer is.
    #[serde(rename = "item.pinned")]
    ItemPinned {
        /// The item on the timeline.
        item: ItemId,
        /// Whether it is pinned now.
        pinned: bool,
    },
    /// The content of an item was taken out.
    #[serde(rename = "item.redacted")]
    ItemRedacted {
        /// The item on the timeline.
        item: ItemId,
    },
    /// The customer told us something.
    #[serde(rename = "fact.stated")]
    FactStated {
        /// The fact.
        fact: FactId,
        /// Its kind.
        fact_kind: String,
    },
    /// A fact was confirmed, or is outdated or wrong.
    #[serde(rename = "fact.changed")]
    FactChanged {
        /// The fact.
        fact: FactId,
        /// What it is now.
        state: String,
    },
    /// We promised something.
    #[serde(rename = "promise.made")]
    PromiseMade {
        /// The promise.
        promise: PromiseId,
    },
    /// A promise was kept, broken or withdrawn.
    #[serde(rename = "promise.changed")]
    PromiseChanged {
        /// The promise.
        promise: PromiseId,
        /// What it is now.
        state: String,
    },
    /// A brief was read by who takes over.
    #[serde(rename = "brief.read")]
    BriefRead {
        /// The item on the timeline.
        item: ItemId,
    },
    /// Something of the set-up changed: agents, teams, inboxes, tags, keys.
    #[serde(rename = "admin.changed")]
    AdminChanged {
        /// The kind of thing, such as `agent`.
        what: String,
        /// Its id on the wire.
        id: String,
        /// `created`, `updated` or `deleted`.
        change: String,
        /// The names of the fields that an update changed, as far as they are known; never their values.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fields: Vec<String>,
    },
}

impl Happening {
    /// The item on the timeline that it concerns.
    pub fn item(&self) -> Option<ItemId> {
        match self {
            Self::MessageReceived { item }
            | Self::MessageCreated { item }
            | Self::MessageSent { item }
            | Self::MessageNotSent { item, .. }
            | Self::MessageChanged { item }
            | Self::MessageMoved { item, .. }
            | Self::NoteCreated { item, .. }
            | Self::EventReceived { item, .. }
            | Self::CallUpdated { item }
            | Self::ItemPinned { item, .. }
            | Self::ItemRedacted { item }
            | Self::BriefRead { item } => Some(*item),
            _ => None,
        }
    }

    /// The stable name of the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CustomerCreated {} => "customer.created",
            Self::CustomerUpdated { .. } => "customer.updated",
            Self::TicketCreated { .. } => "ticket.created",
            Self::TicketUpdated { .. } => "ticket.updated",
            Self::MessageReceived { .. } => "message.received",
            Self::MessageCreated { .. } => "message.created",
            Self::MessageSent { .. } => "message.sent",
            Self::MessageNotSent { .. } => "message.not_sent",
            Self::MessageChanged { .. } => "message.changed",
            Self::MessageMoved { .. } => "message.moved",
            Self::NoteCreated { .. } => "note.created",
            Self::CustomerMerged { .. } => "customer.merged",
            Self::CustomerUnmerged { .. } => "customer.unmerged",
            Self::CustomerErased { .. } => "customer.erased",
            Self::EventReceived { .. } => "event.received",
            Self::CallRinging { .. } => "call.ringing",
            Self::CallUpdated { .. } => "call.updated",
            Self::ItemPinned { .. } => "item.pinned",
            Self::ItemRedacted { .. } => "item.redacted",
            Self::FactStated { .. } => "fact.stated",
            Self::FactChanged { .. } => "fact.changed",
            Self::PromiseMade { .. } => "promise.made",
            Self::PromiseChanged { .. } => "promise.changed",
            Self::BriefRead { .. } => "brief.read",
            Self::AdminChanged { .. } => "admin.changed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_the_wire_tag() {
        let what = Happening::TicketCreated { number: 7 };
        let json = serde_json::to_value(&what).unwrap();
        assert_eq!(json["kind"], what.kind());
        assert_eq!(serde_json::from_value::<Happening>(json).unwrap(), what);
    }
}
