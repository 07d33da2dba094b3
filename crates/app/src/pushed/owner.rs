//! Whose an event is: the rule of `core`, and the records it needs or makes.

use std::collections::HashMap;

use throughline_core::actor::Actor;
use throughline_core::customer::Customer;
use throughline_core::id::{CustomerId, IdentityId};
use throughline_core::identity::{Identity, IdentityKind};
use throughline_core::pushed::hint::{self, Hint};
use throughline_core::reason::Reason;
use throughline_core::ticket::Ticket;
use throughline_core::time::Instant;
use throughline_store::{Conn, customers, identities, tickets};

use super::check::Ready;
use crate::index::Document;
use crate::{App, AppError};

/// Whose an event is.
#[derive(Debug)]
pub(super) struct Whose {
    /// The record.
    pub customer: CustomerId,
    /// The identity it came by.
    pub identity: Option<IdentityId>,
    /// The ticket it belongs to.
    pub ticket: Option<Ticket>,
    /// Why.
    pub reason: Reason,
}

/// What a look for the owner came to.
pub(super) enum Found {
    /// It is this one's.
    Owner(Whose),
    /// Nobody we know, and the type makes no customers.
    Nobody,
    /// It names somebody or something that is not there.
    Refused(AppError),
}

type Key = (IdentityKind, String, String);

/// The identities that a chunk of events names, held against others who would make them.
pub(super) struct Known(HashMap<Key, Identity>);

fn key_of(hint: &Hint) -> Key {
    (hint.kind, hint.scope.clone(), hint.value.clone())
}

impl Known {
    /// Looks them up. Those that are not there are held, so that nobody makes them meanwhile; those
    /// that are there stay whose they are and need no lock.
    pub fn load(conn: &mut Conn, hints: &[&Hint]) -> Result<Self, AppError> {
        let mut known = Self(HashMap::new());
        known.look_up(conn, hints)?;
        let missing: Vec<&Hint> = hints.iter().copied().filter(|h| !known.has(h)).collect();
        identities::hold_hints(conn, &missing)?;
        known.look_up(conn, &missing)?;
        Ok(known)
    }

    fn look_up(&mut self, conn: &mut Conn, hints: &[&Hint]) -> Result<(), AppError> {
        identities::by_hints(conn, hints)?.into_iter().for_each(|identity| self.add(identity));
        Ok(())
    }

    fn has(&self, hint: &Hint) -> bool {
        self.0.contains_key(&key_of(hint))
    }

    fn add(&mut self, identity: Identity) {
        let key = (identity.kind, identity.scope.clone(), identity.value.clone());
        self.0.insert(key, identity);
    }

    fn among(&self, hints: &[Hint]) -> Vec<Identity> {
        hints.iter().filter_map(|hint| self.0.get(&key_of(hint)).cloned()).collect()
    }
}

/// Identities made just now, for which other events may be waiting, and what is to be indexed.
#[derive(Default)]
pub(super) struct Made {
    pub identities: Vec<Identity>,
    pub documents: Vec<Document>,
}

/// Looks for the owner: the ticket's customer, the customer named, or by the hints.
pub(super) fn find(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    event: &Ready,
    known: &mut Known,
    made: &mut Made,
    now: Instant,
) -> Result<Found, AppError> {
    if let Some(id) = event.ticket {
        let Some(ticket) = tickets::get(conn, actor, id)? else {
            return Ok(Found::Refused(AppError::not_found("ticket")));
        };
        let (customer, reason) = (ticket.customer, Reason::Chosen);
        return Ok(Found::Owner(Whose { customer, identity: None, ticket: Some(ticket), reason }));
    }
    if let Some(id) = event.customer {
        return Ok(match customers::get(conn, actor, id)? {
            None => Found::Refused(AppError::not_found("customer")),
            Some(customer) => Found::Owner(Whose {
                customer: customer.id,
                identity: None,
                ticket: None,
                reason: Reason::Chosen,
            }),
        });
    }
    by_hints(app, conn, actor, event, known, made, now)
}

fn by_hints(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    event: &Ready,
    known: &mut Known,
    made: &mut Made,
    now: Instant,
) -> Result<Found, AppError> {
    let there = known.among(&event.hints);
    if let Some((identity, reason)) = hint::decide(&event.hints, &there) {
        let (customer, identity) = (identity.customer, Some(identity.id));
        let unknown: Vec<&Hint> = event.hints.iter().filter(|h| !known.has(h)).collect();
        for own in adopt(app, conn, customer, &unknown, now)? {
            known.add(own.clone());
            made.identities.push(own);
        }
        return Ok(Found::Owner(Whose { customer, identity, ticket: None, reason }));
    }
    if !event.makes_customers {
        return Ok(Found::Nobody);
    }
    let (customer, own) = make(app, conn, actor, event, made, now)?;
    own.iter().cloned().for_each(|identity| known.add(identity));
    let first = own.first().ok_or_else(|| AppError::internal("a customer without identity"))?;
    let reason = Reason::NewIdentity {
        identity_kind: first.kind,
        scope: first.scope.clone(),
        value: first.value.clone(),
    };
    let identity = Some(first.id);
    made.identities.extend(own);
    Ok(Found::Owner(Whose { customer: customer.id, identity, ticket: None, reason }))
}

fn make(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    event: &Ready,
    made: &mut Made,
    now: Instant,
) -> Result<(Customer, Vec<Identity>), AppError> {
    let at = event.occurred_at.min(now);
    let new = crate::customers::make_hinted(app, conn, actor, &event.hints, at, now)?;
    let (customer, own, document) = new;
    made.documents.push(document);
    Ok((customer, own))
}

/// Gives a record ids that came beside the one by which it was found. A system has one id for a
/// customer, so a second one of the same system is not taken.
pub(super) fn adopt(
    app: &App,
    conn: &mut Conn,
    record: CustomerId,
    hints: &[&Hint],
    now: Instant,
) -> Result<Vec<Identity>, AppError> {
    let ids: Vec<&Hint> = hints.iter().copied().filter(|hint| hint.joins_known()).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let group = customers::group(conn, record)?;
    let members = group.map_or_else(|| vec![record], |group| group.members);
    let mut there: Vec<(IdentityKind, String)> = identities::of_customers(conn, &members)?
        .into_values()
        .flatten()
        .map(|identity| (identity.kind, identity.scope))
        .collect();
    let mut own = Vec::new();
    for hint in ids {
        let system = (hint.kind, hint.scope.clone());
        if !there.contains(&system) {
            own.push(crate::customers::add_hinted(app, conn, record, hint, now)?);
            there.push(system);
        }
    }
    Ok(own)
}
