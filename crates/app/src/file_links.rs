//! Links by which a platform that fetches files by itself gets a file of a reply. Whoever has a link can read
//! that one file, until it is over: so nobody can guess one, it is good for a short time and a few answers, it
//! can be ended before, and only its hash is stored.

use throughline_core::actor::{Actor, Scope};
use throughline_core::id::AttachmentId;
use throughline_core::timeline::AttachmentInfo;
use throughline_store::file_links::{self as store, NewLink};
use throughline_store::{Conn, attachments, outgoing, timeline};

use crate::{App, AppError, random};

/// For how long a link is good, in seconds: a platform may queue a message for a while.
pub const GOOD_SECONDS: i64 = 2 * 60 * 60;
/// How often a link is answered: platforms look at a file before they fetch it, and try again.
pub const MOST_ANSWERS: i32 = 20;
/// How long that is what stands in a link.
const LENGTH: usize = 43;

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
    let is_of_token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if token.len() != LENGTH || !token.bytes().all(is_of_token) {
        return Err(gone());
    }
    let (hash, now) = (random::hash(token), app.now());
    // Anybody may ask, so what is no link must not come to writing: that would hold up everybody else's.
    let asked = hash.clone();
    let look = move |conn: &mut Conn| store::is_good(conn, &asked, MOST_ANSWERS, now);
    if !app.store().lookup(look).await? {
        return Err(gone());
    }
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
        let item = item.flatten().ok_or_else(|| AppError::not_found("attachment"))?;
        // Whoever sends it makes new ones.
        if outgoing::hold(conn, item.id)?.is_some_and(|reply| reply.waits()) {
            let why = "the reply that carries this file waits to be sent, with new links: take the reply \
                       back first, with POST /api/v1/items/{id}/cancel";
            return Err(AppError::conflict("not_sent_yet", why));
        }
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
