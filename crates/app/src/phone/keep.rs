//! Writing calls onto timelines, with all that goes with an item, and what is written once for a batch.

use std::collections::HashMap;

use throughline_core::actor::Actor;
use throughline_core::call::{Call, CallDirection, Disposition};
use throughline_core::channel::Channel;
use throughline_core::event::{DomainEvent, Happening};
use throughline_core::id::{CustomerId, ImportId, InboxId, ItemId, PhoneCallId};
use throughline_core::identity::{Hint, Identity, IdentityKind, Key, Proof};
use throughline_core::import::{Import, ImportCounts};
use throughline_core::inbox::Inbox;
use throughline_core::phone_settings::PhoneSettings;
use throughline_core::pushed::visibility_of;
use throughline_core::ticket::Ticket;
use throughline_core::time::Instant;
use throughline_core::timeline::{
    Author, CallDetail, Detail, ItemKind, OrderKey, TimelineItem, occurrence,
};
use throughline_store::{Conn, customers, events, phone_calls, tickets, timeline};

use crate::customers::{Asking, Owned, checked_name, owner_among};
use crate::deliveries::new_ticket;
use crate::index::{self, Document, document_of_item};
use crate::{App, AppError, pushed};

/// Where identities of phone logs were first seen.
const SOURCE: &str = "phone_log";
/// How long ago a missed call may be and still open a ticket, in seconds: a log of last year is history.
const RECENT: i64 = 2 * 24 * 60 * 60;

/// At whom a call hints: the number of whoever is at the other end, if it can be called back.
pub(super) fn hint_of(call: &Call) -> Option<Hint> {
    let party = call.customer.as_ref()?;
    let number = party.number.as_ref()?;
    let value = number.e164.clone()?;
    let name = party.name.as_deref().and_then(|name| checked_name(name).ok());
    // Phone systems write the number where they know no name.
    let name = name.filter(|name| name.chars().any(char::is_alphabetic));
    let key = Key { kind: IdentityKind::Phone, scope: String::new(), value: value.clone() };
    Some(Hint { key, display: value, name, proof: Proof::None })
}

/// The name of the event that tells of a call.
fn event_type(call: &Call) -> String {
    format!("call.{}", call.disposition)
}

/// Writes the calls of one batch.
pub(super) struct Keeper<'a> {
    app: &'a App,
    import: &'a Import,
    inbox: Inbox,
    settings: PhoneSettings,
    now: Instant,
    new: Vec<Identity>,
    customers: u64,
    documents: Vec<Document>,
    events: Vec<DomainEvent>,
    touched: HashMap<CustomerId, Instant>,
}

impl<'a> Keeper<'a> {
    /// One for a batch of an import.
    pub fn new(
        app: &'a App,
        import: &'a Import,
        inbox: Inbox,
        settings: PhoneSettings,
        now: Instant,
    ) -> Self {
        let (new, documents, events, touched) = Default::default();
        let customers = 0;
        Self { app, import, inbox, settings, now, new, customers, documents, events, touched }
    }

    /// The inbox.
    pub fn inbox(&self) -> InboxId {
        self.inbox.id
    }

    /// The import.
    pub fn import(&self) -> ImportId {
        self.import.id
    }

    /// An id for a call.
    pub fn make_id(&self) -> PhoneCallId {
        self.app.ids().make(self.now)
    }

    fn event(&self, what: Happening) -> DomainEvent {
        let event = self.app.event(&Actor::system(), self.now, what);
        DomainEvent { actor: self.import.actor.clone(), inbox: Some(self.inbox.id), ..event }
    }

    /// Writes a new call onto the timeline of whose number it is; `None` when it names nobody.
    pub fn insert(&mut self, conn: &mut Conn, call: &Call) -> Result<Option<ItemId>, AppError> {
        let Some(hint) = hint_of(call) else { return Ok(None) };
        let at = occurrence(Some(call.started), self.now);
        let system = Actor::system();
        let asking = Asking { actor: &system, source: SOURCE, at: at.min(self.now), makes: true };
        let owned = owner_among(self.app, conn, &asking, &[hint], &mut self.new, self.now)?;
        let Some(owned) = owned else { return Ok(None) };
        let ticket = self.ticket(conn, call, &owned, at)?;
        let mut item = self.item(call, &owned, ticket.as_ref(), at);
        timeline::insert(conn, &mut item)?;
        self.customers += u64::from(owned.document.is_some());
        self.documents.extend(owned.document);
        self.documents.push(document_of_item(&item, ticket.as_ref()));
        let what = Happening::EventReceived { item: item.id, event_type: event_type(call) };
        let event = self.event(what);
        self.events.push(match &ticket {
            Some(ticket) => event.of_ticket(ticket),
            None => event.of_customer(item.customer),
        });
        self.touch(&item);
        Ok(Some(item.id))
    }

    fn item(
        &self,
        call: &Call,
        owned: &Owned,
        ticket: Option<&Ticket>,
        at: Instant,
    ) -> TimelineItem {
        let id: ItemId = self.app.ids().make(self.now);
        let detail = CallDetail {
            call: call.clone(),
            attachments: Vec::new(),
            owner_reason: Some(owned.reason.clone()),
        };
        let inbound = call.direction == CallDirection::Inbound;
        TimelineItem {
            id,
            customer: owned.customer.id,
            key: OrderKey::new(at, id, 0),
            kind: ItemKind::Call,
            channel: Channel::Phone,
            visibility: visibility_of(ItemKind::Call),
            ticket: ticket.map(|ticket| ticket.id),
            inbox: Some(self.inbox.id),
            identity: Some(owned.identity),
            author: if inbound { Author::Customer } else { Author::System },
            occurred_at: at,
            created_at: self.now,
            body: String::new(),
            detail: Detail::Call(Box::new(detail)),
        }
    }

    /// The ticket that a missed call opens, if the inbox wants that and it is not long ago.
    fn ticket(
        &self,
        conn: &mut Conn,
        call: &Call,
        owned: &Owned,
        at: Instant,
    ) -> Result<Option<Ticket>, AppError> {
        use Disposition::{Abandoned, Missed, Voicemail};
        let nobody_took_it = matches!(call.disposition, Missed | Abandoned | Voicemail)
            && call.direction == CallDirection::Inbound;
        let recent = at >= self.now.plus_seconds(-RECENT);
        if !(self.settings.missed_calls_open_tickets && nobody_took_it && recent) {
            return Ok(None);
        }
        let (system, customer) = (Actor::system(), owned.customer.id);
        let subject = super::calls::subject(call);
        let at = Some(at.min(self.now));
        let ticket =
            new_ticket(self.app, conn, &system, &self.inbox, customer, &subject, at, self.now)?;
        Ok(Some(ticket))
    }

    /// Writes a call that got another leg in its place.
    pub fn rewrite(
        &mut self,
        conn: &mut Conn,
        mut item: TimelineItem,
        call: Call,
    ) -> Result<(), AppError> {
        item.occurred_at = occurrence(Some(call.started), self.now);
        if let Detail::Call(detail) = &mut item.detail {
            detail.call = call;
        }
        phone_calls::rewrite(conn, &mut item)?;
        let system = Actor::system();
        let ticket = item.ticket.map(|id| tickets::get(conn, &system, id)).transpose()?.flatten();
        self.documents.push(document_of_item(&item, ticket.as_ref()));
        let event = self.event(Happening::CallUpdated { item: item.id });
        self.events.push(match &ticket {
            Some(ticket) => event.of_ticket(ticket),
            None => event.of_customer(item.customer),
        });
        self.touch(&item);
        Ok(())
    }

    fn touch(&mut self, item: &TimelineItem) {
        let newest = self.touched.entry(item.customer).or_insert(item.occurred_at);
        *newest = item.occurred_at.max(*newest);
    }

    /// Writes what belongs to all of them.
    pub fn finish(self, conn: &mut Conn, counts: &mut ImportCounts) -> Result<(), AppError> {
        counts.customers_new += self.customers;
        events::append(conn, &self.events)?;
        let mut touched: Vec<(CustomerId, Instant)> = self.touched.into_iter().collect();
        // In one order always, lest two transactions wait for each other.
        touched.sort();
        for (customer, at) in touched {
            customers::touch(conn, customer, at.min(self.now))?;
        }
        pushed::bind_waiting(self.app, conn, self.new, self.now)?;
        Ok(index::put(conn, &self.documents)?)
    }
}
