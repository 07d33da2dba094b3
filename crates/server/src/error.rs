//! How a command fails: one clear line, what to do about it, and an exit code.

use std::fmt;
use std::io;
use std::process::ExitCode;

use throughline_app::{AppError, ErrorKind};
use throughline_store::StoreError;

/// The documented exit codes. Usage errors (2) are told by clap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Nothing failed; the reader of our output went away.
    Quiet = 0,
    /// What was asked could not be done.
    Failure = 1,
    /// The arguments make no sense together.
    Usage = 2,
    /// The configuration is wrong.
    Configuration = 3,
    /// The database or the blob store cannot be reached.
    Unavailable = 4,
}

/// A failed command.
#[derive(Debug)]
pub struct Failure {
    code: Code,
    message: String,
    advice: Option<String>,
}

impl Failure {
    /// What was asked could not be done.
    pub fn new(message: impl Into<String>) -> Self {
        Self { code: Code::Failure, message: message.into(), advice: None }
    }

    /// The arguments make no sense together.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { code: Code::Usage, ..Self::new(message) }
    }

    /// The configuration is wrong.
    pub fn configuration(message: impl Into<String>) -> Self {
        Self { code: Code::Configuration, ..Self::new(message) }
            .advise("`throughline config docs` explains all settings")
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn advise(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }

    /// Writes it to standard error and answers with the exit code.
    pub fn report(&self) -> ExitCode {
        if self.code != Code::Quiet {
            eprintln!("error: {self}");
        }
        ExitCode::from(self.code as u8)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Databases tell their errors in several lines.
        let words: Vec<&str> = self.message.split_whitespace().collect();
        f.write_str(&words.join(" "))?;
        match &self.advice {
            Some(advice) => write!(f, " — {advice}"),
            None => Ok(()),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Configuration(message) => Self::configuration(message),
            StoreError::Unavailable(message) => unavailable(message),
            other => Self::new(other.to_string()),
        }
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        let cause = error.cause.as_deref().map(ToString::to_string);
        match (error.kind, error.field) {
            (ErrorKind::Unavailable, _) => unavailable(cause.unwrap_or(error.message)),
            (ErrorKind::Internal, _) => Self::new(cause.unwrap_or(error.message)),
            (_, Some(field)) => Self::new(format!("{field}: {}", error.message)),
            (_, None) => Self::new(error.message),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // `throughline openapi | head` has had enough: no failure.
            io::ErrorKind::BrokenPipe => Self { code: Code::Quiet, ..Self::new("") },
            _ => Self::new(error.to_string()),
        }
    }
}

fn unavailable(message: String) -> Failure {
    Failure { code: Code::Unavailable, ..Failure::new(message) }
        .advise("is database.url right, and the database up? See `throughline config check`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_says_what_is_wrong_and_what_to_do() {
        let failure = Failure::new("there is no\n  file a.eml\n").advise("check the path");
        assert_eq!(failure.to_string(), "there is no file a.eml — check the path");
    }

    #[test]
    fn kinds_of_failure_have_their_codes() {
        let down = Failure::from(StoreError::Unavailable("refused".into()));
        assert_eq!(down.code, Code::Unavailable);
        let wrong = Failure::from(StoreError::Configuration("bad".into()));
        assert_eq!(wrong.code, Code::Configuration);
        let pipe = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(pipe.code, Code::Quiet);
    }
}
