//! What a platform took of a reply: its objects become the item, so that what the platform says of them
//! later, or said already, finds it.

use throughline_core::actor::Actor;
use throughline_core::id::ItemId;
use throughline_core::inbound::{ChannelEvent, Happened, ReceiptState};
use throughline_core::outgoing::Outgoing;
use throughline_core::platform::Platform;
use throughline_core::time::Instant;
use throughline_core::timeline::{Detail, SendState, TimelineItem};
use throughline_store::{
    Conn, channel_objects, deliveries, outgoing, redaction, tickets, timeline,
};

use super::take_back::bounced;
use crate::deliveries::apply;
use crate::{App, AppError, index};

/// What is said of a message that did not arrive where the platform says nothing.
const LOST: &str = "the platform says that it did not arrive";

/// Notes the objects that an item became at its platform, and does what waited for them; answers why one
/// of them did not arrive, where that waited. Doing it again changes nothing. The inbox is held before the
/// rest, as by whoever takes in what its platform says.
pub(super) fn note(
    conn: &mut Conn,
    id: ItemId,
    objects: &[String],
) -> Result<Option<String>, AppError> {
    let Some(mail) = outgoing::get(conn, id)? else { return Ok(None) };
    channel_objects::hold(conn, &[mail.inbox])?;
    let (Some(mail), Some(mut item)) = (outgoing::hold(conn, id)?, timeline::hold(conn, id)?)
    else {
        return Ok(None);
    };
    let (before, mut lost) = (item.clone(), None);
    if let (Detail::Message(message), Some(first)) = (&mut item.detail, objects.first()) {
        let new =
            || Platform { kind: "reply".into(), object: first.clone(), ..Platform::default() };
        message.platform.get_or_insert_with(|| Box::new(new()));
    }
    for object in objects {
        lost = join(conn, &mail, object, &mut item)?.or(lost);
    }
    if item != before {
        redaction::save(conn, &item)?;
    }
    if item.body != before.body {
        let ticket = tickets::get(conn, &Actor::system(), mail.ticket)?;
        index::item(conn, &item, ticket.as_ref())?;
    }
    Ok(lost)
}

/// Lets an object be the item, with what waited for it. Answers why it did not arrive, if that waited.
fn join(
    conn: &mut Conn,
    mail: &Outgoing,
    object: &str,
    item: &mut TimelineItem,
) -> Result<Option<String>, AppError> {
    let mut lost = None;
    if !channel_objects::claim_object(conn, mail.inbox, object, mail.item)? {
        return Ok(lost);
    }
    for (delivery, event) in channel_objects::take_parked(conn, mail.inbox, object)? {
        apply(item, &event, event.occurred_at.unwrap_or(item.occurred_at));
        deliveries::found_item(conn, delivery, mail.item)?;
        lost = loss_in(&event).or(lost);
    }
    Ok(lost)
}

/// Says of a reply that was sent, and of which its platform said before that it did not arrive, that it
/// came back. Answers how far it has come.
pub(super) fn came_back(
    app: &App,
    conn: &mut Conn,
    mail: Outgoing,
    lost: Option<String>,
    now: Instant,
) -> Result<Outgoing, AppError> {
    if mail.state != SendState::Sent {
        return Ok(mail);
    }
    let item = timeline::get(conn, &Actor::system(), mail.item)?;
    let Some(why) = lost.or_else(|| item.as_ref().and_then(why_lost)) else { return Ok(mail) };
    bounced(app, conn, mail.item, &[], &why, now)?;
    Ok(outgoing::get(conn, mail.item)?.unwrap_or(mail))
}

/// Forgets that an earlier message of a reply that is to go once more did not arrive.
pub(super) fn forget_loss(conn: &mut Conn, id: ItemId) -> Result<(), AppError> {
    let Some(mut item) = timeline::hold(conn, id)?.filter(|item| why_lost(item).is_some()) else {
        return Ok(());
    };
    if let Detail::Message(message) = &mut item.detail
        && let Some(platform) = &mut message.platform
    {
        platform.receipt = None;
    }
    Ok(timeline::set_detail(conn, id, &item.detail)?)
}

/// Why a message did not arrive, as an event says; nothing when that says something else.
pub(crate) fn loss_in(event: &ChannelEvent) -> Option<String> {
    let Happened::Receipt(receipt) = &event.what else { return None };
    let is_lost = receipt.state == ReceiptState::Failed;
    is_lost.then(|| receipt.error.clone().unwrap_or_else(|| LOST.to_owned()))
}

/// Why a message did not arrive, as its platform said last; nothing when it did, or may.
fn why_lost(item: &TimelineItem) -> Option<String> {
    let receipt = item.message()?.platform.as_ref()?.receipt.as_ref()?;
    let is_lost = receipt.state == ReceiptState::Failed;
    is_lost.then(|| receipt.error.clone().unwrap_or_else(|| LOST.to_owned()))
}
