//! API keys of integrators, for admins.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{delete, get, post};
use serde::{Deserialize, Serialize};
use throughline_app::api_keys::{self, ApiKey, NewApiKey};
use utoipa::ToSchema;

use crate::answer::{Created, Done};
use crate::auth::Signed;
use crate::extract::{Asked, Body, Id, IdempotencyHeader};
use crate::problem::Problem;
use crate::responses::{OnCreate, OnDelete, OnList};
use crate::state::ApiState;
use crate::wire::{
    ApiKeyId, InboxId, Instant, Name, PageOut, PageQuery, Scope, Text, Wire, at_most, cores,
    given_at_most, wires,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_api_keys).service(create_api_key).service(delete_api_key);
}

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
struct ApiKeyOut {
    /// Its id.
    id: ApiKeyId,
    /// What it is for.
    #[schema(example = "Web shop")]
    name: String,
    /// The part of the key behind `tlk_`, to tell it among others.
    #[schema(example = "qk66v4xj")]
    prefix: String,
    /// Its rights.
    scopes: Vec<Scope>,
    /// The inboxes that it sees; null when it sees all.
    inboxes: Option<Vec<InboxId>>,
    /// When it was made.
    created_at: Instant,
    /// Until when it is good; null for ever.
    expires_at: Option<Instant>,
    /// When it was last used, to the minute.
    last_used_at: Option<Instant>,
    /// When it was revoked; null while it is good.
    revoked_at: Option<Instant>,
}

impl ApiKeyOut {
    fn of(key: ApiKey) -> Self {
        Self {
            id: key.id.into(),
            name: key.name,
            prefix: key.prefix,
            scopes: wires(key.scopes),
            inboxes: key.inboxes.map(wires),
            created_at: key.created_at.into(),
            expires_at: key.expires_at.map(Wire),
            last_used_at: key.last_used_at.map(Wire),
            revoked_at: key.revoked_at.map(Wire),
        }
    }
}

/// A key just made.
#[derive(Serialize, ToSchema)]
struct ApiKeyMadeOut {
    /// The key as it will be listed.
    api_key: ApiKeyOut,
    /// The whole key, shown this once; null when the request was a repeat.
    #[schema(example = "tlk_qk66v4xj_0123456789abcdef")]
    key: Option<String>,
}

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApiKeyIn {
    /// What it is for.
    name: Name,
    /// Its rights; none that you have not yourself.
    #[serde(deserialize_with = "at_most::<20, _, _>")]
    #[schema(min_items = 1, max_items = 20)]
    scopes: Vec<Scope>,
    /// The inboxes that it is to see; all that you see when absent.
    #[serde(default, deserialize_with = "given_at_most::<100, _, _>")]
    #[schema(value_type = Vec<InboxId>, required = false, max_items = 100)]
    inboxes: Option<Vec<InboxId>>,
    /// Until when it is good; for ever when absent.
    expires_at: Option<Instant>,
}

/// List API keys, revoked ones too.
#[utoipa::path(
    tag = "Set-up", params(PageQuery),
    responses((status = 200, description = "A page of keys.", body = PageOut<ApiKeyOut>), OnList)
)]
#[get("/api-keys")]
async fn list_api_keys(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
) -> Result<Json<PageOut<ApiKeyOut>>, Problem> {
    let found = api_keys::list(&state.app, &signed.0, &page.0.into()).await?;
    Ok(Json(PageOut::of(found, ApiKeyOut::of)))
}

/// Make an API key.
///
/// The answer shows the key once; we keep only its hash.
#[utoipa::path(
    tag = "Set-up", params(IdempotencyHeader), request_body = ApiKeyIn,
    responses((status = 201, description = "The key.", body = ApiKeyMadeOut), OnCreate)
)]
#[post("/api-keys")]
async fn create_api_key(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<ApiKeyIn>,
) -> Result<Created<ApiKeyMadeOut>, Problem> {
    let ApiKeyIn { name, scopes, inboxes, expires_at } = body.0;
    let new = NewApiKey {
        name: name.into_string(),
        scopes: cores(scopes),
        inboxes: inboxes.map(cores),
        expires_at: expires_at.map(|at| at.0),
    };
    let (made, secret) = api_keys::create(&state.app, &signed.0, new).await?;
    let location = format!("/api/v1/api-keys/{}", made.id);
    let kept = ApiKeyMadeOut { api_key: ApiKeyOut::of(made.clone()), key: None };
    let shown = ApiKeyMadeOut { api_key: ApiKeyOut::of(made), key: Some(secret.into_exposed()) };
    Ok(Created::new(location, shown).keeping(kept))
}

/// Revoke an API key.
///
/// It stays in the list, and is refused from now on.
#[utoipa::path(
    tag = "Set-up", params(("id" = ApiKeyId, Path, description = "The key.")),
    responses((status = 204, description = "It is revoked."), OnDelete)
)]
#[delete("/api-keys/{id}")]
async fn delete_api_key(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ApiKeyId>,
) -> Result<Done, Problem> {
    api_keys::revoke(&state.app, &signed.0, id.0.0).await?;
    Ok(Done)
}
