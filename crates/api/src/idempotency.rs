//! `Idempotency-Key`: a POST that is repeated with the same key and body is answered as the first
//! time and done once.
//!
//! Only successes are kept. A request that failed has changed nothing, so its repeat simply runs.
//! The work goes on when the client hangs up: otherwise its key would stay taken without an answer.

use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, LOCATION};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{Error, HttpMessage, HttpResponse};
use throughline_app::idempotency::{self, Answer, Started};

use crate::answer::KeptBody;
use crate::auth;
use crate::extract::read_limited;
use crate::problem::Problem;
use crate::state::ApiState;

const HEADER: &str = "idempotency-key";
const REPLAYED: &str = "idempotency-replayed";
/// The longest key.
const LONGEST: usize = 200;
/// Headers of the first answer that a repeat gets again.
const KEPT: [HeaderName; 3] = [CONTENT_TYPE, ETAG, LOCATION];

/// One use of a key by one actor.
#[derive(Clone)]
struct Use {
    actor: String,
    key: String,
}

/// Wraps the API's routes.
pub async fn idempotent(
    state: Data<ApiState>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if !applies(&request) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let started = begin(&state, &mut request).await;
    match started {
        Err(problem) => Ok(request.error_response(problem)),
        Ok((_, Some(replay))) => Ok(request.into_response(replay)),
        Ok((used, None)) => {
            let work = actix_web::rt::spawn(async move { run(&state, used, request, next).await });
            let died = |e| Problem::new("internal", "something went wrong on our side").because(e);
            work.await.map_err(died)?
        }
    }
}

/// POSTs with a key; signing in is left out, since nobody has signed in yet.
fn applies(request: &ServiceRequest) -> bool {
    let keyed = request.headers().contains_key(HEADER);
    keyed && *request.method() == Method::POST && !request.path().starts_with("/api/v1/auth/")
}

/// Takes the key; answers with the first answer when there is one.
async fn begin(
    state: &ApiState,
    request: &mut ServiceRequest,
) -> Result<(Use, Option<HttpResponse>), Problem> {
    let key = key_of(request.headers())?;
    let actor = auth::sign(request.request()).await?.0.name();
    let hash = take_hash(state, request).await?;
    let used = Use { actor, key };
    let started = idempotency::begin(&state.app, &used.actor, &used.key, &hash).await?;
    match started {
        Started::Fresh => Ok((used, None)),
        Started::Replay(answer) => Ok((used, Some(replay(answer)?))),
    }
}

fn key_of(headers: &HeaderMap) -> Result<String, Problem> {
    let text = headers.get(HEADER).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let fits = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if fits {
        return Ok(text.to_owned());
    }
    let detail = format!("expected 1 to {LONGEST} visible ASCII characters");
    Err(Problem::new("invalid_header", detail).at("Idempotency-Key"))
}

/// Hashes method, address and body, and puts the body back for the handler.
async fn take_hash(state: &ApiState, request: &mut ServiceRequest) -> Result<String, Problem> {
    let settings = &state.settings;
    let raw =
        ["/deliveries", "/attachments", "/imports"].iter().any(|end| request.path().ends_with(end));
    let limit = if raw { settings.raw_limit } else { settings.body_limit };
    let payload = request.take_payload();
    let body = read_limited(request.request(), payload, limit).await?;
    let mut hash = blake3::Hasher::new();
    for part in [request.method().as_str(), "\n", request.path(), "\n", request.query_string()] {
        hash.update(part.as_bytes());
    }
    hash.update(b"\n").update(&body);
    request.set_payload(again(body));
    Ok(hash.finalize().to_hex().to_string())
}

/// A body that was read, as a payload that can be read again.
fn again(body: Bytes) -> Payload {
    let once = futures_util::stream::once(std::future::ready(Ok(body)));
    Payload::Stream { payload: Box::pin(once) }
}

/// Runs the request and keeps its answer.
async fn run(
    state: &ApiState,
    used: Use,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let response = match next.call(request).await {
        Ok(response) => response.map_into_boxed_body(),
        Err(error) => {
            forget(state, &used).await;
            return Err(error);
        }
    };
    if !response.status().is_success() {
        forget(state, &used).await;
        return Ok(response);
    }
    keep(state, &used, response).await
}

async fn keep(
    state: &ApiState,
    used: &Use,
    response: ServiceResponse<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let (request, response) = response.into_parts();
    let (head, body) = response.into_parts();
    let body = to_bytes(body).await.map_err(Error::from)?;
    let kept = request.extensions_mut().remove::<KeptBody>();
    let text = kept.map_or_else(|| String::from_utf8_lossy(&body).into_owned(), |k| k.0);
    let (status, headers) = (head.status().as_u16(), pack(head.headers()));
    let answer = Answer { status, headers, body: text };
    let finished = idempotency::finish(&state.app, &used.actor, &used.key, answer).await;
    // The request is done; failing it now would make the client repeat what must not be repeated.
    if let Err(error) = finished {
        tracing::error!(%error, "an answer could not be kept for repeats");
    }
    Ok(ServiceResponse::new(request, head.set_body(body)).map_into_boxed_body())
}

async fn forget(state: &ApiState, used: &Use) {
    if let Err(error) = idempotency::forget(&state.app, &used.actor, &used.key).await {
        tracing::error!(%error, "an idempotency key could not be given back");
    }
}

/// The kept headers, one `name: value` a line.
fn pack(headers: &HeaderMap) -> String {
    let line = |name: &HeaderName| {
        let value = headers.get(name)?.to_str().ok()?;
        Some(format!("{name}: {value}"))
    };
    KEPT.iter().filter_map(line).collect::<Vec<_>>().join("\n")
}

fn replay(answer: Answer) -> Result<HttpResponse, Problem> {
    let Answer { status, headers, body } = answer;
    let broken = |e| Problem::new("internal", "something went wrong on our side").because(e);
    let mut response = HttpResponse::build(StatusCode::from_u16(status).map_err(broken)?);
    for (name, value) in headers.lines().filter_map(|line| line.split_once(": ")) {
        let known = KEPT.iter().find(|kept| kept.as_str() == name);
        if let (Some(name), Ok(value)) = (known, HeaderValue::from_str(value)) {
            response.insert_header((name.clone(), value));
        }
    }
    response.insert_header((REPLAYED, "true"));
    Ok(response.body(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_headers_come_back_and_others_do_not() {
        let mut headers = HeaderMap::new();
        headers.insert(ETAG, HeaderValue::from_static("\"v1\""));
        headers.insert(LOCATION, HeaderValue::from_static("/api/v1/tags/tag_1"));
        headers.insert(HeaderName::from_static("x-other"), HeaderValue::from_static("x"));
        let answer = Answer { status: 201, headers: pack(&headers), body: "{}".to_owned() };
        let again = replay(answer).unwrap();
        assert_eq!(again.status(), 201);
        assert_eq!(again.headers().get(ETAG).unwrap(), "\"v1\"");
        assert_eq!(again.headers().get(LOCATION).unwrap(), "/api/v1/tags/tag_1");
        assert_eq!(again.headers().get(REPLAYED).unwrap(), "true");
        assert!(!again.headers().contains_key("x-other"));
    }

    #[test]
    fn keys_are_short_and_visible() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::from_static(HEADER), HeaderValue::from_static(text));
            key_of(&headers).is_ok()
        };
        assert!(of("a-1") && !of("") && !of("a b"));
    }
}
