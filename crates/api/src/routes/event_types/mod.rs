//! Types of pushed events: how they are shown and what their data must look like, for admins.

mod wire;

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{delete, get, patch, post, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use throughline_app::event_types;
use throughline_core::pushed::Shown;
use throughline_core::pushed::schema::Misfit;
use utoipa::ToSchema;

use super::item_details::PushedFieldOut;
use crate::answer::{Created, Done, Versioned};
use crate::auth::Signed;
use crate::extract::{
    Asked, Body, Id, IdempotencyHeader, IfMatch, IfMatchHeader, IfNoneMatchHeader,
};
use crate::fallback::only_post;
use crate::problem::Problem;
use crate::responses::{OnCreate, OnDelete, OnGet, OnList, OnUpdate, OnWrite};
use crate::state::ApiState;
use crate::wire::{EventTitle, EventTypeId, Icon, PageOut, PageQuery, Text, Wire};
use wire::{EventTypeIn, EventTypeOut, EventTypePatch};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_event_types)
        .service(create_event_type)
        .service(try_event_type)
        // Otherwise the other methods of this address would be taken for those of an id.
        .route("/event-types/try", web::route().to(only_post))
        .service(get_event_type)
        .service(update_event_type)
        .service(delete_event_type);
}

/// List types of pushed events.
#[utoipa::path(
    tag = "Set-up", params(PageQuery),
    responses((status = 200, description = "A page of types.", body = PageOut<EventTypeOut>), OnList)
)]
#[get("/event-types")]
async fn list_event_types(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
) -> Result<Json<PageOut<EventTypeOut>>, Problem> {
    let found = event_types::list(&state.app, &signed.0, &page.0.into()).await?;
    Ok(Json(PageOut::of(found, EventTypeOut::of)))
}

/// Make a type of pushed events.
#[utoipa::path(
    tag = "Set-up", params(IdempotencyHeader), request_body = EventTypeIn,
    responses((status = 201, description = "The type.", body = EventTypeOut), OnCreate)
)]
#[post("/event-types")]
async fn create_event_type(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<EventTypeIn>,
) -> Result<Created<EventTypeOut>, Problem> {
    let (name, shape) = body.0.into_core()?;
    let made = event_types::create(&state.app, &signed.0, name, shape).await?;
    let location = format!("/api/v1/event-types/{}", made.id);
    Ok(Created::versioned(location, made.version, EventTypeOut::of(made)))
}

/// A type with an example of its events.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EventTrialIn {
    /// The type as it would be made.
    definition: EventTypeIn,
    /// The data of the example.
    #[schema(value_type = Object)]
    data: serde_json::Map<String, Value>,
    /// The title that would be pushed.
    title: Option<EventTitle>,
}

/// How an example would look.
#[derive(Debug, Serialize, ToSchema)]
struct EventTrialOut {
    /// Its title.
    #[schema(example = "Order 4417 placed")]
    title: String,
    /// Its text.
    #[schema(example = "")]
    body: String,
    /// The picture beside it.
    icon: Option<Icon>,
    /// What is shown below the title.
    fields: Vec<PushedFieldOut>,
    /// Where the data does not fit the schema; null when it does.
    misfit: Option<MisfitOut>,
}

/// Where and why data does not fit.
#[derive(Debug, Serialize, ToSchema)]
struct MisfitOut {
    /// The place.
    #[schema(example = "data.number")]
    path: String,
    /// What is wrong there.
    #[schema(example = "is missing")]
    why: String,
}

/// See how an example would look.
///
/// Nothing is stored. Events that have come keep the title and fields that were made for them.
#[utoipa::path(
    tag = "Set-up", request_body = EventTrialIn,
    responses((status = 200, description = "How it would look.", body = EventTrialOut), OnWrite)
)]
#[post("/event-types/try")]
async fn try_event_type(
    signed: Signed,
    body: Body<EventTrialIn>,
) -> Result<Json<EventTrialOut>, Problem> {
    let EventTrialIn { definition, data, title } = body.0;
    let (name, shape) = definition.into_core()?;
    let (title, data) = (title.as_ref().map(EventTitle::as_str), Value::Object(data));
    let (shown, misfit) = event_types::try_out(&signed.0, &name, &shape, title, &data)?;
    let Shown { title, body, icon, fields } = shown;
    let fields = fields.into_iter().map(PushedFieldOut::of).collect();
    let misfit = misfit.map(|Misfit { path, why }| MisfitOut { path, why });
    Ok(Json(EventTrialOut { title, body, icon: icon.map(Wire), fields, misfit }))
}

/// Read a type of pushed events.
#[utoipa::path(
    tag = "Set-up",
    params(("id" = EventTypeId, Path, description = "The type."), IfNoneMatchHeader),
    responses(
        (status = 200, description = "The type.", body = EventTypeOut),
        (status = 304, description = "You have the newest version."),
        OnGet
    )
)]
#[get("/event-types/{id}")]
async fn get_event_type(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<EventTypeId>,
) -> Result<Versioned<EventTypeOut>, Problem> {
    let found = event_types::get(&state.app, &signed.0, id.0.0).await?;
    Ok(Versioned { version: found.version, body: EventTypeOut::of(found) })
}

/// Change a type of pushed events.
///
/// It counts for what is pushed from now on.
#[utoipa::path(
    tag = "Set-up", request_body = EventTypePatch,
    params(("id" = EventTypeId, Path, description = "The type."), IfMatchHeader),
    responses((status = 200, description = "The type.", body = EventTypeOut), OnUpdate)
)]
#[patch("/event-types/{id}")]
async fn update_event_type(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<EventTypeId>,
    expected: IfMatch,
    body: Body<EventTypePatch>,
) -> Result<Versioned<EventTypeOut>, Problem> {
    let change = body.0.into_core()?;
    let changed = event_types::update(&state.app, &signed.0, id.0.0, change, expected.0).await?;
    Ok(Versioned { version: changed.version, body: EventTypeOut::of(changed) })
}

/// Remove a type of pushed events.
///
/// Its events stay as they are.
#[utoipa::path(
    tag = "Set-up", params(("id" = EventTypeId, Path, description = "The type.")),
    responses((status = 204, description = "It is gone."), OnDelete)
)]
#[delete("/event-types/{id}")]
async fn delete_event_type(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<EventTypeId>,
) -> Result<Done, Problem> {
    event_types::delete(&state.app, &signed.0, id.0.0).await?;
    Ok(Done)
}
