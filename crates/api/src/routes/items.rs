//! Items of timelines on the wire, a ticket's, and one by its id. A customer's timeline has a file of
//! its own.

use crate::mount::ServiceConfig;
use actix_web::get;
use actix_web::web::{Data, Json};
use serde::Serialize;
use throughline_app::timeline::{self, TimelineFilter};
use throughline_core::event::FieldChange;
use throughline_core::timeline::{Author, Detail, TimelineItem};
use utoipa::{IntoParams, ToSchema};

use super::item_details::{BriefedOut, MergedOut, PromisedOut, PushedOut, RedactedOut};
use super::messages::MessageOut;
use super::phone::CallOut;
use crate::auth::Signed;
use crate::extract::{Asked, Id, from_query};
use crate::problem::Problem;
use crate::responses::OnGet;
use crate::state::ApiState;
use crate::wire::{
    AgentId, Channel, CustomerId, IdentityId, InboxId, Instant, ItemId, ItemKind, PageOut,
    PageQuery, TicketId, Visibility, Wire, cores, wires,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_ticket_items).service(get_item);
}

/// One thing that happened with a customer.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemOut {
    /// Its id.
    id: ItemId,
    /// What it is.
    kind: ItemKind,
    /// Whose timeline it is on.
    customer: CustomerId,
    /// The ticket it belongs to; null for what belongs to none.
    ticket: Option<TicketId>,
    /// The inbox it came or goes by; null for what came by none.
    inbox: Option<InboxId>,
    /// The channel it came or goes by.
    channel: Channel,
    /// Who may read it.
    visibility: Visibility,
    /// Who brought it about.
    author: AuthorOut,
    /// The customer's identity it came by; null for what came from us.
    identity: Option<IdentityId>,
    /// When it happened.
    occurred_at: Instant,
    /// When we learned of it.
    created_at: Instant,
    /// Its text; empty for a change.
    #[schema(example = "Merhaba, siparişim hâlâ gelmedi.")]
    body: String,
    /// What belongs to a message; null for other kinds.
    message: Option<MessageOut>,
    /// What changed; empty for other kinds.
    changes: Vec<FieldChangeOut>,
    /// What belongs to a call, mention, review, survey response, order, page view or other event;
    /// null for other kinds.
    event: Option<PushedOut>,
    /// What belongs to a merge; null for other kinds.
    merge: Option<MergedOut>,
    /// What belongs to a promise; null for other kinds.
    promise: Option<PromisedOut>,
    /// What belongs to a brief; null for other kinds.
    brief: Option<BriefedOut>,
    /// What belongs to a call that a phone log tells of; null for other kinds, and for a call that was
    /// pushed as an event.
    call: Option<CallOut>,
    /// The agents whom a note names; empty for other kinds.
    mentions: Vec<AgentId>,
    /// The trace of what was taken out, all of it or a part; null unless something was.
    redacted: Option<RedactedOut>,
}

/// Who brought an item about.
#[derive(Debug, Serialize, ToSchema)]
struct AuthorOut {
    /// `customer`, `agent`, `key` or `system`.
    #[schema(example = "agent")]
    kind: &'static str,
    /// The id of the agent or the API key; null for the others.
    #[schema(example = "agt_1h2p9x8gk0009")]
    id: Option<String>,
}

/// A change of one field.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldChangeOut {
    /// The field.
    #[schema(example = "status")]
    field: String,
    /// Its value before, as a text; null when there was none.
    #[schema(example = "open")]
    from: Option<String>,
    /// Its value after, as a text; null when there is none.
    #[schema(example = "resolved")]
    to: Option<String>,
}

impl FieldChangeOut {
    /// On the wire.
    pub fn of(change: FieldChange) -> Self {
        let FieldChange { field, from, to } = change;
        Self { field, from, to }
    }
}

impl AuthorOut {
    fn of(author: Author) -> Self {
        let (kind, id) = match author {
            Author::Customer => ("customer", None),
            Author::Agent(id) => ("agent", Some(id.to_string())),
            Author::Key(id) => ("key", Some(id.to_string())),
            Author::System => ("system", None),
        };
        Self { kind, id }
    }
}

impl ItemOut {
    /// On the wire.
    pub fn of(item: TimelineItem) -> Self {
        let mut out = Self {
            id: item.id.into(),
            kind: item.kind.into(),
            customer: item.customer.into(),
            ticket: item.ticket.map(Wire),
            inbox: item.inbox.map(Wire),
            channel: item.channel.into(),
            visibility: item.visibility.into(),
            author: AuthorOut::of(item.author),
            identity: item.identity.map(Wire),
            occurred_at: item.occurred_at.into(),
            created_at: item.created_at.into(),
            body: item.body,
            message: None,
            changes: Vec::new(),
            event: None,
            merge: None,
            promise: None,
            brief: None,
            call: None,
            mentions: Vec::new(),
            redacted: None,
        };
        match item.detail {
            Detail::Message(mut message) => {
                out.redacted = message.redacted.take().map(RedactedOut::of);
                out.message = Some(MessageOut::of(*message, &out.body));
            }
            Detail::Note(note) => out.mentions = wires(note.mentions),
            Detail::Change { changes } => {
                out.changes = changes.into_iter().map(FieldChangeOut::of).collect();
            }
            Detail::Pushed(pushed) => out.event = Some(PushedOut::of(*pushed)),
            Detail::Merge(merge) => out.merge = Some(MergedOut::of(merge)),
            Detail::Promise(promise) => out.promise = Some(PromisedOut::of(promise)),
            Detail::Brief(brief) => out.brief = Some(BriefedOut::of(*brief)),
            Detail::Call(call) => out.call = Some(CallOut::of_detail(*call)),
            Detail::Redacted(redaction) => out.redacted = Some(RedactedOut::of(redaction)),
        }
        out
    }
}

/// Which items. Several values of one filter mean any of them.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ItemFilter {
    /// What they are.
    kind: Vec<ItemKind>,
    /// The channels they came or went by.
    channel: Vec<Channel>,
    /// Occurred at or after this instant, to the millisecond.
    from: Option<Instant>,
    /// Occurred before this instant, to the millisecond.
    until: Option<Instant>,
}

from_query! { ItemFilter { kind: many, channel: many, from: maybe, until: maybe } }

impl From<ItemFilter> for TimelineFilter {
    fn from(filter: ItemFilter) -> Self {
        let ItemFilter { kind, channel, from, until } = filter;
        Self {
            kinds: cores(kind),
            channels: cores(channel),
            from: from.map(|t| t.0),
            until: until.map(|t| t.0),
            ..Self::default()
        }
    }
}

/// List the items of a ticket, newest first.
#[utoipa::path(
    tag = "Tickets",
    params(("id" = TicketId, Path, description = "The ticket."), PageQuery, ItemFilter),
    responses((status = 200, description = "A page of items.", body = PageOut<ItemOut>), OnGet)
)]
#[get("/tickets/{id}/items")]
async fn list_ticket_items(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<TicketId>,
    page: Asked<PageQuery>,
    asked: Asked<ItemFilter>,
) -> Result<Json<PageOut<ItemOut>>, Problem> {
    let (filter, page) = (asked.0.into(), page.0.into());
    let found = timeline::of_ticket(&state.app, &signed.0, id.0.0, &filter, &page).await?;
    Ok(Json(PageOut::of(found, ItemOut::of)))
}

/// Read an item.
#[utoipa::path(
    tag = "Timeline", params(("id" = ItemId, Path, description = "The item.")),
    responses((status = 200, description = "The item.", body = ItemOut), OnGet)
)]
#[get("/items/{id}")]
async fn get_item(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ItemId>,
) -> Result<Json<ItemOut>, Problem> {
    let item = timeline::get(&state.app, &signed.0, id.0.0).await?;
    Ok(Json(ItemOut::of(item)))
}
