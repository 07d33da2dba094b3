//! Whose an event is: whom it names, or by the rule for hints that holds for all that comes in.

use throughline_core::actor::Actor;
use throughline_core::id::{CustomerId, IdentityId};
use throughline_core::identity::{Hint, Identity};
use throughline_core::reason::Reason;
use throughline_core::ticket::Ticket;
use throughline_core::time::Instant;
use throughline_core::timeline::{Detail, TimelineItem};
use throughline_store::{Conn, customers, tickets};

use super::check::Ready;
use crate::customers::{Asking, owner_among};
use crate::index::Document;
use crate::{App, AppError};

/// Where identities of pushed events were first seen.
pub(super) const SOURCE: &str = "event";

/// Whose an event is.
#[derive(Debug)]
pub(crate) struct Whose {
    /// The record.
    pub customer: CustomerId,
    /// The identity it came by.
    pub identity: Option<IdentityId>,
    /// The ticket it belongs to.
    pub ticket: Option<Ticket>,
    /// Why.
    pub reason: Reason,
}

impl Whose {
    /// The same as an item's that came before.
    pub fn of_item(item: &TimelineItem, ticket: Option<Ticket>) -> Self {
        let conversation = match &item.detail {
            Detail::Pushed(pushed) => pushed.platform.as_ref().map(|said| said.object.clone()),
            Detail::Message(message) => message.platform.as_ref().map(|said| said.object.clone()),
            _ => None,
        };
        let reason = Reason::SameConversation { conversation: conversation.unwrap_or_default() };
        Self { customer: item.customer, identity: item.identity, ticket, reason }
    }
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

/// Identities made just now, for which other events may be waiting, and what is to be indexed.
#[derive(Default)]
pub(super) struct Made {
    pub identities: Vec<Identity>,
    pub documents: Vec<Document>,
}

/// Looks for the owner: the ticket's customer, the customer named, or by the hints, whose keys must be
/// held.
pub(super) fn find(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    event: &Ready,
    hints: &[Hint],
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
    let at = event.occurred_at.min(now);
    let asking = Asking { actor, source: SOURCE, at, makes: event.makes_customers };
    Ok(by_hints(app, conn, &asking, hints, made, now)?.map_or(Found::Nobody, Found::Owner))
}

/// Whose something with these hints is; their keys must be held.
pub(super) fn by_hints(
    app: &App,
    conn: &mut Conn,
    asking: &Asking<'_>,
    hints: &[Hint],
    made: &mut Made,
    now: Instant,
) -> Result<Option<Whose>, AppError> {
    let owned = owner_among(app, conn, asking, hints, &mut made.identities, now)?;
    Ok(owned.map(|owned| {
        made.documents.extend(owned.document);
        let (customer, identity) = (owned.customer.id, Some(owned.identity));
        Whose { customer, identity, ticket: None, reason: owned.reason }
    }))
}
