//! What a platform says of a message, on the wire.

use serde::Serialize;
use serde_json::{Map, Value};
use throughline_core::inbound::{Audience, FileAt, ReceiptState, RemoteFile};
use throughline_core::platform::{Arrived, Earlier, FileState, Platform, SentFile, Sign, Wait};
use throughline_core::time::Instant as CoreInstant;
use utoipa::ToSchema;

use crate::wire::{AttachmentId, Instant, Wire};

/// What a platform says of a message beyond its text.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlatformOut {
    /// What the platform calls it.
    #[schema(example = "message.text")]
    kind: String,
    /// The platform's id of the message.
    #[schema(example = "111111:7")]
    object: String,
    /// Who else reads it: `private`, `group`, `unlisted` or `public`. An answer is no more public than this.
    #[schema(example = "private")]
    audience: &'static str,
    /// Where people see it.
    url: Option<String>,
    /// The object that it answers.
    answers: Option<String>,
    /// When it was last changed by who wrote it.
    edited_at: Option<Instant>,
    /// What it said before, the latest last.
    edits: Vec<EarlierOut>,
    /// When it was taken back; its text is gone then.
    deleted_at: Option<Instant>,
    /// The signs that stand on it.
    reactions: Vec<SignOut>,
    /// How far it has come, when it is ours and the platform tells.
    receipt: Option<ArrivedOut>,
    /// Its files as the platform names them, and whether each is here; those that are, are among the
    /// message's `attachments`.
    files: Vec<RemoteFileOut>,
    /// What else the platform says, by the platform's own names.
    #[schema(value_type = Object)]
    extra: Map<String, Value>,
}

/// What a message said before.
#[derive(Debug, Serialize, ToSchema)]
struct EarlierOut {
    /// The text.
    text: String,
    /// Until when.
    until: Instant,
}

/// A sign on a message.
#[derive(Debug, Serialize, ToSchema)]
struct SignOut {
    /// The sign.
    #[schema(example = "👍")]
    emoji: String,
    /// Whose it is, as the platform names him.
    by: String,
    /// When it was put there.
    at: Instant,
}

/// How far a message of ours has come.
#[derive(Debug, Serialize, ToSchema)]
struct ArrivedOut {
    /// `sent`, `failed`, `delivered` or `read`.
    #[schema(example = "delivered")]
    state: &'static str,
    /// Since when.
    at: Instant,
    /// Why it failed, in the platform's words.
    error: Option<String>,
}

/// A file that lies, or lay, with the platform.
#[derive(Debug, Serialize, ToSchema)]
struct RemoteFileOut {
    /// Its name.
    name: Option<String>,
    /// Its media type as the platform says.
    #[schema(example = "image/jpeg")]
    media_type: Option<String>,
    /// Its size in bytes as the platform says.
    size: Option<u64>,
    /// Its address, when anybody may read it there; null when that wants the channel's credentials.
    url: Option<String>,
    /// Whether it is here: `waiting` to be fetched, `fetched`, `failed`, or `too_large` for this server or for
    /// what the platform hands out.
    #[schema(example = "fetched")]
    state: &'static str,
    /// The attachment that it became.
    attachment: Option<AttachmentId>,
    /// Why it is not here, as far as it was tried.
    #[schema(example = "its address answered 410: the file is gone")]
    words: Option<String>,
    /// When it is tried again, while it waits after a try that failed.
    next_try_at: Option<Instant>,
    /// Whether the customer put other files in its place since.
    replaced: bool,
}

fn instant(micros: i64) -> Instant {
    Wire(CoreInstant::from_micros(micros))
}

impl PlatformOut {
    /// On the wire.
    pub fn of(platform: Platform) -> Self {
        let Platform {
            kind,
            object,
            audience,
            url,
            answers,
            edited_at,
            edits,
            deleted_at,
            reactions,
            taken_off: _,
            receipt,
            files,
            extra,
        } = platform;
        let earlier = |Earlier { text, until }| EarlierOut { text, until: instant(until) };
        let sign = |Sign { emoji, by, at }| SignOut { emoji, by, at: instant(at) };
        let arrived = |Arrived { state, at, error }: Arrived| ArrivedOut {
            state: state_name(state),
            at: instant(at),
            error,
        };
        Self {
            kind,
            object,
            audience: audience_name(audience),
            url,
            answers,
            edited_at: edited_at.map(instant),
            edits: edits.into_iter().map(earlier).collect(),
            deleted_at: deleted_at.map(instant),
            reactions: reactions.into_iter().map(sign).collect(),
            receipt: receipt.map(arrived),
            files: files.into_iter().map(file).collect(),
            extra,
        }
    }
}

fn file(file: SentFile) -> RemoteFileOut {
    let SentFile { file: RemoteFile { at, name, media_type, size }, state, replaced } = file;
    let url = match at {
        FileAt::Url(url) => Some(url),
        FileAt::GuardedUrl(_) | FileAt::Id(_) => None,
    };
    let (state, attachment, words, next_try_at) = match state {
        FileState::Waiting(Wait { words, next_try_at, .. }) => {
            ("waiting", None, words, next_try_at.map(instant))
        }
        FileState::Fetched(id) => ("fetched", Some(Wire(id)), None, None),
        FileState::Failed(words) => ("failed", None, Some(words), None),
        FileState::TooLarge(words) => ("too_large", None, Some(words), None),
    };
    RemoteFileOut { name, media_type, size, url, state, attachment, words, next_try_at, replaced }
}

fn audience_name(audience: Audience) -> &'static str {
    match audience {
        Audience::Private => "private",
        Audience::Group => "group",
        Audience::Unlisted => "unlisted",
        Audience::Public => "public",
    }
}

fn state_name(state: ReceiptState) -> &'static str {
    match state {
        ReceiptState::Sent => "sent",
        ReceiptState::Failed => "failed",
        ReceiptState::Delivered => "delivered",
        ReceiptState::Read => "read",
    }
}
