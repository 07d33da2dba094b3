//! Webhooks on the wire: what is shown and what is asked. The operations are in `webhooks`.

use serde::{Deserialize, Serialize};
use throughline_app::webhooks::{NewWebhook, Origin, WebhookPatch};
use throughline_core::webhook::{Attempt, Progress, Try, Webhook};
use utoipa::ToSchema;

use super::events::EventKind;
use crate::problem::Problem;
use crate::wire::{
    EventId, Instant, Patch, Remark, Text, WebhookId, WebhookState, WebhookUrl, Wire, at_most,
    given, given_at_most,
};

/// An address that events are sent to, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookOut {
    /// Its id.
    id: WebhookId,
    /// The address.
    #[schema(example = "https://shop.example.com/hooks/throughline")]
    url: String,
    /// What it is for.
    description: Option<String>,
    /// The kinds of events that are sent; all when empty.
    #[schema(example = json!(["ticket.created", "ticket.updated"]))]
    kinds: Vec<String>,
    /// Whether events are sent.
    state: WebhookState,
    /// Why they are not; null while they are.
    state_reason: Option<String>,
    /// The position of the last event that was taken or passed over.
    #[schema(example = 4711)]
    position: i64,
    /// How often in a row it failed.
    #[schema(example = 0)]
    failures: i32,
    /// Since when it fails; null while it works.
    failing_since: Option<Instant>,
    /// What was wrong the last time; null while it works.
    last_error: Option<String>,
    /// When an event was last taken.
    last_success_at: Option<Instant>,
    /// When the next try is, at the earliest.
    next_at: Instant,
    /// Until when the secret of before signs as well; null when none does.
    old_secret_until: Option<Instant>,
    /// Who made it.
    #[schema(example = "agt_1h2p9x8gk0009")]
    created_by: String,
    /// When it was made.
    created_at: Instant,
    /// When its set-up last changed.
    updated_at: Instant,
    /// Rises with every change of its set-up; the base of its ETag.
    #[schema(example = 1)]
    version: i64,
}

impl WebhookOut {
    /// On the wire.
    pub fn of(webhook: Webhook) -> Self {
        let Webhook {
            id,
            url,
            description,
            kinds,
            old_secret_until,
            progress,
            created_by,
            created_at,
            updated_at,
            version,
        } = webhook;
        let Progress {
            state,
            reason,
            position,
            failures,
            failing_since,
            last_success_at,
            last_error,
            next_at,
        } = progress;
        Self {
            id: id.into(),
            url,
            description,
            kinds,
            state: state.into(),
            state_reason: reason,
            position,
            failures,
            failing_since: failing_since.map(Wire),
            last_error,
            last_success_at: last_success_at.map(Wire),
            next_at: next_at.into(),
            old_secret_until: old_secret_until.map(Wire),
            created_by,
            created_at: created_at.into(),
            updated_at: updated_at.into(),
            version,
        }
    }
}

/// A webhook with its secret.
#[derive(Serialize, ToSchema)]
pub struct WebhookMadeOut {
    /// The webhook as it will be listed.
    pub webhook: WebhookOut,
    /// Its secret, shown this once; null when the request was a repeat.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub secret: Option<String>,
}

/// A webhook to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookIn {
    /// The address: https, public, without a name or password in it.
    url: WebhookUrl,
    /// What it is for.
    description: Option<Remark>,
    /// The kinds of events to send; all when empty or absent.
    #[serde(default, deserialize_with = "at_most::<50, _, _>")]
    #[schema(max_items = 50)]
    kinds: Vec<EventKind>,
}

impl From<WebhookIn> for NewWebhook {
    fn from(asked: WebhookIn) -> Self {
        let WebhookIn { url, description, kinds } = asked;
        Self {
            url: url.into_string(),
            description: description.map(Remark::into_string),
            kinds: kinds.into_iter().map(EventKind::into_string).collect(),
        }
    }
}

/// A change of a webhook; absent fields stay, null clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookPatchIn {
    /// Another address.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = WebhookUrl, required = false)]
    url: Option<WebhookUrl>,
    /// Another description, or none.
    #[serde(default)]
    #[schema(value_type = Option<Remark>)]
    description: Patch<Remark>,
    /// Other kinds of events; all when empty.
    #[serde(default, deserialize_with = "given_at_most::<50, _, _>")]
    #[schema(value_type = Vec<EventKind>, required = false, max_items = 50)]
    kinds: Option<Vec<EventKind>>,
}

impl From<WebhookPatchIn> for WebhookPatch {
    fn from(asked: WebhookPatchIn) -> Self {
        let WebhookPatchIn { url, description, kinds } = asked;
        let names = |kinds: Vec<EventKind>| kinds.into_iter().map(EventKind::into_string).collect();
        Self {
            url: url.map(WebhookUrl::into_string),
            description: description.map(Remark::into_string),
            kinds: kinds.map(names),
        }
    }
}

/// From where to send again; exactly one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayIn {
    /// From behind this position.
    #[schema(minimum = 0, example = 4711)]
    after: Option<i64>,
    /// From the first event that happened at this instant or later.
    since: Option<Instant>,
}

impl ReplayIn {
    /// The origin that is meant.
    pub fn into_origin(self) -> Result<Origin, Problem> {
        match (self.after, self.since) {
            (Some(after @ 0..), None) => Ok(Origin::After(after)),
            (None, Some(since)) => Ok(Origin::Since(since.0)),
            (Some(_), None) => Err(Problem::new("invalid_field", "a number from 0").at("after")),
            _ => Err(Problem::new("invalid_field", "give either after or since").at("after")),
        }
    }
}

/// How to change the secret.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateIn {
    /// For how long the secret of before signs as well, in seconds: at most a week.
    #[schema(minimum = 0, maximum = 604800, example = 86400)]
    pub keep_old_for_seconds: i64,
}

/// What came of sending one message.
#[derive(Debug, Serialize, ToSchema)]
pub struct TryOut {
    /// Whether it was taken: a status from 200 to 299.
    ok: bool,
    /// The status of the answer; null when there was none.
    #[schema(example = 200)]
    status: Option<u16>,
    /// What is wrong; null when it was taken.
    error: Option<String>,
    /// The first 1,024 bytes of the answer.
    response: Option<String>,
    /// How long it took, in milliseconds.
    #[schema(example = 48)]
    elapsed_ms: i64,
}

impl TryOut {
    /// On the wire.
    pub fn of(outcome: Try) -> Self {
        let ok = outcome.taken();
        let Try { status, error, response, retry_after_seconds: _, ms } = outcome;
        Self { ok, status, error, response, elapsed_ms: ms }
    }
}

/// One line of the log of what was sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptOut {
    /// The event; the header `webhook-id` had it.
    event: EventId,
    /// The event's position.
    #[schema(example = 4711)]
    position: i64,
    /// The event's kind.
    #[schema(example = "ticket.updated")]
    kind: String,
    /// When it was sent.
    at: Instant,
    /// What came of it.
    outcome: TryOut,
}

impl AttemptOut {
    /// On the wire.
    pub fn of(attempt: Attempt) -> Self {
        let Attempt { id: _, event, position, kind, at, outcome } = attempt;
        let (event, at, outcome) = (event.into(), at.into(), TryOut::of(outcome));
        Self { event, position, kind, at, outcome }
    }
}
