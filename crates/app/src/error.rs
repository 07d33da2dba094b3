//! The eight ways in which a use case fails, each with a stable code and a text for the client.
//! The cause, for the log alone, travels as the source.

use throughline_core::actor::Lacks;
use throughline_core::page::BadCursor;
use throughline_store::StoreError;

/// What kind of failure it is; the HTTP border turns it into a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// There is no such thing, or the actor may not know of it.
    NotFound,
    /// What was asked makes no sense; the text says what would.
    Invalid,
    /// It collides with what is there.
    Conflict,
    /// Nobody knows who asks: sign in first.
    Unauthenticated,
    /// The actor lacks a right.
    Forbidden,
    /// Too often within too short a time: wait.
    TooMany,
    /// Try again later.
    Unavailable,
    /// Our fault.
    Internal,
}

/// A failed use case.
#[derive(Debug, thiserror::Error)]
#[error("{code}: {message}")]
pub struct AppError {
    /// What kind.
    pub kind: ErrorKind,
    /// A stable name, listed in the API's table of codes.
    pub code: &'static str,
    /// What the client reads: what is wrong and what to do.
    pub message: String,
    /// The field at fault, when it is one.
    pub field: Option<&'static str>,
    /// How long to wait before trying again, when that is known.
    pub retry_after_seconds: Option<i64>,
    /// More for the client, as JSON; only where the code says so.
    pub details: Option<Box<serde_json::Value>>,
    /// The cause, for the log.
    #[source]
    pub cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl AppError {
    fn new(kind: ErrorKind, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            code,
            message: message.into(),
            field: None,
            retry_after_seconds: None,
            details: None,
            cause: None,
        }
    }

    /// There is no such `what` (a word such as `ticket`) for this actor.
    pub fn not_found(what: &str) -> Self {
        let message = format!("there is no such {what}, or you may not see it");
        Self::new(ErrorKind::NotFound, "not_found", message)
    }

    /// A field makes no sense.
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        let field = Some(field);
        Self { field, ..Self::new(ErrorKind::Invalid, "invalid_field", message) }
    }

    /// A request makes no sense, with a code of its own.
    pub fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, code, message)
    }

    /// It collides with what is there.
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Conflict, code, message)
    }

    /// The actor may not.
    pub fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Forbidden, code, message)
    }

    /// Nobody knows who asks.
    pub fn unauthenticated(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unauthenticated, code, message)
    }

    /// Too often within too short a time.
    pub fn too_many(code: &'static str, message: impl Into<String>, seconds: i64) -> Self {
        let retry_after_seconds = Some(seconds);
        Self { retry_after_seconds, ..Self::new(ErrorKind::TooMany, code, message) }
    }

    /// Try again later.
    pub fn unavailable(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unavailable, code, message)
    }

    /// The same with more for the client.
    pub fn with_details(self, details: serde_json::Value) -> Self {
        Self { details: Some(Box::new(details)), ..self }
    }

    /// Our fault; the text goes to the log, the client learns nothing of it.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let message = "something went wrong on our side";
        let cause = Some(cause.into());
        Self { cause, ..Self::new(ErrorKind::Internal, "internal", message) }
    }

    /// Somebody else changed the thing since the client read it.
    pub fn stale() -> Self {
        let message = "it has changed since you read it; read it again and repeat your change";
        Self::new(ErrorKind::Conflict, "version_mismatch", message)
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Unavailable(_) => {
                let message = "the database is not available at the moment; try again";
                let cause = Some(Box::from(error));
                let base = Self::unavailable("store_unavailable", message);
                Self { cause, ..base }
            }
            // A rule that no use case checks by name is broken only by a race.
            StoreError::Constraint(_) => {
                let message = "it collides with what somebody else has just written; try again";
                let cause = Some(Box::from(error));
                Self { cause, ..Self::conflict("conflict", message) }
            }
            _ => Self::internal(error),
        }
    }
}

impl From<Lacks> for AppError {
    fn from(lacks: Lacks) -> Self {
        Self::forbidden("missing_right", lacks.to_string())
    }
}

impl From<BadCursor> for AppError {
    fn from(bad: BadCursor) -> Self {
        Self { field: Some("cursor"), ..Self::refused("invalid_cursor", bad.to_string()) }
    }
}
