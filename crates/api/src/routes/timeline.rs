//! The timeline of a customer and of an organization: walked both ways, filtered, and counted.

use std::str::FromStr;

use crate::mount::ServiceConfig;
use actix_web::get;
use actix_web::web::{Data, Json};
use serde::Serialize;
use throughline_app::timeline::{self, Count, Counts, Entry, TimelineFilter, TimelineQuery};
use throughline_core::page::DEFAULT_LIMIT;
use throughline_core::walk::{Order, TimelinePage, WalkRequest};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::items::{ItemFilter, ItemOut};
use crate::auth::Signed;
use crate::extract::{Asked, Id, from_query};
use crate::problem::Problem;
use crate::responses::OnGet;
use crate::state::ApiState;
use crate::wire::{
    AuthorKind, Channel, CursorText, CustomerId, Instant, ItemKind, Limit, OrganizationId,
    SearchText, TagText, Text, TicketId, TimeZone, Visibility, cores,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_timeline)
        .service(list_organization_timeline)
        .service(list_pins)
        .service(count_timeline);
}

/// In which order a page shows its items.
#[derive(Debug, Clone, Copy)]
pub struct Direction(Order);

const ORDERS: [(&str, Order); 2] = [("desc", Order::Newest), ("asc", Order::Oldest)];

impl FromStr for Direction {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = ORDERS.iter().find(|(name, _)| *name == text).map(|(_, order)| Self(*order));
        found.ok_or_else(|| "expected desc or asc".to_owned())
    }
}

impl PartialSchema for Direction {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(ORDERS.map(|(name, _)| name)))
            .default(Some("desc".into()))
            .description(Some("`desc` shows the newest first, `asc` the oldest."))
            .into()
    }
}

impl ToSchema for Direction {}

/// Which part of a timeline is wanted.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct WalkQuery {
    /// How many items to answer with.
    limit: Option<Limit>,
    /// `next_cursor` or `previous_cursor` of another page of the same timeline.
    cursor: Option<CursorText>,
    /// The order of the page; `desc` when absent.
    order: Option<Direction>,
    /// Where to begin without a cursor, to the millisecond: newest first with what occurred then or
    /// before, oldest first with what occurred then or after.
    at: Option<Instant>,
}

from_query! { WalkQuery { limit: maybe, cursor: maybe, order: maybe, at: maybe } }

impl From<WalkQuery> for WalkRequest {
    fn from(query: WalkQuery) -> Self {
        let WalkQuery { limit, cursor, order, at } = query;
        Self {
            limit: limit.map_or(DEFAULT_LIMIT, Limit::get),
            order: order.map(|order| order.0).unwrap_or_default(),
            cursor: cursor.map(|cursor| cursor.0),
            at: at.map(|at| at.0),
        }
    }
}

/// Which items, besides kind, channel and time. Several filters mean all of them.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct MoreFilter {
    /// Only the items of this ticket.
    ticket: Option<TicketId>,
    /// Who may read them.
    visibility: Option<Visibility>,
    /// Who brought them about.
    author: Vec<AuthorKind>,
    /// Whether they have files.
    has_attachments: Option<bool>,
    /// The name of a tag that they bear themselves, as calls do.
    tag: Option<TagText>,
    /// Only what is pinned; `false` means the same as leaving it out.
    pinned: Option<bool>,
    /// Words, "phrases", begin*, numbers, addresses. A page may be short and still have a next one.
    q: Option<SearchText>,
}

from_query! { MoreFilter {
    ticket: maybe, visibility: maybe, author: many, has_attachments: maybe, tag: maybe,
    pinned: maybe, q: maybe,
} }

/// Whether placeholders are wanted.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct Placeholders {
    /// Whether to show placeholders for items of restricted inboxes whose set-up allows that. They are
    /// left out while `ticket`, `visibility`, `author`, `has_attachments`, `tag`, `pinned` or `q` is
    /// given.
    placeholders: Option<bool>,
}

from_query! { Placeholders { placeholders: maybe } }

fn query(items: ItemFilter, more: MoreFilter, placeholders: bool) -> TimelineQuery {
    let MoreFilter { ticket, visibility, author, has_attachments, tag, pinned, q } = more;
    TimelineQuery {
        filter: TimelineFilter {
            ticket: ticket.map(|ticket| ticket.0),
            visibility: visibility.map(|visibility| visibility.0),
            authors: cores(author),
            has_attachments,
            tag: tag.map(|tag| throughline_core::text::fold(tag.as_str())),
            ..items.into()
        },
        q: q.map(SearchText::into_string),
        pinned: pinned.unwrap_or(false),
        placeholders,
    }
}

/// An item, or what may be known of one that you may not read.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum EntryOut {
    /// An item.
    Item(Box<ItemOut>),
    /// A placeholder.
    Restricted(RestrictedOut),
}

/// What may be known of an item that you may not read.
#[derive(Debug, Serialize, ToSchema)]
struct RestrictedOut {
    /// What it is.
    kind: ItemKind,
    /// The channel it came or went by.
    channel: Channel,
    /// When it happened.
    occurred_at: Instant,
    /// Always true.
    restricted: bool,
}

impl EntryOut {
    fn of(entry: Entry) -> Self {
        match entry {
            Entry::Item(item) => Self::Item(Box::new(ItemOut::of(*item))),
            Entry::Restricted { kind, channel, occurred_at } => Self::Restricted(RestrictedOut {
                kind: kind.into(),
                channel: channel.into(),
                occurred_at: occurred_at.into(),
                restricted: true,
            }),
        }
    }
}

/// A part of a timeline.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Page_Timeline)]
struct TimelinePageOut {
    /// The items, in the order asked for.
    items: Vec<EntryOut>,
    /// Pass it as `cursor` to go on behind the last item; null at the end.
    #[schema(example = "tln.0d2f6a91c0001000.0d2f6a91c0001000")]
    next_cursor: Option<String>,
    /// Pass it as `cursor` to go on before the first item; null where the timeline begins.
    #[schema(example = "tlu.0d2f6a91c0001000.0d2f6a91c0001000")]
    previous_cursor: Option<String>,
}

impl TimelinePageOut {
    fn of(page: TimelinePage<Entry>) -> Self {
        let TimelinePage { items, next, previous } = page.map(EntryOut::of);
        Self {
            items,
            next_cursor: next.map(|cursor| cursor.to_string()),
            previous_cursor: previous.map(|cursor| cursor.to_string()),
        }
    }
}

/// List a customer's timeline, across all tickets and all records that are this customer.
#[utoipa::path(
    tag = "Timeline",
    params(
        ("id" = CustomerId, Path, description = "The customer, by the id of any of the records."),
        WalkQuery, ItemFilter, MoreFilter, Placeholders
    ),
    responses((status = 200, description = "A page of items.", body = TimelinePageOut), OnGet)
)]
#[get("/customers/{id}/timeline")]
async fn list_timeline(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<CustomerId>,
    walk: Asked<WalkQuery>,
    items: Asked<ItemFilter>,
    more: Asked<MoreFilter>,
    placeholders: Asked<Placeholders>,
) -> Result<Json<TimelinePageOut>, Problem> {
    let query = query(items.0, more.0, placeholders.0.placeholders.unwrap_or(false));
    let found = timeline::read(&state.app, &signed.0, id.0.0, &query, &walk.0.into()).await;
    Ok(Json(TimelinePageOut::of(found.map_err(Problem::in_query)?)))
}

/// List the timeline of an organization: that of all its customers as one.
#[utoipa::path(
    tag = "Timeline",
    params(
        ("id" = OrganizationId, Path, description = "The organization."),
        WalkQuery, ItemFilter, MoreFilter
    ),
    responses((status = 200, description = "A page of items.", body = TimelinePageOut), OnGet)
)]
#[get("/organizations/{id}/timeline")]
async fn list_organization_timeline(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<OrganizationId>,
    walk: Asked<WalkQuery>,
    items: Asked<ItemFilter>,
    more: Asked<MoreFilter>,
) -> Result<Json<TimelinePageOut>, Problem> {
    let (query, walk) = (query(items.0, more.0, false), walk.0.into());
    let found = timeline::of_organization(&state.app, &signed.0, id.0.0, &query, &walk).await;
    let found = found.map_err(Problem::in_query)?.map(|item| Entry::Item(Box::new(item)));
    Ok(Json(TimelinePageOut::of(found)))
}

/// List what is pinned on a customer's timeline.
#[utoipa::path(
    tag = "Timeline",
    params(("id" = CustomerId, Path, description = "The customer."), WalkQuery),
    responses((status = 200, description = "A page of items.", body = TimelinePageOut), OnGet)
)]
#[get("/customers/{id}/pins")]
async fn list_pins(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<CustomerId>,
    walk: Asked<WalkQuery>,
) -> Result<Json<TimelinePageOut>, Problem> {
    let found = timeline::pins(&state.app, &signed.0, id.0.0, &walk.0.into()).await?;
    Ok(Json(TimelinePageOut::of(found)))
}

/// In which time zone months are counted.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct CountQuery {
    /// An IANA time zone; `UTC` when absent.
    time_zone: Option<TimeZone>,
}

from_query! { CountQuery { time_zone: maybe } }

/// How much happened with a customer.
#[derive(Debug, Serialize, ToSchema)]
struct CountsOut {
    /// The time zone that the months are of.
    #[schema(example = "Europe/Istanbul")]
    time_zone: String,
    /// How many items there are.
    #[schema(example = 42)]
    total: i64,
    /// By month, newest first; by channel and kind within.
    counts: Vec<CountOut>,
}

/// How many items of one kind there were by one channel in one month.
#[derive(Debug, Serialize, ToSchema)]
struct CountOut {
    /// The month; empty for times that no calendar reaches.
    #[schema(example = "2026-11")]
    month: String,
    /// The channel.
    channel: Channel,
    /// The kind.
    kind: ItemKind,
    /// How many.
    #[schema(example = 7)]
    items: i64,
}

impl CountsOut {
    fn of(found: Counts) -> Self {
        let Counts { time_zone, total, counts } = found;
        let out = |Count { month, channel, kind, items }| CountOut {
            month,
            channel: channel.into(),
            kind: kind.into(),
            items,
        };
        Self { time_zone, total, counts: counts.into_iter().map(out).collect() }
    }
}

/// Count a customer's timeline by month, channel and kind.
#[utoipa::path(
    tag = "Timeline",
    params(("id" = CustomerId, Path, description = "The customer."), CountQuery),
    responses((status = 200, description = "The counts.", body = CountsOut), OnGet)
)]
#[get("/customers/{id}/timeline/counts")]
async fn count_timeline(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<CustomerId>,
    asked: Asked<CountQuery>,
) -> Result<Json<CountsOut>, Problem> {
    let zone = asked.0.time_zone.map_or_else(|| "UTC".to_owned(), TimeZone::into_string);
    let found = timeline::counts(&state.app, &signed.0, id.0.0, &zone).await;
    Ok(Json(CountsOut::of(found.map_err(Problem::in_query)?)))
}
