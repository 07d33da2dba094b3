//! A reply to a chat: what goes out, over which line, and what the platform's answer means for it.

use std::collections::BTreeMap;

use throughline_app::channels::Connected;
use throughline_app::outgoing::{Due, GRACE_SECONDS, Line, Unsendable, files};
use throughline_app::{App, AppError, Secret, file_links};
use throughline_core::id::AttachmentId;
use throughline_core::outgoing::{Attempt, ChatEnd, ChatTry, Files};
use throughline_core::time::Instant;
use throughline_core::timeline::AttachmentInfo;
use throughline_ingest::registry;
use throughline_outbound::chat::{
    self, Account, Chats, Endpoints, FileToSend, Outcome, Outgoing, Platform, Progress, Report,
};
use throughline_outbound::email::pace::Rate;

use super::{Stop, later};
use crate::polling::account_of;

/// Waits in seconds before a reply is tried again where the platform does not say how long; behind them
/// come those of mails.
const WAITS: [i64; 4] = [15, 60, 300, 900];
/// The longest wait that a platform may ask for, in seconds.
const LONGEST_WAIT: u64 = 24 * 60 * 60;

/// What is said of a try during which the program ended.
const DIED: &str = "the program ended while it was being sent";

/// Where replies to chats go out.
#[derive(Debug, Clone)]
pub struct ChatAccess {
    /// What makes the requests.
    pub chats: Chats,
    /// Our address as platforms reach it, without a slash at its end; some are told with each message
    /// where to say how far it has come.
    pub public_url: Option<String>,
}

impl ChatAccess {
    /// With these options for connections; platforms are where they are.
    ///
    /// # Errors
    /// When the extra certificates cannot be used.
    pub fn new(
        options: chat::ClientOptions,
        public_url: Option<String>,
    ) -> Result<Self, chat::UnusableRoots> {
        Self::at(options, Endpoints::default(), public_url)
    }

    /// The same with platforms elsewhere, for tests. No setting leads here.
    ///
    /// # Errors
    /// When the extra certificates cannot be used.
    pub fn at(
        options: chat::ClientOptions,
        endpoints: Endpoints,
        public_url: Option<String>,
    ) -> Result<Self, chat::UnusableRoots> {
        Ok(Self { chats: Chats::new(options, endpoints)?, public_url })
    }
}

/// A reply that may be sent now, if the pace allows.
pub(super) struct Ready {
    platform: &'static dyn Platform,
    account: Account,
    outgoing: Outgoing,
    progress: Progress,
}

/// The pace of a line.
pub(super) fn rate(line: &Line) -> Rate {
    Rate { burst: line.way.burst, per_hour: line.way.per_hour }
}

/// The line by which a reply goes, or why it cannot be sent now.
pub(super) fn line(due: &Due, now: Instant) -> Result<Option<&Line>, Stop> {
    let line = match &due.line {
        None => return Ok(None),
        Some(Ok(line)) => line,
        Some(Err(Unsendable { code, why, hint })) => return Err(refused(due, code, why, hint)),
    };
    let platform = platform(due, line)?;
    if let Some(since) = due.mail.sending_since {
        let until = since.plus_seconds(GRACE_SECONDS);
        if until > now {
            return later(until, "another try is under way");
        }
        // Whoever began it died. Where the platform knows a repeat, it can be tried again.
        if !platform.knows_repeats() {
            return Err(tried(due, ChatEnd::Unknown { words: DIED.to_owned() }));
        }
    }
    let template = due.item.message().and_then(|message| message.template.as_ref());
    if line.is_closed && template.is_none() {
        let hint = "Send a template, or wait until they write and send it again";
        let why = "more than 24 hours have passed since the customer wrote";
        return Err(refused(due, "window_closed", why, hint));
    }
    Ok(Some(line))
}

/// Puts together what goes out.
pub(super) async fn ready(
    app: &App,
    access: &ChatAccess,
    due: &Due,
    line: &Line,
) -> Result<Ready, Stop> {
    let platform = platform(due, line)?;
    let unread = |error: AppError| {
        tracing::warn!(item.id = %due.item.id, cause = error.cause, "a file cannot be read");
        let words = "a file of this message cannot be read at the moment".to_owned();
        tried(due, ChatEnd::Later { after: None, words })
    };
    let read = files(app, due).await.map_err(unread)?;
    let links = links(app, due, line, &read).await?;
    let files = read.into_iter().enumerate().map(|(at, (info, bytes))| {
        let name = info.name.unwrap_or_else(|| "file".to_owned());
        let (media_type, link) = (info.media_type, links.get(at).cloned());
        let description = description(due, info.id);
        FileToSend { name, media_type, bytes, link, description }
    });
    let template = due.item.message().and_then(|message| message.template.as_ref());
    let outgoing = Outgoing {
        conversation: line.conversation.clone(),
        recipient: line.recipient.clone(),
        text: due.item.body.clone(),
        answers: line.answers.clone(),
        files: files.collect(),
        template: template.map(|template| (**template).clone()),
        key: due.item.id.to_string(),
        status_url: access.public_url.as_ref().map(|url| format!("{url}/hooks/{}", due.inbox.id)),
    };
    let mut account = account(&line.account);
    if let Some(signed) = registry::signed(line.way.kind, &account_of(&line.account), app.now()) {
        let unsigned =
            |why: String| refused(due, "not_set_up", &why, "Have an admin look at the key");
        account.secrets.insert("signed".to_owned(), vec![signed.map_err(unsigned)?]);
    }
    Ok(Ready { platform, account, outgoing, progress: progress(due) })
}

/// By which the platform fetches the files, where it does so by itself.
async fn links(
    app: &App,
    due: &Due,
    line: &Line,
    files: &[(AttachmentInfo, Vec<u8>)],
) -> Result<Vec<String>, Stop> {
    if line.way.files != Files::Fetched || files.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<AttachmentId> = files.iter().map(|(info, _)| info.id).collect();
    let unmade = |error: AppError| {
        tracing::warn!(item.id = %due.item.id, cause = error.cause, "no links to files can be made");
        let words = "no links to the files can be made at the moment".to_owned();
        tried(due, ChatEnd::Later { after: None, words })
    };
    // Without a link the platform's own refusal says what is missing.
    Ok(file_links::make(app, &ids).await.map_err(unmade)?.unwrap_or_default())
}

/// What is to be seen on a file, as its writer said.
fn description(due: &Due, id: AttachmentId) -> Option<String> {
    let files = due.item.message().map(|message| &message.attachments);
    files?.iter().find(|file| file.id == id)?.description.clone()
}

/// Sends it, or what is left of it. After each message but the last, `note` is told what the try has come
/// to if nothing more is heard of it.
pub(super) async fn send(
    access: &ChatAccess,
    ready: Ready,
    now: Instant,
    note: impl Fn(Attempt) + Sync,
) -> Attempt {
    let Ready { platform, account, outgoing, progress } = ready;
    let now = now.as_micros().div_euclid(1_000_000);
    let so_far = |progress: &Progress| {
        let end = ChatEnd::Unknown { words: DIED.to_owned() };
        note(attempt_of(progress.clone(), end));
    };
    let sending = access.chats.send_noting(platform, &account, &outgoing, progress, now, &so_far);
    attempt(sending.await)
}

/// When a reply is tried again; `usual` is when a mail would be, if at all.
pub(super) fn next_try(
    tried: &ChatTry,
    deferrals: u32,
    usual: Option<Instant>,
    now: Instant,
) -> Option<Instant> {
    let usual = usual?;
    let ChatEnd::Later { after, words: _ } = &tried.end else { return Some(usual) };
    if let Some(after) = after {
        let seconds = i64::try_from((*after).min(LONGEST_WAIT)).unwrap_or_default();
        return Some(now.plus_seconds(seconds.max(1)));
    }
    let wait = usize::try_from(deferrals).ok().and_then(|index| WAITS.get(index));
    Some(wait.map_or(usual, |seconds| now.plus_seconds(*seconds)))
}

fn platform(due: &Due, line: &Line) -> Result<&'static dyn Platform, Stop> {
    let none = || {
        let why = format!("no replies go by {}", line.way.kind);
        refused(due, "not_connected", &why, "Answer the customer another way")
    };
    chat::platform(line.way.kind).ok_or_else(none)
}

fn refused(due: &Due, code: &str, why: &str, hint: &str) -> Stop {
    let (code, words, hint) = (code.to_owned(), why.to_owned(), format!("{hint}."));
    tried(due, ChatEnd::Refused { code, words, hint })
}

/// An end of a try in which nothing more was sent than before.
fn tried(due: &Due, end: ChatEnd) -> Stop {
    let objects = progress(due).objects;
    let progress = due.mail.progress.clone();
    Stop::Tried(Attempt::Chat(Box::new(ChatTry { objects, progress, end })))
}

/// What was done of it before. What cannot be read was written by another version: nothing is known then.
fn progress(due: &Due) -> Progress {
    let known = due.mail.progress.as_deref();
    known.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// A set-up as sending needs it.
pub(crate) fn account(connected: &Connected) -> Account {
    let exposed = |all: &Vec<Secret>| all.iter().map(|one| one.expose().clone()).collect();
    let secrets: BTreeMap<String, Vec<String>> =
        connected.secrets.iter().map(|(name, all)| (name.clone(), exposed(all))).collect();
    Account { settings: connected.settings.clone(), secrets }
}

fn attempt(Report { outcome, progress }: Report) -> Attempt {
    let end = match outcome {
        Outcome::Sent { .. } => ChatEnd::Sent,
        Outcome::Later { after, why } => ChatEnd::Later { after, words: why },
        Outcome::Refused(refusal) => ChatEnd::Refused {
            code: refusal.code.to_owned(),
            words: refusal.why.trim_end_matches('.').to_owned(),
            hint: refusal.hint,
        },
        Outcome::Unknown { why } => ChatEnd::Unknown { words: why },
    };
    attempt_of(progress, end)
}

fn attempt_of(progress: Progress, end: ChatEnd) -> Attempt {
    let begun = (progress.done > 0).then(|| serde_json::to_string(&progress).ok()).flatten();
    Attempt::Chat(Box::new(ChatTry { objects: progress.objects, progress: begun, end }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn later_after(after: Option<u64>) -> ChatTry {
        let end = ChatEnd::Later { after, words: "busy".into() };
        ChatTry { objects: Vec::new(), progress: None, end }
    }

    #[test]
    fn the_platforms_wish_is_kept_and_else_the_waits_grow() {
        let (now, usual) = (Instant::from_micros(0), Instant::from_micros(9_999_000_000));
        let at = |tried: &ChatTry, deferrals, usual| {
            next_try(tried, deferrals, usual, now).map(|at| at.as_micros() / 1_000_000)
        };
        assert_eq!(at(&later_after(Some(7)), 3, Some(usual)), Some(7));
        assert_eq!(at(&later_after(Some(0)), 0, Some(usual)), Some(1));
        assert_eq!(at(&later_after(Some(u64::MAX)), 0, Some(usual)), Some(86_400));
        let waits: Vec<_> = (0..5).filter_map(|n| at(&later_after(None), n, Some(usual))).collect();
        assert_eq!(waits, [15, 60, 300, 900, 9_999]);
        assert_eq!(at(&later_after(Some(7)), 0, None), None, "days have passed");
    }

    #[test]
    fn what_was_taken_is_kept_with_every_end() {
        let progress = Progress { done: 1, objects: vec!["1:2".into()], noted: Vec::new() };
        let outcome = Outcome::Unknown { why: "no answer".into() };
        let Attempt::Chat(tried) = attempt(Report { outcome, progress: progress.clone() }) else {
            panic!("it is a chat's");
        };
        assert_eq!(tried.objects, ["1:2"]);
        let kept: Progress = serde_json::from_str(&tried.progress.unwrap()).unwrap();
        assert_eq!(kept, progress);
        assert_eq!(tried.end, ChatEnd::Unknown { words: "no answer".into() });
    }
}
