//! What went wrong at which step, in words for a person. Never holds what we sent.

use std::io;
use std::time::Duration;

use super::reply::Reply;

/// The steps of a connection, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Name look-up and TCP.
    Connect,
    /// The TLS handshake.
    Tls,
    /// The server's first line.
    Greeting,
    /// EHLO.
    Ehlo,
    /// STARTTLS.
    StartTls,
    /// AUTH.
    Login,
    /// MAIL.
    Mail,
    /// RCPT.
    Rcpt,
    /// DATA until the mail is written.
    Data,
    /// The answer after the mail.
    FinalAnswer,
}

impl Stage {
    /// What was being done, for a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connecting",
            Self::Tls => "the TLS handshake",
            Self::Greeting => "the greeting",
            Self::Ehlo => "EHLO",
            Self::StartTls => "STARTTLS",
            Self::Login => "the login",
            Self::Mail => "MAIL",
            Self::Rcpt => "RCPT",
            Self::Data => "DATA",
            Self::FinalAnswer => "the answer after the mail",
        }
    }
}

/// Why a step failed.
#[derive(Debug)]
pub(super) enum Why {
    /// No progress for that long.
    Slow(Duration),
    /// The connection was lost or said nonsense.
    Lost(io::Error),
    /// The server said no.
    Answer(Reply),
    /// Anything else, as a sentence.
    Other(String),
}

/// A failed step.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", stage.name())]
pub(super) struct Trouble {
    pub stage: Stage,
    pub why: Why,
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Slow(limit) => write!(f, "no answer within {} seconds", limit.as_secs_f32()),
            Self::Lost(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                f.write_str("the server closed the connection")
            }
            Self::Lost(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                f.write_str("nothing answers there: check the host and the port")
            }
            Self::Lost(error) => write!(f, "{error}"),
            Self::Answer(reply) => write!(f, "the server answered {reply}"),
            Self::Other(words) => f.write_str(words),
        }
    }
}

impl Trouble {
    pub fn new(stage: Stage, why: Why) -> Self {
        Self { stage, why }
    }

    pub fn other(stage: Stage, words: impl Into<String>) -> Self {
        Self::new(stage, Why::Other(words.into()))
    }
}

/// Runs one step within its time.
pub(super) async fn within<T>(
    stage: Stage,
    limit: Duration,
    step: impl Future<Output = io::Result<T>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(limit, step).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Trouble::new(stage, Why::Lost(error))),
        Err(_) => Err(Trouble::new(stage, Why::Slow(limit))),
    }
}
