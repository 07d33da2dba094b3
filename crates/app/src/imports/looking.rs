//! Looking at imports: which there are, the beginnings of their files, and what could not be
//! read.

use throughline_core::access::Access;
use throughline_core::actor::{Actor, Scope};
use throughline_core::id::{ImportId, InboxId};
use throughline_core::import::{Import, ImportKind, RejectedRow};
use throughline_core::page::{Page, PageRequest};
use throughline_store::{Conn, imports as store};

use super::steer::{file_gone, missing};
use super::{may_know, may_read};
use crate::access::{self, Origin};
use crate::{App, AppError, page};

/// The order of the list: newest first.
const TAG: &str = "phi";
/// How many rejected rows are read together.
const REJECTED: i64 = 1_000;

/// One import.
pub async fn get(app: &App, actor: &Actor, id: ImportId) -> Result<Import, AppError> {
    may_read(actor)?;
    let who = actor.clone();
    let found = app.store().lookup(move |conn| store::get(conn, &who, id)).await?;
    let import = found.ok_or_else(missing)?;
    may_know(actor, import.kind)?;
    Ok(import)
}

/// A page of imports, of one kind and one inbox if they are given, newest first.
pub async fn list(
    app: &App,
    actor: &Actor,
    kind: Option<ImportKind>,
    inbox: Option<InboxId>,
    request: &PageRequest,
) -> Result<Page<Import>, AppError> {
    may_read(actor)?;
    page::check(request)?;
    let kinds = kind.map_or_else(|| ImportKind::ALL.to_vec(), |kind| vec![kind]);
    let kinds: Vec<_> = kinds.into_iter().filter(|k| may_know(actor, *k).is_ok()).collect();
    let (before, fetch, actor) = (request.key_for(TAG)?, request.fetch(), actor.clone());
    let read = move |c: &mut Conn| store::list(c, &actor, &kinds, inbox, before, fetch);
    let rows = app.store().read(read).await?;
    Ok(Page::cut(rows, request, TAG, |import: &Import| import.id.get()))
}

/// The newest import of a kind of a file of exactly these bytes, into an inbox if one is given.
pub async fn known_file(
    app: &App,
    actor: &Actor,
    kind: ImportKind,
    inbox: Option<InboxId>,
    blob: String,
) -> Result<Option<Import>, AppError> {
    may_read(actor)?;
    Ok(app.store().lookup(move |conn| store::of_blob(conn, kind, inbox, &blob)).await?)
}

/// One import, by somebody who fetches its rejected rows: they are what customers are known by, so the audit
/// trail tells of it.
pub async fn export_rejected(
    app: &App,
    actor: &Actor,
    id: ImportId,
    from: Origin,
) -> Result<Import, AppError> {
    let import = get(app, actor, id).await?;
    access::note_export(app, Access::Exported, actor, id, from).await?;
    Ok(import)
}

/// A page of the rows that could not be read, behind a place in the file.
pub async fn rejected(
    app: &App,
    actor: &Actor,
    id: ImportId,
    after: u64,
) -> Result<Vec<RejectedRow>, AppError> {
    get(app, actor, id).await?;
    Ok(app.store().read(move |conn| store::rejected(conn, id, after, REJECTED)).await?)
}

/// The first bytes of the file of an import, at most so many, and whether they are all of it.
pub async fn head(
    app: &App,
    actor: &Actor,
    id: ImportId,
    most: u64,
) -> Result<(Vec<u8>, bool), AppError> {
    let import = get(app, actor, id).await?;
    // Who brought it knows what is in it; to others these are deliveries like any.
    if import.kind == ImportKind::Mail && import.actor != actor.name() {
        actor.require(Scope::Ledger)?;
    }
    if import.blob.is_empty() {
        return Err(file_gone());
    }
    let bytes = app.store().blobs().head(&import.blob, most).await?;
    let whole = i64::try_from(bytes.len()).is_ok_and(|read| read >= import.size);
    Ok((bytes.to_vec(), whole))
}
