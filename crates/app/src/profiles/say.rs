//! Writing down what somebody says of a customer's fields, and what of the record follows from it.

use serde_json::{Value, json};
use throughline_core::actor::{Actor, Who};
use throughline_core::customer::Customer;
use throughline_core::event::{FieldChange, Happening};
use throughline_core::id::OrganizationId;
use throughline_core::identity::EmailAddress;
use throughline_core::profile::{Said, Source, winner};
use throughline_core::time::Instant;
use throughline_core::{freemail, language};
use throughline_store::{Conn, customers, events, organizations, profiles as store};

use crate::customers::checked_language;
use crate::{App, AppError};

/// Who says something.
pub(crate) struct Speaker {
    pub source: Source,
    pub by: String,
}

/// What is said of one field; null says that there is nothing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    pub field: String,
    pub value: Value,
}

impl Statement {
    pub fn new(field: impl Into<String>, value: Value) -> Self {
        Self { field: field.into(), value }
    }
}

/// The actor as one who says something.
pub(crate) fn speaker(actor: &Actor) -> Speaker {
    let source = match actor.who {
        Who::Agent(_) => Source::Agent,
        Who::Key(_) => Source::Integrator,
        Who::System => Source::Import,
    };
    Speaker { source, by: actor.name() }
}

/// Writes statements down and changes the customer as given accordingly; who calls writes the record
/// back. Answers with what changed of what counts.
pub(crate) fn say(
    conn: &mut Conn,
    customer: &mut Customer,
    speaker: &Speaker,
    statements: Vec<Statement>,
    now: Instant,
) -> Result<Vec<FieldChange>, AppError> {
    let mut changes = Vec::new();
    if statements.is_empty() {
        return Ok(changes);
    }
    let before = store::said(conn, &[customer.id])?;
    for Statement { field, value } in statements {
        let others: Vec<&Said> = before.iter().filter(|said| said.field == field).collect();
        let said = Said {
            record: customer.id,
            field,
            source: speaker.source,
            value,
            by: speaker.by.clone(),
            set_at: now,
        };
        let old = winner(others.iter().copied()).map_or(Value::Null, |said| said.value.clone());
        let rest = others.iter().copied().filter(|other| other.source != said.source);
        let wins = winner(rest.chain([&said])) == Some(&said);
        store::say(conn, &said, wins)?;
        if !wins {
            continue;
        }
        store::outdo(conn, &said)?;
        set(customer, &said)?;
        if said.value != old {
            changes.push(change(&said.field, &old, &said.value));
        }
    }
    Ok(changes)
}

/// The fields that also stand in the record itself.
fn set(customer: &mut Customer, said: &Said) -> Result<(), AppError> {
    let text = || said.value.as_str().map(str::to_owned);
    match said.field.as_str() {
        "name" => customer.name = text(),
        "language" => customer.language = text(),
        "time_zone" => customer.time_zone = text(),
        "organization" => {
            let id = text().map(|id| id.parse::<OrganizationId>()).transpose();
            customer.organization = id.map_err(AppError::internal)?;
        }
        _ => {}
    }
    Ok(())
}

fn change(field: &str, from: &Value, to: &Value) -> FieldChange {
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    FieldChange { field: field.to_owned(), from: text(from), to: text(to) }
}

/// Takes the language of a customer from what he writes, when nobody said anything of it. The
/// writing itself has to prove it, so most texts say nothing and cost nothing.
pub(crate) fn heard_text(
    app: &App,
    conn: &mut Conn,
    customer: &mut Customer,
    text: &str,
    now: Instant,
) -> Result<(), AppError> {
    if customer.language.is_some() {
        return Ok(());
    }
    let Some(code) = language::guess(text) else { return Ok(()) };
    let speaker = Speaker { source: Source::Rule, by: "language".to_owned() };
    speaks(app, conn, customer, &speaker, code, now)
}

/// Takes the language of a customer from what a channel says of him, when nobody said anything of it.
pub(crate) fn heard_from(
    app: &App,
    conn: &mut Conn,
    customer: &mut Customer,
    code: &str,
    channel: &str,
    now: Instant,
) -> Result<(), AppError> {
    let Ok(code) = checked_language(code) else { return Ok(()) };
    if customer.language.is_some() {
        return Ok(());
    }
    let speaker = Speaker { source: Source::Channel, by: channel.to_owned() };
    speaks(app, conn, customer, &speaker, &code, now)
}

fn speaks(
    app: &App,
    conn: &mut Conn,
    customer: &mut Customer,
    speaker: &Speaker,
    code: &str,
    now: Instant,
) -> Result<(), AppError> {
    let statement = vec![Statement::new("language", json!(code))];
    let mut after = customer.clone();
    let changes = say(conn, &mut after, speaker, statement, now)?;
    if changes.is_empty() {
        return Ok(());
    }
    after.version += 1;
    after.updated_at = now;
    // When somebody changes the record at this moment, the next message will do.
    if customers::update(conn, &after, customer.version)? {
        let what = Happening::CustomerUpdated { changes };
        let event = app.event(&Actor::system(), now, what);
        events::append(conn, &[event.of_customer(after.id)])?;
        *customer = after;
    }
    Ok(())
}

/// Inserts the record of somebody of whom we hear for the first time, at the organization of his
/// address if there is one, and notes where its name and organization come from.
pub(crate) fn settle(
    conn: &mut Conn,
    customer: &mut Customer,
    address: Option<&EmailAddress>,
    channel: &str,
    now: Instant,
) -> Result<(), AppError> {
    let home = address.map(|address| home_of(conn, address.domain())).transpose()?;
    customer.organization = home.flatten();
    customers::insert(conn, customer)?;
    // Of a new record nobody has said anything: what is said first counts, and there is nothing to look
    // up and to outdo.
    let first = |field: &str, value: Value, source: Source, by: &str| Said {
        record: customer.id,
        field: field.to_owned(),
        source,
        value,
        by: by.to_owned(),
        set_at: now,
    };
    if let Some(name) = &customer.name {
        store::say(conn, &first("name", json!(name), Source::Channel, channel), true)?;
    }
    if let Some(home) = customer.organization {
        store::say(conn, &first("organization", json!(home), Source::Rule, "domain"), true)?;
    }
    Ok(())
}

/// The organization whose mail domain an address is in. Addresses that anybody can have say nothing.
pub(crate) fn home_of(conn: &mut Conn, domain: &str) -> Result<Option<OrganizationId>, AppError> {
    if freemail::is_freemail(domain) {
        return Ok(None);
    }
    Ok(organizations::home_of(conn, domain)?)
}
