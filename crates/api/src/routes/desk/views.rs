//! Views: lists of tickets that agents keep, and how much is in them.

use std::collections::BTreeMap;

use actix_web::web::{Data, Json};
use actix_web::{delete, get, patch, post, web};
use serde::{Deserialize, Serialize};
use throughline_app::desk::views::{self, Counted, NewView, ViewPatch as Change};
use throughline_app::tickets::TicketQuery;
use throughline_core::actor::Actor;
use throughline_core::desk::{Sharing as Shared, View};
use throughline_core::page::{MAX_LIMIT, PageRequest};
use utoipa::ToSchema;

use crate::answer::{Created, Done, Versioned};
use crate::auth::Signed;
use crate::extract::{
    Asked, Body, FromQuery, Id, IdempotencyHeader, IfMatch, IfMatchHeader, IfNoneMatchHeader,
    Params,
};
use crate::fallback::only_get;
use crate::mount::ServiceConfig;
use crate::problem::Problem;
use crate::responses::{OnCreate, OnDelete, OnGet, OnList, OnUpdate};
use crate::routes::ticket_filter::TicketFilter;
use crate::state::ApiState;
use crate::wire::{
    AgentId, Instant, Name, PageOut, PageQuery, Patch, Sharing, TeamId, Text, ViewId, Wire, given,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_views)
        .service(create_view)
        .service(count_views)
        // Otherwise the other methods of this address would be taken for those of an id.
        .route("/views/counts", web::route().to(only_get))
        .service(get_view)
        .service(update_view)
        .service(delete_view);
}

/// The views that everybody has, each with the parameters of its list.
const BUILT_IN: [(&str, &[(&str, &str)]); 5] = [
    ("mine", &[("assignee_agent", "me"), ("category", "open")]),
    ("unassigned", &[("assignee_agent", "none"), ("category", "open")]),
    ("mentions", &[("mentioned", "unread")]),
    ("my_teams", &[("assignee_team", "mine"), ("category", "open")]),
    ("open", &[("category", "open")]),
];

/// The parameters of a list as kept: names with their values.
type Pairs = Vec<(String, Vec<String>)>;

/// The values of one parameter.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Many(Vec<String>),
}

/// A list of tickets that is kept.
#[derive(Debug, Serialize, ToSchema)]
struct ViewOut {
    /// Its id.
    id: ViewId,
    /// What it is called.
    #[schema(example = "Returns, urgent")]
    name: String,
    /// Who made it.
    owner: AgentId,
    /// Who else has it.
    shared: Sharing,
    /// The team that has it, where it is shared with one.
    team: Option<TeamId>,
    /// The parameters of `GET /api/v1/tickets`, each a list of texts; `sort` is one of them.
    #[schema(value_type = Object)]
    filter: BTreeMap<String, Vec<String>>,
    /// Its place among others: lower ones come first.
    #[schema(example = 10)]
    position: i32,
    /// When it was made.
    created_at: Instant,
    /// When it was last changed.
    updated_at: Instant,
    /// Rises with every change; the base of its ETag.
    #[schema(example = 1)]
    version: i64,
}

impl ViewOut {
    fn of(view: View) -> Self {
        let View { id, name, owner, shared, team, filter, position, .. } = view;
        Self {
            id: id.into(),
            name,
            owner: owner.into(),
            shared: shared.into(),
            team: team.map(Wire),
            filter: filter.into_iter().collect(),
            position,
            created_at: view.created_at.into(),
            updated_at: view.updated_at.into(),
            version: view.version,
        }
    }
}

/// A view to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ViewIn {
    /// What it is called.
    name: Name,
    /// Who else has it; nobody when absent.
    shared: Option<Sharing>,
    /// The team that has it, where it is shared with one.
    team: Option<TeamId>,
    /// The parameters of `GET /api/v1/tickets`, each a text or a list of texts; `sort` is one of them.
    #[schema(value_type = Object)]
    filter: BTreeMap<String, Values>,
    /// Its place among others; 0 when absent.
    #[serde(default)]
    position: i32,
}

/// A change of a view; absent fields stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ViewPatch {
    /// Another name.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Name, required = false)]
    name: Option<Name>,
    /// Who else has it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Sharing, required = false)]
    shared: Option<Sharing>,
    /// The team that has it, or none.
    #[serde(default)]
    #[schema(value_type = Option<TeamId>)]
    team: Patch<TeamId>,
    /// Other parameters, instead of all that were there.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Object, required = false)]
    filter: Option<BTreeMap<String, Values>>,
    /// Another place among others.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = i32, required = false)]
    position: Option<i32>,
}

/// How much there is in each view.
#[derive(Debug, Serialize, ToSchema)]
struct ViewCountsOut {
    /// The views that everybody has.
    built_in: Vec<BuiltInOut>,
    /// The first 200 of yours and of those shared with you.
    views: Vec<ViewCountOut>,
}

/// A view that everybody has.
#[derive(Debug, Serialize, ToSchema)]
struct BuiltInOut {
    /// Which: `mine`, `unassigned`, `mentions`, `my_teams`, `open`.
    #[schema(example = "mine")]
    key: &'static str,
    /// The parameters by which `GET /api/v1/tickets` lists it.
    #[schema(value_type = Object)]
    filter: BTreeMap<String, Vec<String>>,
    /// How many tickets there are, up to 1,000.
    #[schema(example = 12)]
    count: Option<i64>,
    /// Whether there are more.
    more: bool,
}

/// How much there is in a view.
#[derive(Debug, Serialize, ToSchema)]
struct ViewCountOut {
    /// The view.
    id: ViewId,
    /// How many tickets there are, up to 1,000; null where the list is by full text, or its parameters
    /// are not understood any more.
    #[schema(example = 12)]
    count: Option<i64>,
    /// Whether there are more.
    more: bool,
}

/// Reads the parameters of a list as the list itself does.
fn query_of(pairs: &Pairs) -> Result<TicketQuery, Problem> {
    let flat = pairs
        .iter()
        .flat_map(|(name, values)| values.iter().map(move |value| (name.clone(), value.clone())));
    let params = Params::of(flat.collect());
    if let Some(name) = params.names().find(|name| !TicketFilter::NAMES.contains(name)) {
        let shown: String = name.chars().take(40).collect();
        return Err(Problem::new("invalid_field", format!("a list knows no parameter '{shown}'")));
    }
    TicketFilter::from_query(&params).map(TicketQuery::from)
}

/// The parameters as kept, if the list takes them.
fn checked(filter: BTreeMap<String, Values>) -> Result<Pairs, Problem> {
    let pair = |(name, values)| match values {
        Values::One(value) => (name, vec![value]),
        Values::Many(values) => (name, values),
    };
    let pairs: Pairs = filter.into_iter().map(pair).filter(|(_, v)| !v.is_empty()).collect();
    match query_of(&pairs) {
        Ok(_) => Ok(pairs),
        Err(problem) => Err(Problem::new("invalid_field", problem.detail()).at("filter")),
    }
}

/// List views: yours, those of your teams, and those of everybody; oldest first.
#[utoipa::path(
    tag = "Desk", params(PageQuery),
    responses((status = 200, description = "A page of views.", body = PageOut<ViewOut>), OnList)
)]
#[get("/views")]
async fn list_views(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
) -> Result<Json<PageOut<ViewOut>>, Problem> {
    let found = views::list(&state.app, &signed.0, &page.0.into()).await?;
    Ok(Json(PageOut::of(found, ViewOut::of)))
}

/// Keep a view.
#[utoipa::path(
    tag = "Desk", params(IdempotencyHeader), request_body = ViewIn,
    responses((status = 201, description = "The view.", body = ViewOut), OnCreate)
)]
#[post("/views")]
async fn create_view(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<ViewIn>,
) -> Result<Created<ViewOut>, Problem> {
    let ViewIn { name, shared, team, filter, position } = body.0;
    let new = NewView {
        name: name.into_string(),
        shared: shared.map_or(Shared::Private, |shared| shared.0),
        team: team.map(|team| team.0),
        filter: checked(filter)?,
        position,
    };
    let view = views::create(&state.app, &signed.0, new).await?;
    let location = format!("/api/v1/views/{}", view.id);
    Ok(Created::versioned(location, view.version, ViewOut::of(view)))
}

/// Read a view.
#[utoipa::path(
    tag = "Desk", params(("id" = ViewId, Path, description = "The view."), IfNoneMatchHeader),
    responses(
        (status = 200, description = "The view.", body = ViewOut),
        (status = 304, description = "You have the newest version."),
        OnGet
    )
)]
#[get("/views/{id}")]
async fn get_view(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ViewId>,
) -> Result<Versioned<ViewOut>, Problem> {
    let view = views::get(&state.app, &signed.0, id.0.0).await?;
    Ok(Versioned { version: view.version, body: ViewOut::of(view) })
}

/// Change a view.
#[utoipa::path(
    tag = "Desk", request_body = ViewPatch,
    params(("id" = ViewId, Path, description = "The view."), IfMatchHeader),
    responses((status = 200, description = "The view.", body = ViewOut), OnUpdate)
)]
#[patch("/views/{id}")]
async fn update_view(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ViewId>,
    expected: IfMatch,
    body: Body<ViewPatch>,
) -> Result<Versioned<ViewOut>, Problem> {
    let ViewPatch { name, shared, team, filter, position } = body.0;
    let change = Change {
        name: name.map(Name::into_string),
        shared: shared.map(|shared| shared.0),
        team: team.map(|team| team.0),
        filter: filter.map(checked).transpose()?,
        position,
    };
    let view = views::update(&state.app, &signed.0, id.0.0, change, expected.0).await?;
    Ok(Versioned { version: view.version, body: ViewOut::of(view) })
}

/// Remove a view.
#[utoipa::path(
    tag = "Desk", params(("id" = ViewId, Path, description = "The view.")),
    responses((status = 204, description = "It is gone."), OnDelete)
)]
#[delete("/views/{id}")]
async fn delete_view(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ViewId>,
) -> Result<Done, Problem> {
    views::delete(&state.app, &signed.0, id.0.0).await?;
    Ok(Done)
}

/// Count what is in each view.
///
/// Up to 1,000 each, so that asking often costs little.
#[utoipa::path(
    tag = "Desk",
    responses((status = 200, description = "How much there is.", body = ViewCountsOut), OnList)
)]
#[get("/views/counts")]
async fn count_views(
    state: Data<ApiState>,
    signed: Signed,
) -> Result<Json<ViewCountsOut>, Problem> {
    let first = PageRequest { limit: MAX_LIMIT, after: None };
    let kept = views::list(&state.app, &signed.0, &first).await?.items;
    let built_in: Vec<Pairs> = BUILT_IN.iter().map(|(_, filter)| pairs(filter)).collect();
    let queries = built_in.iter().map(query_of).collect::<Result<Vec<_>, _>>()?;
    let asked = views::counts(&state.app, &signed.0, queries).await?;
    let built_in = BUILT_IN.iter().zip(built_in).zip(asked);
    let built_in = built_in.map(|(((key, _), filter), counted)| {
        let (count, more) = split(counted);
        BuiltInOut { key, filter: filter.into_iter().collect(), count, more }
    });
    let built_in = built_in.collect();
    Ok(Json(ViewCountsOut { built_in, views: counted(&state, &signed.0, kept).await? }))
}

/// Counts what is in views whose parameters are understood.
async fn counted(
    state: &ApiState,
    actor: &Actor,
    kept: Vec<View>,
) -> Result<Vec<ViewCountOut>, Problem> {
    let read: Vec<_> = kept.iter().map(|view| query_of(&view.filter).ok()).collect();
    let queries = read.iter().flatten().cloned().collect();
    let mut counts = views::counts(&state.app, actor, queries).await?.into_iter();
    let one = |(view, query): (View, Option<TicketQuery>)| {
        let (count, more) = split(query.and_then(|_| counts.next().flatten()));
        ViewCountOut { id: view.id.into(), count, more }
    };
    Ok(kept.into_iter().zip(read).map(one).collect())
}

fn pairs(filter: &[(&str, &str)]) -> Pairs {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), vec![(*value).to_owned()]);
    filter.iter().map(pair).collect()
}

fn split(counted: Option<Counted>) -> (Option<i64>, bool) {
    (counted.map(|counted| counted.count), counted.is_some_and(|counted| counted.more))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_that_everybody_has_are_lists() {
        for (key, filter) in BUILT_IN {
            assert!(query_of(&pairs(filter)).is_ok(), "{key}");
        }
    }

    #[test]
    fn a_filter_is_what_the_list_takes() {
        let read = |json: &str| checked(serde_json::from_str(json).unwrap());
        let pairs =
            read(r#"{"status": ["open", "waiting"], "sort": "priority", "tag": []}"#).unwrap();
        assert_eq!(pairs.len(), 2, "what is empty is left out");
        for bad in [r#"{"stauts": "open"}"#, r#"{"priority": "hot"}"#, r#"{"sort": ["a", "b"]}"#] {
            assert_eq!(read(bad).unwrap_err().code(), "invalid_field", "{bad}");
        }
    }
}
