//! Mail of ours that comes in: our own mail sent back to us, and reports that it did not arrive.

use throughline_core::actor::Actor;
use throughline_core::channel::Channel;
use throughline_core::id::{ItemId, TicketId};
use throughline_core::identity::EmailAddress;
use throughline_core::inbound::{BounceReport, InboundMessage};
use throughline_core::inbox::Inbox;
use throughline_core::threading;
use throughline_core::time::Instant;
use throughline_core::timeline::{BounceInfo, Detail, Direction};
use throughline_store::{Conn, correspondence, inboxes, mail_ids, timeline};

use super::desk::{Batch, Desk};
use crate::{AppError, outgoing};

/// A bounce that names no mail is of one that went out within these days.
const BOUNCE_DAYS: i64 = 7;
/// How many addresses of a bounce are kept.
const MAX_RECIPIENTS: usize = 50;
/// The longest words of a server that are kept, in characters.
const MAX_WORDS: usize = 500;

/// Our own mail that came back to us.
pub(super) struct OwnMail {
    /// The message, when it is still known.
    pub item: Option<ItemId>,
}

/// Tells our own mail from others: two of three signs must agree, the name of this installation, an
/// id that we signed, and an inbox of ours as its sender. One alone may be copied by a mailer that
/// answers, and no mail of a customer may be lost for that.
pub(super) fn own_mail(
    desk: &Desk,
    conn: &mut Conn,
    mail: &InboundMessage,
) -> Result<Option<OwnMail>, AppError> {
    let installed = mail.installation.as_deref().is_some_and(|name| desk.is_ours(name));
    let own_id = mail.message_id.as_deref().and_then(threading::normalise_id);
    let named = own_id.as_deref().and_then(|id| desk.named_by_id(id));
    let agrees = match (installed, named.is_some()) {
        (true, true) => true,
        (false, false) => false,
        _ => is_from_inbox(conn, mail)?,
    };
    if !agrees {
        return Ok(None);
    }
    let sightings = mail_ids::sightings(conn, &own_id.into_iter().collect::<Vec<_>>())?;
    let carried = sightings.into_iter().find_map(|s| s.carrier).map(|carrier| carrier.item);
    let item = carried.or_else(|| named.map(|named| named.item.into()));
    let item = item.map(|id| timeline::get(conn, &Actor::system(), id)).transpose()?.flatten();
    Ok(Some(OwnMail { item: item.map(|item| item.id) }))
}

fn is_from_inbox(conn: &mut Conn, mail: &InboundMessage) -> Result<bool, AppError> {
    let from = mail.from.as_ref().and_then(|from| EmailAddress::parse(&from.address).ok());
    let Some(from) = from else { return Ok(false) };
    Ok(inboxes::by_address(conn, Channel::Email, from.as_str())?.is_some())
}

/// Whether an address is one by which servers report and nobody writes (RFC 2142 and custom).
pub(super) fn is_machine(address: &EmailAddress) -> bool {
    let local = address.as_str().split('@').next().unwrap_or_default();
    let names = ["mailer-daemon", "mailerdaemon", "mail-daemon", "maildaemon", "postmaster"];
    names.iter().any(|name| local.starts_with(name))
}

/// The message that a bounce means which names none: the newest that went from this inbox to one of
/// the addresses which it names.
pub(super) fn by_recipient(
    conn: &mut Conn,
    inbox: &Inbox,
    report: &BounceReport,
    received: Instant,
) -> Result<Option<(ItemId, TicketId)>, AppError> {
    if report.recipients.is_empty() {
        return Ok(None);
    }
    let since = received.plus_seconds(-BOUNCE_DAYS * 86_400);
    Ok(correspondence::newest_to(conn, inbox.id, since, &report.recipients)?)
}

/// What is kept of a bounce. Only a message of ours counts as the one that bounced.
pub(super) fn info(
    conn: &mut Conn,
    report: BounceReport,
    item: Option<ItemId>,
) -> Result<BounceInfo, AppError> {
    let BounceReport { recipients, status, permanent, original_id: _ } = report;
    let item = item.map(|id| timeline::get(conn, &Actor::system(), id)).transpose()?.flatten();
    let ours = item.filter(|item| match &item.detail {
        Detail::Message(message) => message.direction == Direction::Outbound,
        _ => false,
    });
    Ok(BounceInfo {
        recipients: recipients.iter().take(MAX_RECIPIENTS).map(|a| words(a)).collect(),
        status: status.map(|status| words(&status)),
        permanent,
        item: ours.map(|item| item.id),
    })
}

/// Notes on a message of ours that it came back for good. One that is merely late is left alone.
pub(super) fn note(batch: &Batch<'_>, conn: &mut Conn, info: &BounceInfo) -> Result<(), AppError> {
    if let Some(item) = info.item.filter(|_| info.permanent) {
        let said = say(info);
        outgoing::bounced(batch.app(), conn, item, &info.recipients, &said, batch.now)?;
    }
    Ok(())
}

/// The words that are shown on the message.
fn say(info: &BounceInfo) -> String {
    let whom = match info.recipients.as_slice() {
        [] => "the address".to_owned(),
        addresses => addresses.join(", "),
    };
    let status = info.status.as_deref().map(|status| format!(" ({status})")).unwrap_or_default();
    words(&format!("it came back: {whom} was not reached{status}"))
}

fn words(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_WORDS).collect()
}
