//! Links by which a platform that fetches files by itself gets a file of a reply. Whoever has a link can read
//! that one file, until it is over: so nobody can guess one, it is good for a short time and a few answers, it
//! can be ended before, and only its hash is stored.

use throughline_core::actor::{Actor, Scope};
use throughline_core::id::AttachmentId;
use throughline_core::timeline::AttachmentInfo;
use throughline_store::file_links::{self as store, NewLink};
use throughline_store::{Conn, attachments, timeline};

use crate::{App, AppError, random};

/// For how long a link is good, in seconds: a platform may queue a message for a while.
pub const GOOD_SECONDS: i64 = 2 * 60 * 60;
/// How often a link is answered: platforms look at a file before they fetch it, and try again.
pub const MOST_ANSWERS: i32 = 20;
/// The longest text that may be what stands in a link.
const LONGEST: usize = 64;

/// Makes a link to each of these files, in their order; none where this server has no address that platforms
/// reach over TLS. Whoever calls may send the files out.
pub async fn make(app: &App, files: &[AttachmentId]) -> Result<Option<Vec<String>>, AppError> {
    let Some(base) = app.public_url() else { return Ok(None) };
    let expires_at = app.now().plus_seconds(GOOD_SECONDS);
    let (mut links, mut rows) = (Vec::new(), Vec::new());
    for attachment in files {
        let token = random::token();
        let token_hash = random::hash(token.expose());
        links.push(format!("{base}/files/{}", token.expose()));
        rows.push(NewLink { token_hash, attachment: *attachment, expires_at });
    }
    app.store().write(move |conn| store::insert(conn, &rows)).await?;
    Ok(Some(links))
}

/// The file of a link. What is over, used up or ended is answered as what never was.
pub async fn open(app: &App, token: &str) -> Result<(AttachmentInfo, Vec<u8>), AppError> {
    let gone = || AppError::not_found("file");
    if token.len() > LONGEST {
        return Err(gone());
    }
    let (hash, now) = (random::hash(token), app.now());
    let take = move |conn: &mut Conn| store::take(conn, &hash, MOST_ANSWERS, now);
    let file = app.store().write(take).await?.ok_or_else(gone)?;
    let bytes = app.store().blobs().get(&file.blob).await?;
    Ok((file.info, bytes.to_vec()))
}

/// Ends all links to a file. Doing it again changes nothing.
pub async fn end(app: &App, actor: &Actor, id: AttachmentId) -> Result<(), AppError> {
    actor.require(Scope::TicketsWrite)?;
    let actor = actor.clone();
    let end = move |conn: &mut Conn| {
        let file = attachments::get(conn, id)?;
        let item = file.map(|file| timeline::get(conn, &actor, file.item)).transpose()?;
        item.flatten().ok_or_else(|| AppError::not_found("attachment"))?;
        store::end(conn, id)?;
        Ok::<_, AppError>(())
    };
    app.store().write(end).await
}

/// Forgets links that are over. Answers how many.
pub async fn purge(app: &App) -> Result<usize, AppError> {
    let now = app.now();
    Ok(app.store().write(move |conn| store::purge(conn, now)).await?)
}
