//! Tickets: list and read here; open, change and write in the modules below.

mod change;
mod open;
mod write;

use std::collections::HashMap;

use throughline_core::actor::{Actor, Scope};
use throughline_core::id::TicketId;
use throughline_core::page::{Page, PageRequest};
use throughline_core::tag::Tag;
use throughline_core::ticket::{Status, Ticket, TicketView};
use throughline_core::timeline::{Author, MAX_BODY};
use throughline_store::ticket_list::{self, ListError};
use throughline_store::{Conn, StoreError, customers, statuses, tags, tickets};

pub use change::{BulkOutcome, MAX_BULK, TicketPatch, bulk_update, update};
pub(crate) use change::{check_assignees, note_changes, save};
pub(crate) use open::API_INBOX;
pub use open::{CustomerRef, NewTicket, OpenedBy, create};
pub use throughline_core::query::{AssigneeFilter, Mentioned, TicketQuery, TicketSort};
pub(crate) use write::own_address;
pub use write::{NewNote, NewReply, note, reply};

use crate::desk::with_rows;
use crate::{App, AppError, page, search};

/// By what a ticket is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketRef {
    /// Its id.
    Id(TicketId),
    /// Its human number.
    Number(i64),
}

/// A page of tickets that the actor may see.
pub async fn list(
    app: &App,
    actor: &Actor,
    query: &TicketQuery,
    request: &PageRequest,
) -> Result<Page<TicketView>, AppError> {
    actor.require(Scope::TicketsRead)?;
    page::check(request)?;
    if query.is_personal() {
        crate::desk::agent_of(actor)?;
    }
    let text = query.q.as_deref().map(search::parse).transpose()?;
    let (actor, mut query, request) = (actor.clone(), query.clone(), request.clone());
    app.store()
        .read(move |conn| {
            if let Some(of) = &query.customer {
                query.customer = Some(customers::all_records(conn, of)?);
            }
            let page = match &text {
                Some(text) => search::tickets_matching(conn, &actor, &query, text, &request)?,
                None => ticket_list::page(conn, &actor, &query, &request)?,
            };
            let found = views(conn, page.items)?;
            Ok(Page { items: with_rows(conn, &actor, found)?, next: page.next })
        })
        .await
}

impl From<ListError> for AppError {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Cursor(bad) => bad.into(),
            ListError::Store(error) => error.into(),
        }
    }
}

/// One ticket.
pub async fn get(app: &App, actor: &Actor, which: TicketRef) -> Result<TicketView, AppError> {
    actor.require(Scope::TicketsRead)?;
    let actor = actor.clone();
    app.store()
        .lookup(move |conn| {
            let ticket = match which {
                TicketRef::Id(id) => tickets::get(conn, &actor, id)?,
                TicketRef::Number(number) => tickets::by_number(conn, &actor, number)?,
            };
            view(conn, ticket.ok_or_else(|| AppError::not_found("ticket"))?)
        })
        .await
}

pub(crate) fn view(conn: &mut Conn, ticket: Ticket) -> Result<TicketView, AppError> {
    let tags = tags::of_tickets(conn, &[ticket.id])?.remove(&ticket.id).unwrap_or_default();
    Ok(TicketView { ticket, tags, row: None })
}

pub(crate) fn views(conn: &mut Conn, tickets: Vec<Ticket>) -> Result<Vec<TicketView>, StoreError> {
    let ids: Vec<TicketId> = tickets.iter().map(|t| t.id).collect();
    let mut tags: HashMap<TicketId, Vec<Tag>> = tags::of_tickets(conn, &ids)?;
    let view = |ticket: Ticket| {
        let tags = tags.remove(&ticket.id).unwrap_or_default();
        TicketView { ticket, tags, row: None }
    };
    Ok(tickets.into_iter().map(view).collect())
}

/// The status of this key, or an error that names those there are.
pub(crate) fn status_of(conn: &mut Conn, key: &str) -> Result<Status, AppError> {
    if let Some(status) = statuses::get(conn, key)? {
        return Ok(status);
    }
    let known: Vec<String> = statuses::list(conn)?.into_iter().map(|s| s.key).collect();
    let known = known.join(", ");
    Err(AppError::invalid("status", format!("there is no such status; one of: {known}")))
}

/// A text to store as a message or note.
fn checked_body(body: &str) -> Result<String, AppError> {
    if body.trim().is_empty() {
        return Err(AppError::invalid("body", "write something: the text is empty"));
    }
    if body.len() > MAX_BODY {
        let most = format!("the text is longer than {MAX_BODY} bytes; attach it as a file");
        return Err(AppError::invalid("body", most));
    }
    Ok(body.replace('\0', ""))
}

/// The author that an actor is.
pub(crate) fn author_of(actor: &Actor) -> Author {
    use throughline_core::actor::Who;
    match actor.who {
        Who::System => Author::System,
        Who::Agent(id) => Author::Agent(id),
        Who::Key(id) => Author::Key(id),
    }
}
