//! Something other than a message that has a place in a history, such as an order or a review: it becomes
//! an item, or a newer state of one; what does not say whose it is waits until somebody does.
//!
//! Whose it is and the ticket that it belongs to are decided in `owned`; items are written as those of
//! pushed events are.

use serde_json::Value;
use throughline_core::actor::Actor;
use throughline_core::id::{ItemId, PushedEventId};
use throughline_core::inbound::{Event, Role};
use throughline_core::platform::Platform;
use throughline_core::pushed::{
    self as types, CameBy, WaitingContent, WaitingEvent, icon_of, kind_by_name,
};
use throughline_core::timeline::{Direction, PushedDetail, tidy_body};
use throughline_store::{Conn, channel_objects as store, identities, waiting_events};

use super::super::arrive::Arrival;
use super::Here;
use super::owned::{Owner, owner};
use crate::AppError;
use crate::pushed::{self, Arriving, Saved};

/// Shows it, or lets it change what is shown of the same thing.
pub(super) fn occur(here: &Here<'_>, conn: &mut Conn, event: &Event) -> Result<Arrival, AppError> {
    if let Some(item) = store::item_of(conn, here.inbox.id, &event.object)? {
        return renew(here, conn, item, event);
    }
    identities::hold(conn, &here.said.keys())?;
    let Some(Owner { whose, new, mut documents }) = owner(here, conn, event)? else {
        return wait(here, conn, event);
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
    let (app, now, mut saved) = (here.batch.app(), here.batch.now, Saved::default());
    match saved.renew(app, conn, item, arriving(here, event), now)? {
        true => Ok(Arrival::Stored(item, saved.settle(conn, now)?)),
        false => Ok(Arrival::Duplicate(item)),
    }
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
    let (kind, channel) = kind_by_name(&event.event_type);
    let by_customer =
        here.event.who.role == Role::Customer && here.event.direction == Direction::Inbound;
    let (inbox, delivery) = (here.inbox.id, here.delivery.id);
    Arriving {
        actor: Actor::system().name(),
        occurred_at: here.at,
        kind,
        channel,
        body: tidy_body(&event.text).0,
        detail: detail_of(here, event),
        facts: event.facts.clone(),
        came: Some(CameBy { inbox, delivery, by_customer }),
    }
}

fn detail_of(here: &Here<'_>, event: &Event) -> PushedDetail {
    let event_id: PushedEventId = here.batch.app().ids().make(here.batch.now);
    let platform = Platform {
        kind: here.event.provider_kind.clone(),
        object: event.object.clone(),
        audience: here.conversation.audience,
        url: here.conversation.url.clone(),
        answers: here.conversation.answers.clone(),
        extra: here.event.extra.clone(),
        ..Platform::default()
    };
    let event_type = match types::is_type_name(&event.event_type) {
        true => event.event_type.clone(),
        false => here.event.provider_kind.clone(),
    };
    PushedDetail {
        event: event_id,
        icon: Some(icon_of(&event_type).as_str().to_owned()),
        title: if event.title.is_empty() { event_type.clone() } else { event.title.clone() },
        event_type,
        fields: event.fields.clone(),
        rating: event.rating,
        data: Value::Object(event.data.clone()),
        platform: Some(Box::new(platform)),
        owner_reason: None,
    }
}
