//! Putting a mail or a reply to a chat into the queue, in the transaction that stores its item. What is
//! particular to chats is in `chat`.

use throughline_core::inbox::Inbox;
use throughline_core::outgoing::Outgoing;
use throughline_core::threading;
use throughline_core::ticket::Ticket;
use throughline_core::time::Instant;
use throughline_core::timeline::{Detail, SendState, Sending, TimelineItem};
use throughline_mail::token::{Key, Named, SignedId};
use throughline_store::{Conn, inboxes, jobs, mail_ids, mail_settings, outgoing};

use super::{chat, job, signed_number};
use crate::{App, AppError, random};

/// The longest time ahead for which a mail can be scheduled.
const FURTHEST_SECONDS: i64 = 366 * 24 * 60 * 60;

/// How a reply is to be sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wish {
    /// Not before; at once when absent.
    pub send_at: Option<Instant>,
    /// Whether it is not sent when the customer writes first.
    pub cancel_if_answered: bool,
}

impl Wish {
    /// Refuses a time that is too far ahead.
    pub(crate) fn check(&self, now: Instant) -> Result<(), AppError> {
        if self.send_at.is_some_and(|at| at > now.plus_seconds(FURTHEST_SECONDS)) {
            return Err(AppError::invalid("send_at", "at most a year ahead"));
        }
        Ok(())
    }
}

/// What an item that is to be sent becomes: its Message-ID or its conversation, and its times, are put
/// on it. `None` when it is nothing to be sent. Without a wish it is by machine: it goes at once, since
/// nobody takes it back. Call it before the item is stored, and [`store`] after.
pub(crate) fn prepare(
    app: &App,
    conn: &mut Conn,
    ticket: &Ticket,
    item: &mut TimelineItem,
    wish: Option<Wish>,
    now: Instant,
) -> Result<Option<Outgoing>, AppError> {
    let Some(inbox) = inbox_of(conn, item)? else { return Ok(None) };
    if inbox.channel.has_conversations() {
        return chat::prepare(app, conn, ticket, &inbox, item, wish, now).map(Some);
    }
    let due_at = match wish {
        Some(wish) => due_at(conn, &inbox, wish, now)?,
        None => now,
    };
    let message_id = message_id(app, conn, &inbox, ticket, item, now)?;
    if let Detail::Message(message) = &mut item.detail {
        message.message_id = Some(message_id.clone());
        message.sending = Some(Sending { send_at: Some(due_at.as_micros()), ..Sending::default() });
    }
    Ok(Some(queued(item, &inbox, ticket, message_id, wish, due_at)))
}

/// One that waits to be sent for the first time.
pub(super) fn queued(
    item: &TimelineItem,
    inbox: &Inbox,
    ticket: &Ticket,
    message_id: String,
    wish: Option<Wish>,
    due_at: Instant,
) -> Outgoing {
    Outgoing {
        item: item.id,
        inbox: inbox.id,
        ticket: ticket.id,
        message_id,
        state: SendState::Queued,
        due_at,
        stop_on_answer: wish.is_some_and(|wish| wish.cancel_if_answered),
        automatic: wish.is_none(),
        deferrals: 0,
        first_tried_at: None,
        sending_since: None,
        reached: Vec::new(),
        refused: Vec::new(),
        words: None,
        progress: None,
    }
}

/// When it is due: as wished, and not before it could be taken back. An inbox that was never set up
/// has nothing to wait for: its mail fails, and says so at once.
fn due_at(conn: &mut Conn, inbox: &Inbox, wish: Wish, now: Instant) -> Result<Instant, AppError> {
    let settings = mail_settings::get(conn, inbox.id)?.map(|stored| stored.settings);
    let undo = settings.map_or(0, |settings| i64::from(settings.undo_seconds));
    let earliest = now.plus_seconds(undo);
    Ok(wish.send_at.map_or(earliest, |at| at.max(earliest)))
}

/// The inbox of an item that is to be sent.
fn inbox_of(conn: &mut Conn, item: &TimelineItem) -> Result<Option<Inbox>, AppError> {
    let Detail::Message(message) = &item.detail else { return Ok(None) };
    if message.send_state != Some(SendState::Queued) {
        return Ok(None);
    }
    let inbox = item.inbox.map(|id| inboxes::get(conn, id)).transpose()?.flatten();
    Ok(Some(inbox.ok_or_else(|| AppError::internal("an item without its inbox"))?))
}

/// Stores what a stored item is sent as: its row, its Message-ID, by which answers to a mail find the
/// ticket, and the job that sends it.
pub(crate) fn store(
    app: &App,
    conn: &mut Conn,
    mail: &Outgoing,
    now: Instant,
) -> Result<(), AppError> {
    outgoing::insert(conn, mail, now)?;
    if !mail.message_id.is_empty() {
        mail_ids::note(conn, mail.ticket, mail.item, Some(&mail.message_id), &[], now)?;
    }
    Ok(jobs::enqueue(conn, &[job(app, mail.item, mail.due_at, now)], now)?)
}

/// A signed Message-ID without brackets; an unsigned one where the address cannot carry it.
fn message_id(
    app: &App,
    conn: &mut Conn,
    inbox: &Inbox,
    ticket: &Ticket,
    item: &TimelineItem,
    now: Instant,
) -> Result<String, AppError> {
    let key = app.mail_signing_key_in(conn, now)?;
    let domain = inbox.address.rsplit_once('@').map_or("", |(_, domain)| domain);
    let named = Named { ticket: signed_number(ticket), item: item.id.get() };
    let signed = Key::new(key.expose()).and_then(|key| SignedId::sign(key, domain, named));
    let signed = signed.ok().and_then(|id| threading::normalise_id(&id));
    Ok(signed.unwrap_or_else(|| unsigned(domain)))
}

fn unsigned(domain: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let usable = !domain.is_empty() && domain.len() < 200 && domain.chars().all(plain);
    // A name that no mail domain can have (RFC 2606).
    let domain = if usable { domain } else { "throughline.invalid" };
    format!("{}@{domain}", random::hex(&random::bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unsigned_id_is_still_an_id() {
        assert!(unsigned("desk.example").ends_with("@desk.example"));
        for odd in ["", "örnek.com", "a b", "x>y"] {
            assert!(unsigned(odd).ends_with("@throughline.invalid"), "{odd}");
        }
        assert_ne!(unsigned("x"), unsigned("x"));
    }
}
