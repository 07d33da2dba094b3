//! Identities of customers, the secrets with which external ids are signed, and who spoke.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{delete, patch, post};
use serde::{Deserialize, Serialize};
use throughline_app::customers::{self, HintIn, IdentityPatch as Change, Speaker};
use utoipa::ToSchema;

use super::customers::IdentityOut;
use super::items::ItemOut;
use crate::answer::{Created, Done};
use crate::auth::Signed;
use crate::extract::{Body, Id, IdempotencyHeader};
use crate::problem::Problem;
use crate::responses::{OnCreate, OnDelete, OnWrite};
use crate::state::ApiState;
use crate::wire::{
    CustomerId, IdentityHintIn, IdentityId, ItemId, Name, Patch, ScopeText, Text, WhyText, given,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(add_identity)
        .service(update_identity)
        .service(delete_identity)
        .service(verify_identity)
        .service(create_identity_secret)
        .service(delete_identity_secret)
        .service(set_speaker);
}

/// A change of an identity; absent fields stay, null clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct IdentityPatch {
    /// Whether several people use it: it then merges nobody.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    shared: Option<bool>,
    /// Another name, or none.
    #[serde(default)]
    #[schema(value_type = Option<Name>)]
    name: Patch<Name>,
}

/// How an identity was verified.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VerifyIn {
    /// How, for the audit trail.
    note: Option<WhyText>,
}

/// For which scope a secret is to be made or forgotten.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct IdentitySecretIn {
    /// The scope of the external ids that are signed with it.
    scope: ScopeText,
}

/// A secret with which the external ids of a scope are signed.
#[derive(Debug, Serialize, ToSchema)]
struct IdentitySecretOut {
    /// The scope.
    #[schema(example = "crm")]
    scope: String,
    /// The secret; shown this once.
    secret: String,
}

/// Who spoke: a customer we know, a new one of this name, or nobody we can name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SpeakerIn {
    /// The customer.
    customer: Option<CustomerId>,
    /// The name of one who is made.
    new_name: Option<Name>,
}

impl SpeakerIn {
    fn into_core(self) -> Result<Speaker, Problem> {
        match (self.customer, self.new_name) {
            (Some(customer), None) => Ok(Speaker::Customer(customer.0)),
            (None, Some(name)) => Ok(Speaker::New(name.into_string())),
            (None, None) => Ok(Speaker::Nobody),
            (Some(_), Some(_)) => {
                let why = "give either a customer, or the name of a new one";
                Err(Problem::new("invalid_field", why).at("new_name"))
            }
        }
    }
}

/// Add an identity to a customer.
#[utoipa::path(
    tag = "Customers", request_body = IdentityHintIn,
    params(("id" = CustomerId, Path, description = "The customer."), IdempotencyHeader),
    responses((status = 201, description = "The identity.", body = IdentityOut), OnCreate)
)]
#[post("/customers/{id}/identities")]
async fn add_identity(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<CustomerId>,
    body: Body<IdentityHintIn>,
) -> Result<Created<IdentityOut>, Problem> {
    let hint = HintIn::from(body.0);
    let (identity, view) = customers::add_identity(&state.app, &signed.0, id.0.0, hint).await?;
    let location = format!("/api/v1/customers/{}", view.customer.id);
    Ok(Created::new(location, IdentityOut::of(identity)))
}

/// Change an identity.
#[utoipa::path(
    tag = "Customers", request_body = IdentityPatch,
    params(("id" = IdentityId, Path, description = "The identity.")),
    responses((status = 200, description = "The identity.", body = IdentityOut), OnWrite)
)]
#[patch("/identities/{id}")]
async fn update_identity(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<IdentityId>,
    body: Body<IdentityPatch>,
) -> Result<Json<IdentityOut>, Problem> {
    let IdentityPatch { shared, name } = body.0;
    let change = Change { shared, name: name.map(Name::into_string) };
    let changed = customers::change_identity(&state.app, &signed.0, id.0.0, change).await?;
    Ok(Json(IdentityOut::of(changed)))
}

/// Remove an identity that was added by hand and by which nothing came.
#[utoipa::path(
    tag = "Customers", params(("id" = IdentityId, Path, description = "The identity.")),
    responses((status = 204, description = "It is gone."), OnDelete)
)]
#[delete("/identities/{id}")]
async fn delete_identity(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<IdentityId>,
) -> Result<Done, Problem> {
    customers::remove_identity(&state.app, &signed.0, id.0.0).await?;
    Ok(Done)
}

/// Note that you verified that an identity is the customer's.
#[utoipa::path(
    tag = "Customers", request_body = VerifyIn,
    params(("id" = IdentityId, Path, description = "The identity."), IdempotencyHeader),
    responses((status = 200, description = "The identity.", body = IdentityOut), OnWrite)
)]
#[post("/identities/{id}/verify")]
async fn verify_identity(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<IdentityId>,
    body: Body<VerifyIn>,
) -> Result<Json<IdentityOut>, Problem> {
    let note = body.0.note.map(WhyText::into_string);
    let changed = customers::verify_identity(&state.app, &signed.0, id.0.0, note).await?;
    Ok(Json(IdentityOut::of(changed)))
}

/// Make the secret with which external ids of a scope are signed.
///
/// In place of an earlier one, which is worth nothing from now on.
#[utoipa::path(
    tag = "Customers", params(IdempotencyHeader), request_body = IdentitySecretIn,
    responses((status = 201, description = "The secret.", body = IdentitySecretOut), OnCreate)
)]
#[post("/identity-secrets")]
async fn create_identity_secret(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<IdentitySecretIn>,
) -> Result<Created<IdentitySecretOut>, Problem> {
    let scope = body.0.scope.into_string();
    let secret = customers::make_secret(&state.app, &signed.0, &scope).await?.into_exposed();
    let hidden = IdentitySecretOut { scope: scope.clone(), secret: String::new() };
    let made =
        Created::new("/api/v1/identity-secrets".to_owned(), IdentitySecretOut { scope, secret });
    Ok(made.keeping(hidden))
}

/// Forget the secret of a scope: nothing signed with it is taken any more.
#[utoipa::path(
    tag = "Customers", params(IdempotencyHeader), request_body = IdentitySecretIn,
    responses((status = 204, description = "It is forgotten."), OnWrite)
)]
#[post("/identity-secrets/forget")]
async fn delete_identity_secret(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<IdentitySecretIn>,
) -> Result<Done, Problem> {
    let scope = body.0.scope.into_string();
    customers::forget_secret(&state.app, &signed.0, &scope).await?;
    Ok(Done)
}

/// Say who spoke in an item that came by a shared identity.
///
/// The item goes onto that customer's timeline; its ticket stays as it is. Without a customer and a name
/// it goes back.
#[utoipa::path(
    tag = "Timeline", request_body = SpeakerIn,
    params(("id" = ItemId, Path, description = "The item."), IdempotencyHeader),
    responses((status = 200, description = "The item.", body = ItemOut), OnWrite)
)]
#[post("/items/{id}/speaker")]
async fn set_speaker(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ItemId>,
    body: Body<SpeakerIn>,
) -> Result<Json<ItemOut>, Problem> {
    let speaker = body.0.into_core()?;
    let item = customers::set_speaker(&state.app, &signed.0, id.0.0, speaker).await?;
    Ok(Json(ItemOut::of(item)))
}
