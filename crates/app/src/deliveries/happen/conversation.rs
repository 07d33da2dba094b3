//! The ticket in which a conversation of a platform goes on, or the new one that it opens.

use throughline_core::actor::Actor;
use throughline_core::id::TicketId;
use throughline_core::identity::Hint;
use throughline_core::inbound::Content;
use throughline_core::reason::Reason;
use throughline_core::ticket::{Ticket, tidy_subject};
use throughline_core::ticket_link::LinkKind;
use throughline_store::{Conn, channel_objects as store, ticket_links};

use super::super::place::{CameBy, Place, enter, held, is_one, new_ticket};
use super::Here;
use crate::customers::{Owned, owner_of_hints};
use crate::{AppError, profiles};

/// The longest subject that is made of a text, in characters.
const MAX_SUBJECT: usize = 80;

/// A place, and the subject that the message gave its ticket by how it begins.
type Placed = (Place, Option<String>);

/// The ticket in which the conversation goes on, or a new one. Answers why there is neither.
pub(super) fn place(
    here: &Here<'_>,
    conn: &mut Conn,
    content: &Content,
) -> Result<Result<Placed, String>, AppError> {
    let known = store::ticket_of(conn, here.inbox.id, &here.conversation.key)?;
    let before = known.map(|id| held(conn, id)).transpose()?.flatten();
    let ours = here.is_no_customers();
    match before {
        Some(ticket) if ours => {
            let ticket = enter(here.batch.app(), conn, ticket, false, here.at, here.batch.now)?;
            let place = Place::joined(conn, ticket, CameBy::default(), same(here), false)?;
            Ok(Ok((place, None)))
        }
        None if ours => {
            Ok(Err("no customer wrote it, and nothing of its conversation is here".to_owned()))
        }
        _ if here.event.who.hints.is_empty() => Ok(Err("it does not say who wrote it".to_owned())),
        Some(ticket) if !is_over(here, &ticket) => Ok(Ok((join(here, conn, ticket)?, None))),
        older => open(here, conn, content, older.map(|ticket| ticket.id)).map(Ok),
    }
}

fn same(here: &Here<'_>) -> Reason {
    Reason::SameConversation { conversation: here.conversation.key.clone() }
}

/// Whether a ticket was resolved so long ago that what is written now is another matter.
fn is_over(here: &Here<'_>, ticket: &Ticket) -> bool {
    let days = i64::from(here.batch.settings(here.inbox.id).continue_after_days);
    let end = ticket.resolved_at.map(|resolved| resolved.plus_seconds(days * 24 * 60 * 60));
    end.is_some_and(|end| here.at > end)
}

/// Whose an event is, by all that hints at who brought it about. His name is no key, and is kept.
pub(super) fn owner(here: &Here<'_>, conn: &mut Conn) -> Result<Owned, AppError> {
    let (app, system) = (here.batch.app(), Actor::system());
    let (who, source) = (&here.event.who, here.inbox.channel.as_str());
    let named =
        |hint: &Hint| Hint { name: hint.name.clone().or_else(|| who.name.clone()), ..hint.clone() };
    let hints: Vec<Hint> = who.hints.iter().map(named).collect();
    owner_of_hints(app, conn, &system, &hints, source, here.at, here.batch.now)
}

/// Another message of a conversation: of the customer of its ticket, or of somebody who takes part.
fn join(here: &Here<'_>, conn: &mut Conn, ticket: Ticket) -> Result<Place, AppError> {
    let owned = owner(here, conn)?;
    let ticket = enter(here.batch.app(), conn, ticket, true, here.at, here.batch.now)?;
    let third_party = !is_one(conn, owned.customer.id, ticket.customer)?;
    let came = CameBy {
        identity: Some(owned.identity),
        record: Some(owned.customer.id),
        owner: Some(owned.reason),
        documents: owned.document.into_iter().collect(),
    };
    Place::joined(conn, ticket, came, same(here), third_party)
}

/// The first message of a conversation, or the first since its ticket was over.
fn open(
    here: &Here<'_>,
    conn: &mut Conn,
    content: &Content,
    older: Option<TicketId>,
) -> Result<Placed, AppError> {
    let Here { batch, inbox, conversation, at, .. } = here;
    let (app, now) = (batch.app(), batch.now);
    let mut owned = owner(here, conn)?;
    profiles::heard_text(app, conn, &mut owned.customer, &content.text, now)?;
    let given = conversation.subject.as_deref().filter(|subject| !subject.trim().is_empty());
    let subject = given.map_or_else(|| beginning(&content.text), tidy_subject);
    let record = owned.customer.id;
    let ticket = new_ticket(app, conn, &Actor::system(), inbox, record, &subject, Some(*at), now)?;
    if let Some(older) = older {
        ticket_links::link(conn, ticket.id, older, LinkKind::Continues, now)?;
    }
    store::continue_in(conn, inbox.id, &conversation.key, ticket.id)?;
    let place = Place {
        record,
        ticket,
        is_new: true,
        identity: Some(owned.identity),
        owner: Some(owned.reason),
        reason: Reason::NewConversation { conversation: conversation.key.clone() },
        third_party: false,
        documents: owned.document.into_iter().collect(),
    };
    // What is taken out of the message is then known to stand in the subject as well.
    Ok((place, given.is_none().then_some(subject).filter(|subject| !subject.is_empty())))
}

/// How a text begins.
fn beginning(text: &str) -> String {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let line = tidy_subject(line);
    match line.char_indices().nth(MAX_SUBJECT) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default().trim_end()),
        None => line,
    }
}
