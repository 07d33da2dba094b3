//! Writing into a ticket: replies to the customer and notes among agents.

use throughline_core::actor::{Actor, Scope, Who};
use throughline_core::channel::Channel;
use throughline_core::desk::{DraftKind, NoteDetail};
use throughline_core::event::Happening;
use throughline_core::id::{AgentId, AttachmentId, ItemId, MacroId, TicketId};
use throughline_core::identity::EmailAddress;
use throughline_core::inbound::Party;
use throughline_core::ticket::Ticket;
use throughline_core::ticket_change::{self, TicketChange};
use throughline_core::time::Instant;
use throughline_core::timeline::{
    AttachmentInfo, Detail, Direction, ItemKind, MessageDetail, OrderKey, SendState, TimelineItem,
    Visibility,
};
use throughline_store::attachments::Attachment;
use throughline_store::{
    Conn, agents, customers, events, mentions as store_mentions, ticket_reads, timeline,
};

use super::change::{held, note_changes, save};
use super::{author_of, checked_body, status_of};
use crate::channels::{self, Choice};
use crate::desk::drafts;
use crate::outgoing::{self, Wish};
use crate::{App, AppError, actors, attachments, guard, index};

/// The most items that are named to whoever has not seen them.
const TOLD: i64 = 20;

/// The most addresses of a reply.
const MAX_RECIPIENTS: usize = 50;

/// A reply to the customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewReply {
    /// Its text.
    pub body: String,
    /// To whom; the customer's own address when empty.
    pub to: Vec<String>,
    /// Who else gets it.
    pub cc: Vec<String>,
    /// The key of the status to set along with it.
    pub status: Option<String>,
    /// Files that the same actor sent here before.
    pub attachments: Vec<AttachmentId>,
    /// What is to be seen on some of them, for who does not see it.
    pub descriptions: Vec<(AttachmentId, String)>,
    /// When and whether it is sent, where the channel sends mail.
    pub wish: Wish,
    /// Why it asks for what the customer has already told.
    pub ask_anyway: Option<String>,
    /// The newest item that its writer had seen: what the customer said behind it holds the reply up.
    pub seen_item: Option<ItemId>,
    /// The revision of the draft that it was made of.
    pub draft_revision: Option<i64>,
    /// The macro by which it was written.
    pub made_with: Option<MacroId>,
    /// A text that the platform has approved; it goes instead of one of its own.
    pub template: Option<Choice>,
}

/// A note among agents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewNote {
    /// Its text.
    pub body: String,
    /// The agents whom it names.
    pub mentions: Vec<AgentId>,
    /// The revision of the draft that it was made of.
    pub draft_revision: Option<i64>,
}

/// Stores a reply and enqueues its sending, in one transaction, where it goes by mail or to a chat. Tickets
/// that came by the API are read by the API: nothing is sent there.
pub async fn reply(
    app: &App,
    actor: &Actor,
    id: TicketId,
    new: NewReply,
) -> Result<TimelineItem, AppError> {
    actor.require(Scope::TicketsWrite)?;
    let NewReply {
        body,
        to,
        cc,
        status,
        attachments,
        descriptions,
        wish,
        ask_anyway,
        seen_item,
        draft_revision,
        made_with,
        template,
    } = new;
    let (template, body) = match template {
        None => (None, body),
        Some(choice) => {
            refuse_beside_template(&body, &attachments)?;
            let (filled, text) = channels::filled(app, actor, id, choice).await?;
            (Some(Box::new(filled)), text)
        }
    };
    let body = checked_body(&body)?;
    let (to, cc) = (parties("to", &to)?, parties("cc", &cc)?);
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    wish.check(now)?;
    let asked = guard::before_reply(app, &actor, id, &body, ask_anyway.as_deref()).await?;
    // Read before the transaction, which then need not.
    app.mail_signing_key().await?;
    let write = move |conn: &mut Conn| {
        let ticket = held(conn, &actor, id)?;
        if let Some(seen) = seen_item {
            nothing_behind(conn, &actor, id, seen)?;
        }
        let mut detail = message_detail(Direction::Outbound, &ticket);
        (detail.to, detail.cc) = recipients(conn, &ticket, to, cc)?;
        (detail.made_with, detail.template) = (made_with, template.clone());
        let detail = Detail::Message(Box::new(detail));
        let mut item = new_item(
            &app2,
            &actor,
            &ticket,
            Visibility::Public,
            body,
            ItemKind::Message,
            detail,
            now,
        );
        let files = attachments::take(conn, &actor, &attachments, item.id, now)?;
        // Behind the files: the draft names them, and so keeps them for longer than a day.
        drafts::used(&app2, conn, &actor, id, DraftKind::Reply, draft_revision, now)?;
        if let Detail::Message(message) = &mut item.detail {
            message.asks_anyway = ask_anyway.clone().filter(|_| !asked.is_empty());
            message.attachments = described(&files, &descriptions)?;
        }
        guard::after_reply(&app2, conn, &actor, &ticket, &asked, ask_anyway.as_deref(), now)?;
        let mail = outgoing::prepare(&app2, conn, &ticket, &mut item, Some(wish), now)?;
        let item = add(&app2, conn, &actor, ticket, item, status.as_deref(), now)?;
        throughline_store::attachments::insert(conn, &files)?;
        if let Some(mail) = mail {
            outgoing::store(&app2, conn, &mail, now)?;
        }
        Ok(item)
    };
    app.store().write(write).await
}

/// Stores a note.
pub async fn note(
    app: &App,
    actor: &Actor,
    id: TicketId,
    new: NewNote,
) -> Result<TimelineItem, AppError> {
    actor.require(Scope::TicketsWrite)?;
    let NewNote { body, mentions, draft_revision } = new;
    let mentions = crate::admin::once(mentions);
    let body = checked_body(&body)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let write = move |conn: &mut Conn| {
        let ticket = held(conn, &actor, id)?;
        for agent in &mentions {
            may_be_named(conn, *agent, &ticket)?;
        }
        drafts::used(&app2, conn, &actor, id, DraftKind::Note, draft_revision, now)?;
        let detail = Detail::Note(NoteDetail { mentions: mentions.clone() });
        let item = new_item(
            &app2,
            &actor,
            &ticket,
            Visibility::Internal,
            body,
            ItemKind::Note,
            detail,
            now,
        );
        let item = add(&app2, conn, &actor, ticket, item, None, now)?;
        store_mentions::insert(conn, item.id, id, &mentions, actor.agent())?;
        Ok(item)
    };
    app.store().write(write).await
}

/// The files of a reply as its message shows them.
fn described(
    files: &[Attachment],
    descriptions: &[(AttachmentId, String)],
) -> Result<Vec<AttachmentInfo>, AppError> {
    let is_there = |id: &AttachmentId| files.iter().any(|file| file.info.id == *id);
    if !descriptions.iter().all(|(id, _)| is_there(id)) {
        let why = "each describes one of the files under `attachments`";
        return Err(AppError::invalid("attachment_descriptions", why));
    }
    let shown = |file: &Attachment| {
        let own = descriptions.iter().find(|(id, _)| *id == file.info.id);
        let description =
            own.map(|(_, text)| text.trim().to_owned()).filter(|text| !text.is_empty());
        AttachmentInfo { description, ..file.info.clone() }
    };
    Ok(files.iter().map(shown).collect())
}

/// A template has its own words, and takes no files.
fn refuse_beside_template(body: &str, files: &[AttachmentId]) -> Result<(), AppError> {
    let why = "a template goes as the platform has approved it: leave this out";
    match (body.is_empty(), files.is_empty()) {
        (true, true) => Ok(()),
        (false, _) => Err(AppError::invalid("body", why)),
        (true, false) => Err(AppError::invalid("attachments", why)),
    }
}

/// Refuses a reply when the customer has said something behind what its writer had seen.
fn nothing_behind(
    conn: &mut Conn,
    actor: &Actor,
    ticket: TicketId,
    seen: ItemId,
) -> Result<(), AppError> {
    let known = timeline::get(conn, actor, seen)?.filter(|item| item.ticket == Some(ticket));
    known.ok_or_else(|| AppError::invalid("seen_item", "this ticket has no such item"))?;
    let came = ticket_reads::said_by_customer_behind(conn, ticket, seen, TOLD)?;
    if came.is_empty() {
        return Ok(());
    }
    let message = "the customer has written meanwhile: read that first, and send the reply again with \
                   the newest item as seen_item";
    let details = serde_json::json!({ "items": came });
    Err(AppError::conflict("answered_meanwhile", message).with_details(details))
}

/// Refuses the name of an agent who is not there, or may not see the ticket.
fn may_be_named(conn: &mut Conn, id: AgentId, ticket: &Ticket) -> Result<(), AppError> {
    let agent = agents::get(conn, id)?.filter(|agent| agent.active);
    let refused = || {
        let why = "a note can only name active agents who may see the ticket";
        AppError::invalid("mentions", why)
    };
    let agent = agent.ok_or_else(refused)?;
    let sees = actors::sight_of(conn, &agent)?;
    let his = Actor { who: Who::Agent(id), scopes: Vec::new(), sees };
    let seen = his.sees(ticket.inbox, ticket.assignee_agent, ticket.assignee_team);
    if seen { Ok(()) } else { Err(refused()) }
}

/// The part that every message has.
pub(super) fn message_detail(direction: Direction, ticket: &Ticket) -> MessageDetail {
    let is_sent = ticket.channel == Channel::Email || ticket.channel.has_conversations();
    let sent = direction == Direction::Outbound && is_sent;
    MessageDetail {
        subject: Some(ticket.subject.clone()),
        send_state: sent.then_some(SendState::Queued),
        ..MessageDetail::new(direction)
    }
}

fn new_item(
    app: &App,
    actor: &Actor,
    ticket: &Ticket,
    visibility: Visibility,
    body: String,
    kind: ItemKind,
    detail: Detail,
    now: Instant,
) -> TimelineItem {
    let id = app.ids().make(now);
    TimelineItem {
        id,
        customer: ticket.customer,
        key: OrderKey::new(now, id, 0),
        kind,
        channel: ticket.channel,
        visibility,
        ticket: Some(ticket.id),
        inbox: Some(ticket.inbox),
        identity: None,
        author: author_of(actor),
        occurred_at: now,
        created_at: now,
        body,
        detail,
    }
}

fn add(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    ticket: Ticket,
    mut item: TimelineItem,
    status: Option<&str>,
    now: Instant,
) -> Result<TimelineItem, AppError> {
    timeline::insert(conn, &mut item)?;
    index::item(conn, &item, Some(&ticket))?;
    let status = status.map(|key| status_of(conn, key)).transpose()?;
    let wish = TicketChange { status, ..TicketChange::default() };
    let (mut after, changes) = ticket_change::apply(&ticket, wish, now);
    let what = match &item.detail {
        Detail::Note(NoteDetail { mentions }) => {
            Happening::NoteCreated { item: item.id, mentions: mentions.clone() }
        }
        _ => {
            after.last_message_at = Some(now);
            Happening::MessageCreated { item: item.id }
        }
    };
    save(app, conn, &ticket, &mut after, now)?;
    events::append(conn, &[app.event(actor, now, what).of_ticket(&after)])?;
    if !changes.is_empty() {
        note_changes(app, conn, actor, &after, changes, now)?;
    }
    customers::touch(conn, after.customer, now)?;
    Ok(item)
}

fn parties(field: &'static str, addresses: &[String]) -> Result<Vec<Party>, AppError> {
    if addresses.len() > MAX_RECIPIENTS {
        return Err(AppError::invalid(field, format!("at most {MAX_RECIPIENTS} addresses")));
    }
    let party = |text: &String| {
        EmailAddress::parse(text)
            .map(|address| Party { address: address.to_string(), name: None })
            .map_err(|e| AppError::invalid(field, e.to_string()))
    };
    addresses.iter().map(party).collect()
}

/// To whom a reply goes. A chat goes on with whom it is with.
fn recipients(
    conn: &mut Conn,
    ticket: &Ticket,
    to: Vec<Party>,
    cc: Vec<Party>,
) -> Result<(Vec<Party>, Vec<Party>), AppError> {
    if !ticket.channel.has_conversations() {
        let to = if to.is_empty() { own_address(conn, ticket)? } else { to };
        return Ok((to, cc));
    }
    let given = [("to", &to), ("cc", &cc)].into_iter().find(|(_, list)| !list.is_empty());
    match given {
        None => Ok((to, cc)),
        Some((field, _)) => {
            let why = "this ticket is a chat: a reply goes into its conversation and takes no address; \
                       leave this out";
            Err(AppError::invalid(field, why))
        }
    }
}

/// The address that the customer last wrote from in this ticket; where none is told, his first one.
pub(crate) fn own_address(conn: &mut Conn, ticket: &Ticket) -> Result<Vec<Party>, AppError> {
    let newest = timeline::newest_from_customer(conn, ticket.id, None)?;
    if let Some(TimelineItem { detail: Detail::Message(message), .. }) = newest
        && let Some(from) = message.from
        && EmailAddress::parse(&from.address).is_ok()
    {
        return Ok(vec![from]);
    }
    let first = crate::customers::first_address(conn, ticket.customer)?;
    let Some(identity) = first else {
        let why = "the customer has no address; name one";
        return Err(AppError::invalid("to", why));
    };
    Ok(vec![Party { address: identity.value, name: identity.name }])
}
