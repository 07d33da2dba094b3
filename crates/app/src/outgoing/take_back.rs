//! Mails that are not to go, or to go once more: taken back by an agent, stopped since the customer
//! wrote, come back from a server, tried again.

use throughline_core::actor::{Actor, Scope};
use throughline_core::id::ItemId;
use throughline_core::inbound::{InboundMessage, Nature};
use throughline_core::outgoing::Outgoing;
use throughline_core::ticket::Ticket;
use throughline_core::time::Instant;
use throughline_core::timeline::{SendState, TimelineItem};
use throughline_store::{Conn, jobs, outgoing, timeline};

use super::attempt::ANSWERED;
use super::{drop_job, job, reviews, taken, write};
use crate::{App, AppError};

/// Takes a mail back that has not been handed over yet. Doing it again changes nothing.
pub async fn cancel(app: &App, actor: &Actor, id: ItemId) -> Result<TimelineItem, AppError> {
    actor.require(Scope::TicketsWrite)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let cancel = move |conn: &mut Conn| {
        let (mail, item) = held(conn, &actor, id)?;
        if mail.state == SendState::Cancelled {
            return Ok(item);
        }
        if !mail.waits() || mail.sending_since.is_some() {
            return Err(too_late());
        }
        drop_job(conn, id)?;
        let ended = reviews::taken_back(conn, mail, "taken back before it was sent")?;
        write(&app2, conn, &actor, &ended, now)
    };
    app.store().write(cancel).await
}

/// Sends a mail that failed, came back or was taken back once more, to all whom it has not reached.
pub async fn retry(app: &App, actor: &Actor, id: ItemId) -> Result<TimelineItem, AppError> {
    actor.require(Scope::TicketsWrite)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let retry = move |conn: &mut Conn| {
        let (mail, _) = held(conn, &actor, id)?;
        let ended = [SendState::Failed, SendState::Cancelled, SendState::Bounced];
        let stuck = mail.waits() && mail.sending_since.is_some_and(|since| since < abandoned(now));
        if !ended.contains(&mail.state) && !stuck {
            let message = "only what failed, came back or was taken back can be sent again";
            return Err(AppError::conflict("not_retryable", message));
        }
        taken::forget_loss(conn, id)?;
        let mail = mail.again(now);
        jobs::enqueue_anew(conn, &[job(&app2, id, now, now)], now)?;
        write(&app2, conn, &actor, &mail, now)
    };
    app.store().write(retry).await
}

/// Tries that began before this instant are not under way any more: a whole dialogue takes less than
/// an hour. Where its job is dead as well, nobody else would go on with it.
fn abandoned(now: Instant) -> Instant {
    now.plus_seconds(-60 * 60)
}

/// The mail of a visible item, held against other writers.
fn held(conn: &mut Conn, actor: &Actor, id: ItemId) -> Result<(Outgoing, TimelineItem), AppError> {
    let mail = outgoing::hold(conn, id)?;
    let item = timeline::get(conn, actor, id)?;
    mail.zip(item).ok_or_else(|| AppError::not_found("mail of ours"))
}

fn too_late() -> AppError {
    let message = "it was handed over already, or is being handed over at this moment";
    AppError::conflict("already_sent", message)
}

/// A customer wrote into a ticket: what was to be sent only if he did not is taken back. Call it in
/// the transaction that stores his message, and not for that of a third party. A message that no
/// person wrote stops nothing. Answers how many were stopped.
pub fn stop_on_answer(
    app: &App,
    conn: &mut Conn,
    ticket: &Ticket,
    message: &InboundMessage,
    now: Instant,
) -> Result<usize, AppError> {
    match message.nature {
        Nature::Personal => stop_waiting(app, conn, ticket, now),
        _ => Ok(0),
    }
}

/// The same for a message of which it is known that a person wrote it.
pub(crate) fn stop_waiting(
    app: &App,
    conn: &mut Conn,
    ticket: &Ticket,
    now: Instant,
) -> Result<usize, AppError> {
    let mut stopped = 0;
    for id in outgoing::stopped_by_answer(conn, ticket.id)? {
        let mail = outgoing::hold(conn, id)?.filter(Outgoing::waits);
        let Some(mail) = mail.filter(|mail| mail.sending_since.is_none()) else { continue };
        drop_job(conn, id)?;
        let ended = reviews::taken_back(conn, mail, ANSWERED)?;
        write(app, conn, &Actor::system(), &ended, now)?;
        stopped += 1;
    }
    Ok(stopped)
}

/// A mail of ours came back for good: says so on its item, with an event. `recipients` are the
/// addresses that were not reached; none told means all. Call it in the transaction that stores the
/// report. Answers whether the item is a mail of ours.
pub fn bounced(
    app: &App,
    conn: &mut Conn,
    item: ItemId,
    recipients: &[String],
    words: &str,
    now: Instant,
) -> Result<bool, AppError> {
    let Some(mail) = outgoing::hold(conn, item)? else { return Ok(false) };
    // A mail that waits for some of its recipients goes on; one that was taken back stays so.
    if matches!(mail.state, SendState::Sent | SendState::Failed) {
        write(app, conn, &Actor::system(), &mail.bounced(recipients, words), now)?;
    }
    Ok(true)
}
