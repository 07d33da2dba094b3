//! Writing events onto timelines, with all that goes with an item.

use std::collections::HashMap;
use std::sync::Arc;

use throughline_core::actor::Actor;
use throughline_core::channel::Channel;
use throughline_core::event::{DomainEvent, Happening};
use throughline_core::facts::FactKind;
use throughline_core::facts::rules::RuleSet;
use throughline_core::id::{AgentId, ApiKeyId, CustomerId, ItemId};
use throughline_core::pushed::visibility_of;
use throughline_core::time::Instant;
use throughline_core::timeline::{Author, Detail, ItemKind, OrderKey, PushedDetail, TimelineItem};
use throughline_store::{Conn, customers, events, timeline};

use super::owner::Whose;
use crate::index::{self, Document};
use crate::{App, AppError, facts};

/// An event on its way onto a timeline.
pub(super) struct Arriving {
    /// Who pushed it, as events name an actor.
    pub actor: String,
    pub occurred_at: Instant,
    pub kind: ItemKind,
    pub channel: Channel,
    pub body: String,
    pub detail: PushedDetail,
    /// What its data state, by what its type says.
    pub facts: Vec<(FactKind, String)>,
}

/// What is written at the end, once for all items of a transaction.
#[derive(Default)]
pub(super) struct Saved {
    documents: Vec<Document>,
    events: Vec<DomainEvent>,
    touched: HashMap<CustomerId, Instant>,
    /// By which rules facts are found, once they were read.
    fact_rules: Option<Arc<RuleSet>>,
}

impl Saved {
    /// Writes one item. Its number is that of the event.
    pub fn item(
        &mut self,
        app: &App,
        conn: &mut Conn,
        event: Arriving,
        whose: Whose,
        now: Instant,
    ) -> Result<ItemId, AppError> {
        let Arriving { actor, occurred_at, kind, channel, body, mut detail, facts: stated } = event;
        let Whose { customer, identity, ticket, reason } = whose;
        let (id, event_type) = (ItemId::from(detail.event.get()), detail.event_type.clone());
        detail.owner_reason = Some(reason);
        let mut item = TimelineItem {
            id,
            customer,
            key: OrderKey::new(occurred_at, id, 0),
            kind,
            channel,
            visibility: visibility_of(kind),
            ticket: ticket.as_ref().map(|ticket| ticket.id),
            inbox: ticket.as_ref().map(|ticket| ticket.inbox),
            identity,
            author: author(&actor),
            occurred_at,
            created_at: now,
            body,
            detail: Detail::Pushed(Box::new(detail)),
        };
        timeline::insert(conn, &mut item)?;
        facts::of_pushed(app, conn, &item, &stated)?;
        let rules = self.fact_rules(app, conn)?;
        facts::of_item_by(&rules, app, conn, &item)?;
        self.documents.push(index::document_of_item(&item, ticket.as_ref()));
        let what = Happening::EventReceived { item: id, event_type };
        let note = DomainEvent { actor, ..app.event(&Actor::system(), now, what) };
        self.events.push(match &ticket {
            Some(ticket) => note.of_ticket(ticket),
            None => note.of_customer(customer),
        });
        let newest = self.touched.entry(customer).or_insert(occurred_at);
        *newest = occurred_at.max(*newest);
        Ok(id)
    }

    fn fact_rules(&mut self, app: &App, conn: &mut Conn) -> Result<Arc<RuleSet>, AppError> {
        if let Some(known) = &self.fact_rules {
            return Ok(Arc::clone(known));
        }
        let rules = app.fact_rules().rules(conn)?;
        Ok(Arc::clone(self.fact_rules.insert(rules)))
    }

    /// Adds what else is to be indexed.
    pub fn documents(&mut self, documents: Vec<Document>) {
        self.documents.extend(documents);
    }

    /// Writes what belongs to all of them. What lies in the future is no activity yet.
    pub fn finish(self, conn: &mut Conn, now: Instant) -> Result<(), AppError> {
        events::append(conn, &self.events)?;
        let mut touched: Vec<(CustomerId, Instant)> = self.touched.into_iter().collect();
        // In one order always, lest two transactions wait for each other.
        touched.sort();
        for (customer, at) in touched {
            customers::touch(conn, customer, at.min(now))?;
        }
        Ok(index::put(conn, &self.documents)?)
    }
}

/// The author by the name that events give an actor.
fn author(name: &str) -> Author {
    let agent = || name.parse::<AgentId>().map(Author::Agent);
    let key = || name.parse::<ApiKeyId>().map(Author::Key);
    agent().or_else(|_| key()).unwrap_or(Author::System)
}
