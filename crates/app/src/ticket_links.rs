//! Reading the links between tickets. They are made where tickets are opened.

use throughline_core::actor::{Actor, Scope};
use throughline_core::id::TicketId;
use throughline_core::page::{Page, PageRequest};
use throughline_core::ticket_link::TicketLink;
use throughline_store::{Conn, ticket_links, tickets};

use crate::{App, AppError, page};

/// The order of links: the newest of the other tickets first.
const TAG: &str = "lnk";

/// A page of the links of a ticket to others that the actor may see.
pub async fn list(
    app: &App,
    actor: &Actor,
    ticket: TicketId,
    request: &PageRequest,
) -> Result<Page<TicketLink>, AppError> {
    actor.require(Scope::TicketsRead)?;
    page::check(request)?;
    let (before, fetch) = (request.key_for(TAG)?, request.fetch());
    let actor = actor.clone();
    let read = move |conn: &mut Conn| {
        if tickets::get(conn, &actor, ticket)?.is_none() {
            return Err(AppError::not_found("ticket"));
        }
        Ok(ticket_links::of_ticket(conn, &actor, ticket, before, fetch)?)
    };
    let rows = app.store().read(read).await?;
    Ok(Page::cut(rows, request, TAG, |link| link.other.get()))
}
