//! What can be said of an event without the database: whether it is one, and how it looks.

use std::collections::HashMap;

use serde_json::json;
use throughline_core::channel::Channel;
use throughline_core::facts::FactKind;
use throughline_core::id::{CustomerId, PushedEventId, TicketId};
use throughline_core::identity::Hint;
use throughline_core::pushed::{self, MAX_AHEAD_SECONDS, MAX_DATA, Shape};
use throughline_core::time::Instant;
use throughline_core::timeline::{ItemKind, PushedDetail, tidy_body};

use super::NewEvent;
use crate::customers::{HintIn, MAX_HINTS};
use crate::{App, AppError};

/// The longest key of an event, in bytes.
const MAX_KEY: usize = 200;
/// Nothing that anybody pushes happened before 1900.
const OLDEST: Instant = Instant::from_micros(-2_208_988_800_000_000);

/// An event that can be stored, once it is known whose it is.
#[derive(Debug, Clone)]
pub(super) struct Ready {
    pub id: PushedEventId,
    pub key: Option<String>,
    pub hash: String,
    pub occurred_at: Instant,
    pub hints: Vec<HintIn>,
    pub customer: Option<CustomerId>,
    pub ticket: Option<TicketId>,
    pub kind: ItemKind,
    pub channel: Channel,
    pub makes_customers: bool,
    pub body: String,
    pub detail: PushedDetail,
    pub facts: Vec<(FactKind, String)>,
}

/// Checks an event.
pub(super) fn ready(
    app: &App,
    shapes: &HashMap<String, Shape>,
    event: NewEvent,
    now: Instant,
) -> Result<Ready, AppError> {
    let hash = hash_of(&event);
    let NewEvent { event_type, occurred_at, hints, customer, ticket, data, key, title } = event;
    if !pushed::is_type_name(&event_type) {
        let why =
            "a type is named by words of a-z, 0-9 and _, joined by dots, such as order.placed";
        return Err(AppError::invalid("type", why));
    }
    let occurred_at = checked_time(occurred_at, now)?;
    let key = key.map(checked_key).transpose()?;
    check_hints(app, &hints)?;
    if hints.is_empty() && customer.is_none() && ticket.is_none() {
        let why = "say whom it is about: identities, a customer or a ticket";
        return Err(AppError::invalid("identities", why));
    }
    if !data.is_object() || data.to_string().len() > MAX_DATA {
        let why = format!("data is a JSON object of at most {MAX_DATA} bytes");
        return Err(AppError::invalid("data", why));
    }
    let own = || Shape::by_name(&event_type);
    let shape = shapes.get(&event_type).cloned().unwrap_or_else(own);
    if let Some(misfit) = shape.schema.as_ref().and_then(|schema| schema.check(&data).err()) {
        return Err(AppError::refused("event_misfit", misfit.to_string()));
    }
    let shown = shape.show(&event_type, title.as_deref(), &data);
    let facts = shape.facts(&data);
    let id: PushedEventId = app.ids().make(now);
    let detail = PushedDetail {
        event: id,
        event_type,
        title: shown.title,
        icon: shown.icon.map(|icon| icon.as_str().to_owned()),
        fields: shown.fields,
        rating: None,
        data,
        platform: None,
        owner_reason: None,
    };
    let (kind, channel, makes_customers) = (shape.kind, shape.channel, shape.makes_customers);
    let body = tidy_body(&shown.body).0;
    Ok(Ready {
        id,
        key,
        hash,
        occurred_at,
        hints,
        customer,
        ticket,
        kind,
        channel,
        makes_customers,
        body,
        detail,
        facts,
    })
}

/// By all that was pushed but the key: the same key with anything else is another event.
fn hash_of(event: &NewEvent) -> String {
    let NewEvent { event_type, occurred_at, hints, customer, ticket, data, key: _, title } = event;
    let hint = |HintIn { kind, scope, value, name, signature, verified }: &HintIn| {
        json!([kind, scope, value, name, signature, verified])
    };
    let hints: Vec<_> = hints.iter().map(hint).collect();
    let whole = json!([event_type, occurred_at, hints, customer, ticket, data, title]);
    blake3::hash(whole.to_string().as_bytes()).to_hex().to_string()
}

fn checked_time(given: Option<Instant>, now: Instant) -> Result<Instant, AppError> {
    let at = given.unwrap_or(now);
    if (OLDEST..=now.plus_seconds(MAX_AHEAD_SECONDS)).contains(&at) {
        return Ok(at);
    }
    let why = "an event happened since 1900, and at most a day in the future";
    Err(AppError::invalid("occurred_at", why))
}

fn checked_key(key: String) -> Result<String, AppError> {
    let fits =
        (1..=MAX_KEY).contains(&key.len()) && key.bytes().all(|b| (b' '..=b'~').contains(&b));
    if fits {
        return Ok(key);
    }
    Err(AppError::invalid("key", format!("a key is 1 to {MAX_KEY} printable ASCII characters")))
}

/// Looks at the form of hints, so that a bad one is refused before anything is held. Whether they are
/// proved, and whether they can be one person's, says the database.
fn check_hints(app: &App, given: &[HintIn]) -> Result<(), AppError> {
    let wrong = |why: String| AppError::invalid("identities", why);
    if given.len() > MAX_HINTS {
        return Err(wrong(format!("at most {MAX_HINTS} identities")));
    }
    given.iter().try_for_each(|HintIn { kind, scope, value, .. }| {
        let hint = Hint::read(*kind, scope, value, app.default_region());
        hint.map(|_| ()).map_err(|e| wrong(e.to_string()))
    })
}
