//! How a connected inbox fares, and trying out whether it works.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use throughline_app::channels::{self, ChannelProbe, Health, ProbeStep, StoredPlace, TestSent};
use throughline_ingest::registry;
use utoipa::ToSchema;

use super::hooks::account_of;
use crate::auth::Signed;
use crate::extract::{Body, Id, IdempotencyHeader};
use crate::problem::Problem;
use crate::refusals::Refusals;
use crate::responses::{OnAction, OnCreate, OnGet};
use crate::state::ApiState;
use crate::wire::{InboxId, Instant, RecipientText, TestText, Text, Wire};

/// What is sent when nothing else is given.
const TEST_TEXT: &str = "This is a test message of the helpdesk. There is no need to answer.";

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_channel_health).service(test_channel).service(send_test_message);
}

/// How a connected inbox fares.
#[derive(Debug, Serialize, ToSchema)]
struct ChannelHealthOut {
    /// The kind of channel.
    #[schema(example = "telegram")]
    kind: String,
    /// Whether nothing is known to be wrong.
    ok: bool,
    /// What is wrong and what helps, in plain words; null when nothing is known to be.
    trouble: Option<String>,
    /// Whether it takes anything new.
    active: bool,
    /// `hook` when the platform tells us, `poll` when it is asked.
    #[schema(example = "hook")]
    arrival: &'static str,
    /// When something last arrived; null when nothing ever did.
    last_delivery_at: Option<Instant>,
    /// How many deliveries are recorded and not read yet.
    #[schema(example = 0)]
    waiting: i64,
    /// For how long the oldest of them has waited, in seconds.
    #[schema(example = 0)]
    lag_seconds: i64,
    /// How many deliveries are quarantined: what they say could not be read or placed.
    #[schema(example = 0)]
    quarantined: i64,
    /// What the hook refused; null for a kind without hook.
    hook: Option<HookHealthOut>,
    /// How asking goes; null when the platform is not asked.
    asking: Option<AskingOut>,
}

/// What a hook refused. It is counted by each server for itself, and begins anew when that is started.
#[derive(Debug, Serialize, ToSchema)]
struct HookHealthOut {
    /// How many requests were refused.
    #[schema(example = 0)]
    refused: u64,
    /// Since when they are counted.
    since: Instant,
    /// When the last one was refused.
    last_refused_at: Option<Instant>,
    /// Why it was.
    #[schema(example = "the signature is missing or wrong")]
    last_refused_why: Option<String>,
}

/// How asking a platform goes.
#[derive(Debug, Serialize, ToSchema)]
struct AskingOut {
    /// Whether a worker does it at present.
    is_asked: bool,
    /// When it was last asked without a failure.
    last_asked_at: Option<Instant>,
    /// Failures in a row.
    #[schema(example = 0)]
    failures: i32,
    /// Since when it fails; null while it works.
    failing_since: Option<Instant>,
    /// When it is tried again; null while it works.
    next_at: Option<Instant>,
    /// Whether it goes on only after an admin has changed something, on the platform or in the set-up. It
    /// is tried again after an hour, and at once when the set-up is written.
    needs_change: bool,
}

impl ChannelHealthOut {
    fn of(health: Health, id: InboxId, refusals: &Refusals) -> Self {
        let kind = registry::named(&health.kind);
        let account = health.connected.as_ref().ok().map(account_of);
        let poll = kind.and_then(|kind| kind.poll).zip(account);
        let is_asked = poll.is_some_and(|(poll, account)| poll.is_wanted(&account));
        let trouble = trouble(&health, is_asked);
        let takes = kind.is_some_and(|kind| kind.hook.is_some());
        Self {
            ok: trouble.is_none(),
            trouble,
            active: health.active,
            arrival: if is_asked { "poll" } else { "hook" },
            last_delivery_at: health.traffic.newest.map(Wire),
            waiting: health.traffic.waiting,
            lag_seconds: health.lag_seconds(),
            quarantined: health.traffic.quarantined,
            hook: takes.then(|| HookHealthOut::of(id, refusals)),
            asking: is_asked.then(|| AskingOut::of(&health)),
            kind: health.kind,
        }
    }
}

/// The first thing that is wrong.
fn trouble(health: &Health, is_asked: bool) -> Option<String> {
    if let Err(why) = &health.connected {
        return Some(why.clone());
    }
    let place = health.place.as_ref().filter(|_| is_asked && health.is_current);
    place.and_then(|place| place.last_error.clone())
}

impl HookHealthOut {
    fn of(id: InboxId, refusals: &Refusals) -> Self {
        let last = refusals.of(id.0);
        Self {
            refused: last.map_or(0, |last| last.count),
            since: Wire(refusals.since()),
            last_refused_at: last.map(|last| Wire(last.last_at)),
            last_refused_why: last.map(|last| last.last_why.to_string()),
        }
    }
}

impl AskingOut {
    fn of(health: &Health) -> Self {
        let current = health.place.as_ref().filter(|_| health.is_current);
        let of = |read: fn(&StoredPlace) -> Option<throughline_core::time::Instant>| {
            current.and_then(read).map(Wire)
        };
        Self {
            is_asked: health.is_asked(),
            last_asked_at: of(|place| place.asked_at),
            failures: current.map_or(0, |place| place.failures),
            failing_since: of(|place| place.failing_since),
            next_at: of(|place| place.next_at),
            needs_change: current.is_some_and(|place| place.needs_change),
        }
    }
}

/// How a test of the connection went.
#[derive(Debug, Serialize, ToSchema)]
struct ChannelTestOut {
    /// Whether every step went well.
    ok: bool,
    /// The steps in their order; the first that fails is the last.
    steps: Vec<ChannelStepOut>,
}

/// One step of a test.
#[derive(Debug, Serialize, ToSchema)]
struct ChannelStepOut {
    /// `settings`, `token`, `arrival`, `number` or `account`.
    #[schema(example = "token")]
    step: &'static str,
    /// Whether it went well.
    ok: bool,
    /// What was found, or what is wrong and what helps.
    #[schema(example = "the token is that of @shop_bot; in groups it sees all messages")]
    words: String,
}

/// A message to try out with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TestMessageIn {
    /// To whom: the id of a chat of Telegram, of a channel of Slack, a number, or the key of a conversation.
    to: RecipientText,
    /// What it says; a sentence that says what it is, if nothing is given.
    #[serde(default)]
    text: Option<TestText>,
}

/// What became of a test message.
#[derive(Debug, Serialize, ToSchema)]
struct TestMessageOut {
    /// `sent`, `refused`, `later` or `unknown`. Of what is `unknown` nobody knows whether it arrived.
    #[schema(example = "sent")]
    outcome: &'static str,
    /// What a refusal is, for programs: the codes are those of replies.
    #[schema(example = "blocked")]
    code: Option<String>,
    /// Why it was not sent, and what to do.
    words: Option<String>,
}

impl TestMessageOut {
    fn of(sent: TestSent) -> Self {
        let (outcome, code, words) = match sent {
            TestSent::Taken => ("sent", None, None),
            TestSent::Refused { code, words } => ("refused", Some(code), Some(words)),
            TestSent::Later { words } => ("later", None, Some(words)),
            TestSent::Unknown { words } => ("unknown", None, Some(words)),
        };
        Self { outcome, code, words }
    }
}

/// Read how a connected inbox fares.
///
/// What came by it, what its hook refused, and how asking its platform goes, with what is wrong in plain
/// words.
#[utoipa::path(
    tag = "Channels", params(("id" = InboxId, Path, description = "The inbox.")),
    responses((status = 200, description = "How it fares.", body = ChannelHealthOut), OnGet)
)]
#[get("/inboxes/{id}/channel/health")]
async fn get_channel_health(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<InboxId>,
) -> Result<Json<ChannelHealthOut>, Problem> {
    let health = channels::health(&state.app, &signed.0, id.0.0).await?;
    Ok(Json(ChannelHealthOut::of(health, id.0, &state.refusals)))
}

/// Test how an inbox is connected, step by step.
///
/// With the set-up that is stored. Nothing is changed on the platform and nothing is sent.
#[utoipa::path(
    tag = "Channels",
    params(("id" = InboxId, Path, description = "The inbox."), IdempotencyHeader),
    responses((status = 200, description = "How it went.", body = ChannelTestOut), OnAction)
)]
#[post("/inboxes/{id}/channel/test")]
async fn test_channel(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<InboxId>,
) -> Result<Json<ChannelTestOut>, Problem> {
    let steps = channels::test(&state.app, &signed.0, probe(&state)?, id.0.0).await?;
    let ok = !steps.is_empty() && steps.iter().all(|step| step.ok);
    let step = |ProbeStep { step, ok, words }| ChannelStepOut { step, ok, words };
    Ok(Json(ChannelTestOut { ok, steps: steps.into_iter().map(step).collect() }))
}

/// Send a test message by a connected inbox.
///
/// Once and at once; it stands on no timeline, unless the platform repeats it to us.
#[utoipa::path(
    tag = "Channels", request_body = TestMessageIn,
    params(("id" = InboxId, Path, description = "The inbox."), IdempotencyHeader),
    responses((status = 200, description = "What became of it.", body = TestMessageOut), OnCreate)
)]
#[post("/inboxes/{id}/channel/test-message")]
async fn send_test_message(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<InboxId>,
    body: Body<TestMessageIn>,
) -> Result<Json<TestMessageOut>, Problem> {
    let TestMessageIn { to, text } = body.0;
    let text = text.map_or_else(|| TEST_TEXT.to_owned(), Text::into_string);
    let (probe, to) = (probe(&state)?, to.into_string());
    let sent = channels::test_message(&state.app, &signed.0, probe, id.0.0, &to, &text).await?;
    Ok(Json(TestMessageOut::of(sent)))
}

fn probe(state: &ApiState) -> Result<&dyn ChannelProbe, Problem> {
    let probe = state.settings.channel_probe.as_deref();
    probe.ok_or_else(|| Problem::new("unavailable", "this server does not reach out to platforms"))
}
