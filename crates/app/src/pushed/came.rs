//! Events that came by a platform, made ready to be written as those that were pushed are.

use serde_json::Value;
use throughline_core::actor::Actor;
use throughline_core::id::{ItemId, PushedEventId};
use throughline_core::inbound::{ChannelEvent, Event, Happened, Role};
use throughline_core::platform::Platform;
use throughline_core::pushed::{CameBy, icon_of, is_type_name, kind_by_name};
use throughline_core::time::Instant;
use throughline_core::timeline::{Direction, PushedDetail, TimelineItem, tidy_body};
use throughline_store::{Conn, channel_objects, deliveries, timeline};

use super::keep::Arriving;
use crate::deliveries::apply;
use crate::{App, AppError};

/// An event that came by a platform at an instant, ready to be written.
pub(crate) fn arriving(
    app: &App,
    event: &ChannelEvent,
    what: &Event,
    came: CameBy,
    at: Instant,
    now: Instant,
) -> Arriving {
    let (kind, channel) = kind_by_name(&what.event_type);
    let by_customer = event.who.role == Role::Customer && event.direction == Direction::Inbound;
    Arriving {
        actor: Actor::system().name(),
        occurred_at: at,
        kind,
        channel,
        body: tidy_body(&what.text).0,
        detail: detail_of(event, what, app.ids().make(now)),
        facts: what.facts.clone(),
        came: Some(CameBy { by_customer, ..came }),
    }
}

fn detail_of(event: &ChannelEvent, what: &Event, id: PushedEventId) -> PushedDetail {
    let conversation = event.conversation.clone().unwrap_or_default();
    let platform = Platform {
        kind: event.provider_kind.clone(),
        object: what.object.clone(),
        audience: conversation.audience,
        url: conversation.url,
        answers: conversation.answers,
        extra: event.extra.clone(),
        ..Platform::default()
    };
    let event_type = match is_type_name(&what.event_type) {
        true => what.event_type.clone(),
        false => event.provider_kind.clone(),
    };
    PushedDetail {
        event: id,
        icon: Some(icon_of(&event_type).as_str().to_owned()),
        title: if what.title.is_empty() { event_type.clone() } else { what.title.clone() },
        event_type,
        fields: what.fields.clone(),
        rating: what.rating,
        data: Value::Object(what.data.clone()),
        platform: Some(Box::new(platform)),
        owner_reason: None,
    }
}

/// Writes an item that came by a platform, changed by what happened to it before it came. Answers with
/// what came before it and belongs to whom it belongs to.
pub(super) fn arrive(
    app: &App,
    conn: &mut Conn,
    item: &mut TimelineItem,
    came: CameBy,
    object: &str,
    now: Instant,
) -> Result<Vec<Arriving>, AppError> {
    let waiting = channel_objects::take_parked(conn, came.inbox, object)?;
    let mut followers = Vec::new();
    for (delivery, event) in &waiting {
        let at = event.occurred_at.unwrap_or(item.occurred_at);
        match &event.what {
            Happened::Event(what) => {
                let came = CameBy { delivery: *delivery, ..came };
                followers.push(arriving(app, event, what, came, at, now));
            }
            _ => drop(apply(item, event, at)),
        }
    }
    timeline::insert(conn, item)?;
    channel_objects::note_object(conn, came.inbox, object, item.id)?;
    for (delivery, _) in waiting.iter().filter(|(_, event)| !is_event(event)) {
        deliveries::found_item(conn, *delivery, item.id)?;
    }
    Ok(followers)
}

/// Names the item that a delivery became after it had waited, so that what is taken out of the one goes
/// from the other too.
pub(super) fn found(conn: &mut Conn, came: CameBy, item: ItemId) -> Result<(), AppError> {
    Ok(deliveries::found_item(conn, came.delivery, item)?)
}

fn is_event(event: &ChannelEvent) -> bool {
    matches!(event.what, Happened::Event(_))
}
