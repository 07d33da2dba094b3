//! Mails and replies to chats on their way out: from the reply that is stored to what became of it.
//!
//! A reply, its row here and the job that sends it are stored in one transaction. The job asks
//! [`load`], says [`begin`], hands the mail to the server, and tells [`settle`] what came of it, which
//! writes row, item and event in one transaction. Handing over is not part of any.
//!
//! **A mail is sent at least once, and twice only in one window**: a worker dies, or the server's
//! answer is lost, after the server took the mail and before that was noted. Nothing can close it,
//! since the server and we cannot commit together (RFC 5321 section 4.1.1.4 and RFC 1047 say the same
//! of mail servers among each other). It is kept small and harmless:
//! - the server's answer is noted at once in the sender's journal, a file of the machine, and then by
//!   `settle`; where the database is out of reach, the worker writes it later instead of sending again;
//! - a begun try is marked, and nobody else begins one for [`GRACE_SECONDS`] after it;
//! - every try carries the same Message-ID, by which receiving servers and programs know a repeat.
//!
//! **A reply to a chat is sent at most once by itself**: most platforms know no id of ours by which a
//! repeat would be seen, so a try whose end nobody knows fails and says that it may have arrived. What was
//! taken of a reply of several messages is kept (`Outgoing::progress`), and another try goes on behind it.
//!
//! **A review has one answer**: an older one never takes the place of a newer one, also when it was put off
//! and the newer one was not.
//!
//! What is marked as begun can no longer be taken back, as it may be gone already.

mod acknowledge;
mod attempt;
mod chat;
mod queue;
mod reviews;
mod take_back;
mod taken;

pub use acknowledge::{acknowledge, purge};
pub use attempt::{Begun, Due, Turn, begin, files, load, settle, standing};
pub use chat::{Line, Unsendable};
pub use queue::Wish;
pub(crate) use queue::{prepare, store};
pub(crate) use reviews::{recognised, same_words};
pub(crate) use take_back::stop_waiting;
pub use take_back::{bounced, cancel, retry, stop_on_answer};
pub(crate) use taken::loss_in;

use throughline_core::actor::Actor;
use throughline_core::event::Happening;
use throughline_core::id::ItemId;
use throughline_core::outgoing::Outgoing;
use throughline_core::ticket::Ticket;
use throughline_core::time::Instant;
use throughline_core::timeline::{Detail, SendState, TimelineItem};
use throughline_store::jobs::NewJob;
use throughline_store::{Conn, events, jobs, outgoing, tickets, timeline};

use crate::jobs::SEND_REPLY;
use crate::{App, AppError};

/// For how long after a try began nobody else begins one, unless its outcome is known: within that
/// time its worker either writes the outcome or is dead.
pub const GRACE_SECONDS: i64 = 120;

/// Writes a changed mail with the item that shows it, and the event when its journey ends.
fn write(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    mail: &Outgoing,
    now: Instant,
) -> Result<TimelineItem, AppError> {
    outgoing::update(conn, mail, now)?;
    let mut item = timeline::hold(conn, mail.item)?.ok_or_else(|| AppError::not_found("item"))?;
    if let Detail::Message(message) = &mut item.detail {
        message.send_state = Some(mail.state);
        message.sending = Some(mail.shown(message.sending.as_ref(), now));
    }
    timeline::set_detail(conn, item.id, &item.detail)?;
    if let Some(what) = happening(mail)
        && let Some(ticket) = tickets::get(conn, &Actor::system(), mail.ticket)?
    {
        events::append(conn, &[app.event(actor, now, what).of_ticket(&ticket)])?;
    }
    Ok(item)
}

/// What there is to tell of a mail in its state; nothing while it waits.
fn happening(mail: &Outgoing) -> Option<Happening> {
    match mail.state {
        SendState::Queued | SendState::Deferred => None,
        SendState::Sent => Some(Happening::MessageSent { item: mail.item }),
        SendState::Failed | SendState::Bounced | SendState::Cancelled => {
            Some(Happening::MessageNotSent {
                item: mail.item,
                state: mail.state.as_str().to_owned(),
                words: mail.words.clone().unwrap_or_default(),
            })
        }
    }
}

/// The job that sends an item.
fn job(app: &App, item: ItemId, run_at: Instant, now: Instant) -> NewJob {
    NewJob {
        id: app.ids().make(now),
        kind: SEND_REPLY,
        payload: serde_json::json!({ "item": item }).to_string(),
        run_at,
        dedup_key: Some(item.to_string()),
    }
}

/// Takes the job of an item out of the queue.
fn drop_job(conn: &mut Conn, item: ItemId) -> Result<(), AppError> {
    Ok(jobs::remove(conn, SEND_REPLY, &item.to_string())?)
}

/// The number under which a ticket stands in signed addresses and Message-IDs: the human one, since
/// five bytes are all that an address has room for.
fn signed_number(ticket: &Ticket) -> i64 {
    ticket.number
}
