//! Consents: what customers agreed to, with its history. Nothing is ever overwritten.

use throughline_core::actor::{Actor, Scope};
use throughline_core::event::{FieldChange, Happening};
use throughline_core::id::CustomerId;
use throughline_core::page::{Page, PageRequest};
use throughline_core::profile::{Consent, ConsentState};
use throughline_core::time::Instant;
use throughline_store::{Conn, customers, events, profiles as store};

use super::visible;
use crate::{App, AppError, page};

/// Names the order of the list in cursors: noted last first.
const ORDER: &str = "cst";
/// The longest purpose, in bytes.
const MAX_PURPOSE: usize = 60;

/// What a customer said.
#[derive(Debug, Clone, PartialEq)]
pub struct NewConsent {
    /// What for, such as `newsletter`.
    pub purpose: String,
    /// What he said.
    pub state: ConsentState,
    /// When he said it; now when absent.
    pub given_at: Option<Instant>,
    /// Where he said it, such as `web form`.
    pub source: String,
    /// What proves it.
    pub proof: Option<String>,
}

/// Notes what a customer said about a purpose.
pub async fn give_consent(
    app: &App,
    actor: &Actor,
    id: CustomerId,
    new: NewConsent,
) -> Result<Consent, AppError> {
    actor.require(Scope::CustomersWrite)?;
    let NewConsent { purpose, state, given_at, source, proof } = new;
    let now = app.now();
    let given_at = given_at.unwrap_or(now);
    if given_at > now.plus_seconds(24 * 60 * 60) {
        return Err(AppError::invalid("given_at", "nobody has agreed in the future"));
    }
    let purpose = checked_purpose(purpose)?;
    let (app2, actor) = (app.clone(), actor.clone());
    let write = move |conn: &mut Conn| {
        let record = visible(conn, &actor, id)?.id;
        let (id, by) = (app2.ids().make(now), actor.name());
        let consent =
            Consent { id, record, purpose, state, given_at, source, proof, by, created_at: now };
        store::insert_consent(conn, &consent)?;
        let field = format!("consent.{}", consent.purpose);
        let changes = vec![FieldChange { field, from: None, to: Some(state.to_string()) }];
        let event = app2.event(&actor, now, Happening::CustomerUpdated { changes });
        events::append(conn, &[event.of_customer(record)])?;
        Ok(consent)
    };
    app.store().write(write).await
}

/// A page of what a customer said, noted last first: the first one of a purpose is the one that
/// counts.
pub async fn list_consents(
    app: &App,
    actor: &Actor,
    id: CustomerId,
    page: &PageRequest,
) -> Result<Page<Consent>, AppError> {
    actor.require(Scope::CustomersRead)?;
    page::check(page)?;
    let (before, fetch, actor) = (page.key_for(ORDER)?, page.fetch(), actor.clone());
    let read = move |conn: &mut Conn| {
        let customer = visible(conn, &actor, id)?;
        let members = customers::all_records(conn, &[customer.id])?;
        Ok::<_, AppError>(store::consents_of(conn, &members, before, fetch)?)
    };
    let rows = app.store().lookup(read).await?;
    Ok(Page::cut(rows, page, ORDER, |consent: &Consent| consent.id.get()))
}

fn checked_purpose(purpose: String) -> Result<String, AppError> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    let begins = purpose.starts_with(|c: char| c.is_ascii_lowercase());
    if begins && purpose.len() <= MAX_PURPOSE && purpose.bytes().all(fits) {
        return Ok(purpose);
    }
    let why = format!("a purpose begins with a-z and has at most {MAX_PURPOSE} of a-z, 0-9 and _");
    Err(AppError::invalid("purpose", why))
}
