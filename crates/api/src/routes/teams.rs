//! Teams, for admins. Who is in them is said on the agents.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{delete, get, patch, post};
use serde::{Deserialize, Serialize};
use throughline_app::teams;
use throughline_core::agent::Team;
use utoipa::ToSchema;

use crate::answer::{Created, Done};
use crate::auth::Signed;
use crate::extract::{Asked, Body, Id, IdempotencyHeader};
use crate::problem::Problem;
use crate::responses::{OnCreate, OnDelete, OnGet, OnList, OnWrite};
use crate::state::ApiState;
use crate::wire::{Instant, Name, PageOut, PageQuery, TeamId, Text};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_teams)
        .service(create_team)
        .service(get_team)
        .service(update_team)
        .service(delete_team);
}

/// A group of agents to whom tickets are assigned.
#[derive(Debug, Serialize, ToSchema)]
struct TeamOut {
    /// Its id.
    id: TeamId,
    /// Its name, unique without regard to case and accents.
    #[schema(example = "Billing")]
    name: String,
    /// When it was made.
    created_at: Instant,
}

impl TeamOut {
    fn of(team: Team) -> Self {
        let Team { id, name, created_at } = team;
        Self { id: id.into(), name, created_at: created_at.into() }
    }
}

/// A team to make, or its new name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TeamIn {
    /// Its name; no other team's.
    name: Name,
}

/// List teams.
#[utoipa::path(
    tag = "Set-up", params(PageQuery),
    responses((status = 200, description = "A page of teams.", body = PageOut<TeamOut>), OnList)
)]
#[get("/teams")]
async fn list_teams(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
) -> Result<Json<PageOut<TeamOut>>, Problem> {
    let found = teams::list(&state.app, &signed.0, &page.0.into()).await?;
    Ok(Json(PageOut::of(found, TeamOut::of)))
}

/// Make a team.
#[utoipa::path(
    tag = "Set-up", params(IdempotencyHeader), request_body = TeamIn,
    responses((status = 201, description = "The team.", body = TeamOut), OnCreate)
)]
#[post("/teams")]
async fn create_team(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<TeamIn>,
) -> Result<Created<TeamOut>, Problem> {
    let TeamIn { name } = body.0;
    let team = teams::create(&state.app, &signed.0, name.as_str()).await?;
    Ok(Created::new(format!("/api/v1/teams/{}", team.id), TeamOut::of(team)))
}

/// Read a team.
#[utoipa::path(
    tag = "Set-up", params(("id" = TeamId, Path, description = "The team.")),
    responses((status = 200, description = "The team.", body = TeamOut), OnGet)
)]
#[get("/teams/{id}")]
async fn get_team(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<TeamId>,
) -> Result<Json<TeamOut>, Problem> {
    let team = teams::get(&state.app, &signed.0, id.0.0).await?;
    Ok(Json(TeamOut::of(team)))
}

/// Rename a team.
#[utoipa::path(
    tag = "Set-up", request_body = TeamIn,
    params(("id" = TeamId, Path, description = "The team.")),
    responses((status = 200, description = "The team.", body = TeamOut), OnWrite)
)]
#[patch("/teams/{id}")]
async fn update_team(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<TeamId>,
    body: Body<TeamIn>,
) -> Result<Json<TeamOut>, Problem> {
    let TeamIn { name } = body.0;
    let team = teams::update(&state.app, &signed.0, id.0.0, name.as_str()).await?;
    Ok(Json(TeamOut::of(team)))
}

/// Remove a team.
///
/// Its tickets stay and are assigned to no team.
#[utoipa::path(
    tag = "Set-up", params(("id" = TeamId, Path, description = "The team.")),
    responses((status = 204, description = "It is gone."), OnDelete)
)]
#[delete("/teams/{id}")]
async fn delete_team(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<TeamId>,
) -> Result<Done, Problem> {
    teams::delete(&state.app, &signed.0, id.0.0).await?;
    Ok(Done)
}
