//! What belongs to one kind of timeline item alone, on the wire. Messages have a file of their own.

use serde::Serialize;
use throughline_core::rating::Rating;
use throughline_core::time;
use throughline_core::timeline::{
    BriefDetail, MergeDetail, PromiseDetail, PushedDetail, PushedField, Redaction,
};
use utoipa::ToSchema;

use super::messages::ReasonOut;
use super::platform_wire::PlatformOut;
use crate::wire::{
    AgentId, CustomerId, Instant, MergeId, Metric, PromiseId, PushedEventId, TeamId, Wire,
};

/// What belongs to a call, mention, review, survey response, order, page view or other event.
#[derive(Debug, Serialize, ToSchema)]
pub struct PushedOut {
    /// Its id.
    event: PushedEventId,
    /// The name of its type.
    #[serde(rename = "type")]
    #[schema(example = "order.placed")]
    event_type: String,
    /// Its title.
    #[schema(example = "Order 4417 placed")]
    title: String,
    /// The name of an icon.
    #[schema(example = "cart")]
    icon: Option<String>,
    /// What is shown below the title.
    fields: Vec<PushedFieldOut>,
    /// How something was rated in it; null where nothing was.
    rating: Option<RatingOut>,
    /// All that was pushed.
    #[schema(value_type = Object)]
    data: serde_json::Value,
    /// What its platform says of it; null where nothing but an integrator pushed it.
    platform: Option<PlatformOut>,
    /// Why it is this customer's.
    owner_reason: Option<ReasonOut>,
}

/// How something was rated: a number says nothing without its scale.
#[derive(Debug, Serialize, ToSchema)]
pub struct RatingOut {
    /// What it measures.
    metric: Metric,
    /// The rating.
    #[schema(example = 9)]
    value: i32,
    /// The least that can be given.
    #[schema(example = 0)]
    least: i32,
    /// The most that can be given.
    #[schema(example = 10)]
    most: i32,
}

impl RatingOut {
    fn of(rating: Rating) -> Self {
        let Rating { metric, value, least, most } = rating;
        Self { metric: metric.into(), value, least, most }
    }
}

/// One line below the title of an event.
#[derive(Debug, Serialize, ToSchema)]
pub struct PushedFieldOut {
    /// What it is.
    #[schema(example = "Total")]
    label: String,
    /// Its value, as a text.
    #[schema(example = "1.250,00 TRY")]
    value: String,
}

impl PushedFieldOut {
    /// On the wire.
    pub fn of(field: PushedField) -> Self {
        let PushedField { label, value } = field;
        Self { label, value }
    }
}

impl PushedOut {
    /// On the wire.
    pub fn of(detail: PushedDetail) -> Self {
        let PushedDetail {
            event,
            event_type,
            title,
            icon,
            fields,
            rating,
            data,
            platform,
            owner_reason,
        } = detail;
        Self {
            event: event.into(),
            event_type,
            title,
            icon,
            fields: fields.into_iter().map(PushedFieldOut::of).collect(),
            rating: rating.map(RatingOut::of),
            data,
            platform: platform.map(|platform| PlatformOut::of(*platform)),
            owner_reason: owner_reason.map(ReasonOut::of),
        }
    }
}

/// What belongs to a merge.
#[derive(Debug, Serialize, ToSchema)]
pub struct MergedOut {
    /// The merge.
    merge: MergeId,
    /// The record on the other side.
    other: CustomerId,
    /// Whether this tells of its end.
    undone: bool,
}

impl MergedOut {
    /// On the wire.
    pub fn of(detail: MergeDetail) -> Self {
        let MergeDetail { merge, other, undone } = detail;
        Self { merge: merge.into(), other: other.into(), undone }
    }
}

/// What belongs to a promise.
#[derive(Debug, Serialize, ToSchema)]
pub struct PromisedOut {
    /// The promise, which knows whether it was kept.
    promise: PromiseId,
    /// Until when.
    due_at: Option<Instant>,
}

impl PromisedOut {
    /// On the wire.
    pub fn of(detail: PromiseDetail) -> Self {
        let PromiseDetail { promise, due_at } = detail;
        Self { promise: promise.into(), due_at: due_at.map(instant) }
    }
}

/// What belongs to a brief.
#[derive(Debug, Serialize, ToSchema)]
pub struct BriefedOut {
    /// The agent who takes over.
    agent: Option<AgentId>,
    /// The team that takes over.
    team: Option<TeamId>,
    /// Who read it; null until somebody did.
    read_by: Option<AgentId>,
    /// When.
    read_at: Option<Instant>,
    /// The brief as it was then.
    #[schema(value_type = Object)]
    brief: serde_json::Value,
}

impl BriefedOut {
    /// On the wire.
    pub fn of(detail: BriefDetail) -> Self {
        let BriefDetail { agent, team, read_by, read_at, brief } = detail;
        Self {
            agent: agent.map(Wire),
            team: team.map(Wire),
            read_by: read_by.map(Wire),
            read_at: read_at.map(instant),
            brief,
        }
    }
}

/// The trace of what was taken out.
#[derive(Debug, Serialize, ToSchema)]
pub struct RedactedOut {
    /// Who did it: `system`, or the id of an agent or API key.
    #[schema(example = "agt_1h2p9x8gk0009")]
    by: String,
    /// When.
    at: Instant,
    /// Why.
    #[schema(example = "Card number sent by mistake")]
    reason: String,
}

impl RedactedOut {
    /// On the wire.
    pub fn of(redaction: Redaction) -> Self {
        let Redaction { by, at, reason } = redaction;
        Self { by, at: instant(at), reason }
    }
}

fn instant(micros: i64) -> Instant {
    time::Instant::from_micros(micros).into()
}
