//! Writing events onto timelines, with all that goes with an item. Those that came by a platform are
//! written by the same hand as those that were pushed.

use std::collections::HashMap;
use std::sync::Arc;

use throughline_core::actor::Actor;
use throughline_core::channel::Channel;
use throughline_core::event::{DomainEvent, Happening};
use throughline_core::facts::FactKind;
use throughline_core::facts::rules::RuleSet;
use throughline_core::id::{AgentId, ApiKeyId, CustomerId, ItemId};
use throughline_core::pushed::{CameBy, visibility_of};
use throughline_core::ticket::Ticket;
use throughline_core::time::Instant;
use throughline_core::timeline::{Author, Detail, ItemKind, OrderKey, PushedDetail, TimelineItem};
use throughline_store::{
    Conn, customers, events, facts as stored_facts, redaction, tickets, timeline,
};

use super::came;
use super::owner::Whose;
use crate::index::{self, Document};
use crate::{App, AppError, facts};

/// An event on its way onto a timeline.
pub(crate) struct Arriving {
    /// Who pushed it, as events name an actor.
    pub actor: String,
    pub occurred_at: Instant,
    pub kind: ItemKind,
    pub channel: Channel,
    pub body: String,
    pub detail: PushedDetail,
    /// What its data state, by what its type says.
    pub facts: Vec<(FactKind, String)>,
    /// By which inbox it came, when nobody pushed it.
    pub came: Option<CameBy>,
}

/// What is written at the end, once for all items of a transaction.
#[derive(Default)]
pub(crate) struct Saved {
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
        let (stated, came, actor) = (event.facts.clone(), event.came, event.actor.clone());
        let event_type = event.detail.event_type.clone();
        let ticket = whose.ticket.clone();
        let mut item = item_of(event, whose, now);
        let mut followers = Vec::new();
        match came.zip(object_of(&item)) {
            Some((came, object)) => {
                followers = came::arrive(app, conn, &mut item, came, &object, now)?;
            }
            None => timeline::insert(conn, &mut item)?,
        }
        facts::of_pushed(app, conn, &item, &stated)?;
        let rules = self.fact_rules(app, conn)?;
        facts::of_item_by(&rules, app, conn, &item)?;
        let what = Happening::EventReceived { item: item.id, event_type };
        self.note(app, &item, ticket.as_ref(), actor, what, now);
        let newest = self.touched.entry(item.customer).or_insert(item.occurred_at);
        *newest = item.occurred_at.max(*newest);
        for follower in followers {
            self.follow(app, conn, follower, &item, ticket.clone(), now)?;
        }
        Ok(item.id)
    }

    /// Writes what had waited for an item that tells whose it is.
    fn follow(
        &mut self,
        app: &App,
        conn: &mut Conn,
        event: Arriving,
        item: &TimelineItem,
        ticket: Option<Ticket>,
        now: Instant,
    ) -> Result<(), AppError> {
        let came = event.came;
        let whose = Whose::of_item(item, ticket);
        let id = self.item(app, conn, event, whose, now)?;
        came.map_or(Ok(()), |came| came::found(conn, came, id))
    }

    /// Lets a newer state of something take the place of the one that stands on a timeline. Says whether
    /// it looks another now.
    pub fn renew(
        &mut self,
        app: &App,
        conn: &mut Conn,
        id: ItemId,
        event: Arriving,
        now: Instant,
    ) -> Result<bool, AppError> {
        let Some(mut item) = timeline::hold(conn, id)? else { return Ok(false) };
        let Arriving { actor, occurred_at: at, body, detail, facts: stated, .. } = event;
        let TimelineItem { body: text, detail: known, occurred_at: since, .. } = &mut item;
        let Detail::Pushed(known) = known else { return Ok(false) };
        if !known.renew(text, detail, &body, *since, at) {
            return Ok(false);
        }
        stored_facts::forget_item(conn, id)?;
        facts::of_pushed(app, conn, &item, &stated)?;
        let rules = self.fact_rules(app, conn)?;
        facts::of_item_by(&rules, app, conn, &item)?;
        redaction::save(conn, &item)?;
        let ticket = item.ticket.map(|id| tickets::get(conn, &Actor::system(), id)).transpose()?;
        let what = Happening::MessageChanged { item: id };
        self.note(app, &item, ticket.flatten().as_ref(), actor, what, now);
        Ok(true)
    }

    fn note(
        &mut self,
        app: &App,
        item: &TimelineItem,
        ticket: Option<&Ticket>,
        actor: String,
        what: Happening,
        now: Instant,
    ) {
        self.documents.push(index::document_of_item(item, ticket));
        let mut note = DomainEvent { actor, ..app.event(&Actor::system(), now, what) };
        note.inbox = item.inbox;
        self.events.push(match ticket {
            Some(ticket) => note.of_ticket(ticket),
            None => note.of_customer(item.customer),
        });
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

    /// Writes what belongs to all of them.
    pub fn finish(self, conn: &mut Conn, now: Instant) -> Result<(), AppError> {
        let documents = self.settle(conn, now)?;
        Ok(index::put(conn, &documents)?)
    }

    /// The same but for what is to be indexed, which it answers. What lies in the future is no activity
    /// yet.
    pub fn settle(self, conn: &mut Conn, now: Instant) -> Result<Vec<Document>, AppError> {
        events::append(conn, &self.events)?;
        let mut touched: Vec<(CustomerId, Instant)> = self.touched.into_iter().collect();
        // In one order always, lest two transactions wait for each other.
        touched.sort();
        for (customer, at) in touched {
            customers::touch(conn, customer, at.min(now))?;
        }
        Ok(self.documents)
    }
}

fn item_of(event: Arriving, whose: Whose, now: Instant) -> TimelineItem {
    let Arriving { actor, occurred_at, kind, channel, body, mut detail, facts: _, came } = event;
    let Whose { customer, identity, ticket, reason } = whose;
    let id = ItemId::from(detail.event.get());
    detail.owner_reason = Some(reason);
    let author = match came {
        Some(came) if came.by_customer => Author::Customer,
        Some(_) => Author::System,
        None => author(&actor),
    };
    TimelineItem {
        id,
        customer,
        key: OrderKey::new(occurred_at, id, 0),
        kind,
        channel,
        visibility: visibility_of(kind),
        ticket: ticket.as_ref().map(|ticket| ticket.id),
        inbox: ticket.map(|ticket| ticket.inbox).or(came.map(|came| came.inbox)),
        identity,
        author,
        occurred_at,
        created_at: now,
        body,
        detail: Detail::Pushed(Box::new(detail)),
    }
}

/// The platform's id of what an item shows.
fn object_of(item: &TimelineItem) -> Option<String> {
    match &item.detail {
        Detail::Pushed(pushed) => pushed.platform.as_ref().map(|said| said.object.clone()),
        _ => None,
    }
}

/// The author by the name that events give an actor.
fn author(name: &str) -> Author {
    let agent = || name.parse::<AgentId>().map(Author::Agent);
    let key = || name.parse::<ApiKeyId>().map(Author::Key);
    agent().or_else(|_| key()).unwrap_or(Author::System)
}
