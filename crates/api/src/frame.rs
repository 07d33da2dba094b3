//! The frame around every request: its id, its log lines, its metrics, the security headers, and
//! one form for every failure.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::web::Data;
use futures_util::FutureExt;
use tracing::Instrument;

use crate::problem::Problem;
use crate::request_id;
use crate::state::ApiState;

/// Bodies shorter than this are sent as they are: compression would cost more than it saves.
const WORTH_COMPRESSING: u64 = 1024;

/// Wraps every request; the outermost layer.
pub async fn frame(
    state: Data<ApiState>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let offered = request.headers().get(request_id::HEADER).and_then(|v| v.to_str().ok());
    let id = request_id::choose(offered);
    let method = request.method().to_string();
    let span = tracing::info_span!(
        "request",
        request.id = %id,
        http.method = %method,
        http.route = tracing::field::Empty,
        actor.name = tracing::field::Empty,
    );
    let work = async move {
        let started = Instant::now();
        let answered = AssertUnwindSafe(next.call(request)).catch_unwind().await;
        let response = match answered {
            Ok(response) => settle(response?.map_into_boxed_body(), &id),
            // A panic is a bug; the other requests of this worker must not pay for it. The
            // request is gone with it, so actix answers the error below.
            Err(_) => return Err(died(&state, &method, &id, started.elapsed())),
        };
        report(&state, &method, &response, started.elapsed());
        Ok(response)
    };
    work.instrument(span).await
}

/// Leaves small answers uncompressed. Stands inside the compressor; [`settle`] takes the mark off.
pub async fn spare_small(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    let size = response.response().body().size();
    let small = matches!(size, actix_web::body::BodySize::Sized(n) if n < WORTH_COMPRESSING);
    if small && !response.headers().contains_key(CONTENT_ENCODING) {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
    }
    Ok(response)
}

/// Gives failures their document, and every answer its headers.
fn settle(response: ServiceResponse<BoxBody>, id: &str) -> ServiceResponse<BoxBody> {
    let mut response = match problem_of(&response, id) {
        Some(document) => {
            let (request, _) = response.into_parts();
            ServiceResponse::new(request, document)
        }
        None => response,
    };
    let headers = response.headers_mut();
    if headers.get(CONTENT_ENCODING).is_some_and(|v| v == "identity") {
        headers.remove(CONTENT_ENCODING);
    }
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(HeaderName::from_static(request_id::HEADER), value);
    }
    harden(headers);
    response
}

/// Headers that an answer has unless its handler chose others.
fn harden(headers: &mut HeaderMap) {
    let usual = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ];
    for (name, value) in usual {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// The document of a failed answer; logs its cause. `None` for answers that did not fail.
fn problem_of(response: &ServiceResponse<BoxBody>, id: &str) -> Option<actix_web::HttpResponse> {
    let status = response.status();
    if status.is_success() || status.is_informational() || status.is_redirection() {
        return None;
    }
    let error = response.response().error();
    if let Some(problem) = error.and_then(|e| e.as_error::<Problem>()) {
        log(problem);
        return Some(problem.render(id));
    }
    let problem = Problem::of_status(status);
    match error {
        Some(error) if status.is_server_error() => {
            tracing::error!(error = %error, "failed");
        }
        _ => log(&problem),
    }
    // A failure that has a document already (readiness has one of its own) keeps it.
    let is_json = |v: &HeaderValue| v.as_bytes().starts_with(b"application/");
    let has_document = error.is_none()
        && response.headers().get(actix_web::http::header::CONTENT_TYPE).is_some_and(is_json);
    (!has_document).then(|| problem.render(id))
}

fn log(problem: &Problem) {
    let (code, detail) = (problem.code(), problem.detail());
    let cause = problem.cause().map(tracing::field::display);
    if problem.status() == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(error.code = code, error.detail = detail, error.cause = cause, "failed");
    } else if problem.status().is_server_error() {
        tracing::warn!(error.code = code, error.detail = detail, error.cause = cause, "failed");
    } else {
        tracing::debug!(error.code = code, error.detail = detail, error.cause = cause, "refused");
    }
}

fn report(state: &ApiState, method: &str, response: &ServiceResponse<BoxBody>, took: Duration) {
    let status = response.status().as_u16();
    let route = response.request().match_pattern();
    let route = route.as_deref().unwrap_or("unmatched");
    tracing::Span::current().record("http.route", route);
    let elapsed_ms = took.as_secs_f64() * 1000.0;
    tracing::info!(http.status = status, elapsed_ms, "answered");
    state.metrics.answered(method, route, status, took);
}

fn died(state: &ApiState, method: &str, id: &str, took: Duration) -> Error {
    tracing::error!("a handler panicked");
    state.metrics.answered(method, "panicked", 500, took);
    Problem::new("internal", "something went wrong on our side").named(id).into()
}
