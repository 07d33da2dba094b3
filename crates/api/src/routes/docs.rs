//! The OpenAPI document, the page to browse it, and the page that explains the error codes.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, LOCATION,
};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data};
use actix_web::{Error, HttpResponse, get};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::error_table::TABLE;
use crate::responses::OnOpen;
use crate::state::ApiState;

/// The browsing page loads its own scripts and styles, asks this server, and nothing else.
/// Its styles are set by script, hence `unsafe-inline` for styles alone.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// This document.
#[utoipa::path(
    tag = "Health", security(()),
    responses(
        (status = 200, description = "The OpenAPI 3.1 document.", body = Object,
            content_type = "application/json"),
        OnOpen
    )
)]
#[get("/openapi.json")]
pub async fn get_openapi(state: Data<ApiState>) -> HttpResponse {
    let cache = (CACHE_CONTROL, "public, max-age=300");
    let document = state.document.to_string();
    HttpResponse::Ok().insert_header(cache).content_type("application/json").body(document)
}

/// Adds the pages, which are not part of the document.
pub fn configure(config: &mut web::ServiceConfig) {
    let swagger = SwaggerUi::new("/{_:.*}").config(Config::from("/api/v1/openapi.json"));
    let pages = web::scope("/api/docs")
        .route("", web::get().to(to_slash))
        .route("/errors", web::get().to(error_page))
        .service(swagger)
        .wrap(from_fn(page_headers));
    config.service(pages);
}

async fn to_slash() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/api/docs/")).finish()
}

async fn page_headers(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    let set: [(HeaderName, &'static str); 2] =
        [(CONTENT_SECURITY_POLICY, POLICY), (CACHE_CONTROL, "public, max-age=300")];
    for (name, value) in set {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// The table of codes as a page; each code is an anchor, which the `type` of a problem names.
async fn error_page() -> HttpResponse {
    let rows: String = TABLE
        .iter()
        .map(|e| {
            let (code, status, title, remedy) = (e.code, e.status, e.title, e.remedy);
            format!(
                "<h2 id=\"{code}\">{code} <small>({status})</small></h2><p>{title}. {remedy}</p>"
            )
        })
        .collect();
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <title>Throughline: error codes</title></head><body><h1>Error codes</h1>{rows}</body></html>"
    );
    // The remedies use back-ticks for names, as Markdown does; here they stay as they are.
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page)
}
