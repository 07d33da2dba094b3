//! Tags: words that agents put on tickets and customers.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{delete, get, patch, post};
use serde::{Deserialize, Serialize};
use throughline_app::tags::{self, NewTag, TagPatch as Change};
use throughline_core::tag::Tag;
use utoipa::{IntoParams, ToSchema};

use crate::answer::{Created, Done, Versioned};
use crate::auth::Signed;
use crate::extract::{
    Asked, Body, Id, IdempotencyHeader, IfMatch, IfMatchHeader, IfNoneMatchHeader, from_query,
};
use crate::problem::Problem;
use crate::responses::{OnCreate, OnDelete, OnGet, OnList, OnUpdate};
use crate::state::ApiState;
use crate::wire::{Color, Instant, PageOut, PageQuery, Patch, Remark, TagId, TagText, Text, given};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_tags)
        .service(create_tag)
        .service(get_tag)
        .service(update_tag)
        .service(delete_tag);
}

/// A word put on tickets and customers.
#[derive(Debug, Serialize, ToSchema)]
pub struct TagOut {
    /// Its id.
    id: TagId,
    /// Its name as written by whoever made it.
    #[schema(example = "iade talebi")]
    name: String,
    /// A colour for the UI.
    #[schema(example = "#2f6fde")]
    color: Option<String>,
    /// When to use it.
    description: Option<String>,
    /// When it was made.
    created_at: Instant,
    /// Rises with every change; the base of its ETag.
    #[schema(example = 1)]
    version: i64,
}

impl TagOut {
    /// On the wire.
    pub fn of(tag: Tag) -> Self {
        let Tag { id, name, color, description, created_at, version } = tag;
        let (id, created_at) = (id.into(), created_at.into());
        Self { id, name, color, description, created_at, version }
    }
}

/// A tag to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TagIn {
    /// Its name; `Ödeme`, `ödeme` and `odeme` are one tag.
    name: TagText,
    /// A colour for the UI.
    color: Option<Color>,
    /// When to use it.
    description: Option<Remark>,
}

/// A change of a tag; absent fields stay, null clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TagPatch {
    /// Another name.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = TagText, required = false)]
    name: Option<TagText>,
    /// Another colour, or none.
    #[serde(default)]
    #[schema(value_type = Option<Color>)]
    color: Patch<Color>,
    /// Another description, or none.
    #[serde(default)]
    #[schema(value_type = Option<Remark>)]
    description: Patch<Remark>,
}

/// Which tags.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct TagFilter {
    /// Those whose name starts so, without regard to case and accents.
    q: Option<TagText>,
}

from_query! { TagFilter { q: maybe } }

/// List tags.
#[utoipa::path(
    tag = "Set-up", params(PageQuery, TagFilter),
    responses((status = 200, description = "A page of tags.", body = PageOut<TagOut>), OnList)
)]
#[get("/tags")]
async fn list_tags(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
    filter: Asked<TagFilter>,
) -> Result<Json<PageOut<TagOut>>, Problem> {
    let TagFilter { q } = filter.0;
    let prefix = q.as_ref().map(TagText::as_str);
    let found = tags::list(&state.app, &signed.0, &page.0.into(), prefix).await?;
    Ok(Json(PageOut::of(found, TagOut::of)))
}

/// Make a tag.
#[utoipa::path(
    tag = "Set-up", params(IdempotencyHeader), request_body = TagIn,
    responses((status = 201, description = "The tag.", body = TagOut), OnCreate)
)]
#[post("/tags")]
async fn create_tag(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<TagIn>,
) -> Result<Created<TagOut>, Problem> {
    let TagIn { name, color, description } = body.0;
    let new = NewTag {
        name: name.into_string(),
        color: color.map(Color::into_string),
        description: description.map(Remark::into_string),
    };
    let tag = tags::create(&state.app, &signed.0, new).await?;
    let location = format!("/api/v1/tags/{}", tag.id);
    Ok(Created::versioned(location, tag.version, TagOut::of(tag)))
}

/// Read a tag.
#[utoipa::path(
    tag = "Set-up", params(("id" = TagId, Path, description = "The tag."), IfNoneMatchHeader),
    responses(
        (status = 200, description = "The tag.", body = TagOut),
        (status = 304, description = "You have the newest version."),
        OnGet
    )
)]
#[get("/tags/{id}")]
async fn get_tag(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<TagId>,
) -> Result<Versioned<TagOut>, Problem> {
    let tag = tags::get(&state.app, &signed.0, id.0.0).await?;
    Ok(Versioned { version: tag.version, body: TagOut::of(tag) })
}

/// Change a tag.
#[utoipa::path(
    tag = "Set-up", request_body = TagPatch,
    params(("id" = TagId, Path, description = "The tag."), IfMatchHeader),
    responses((status = 200, description = "The tag.", body = TagOut), OnUpdate)
)]
#[patch("/tags/{id}")]
async fn update_tag(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<TagId>,
    expected: IfMatch,
    body: Body<TagPatch>,
) -> Result<Versioned<TagOut>, Problem> {
    let TagPatch { name, color, description } = body.0;
    let change = Change {
        name: name.map(TagText::into_string),
        color: color.map(Color::into_string),
        description: description.map(Remark::into_string),
    };
    let tag = tags::update(&state.app, &signed.0, id.0.0, change, expected.0).await?;
    Ok(Versioned { version: tag.version, body: TagOut::of(tag) })
}

/// Remove a tag.
///
/// It is taken off every ticket and customer.
#[utoipa::path(
    tag = "Set-up", params(("id" = TagId, Path, description = "The tag.")),
    responses((status = 204, description = "It is gone."), OnDelete)
)]
#[delete("/tags/{id}")]
async fn delete_tag(state: Data<ApiState>, signed: Signed, id: Id<TagId>) -> Result<Done, Problem> {
    tags::delete(&state.app, &signed.0, id.0.0).await?;
    Ok(Done)
}
