//! Organizations that customers belong to.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{delete, get, patch, post};
use serde::{Deserialize, Serialize};
use throughline_app::organizations::{self, NewOrganization, OrganizationPatch as Change};
use throughline_core::customer::Organization;
use utoipa::ToSchema;

use crate::answer::{Created, Done};
use crate::auth::Signed;
use crate::extract::{Asked, Body, Id, IdempotencyHeader};
use crate::problem::Problem;
use crate::responses::{OnCreate, OnDelete, OnGet, OnList, OnWrite};
use crate::state::ApiState;
use crate::wire::{
    Domain, Instant, Name, OrganizationId, PageOut, PageQuery, Patch, Text, Wire, given,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_organizations)
        .service(create_organization)
        .service(get_organization)
        .service(update_organization)
        .service(delete_organization);
}

/// A company or institution that customers belong to.
#[derive(Debug, Serialize, ToSchema)]
struct OrganizationOut {
    /// Its id.
    id: OrganizationId,
    /// Its name.
    #[schema(example = "Örnek A.Ş.")]
    name: String,
    /// The mail domain whose customers belong to it.
    #[schema(example = "example.com")]
    domain: Option<String>,
    /// The organization that it is a part of.
    parent: Option<OrganizationId>,
    /// When it was made.
    created_at: Instant,
}

impl OrganizationOut {
    fn of(organization: Organization) -> Self {
        let Organization { id, name, domain, parent, created_at } = organization;
        let parent = parent.map(Wire);
        Self { id: id.into(), name, domain, parent, created_at: created_at.into() }
    }
}

/// An organization to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrganizationIn {
    /// Its name.
    name: Name,
    /// The mail domain whose customers belong to it; no other organization's.
    domain: Option<Domain>,
    /// The organization that it is a part of.
    parent: Option<OrganizationId>,
}

/// A change of an organization; absent fields stay, null clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrganizationPatch {
    /// Another name.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Name, required = false)]
    name: Option<Name>,
    /// Another domain, or none.
    #[serde(default)]
    #[schema(value_type = Option<Domain>)]
    domain: Patch<Domain>,
    /// Another organization that it is a part of, or none.
    #[serde(default)]
    #[schema(value_type = Option<OrganizationId>)]
    parent: Patch<OrganizationId>,
}

/// List organizations.
#[utoipa::path(
    tag = "Customers", params(PageQuery),
    responses(
        (status = 200, description = "A page of organizations.", body = PageOut<OrganizationOut>),
        OnList
    )
)]
#[get("/organizations")]
async fn list_organizations(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
) -> Result<Json<PageOut<OrganizationOut>>, Problem> {
    let found = organizations::list(&state.app, &signed.0, &page.0.into()).await?;
    Ok(Json(PageOut::of(found, OrganizationOut::of)))
}

/// Make an organization.
#[utoipa::path(
    tag = "Customers", params(IdempotencyHeader), request_body = OrganizationIn,
    responses(
        (status = 201, description = "The organization.", body = OrganizationOut),
        OnCreate
    )
)]
#[post("/organizations")]
async fn create_organization(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<OrganizationIn>,
) -> Result<Created<OrganizationOut>, Problem> {
    let OrganizationIn { name, domain, parent } = body.0;
    let (name, domain) = (name.into_string(), domain.map(Domain::into_string));
    let new = NewOrganization { name, domain, parent: parent.map(|id| id.0) };
    let made = organizations::create(&state.app, &signed.0, new).await?;
    let location = format!("/api/v1/organizations/{}", made.id);
    Ok(Created::new(location, OrganizationOut::of(made)))
}

/// Read an organization.
#[utoipa::path(
    tag = "Customers", params(("id" = OrganizationId, Path, description = "The organization.")),
    responses((status = 200, description = "The organization.", body = OrganizationOut), OnGet)
)]
#[get("/organizations/{id}")]
async fn get_organization(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<OrganizationId>,
) -> Result<Json<OrganizationOut>, Problem> {
    let organization = organizations::get(&state.app, &signed.0, id.0.0).await?;
    Ok(Json(OrganizationOut::of(organization)))
}

/// Change an organization.
#[utoipa::path(
    tag = "Customers", request_body = OrganizationPatch,
    params(("id" = OrganizationId, Path, description = "The organization.")),
    responses((status = 200, description = "The organization.", body = OrganizationOut), OnWrite)
)]
#[patch("/organizations/{id}")]
async fn update_organization(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<OrganizationId>,
    body: Body<OrganizationPatch>,
) -> Result<Json<OrganizationOut>, Problem> {
    let OrganizationPatch { name, domain, parent } = body.0;
    let name = name.map(Name::into_string);
    let (domain, parent) = (domain.map(Domain::into_string), parent.map(|id| id.0));
    let change = Change { name, domain, parent };
    let changed = organizations::update(&state.app, &signed.0, id.0.0, change).await?;
    Ok(Json(OrganizationOut::of(changed)))
}

/// Remove an organization.
///
/// Its customers stay and belong to none.
#[utoipa::path(
    tag = "Customers", params(("id" = OrganizationId, Path, description = "The organization.")),
    responses((status = 204, description = "It is gone."), OnDelete)
)]
#[delete("/organizations/{id}")]
async fn delete_organization(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<OrganizationId>,
) -> Result<Done, Problem> {
    organizations::delete(&state.app, &signed.0, id.0.0).await?;
    Ok(Done)
}
