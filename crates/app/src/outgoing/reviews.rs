//! Answers to reviews. A review has one, and each takes the place of the one before in public: so the newest
//! is what stands there in the end, whatever became of an older one on its way.

use throughline_core::actor::Actor;
use throughline_core::id::{CustomerId, InboxId, ItemId};
use throughline_core::outgoing::{Outgoing, chat_way};
use throughline_core::time::Instant;
use throughline_core::timeline::{SendState, TimelineItem};
use throughline_store::{Conn, channel_accounts, channel_objects, outgoing, tickets, timeline};

use super::chat::conversation_on;
use super::{GRACE_SECONDS, taken};
use crate::AppError;

/// What is said of an answer that is not sent since a newer one is, or is about to be.
pub(super) const OUTDONE: &str = "a newer answer to the review took its place";
/// What is added where an answer is taken back that was tried: shops are asked again when their word is
/// lost, so it may have reached them.
const MAY_BE_PUBLISHED: &str = "it was tried before and may be published all the same: look there";

/// What the other answers to a review say to one that is about to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It may go; also said of what answers no review.
    Free,
    /// A newer one was sent, or goes now.
    Taken,
    /// An older one is being handed over, until this instant at the latest.
    Busy(Instant),
}

/// Whether an answer may go before the others to the same review. Ask while the pace of the inbox is held:
/// two that begin together would not see each other.
pub(super) fn place(conn: &mut Conn, mail: &Outgoing, now: Instant) -> Result<Place, AppError> {
    if !answers_review(conn, mail)? {
        return Ok(Place::Free);
    }
    let Some(item) = timeline::get(conn, &Actor::system(), mail.item)? else {
        return Ok(Place::Free);
    };
    let Some(conversation) = conversation_on(&item) else { return Ok(Place::Free) };
    let (mut place, own) = (Place::Free, turn_of(&item));
    for (other, shown) in answers(conn, mail.inbox, item.customer, &conversation)? {
        let is_newer = turn_of(&shown) > own;
        // What is scheduled for later takes its place then.
        let goes = other.waits() && (other.first_tried_at.is_some() || other.due_at <= now);
        if is_newer && (other.state == SendState::Sent || goes) {
            return Ok(Place::Taken);
        }
        let until = other.sending_since.map(|since| since.plus_seconds(GRACE_SECONDS));
        let until = until.filter(|until| other.waits() && *until > now);
        if let Some(until) = until.filter(|_| other.item != mail.item) {
            place = Place::Busy(until);
        }
    }
    Ok(place)
}

/// By what answers to one review follow each other: when each was to go as somebody last wished, however
/// often it was put off since.
fn turn_of(item: &TimelineItem) -> (i64, ItemId) {
    let sending = item.message().and_then(|message| message.sending.as_ref());
    let wished = sending.and_then(|sending| sending.send_at);
    (wished.unwrap_or(item.created_at.as_micros()), item.id)
}

/// A reply as it is when it is taken back with these words. Of an answer that was tried nobody knows whether
/// it is published.
pub(super) fn taken_back(
    conn: &mut Conn,
    mail: Outgoing,
    words: &str,
) -> Result<Outgoing, AppError> {
    let is_open = mail.first_tried_at.is_some() && answers_review(conn, &mail)?;
    Ok(match is_open {
        true => mail.cancelled(&format!("{words}; {MAY_BE_PUBLISHED}")),
        false => mail.cancelled(words),
    })
}

/// The reply that a shop shows, when it is one that was tried, whose end nobody told, and that waits to be
/// tried again: the object is that reply from now on.
pub(crate) fn recognised(
    conn: &mut Conn,
    inbox: InboxId,
    conversation: &str,
    object: &str,
    words: &str,
) -> Result<Option<ItemId>, AppError> {
    let ticket = channel_objects::ticket_of(conn, inbox, conversation)?;
    let ticket = ticket.map(|id| tickets::get(conn, &Actor::system(), id)).transpose()?.flatten();
    let Some(ticket) = ticket else { return Ok(None) };
    let all = answers(conn, inbox, ticket.customer, conversation)?;
    let is_it = |(reply, item): &(Outgoing, TimelineItem)| {
        reply.waits() && reply.first_tried_at.is_some() && same_words(&item.body, words)
    };
    let Some((reply, _)) = all.into_iter().find(is_it) else { return Ok(None) };
    taken::note(conn, reply.item, &[object.to_owned()])?;
    Ok(Some(reply.item))
}

/// Whether two texts say the same; shops change blanks.
pub(crate) fn same_words(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

/// Whether what goes out is the answer to a review.
fn answers_review(conn: &mut Conn, mail: &Outgoing) -> Result<bool, AppError> {
    // Mails alone have an id of ours.
    if !mail.message_id.is_empty() {
        return Ok(false);
    }
    let stored = channel_accounts::get(conn, mail.inbox)?;
    let way = stored.and_then(|stored| chat_way(&stored.kind));
    Ok(way.is_some_and(|way| way.answers_reviews()))
}

/// What was sent or waits to be sent to a customer in one conversation, the newest first.
fn answers(
    conn: &mut Conn,
    inbox: InboxId,
    customer: CustomerId,
    conversation: &str,
) -> Result<Vec<(Outgoing, TimelineItem)>, AppError> {
    let mut found = Vec::new();
    for id in outgoing::sent_or_waiting(conn, inbox, customer)? {
        let item = timeline::get(conn, &Actor::system(), id)?;
        let item = item.filter(|item| conversation_on(item).as_deref() == Some(conversation));
        if let Some(both) = outgoing::get(conn, id)?.zip(item) {
            found.push(both);
        }
    }
    Ok(found)
}
