//! Something that nobody here knows: it stands on the timeline under the platform's name for it.

use throughline_core::actor::Actor;
use throughline_core::event::Happening;
use throughline_core::id::{ItemId, PushedEventId};
use throughline_core::inbound::Content;
use throughline_core::ticket::Ticket;
use throughline_core::timeline::{
    Detail, ItemKind, OrderKey, PushedDetail, TimelineItem, Visibility, tidy_body,
};
use throughline_store::{Conn, channel_objects as store, customers, events, tickets, timeline};

use super::super::arrive::Arrival;
use super::Here;
use super::conversation::owner;
use crate::AppError;
use crate::customers::Owned;
use crate::index::document_of_item;

/// Shows it on the timeline of who brought it about, or of the customer in whose conversation it is.
pub(super) fn show(
    here: &Here<'_>,
    conn: &mut Conn,
    object: Option<&str>,
    content: &Content,
) -> Result<Arrival, AppError> {
    let known = store::ticket_of(conn, here.inbox.id, &here.conversation.key)?;
    let ticket = known.map(|id| tickets::get(conn, &Actor::system(), id)).transpose()?.flatten();
    let is_somebodys = !here.is_no_customers() && !here.event.who.hints.is_empty();
    let owned = if is_somebodys { Some(owner(here, conn)?) } else { None };
    let Some(mut item) = item_of(here, owned.as_ref(), ticket.as_ref(), content) else {
        let kind = &here.event.provider_kind;
        let why = format!("{kind} is not known here, and does not say whose it is");
        return Ok(Arrival::Unshown(why));
    };
    timeline::insert(conn, &mut item)?;
    if let Some(object) = object {
        store::note_object(conn, here.inbox.id, object, item.id)?;
    }
    customers::touch(conn, item.customer, here.at)?;
    tell(here, conn, &item, ticket.as_ref())?;
    let mut documents: Vec<_> = owned.and_then(|owned| owned.document).into_iter().collect();
    documents.push(document_of_item(&item, ticket.as_ref()));
    Ok(Arrival::Stored(item.id, documents))
}

fn tell(
    here: &Here<'_>,
    conn: &mut Conn,
    item: &TimelineItem,
    ticket: Option<&Ticket>,
) -> Result<(), AppError> {
    let event_type = here.event.provider_kind.clone();
    let what = Happening::EventReceived { item: item.id, event_type };
    let mut told = here.batch.app().event(&Actor::system(), here.batch.now, what);
    told.inbox = item.inbox;
    let told = match ticket {
        Some(ticket) => told.of_ticket(ticket),
        None => told.of_customer(item.customer),
    };
    Ok(events::append(conn, &[told])?)
}

/// The item; none when it is nobody's.
fn item_of(
    here: &Here<'_>,
    owned: Option<&Owned>,
    ticket: Option<&Ticket>,
    content: &Content,
) -> Option<TimelineItem> {
    let (event, now) = (here.event, here.batch.now);
    let customer = owned.map(|owned| owned.customer.id).or(ticket.map(|t| t.customer))?;
    let pushed: PushedEventId = here.batch.app().ids().make(now);
    let id = ItemId::from(pushed.get());
    let detail = PushedDetail {
        event: pushed,
        event_type: event.provider_kind.clone(),
        title: event.provider_kind.clone(),
        icon: None,
        fields: Vec::new(),
        rating: None,
        data: serde_json::Value::Object(event.extra.clone()),
        platform: None,
        owner_reason: owned.map(|owned| owned.reason.clone()),
    };
    Some(TimelineItem {
        id,
        customer,
        key: OrderKey::new(here.at, id, 0),
        kind: ItemKind::Event,
        channel: here.inbox.channel,
        visibility: Visibility::Internal,
        ticket: ticket.map(|ticket| ticket.id),
        inbox: Some(here.inbox.id),
        identity: owned.map(|owned| owned.identity),
        author: here.author(),
        occurred_at: here.at,
        created_at: now,
        body: tidy_body(&content.text).0,
        detail: Detail::Pushed(Box::new(detail)),
    })
}
