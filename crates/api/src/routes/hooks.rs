//! Hooks: where platforms tell us what happened. A request is taken for what its bytes prove, recorded as
//! it came, and answered; it is read later.

use crate::mount::ServiceConfig;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, get, post, put};
use throughline_app::channels::{self, Connected};
use throughline_app::deliveries;
use throughline_core::actor::Actor;
use throughline_core::inbound::RawDelivery;
use throughline_core::time::Instant;
use throughline_ingest::hooks::{
    Account, Hook, HookAnswer, HookRequest, Recording, Refused, Taking,
};
use throughline_ingest::registry;

use crate::extract::{Id, LaterBody, Params};
use crate::problem::Problem;
use crate::responses::{OnGreeting, OnHook};
use crate::state::ApiState;
use crate::wire::InboxId;

/// The most bytes of a request. The largest that a platform announces are batches of 3 MB; and who sends
/// is not known before all is read.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(take_hook).service(greet_hook);
    config.service(put_below_hook).service(take_below_hook).service(greet_below_hook);
}

/// Tell what happened on a platform.
///
/// For the platform that the inbox is connected to, in the platform's own form and with its own
/// signature over the raw bytes, of which there may be 4 MiB. It is answered as soon as it is recorded, and
/// read later; a repeat does nothing.
#[utoipa::path(
    tag = "Hooks", security(()),
    params(("id" = InboxId, Path, description = "The inbox.")),
    request_body(
        description = "What the platform sends, whatever its media type says.",
        content((serde_json::Value = "application/json"), (String = "text/plain"))
    ),
    responses(
        (status = 200, description = "It is recorded; or what the platform asked for.", content(
            (String = "text/plain"), (String = "text/xml"), (serde_json::Value = "application/json")
        )),
        OnHook
    )
)]
#[post("/hooks/{id}")]
async fn take_hook(
    state: Data<ApiState>,
    request: HttpRequest,
    id: Id<InboxId>,
    body: LaterBody,
) -> Result<HttpResponse, Problem> {
    let hooked = hooked(&state, id).await?;
    let body = body.read(&request, MAX_BODY).await?;
    take(&state, &request, &hooked, body).await
}

/// Answer a platform that asks whether this is the right address.
///
/// With parameters of the platform's own, by which it proves who it is.
#[utoipa::path(
    tag = "Hooks", security(()),
    params(("id" = InboxId, Path, description = "The inbox.")),
    responses(
        (status = 200, description = "What the platform asked for.", content(
            (String = "text/plain"), (String = "text/xml"), (serde_json::Value = "application/json")
        )),
        OnGreeting
    )
)]
#[get("/hooks/{id}")]
async fn greet_hook(
    state: Data<ApiState>,
    request: HttpRequest,
    id: Id<InboxId>,
) -> Result<HttpResponse, Problem> {
    let hooked = hooked(&state, id).await?;
    take(&state, &request, &hooked, Bytes::new()).await
}

/// Put what happened on a platform below its hook.
///
/// For platforms that name in the address what they send, such as Matrix homeservers, which put
/// transactions to `_matrix/app/v1/transactions/{id}`.
#[utoipa::path(
    path = "/hooks/{id}/{tail}", tag = "Hooks", security(()),
    params(
        ("id" = InboxId, Path, description = "The inbox."),
        ("tail" = String, Path, description = "What the platform adds; it may hold slashes.")
    ),
    request_body(content((serde_json::Value = "application/json"))),
    responses(
        (status = 200, description = "It is recorded.", body = serde_json::Value), OnHook
    )
)]
#[put("/hooks/{id}/{tail:.*}")]
async fn put_below_hook(
    state: Data<ApiState>,
    request: HttpRequest,
    id: Id<InboxId>,
    body: LaterBody,
) -> Result<HttpResponse, Problem> {
    let hooked = hooked(&state, id).await?;
    let body = body.read(&request, MAX_BODY).await?;
    take(&state, &request, &hooked, body).await
}

/// Ask something below a hook, with a body.
///
/// Such as whether this is the right address, in the platform's own form.
#[utoipa::path(
    path = "/hooks/{id}/{tail}", tag = "Hooks", security(()),
    params(
        ("id" = InboxId, Path, description = "The inbox."),
        ("tail" = String, Path, description = "What the platform adds; it may hold slashes.")
    ),
    request_body(content((serde_json::Value = "application/json"))),
    responses(
        (status = 200, description = "What the platform asked for.", body = serde_json::Value),
        OnHook
    )
)]
#[post("/hooks/{id}/{tail:.*}")]
async fn take_below_hook(
    state: Data<ApiState>,
    request: HttpRequest,
    id: Id<InboxId>,
    body: LaterBody,
) -> Result<HttpResponse, Problem> {
    let hooked = hooked(&state, id).await?;
    let body = body.read(&request, MAX_BODY).await?;
    take(&state, &request, &hooked, body).await
}

/// Ask something below a hook.
#[utoipa::path(
    path = "/hooks/{id}/{tail}", tag = "Hooks", security(()),
    params(
        ("id" = InboxId, Path, description = "The inbox."),
        ("tail" = String, Path, description = "What the platform adds; it may hold slashes.")
    ),
    responses(
        (status = 200, description = "What the platform asked for.", body = serde_json::Value),
        OnGreeting
    )
)]
#[get("/hooks/{id}/{tail:.*}")]
async fn greet_below_hook(
    state: Data<ApiState>,
    request: HttpRequest,
    id: Id<InboxId>,
) -> Result<HttpResponse, Problem> {
    let hooked = hooked(&state, id).await?;
    take(&state, &request, &hooked, Bytes::new()).await
}

/// A hook with the set-up of its inbox.
struct Hooked {
    connected: Connected,
    hook: &'static dyn Hook,
}

/// The hook of an inbox. Asked before the body is read, so that nobody sends much to nowhere.
async fn hooked(state: &ApiState, id: Id<InboxId>) -> Result<Hooked, Problem> {
    let found = channels::connected(&state.app, id.0.0).await?.and_then(|connected| {
        let hook = registry::named(&connected.kind)?.hook?;
        Some(Hooked { connected, hook })
    });
    found.ok_or_else(|| Problem::new("not_found", "no platform is connected here"))
}

async fn take(
    state: &ApiState,
    request: &HttpRequest,
    hooked: &Hooked,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let now = state.app.now();
    let inbox = hooked.connected.inbox.id;
    let taking = match judged(request, &body, hooked, now) {
        Ok(taking) => taking,
        Err(why) => {
            state.refusals.note(inbox, why, now);
            return hooked.hook.refusal(why).map(answered).ok_or_else(|| refused(why));
        }
    };
    match taking {
        Taking::Answered(answer) => Ok(answered(answer)),
        Taking::Recorded(Recording { name, bytes, answer }) => {
            let external_id = deliveries::name_given(name, &bytes);
            let raw = RawDelivery { inbox, external_id, bytes, received_at: now };
            deliveries::record(&state.app, &Actor::system(), vec![raw]).await?;
            Ok(answered(answer))
        }
    }
}

/// What the channel says of a request.
fn judged(
    request: &HttpRequest,
    body: &[u8],
    Hooked { connected, hook }: &Hooked,
    now: Instant,
) -> Result<Taking, Refused> {
    let account = account_of(connected);
    let (url, headers) = (url_of(request), headers_of(request));
    let query = Params::parse(request.query_string()).map(Params::into_pairs).unwrap_or_default();
    let request = HookRequest {
        method: request.method().as_str(),
        url: &url,
        tail: request.match_info().get("tail").unwrap_or_default(),
        query: &query,
        headers: &headers,
        body,
        at: now,
    };
    hook.verify(&request, &account)?;
    hook.receive(&request, &account)
}

/// A set-up as channels read it.
pub(super) fn account_of(connected: &Connected) -> Account {
    let secret = |(name, values): (&String, &Vec<throughline_app::Secret>)| {
        (name.clone(), values.iter().map(|value| value.expose().clone()).collect())
    };
    Account {
        settings: connected.settings.clone(),
        secrets: connected.secrets.iter().map(secret).collect(),
    }
}

/// The address as the platform called it, as a proxy in front of us tells.
fn url_of(request: &HttpRequest) -> String {
    let info = request.connection_info();
    format!("{}://{}{}", info.scheme(), info.host(), request.uri())
}

fn headers_of(request: &HttpRequest) -> Vec<(String, String)> {
    let headers = request.headers().iter().filter_map(|(name, value)| {
        value.to_str().ok().map(|value| (name.as_str().to_owned(), value.to_owned()))
    });
    headers.collect()
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
    let status = StatusCode::from_u16(status).unwrap_or_default();
    HttpResponse::build(status).content_type(media_type).body(body)
}
