//! Whose something is: the rule of `core`, and the records it needs or makes.

use throughline_core::actor::Actor;
use throughline_core::customer::Customer;
use throughline_core::event::Happening;
use throughline_core::id::{CustomerId, IdentityId};
use throughline_core::identity::{
    self, EmailAddress, Found, Hint, Identity, IdentityKind, Key, Proof, Resolution,
};
use throughline_core::inbound::Party;
use throughline_core::merging::Why;
use throughline_core::reason::Reason;
use throughline_core::time::Instant;
use throughline_store::{Conn, customers, events, identities};

use super::{check, merge, suggest};
use crate::index::{Document, document_of_customer};
use crate::{App, AppError, profiles, pushed};

/// Whose something is, once the database has been asked.
pub(crate) struct Owned {
    /// The record, made if need be: what came is stored with it. Its `known_as` is the customer.
    pub customer: Customer,
    /// The identity it came by.
    pub identity: IdentityId,
    /// Why.
    pub reason: Reason,
    /// What of a customer made just now is to be indexed.
    pub document: Option<Document>,
}

/// Whose a message with one address is, made when there is nobody; `stored` is the identity of that
/// address, if there is one, and `at` is when what led here occurred.
#[expect(clippy::too_many_arguments, reason = "all of it is at hand where a mail arrives")]
pub(crate) fn owner_of(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    address: &EmailAddress,
    stored: Option<&Identity>,
    sender: &Party,
    proof: Proof,
    source: &str,
    at: Instant,
    now: Instant,
) -> Result<Owned, AppError> {
    let name = sender.name.as_deref().and_then(|name| check::name(name).ok());
    let (key, display) = (Key::email(address), address.to_string());
    let hint = Hint { key, display, name, proof };
    let found = stored.map(|stored| alone(stored.clone()));
    let asking = Asking { actor, source, at, makes: true };
    owner_in(app, conn, &asking, &[hint], &[found], now)
}

/// Whose something is that comes with several hints, of which there must be at least one. What is
/// proved is added to the customer and makes customers one; of the rest suggestions are made. Events
/// that waited for what is added come onto its timeline.
pub(crate) fn owner_of_hints(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    hints: &[Hint],
    source: &str,
    at: Instant,
    now: Instant,
) -> Result<Owned, AppError> {
    let keys: Vec<Key> = hints.iter().map(|hint| hint.key.clone()).collect();
    identities::hold(conn, &keys)?;
    let found = found(conn, &keys)?;
    let asking = Asking { actor, source, at, makes: true };
    owner_in(app, conn, &asking, hints, &found, now)
}

/// The same once it is known what is stored for each hint.
fn owner_in(
    app: &App,
    conn: &mut Conn,
    asking: &Asking<'_>,
    hints: &[Hint],
    found: &[Option<Found>],
    now: Instant,
) -> Result<Owned, AppError> {
    let mut new = Vec::new();
    let owned = resolved(app, conn, asking, hints, found, &mut new, now)?;
    pushed::bind_waiting(app, conn, new, now)?;
    owned.ok_or_else(|| AppError::internal("nobody, although customers are made"))
}

/// What is asked about hints.
pub(crate) struct Asking<'a> {
    /// Who asks.
    pub actor: &'a Actor,
    /// Where the hints come from, such as `email` or `event`.
    pub source: &'a str,
    /// When what led here occurred.
    pub at: Instant,
    /// Whether somebody nobody knows becomes a customer.
    pub makes: bool,
}

/// The same once the keys of the hints are held. `None` when it is nobody we know and none is to be
/// made; then nothing has changed. Identities that were added go to `new`: what waits for them is up
/// to who calls.
pub(crate) fn owner_among(
    app: &App,
    conn: &mut Conn,
    asking: &Asking<'_>,
    hints: &[Hint],
    new: &mut Vec<Identity>,
    now: Instant,
) -> Result<Option<Owned>, AppError> {
    let keys: Vec<Key> = hints.iter().map(|hint| hint.key.clone()).collect();
    let found = found(conn, &keys)?;
    resolved(app, conn, asking, hints, &found, new, now)
}

fn resolved(
    app: &App,
    conn: &mut Conn,
    asking: &Asking<'_>,
    hints: &[Hint],
    found: &[Option<Found>],
    new: &mut Vec<Identity>,
    now: Instant,
) -> Result<Option<Owned>, AppError> {
    let answer = identity::resolve(hints, found);
    let nobody = || AppError::invalid("identities", "say by at least one identity who it is");
    let lead = hints.get(answer.lead).ok_or_else(nobody)?;
    let stored = found.get(answer.lead).and_then(Option::as_ref);
    if stored.is_none() && !asking.makes {
        return Ok(None);
    }
    for (hint, stored) in answer.prove.iter().filter_map(|at| pair(hints, found, *at)) {
        identities::prove(conn, stored.identity.id, hint.proof, now)?;
    }
    let mut owned = match stored {
        Some(stored) => known(conn, &stored.identity, &answer)?,
        None => made(app, conn, asking, hints, lead, &answer, new, now)?,
    };
    if hints.len() > 1 {
        beside(app, conn, hints, found, &answer, &mut owned, asking.source, new, now)?;
    }
    Ok(Some(owned))
}

/// The identity by which a customer is answered when none is named: the first of the surviving record,
/// else the first of those merged into it; with its value.
pub(crate) fn first_identity(
    conn: &mut Conn,
    root: CustomerId,
) -> Result<Option<(IdentityId, String)>, AppError> {
    let members = customers::group(conn, root)?.map(|group| group.members).unwrap_or_default();
    let mut all = identities::of_customers(conn, &members)?;
    let mut ordered = members.iter().filter_map(|id| all.remove(id)).flatten();
    Ok(ordered.next().map(|identity| (identity.id, identity.value)))
}

/// The e-mail address of a customer that is written to when none is named: one of this record, else
/// one of the others.
pub(crate) fn first_address(
    conn: &mut Conn,
    record: CustomerId,
) -> Result<Option<Identity>, AppError> {
    let members = customers::group(conn, record)?.map(|group| group.members).unwrap_or_default();
    let all = identities::of_customers(conn, &members)?.into_values().flatten();
    let addresses = all.filter(|identity| identity.kind == IdentityKind::Email);
    Ok(addresses.min_by_key(|identity| (identity.customer != record, identity.id)))
}

fn pair<'a>(
    hints: &'a [Hint],
    found: &'a [Option<Found>],
    at: usize,
) -> Option<(&'a Hint, &'a Found)> {
    Some((hints.get(at)?, found.get(at)?.as_ref()?))
}

/// What is stored for each key. Of one hint alone nothing but its identity is needed.
fn found(conn: &mut Conn, keys: &[Key]) -> Result<Vec<Option<Found>>, AppError> {
    let mut all = Vec::with_capacity(keys.len());
    for key in keys {
        let Some(identity) = identities::by_key(conn, key)? else {
            all.push(None);
            continue;
        };
        if keys.len() == 1 {
            all.push(Some(alone(identity)));
            continue;
        }
        let group = customers::group(conn, identity.customer)?;
        let group = group.ok_or_else(|| AppError::internal("identity without its customer"))?;
        let externals = externals_of(conn, &group.members)?;
        all.push(Some(Found { identity, root: group.root, externals }));
    }
    Ok(all)
}

/// What is stored for a hint that comes alone.
fn alone(identity: Identity) -> Found {
    Found { root: identity.customer, identity, externals: Vec::new() }
}

/// The external ids of records.
pub(super) fn externals_of(conn: &mut Conn, records: &[CustomerId]) -> Result<Vec<Key>, AppError> {
    let all = identities::of_customers(conn, records)?.into_values().flatten();
    let external = all.filter(|identity| identity.kind == IdentityKind::External);
    Ok(external.map(|identity| identity.key()).collect())
}

fn known(conn: &mut Conn, stored: &Identity, answer: &Resolution) -> Result<Owned, AppError> {
    // Whose it is does not hang on who asks.
    let record = customers::record(conn, stored.customer)?;
    let customer = record.ok_or_else(|| AppError::internal("identity without its customer"))?;
    Ok(Owned { customer, identity: stored.id, reason: answer.reason.clone(), document: None })
}

fn made(
    app: &App,
    conn: &mut Conn,
    asking: &Asking<'_>,
    hints: &[Hint],
    lead: &Hint,
    answer: &Resolution,
    new: &mut Vec<Identity>,
    now: Instant,
) -> Result<Owned, AppError> {
    let Asking { actor, source, at, .. } = *asking;
    let name = lead.name.clone().or_else(|| hints.iter().find_map(|hint| hint.name.clone()));
    let mut customer = Customer { name, last_activity_at: at, ..blank(app, now) };
    let address = EmailAddress::parse(&lead.key.value);
    let address = address.ok().filter(|_| lead.key.kind == IdentityKind::Email);
    profiles::settle(conn, &mut customer, address.as_ref(), source, now)?;
    let own = insert(app, conn, customer.id, lead, source, now)?;
    new.push(own.clone());
    let document = Some(document_of_customer(&customer, std::slice::from_ref(&own)));
    let event = app.event(actor, now, Happening::CustomerCreated {});
    events::append(conn, &[event.of_customer(customer.id)])?;
    suggest::note_customer(app, conn, &customer, std::slice::from_ref(&own), now)?;
    Ok(Owned { customer, identity: own.id, reason: answer.reason.clone(), document })
}

/// What becomes of the hints beside the leading one.
#[expect(clippy::too_many_arguments, reason = "what was asked, what was found and what follows")]
fn beside(
    app: &App,
    conn: &mut Conn,
    hints: &[Hint],
    found: &[Option<Found>],
    answer: &Resolution,
    owned: &mut Owned,
    source: &str,
    new: &mut Vec<Identity>,
    now: Instant,
) -> Result<(), AppError> {
    let record = owned.customer.id;
    for hint in answer.add.iter().filter_map(|at| hints.get(*at)) {
        let own = insert(app, conn, record, hint, source, now)?;
        suggest::note_identity(app, conn, record, &own, now)?;
        new.push(own);
    }
    for hint in answer.claim.iter().filter_map(|at| hints.get(*at)) {
        suggest::note_told(app, conn, record, &hint.key, now)?;
    }
    for meeting in &answer.meets {
        let Some((hint, other)) = pair(hints, found, meeting.hint) else { continue };
        let lead = hints.get(answer.lead);
        let reasons = lead.into_iter().chain([hint]).map(same).collect();
        let why = Why::Proved { reasons };
        if !(meeting.binds && merge::by_itself(app, conn, record, other.root, why, now)?) {
            suggest::told_together(app, conn, record, other, &hint.key, now)?;
        }
    }
    if !answer.add.is_empty() {
        owned.document = Some(document_of_record(conn, record)?);
    }
    // A merge may have given the record another surviving one.
    if !answer.meets.is_empty() {
        let again = customers::record(conn, record)?;
        owned.customer = again.ok_or_else(|| AppError::internal("a record that vanished"))?;
    }
    Ok(())
}

fn same(hint: &Hint) -> Reason {
    let Key { kind, scope, value } = hint.key.clone();
    Reason::SameIdentity { kind, scope, value, proof: hint.proof }
}

/// What of a record is to be indexed.
pub(super) fn document_of_record(conn: &mut Conn, id: CustomerId) -> Result<Document, AppError> {
    let record = customers::record(conn, id)?;
    let record = record.ok_or_else(|| AppError::internal("a record that vanished"))?;
    let own = identities::of_customers(conn, &[id])?.remove(&id).unwrap_or_default();
    Ok(document_of_customer(&record, &own))
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

/// Gives a record an identity that is nobody's yet, with the events that waited for it.
pub(super) fn add(
    app: &App,
    conn: &mut Conn,
    record: CustomerId,
    hint: &Hint,
    source: &str,
    now: Instant,
) -> Result<Identity, AppError> {
    let own = insert(app, conn, record, hint, source, now)?;
    pushed::bind_waiting(app, conn, vec![own.clone()], now)?;
    Ok(own)
}

fn insert(
    app: &App,
    conn: &mut Conn,
    record: CustomerId,
    hint: &Hint,
    source: &str,
    now: Instant,
) -> Result<Identity, AppError> {
    let Hint { key, display, name, proof } = hint.clone();
    let role = key.kind == IdentityKind::Email
        && EmailAddress::parse(&key.value).is_ok_and(|a| identity::is_role_address(&a));
    let identity = Identity {
        id: app.ids().make(now),
        customer: record,
        kind: key.kind,
        scope: key.scope,
        value: key.value,
        display,
        name,
        proof,
        source: source.to_owned(),
        first_seen_at: now,
        proved_at: (proof != Proof::None).then_some(now),
        shared: role,
    };
    identities::insert(conn, &identity).map_err(|error| {
        if error.is_constraint("identities_value") {
            let what = &identity.display;
            let code = if key_is_email(&identity) { "address_taken" } else { "identity_taken" };
            return AppError::conflict(code, format!("{what} belongs to another customer"));
        }
        error.into()
    })?;
    Ok(identity)
}

fn key_is_email(identity: &Identity) -> bool {
    identity.kind == IdentityKind::Email
}
