//! Tickets by which a browser opens a live stream: it cannot send a header there, and an access token
//! must not stand in an address, which is kept in logs and histories.

use throughline_core::actor::{Actor, Scope};
use throughline_core::time::Instant;
use throughline_store::stream_tickets::{self as store, StreamTicket};

use crate::secret::Secret;
use crate::{App, AppError, actors, random};

/// How long a ticket can be used, in seconds.
pub const GOOD_FOR: i64 = 60;

/// Makes a ticket for one stream; it cannot be had again. The stream ends when the access does that
/// the ticket was got with.
pub async fn make(
    app: &App,
    actor: &Actor,
    access_until: Option<Instant>,
) -> Result<(Secret, Instant), AppError> {
    actor.require(Scope::EventsRead)?;
    let now = app.now();
    let (token, good_until) = (random::token(), now.plus_seconds(GOOD_FOR));
    let hash = random::hash(token.expose());
    let ticket = StreamTicket { actor: actor.name(), good_until, access_until };
    app.store().write(move |conn| store::insert(conn, &hash, &ticket, now)).await?;
    Ok((token, good_until))
}

/// Uses a ticket up. Answers with whom it stands for, and until when.
pub async fn redeem(app: &App, token: &str) -> Result<(Actor, Option<Instant>), AppError> {
    let now = app.now();
    let hash = random::hash(token);
    let ticket = app.store().write(move |conn| store::take(conn, &hash)).await?;
    let ticket = ticket.filter(|ticket| ticket.good_until > now).ok_or_else(bad)?;
    let actor = actors::again(app, actors::named(&ticket.actor).ok_or_else(bad)?).await?;
    Ok((actor, ticket.access_until))
}

fn bad() -> AppError {
    let message = "this stream ticket is unknown, used or too old; get a new one";
    AppError::unauthenticated("bad_stream_ticket", message)
}
