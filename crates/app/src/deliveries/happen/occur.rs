//! Something other than a message that has a place in a history, such as an order or a review: it becomes
//! an item, or a newer state of one; what does not say whose it is waits until somebody does.
//!
//! Whose it is and the ticket that it belongs to are decided in `owned`; items are written as those of
//! pushed events are.

use throughline_core::actor::Actor;
use throughline_core::id::ItemId;
use throughline_core::inbound::{ChannelEvent, Content, Event, Happened};
use throughline_core::pushed::{CameBy, WaitingContent, WaitingEvent};
use throughline_core::timeline::{Direction, TimelineItem};
use throughline_store::channel_objects::{self as store, Parked};
use throughline_store::{Conn, identities, timeline, waiting_events};

use super::super::arrive::Arrival;
use super::owned::{Owner, owner};
use super::refer::refer;
use super::{Here, is_under_way, under_way};
use crate::AppError;
use crate::outgoing::{recognised, same_words};
use crate::pushed::{self, Arriving, Saved};

/// How far the clocks of a platform and ours may be apart, in microseconds.
const CLOCKS_APART: i64 = 60 * 1_000_000;

/// Shows it, or lets it change what is shown of the same thing.
pub(super) fn occur(here: &Here<'_>, conn: &mut Conn, event: &Event) -> Result<Arrival, AppError> {
    // What may be an answer of ours is looked at when it is known which.
    if here.event.direction == Direction::Outbound {
        if is_under_way(here, conn)? {
            return Err(under_way());
        }
        let (inbox, conversation) = (here.inbox.id, &here.conversation.key);
        let ours = recognised(conn, inbox, conversation, &event.object, &event.text)?;
        if let Some(ours) = ours {
            return Ok(Arrival::Duplicate(ours));
        }
    }
    if let Some(item) = store::item_of(conn, here.inbox.id, &event.object)? {
        return renew(here, conn, item, event);
    }
    identities::hold(conn, &here.said.keys())?;
    let Some(Owner { whose, new, mut documents }) = owner(here, conn, event)? else {
        return match &here.conversation.answers {
            Some(object) => park(here, conn, object),
            None => wait(here, conn, event),
        };
    };
    let (app, now, mut saved) = (here.batch.app(), here.batch.now, Saved::default());
    let item = saved.item(app, conn, arriving(here, event), whose, now)?;
    documents.extend(saved.settle(conn, now)?);
    pushed::bind_waiting(app, conn, new, now)?;
    Ok(Arrival::Stored(item, documents))
}

fn renew(
    here: &Here<'_>,
    conn: &mut Conn,
    item: ItemId,
    event: &Event,
) -> Result<Arrival, AppError> {
    let held = timeline::get(conn, &Actor::system(), item)?;
    if let Some(ours) = held.filter(|held| held.message().is_some()) {
        return own_answer(here, conn, &ours, event);
    }
    let (app, now, mut saved) = (here.batch.app(), here.batch.now, Saved::default());
    match saved.renew(app, conn, item, arriving(here, event), now)? {
        true => Ok(Arrival::Stored(item, saved.settle(conn, now)?)),
        false => Ok(Arrival::Duplicate(item)),
    }
}

/// What the platform shows of an answer that we sent is that answer, and none beside it. Where somebody has
/// changed it on the platform, it is an edit of ours.
fn own_answer(
    here: &Here<'_>,
    conn: &mut Conn,
    ours: &TimelineItem,
    event: &Event,
) -> Result<Arrival, AppError> {
    let sent = ours.message().and_then(|message| message.sending.as_ref()?.sent_at);
    let is_older = sent.is_some_and(|sent| here.at.as_micros() < sent - CLOCKS_APART);
    if is_older || same_words(&ours.body, &event.text) {
        return Ok(Arrival::Duplicate(ours.id));
    }
    let content = Content { text: event.text.clone(), ..Content::default() };
    let what = Happened::Edit { of: event.object.clone(), content };
    let edited = ChannelEvent { what, ..here.event.clone() };
    let here = Here {
        batch: here.batch,
        delivery: here.delivery,
        inbox: here.inbox,
        said: here.said,
        event: &edited,
        conversation: here.conversation.clone(),
        at: here.at,
    };
    refer(&here, conn)
}

/// It belongs to something that has not come, such as a refund before its order.
fn park(here: &Here<'_>, conn: &mut Conn, object: &str) -> Result<Arrival, AppError> {
    let event = ChannelEvent { occurred_at: Some(here.at), ..here.event.clone() };
    let parked = Parked {
        id: here.batch.app().ids().stamp(here.batch.now),
        inbox: here.inbox.id,
        object,
        delivery: here.delivery.id,
        event: &event,
        now: here.batch.now,
    };
    store::park(conn, &parked)?;
    Ok(Arrival::Unshown("it waits for what it belongs to".to_owned()))
}

/// Nobody can be told by it: it is listed, to be given to a customer by hand, and comes by itself when one
/// turns out to be who it hints at.
fn wait(here: &Here<'_>, conn: &mut Conn, event: &Event) -> Result<Arrival, AppError> {
    let Arriving { actor, occurred_at, kind, channel, body, detail, facts, came } =
        arriving(here, event);
    let waiting = WaitingEvent {
        id: detail.event,
        actor,
        event_type: detail.event_type.clone(),
        occurred_at,
        created_at: here.batch.now,
        content: WaitingContent {
            kind,
            channel,
            body,
            detail,
            facts,
            hints: here.event.who.hints.clone(),
            came,
        },
    };
    waiting_events::insert(conn, &[waiting])?;
    let why = "it does not say whose it is, and waits among the events about nobody we know";
    Ok(Arrival::Unshown(why.to_owned()))
}

fn arriving(here: &Here<'_>, event: &Event) -> Arriving {
    let (inbox, delivery) = (here.inbox.id, here.delivery.id);
    let came = CameBy { inbox, delivery, by_customer: false };
    pushed::arriving(here.batch.app(), here.event, event, came, here.at, here.batch.now)
}
