//! Custom fields of customers, for admins. Their values are in `profiles`.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{delete, get, patch, post};
use serde::{Deserialize, Serialize};
use throughline_app::profiles::fields::{self, FieldPatch, NewField};
use throughline_core::profile::CustomField;
use utoipa::ToSchema;

use crate::answer::{Created, Done};
use crate::auth::Signed;
use crate::extract::{Body, Id, IdempotencyHeader};
use crate::problem::Problem;
use crate::responses::{OnCreate, OnDelete, OnList, OnWrite};
use crate::state::ApiState;
use crate::wire::{
    CustomFieldId, CustomKind, FieldKey, Instant, Name, PageOut, Text, at_most, given,
    given_at_most,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_custom_fields)
        .service(create_custom_field)
        .service(update_custom_field)
        .service(delete_custom_field);
}

/// A field that the admin added to customers.
#[derive(Debug, Serialize, ToSchema)]
struct CustomFieldOut {
    /// Its id.
    id: CustomFieldId,
    /// The key by which programs know it.
    #[schema(example = "plan")]
    key: String,
    /// The name that people read.
    #[schema(example = "Plan")]
    name: String,
    /// What it holds.
    kind: CustomKind,
    /// The options of a choice.
    options: Vec<String>,
    /// Whether it cannot be cleared.
    required: bool,
    /// When it was made.
    created_at: Instant,
    /// Rises with every change.
    #[schema(example = 1)]
    version: i64,
}

impl CustomFieldOut {
    fn of(field: CustomField) -> Self {
        let CustomField { id, key, name, kind, options, required, created_at, version } = field;
        let (id, kind, created_at) = (id.into(), kind.into(), created_at.into());
        Self { id, key, name, kind, options, required, created_at, version }
    }
}

/// A custom field to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CustomFieldIn {
    /// The key by which programs know it, which stays.
    key: FieldKey,
    /// The name that people read.
    name: Name,
    /// What it holds, which stays.
    kind: CustomKind,
    /// The options of a choice; other kinds have none.
    #[serde(default, deserialize_with = "at_most::<100, _, _>")]
    #[schema(max_items = 100)]
    options: Vec<Name>,
    /// Whether it cannot be cleared.
    #[serde(default)]
    required: bool,
}

/// A change of a custom field; absent parts stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CustomFieldPatch {
    /// Another name.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Name, required = false)]
    name: Option<Name>,
    /// Other options. Values that are no option any more stay until they are changed.
    #[serde(default, deserialize_with = "given_at_most::<100, _, _>")]
    #[schema(value_type = Vec<Name>, required = false, max_items = 100)]
    options: Option<Vec<Name>>,
    /// Whether it cannot be cleared.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    required: Option<bool>,
}

fn texts(names: Vec<Name>) -> Vec<String> {
    names.into_iter().map(Name::into_string).collect()
}

/// List custom fields.
///
/// All of them: there are at most 100.
#[utoipa::path(
    tag = "Set-up",
    responses((status = 200, description = "The fields.", body = PageOut<CustomFieldOut>), OnList)
)]
#[get("/custom-fields")]
async fn list_custom_fields(
    state: Data<ApiState>,
    signed: Signed,
) -> Result<Json<PageOut<CustomFieldOut>>, Problem> {
    let found = fields::list(&state.app, &signed.0).await?;
    let items = found.into_iter().map(CustomFieldOut::of).collect();
    Ok(Json(PageOut { items, next_cursor: None }))
}

/// Make a custom field.
#[utoipa::path(
    tag = "Set-up", params(IdempotencyHeader), request_body = CustomFieldIn,
    responses((status = 201, description = "The field.", body = CustomFieldOut), OnCreate)
)]
#[post("/custom-fields")]
async fn create_custom_field(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<CustomFieldIn>,
) -> Result<Created<CustomFieldOut>, Problem> {
    let CustomFieldIn { key, name, kind, options, required } = body.0;
    let new = NewField {
        key: key.into_string(),
        name: name.into_string(),
        kind: kind.0,
        options: texts(options),
        required,
    };
    let field = fields::create(&state.app, &signed.0, new).await?;
    Ok(Created::new("/api/v1/custom-fields".to_owned(), CustomFieldOut::of(field)))
}

/// Change a custom field.
#[utoipa::path(
    tag = "Set-up", request_body = CustomFieldPatch,
    params(("id" = CustomFieldId, Path, description = "The field.")),
    responses((status = 200, description = "The field.", body = CustomFieldOut), OnWrite)
)]
#[patch("/custom-fields/{id}")]
async fn update_custom_field(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<CustomFieldId>,
    body: Body<CustomFieldPatch>,
) -> Result<Json<CustomFieldOut>, Problem> {
    let CustomFieldPatch { name, options, required } = body.0;
    let (name, options) = (name.map(Name::into_string), options.map(texts));
    let patch = FieldPatch { name, options, required };
    let field = fields::update(&state.app, &signed.0, id.0.0, patch).await?;
    Ok(Json(CustomFieldOut::of(field)))
}

/// Remove a custom field, with its values of all customers.
#[utoipa::path(
    tag = "Set-up", params(("id" = CustomFieldId, Path, description = "The field.")),
    responses((status = 204, description = "It is gone."), OnDelete)
)]
#[delete("/custom-fields/{id}")]
async fn delete_custom_field(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<CustomFieldId>,
) -> Result<Done, Problem> {
    fields::delete(&state.app, &signed.0, id.0.0).await?;
    Ok(Done)
}
