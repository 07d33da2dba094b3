//! What can go wrong while a folder is followed, in words for an admin.

use throughline_app::AppError;
use throughline_ingest::email::imap::{ImapError, SinkError};

/// Why a folder cannot be followed at the moment.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// The set-up is incomplete, or there is no access token.
    #[error("{0}")]
    Setup(String),
    /// The mail server, or recording what it gave.
    #[error("{0}")]
    Imap(#[from] ImapError),
    /// Messages cannot be marked, moved or deleted, and the connection is gone with that.
    #[error("{0}")]
    Chores(ImapError),
    /// None: enough messages were fetched one by one, and it goes on with a fresh connection.
    #[error("messages are fetched together again")]
    Enough,
    /// Our own database.
    #[error("{}", words_of(.0))]
    Store(#[from] AppError),
}

impl Trouble {
    /// Whether it is on our side: the server needs no sparing then.
    pub(super) fn is_ours(&self) -> bool {
        matches!(self, Self::Store(_) | Self::Enough | Self::Imap(ImapError::Sink(_)))
    }

    /// The message on which it failed, if that is known.
    pub(super) fn culprit(&self) -> Option<Culprit> {
        match self {
            Self::Imap(ImapError::Missing { uid, .. }) => Some(Culprit { uid: *uid, sure: true }),
            Self::Imap(ImapError::Unfetchable { uid, why, .. }) => {
                Some(Culprit { uid: *uid, sure: is_of_the_message(why) })
            }
            _ => None,
        }
    }

    /// Whether a smaller batch would tell more.
    pub(super) fn wants_single_messages(&self) -> bool {
        matches!(self, Self::Imap(error) if is_of_the_message(error))
    }
}

/// A message that seems to be to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Culprit {
    pub(super) uid: u32,
    /// Whether it is the message for certain; otherwise it may be the server as well.
    pub(super) sure: bool,
}

/// Whether the answer itself was wrong, which no other moment will change.
fn is_of_the_message(error: &ImapError) -> bool {
    matches!(error, ImapError::TooLarge { .. } | ImapError::Unreadable { .. })
}

/// An error of our own with its cause: who reads it runs the machine.
pub(super) fn words_of(error: &AppError) -> String {
    let cause = error.cause.as_deref().map(|cause| format!(" ({cause})")).unwrap_or_default();
    format!("{error}{cause}")
}

pub(super) fn sink_error(error: &AppError) -> SinkError {
    SinkError(words_of(error))
}
