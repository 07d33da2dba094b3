//! Liveness and readiness, for load balancers.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, get};
use serde::Serialize;
use throughline_app::health::{self, Health};
use utoipa::ToSchema;

use crate::state::ApiState;

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_live).service(get_ready);
}

/// The process runs.
#[derive(Debug, Serialize, ToSchema)]
struct LiveOut {
    /// Always `live`.
    #[schema(example = "live")]
    status: &'static str,
}

/// Whether requests can be served, and by which part not.
#[derive(Debug, Serialize, ToSchema)]
struct ReadyOut {
    /// `ready` or `unready`.
    #[schema(example = "ready")]
    status: &'static str,
    /// The database: `ok` or `failed`.
    #[schema(example = "ok")]
    database: &'static str,
    /// The blob store: `ok` or `failed`.
    #[schema(example = "ok")]
    blobs: &'static str,
    /// Migrations that have not run yet; null when the database cannot be asked.
    #[schema(example = 0)]
    pending_migrations: Option<u32>,
}

impl ReadyOut {
    fn of(health: &Health) -> Self {
        let word = |ok: bool| if ok { "ok" } else { "failed" };
        Self {
            status: if health.is_ready() { "ready" } else { "unready" },
            database: word(health.pending_migrations.is_ok()),
            blobs: word(health.blobs.is_ok()),
            pending_migrations: health.pending_migrations.as_ref().ok().copied(),
        }
    }
}

/// Tells that the process runs. Asks nothing else.
#[utoipa::path(
    tag = "Health", security(()),
    responses((status = 200, description = "The process runs.", body = LiveOut))
)]
#[get("/health/live")]
async fn get_live() -> Json<LiveOut> {
    Json(LiveOut { status: "live" })
}

/// Tells whether requests can be served: the database, the blobs, the migrations.
#[utoipa::path(
    tag = "Health", security(()),
    responses(
        (status = 200, description = "Ready.", body = ReadyOut),
        (status = 503, description = "Some part is not.", body = ReadyOut),
    )
)]
#[get("/health/ready")]
async fn get_ready(state: Data<ApiState>) -> HttpResponse {
    let health = health::check(&state.app).await;
    for error in health.failures() {
        tracing::warn!(%error, "not ready");
    }
    let mut response = match health.is_ready() {
        true => HttpResponse::Ok(),
        false => HttpResponse::ServiceUnavailable(),
    };
    response.json(ReadyOut::of(&health))
}
