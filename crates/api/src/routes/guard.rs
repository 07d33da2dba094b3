//! The repeat guard: looking at drafts, and its numbers.

use crate::mount::ServiceConfig;
use actix_web::http::header;
use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, get, post};
use serde::{Deserialize, Serialize};
use throughline_app::guard::{self, Draft, Finding, Known, RepeatRow};
use throughline_core::channel;
use throughline_core::guard::telling;
use throughline_core::id;
use throughline_core::promises::FoundPromise;
use utoipa::{IntoParams, ToSchema};

use crate::auth::Signed;
use crate::extract::{Asked, Body, Id, IdempotencyHeader, from_query};
use crate::problem::Problem;
use crate::responses::{OnList, OnWrite};
use crate::state::ApiState;
use crate::wire::{
    BodyText, Channel, FactId, FactKind, GroupBy, GuardMode, Instant, ItemId, TeamId, Text,
    TicketId, Tongue, Wire,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(check_draft).service(get_repeats);
}

/// A draft to look at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DraftCheckIn {
    /// Its text.
    body: BodyText,
    /// The language in which you are told; that of the header `Accept-Language` when absent.
    language: Option<Tongue>,
    /// By how many minutes your clock is ahead of UTC, for the ends of days.
    #[serde(default)]
    #[schema(example = 180, minimum = -840, maximum = 840)]
    utc_offset_minutes: i32,
}

/// What a draft does.
#[derive(Debug, Serialize, ToSchema)]
struct FindingsOut {
    /// What it asks for that is known.
    asks: Vec<FindingOut>,
    /// What it promises.
    promises: Vec<FoundPromiseOut>,
    /// What happens when it is sent as it is.
    mode: GuardMode,
}

/// A question for something that is known.
#[derive(Debug, Serialize, ToSchema)]
struct FindingOut {
    /// What it asks for.
    kind: FactKind,
    /// The sentence that asks, in bytes of the draft.
    asked: RangeOut,
    /// What is known, the newest first.
    known: Vec<KnownOut>,
}

/// A stretch of a text.
#[derive(Debug, Serialize, ToSchema)]
struct RangeOut {
    /// Its first byte.
    start: usize,
    /// One past its last byte.
    end: usize,
}

/// A known value.
#[derive(Debug, Serialize, ToSchema)]
struct KnownOut {
    /// The fact.
    fact: FactId,
    /// Its value.
    #[schema(example = "4417")]
    value: String,
    /// As it was written.
    #[schema(example = "4417")]
    display: String,
    /// When it was told.
    said_at: Instant,
    /// By which channel.
    channel: Channel,
    /// The item that holds it.
    item: ItemId,
    /// All that in one sentence.
    #[schema(example = "given on 3 March 2026 by phone: 4417")]
    words: String,
}

/// A promise in a draft.
#[derive(Debug, Serialize, ToSchema)]
struct FoundPromiseOut {
    /// The sentence that promises, in bytes of the draft.
    range: RangeOut,
    /// Until when.
    due_at: Instant,
}

impl FindingOut {
    fn of(finding: Finding) -> Self {
        let Finding { ask, known } = finding;
        Self {
            kind: ask.kind.into(),
            asked: RangeOut { start: ask.start, end: ask.end },
            known: known.into_iter().map(KnownOut::of).collect(),
        }
    }
}

impl KnownOut {
    fn of(known: Known) -> Self {
        let Known { fact, value, display, said_at, channel, item, words } = known;
        let (fact, said_at) = (fact.into(), said_at.into());
        Self { fact, value, display, said_at, channel: channel.into(), item: item.into(), words }
    }
}

impl FoundPromiseOut {
    fn of(found: FoundPromise) -> Self {
        let FoundPromise { start, end, due } = found;
        Self { range: RangeOut { start, end }, due_at: due.into() }
    }
}

/// Look at a draft before it is sent: what it asks for that the customer has already told, and what it
/// promises.
///
/// What it asks for is counted: when the reply that you send no longer asks, that is a question avoided.
#[utoipa::path(
    tag = "Facts", request_body = DraftCheckIn,
    params(("id" = TicketId, Path, description = "The ticket."), IdempotencyHeader),
    responses((status = 200, description = "What the draft does.", body = FindingsOut), OnWrite)
)]
#[post("/tickets/{id}/draft/check")]
async fn check_draft(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<TicketId>,
    request: HttpRequest,
    body: Body<DraftCheckIn>,
) -> Result<Json<FindingsOut>, Problem> {
    let DraftCheckIn { body, language, utc_offset_minutes } = body.0;
    if !(-840..=840).contains(&utc_offset_minutes) {
        let why = "an offset from UTC is -840 to 840 minutes";
        return Err(Problem::new("invalid_field", why).at("utc_offset_minutes"));
    }
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
    let tongue =
        language.map_or_else(|| telling::Tongue::accepted(accepted.unwrap_or_default()), |l| l.0);
    let draft = Draft { body: body.into_string(), tongue, offset_minutes: utc_offset_minutes };
    let found = guard::check(&state.app, &signed.0, id.0.0, draft).await?;
    Ok(Json(FindingsOut {
        asks: found.asks.into_iter().map(FindingOut::of).collect(),
        promises: found.promises.into_iter().map(FoundPromiseOut::of).collect(),
        mode: found.mode.into(),
    }))
}

/// Of which period, and by what.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct RepeatsQuery {
    /// From this instant on.
    from: Instant,
    /// Before this instant.
    until: Instant,
    /// By what the numbers are grouped; by team when absent.
    group_by: Option<GroupBy>,
    /// Within how many days a new ticket is a repeat contact; 7 when absent.
    #[param(minimum = 1, maximum = 365)]
    days: Option<u16>,
}

from_query! { RepeatsQuery { from: one, until: one, group_by: maybe, days: maybe } }

/// How often customers had to repeat themselves.
#[derive(Debug, Serialize, ToSchema)]
struct RepeatsOut {
    /// A row for each team or channel.
    rows: Vec<RepeatRowOut>,
}

/// The numbers of a team or channel.
#[derive(Debug, Serialize, ToSchema)]
struct RepeatRowOut {
    /// The team; null for tickets without one, and when grouped by channel.
    team: Option<TeamId>,
    /// The channel; null when grouped by team.
    channel: Option<Channel>,
    /// Questions for known things that a draft asked and the reply did not.
    #[schema(example = 12)]
    avoided: i64,
    /// Questions for known things that were sent.
    #[schema(example = 1)]
    asked: i64,
    /// Tickets resolved in the period.
    #[schema(example = 80)]
    resolved: i64,
    /// Of these, those after which the customer opened another one within the days.
    #[schema(example = 6)]
    repeat_contacts: i64,
    /// Of these, those during which the customer spoke on another channel as well.
    #[schema(example = 9)]
    channel_switches: i64,
}

impl RepeatRowOut {
    fn of(row: RepeatRow, by_team: bool) -> Self {
        let RepeatRow { place, counts } = row;
        let team = place.filter(|_| by_team).map(|id| Wire(id::TeamId::from(id)));
        let code = place.filter(|_| !by_team).and_then(|code| i16::try_from(code).ok());
        Self {
            team,
            channel: code.and_then(channel::Channel::from_code).map(Wire),
            avoided: counts.avoided,
            asked: counts.asked,
            resolved: counts.resolved,
            repeat_contacts: counts.repeat_contacts,
            channel_switches: counts.channel_switches,
        }
    }
}

/// Read how often customers had to repeat themselves. For leads and admins.
#[utoipa::path(
    tag = "Facts", params(RepeatsQuery),
    responses((status = 200, description = "The numbers.", body = RepeatsOut), OnList)
)]
#[get("/metrics/repeats")]
async fn get_repeats(
    state: Data<ApiState>,
    signed: Signed,
    query: Asked<RepeatsQuery>,
) -> Result<Json<RepeatsOut>, Problem> {
    use throughline_core::guard::GroupBy as By;
    let RepeatsQuery { from, until, group_by, days } = query.0;
    let days = days.unwrap_or(7);
    if !(1..=365).contains(&days) {
        return Err(Problem::new("invalid_parameter", "days: 1 to 365").at("days"));
    }
    let by = group_by.map_or(By::Team, |by| by.0);
    let rows = guard::repeats(&state.app, &signed.0, by, from.0, until.0, i64::from(days)).await;
    let rows = rows.map_err(Problem::in_query)?;
    let rows = rows.into_iter().map(|row| RepeatRowOut::of(row, by == By::Team)).collect();
    Ok(Json(RepeatsOut { rows }))
}
