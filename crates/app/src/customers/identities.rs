//! Identities of customers, added, changed, verified and removed by hand.

use throughline_core::actor::{Actor, Scope};
use throughline_core::customer::CustomerView;
use throughline_core::event::{FieldChange, Happening};
use throughline_core::id::{CustomerId, IdentityId};
use throughline_core::identity::{Hint, Identity, IdentityKind, Proof, differ};
use throughline_core::time::Instant;
use throughline_store::{Conn, customers, events, identities as store};

use super::owner::{add, document_of_record, externals_of};
use super::{HintIn, check, hints, suggest, view};
use crate::{App, AppError, index};

/// Where an identity comes from that was added over the API: only such ones can be removed.
const SOURCE: &str = "api";
/// The longest note on how an identity was verified, in characters.
const MAX_NOTE: usize = 500;

/// What is to change of an identity; absent fields stay.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IdentityPatch {
    /// Whether several people use it.
    pub shared: Option<bool>,
    /// Another name, or none.
    pub name: Option<Option<String>>,
}

/// Adds an identity to a customer.
pub async fn add_identity(
    app: &App,
    actor: &Actor,
    customer: CustomerId,
    given: HintIn,
) -> Result<(Identity, CustomerView), AppError> {
    actor.require(Scope::CustomersWrite)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let write = move |conn: &mut Conn| {
        let mut hints = hints(&app2, conn, &actor, std::slice::from_ref(&given))?;
        let hint = hints.pop().ok_or_else(|| AppError::internal("a hint that vanished"))?;
        let root = customers::get(conn, &actor, customer)?;
        let root = root.ok_or_else(|| AppError::not_found("customer"))?;
        let new = attach(&app2, conn, root.id, &hint, now)?;
        note_change(&app2, conn, &actor, root.id, None, Some(shown(&new)), now)?;
        Ok((new, view(conn, root)?))
    };
    app.store().write(write).await
}

fn attach(
    app: &App,
    conn: &mut Conn,
    root: CustomerId,
    hint: &Hint,
    now: Instant,
) -> Result<Identity, AppError> {
    store::hold(conn, std::slice::from_ref(&hint.key))?;
    let members = customers::group(conn, root)?.map(|group| group.members).unwrap_or_default();
    if differ(&externals_of(conn, &members)?, std::slice::from_ref(&hint.key)) {
        let why = "the customer has another external id of this scope";
        return Err(AppError::conflict("external_ids_differ", why));
    }
    let new = add(app, conn, root, hint, SOURCE, now)?;
    suggest::note_identity(app, conn, root, &new, now)?;
    reindex(conn, root)?;
    Ok(new)
}

/// Changes an identity.
pub async fn change_identity(
    app: &App,
    actor: &Actor,
    id: IdentityId,
    patch: IdentityPatch,
) -> Result<Identity, AppError> {
    actor.require(Scope::CustomersWrite)?;
    let IdentityPatch { shared, name } = patch;
    let name = name.map(|name| name.map(|text| check::name(&text)).transpose()).transpose()?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let write = move |conn: &mut Conn| {
        let before = visible(conn, &actor, id)?;
        let mut after = before.clone();
        after.shared = shared.unwrap_or(after.shared);
        after.name = name.unwrap_or(after.name);
        if after != before {
            store::update(conn, &after)?;
            reindex(conn, after.customer)?;
            let change = (Some(shown(&before)), Some(shown(&after)));
            note_change(&app2, conn, &actor, after.customer, change.0, change.1, now)?;
        }
        Ok(after)
    };
    app.store().write(write).await
}

/// Notes that an agent or integrator verified that an identity is the customer's, and how.
pub async fn verify_identity(
    app: &App,
    actor: &Actor,
    id: IdentityId,
    note: Option<String>,
) -> Result<Identity, AppError> {
    actor.require(Scope::CustomersWrite)?;
    if note.as_ref().is_some_and(|note| note.chars().count() > MAX_NOTE) {
        return Err(AppError::invalid("note", format!("at most {MAX_NOTE} characters")));
    }
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let write = move |conn: &mut Conn| {
        let before = visible(conn, &actor, id)?;
        if before.kind == IdentityKind::Username {
            let why = "a username proves nothing: its owner may change";
            return Err(AppError::conflict("not_provable", why));
        }
        store::prove(conn, id, Proof::Agent, now)?;
        let after = Identity { proof: Proof::Agent, proved_at: Some(now), ..before.clone() };
        let told = note.map_or_else(|| shown(&after), |note| format!("{}: {note}", shown(&after)));
        note_change(&app2, conn, &actor, after.customer, Some(shown(&before)), Some(told), now)?;
        Ok(after)
    };
    app.store().write(write).await
}

/// Removes an identity that was added by hand and by which nothing came.
pub async fn remove_identity(app: &App, actor: &Actor, id: IdentityId) -> Result<(), AppError> {
    actor.require(Scope::CustomersWrite)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let write = move |conn: &mut Conn| {
        let identity = visible(conn, &actor, id)?;
        store::hold(conn, &[identity.key()])?;
        if identity.source != SOURCE || store::is_used(conn, id)? {
            let why = "something came by it, so it is part of what happened";
            return Err(AppError::conflict("identity_in_use", why));
        }
        store::remove(conn, id)?;
        reindex(conn, identity.customer)?;
        note_change(&app2, conn, &actor, identity.customer, Some(shown(&identity)), None, now)
    };
    app.store().write(write).await
}

fn reindex(conn: &mut Conn, record: CustomerId) -> Result<(), AppError> {
    let document = document_of_record(conn, record)?;
    Ok(index::put(conn, &[document])?)
}

fn visible(conn: &mut Conn, actor: &Actor, id: IdentityId) -> Result<Identity, AppError> {
    let missing = || AppError::not_found("identity");
    let identity = store::get(conn, id)?.ok_or_else(missing)?;
    customers::get(conn, actor, identity.customer)?.ok_or_else(missing)?;
    Ok(identity)
}

/// An identity in one line of the audit trail.
fn shown(identity: &Identity) -> String {
    let Identity { kind, scope, value, proof, shared, .. } = identity;
    let scope = if scope.is_empty() { String::new() } else { format!(" of {scope}") };
    let shared = if *shared { ", shared" } else { "" };
    format!("{kind}{scope} {value} ({proof}{shared})")
}

/// The event, and another version of what is shown of the customer.
fn note_change(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    record: CustomerId,
    from: Option<String>,
    to: Option<String>,
    now: Instant,
) -> Result<(), AppError> {
    if let Some(root) = customers::root(conn, record)?
        && let Some(shown) = customers::record(conn, root)?
    {
        customers::set_version(conn, root, shown.version + 1)?;
    }
    let changes = vec![FieldChange { field: "identities".to_owned(), from, to }];
    let event = app.event(actor, now, Happening::CustomerUpdated { changes });
    Ok(events::append(conn, &[event.of_customer(record)])?)
}
