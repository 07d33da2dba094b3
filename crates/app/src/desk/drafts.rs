//! Drafts: what an agent has begun to write, kept while he writes.
//!
//! The client numbers its writes, and a write or removal with a number that is not higher than the last
//! one does nothing but tell so. What was removed is remembered for a while by its number.

use throughline_core::actor::{Actor, Scope};
use throughline_core::desk::{Draft, DraftContent, DraftKind, NewDraft};
use throughline_core::id::{AgentId, AttachmentId, TicketId};
use throughline_core::page::{Page, PageRequest};
use throughline_core::time::Instant;
use throughline_core::timeline::MAX_BODY;
use throughline_store::drafts::{self as store, Kept};
use throughline_store::{Conn, tickets};

use super::agent_of;
use crate::attachments::MAX_FILES;
use crate::{App, AppError, page};

/// Names the order of the list in cursors.
const ORDER: &str = "dft";
/// For how long it is remembered that a draft is gone, in seconds.
const REMEMBERED: i64 = 24 * 3600;

/// The agent's draft in a ticket.
pub async fn get(
    app: &App,
    actor: &Actor,
    id: TicketId,
    kind: DraftKind,
) -> Result<Draft, AppError> {
    actor.require(Scope::TicketsWrite)?;
    let (agent, actor) = (agent_of(actor)?, actor.clone());
    let read = move |conn: &mut Conn| {
        tickets::get(conn, &actor, id)?.ok_or_else(|| AppError::not_found("ticket"))?;
        let draft = store::get(conn, agent, id, kind)?.map(|kept| kept.draft);
        let draft = draft.filter(|draft| draft.content.is_some());
        draft.ok_or_else(|| AppError::not_found("draft"))
    };
    app.store().lookup(read).await
}

/// The agent's drafts, last written first.
pub async fn list(
    app: &App,
    actor: &Actor,
    request: &PageRequest,
) -> Result<Page<Draft>, AppError> {
    actor.require(Scope::TicketsWrite)?;
    page::check(request)?;
    let (agent, actor) = (agent_of(actor)?, actor.clone());
    let (before, fetch) = (request.key_for(ORDER)?, request.fetch());
    let request = request.clone();
    let read = move |conn: &mut Conn| {
        let rows = store::list(conn, agent, before, fetch)?;
        let mut page = Page::cut(rows, &request, ORDER, |draft| draft.updated_key);
        let ids: Vec<TicketId> = page.items.iter().map(|draft| draft.ticket).collect();
        let seen = tickets::by_ids(conn, &actor, &ids)?;
        // What a page loses by that is little, and another follows where there is one.
        page.items.retain(|draft| seen.iter().any(|ticket| ticket.id == draft.ticket));
        Ok(page)
    };
    app.store().read(read).await
}

/// Writes the agent's draft in a ticket.
pub async fn put(
    app: &App,
    actor: &Actor,
    id: TicketId,
    kind: DraftKind,
    new: NewDraft,
) -> Result<Draft, AppError> {
    actor.require(Scope::TicketsWrite)?;
    check(&new)?;
    let (agent, actor, now) = (agent_of(actor)?, actor.clone(), app.now());
    let (row, key) = (app.ids().stamp(now), app.ids().stamp(now));
    let write = move |conn: &mut Conn| {
        tickets::get(conn, &actor, id)?.ok_or_else(|| AppError::not_found("ticket"))?;
        let before = store::hold(conn, agent, id, kind)?;
        if let Some(Kept { draft, .. }) = before.as_ref()
            && draft.revision >= new.revision
        {
            return same(draft, &new).ok_or_else(|| outdated(draft.revision));
        }
        let row = before.map_or(row, |kept| kept.row);
        let NewDraft { revision, content, attachments } = new;
        let draft = Draft {
            ticket: id,
            kind,
            revision,
            content: Some(content),
            attachments: Vec::new(),
            updated_at: now,
            updated_key: key,
        };
        store::save(conn, agent, &Kept { row, draft })?;
        name_files(conn, &actor, row, &attachments)?;
        let kept = store::get(conn, agent, id, kind)?;
        kept.map(|kept| kept.draft).ok_or_else(|| AppError::internal("a draft that is not there"))
    };
    app.store().write(write).await
}

fn check(new: &NewDraft) -> Result<(), AppError> {
    if new.revision < 1 {
        return Err(AppError::invalid("revision", "revisions begin with 1 and rise"));
    }
    if new.content.body.len() > MAX_BODY {
        let most = format!("the text is longer than {MAX_BODY} bytes; attach it as a file");
        return Err(AppError::invalid("body", most));
    }
    Ok(())
}

/// The draft as it is kept, when the client repeats the write that made it.
fn same(kept: &Draft, new: &NewDraft) -> Option<Draft> {
    let files = kept.attachments.iter().map(|info| info.id);
    let same = kept.revision == new.revision
        && kept.content.as_ref() == Some(&new.content)
        && files.eq(new.attachments.iter().copied());
    same.then(|| kept.clone())
}

fn outdated(revision: i64) -> AppError {
    let message = format!("revision {revision} or a removal of the draft came before this write");
    let details = serde_json::json!({ "revision": revision });
    AppError::conflict("draft_outdated", message).with_details(details)
}

fn name_files(
    conn: &mut Conn,
    actor: &Actor,
    row: i64,
    files: &[AttachmentId],
) -> Result<(), AppError> {
    const FIELD: &str = "attachments";
    if files.len() > MAX_FILES {
        return Err(AppError::invalid(FIELD, format!("at most {MAX_FILES} files")));
    }
    let free = store::free_files(conn, actor, row, files)?;
    let once = crate::admin::once(files.to_vec());
    if once.len() != files.len() || free.len() != files.len() {
        let why = "at least one of these files is not there: a draft names files once that the same \
                   agent sent and that are neither attached nor in another draft";
        return Err(AppError::invalid(FIELD, why));
    }
    Ok(store::name_files(conn, row, files)?)
}

/// Removes the agent's draft in a ticket. With a revision, unless a newer write is there.
pub async fn delete(
    app: &App,
    actor: &Actor,
    id: TicketId,
    kind: DraftKind,
    revision: Option<i64>,
) -> Result<(), AppError> {
    actor.require(Scope::TicketsWrite)?;
    let (agent, actor, now) = (agent_of(actor)?, actor.clone(), app.now());
    let app2 = app.clone();
    let write = move |conn: &mut Conn| {
        tickets::get(conn, &actor, id)?.ok_or_else(|| AppError::not_found("ticket"))?;
        let gone = Gone { agent, ticket: id, kind, revision };
        match remove(&app2, conn, gone, now)? {
            None => Ok(()),
            Some(newer) => Err(outdated(newer)),
        }
    };
    app.store().write(write).await
}

/// Takes away the draft that a reply or note was made of. One that was written later stays.
pub(crate) fn used(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    ticket: TicketId,
    kind: DraftKind,
    revision: Option<i64>,
    now: Instant,
) -> Result<(), AppError> {
    let Some(agent) = actor.agent() else { return Ok(()) };
    remove(app, conn, Gone { agent, ticket, kind, revision }, now).map(|_| ())
}

/// A draft that is to go.
struct Gone {
    agent: AgentId,
    ticket: TicketId,
    kind: DraftKind,
    revision: Option<i64>,
}

/// Removes a draft, and remembers by its number that it is gone. Answers with the number of the newer one
/// that it left alone.
fn remove(app: &App, conn: &mut Conn, gone: Gone, now: Instant) -> Result<Option<i64>, AppError> {
    let Gone { agent, ticket, kind, revision } = gone;
    let before = store::hold(conn, agent, ticket, kind)?;
    let last = before.as_ref().map(|kept| kept.draft.revision);
    let newer = last.filter(|last| revision.is_some_and(|revision| *last > revision));
    let is_there = before.as_ref().is_some_and(|kept| kept.draft.content.is_some());
    if newer.is_some() {
        return Ok(newer.filter(|_| is_there));
    }
    let Some(revision) = revision.max(last) else { return Ok(None) };
    let row = before.map_or_else(|| app.ids().stamp(now), |kept| kept.row);
    let draft = Draft {
        ticket,
        kind,
        revision,
        content: None::<DraftContent>,
        attachments: Vec::new(),
        updated_at: now,
        updated_key: app.ids().stamp(now),
    };
    store::save(conn, agent, &Kept { row, draft })?;
    store::name_files(conn, row, &[])?;
    Ok(None)
}

/// Forgets that drafts are gone. Answers how many.
pub async fn purge(app: &App) -> Result<usize, AppError> {
    let before = app.now().plus_seconds(-REMEMBERED);
    Ok(app.store().write(move |conn| store::purge(conn, before)).await?)
}
