//! One try to send a mail or a reply to a chat, as the worker asks for it: what there is to send, the mark
//! that a try begins, and what came of it. No caller but the worker has a use for these.

use throughline_core::actor::Actor;
use throughline_core::id::ItemId;
use throughline_core::inbound::Nature;
use throughline_core::inbox::Inbox;
use throughline_core::language;
use throughline_core::outgoing::{Attempt, Outgoing};
use throughline_core::ticket::Ticket;
use throughline_core::time::Instant;
use throughline_core::timeline::{AttachmentInfo, Detail, TimelineItem};
use throughline_mail::token::{Key, ReplyAddress};
use throughline_store::attachments::Attachment;
use throughline_store::mail_settings::StoredMailSettings;
use throughline_store::{
    Conn, attachments, customers, inboxes, mail_settings as settings, outgoing, tickets, timeline,
};

use super::chat::{self, Line, Unsendable};
use super::reviews::{self, OUTDONE, Place};
use super::{GRACE_SECONDS, signed_number, taken, write};
use crate::mail_settings::MailInbox;
use crate::{App, AppError};

/// Message-IDs of a thread that are read: those that are named at the most.
const THREAD: i64 = 40;
/// What is said of a mail that its writer wanted sent only if the customer stayed silent.
pub(super) const ANSWERED: &str = "the customer wrote before it was due";

/// A mail with all that is needed to write and send it.
#[derive(Debug, Clone)]
pub struct Due {
    /// How far it has come.
    pub mail: Outgoing,
    /// The item that it carries.
    pub item: TimelineItem,
    /// The ticket.
    pub ticket: Ticket,
    /// The inbox by which it goes.
    pub inbox: Inbox,
    /// How that is set up; `None` when it never was.
    pub set_up: Option<MailInbox>,
    /// What is answered: the customer's newest message before it.
    pub answered: Option<TimelineItem>,
    /// The Message-IDs of the thread before it, oldest first.
    pub thread: Vec<String>,
    /// The customer's language (BCP 47), as told or as his writing proves.
    pub language: Option<String>,
    /// The address for answers that carries the ticket, where the inbox can have one.
    pub reply_to: Option<String>,
    /// When the inbox's bucket will be full again; `None` when it never sent.
    pub pace: Option<Instant>,
    /// By which line of a chat it goes, or why by none; `None` for a mail.
    pub line: Option<Result<Line, Unsendable>>,
    files: Vec<Attachment>,
}

/// Whether a try may begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It has: send now.
    Go(Box<Outgoing>),
    /// There is nothing to send any more.
    Over,
    /// Not before this instant.
    NotYet(Instant),
    /// It is not the inbox's turn: again after so many microseconds.
    TooFast(i64),
    /// Another took the inbox's very first turn at the same moment: ask again.
    Crowded,
}

/// What the pace of an inbox says to one more mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It may go; the bucket will be full again at this instant.
    Taken(Instant),
    /// It may not; again after so many microseconds.
    Wait(i64),
}

/// All that is needed to send a mail; `None` when there is no such mail any more.
pub async fn load(app: &App, item: ItemId) -> Result<Option<Due>, AppError> {
    let now = app.now();
    let read = app.store().read(move |conn| read(conn, item, now)).await?;
    let Some(read) = read else { return Ok(None) };
    let (mut due, stored, found) = read;
    due.line = found.map(|found| chat::line(app, &due.inbox, found));
    due.set_up = stored.map(|stored| MailInbox::of(app, due.inbox.clone(), stored));
    if due.set_up.as_ref().is_some_and(|own| own.settings.plus_addressing) {
        let key = app.mail_signing_key().await?;
        let number = signed_number(&due.ticket);
        let signed = Key::new(key.expose())
            .and_then(|key| ReplyAddress::sign(key, &due.inbox.address, number));
        // An address with no room for it is answered as it is; the Message-ID leads back as well.
        due.reply_to = signed.ok();
    }
    Ok(Some(due))
}

type Read = (Due, Option<StoredMailSettings>, Option<chat::Found>);

fn read(conn: &mut Conn, id: ItemId, now: Instant) -> Result<Option<Read>, AppError> {
    let system = Actor::system();
    let Some(mail) = outgoing::get(conn, id)? else { return Ok(None) };
    let Some(item) = timeline::get(conn, &system, id)? else { return Ok(None) };
    let ticket = tickets::get(conn, &system, mail.ticket)?;
    let Some((ticket, inbox)) = ticket.zip(inboxes::get(conn, mail.inbox)?) else {
        return Ok(None);
    };
    let answered = timeline::newest_from_customer(conn, ticket.id, Some(item.created_at))?;
    let mut thread = outgoing::thread_of(conn, ticket.id, id, item.created_at, THREAD)?;
    thread.reverse();
    let told = customers::get(conn, &system, item.customer)?.and_then(|customer| customer.language);
    let guessed = || answered.as_ref().and_then(|item| language::guess(&item.body));
    let found = chat::find(conn, &inbox, &ticket, &item, now)?;
    let due = Due {
        line: None,
        language: told.or_else(|| guessed().map(str::to_owned)),
        pace: outgoing::pace(conn, inbox.id)?,
        files: attachments::of_item(conn, id)?,
        set_up: None,
        reply_to: None,
        mail,
        item,
        ticket,
        answered,
        thread,
        inbox,
    };
    let stored = settings::get(conn, due.inbox.id)?;
    Ok(Some((due, stored, found)))
}

/// The files that go along, with their bytes.
pub async fn files(app: &App, due: &Due) -> Result<Vec<(AttachmentInfo, Vec<u8>)>, AppError> {
    let mut files = Vec::with_capacity(due.files.len());
    for file in &due.files {
        let bytes = app.store().blobs().get(&file.blob).await?;
        files.push((file.info.clone(), bytes.to_vec()));
    }
    Ok(files)
}

/// Marks that a try begins, and takes the inbox's turn: `turn` says from when its bucket will be full
/// again, and from now, whether there is one. It is asked inside the transaction, so that tries of one
/// inbox that begin together each get a turn of their own. A mail that its writer wanted sent only if
/// the customer stayed silent may end here.
pub async fn begin(
    app: &App,
    item: ItemId,
    turn: impl FnOnce(Option<Instant>, Instant) -> Turn + Send + 'static,
) -> Result<Begun, AppError> {
    let (app2, now) = (app.clone(), app.now());
    app.store().write(move |conn| begin_in(&app2, conn, item, turn, now)).await
}

fn begin_in(
    app: &App,
    conn: &mut Conn,
    item: ItemId,
    turn: impl FnOnce(Option<Instant>, Instant) -> Turn,
    now: Instant,
) -> Result<Begun, AppError> {
    let Some(mut mail) = outgoing::hold(conn, item)?.filter(Outgoing::waits) else {
        return Ok(Begun::Over);
    };
    if mail.due_at > now {
        return Ok(Begun::NotYet(mail.due_at));
    }
    let others = mail.sending_since.map(|since| since.plus_seconds(GRACE_SECONDS));
    if let Some(until) = others.filter(|until| *until > now) {
        return Ok(Begun::NotYet(until));
    }
    if mail.stop_on_answer && has_answered(conn, &mail)? {
        let ended = reviews::taken_back(conn, mail, ANSWERED)?;
        write(app, conn, &Actor::system(), &ended, now)?;
        return Ok(Begun::Over);
    }
    let before = outgoing::hold_pace(conn, mail.inbox)?;
    match reviews::place(conn, &mail, now)? {
        Place::Free => {}
        Place::Busy(until) => return Ok(Begun::NotYet(until)),
        Place::Taken => {
            write(app, conn, &Actor::system(), &mail.cancelled(OUTDONE), now)?;
            return Ok(Begun::Over);
        }
    }
    match turn(before, now) {
        Turn::Wait(micros) => return Ok(Begun::TooFast(micros)),
        Turn::Taken(after) if !outgoing::set_pace(conn, mail.inbox, before, after)? => {
            return Ok(Begun::Crowded);
        }
        Turn::Taken(_) => {}
    }
    mail.sending_since = Some(now);
    mail.first_tried_at.get_or_insert(now);
    outgoing::update(conn, &mail, now)?;
    Ok(Begun::Go(Box::new(mail)))
}

/// Whether the customer himself wrote since the mail was written; a note that he is away does not
/// count.
fn has_answered(conn: &mut Conn, mail: &Outgoing) -> Result<bool, AppError> {
    let Some(item) = timeline::get(conn, &Actor::system(), mail.item)? else { return Ok(false) };
    let since = timeline::from_customer_since(conn, mail.ticket, item.created_at, 20)?;
    Ok(since.iter().any(is_personal))
}

fn is_personal(item: &TimelineItem) -> bool {
    match &item.detail {
        Detail::Message(message) => {
            let personal = message.nature.is_none_or(|nature| nature == Nature::Personal);
            personal && !message.third_party
        }
        _ => false,
    }
}

/// How far a mail has come; `None` when there is none of this item.
pub async fn standing(app: &App, item: ItemId) -> Result<Option<Outgoing>, AppError> {
    Ok(app.store().lookup(move |conn| outgoing::get(conn, item)).await?)
}

/// Writes what came of a try: row, item and event together. `next_try` is when it would be tried
/// again. Doing it again, or late, changes nothing. Answers how far the mail has come by that.
pub async fn settle(
    app: &App,
    item: ItemId,
    attempt: Attempt,
    next_try: Option<Instant>,
) -> Result<Option<Outgoing>, AppError> {
    let (app2, now) = (app.clone(), app.now());
    let write = move |conn: &mut Conn| settle_in(&app2, conn, item, attempt, next_try, now);
    app.store().write(write).await
}

fn settle_in(
    app: &App,
    conn: &mut Conn,
    item: ItemId,
    attempt: Attempt,
    next_try: Option<Instant>,
    now: Instant,
) -> Result<Option<Outgoing>, AppError> {
    let chat = match &attempt {
        Attempt::Chat(tried) => Some(taken::note(conn, item, &tried.objects)?),
        _ => None,
    };
    let Some(mail) = outgoing::hold(conn, item)? else { return Ok(None) };
    if !mail.waits() {
        return Ok(Some(mail));
    }
    let after = mail.after(attempt, next_try);
    write(app, conn, &Actor::system(), &after, now)?;
    match chat {
        Some(lost) => taken::came_back(app, conn, after, lost, now).map(Some),
        None => Ok(Some(after)),
    }
}
