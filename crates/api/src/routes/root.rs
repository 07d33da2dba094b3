//! The first page: where things are.

use crate::mount::ServiceConfig;
use actix_web::get;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::pages;
use crate::responses::OnOpen;
use crate::state::ApiState;

/// Adds the route.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_root);
}

/// Where things are.
#[derive(Debug, Serialize, ToSchema)]
struct RootOut {
    /// The product.
    #[schema(example = "throughline")]
    name: &'static str,
    /// Its version.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// Where the API is.
    #[schema(example = "/api/v1")]
    api: &'static str,
    /// The OpenAPI document.
    #[schema(example = "/api/v1/openapi.json")]
    openapi: &'static str,
    /// The same to browse; null when it is switched off.
    #[schema(example = "/api/docs/")]
    docs: Option<&'static str>,
    /// For load balancers.
    #[schema(example = "/health/ready")]
    health: &'static str,
}

/// Says where things are.
#[utoipa::path(
    tag = "Health", security(()),
    responses((status = 200, description = "Addresses on this server.", body = RootOut), OnOpen)
)]
#[get("/")]
async fn get_root(request: HttpRequest, state: Data<ApiState>) -> HttpResponse {
    if pages::wanted(&request)
        && let Some(page) = pages::answer(&request, &state)
    {
        return page;
    }
    HttpResponse::Ok().json(RootOut {
        name: "throughline",
        version: env!("CARGO_PKG_VERSION"),
        api: "/api/v1",
        openapi: "/api/v1/openapi.json",
        docs: state.settings.docs.then_some("/api/docs/"),
        health: "/health/ready",
    })
}
