//! Hooks: requests by which platforms tell us what happened.
//!
//! Everything here is pure and works on the bytes as they came: whether a request is the platform's, and
//! what to answer. A request that is none is refused before anything is read of it or kept; one that is,
//! is recorded as it came, and decoded later.

pub(crate) mod form;
pub mod signature;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};
use throughline_core::time::Instant;

/// A request to a hook, before anybody looked inside.
#[derive(Clone, Copy)]
pub struct HookRequest<'a> {
    /// `GET`, `POST` or `PUT`.
    pub method: &'a str,
    /// The address as the platform called it, with scheme, host and query: some sign it.
    pub url: &'a str,
    /// What stands behind the hook's own path, without a slash before it.
    pub tail: &'a str,
    /// The parts of the query, decoded, in their order.
    pub query: &'a [(String, String)],
    /// The headers, their names in lower case.
    pub headers: &'a [(String, String)],
    /// The body.
    pub body: &'a [u8],
    /// When it reached us.
    pub at: Instant,
}

/// Headers and query may hold a secret as it is, and the body is the customers'.
impl fmt::Debug for HookRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("HookRequest");
        shown.field("method", &self.method).field("at", &self.at).finish_non_exhaustive()
    }
}

impl<'a> HookRequest<'a> {
    /// The value of a header, whose name is given in lower case; the first of several.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A part of the query; the first of several.
    pub fn query(&self, name: &str) -> Option<&'a str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What an inbox of a channel is set to.
#[derive(Clone, Default)]
pub struct Account {
    /// Its fields by name, secrets apart.
    pub settings: Map<String, Value>,
    /// Its secrets by name. Several of one name are all good: one is being replaced by another.
    pub secrets: BTreeMap<String, Vec<String>>,
}

/// Secrets are not shown.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.secrets.keys().collect();
        f.debug_struct("Account")
            .field("settings", &self.settings)
            .field("secrets", &names)
            .finish()
    }
}

impl Account {
    /// A setting that is a text and not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.settings.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// All good secrets of a name.
    pub fn secrets(&self, name: &str) -> &[String] {
        self.secrets.get(name).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Why a request is not taken. What it says goes to whoever sent it, so it names no secret and nothing of
/// what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no signature, or a wrong one.
    #[error("the signature is missing or wrong")]
    Unsigned,
    /// It was signed too long ago, or ahead of time.
    #[error("the time of the signature is too far from now")]
    Stale,
    /// It is signed and says nothing that the platform would say.
    #[error("this is no request of the platform")]
    Misshapen,
}

/// What to do with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taking {
    /// Answer; there is nothing to keep.
    Answered(HookAnswer),
    /// Record it, then answer.
    Recorded(Recording),
}

/// What is kept of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// What names this delivery at its source: the same name twice is a repeat. `None` where the platform
    /// gives none; then the bytes name it.
    pub name: Option<String>,
    /// The bytes that the decoder will get.
    pub bytes: Vec<u8>,
    /// What to answer once they are kept.
    pub answer: HookAnswer,
}

impl Recording {
    /// One that keeps the body as it is.
    pub fn of_body(request: &HookRequest<'_>, name: Option<&str>) -> Self {
        Self {
            name: name.map(str::to_owned),
            bytes: request.body.to_vec(),
            answer: HookAnswer::ok(),
        }
    }
}

/// What a platform gets for an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookAnswer {
    /// The status, such as 200.
    pub status: u16,
    /// The media type of the body.
    pub media_type: &'static str,
    /// The body.
    pub body: String,
}

impl HookAnswer {
    /// An empty answer: taken.
    pub fn ok() -> Self {
        Self { status: 200, media_type: "text/plain; charset=utf-8", body: String::new() }
    }

    /// A text that the platform wants to read, such as its own challenge.
    pub fn text(body: impl Into<String>) -> Self {
        Self { body: body.into(), ..Self::ok() }
    }

    /// A JSON value that the platform wants to read.
    pub fn json(body: &Value) -> Self {
        Self { media_type: "application/json", body: body.to_string(), ..Self::ok() }
    }
}

/// The hook of a channel.
pub trait Hook: Send + Sync {
    /// Whether the request is the platform's, by the raw bytes, in constant time, against every good
    /// secret. Nothing else may be looked at before.
    fn verify(&self, request: &HookRequest<'_>, account: &Account) -> Result<(), Refused>;

    /// What to do with a request that is the platform's.
    fn receive(&self, request: &HookRequest<'_>, account: &Account) -> Result<Taking, Refused>;

    /// What a platform that expects its own form is answered when its request is not taken; our own form
    /// else.
    fn refusal(&self, _: Refused) -> Option<HookAnswer> {
        None
    }
}
