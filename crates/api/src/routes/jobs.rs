//! The job queue, for admins: how full it is, what died, and another try.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{get, post};
use serde::Serialize;
use throughline_app::jobs::{self, DeadJob, JobCount};
use utoipa::ToSchema;

use crate::answer::Done;
use crate::auth::Signed;
use crate::extract::{Asked, Id, IdempotencyHeader};
use crate::problem::Problem;
use crate::responses::{OnAction, OnList};
use crate::state::ApiState;
use crate::wire::{Instant, JobId, PageOut, PageQuery};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_job_stats).service(list_dead_jobs).service(revive_job);
}

/// How full the queue is.
#[derive(Debug, Serialize, ToSchema)]
struct JobStatsOut {
    /// One entry a kind that has jobs.
    items: Vec<JobCountOut>,
}

/// How many jobs of a kind are where.
#[derive(Debug, Serialize, ToSchema)]
struct JobCountOut {
    /// The kind.
    #[schema(example = "process_delivery")]
    kind: String,
    /// Waiting or being worked on.
    #[schema(example = 12)]
    queued: i64,
    /// Failed for good.
    #[schema(example = 0)]
    dead: i64,
}

impl JobCountOut {
    fn of(count: JobCount) -> Self {
        let JobCount { kind, queued, dead } = count;
        Self { kind, queued, dead }
    }
}

/// A job that failed for good.
#[derive(Debug, Serialize, ToSchema)]
struct DeadJobOut {
    /// Its id.
    id: JobId,
    /// What it was to do.
    #[schema(example = "process_delivery")]
    kind: String,
    /// With what, as JSON in a text.
    #[schema(example = "{\"delivery\":\"dlv_1h2p9x8gk000b\"}")]
    payload: String,
    /// How often it was tried.
    #[schema(example = 10)]
    attempts: i32,
    /// Why it failed last.
    last_error: Option<String>,
    /// When it was enqueued.
    created_at: Instant,
}

impl DeadJobOut {
    fn of(job: DeadJob) -> Self {
        let DeadJob { id, kind, payload, attempts, last_error, created_at } = job;
        let (id, created_at) = (id.into(), created_at.into());
        Self { id, kind, payload, attempts, last_error, created_at }
    }
}

/// Count the jobs.
#[utoipa::path(
    tag = "Jobs",
    responses((status = 200, description = "Counts by kind.", body = JobStatsOut), OnList)
)]
#[get("/jobs/stats")]
async fn get_job_stats(
    state: Data<ApiState>,
    signed: Signed,
) -> Result<Json<JobStatsOut>, Problem> {
    let counts = jobs::stats(&state.app, &signed.0).await?;
    Ok(Json(JobStatsOut { items: counts.into_iter().map(JobCountOut::of).collect() }))
}

/// List jobs that failed for good, newest first.
#[utoipa::path(
    tag = "Jobs", params(PageQuery),
    responses((status = 200, description = "A page of jobs.", body = PageOut<DeadJobOut>), OnList)
)]
#[get("/jobs/dead")]
async fn list_dead_jobs(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
) -> Result<Json<PageOut<DeadJobOut>>, Problem> {
    let found = jobs::dead(&state.app, &signed.0, &page.0.into()).await?;
    Ok(Json(PageOut::of(found, DeadJobOut::of)))
}

/// Put a dead job back into the queue.
#[utoipa::path(
    tag = "Jobs", params(("id" = JobId, Path, description = "The job."), IdempotencyHeader),
    responses((status = 204, description = "It will be tried again."), OnAction)
)]
#[post("/jobs/{id}/revive")]
async fn revive_job(state: Data<ApiState>, signed: Signed, id: Id<JobId>) -> Result<Done, Problem> {
    jobs::revive(&state.app, &signed.0, id.0.0).await?;
    Ok(Done)
}
