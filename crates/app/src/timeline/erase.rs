//! Erasing a customer with proof. What is his goes in bounded steps, each one transaction, so that a
//! customer of a hundred thousand items blocks nobody, and whoever dies in between is followed by
//! another who goes on.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use throughline_core::actor::{Actor, Scope};
use throughline_core::event::Happening;
use throughline_core::id::{CustomerId, ErasureId, ItemId};
use throughline_core::page::{Page, PageRequest};
use throughline_core::time::Instant;
use throughline_store::search::{self, Index};
use throughline_store::{
    Conn, channel_objects, customers, drafts, erasures as store, events, imports, jobs, redaction,
    timeline, trash,
};

pub use throughline_store::erasures::Erasure;

use super::redact::drop_derived;
use super::trash::put_aside;
use crate::{App, AppError, page};

/// The order of the list: newest first.
const TAG: &str = "ers";
/// Rows removed in one step.
const STEP: i64 = 500;
/// What stands in the ledger where something of the customer was.
const ERASED: &str = "the customer was erased";
/// Steps that whoever asks waits for; what is left is done by the worker.
const AT_ONCE: usize = 10;

/// A wish to erase a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erase {
    /// Why.
    pub reason: String,
    /// The customer's name or id, so that nobody erases another by mistake.
    pub confirm: String,
}

/// Erases a customer: all records that he is, and all that is theirs. Who he was is gone when this
/// answers; his items may take a little longer.
pub async fn erase(
    app: &App,
    actor: &Actor,
    customer: CustomerId,
    wish: Erase,
) -> Result<Erasure, AppError> {
    let erasure = begin_erasure(app, actor, customer, wish).await?;
    for _ in 0..AT_ONCE {
        if !erase_step(app, erasure.id).await? {
            break;
        }
    }
    let id = erasure.id;
    let found = app.store().read(move |conn| store::get(conn, id)).await?;
    Ok(found.unwrap_or(erasure))
}

/// The first transaction of an erasure: who the customer is goes, and the erasure is written down. What
/// is left is done by [`erase_step`].
pub async fn begin_erasure(
    app: &App,
    actor: &Actor,
    customer: CustomerId,
    wish: Erase,
) -> Result<Erasure, AppError> {
    actor.require(Scope::Admin)?;
    let reason = crate::admin::description(Some(&wish.reason))?;
    let reason = reason.ok_or_else(|| AppError::invalid("reason", "say why"))?;
    let now = app.now();
    let (id, actor) = (app.ids().make(now), actor.clone());
    let begin = move |conn: &mut Conn| {
        let begun = Begun { id, reason, now };
        begin(conn, &actor, customer, &wish.confirm, begun)
    };
    app.store().write(begin).await
}

struct Begun {
    id: ErasureId,
    reason: String,
    now: Instant,
}

/// Takes away who the customer is, in the transaction that writes the erasure down.
fn begin(
    conn: &mut Conn,
    actor: &Actor,
    customer: CustomerId,
    confirm: &str,
    begun: Begun,
) -> Result<Erasure, AppError> {
    let none = || AppError::not_found("customer");
    let group = customers::group(conn, customer)?.ok_or_else(none)?;
    let records = group.members;
    store::hold_records(conn, &records)?;
    let known = customers::get(conn, actor, group.root)?.ok_or_else(none)?;
    let (root, name) = (group.root.to_string(), known.name.as_deref());
    if confirm != root && confirm != customer.to_string() && Some(confirm) != name {
        let message = "write the customer's id or name, exactly";
        return Err(AppError::invalid("confirm", message));
    }
    let now = begun.now;
    let mut erasure = written_down(actor, group.root, &records, begun);
    forget_waiting(conn, &mut erasure, now)?;
    let identities = store::drop_identities(conn, &records)?;
    gone(&mut erasure, "identities", identities);
    store::anonymise(conn, &records, now)?;
    for record in &records {
        search::remove(conn, Index::Customers, record.get())?;
        redaction::forget_answers(conn, &record.to_string())?;
    }
    store::insert(conn, &erasure)?;
    Ok(erasure)
}

/// Removes what the customer did on platforms to messages that never came, while it is known who he is.
fn forget_waiting(conn: &mut Conn, erasure: &mut Erasure, now: Instant) -> Result<(), AppError> {
    let waiting = channel_objects::forget_people(conn, &erasure.records)?;
    let raw = redaction::empty_rows(conn, &waiting, ERASED)?;
    if !raw.is_empty() {
        *erasure.counts.entry("deliveries".to_owned()).or_default() += raw.len() as i64;
    }
    Ok(trash::note(conn, &raw, now)?)
}

/// The erasure as it begins.
fn written_down(
    actor: &Actor,
    customer: CustomerId,
    records: &[CustomerId],
    begun: Begun,
) -> Erasure {
    let Begun { id, reason, now } = begun;
    Erasure {
        id,
        customer,
        records: records.to_vec(),
        actor: actor.name(),
        reason,
        counts: BTreeMap::new(),
        digest: String::new(),
        highest_number: 0,
        started_at: now,
        finished_at: None,
    }
}

/// Counts what went, and takes its ids into the digest: each digest is the hash of the one before and
/// of the ids that went then, one a line.
fn gone(erasure: &mut Erasure, what: &str, ids: impl IntoIterator<Item = i64>) {
    let mut hash = Sha256::new();
    hash.update(erasure.digest.as_bytes());
    let mut rows = 0;
    for id in ids {
        hash.update(format!("\n{what} {id}"));
        rows += 1;
    }
    if rows > 0 {
        erasure.digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        *erasure.counts.entry(what.to_owned()).or_default() += rows;
    }
}

/// Does the next bounded part of an erasure; says whether more is left.
pub async fn erase_step(app: &App, id: ErasureId) -> Result<bool, AppError> {
    let (now, app2) = (app.now(), app.clone());
    let write = move |conn: &mut Conn| {
        let erasure = store::hold(conn, id)?.filter(|erasure| erasure.finished_at.is_none());
        let Some(mut erasure) = erasure else { return Ok((false, Vec::new())) };
        let (more, blobs) = next_part(&app2, conn, &mut erasure, now)?;
        trash::note(conn, &blobs, now)?;
        store::update(conn, &erasure)?;
        Ok::<_, AppError>((more, blobs))
    };
    let (more, blobs) = app.store().write(write).await?;
    put_aside(app, blobs).await?;
    Ok(more)
}

/// Items first, then the tickets that are empty by then, then what events say, then the records. Each
/// part looks for itself at what is left, so it does not matter which was done before.
fn next_part(
    app: &App,
    conn: &mut Conn,
    erasure: &mut Erasure,
    now: Instant,
) -> Result<(bool, Vec<String>), AppError> {
    let records = erasure.records.clone();
    let items = store::some_items(conn, &records, STEP)?;
    if !items.is_empty() {
        return Ok((true, drop_items(conn, erasure, &items, now)?));
    }
    let tickets = store::some_tickets(conn, &records, STEP)?;
    if !tickets.is_empty() {
        let ids: Vec<i64> = tickets.iter().map(|(id, _)| *id).collect();
        let highest = tickets.iter().map(|(_, number)| *number).max().unwrap_or_default();
        erasure.highest_number = erasure.highest_number.max(highest);
        gone(erasure, "tickets", ids.iter().copied());
        let files = drafts::drop_files(conn, &ids)?;
        store::drop_tickets(conn, &ids)?;
        return Ok((true, files));
    }
    if store::clean_events(conn, &records, STEP)? > 0 {
        return Ok((true, Vec::new()));
    }
    let files = imports::let_go_of_contacts(conn, now)?;
    if !files.is_empty() {
        *erasure.counts.entry("contact_files".to_owned()).or_default() += files.len() as i64;
        return Ok((true, files));
    }
    Ok((!finish(app, conn, erasure, now)?, Vec::new()))
}

fn drop_items(
    conn: &mut Conn,
    erasure: &mut Erasure,
    items: &[ItemId],
    now: Instant,
) -> Result<Vec<String>, AppError> {
    let Dropped { html, files, raw, logs } = drop_wholly(conn, items, ERASED, now)?;
    *erasure.counts.entry("attachments".to_owned()).or_default() += files.len() as i64;
    *erasure.counts.entry("deliveries".to_owned()).or_default() += raw.len() as i64;
    *erasure.counts.entry("phone_logs".to_owned()).or_default() += logs.len() as i64;
    gone(erasure, "items", items.iter().map(|item| item.get()));
    Ok(html.into_iter().chain(files).chain(raw).chain(logs).collect())
}

/// The blobs of items that were removed.
pub(crate) struct Dropped {
    /// Of their HTML.
    pub html: Vec<String>,
    /// Of their files.
    pub files: Vec<String>,
    /// Of the deliveries that they came by.
    pub raw: Vec<String>,
    /// Of phone logs.
    pub logs: Vec<String>,
}

/// Removes items with all that was made of them; `why` stands in the ledger in place of what came.
pub(crate) fn drop_wholly(
    conn: &mut Conn,
    items: &[ItemId],
    why: &str,
    now: Instant,
) -> Result<Dropped, AppError> {
    // Before the items are held: an import that is being read holds itself first, too.
    let logs = imports::let_go_of_items(conn, items, now)?;
    // Whoever fetches a file at this moment waits for that and finds the item gone, or has done it before
    // the files are looked for.
    timeline::hold_all(conn, items)?;
    let html = redaction::html_of(conn, items)?;
    let files = redaction::drop_files(conn, items)?;
    let raw = redaction::empty_deliveries(conn, items, why)?;
    drop_derived(conn, items)?;
    for item in items {
        search::remove(conn, Index::Items, item.get())?;
        jobs::remove(conn, crate::jobs::SEND_REPLY, &item.to_string())?;
        jobs::remove(conn, crate::jobs::FETCH_FILES, &item.to_string())?;
    }
    store::drop_items(conn, items)?;
    Ok(Dropped { html, files, raw, logs })
}

/// Removes the records, unless something has come for them meanwhile; says whether it did.
fn finish(
    app: &App,
    conn: &mut Conn,
    erasure: &mut Erasure,
    now: Instant,
) -> Result<bool, AppError> {
    let records = erasure.records.clone();
    store::hold_records(conn, &records)?;
    let none = store::some_items(conn, &records, 1)?.is_empty();
    if !none || !store::some_tickets(conn, &records, 1)?.is_empty() {
        return Ok(false);
    }
    // What came for one of the records by another way than a message.
    let identities = store::drop_identities(conn, &records)?;
    gone(erasure, "identities", identities);
    for record in &records {
        search::remove(conn, Index::Customers, record.get())?;
        redaction::forget_answers(conn, &record.to_string())?;
    }
    gone(erasure, "customers", records.iter().map(|record| record.get()));
    store::drop_records(conn, &records)?;
    erasure.finished_at = Some(now);
    let what = Happening::CustomerErased { erasure: erasure.id };
    let event = app.event(&Actor::system(), now, what).of_customer(erasure.customer);
    events::append(
        conn,
        &[throughline_core::event::DomainEvent { actor: erasure.actor.clone(), ..event }],
    )?;
    Ok(true)
}

/// Goes on with every erasure that is not finished.
pub async fn finish_erasures(app: &App) -> Result<usize, AppError> {
    let open = app.store().read(store::unfinished).await?;
    for id in &open {
        while erase_step(app, *id).await? {}
    }
    Ok(open.len())
}

/// One erasure: the proof of it.
pub async fn erasure(app: &App, actor: &Actor, id: ErasureId) -> Result<Erasure, AppError> {
    actor.require(Scope::Admin)?;
    let found = app.store().lookup(move |conn| store::get(conn, id)).await?;
    found.ok_or_else(|| AppError::not_found("erasure"))
}

/// All erasures, newest first.
pub async fn erasures(
    app: &App,
    actor: &Actor,
    request: &PageRequest,
) -> Result<Page<Erasure>, AppError> {
    actor.require(Scope::Admin)?;
    page::check(request)?;
    let (before, fetch) = (request.key_for(TAG)?, request.fetch());
    let rows = app.store().read(move |conn| store::list(conn, before, fetch)).await?;
    Ok(Page::cut(rows, request, TAG, |erasure| erasure.id.get()))
}
