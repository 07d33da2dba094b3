//! Metrics for Prometheus.

use std::collections::BTreeMap;

use crate::mount::ServiceConfig;
use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use throughline_app::{deliveries, jobs};

use crate::problem::Problem;
use crate::responses::OnOpen;
use crate::state::ApiState;

/// The media type of Prometheus' text format.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Adds the route.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_metrics);
}

/// Counters and gauges in Prometheus' text format.
#[utoipa::path(
    tag = "Health", security(()),
    responses(
        (status = 200, description = "All metrics.", body = String, content_type = "text/plain"),
        (status = 404, description = "Metrics are switched off.", body = crate::problem::ProblemOut,
            content_type = "application/problem+json"),
        OnOpen
    )
)]
#[get("/metrics")]
async fn get_metrics(state: Data<ApiState>) -> Result<HttpResponse, Problem> {
    if !state.settings.metrics {
        return Err(Problem::new("unknown_route", "metrics are switched off"));
    }
    // What this process counted is worth reading even when the database is away.
    if let Err(problem) = ask_store(&state).await {
        tracing::warn!(error = %problem, "metrics without those of the database");
    }
    let failed = |e| Problem::new("internal", "something went wrong on our side").because(e);
    let text = state.metrics.text().map_err(failed)?;
    Ok(HttpResponse::Ok().content_type(TEXT).body(text))
}

async fn ask_store(state: &ApiState) -> Result<(), Problem> {
    let mut states = BTreeMap::from([("queued", 0), ("dead", 0)]);
    for count in jobs::counts(&state.app).await? {
        *states.entry("queued").or_default() += count.queued;
        *states.entry("dead").or_default() += count.dead;
    }
    state.metrics.jobs(&Vec::from_iter(states));
    let counts = deliveries::counts(&state.app, None).await?;
    state.metrics.deliveries(&[
        ("recorded", counts.recorded),
        ("stored", counts.stored),
        ("duplicate", counts.duplicate),
        ("quarantined", counts.quarantined),
    ]);
    Ok(())
}
