//! Domain events live, as server-sent events (WHATWG HTML, section 9.2).

use std::str::FromStr;

use crate::mount::ServiceConfig;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, get, post};
use futures_util::stream::{self, StreamExt};
use serde::Serialize;
use throughline_app::feed::{Follower, Step, Wanted};
use throughline_app::stream_tickets;
use throughline_core::actor::Actor;
use throughline_core::time;
use utoipa::{IntoParams, ToSchema};

use super::events::{EventKind, EventOut, Position};
use crate::answer::Shown;
use crate::auth::{Signed, access_until, sign};
use crate::extract::{Asked, IdempotencyHeader, LastEventIdHeader, from_query};
use crate::problem::Problem;
use crate::responses::{OnAction, OnStream};
use crate::state::ApiState;
use crate::wire::{CustomerId, Instant, TicketId, Wire};

/// What a stream begins with: how soon a browser comes back after a break, in milliseconds.
const GREETING: &[u8] = b"retry: 2000\n: connected\n\n";

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(stream_events).service(create_stream_ticket);
}

/// A ticket for one stream, as a browser gives it in the address.
#[derive(Debug)]
struct TicketText(String);

impl FromStr for TicketText {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let known = text.len() == 43 && text.bytes().all(fits);
        if known { Ok(Self(text.to_owned())) } else { Err("expected the text of a stream ticket") }
    }
}

/// Which events.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct StreamQuery {
    /// The position behind which to begin; from now on when absent.
    #[param(value_type = Option<i64>, minimum = 0, example = 4711)]
    after: Option<Position>,
    /// Only these kinds.
    kind: Vec<EventKind>,
    /// Only those of this customer, by whatever record of it.
    customer: Option<CustomerId>,
    /// Only those of this ticket.
    ticket: Option<TicketId>,
    /// Instead of the header Authorization: the text of a stream ticket.
    #[param(value_type = Option<String>, pattern = "^[A-Za-z0-9_-]{43}$")]
    stream_ticket: Option<TicketText>,
}

from_query! { StreamQuery {
    after: maybe, kind: many, customer: maybe, ticket: maybe, stream_ticket: maybe,
} }

/// Follow events live.
///
/// Server-sent events: the id of each is its position, its data the event as `GET /events` has it.
/// A silent stream shows that it lives every 15 seconds. It ends when the access does, when the
/// client reads too slowly, and when the server stops; with `Last-Event-ID` it goes on without a gap.
#[utoipa::path(
    tag = "Events", params(StreamQuery, LastEventIdHeader),
    responses(
        (
            status = 200, description = "Events as they happen.", body = String,
            content_type = "text/event-stream", example = "id: 4711\ndata: {\"kind\":\"ticket.updated\"}\n\n"
        ),
        OnStream
    )
)]
#[get("/events/stream")]
async fn stream_events(
    state: Data<ApiState>,
    request: HttpRequest,
    query: Asked<StreamQuery>,
) -> Result<HttpResponse, Problem> {
    let StreamQuery { after, kind, customer, ticket, stream_ticket } = query.0;
    let after = last_seen(&request)?.or(after.map(|position| position.0));
    let (actor, until) = who(&state, &request, stream_ticket).await?;
    let kinds = kind.into_iter().map(EventKind::into_string).collect();
    let wanted = Wanted { kinds, customer: customer.map(|c| c.0), ticket: ticket.map(|t| t.0) };
    let follower = state.feed.follow(actor, until, wanted, after).await?;
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, "text/event-stream"));
    // A proxy or an encoder that gathers bytes would hold events back.
    response.insert_header((CACHE_CONTROL, "no-store, no-transform"));
    response.insert_header(("X-Accel-Buffering", "no"));
    response.insert_header((CONTENT_ENCODING, "identity"));
    Ok(response.streaming(events_of(follower)))
}

/// Who asks, and until when that is good.
async fn who(
    state: &ApiState,
    request: &HttpRequest,
    ticket: Option<TicketText>,
) -> Result<(Actor, Option<time::Instant>), Problem> {
    if let Some(ticket) = ticket {
        return Ok(stream_tickets::redeem(&state.app, &ticket.0).await?);
    }
    Ok((sign(request).await?.0, access_until(request, state)?))
}

/// The id of the last event that the client has seen.
fn last_seen(request: &HttpRequest) -> Result<Option<i64>, Problem> {
    let Some(value) = request.headers().get("last-event-id") else { return Ok(None) };
    let text = value.to_str().unwrap_or("?").trim();
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |why| Problem::new("invalid_header", why).at("Last-Event-ID");
    text.parse::<Position>().map(|position| Some(position.0)).map_err(wrong)
}

fn events_of(follower: Follower) -> impl stream::Stream<Item = Result<Bytes, std::io::Error>> {
    let greeting = stream::once(std::future::ready(Bytes::from_static(GREETING)));
    let steps = stream::unfold(follower, |mut follower| async move {
        let step = follower.next().await?;
        Some((render(step), follower))
    });
    greeting.chain(steps).map(Ok)
}

/// A step on the wire. One without events is a comment with a position: a browser remembers it, and
/// comes back from there.
fn render(step: Step) -> Bytes {
    let Step { events, position } = step;
    let mut text = String::new();
    for event in events {
        let id = event.position.unwrap_or(position);
        let data = serde_json::to_string(&EventOut::of(event)).unwrap_or_default();
        text.push_str(&format!("id: {id}\ndata: {data}\n\n"));
    }
    if text.is_empty() {
        text = format!(": alive\nid: {position}\n\n");
    }
    text.into()
}

/// A ticket for one stream.
#[derive(Debug, Serialize, ToSchema)]
struct StreamTicketOut {
    /// Its text, for the parameter `stream_ticket`; shown this once, null when the request was a
    /// repeat.
    #[schema(example = "QK66v4xj0123456789abcdefghijklmnopqrstuvwxy")]
    stream_ticket: Option<String>,
    /// Until when a stream can be opened with it.
    good_until: Instant,
}

/// Get a ticket for one live stream.
///
/// For browsers, whose `EventSource` sends no header: the ticket goes into the address, is used up
/// by opening the stream, and is good for 60 seconds. An access token must never stand in an address.
#[utoipa::path(
    tag = "Events", params(IdempotencyHeader),
    responses((status = 200, description = "The ticket.", body = StreamTicketOut), OnAction)
)]
#[post("/events/stream-tickets")]
async fn create_stream_ticket(
    state: Data<ApiState>,
    signed: Signed,
    request: HttpRequest,
) -> Result<Shown<StreamTicketOut>, Problem> {
    let until = access_until(&request, &state)?;
    let (ticket, good_until) = stream_tickets::make(&state.app, &signed.0, until).await?;
    let good_until = Wire(good_until);
    let body = StreamTicketOut { stream_ticket: Some(ticket.into_exposed()), good_until };
    Ok(Shown { body, kept: StreamTicketOut { stream_ticket: None, good_until } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_step_still_says_where_to_go_on() {
        let beat = render(Step { events: Vec::new(), position: 7 });
        assert_eq!(beat, ": alive\nid: 7\n\n");
    }

    #[test]
    fn a_stream_ticket_has_one_form() {
        assert!("x".repeat(43).parse::<TicketText>().is_ok());
        for bad in ["", "x", &"x".repeat(44), &" ".repeat(43)] {
            assert!(bad.parse::<TicketText>().is_err(), "{bad:?}");
        }
    }
}
