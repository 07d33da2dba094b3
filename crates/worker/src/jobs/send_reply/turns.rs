//! The turns of an inbox: when one more may go, and the mark that a try begins.

use throughline_app::App;
use throughline_app::outgoing::{self, Begun, Turn};
use throughline_core::id::ItemId;
use throughline_core::time::Instant;
use throughline_outbound::email::pace::{Pace, Rate, Take};

use super::places::Places;
use super::{Stop, later};
use crate::job::Verdict;

/// How often the inbox's first turn is asked for when others take it meanwhile.
const TURNS: usize = 20;

/// Takes the inbox's turn and marks that a try begins; answers when that was.
pub(super) async fn begin(
    app: &App,
    item: ItemId,
    places: &Places,
    rate: Rate,
) -> Result<Option<Instant>, Stop> {
    for _ in 0..TURNS {
        match outgoing::begin(app, item, move |before, now| turn(before, rate, now)).await? {
            Begun::Go(mail) => return Ok(mail.sending_since),
            Begun::Over => return Err(Stop::Verdict(Verdict::Done)),
            Begun::NotYet(until) => return later(until, "it is not due yet"),
            Begun::TooFast(micros) => return too_fast(places, rate, micros, app.now()),
            Begun::Crowded => {}
        }
    }
    later(places.next_look(app.now()), "others send by its inbox at this moment")
}

/// What the inbox's pace says to one more mail.
pub(super) fn turn(before: Option<Instant>, rate: Rate, now: Instant) -> Turn {
    match before.map_or(Pace::full(now), Pace::until).take(rate, now) {
        Take::Allowed(pace) => Turn::Taken(pace.full_at()),
        Take::Wait { micros } => Turn::Wait(micros),
    }
}

/// When an inbox that sends no faster is asked again.
pub(super) fn too_fast<T>(
    places: &Places,
    rate: Rate,
    micros: i64,
    now: Instant,
) -> Result<T, Stop> {
    let step = 3_600_000_000 / i64::from(rate.per_hour.max(1));
    later(places.next_turn(now.plus_micros(micros), step), "its inbox sends no faster")
}
