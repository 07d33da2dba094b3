//! The answer by machine to a mail that opened a ticket, where the inbox wants one.

use throughline_core::actor::Actor;
use throughline_core::channel::Channel;
use throughline_core::event::Happening;
use throughline_core::id::ItemId;
use throughline_core::identity::EmailAddress;
use throughline_core::inbound::{InboundMessage, Nature, Party, Trust};
use throughline_core::inbox::Inbox;
use throughline_core::mail_settings::MailSettings;
use throughline_core::outgoing::{Acknowledging, may_acknowledge};
use throughline_core::reason::Reason;
use throughline_core::ticket::Ticket;
use throughline_core::time::Instant;
use throughline_core::timeline::{
    Author, Detail, Direction, ItemKind, MessageDetail, OrderKey, SendState, TimelineItem,
    Visibility,
};
use throughline_store::{Conn, automatic_answers, events, inboxes, timeline};

use super::{prepare, store};
use crate::{App, AppError};

const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;

/// Answers a mail that opened a ticket with the inbox's acknowledgement, unless there is none or a
/// rule forbids it ([`may_acknowledge`]). Call it in the transaction that opens the ticket, after the
/// customer's message is stored. `to` is the author's address. Answers the item, if there is one.
#[expect(clippy::too_many_arguments, reason = "all of it is at hand where a mail arrives")]
pub fn acknowledge(
    app: &App,
    conn: &mut Conn,
    inbox: &Inbox,
    settings: &MailSettings,
    message: &InboundMessage,
    trust: Option<&Trust>,
    ticket: &Ticket,
    to: &EmailAddress,
    now: Instant,
) -> Result<Option<ItemId>, AppError> {
    let Some(text) = settings.acknowledgement.as_deref().filter(|text| !text.trim().is_empty())
    else {
        return Ok(None);
    };
    let instants = [HOUR, DAY].map(|seconds| now.plus_seconds(-seconds));
    let [last_hour, last_day] = automatic_answers::since(conn, to, instants)?;
    let asked = Acknowledging {
        nature: message.nature,
        by_list: message.by_list,
        by_helpdesk: message.installation.is_some(),
        from_us: inboxes::by_address(conn, Channel::Email, to.as_str())?.is_some(),
        trust,
        age_seconds: age_seconds(message, now),
        to,
        last_hour,
        last_day,
    };
    if let Err(silence) = may_acknowledge(&asked) {
        let why = silence.as_str();
        tracing::debug!(ticket.id = %ticket.id, why, "a mail is not acknowledged");
        return Ok(None);
    }
    automatic_answers::insert(conn, app.ids().stamp(now), inbox.id, to, now)?;
    let name = message.from.as_ref().and_then(|from| from.name.clone());
    let party = Party { address: to.to_string(), name };
    keep(app, conn, item(app, ticket, text, party, now), ticket, now).map(Some)
}

/// A mail that does not say when it was written counts as written now.
fn age_seconds(message: &InboundMessage, now: Instant) -> i64 {
    let written = message.written_at.unwrap_or(now);
    now.as_micros().saturating_sub(written.as_micros()) / 1_000_000
}

fn item(app: &App, ticket: &Ticket, text: &str, to: Party, now: Instant) -> TimelineItem {
    let id = app.ids().make(now);
    let detail = MessageDetail {
        subject: Some(ticket.subject.clone()),
        to: vec![to],
        nature: Some(Nature::AutoReply),
        send_state: Some(SendState::Queued),
        thread_reason: Some(Reason::Chosen),
        ..MessageDetail::new(Direction::Outbound)
    };
    TimelineItem {
        id,
        customer: ticket.customer,
        key: OrderKey::new(now, id, 0),
        kind: ItemKind::Message,
        channel: ticket.channel,
        visibility: Visibility::Public,
        ticket: Some(ticket.id),
        inbox: Some(ticket.inbox),
        identity: None,
        author: Author::System,
        occurred_at: now,
        created_at: now,
        body: text.trim().replace('\0', ""),
        detail: Detail::Message(Box::new(detail)),
    }
}

/// Stores it. It is left out of the search index: the same text in every ticket finds nothing.
fn keep(
    app: &App,
    conn: &mut Conn,
    mut item: TimelineItem,
    ticket: &Ticket,
    now: Instant,
) -> Result<ItemId, AppError> {
    let mail = prepare(app, conn, ticket, &mut item, None, now)?;
    timeline::insert(conn, &mut item)?;
    if let Some(mail) = mail {
        store(app, conn, &mail, now)?;
    }
    let event = app.event(&Actor::system(), now, Happening::MessageCreated { item: item.id });
    events::append(conn, &[event.of_ticket(ticket)])?;
    Ok(item.id)
}

/// Forgets what is only kept so that nobody gets too many answers by machine. Answers how many.
pub async fn purge(app: &App) -> Result<usize, AppError> {
    let before = app.now().plus_seconds(-2 * DAY);
    Ok(app.store().write(move |conn| automatic_answers::purge(conn, before)).await?)
}
