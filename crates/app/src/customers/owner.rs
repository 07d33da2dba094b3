//! Whose a message is: the rule of `core`, and the records it needs or makes.

use throughline_core::actor::Actor;
use throughline_core::customer::Customer;
use throughline_core::event::Happening;
use throughline_core::id::IdentityId;
use throughline_core::identity::{self, EmailAddress, Identity, IdentityKind};
use throughline_core::inbound::Party;
use throughline_core::reason::Reason;
use throughline_core::time::Instant;
use throughline_store::{Conn, customers, events, identities};

use super::check;
use crate::index::{Document, document_of_customer};
use crate::{App, AppError, profiles, pushed};

/// Whose a message is, once the database has been asked.
pub(crate) struct Owned {
    /// The customer, made if need be.
    pub customer: Customer,
    /// The identity it came by.
    pub identity: IdentityId,
    /// Why.
    pub reason: Reason,
    /// What of a customer made just now is to be indexed.
    pub document: Option<Document>,
}

/// The customer with this address, made when there is none; `at` is when what led here occurred.
pub(crate) fn owner_of(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    address: &EmailAddress,
    sender: &Party,
    source: &str,
    at: Instant,
    now: Instant,
) -> Result<Owned, AppError> {
    identities::hold(conn, std::slice::from_ref(address))?;
    let stored = identities::by_email(conn, address)?;
    let (owner, reason) = identity::resolve(address, stored.as_ref());
    if let identity::Owner::Known { customer, identity } = owner {
        // Whose it is does not hang on who asks: the system looks the record up.
        let record = customers::get(conn, &Actor::system(), customer)?;
        let record = record.ok_or_else(|| AppError::internal("identity without its customer"))?;
        return Ok(Owned { customer: record, identity, reason, document: None });
    }
    let name = sender.name.as_deref().and_then(|name| check::name(name).ok());
    let mut customer = Customer { name: name.clone(), last_activity_at: at, ..blank(app, now) };
    profiles::settle(conn, &mut customer, address, source, now)?;
    let own = add_email(app, conn, &customer, address, name, source, now)?;
    let document = Some(document_of_customer(&customer, std::slice::from_ref(&own)));
    let event = app.event(actor, now, Happening::CustomerCreated {});
    events::append(conn, &[event.of_customer(customer.id)])?;
    Ok(Owned { customer, identity: own.id, reason, document })
}

/// A record of nobody yet.
pub(super) fn blank(app: &App, now: Instant) -> Customer {
    Customer {
        id: app.ids().make(now),
        name: None,
        organization: None,
        language: None,
        time_zone: None,
        canonical: None,
        demo: false,
        created_at: now,
        updated_at: now,
        last_activity_at: now,
        // Given by the store, which knows the places that are taken.
        activity_key: 0,
        version: 1,
    }
}

/// Gives a customer an address that is nobody's yet.
pub(super) fn add_email(
    app: &App,
    conn: &mut Conn,
    customer: &Customer,
    address: &EmailAddress,
    name: Option<String>,
    source: &str,
    now: Instant,
) -> Result<Identity, AppError> {
    let identity = Identity {
        id: app.ids().make(now),
        customer: customer.id,
        kind: IdentityKind::Email,
        scope: String::new(),
        value: address.to_string(),
        display: address.to_string(),
        name,
        proof: "none".to_owned(),
        source: source.to_owned(),
        first_seen_at: now,
        proved_at: None,
        shared: false,
    };
    identities::insert(conn, &identity).map_err(|error| {
        if error.is_constraint("identities_value") {
            let why = format!("the address {address} belongs to another customer");
            return AppError::conflict("address_taken", why);
        }
        error.into()
    })?;
    pushed::bind_waiting(app, conn, &identity, now)?;
    Ok(identity)
}
