//! Customers and identities by the hints of pushed events.

use throughline_core::actor::Actor;
use throughline_core::customer::Customer;
use throughline_core::event::Happening;
use throughline_core::id::CustomerId;
use throughline_core::identity::Identity;
use throughline_core::pushed::hint::Hint;
use throughline_core::time::Instant;
use throughline_store::{Conn, customers, events, identities};

use super::check;
use super::owner::blank;
use crate::index::{Document, document_of_customer};
use crate::{App, AppError};

/// Where identities of pushed events were first seen.
const SOURCE: &str = "event";

/// Makes a customer with all these identities, which nobody has: hold them first. `at` is when what
/// led here occurred. Events that wait for one of them are not looked for.
pub(crate) fn make_hinted(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    hints: &[Hint],
    at: Instant,
    now: Instant,
) -> Result<(Customer, Vec<Identity>, Document), AppError> {
    let name = hints.iter().find_map(|hint| hint.name.as_deref());
    let name = name.and_then(|name| check::name(name).ok());
    let mut customer = Customer { name, last_activity_at: at, ..blank(app, now) };
    customers::insert(conn, &mut customer)?;
    let mut own = Vec::new();
    for hint in hints {
        own.push(add_hinted(app, conn, customer.id, hint, now)?);
    }
    let event = app.event(actor, now, Happening::CustomerCreated {});
    events::append(conn, &[event.of_customer(customer.id)])?;
    let document = document_of_customer(&customer, &own);
    Ok((customer, own, document))
}

/// Gives a record an identity that is nobody's yet.
pub(crate) fn add_hinted(
    app: &App,
    conn: &mut Conn,
    record: CustomerId,
    hint: &Hint,
    now: Instant,
) -> Result<Identity, AppError> {
    let Hint { kind, scope, value, display, name } = hint.clone();
    let identity = Identity {
        id: app.ids().make(now),
        customer: record,
        kind,
        scope,
        value,
        display,
        name,
        proof: "none".to_owned(),
        source: SOURCE.to_owned(),
        first_seen_at: now,
        proved_at: None,
        shared: false,
    };
    identities::insert(conn, &identity)?;
    Ok(identity)
}
