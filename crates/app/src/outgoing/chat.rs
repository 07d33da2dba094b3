//! Replies to chats: what is checked before one is put into the queue, and what is needed to send one.
//! What a platform takes is known to `core::outgoing`, how it is spoken to only to who sends.

use serde_json::{Value, json};
use throughline_core::actor::Actor;
use throughline_core::id::{InboxId, TicketId};
use throughline_core::identity::{Identity, IdentityKind, Proof};
use throughline_core::inbound::Audience;
use throughline_core::inbox::Inbox;
use throughline_core::outgoing::{
    CHAT_UNDO_SECONDS, ChatWay, FileLooks, Files, GIVEN_MOST, Outgoing, TOLD_MOST, Window,
    chat_way, window,
};
use throughline_core::reason::Reason;
use throughline_core::ticket::Ticket;
use throughline_core::time::Instant;
use throughline_core::timeline::{AttachmentInfo, Detail, Sending, TimelineItem};
use throughline_store::channel_accounts::{self, StoredAccount};
use throughline_store::{Conn, channel_objects, channel_places, identities, tickets, timeline};

use super::Wish;
use super::queue::queued;
use crate::channels::{self, Connected};
use crate::{App, AppError};

/// What is needed to send a reply to a chat, beside the reply.
#[derive(Debug, Clone)]
pub struct Line {
    /// How the inbox is connected.
    pub account: Connected,
    /// What its platform takes.
    pub way: &'static ChatWay,
    /// The conversation, by the platform's key.
    pub conversation: String,
    /// Another address of the customer's on the platform, where one is known.
    pub recipient: Option<String>,
    /// The object that is answered, where others read along.
    pub answers: Option<String>,
    /// Whether the time is over in which the customer may be written to.
    pub is_closed: bool,
}

/// Why a reply to a chat cannot be sent as things are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsendable {
    /// What it is, for programs.
    pub code: &'static str,
    /// Why.
    pub why: String,
    /// What to do.
    pub hint: &'static str,
}

impl From<Unsendable> for AppError {
    fn from(Unsendable { code, why, hint }: Unsendable) -> Self {
        let message = format!("{why}. {hint}");
        match code {
            "not_set_up" => Self::conflict("cannot_reply", message),
            _ => Self::conflict("not_connected", message),
        }
    }
}

/// Puts a reply to a chat together, or says at once why it cannot be sent.
pub(super) fn prepare(
    app: &App,
    conn: &mut Conn,
    ticket: &Ticket,
    inbox: &Inbox,
    item: &mut TimelineItem,
    wish: Option<Wish>,
    now: Instant,
) -> Result<Outgoing, AppError> {
    let way = connected_way(app, conn, inbox)?;
    let conversation = conversation_of(conn, ticket, inbox.id)?;
    let earliest = now.plus_seconds(if wish.is_some() { CHAT_UNDO_SECONDS } else { 0 });
    let due_at = wish.and_then(|wish| wish.send_at).map_or(earliest, |at| at.max(earliest));
    let files = item.message().map(|message| message.attachments.clone()).unwrap_or_default();
    let is_template = item.message().is_some_and(|message| message.template.is_some());
    // A template was checked when it was filled in, and goes at any time.
    if !is_template {
        check_files(app, &way, &conversation, &files)?;
        check(&way, &item.body, files.len())?;
        if way.has_window(&conversation) && is_closed(conn, ticket, due_at)? {
            return Err(window_closed(conn, inbox.id)?);
        }
    }
    if let Detail::Message(message) = &mut item.detail {
        message.sending = Some(Sending { send_at: Some(due_at.as_micros()), ..Sending::default() });
        message.thread_reason = Some(Reason::SameConversation { conversation });
    }
    // No Message-ID leads back from a chat.
    Ok(queued(item, inbox, ticket, String::new(), wish, due_at))
}

/// What the platform of an inbox takes, when replies can go by it.
fn connected_way(app: &App, conn: &mut Conn, inbox: &Inbox) -> Result<ChatWay, AppError> {
    let stored = channel_accounts::get(conn, inbox.id)?;
    let (way, stored) = way_of(stored).map_err(AppError::from)?;
    let most = match given_most(&stored) {
        None => told_most(conn, inbox.id)?,
        given => given,
    };
    // Secrets that cannot be read now may be readable when it is sent.
    if let Ok(account) = channels::opened_of(app, inbox.clone(), stored) {
        is_complete(way, &account).map_err(AppError::from)?;
    }
    Ok(way.taking(most))
}

/// What a message may hold as an admin says.
fn given_most(stored: &StoredAccount) -> Option<usize> {
    stored.settings.get(GIVEN_MOST)?.as_str()?.trim().parse().ok()
}

/// The same as the platform says, where it was asked.
fn told_most(conn: &mut Conn, inbox: InboxId) -> Result<Option<usize>, AppError> {
    let place = channel_places::get(conn, inbox)?;
    let told = place.and_then(|place| place.cursor.pointer(TOLD_MOST)?.as_u64());
    Ok(told.and_then(|most| usize::try_from(most).ok()))
}

/// What the platform takes to which an inbox is connected.
fn way_of(stored: Option<StoredAccount>) -> Result<(&'static ChatWay, StoredAccount), Unsendable> {
    let hint =
        "Answer the customer another way, such as by mail, or have an admin connect the inbox";
    let none = |why: String| Unsendable { code: "not_connected", why, hint };
    let stored = stored.ok_or_else(|| none("this inbox is connected to no platform".to_owned()))?;
    let way = chat_way(&stored.kind);
    let way = way.ok_or_else(|| none(format!("no replies go by {}", stored.kind)))?;
    Ok((way, stored))
}

/// Whether nothing is missing without which nothing can be sent.
fn is_complete(way: &ChatWay, account: &Connected) -> Result<(), Unsendable> {
    let is_set = |name: &str| {
        let text = account.settings.get(name).and_then(Value::as_str);
        let secrets = account.secrets.get(name);
        text.is_some_and(|text| !text.trim().is_empty())
            || secrets.is_some_and(|all| all.iter().any(|one| !one.expose().trim().is_empty()))
    };
    match way.needs.iter().find(|name| !is_set(name)) {
        None => Ok(()),
        Some(name) => Err(Unsendable {
            code: "not_set_up",
            why: format!("the set-up of this inbox has no `{name}`, without which no reply goes"),
            hint: "Have an admin enter it",
        }),
    }
}

/// Refuses files that the platform would not take, or could not get at.
fn check_files(
    app: &App,
    way: &ChatWay,
    conversation: &str,
    files: &[AttachmentInfo],
) -> Result<(), AppError> {
    if files.is_empty() {
        return Ok(());
    }
    if !way.takes_files() {
        let why = format!(
            "no files go by {}: put them where the customer can fetch them and send the address, or \
             send a mail",
            way.kind
        );
        return Err(AppError::invalid("attachments", why));
    }
    if way.files == Files::Fetched && app.public_url().is_none() {
        let why = format!(
            "{} fetches files by itself, and this server has no address by which it could: have an admin \
             set server.public_url to one that begins with https, or send a link of your own",
            way.kind
        );
        return Err(AppError::conflict("needs_public_link", why));
    }
    let looks: Vec<FileLooks<'_>> = files.iter().map(looks).collect();
    let misfit = way.check_files(conversation, &looks).err();
    misfit.map_or(Ok(()), |misfit| Err(AppError::invalid("attachments", misfit.to_string())))
}

fn looks(file: &AttachmentInfo) -> FileLooks<'_> {
    let name = file.name.as_deref().unwrap_or("the file");
    FileLooks { name, media_type: &file.media_type, size: file.size }
}

/// Refuses a text that the platform would not take.
fn check(way: &ChatWay, text: &str, files: usize) -> Result<(), AppError> {
    let messages = way.messages(text, files);
    let most_messages = way.most_messages();
    let Some(length) = way.length.filter(|_| messages > most_messages) else { return Ok(()) };
    let (count, most) = (length.unit.count(text.trim_end()), length.most);
    if most_messages == 1 {
        let why = format!(
            "the answer is {count} characters long as the platform counts, and may be {most}: make it \
             shorter"
        );
        let details = json!({ "length": count, "most": most });
        return Err(AppError::refused("reply_too_long", why).with_details(details));
    }
    let why = format!(
        "the text is {count} characters long as the platform counts, and would become {messages} \
         messages with its files; a message holds {most}, and a reply becomes {most_messages} at the \
         most: make it shorter, or send fewer files"
    );
    let details = json!({
        "length": count, "most_in_one": most, "messages": messages, "most_messages": most_messages
    });
    Err(AppError::refused("reply_too_long", why).with_details(details))
}

/// Says that the time is over, and whether a template may go and where those are listed.
fn window_closed(conn: &mut Conn, inbox: InboxId) -> Result<AppError, AppError> {
    let why = "the platform lets you write within 24 hours after the customer's last message alone, \
               and those will be over";
    let stored = channel_accounts::get(conn, inbox)?;
    if !channels::has_templates(stored.as_ref()) {
        let why = format!(
            "{why}: reach them another way, or wait until they write. Templates could be sent if an \
             admin entered the `business_account_id` of this inbox"
        );
        let details = json!({ "template_possible": false });
        return Ok(AppError::conflict("window_closed", why).with_details(details));
    }
    let path = format!("/api/v1/inboxes/{inbox}/templates");
    let why = format!("{why}: send an approved template of GET {path}, or wait until they write");
    let details = json!({ "template_possible": true, "templates": path });
    Ok(AppError::conflict("window_closed", why).with_details(details))
}

fn is_closed(conn: &mut Conn, ticket: &Ticket, at: Instant) -> Result<bool, AppError> {
    let newest = timeline::newest_from_customer(conn, ticket.id, None)?;
    Ok(window(newest.map(|item| item.occurred_at), at) == Window::TemplateOnly)
}

/// The conversation in which a ticket is answered: that of the customer's newest message, if it still
/// goes on in this ticket.
fn conversation_of(conn: &mut Conn, ticket: &Ticket, inbox: InboxId) -> Result<String, AppError> {
    let newest = timeline::newest_from_customer(conn, ticket.id, None)?;
    let newest = newest.filter(|item| item.inbox == Some(inbox));
    let named = newest.as_ref().and_then(conversation_on);
    let mut own = channel_objects::conversations_of(conn, inbox, ticket.id)?;
    match named {
        Some(named) if own.contains(&named) => Ok(named),
        Some(named) => {
            let elsewhere = channel_objects::ticket_of(conn, inbox, &named)?;
            Err(goes_on_in(conn, elsewhere)?)
        }
        // Of several, none is known to be meant.
        None if own.len() == 1 => Ok(own.remove(0)),
        None => {
            let elsewhere = newest.as_ref().and_then(moved_from);
            Err(goes_on_in(conn, elsewhere)?)
        }
    }
}

/// Says where else a conversation goes on, if anywhere.
fn goes_on_in(conn: &mut Conn, elsewhere: Option<TicketId>) -> Result<AppError, AppError> {
    let other = elsewhere.map(|id| tickets::get(conn, &Actor::system(), id)).transpose()?;
    let why = match other.flatten() {
        Some(other) => format!("its conversation goes on in ticket {}: answer there", other.number),
        None => {
            "nothing in this ticket says which conversation of the platform it belongs to: answer \
                 in a ticket that the customer opened there, or reach them another way"
                .to_owned()
        }
    };
    Ok(AppError::conflict("no_conversation", why))
}

/// The ticket that a message was in before somebody moved it.
fn moved_from(item: &TimelineItem) -> Option<TicketId> {
    match item.message()?.thread_reason.as_ref()? {
        Reason::Moved { from, .. } => Some(*from),
        _ => None,
    }
}

/// The conversation that a message says it belongs to.
pub(super) fn conversation_on(item: &TimelineItem) -> Option<String> {
    match item.message()?.thread_reason.as_ref()? {
        Reason::SameConversation { conversation } | Reason::NewConversation { conversation } => {
            Some(conversation.clone())
        }
        _ => None,
    }
}

/// What was read for sending a reply to a chat; its secrets are opened later.
pub(super) struct Found {
    stored: Option<StoredAccount>,
    conversation: Option<String>,
    recipient: Option<String>,
    answers: Option<String>,
    is_closed: bool,
    told_most: Option<usize>,
}

/// Reads what is needed to send a reply to a chat; nothing for what goes by mail.
pub(super) fn find(
    conn: &mut Conn,
    inbox: &Inbox,
    ticket: &Ticket,
    item: &TimelineItem,
    now: Instant,
) -> Result<Option<Found>, AppError> {
    if !inbox.channel.has_conversations() {
        return Ok(None);
    }
    let stored = channel_accounts::get(conn, inbox.id)?;
    // It goes where it was written to and nowhere else, whatever became of its ticket: what was moved to
    // another one does not say any more where that was, and that one may be somebody else's.
    let conversation = conversation_on(item);
    let way = stored.as_ref().and_then(|stored| chat_way(&stored.kind));
    let bounded = way.zip(conversation.as_ref()).is_some_and(|(way, key)| way.has_window(key));
    let newest = timeline::newest_from_customer(conn, ticket.id, None)?;
    Ok(Some(Found {
        recipient: match (&newest, way.is_some_and(|way| way.kind == "whatsapp")) {
            (Some(newest), true) => number_of(conn, newest)?,
            _ => None,
        },
        answers: newest.as_ref().and_then(answered),
        is_closed: bounded && is_closed(conn, ticket, now)?,
        told_most: told_most(conn, inbox.id)?,
        stored,
        conversation,
    }))
}

/// The number of who wrote a message, as the platform vouches for it; nothing where there are several,
/// since another may be somebody else's by now.
fn number_of(conn: &mut Conn, item: &TimelineItem) -> Result<Option<String>, AppError> {
    let mut all = identities::of_customers(conn, &[item.customer])?;
    let all = all.remove(&item.customer).unwrap_or_default();
    let proved = |one: &Identity| one.kind == IdentityKind::Phone && one.proof == Proof::Provider;
    let mut numbers = all.into_iter().filter(proved).map(|identity| identity.value);
    Ok(numbers.next().filter(|_| numbers.next().is_none()))
}

/// The object that is answered where others read along: there it would not be clear who is meant.
fn answered(item: &TimelineItem) -> Option<String> {
    let platform = item.message()?.platform.as_ref()?;
    (platform.audience != Audience::Private).then(|| platform.object.clone())
}

/// Opens the secrets of what was read, or says why it cannot be sent.
pub(super) fn line(app: &App, inbox: &Inbox, found: Found) -> Result<Line, Unsendable> {
    let Found { stored, conversation, recipient, answers, is_closed, told_most } = found;
    let (way, mut stored) = way_of(stored)?;
    // It is cut as it was counted.
    if let (None, Some(most)) = (given_most(&stored), told_most) {
        stored.settings.insert(GIVEN_MOST.to_owned(), most.to_string().into());
    }
    let locked = |_| Unsendable {
        code: "not_set_up",
        why: "the secrets of this inbox cannot be read".to_owned(),
        hint: "Have an admin look at the keys of the server, or enter the secrets anew",
    };
    let account = channels::opened_of(app, inbox.clone(), stored).map_err(locked)?;
    is_complete(way, &account)?;
    let conversation = conversation.ok_or_else(|| Unsendable {
        code: "no_conversation",
        why: "it does not say any more to which conversation it was written, since it was moved"
            .to_owned(),
        hint: "Write it again in the ticket of the conversation",
    })?;
    Ok(Line { account, way, conversation, recipient, answers, is_closed })
}
