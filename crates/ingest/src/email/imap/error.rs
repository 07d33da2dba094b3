//! What can go wrong with a mailbox, in words that tell an admin what to do.

use std::io;

use super::wire::{Stalled, TooLarge};

/// Why a step with an IMAP server failed. The connection it happened on is of no further use.
#[derive(Debug, thiserror::Error)]
pub enum ImapError {
    /// An unprotected connection to another machine.
    #[error(
        "an unprotected connection to {host} is refused, because the password could be read on the \
         way: choose TLS or STARTTLS (unprotected is allowed to this machine only)"
    )]
    PlainRefused {
        /// The host as configured.
        host: String,
    },
    /// No connection: name unknown, refused, timed out.
    #[error("{host} port {port} cannot be reached ({why}): check host name, port and firewall")]
    Unreachable {
        /// The host as configured.
        host: String,
        /// The port as configured.
        port: u16,
        /// The reason the system gave.
        why: String,
    },
    /// The server's certificate is not accepted.
    #[error("the TLS certificate of {host} is refused: {why}")]
    Certificate {
        /// The host as configured.
        host: String,
        /// What is wrong with it, and what helps.
        why: String,
    },
    /// TLS failed for another reason than the certificate.
    #[error("no TLS connection to {host} ({why}): check that this port speaks TLS at once")]
    Tls {
        /// The host as configured.
        host: String,
        /// What the handshake failed on.
        why: String,
    },
    /// The certificates given as trusted cannot be used.
    #[error("the additional root certificate cannot be used ({why}): it must be in PEM form")]
    ExtraRoot {
        /// What is wrong with it.
        why: String,
    },
    /// The server refuses STARTTLS.
    #[error("{host} does not offer STARTTLS ({words}): use TLS, mostly on port 993")]
    NoStartTls {
        /// The host as configured.
        host: String,
        /// The server's words.
        words: String,
    },
    /// The server turned us away before anything was asked.
    #[error("the server turned the connection away: {words}")]
    TurnedAway {
        /// The server's words.
        words: String,
    },
    /// Name, password or token are wrong.
    #[error("the server refuses the login ({words}): check user name and password or token")]
    LoginRefused {
        /// The server's words.
        words: String,
    },
    /// The server answered a command with NO or BAD.
    #[error("the server refuses to {doing}: {words}")]
    Refused {
        /// What was asked, as in "open the folder".
        doing: String,
        /// The server's words.
        words: String,
    },
    /// The server lacks an extension.
    #[error("the server does not offer {what}")]
    NotOffered {
        /// The extension's name.
        what: &'static str,
    },
    /// The connection ended.
    #[error("the connection was lost while trying to {doing}{}", said(words))]
    Lost {
        /// What was being done.
        doing: String,
        /// The server's parting words (BYE), or the system's; may be empty.
        words: String,
    },
    /// Nothing came or went for too long.
    #[error("no progress for {seconds} s while trying to {doing}")]
    Stalled {
        /// What was being done.
        doing: String,
        /// The limit that passed, in seconds.
        seconds: u64,
    },
    /// The answer is not IMAP as we know it.
    #[error("an answer that cannot be read came while trying to {doing}: {why}")]
    Unreadable {
        /// What was being done.
        doing: String,
        /// What was wrong.
        why: String,
    },
    /// The server announced more bytes than are taken.
    #[error("the server sends {bytes} bytes at once while trying to {doing}: more than is taken")]
    TooLarge {
        /// What was being done.
        doing: String,
        /// The announced size.
        bytes: u64,
    },
    /// A folder without UIDVALIDITY cannot be followed: its UIDs mean nothing the next time.
    #[error("the folder {folder} has no UIDVALIDITY, so it cannot be followed")]
    NoUidValidity {
        /// The folder.
        folder: String,
    },
    /// A message is in the folder and yet does not come when asked for.
    #[error("message {uid} of {folder} is listed and does not come when it is fetched")]
    Missing {
        /// The folder.
        folder: String,
        /// The first such message. Everything before it is recorded.
        uid: u32,
    },
    /// Fetching one message alone fails, and the connection with it.
    #[error("message {uid} of {folder} cannot be fetched: {why}")]
    Unfetchable {
        /// The folder.
        folder: String,
        /// The message. Everything before it is recorded.
        uid: u32,
        /// How it failed.
        why: Box<ImapError>,
    },
    /// A name or password with a line break or a NUL, which IMAP cannot carry.
    #[error("{what} contains a line break or another character that cannot be sent")]
    Unsendable {
        /// What contains it.
        what: &'static str,
    },
    /// The connection failed or was left in the middle before.
    #[error("this connection was given up after an earlier failure")]
    GivenUp,
    /// What was fetched could not be recorded.
    #[error("the messages could not be recorded: {0}")]
    Sink(#[from] SinkError),
}

/// Why a batch could not be recorded, in the caller's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SinkError(pub String);

fn said(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(" ({words})") }
}

impl ImapError {
    /// The connection ended without a word.
    pub(super) fn lost(doing: &str, words: impl Into<String>) -> Self {
        Self::Lost { doing: doing.to_owned(), words: words.into() }
    }

    pub(super) fn unreadable(doing: &str, why: impl Into<String>) -> Self {
        Self::Unreadable { doing: doing.to_owned(), why: shortened(&why.into()) }
    }

    pub(super) fn refused(doing: &str, words: impl Into<String>) -> Self {
        Self::Refused { doing: doing.to_owned(), words: words.into() }
    }

    /// Sorts what reading or writing failed with. The parser reports through the same type.
    pub(super) fn of_io(doing: &str, error: &io::Error) -> Self {
        let inner = error.get_ref();
        if let Some(stalled) = inner.and_then(|e| e.downcast_ref::<Stalled>()) {
            return Self::Stalled { doing: doing.to_owned(), seconds: stalled.0.as_secs() };
        }
        if let Some(large) = inner.and_then(|e| e.downcast_ref::<TooLarge>()) {
            return Self::TooLarge { doing: doing.to_owned(), bytes: large.0 };
        }
        match error.kind() {
            io::ErrorKind::Other | io::ErrorKind::InvalidData => {
                Self::unreadable(doing, error.to_string())
            }
            _ => Self::lost(doing, error.to_string()),
        }
    }

    /// Sorts what a command of the library failed with. A refusal becomes `Refused`.
    pub(super) fn of_library(doing: &str, error: async_imap::error::Error) -> Self {
        use async_imap::error::Error;
        match error {
            Error::Io(error) => Self::of_io(doing, &error),
            Error::No(text) | Error::Bad(text) => Self::refused(doing, server_words(&text)),
            Error::ConnectionLost => Self::lost(doing, ""),
            other => Self::unreadable(doing, other.to_string()),
        }
    }
}

/// The parser quotes all it has read; a line of it is enough for anybody.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 200;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// The library gives a server's words as `code: None, info: Some("...")`; this takes them out.
fn server_words(text: &str) -> String {
    let words = text.split_once("info: Some(\"").and_then(|(_, rest)| rest.rsplit_once("\")"));
    match words {
        Some((words, _)) => words.replace("\\\"", "\"").replace("\\'", "'"),
        None => "without a reason".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_words_are_found() {
        let text = r#"code: None, info: Some("[AUTHENTICATIONFAILED] It's \"wrong\".")"#;
        assert_eq!(server_words(text), "[AUTHENTICATIONFAILED] It's \"wrong\".");
        assert_eq!(server_words("code: None, info: None"), "without a reason");
    }

    #[test]
    fn long_answers_are_cut() {
        assert_eq!(shortened(&"ü".repeat(500)).chars().count(), 203);
        assert_eq!(shortened("short"), "short");
    }
}
