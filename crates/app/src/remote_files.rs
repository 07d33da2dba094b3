//! Files of chat messages that lie with their platform: a job fetches each into the blobs as soon as its
//! message is stored, since platforms keep them for a while only.
//!
//! What a platform answers is known to whoever fetches; here is what is to be fetched, and what a try makes
//! of it, which is decided under the lock of the item: what was taken out, taken back or erased meanwhile
//! does not come back. A file is known by its item, its place and its address, so that it becomes one
//! attachment however often it is fetched.

use std::fmt;

use throughline_core::actor::{Actor, Scope};
use throughline_core::event::Happening;
use throughline_core::id::{AttachmentId, ItemId};
use throughline_core::inbound::{FileAt, RemoteFile};
use throughline_core::inbox::Inbox;
use throughline_core::media_type;
use throughline_core::platform::{FileState, Platform, SentFile, Wait};
use throughline_core::time::Instant;
use throughline_core::timeline::{AttachmentInfo, Detail, TimelineItem};
use throughline_store::attachments::{self, Attachment};
use throughline_store::channel_accounts::{self, StoredAccount};
use throughline_store::jobs::NewJob;
use throughline_store::{Conn, events, inboxes, jobs, tickets, timeline, trash};

use crate::channels::{self, Connected};
use crate::jobs::FETCH_FILES;
use crate::timeline::put_aside;
use crate::{App, AppError, index};

/// What is to be fetched of a message now.
#[derive(Debug, Clone)]
pub struct Due {
    /// How its inbox is connected; else why nothing can be fetched.
    pub account: Result<Connected, String>,
    /// The files, each with its place.
    pub files: Vec<(usize, RemoteFile)>,
    /// When there is something to be fetched next.
    pub next: Instant,
}

/// What a try brought.
#[derive(Clone)]
pub enum Tried {
    /// The file.
    Came {
        /// Its bytes.
        bytes: Vec<u8>,
        /// Its name, should the message not have told one.
        name: Option<String>,
        /// Its media type, should the message not have told one.
        media_type: Option<String>,
    },
    /// It is too large; says for what.
    TooLarge(String),
    /// It cannot be had; says why.
    Lost(String),
    /// It may come another time.
    Later {
        /// Why not now.
        words: String,
        /// After how many seconds, where the platform says so.
        after_seconds: Option<u32>,
    },
}

/// What is in it may be the customers'.
impl fmt::Debug for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Came { bytes, .. } => write!(f, "Came({} bytes)", bytes.len()),
            Self::TooLarge(words) => write!(f, "TooLarge({words})"),
            Self::Lost(words) => write!(f, "Lost({words})"),
            Self::Later { words, after_seconds } => write!(f, "Later({words}, {after_seconds:?})"),
        }
    }
}

/// What is to be fetched of a message; nothing when none of its files waits.
pub async fn load(app: &App, id: ItemId) -> Result<Option<Due>, AppError> {
    let now = app.now();
    let read = move |conn: &mut Conn| {
        let Some(item) = timeline::get(conn, &Actor::system(), id)? else { return Ok(None) };
        let Some(platform) = platform_of(&item) else { return Ok(None) };
        let Some(next) = platform.next_file_at(now) else { return Ok(None) };
        let files = platform.due_files(now);
        let inbox = item.inbox.map(|id| inboxes::get(conn, id)).transpose()?.flatten();
        let stored = item.inbox.map(|id| channel_accounts::get(conn, id)).transpose()?.flatten();
        Ok::<_, AppError>(Some((inbox.zip(stored), files, next)))
    };
    let Some((found, files, next)) = app.store().lookup(read).await? else { return Ok(None) };
    Ok(Some(Due { account: account(app, found), files, next }))
}

fn account(app: &App, found: Option<(Inbox, StoredAccount)>) -> Result<Connected, String> {
    let (inbox, stored) = found
        .ok_or("its inbox is connected to no platform any more: an admin connects it again")?;
    let locked =
        "the secrets of its inbox cannot be read: an admin looks at the keys of the server";
    channels::opened_of(app, inbox, stored).map_err(|_| locked.to_owned())
}

fn platform_of(item: &TimelineItem) -> Option<&Platform> {
    item.message()?.platform.as_deref()
}

fn platform_in(item: &mut TimelineItem) -> Option<&mut Platform> {
    match &mut item.detail {
        Detail::Message(message) => message.platform.as_deref_mut(),
        _ => None,
    }
}

/// A file that is still to be fetched.
fn waiting<'a>(item: &'a mut TimelineItem, place: usize, at: &FileAt) -> Option<&'a mut SentFile> {
    platform_in(item)?.waiting_file(place, at)
}

/// Writes what a try brought, in one transaction. Doing it again changes nothing.
pub async fn settle(
    app: &App,
    id: ItemId,
    place: usize,
    file: &RemoteFile,
    tried: Tried,
) -> Result<(), AppError> {
    let tried = kept(app, file, tried).await?;
    let (app2, at) = (app.clone(), file.at.clone());
    let now = app.now();
    let write = move |conn: &mut Conn| {
        let Some(mut item) = timeline::hold(conn, id)? else { return let_go(conn, tried, now) };
        let Some(wait) = waiting(&mut item, place, &at).and_then(|file| file.wait().cloned())
        else {
            return let_go(conn, tried, now);
        };
        let state = match tried {
            Kept::Came(came) => take_in(conn, &mut item, place, *came)?,
            Kept::TooLarge(words) => FileState::TooLarge(words),
            Kept::Lost(words) => FileState::Failed(words),
            Kept::Later { words, after_seconds } => wait.after_failure(words, after_seconds, now),
        };
        let is_over = !matches!(state, FileState::Waiting(_));
        waiting(&mut item, place, &at).into_iter().for_each(|file| file.state = state.clone());
        tidy(&mut item);
        timeline::set_detail(conn, id, &item.detail)?;
        if is_over {
            tell(&app2, conn, &Actor::system(), &item, now)?;
        }
        Ok::<_, AppError>(None)
    };
    let unnamed = app.store().write(write).await?;
    put_aside(app, unnamed.into_iter().collect()).await
}

/// What a try brought, with the bytes in the blobs.
enum Kept {
    Came(Box<Came>),
    TooLarge(String),
    Lost(String),
    Later { words: String, after_seconds: Option<u32> },
}

struct Came {
    info: AttachmentInfo,
    blob: String,
}

async fn kept(app: &App, file: &RemoteFile, tried: Tried) -> Result<Kept, AppError> {
    let (bytes, name, said) = match tried {
        Tried::Came { bytes, name, media_type } => (bytes, name, media_type),
        Tried::TooLarge(words) => return Ok(Kept::TooLarge(words)),
        Tried::Lost(words) => return Ok(Kept::Lost(words)),
        Tried::Later { words, after_seconds } => {
            return Ok(Kept::Later { words, after_seconds });
        }
    };
    let name = file.name.as_deref().or(name.as_deref()).map(crate::attachments::clean);
    let info = AttachmentInfo {
        id: app.ids().make(app.now()),
        name: name.filter(|name| !name.trim().is_empty()),
        media_type: media_type::of(file.media_type.as_deref().or(said.as_deref()), &bytes),
        size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        inline: false,
        description: None,
    };
    let blob = app.store().blobs().put(bytes).await?;
    Ok(Kept::Came(Box::new(Came { info, blob })))
}

/// Nobody wants any more what came. Answers with the blob that nobody may name.
fn let_go(conn: &mut Conn, tried: Kept, now: Instant) -> Result<Option<String>, AppError> {
    let Kept::Came(came) = tried else { return Ok(None) };
    trash::note(conn, std::slice::from_ref(&came.blob), now)?;
    Ok(Some(came.blob))
}

/// Makes an attachment of what came. What an edit only named anew stays the attachment that it was.
fn take_in(
    conn: &mut Conn,
    item: &mut TimelineItem,
    place: usize,
    came: Came,
) -> Result<FileState, AppError> {
    let Came { info, blob } = came;
    let replaced = |file: &&SentFile| file.replaced;
    let earlier: Vec<AttachmentId> = platform_of(item)
        .iter()
        .flat_map(|platform| platform.files.iter().filter(replaced))
        .filter_map(SentFile::attachment)
        .collect();
    let known = attachments::of_item(conn, item.id)?;
    let same = known.iter().find(|old| old.blob == blob && earlier.contains(&old.info.id));
    if let Some(same) = same {
        return Ok(FileState::Fetched(same.info.id));
    }
    let state = FileState::Fetched(info.id);
    let position = i16::try_from(place).unwrap_or(i16::MAX);
    let new = Attachment { info: info.clone(), item: item.id, blob, content_id: None };
    attachments::add(conn, &new, position)?;
    if let Detail::Message(message) = &mut item.detail {
        message.attachments.push(info);
    }
    Ok(state)
}

/// Shows attachments in the order of the files that they were, and none of those twice.
fn tidy(item: &mut TimelineItem) {
    let Detail::Message(message) = &mut item.detail else { return };
    let Some(platform) = message.platform.as_deref_mut() else { return };
    let shown: Vec<AttachmentId> =
        platform.files.iter().filter(|f| !f.replaced).filter_map(SentFile::attachment).collect();
    let is_shown = |file: &SentFile| file.attachment().is_some_and(|id| shown.contains(&id));
    platform.files.retain(|file| !file.replaced || !is_shown(file));
    let order: Vec<AttachmentId> = platform.fetched().collect();
    let place_of = |id| order.iter().position(|known| *known == id).unwrap_or(usize::MAX);
    message.attachments.sort_by_key(|info| place_of(info.id));
}

/// Says that a message looks another now.
fn tell(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    item: &TimelineItem,
    now: Instant,
) -> Result<(), AppError> {
    let ticket = match item.ticket {
        Some(ticket) => tickets::get(conn, &Actor::system(), ticket)?,
        None => None,
    };
    let told = app.event(actor, now, Happening::MessageChanged { item: item.id });
    let told = match &ticket {
        Some(ticket) => told.of_ticket(ticket),
        None => told.of_customer(item.customer),
    };
    events::append(conn, &[told])?;
    // The names of files are found as well.
    Ok(index::item(conn, item, ticket.as_ref())?)
}

/// Asks once more for the files of a message that could not be had.
pub async fn retry(app: &App, actor: &Actor, id: ItemId) -> Result<TimelineItem, AppError> {
    actor.require(Scope::TicketsWrite)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let write = move |conn: &mut Conn| {
        timeline::hold(conn, id)?;
        let none = || AppError::not_found("item");
        let mut item = timeline::get(conn, &actor, id)?.ok_or_else(none)?;
        let mut again = 0;
        for file in platform_in(&mut item).into_iter().flat_map(|platform| &mut platform.files) {
            if file.attachment().is_none() {
                file.state = FileState::Waiting(Wait::default());
                again += 1;
            }
        }
        if again == 0 {
            let message = "it has no file that could not be fetched";
            return Err(AppError::conflict("no_file_missing", message));
        }
        timeline::set_detail(conn, id, &item.detail)?;
        jobs::enqueue_anew(conn, &[job(&app2, id, now)], now)?;
        tell(&app2, conn, &actor, &item, now)?;
        Ok(item)
    };
    app.store().write(write).await
}

/// Lets the files of a message be fetched that wait for it. `anew` when a job may be under way that knows
/// nothing of them. Call it in the transaction that stores the message.
pub(crate) fn enqueue(
    app: &App,
    conn: &mut Conn,
    item: &TimelineItem,
    anew: bool,
    now: Instant,
) -> Result<(), AppError> {
    let next = platform_of(item).and_then(|platform| platform.next_file_at(now));
    let job = next.map(|_| job(app, item.id, now));
    match anew {
        true => jobs::enqueue_anew(conn, job.as_slice(), now)?,
        false => jobs::enqueue(conn, job.as_slice(), now)?,
    }
    Ok(())
}

fn job(app: &App, item: ItemId, now: Instant) -> NewJob {
    NewJob {
        id: app.ids().make(now),
        kind: FETCH_FILES,
        payload: serde_json::json!({ "item": item }).to_string(),
        run_at: now,
        dedup_key: Some(item.to_string()),
    }
}

/// Removes the attachments that an item no longer has, now that an event of its platform changed it.
/// Call it in the transaction that writes the item.
pub(crate) fn drop_gone(
    conn: &mut Conn,
    before: &TimelineItem,
    after: &TimelineItem,
    now: Instant,
) -> Result<(), AppError> {
    let ids = |item: &TimelineItem| -> Vec<AttachmentId> {
        let files = item.message().map(|message| message.attachments.as_slice());
        files.unwrap_or_default().iter().map(|info| info.id).collect()
    };
    let kept = ids(after);
    let gone: Vec<AttachmentId> = ids(before).into_iter().filter(|id| !kept.contains(id)).collect();
    if gone.is_empty() {
        return Ok(());
    }
    let blobs = attachments::drop_some(conn, &gone)?;
    Ok(trash::note(conn, &blobs, now)?)
}

/// Takes those attachments off a message that its platform's files no longer are. Files that our own
/// people sent are none of these.
pub(crate) fn forget_gone(item: &mut TimelineItem, before: &[AttachmentId]) {
    let Detail::Message(message) = &mut item.detail else { return };
    let now: Vec<AttachmentId> =
        message.platform.iter().flat_map(|platform| platform.fetched()).collect();
    message.attachments.retain(|info| !before.contains(&info.id) || now.contains(&info.id));
}
