//! Hooks: where platforms tell us what happened. A request is taken for what its bytes prove, recorded as
//! it came, and answered; it is read later.

use crate::mount::ServiceConfig;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, get, post};
use throughline_app::channels::{self, Connected};
use throughline_app::{App, AppError, deliveries};
use throughline_core::actor::Actor;
use throughline_core::inbound::RawDelivery;
use throughline_ingest::hooks::{Account, HookAnswer, HookRequest, Taking, Recording, Refused};
use throughline_ingest::registry;

use crate::extract::{AnyBody, Id, Params};
use crate::problem::Problem;
use crate::responses::OnHook;
use crate::state::ApiState;
use crate::wire::InboxId;

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(take_hook).service(greet_hook);
}

/// Tell what happened on a platform.
///
/// For the platform that the inbox is connected to, in the platform's own form and with its own
/// signature over the raw bytes. It is answered as soon as it is recorded, and read later; a repeat does
/// nothing.
#[utoipa::path(
    tag = "Hooks", security(()),
    params(("id" = InboxId, Path, description = "The inbox.")),
    request_body(content((serde_json::Value = "application/json"), (String = "text/plain"))),
    responses((status = 200, description = "It is recorded; or what the platform asked for."), OnHook)
)]
#[post("/hooks/{id}")]
async fn take_hook(
    state: Data<ApiState>,
    request: HttpRequest,
    id: Id<InboxId>,
    body: AnyBody,
) -> Result<HttpResponse, Problem> {
    take(&state, &request, id, body.0).await
}

/// Answer a platform that asks whether this is the right address.
#[utoipa::path(
    tag = "Hooks", security(()),
    params(("id" = InboxId, Path, description = "The inbox.")),
    responses((status = 200, description = "What the platform asked for."), OnHook)
)]
#[get("/hooks/{id}")]
async fn greet_hook(
    state: Data<ApiState>,
    request: HttpRequest,
    id: Id<InboxId>,
) -> Result<HttpResponse, Problem> {
    take(&state, &request, id, Bytes::new()).await
}

async fn take(
    state: &ApiState,
    request: &HttpRequest,
    id: Id<InboxId>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let app = &state.app;
    let unknown = || Problem::new("not_found", "no platform is connected here");
    let connected = channels::connected(app, id.0.0).await?.ok_or_else(unknown)?;
    let receipt = judged(app, request, &body, &connected).ok_or_else(unknown)?;
    match receipt.map_err(refused)? {
        Taking::Answered(answer) => Ok(answered(answer)),
        Taking::Recorded(recording) => {
            let Recording { name, bytes, answer } = recording;
            record(app, &connected, name, bytes).await?;
            Ok(answered(answer))
        }
    }
}

/// What the channel says of a request; `None` when its kind is not known here or has no hook.
fn judged(
    app: &App,
    request: &HttpRequest,
    body: &[u8],
    connected: &Connected,
) -> Option<Result<Taking, Refused>> {
    let hook = registry::named(&connected.kind)?.hook?;
    let secret = |(name, values): (&String, &Vec<throughline_app::Secret>)| {
        (name.clone(), values.iter().map(|value| value.expose().clone()).collect())
    };
    let account = Account {
        settings: connected.settings.clone(),
        secrets: connected.secrets.iter().map(secret).collect(),
    };
    let (url, headers) = (url_of(request), headers_of(request));
    let query = Params::parse(request.query_string()).map(Params::into_pairs).unwrap_or_default();
    let request = HookRequest {
        method: request.method().as_str(),
        url: &url,
        tail: "",
        query: &query,
        headers: &headers,
        body,
        at: app.now(),
    };
    Some(hook.verify(&request, &account).and_then(|()| hook.receive(&request, &account)))
}

/// The address as the platform called it, as a proxy in front of us tells.
fn url_of(request: &HttpRequest) -> String {
    let info = request.connection_info();
    format!("{}://{}{}", info.scheme(), info.host(), request.uri())
}

fn headers_of(request: &HttpRequest) -> Vec<(String, String)> {
    let text = |(name, value): (
        &actix_web::http::header::HeaderName,
        &actix_web::http::header::HeaderValue,
    )| {
        value.to_str().ok().map(|value| (name.as_str().to_owned(), value.to_owned()))
    };
    request.headers().iter().filter_map(text).collect()
}

async fn record(
    app: &App,
    connected: &Connected,
    name: Option<String>,
    bytes: Vec<u8>,
) -> Result<(), AppError> {
    let external_id = name.unwrap_or_else(|| deliveries::name_of(&bytes));
    let (inbox, received_at) = (connected.inbox.id, app.now());
    let raw = RawDelivery { inbox, external_id, bytes, received_at };
    deliveries::record(app, &Actor::system(), vec![raw]).await.map(drop)
}

fn refused(why: Refused) -> Problem {
    let code = match why {
        Refused::Unsigned | Refused::Stale => "hook_refused",
        Refused::Misshapen => "bad_request",
    };
    Problem::new(code, why.to_string())
}

fn answered(answer: HookAnswer) -> HttpResponse {
    let HookAnswer { status, media_type, body } = answer;
    let status = actix_web::http::StatusCode::from_u16(status).unwrap_or_default();
    HttpResponse::build(status).content_type(media_type).body(body)
}
