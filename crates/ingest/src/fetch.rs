//! Files that lie with a platform: how a channel gets at them.
//!
//! Pure: a channel says what to ask, what an answer means, and to which addresses its credentials may go.
//! Who sends the requests, refuses addresses, bounds what is read and tries again is no business of this
//! crate. Credentials go to the platform's own hosts alone: [`Fetch::get`] is asked for each address anew,
//! also for one that a redirect names.

use std::fmt;

use serde_json::Value;
use throughline_core::inbound::RemoteFile;
use url::Url;
use url::form_urlencoded::byte_serialize;

use crate::hooks::Account;
use crate::lenient::is_at;
use crate::poll::{Answer, Question};

/// How long the words of a platform may get, in characters.
const MAX_WORDS: usize = 300;
/// Shorter secrets would be found in words that have nothing to do with them.
const SHORTEST_SECRET: usize = 6;

/// Where the platforms are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    base: Option<String>,
}

impl Reach {
    /// All of them at one server, for tests. No setting leads here.
    pub fn at(base: &str) -> Self {
        Self { base: Some(base.trim_end_matches('/').to_owned()) }
    }

    /// Where a platform's API is.
    pub(crate) fn base<'a>(&'a self, real: &'a str) -> &'a str {
        self.base.as_deref().unwrap_or(real)
    }

    /// Whether an address is of one of the platform's own hosts. What is not surely so is not.
    pub(crate) fn is_own(&self, url: &str, hosts: &[&str]) -> bool {
        match &self.base {
            None => is_at(url, hosts),
            Some(base) => url.strip_prefix(base).is_some_and(|rest| rest.starts_with('/')),
        }
    }
}

/// Where a file lies that is known by an id.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Lies {
    /// Its address. It may hold a secret.
    pub url: String,
    /// Its name, where the answer has one.
    pub name: Option<String>,
    /// Its media type, where the answer has one.
    pub media_type: Option<String>,
    /// Its size in bytes, where the answer has it.
    pub size: Option<u64>,
}

/// The address is not shown.
impl fmt::Debug for Lies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url: _, name, media_type, size } = self;
        let mut shown = f.debug_struct("Lies");
        shown.field("name", name).field("media_type", media_type).field("size", size);
        shown.finish_non_exhaustive()
    }
}

/// Why there is no file. The words are for people and hold no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// It may work later, by itself or when an admin has changed something.
    Later {
        /// What happened.
        why: String,
        /// How long to wait at least, in seconds, where the platform says so.
        after_seconds: Option<u32>,
    },
    /// It is gone, or cannot be had.
    Lost(String),
    /// It is larger than what the platform hands out.
    TooLarge(String),
}

impl Trouble {
    /// It may work later.
    pub(crate) fn later(why: impl Into<String>) -> Self {
        Self::Later { why: why.into(), after_seconds: None }
    }

    /// What an admin has to enter before it works.
    pub(crate) fn not_set_up(name: &str) -> Self {
        Self::later(format!("the inbox has no `{name}`, without which no file is fetched"))
    }
}

/// A channel whose files can be fetched.
pub trait Fetch: Send + Sync {
    /// Where the file of an id lies, where that is known without asking.
    fn known(&self, account: &Account, reach: &Reach, id: &str) -> Option<Found> {
        let _ = (account, reach, id);
        None
    }

    /// What to ask to learn where the file of an id lies.
    fn find(&self, account: &Account, reach: &Reach, id: &str) -> Result<Question, Trouble> {
        let _ = (account, reach, id);
        Err(Trouble::Lost("this platform tells no address of a file by its id".to_owned()))
    }

    /// What the answer to that says.
    fn found(&self, account: &Account, reach: &Reach, answer: &Answer<'_>) -> Found {
        let _ = (account, reach, answer);
        Err(Trouble::Lost("this platform tells no address of a file by its id".to_owned()))
    }

    /// What to ask for the file itself. Credentials are in it only where the address is the platform's.
    fn get(&self, account: &Account, reach: &Reach, url: &str) -> Result<Question, Trouble> {
        let _ = (account, reach);
        Ok(get(url))
    }

    /// Whether an answer to that is the file, and no page that stands in its place.
    fn look(&self, file: &RemoteFile, answer: &Answer<'_>) -> Result<(), Trouble> {
        let _ = file;
        is_file(answer)
    }

    /// Whether the platform hands out a file of this size, by what it says of it.
    fn hands_out(&self, size: u64) -> Result<(), Trouble> {
        let _ = size;
        Ok(())
    }
}

/// Files whose addresses everybody may read: they are fetched without credentials.
pub(crate) struct Open;

impl Fetch for Open {}

/// Where a file lies, or why nobody knows.
pub type Found = Result<Lies, Trouble>;

/// A request without credentials.
pub(crate) fn get(url: &str) -> Question {
    Question {
        method: "GET",
        url: url.to_owned(),
        headers: Vec::new(),
        body: None,
        wait_seconds: 0,
    }
}

/// A request with a bearer token.
pub(crate) fn get_bearer(url: &str, token: &str) -> Question {
    Question { headers: vec![("authorization", format!("Bearer {token}"))], ..get(url) }
}

/// The secret of a name that is in use.
pub(crate) fn secret<'a>(account: &'a Account, name: &str) -> Result<&'a str, Trouble> {
    let mut all = account.secrets(name).iter().map(|secret| secret.trim());
    all.find(|secret| !secret.is_empty()).ok_or_else(|| Trouble::not_set_up(name))
}

/// A part of an address, so written that it is nothing but that part.
pub(crate) fn segment(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// The body of an answer as JSON; null where it is none.
pub(crate) fn json(answer: &Answer<'_>) -> Value {
    serde_json::from_slice(answer.body).unwrap_or_default()
}

/// Words of a platform without the secrets of the inbox, should it repeat them, and not too many.
pub(crate) fn told(account: &Account, words: &str) -> String {
    let mut words = words.to_owned();
    let all = account.secrets.values().flatten().map(|secret| secret.trim());
    for secret in all.filter(|secret| secret.len() >= SHORTEST_SECRET) {
        words = words.replace(secret, "[secret]").replace(&segment(secret), "[secret]");
    }
    words.chars().filter(|c| !c.is_control()).take(MAX_WORDS).collect()
}

/// Whether an answer is the file, by its status.
pub fn is_file(answer: &Answer<'_>) -> Result<(), Trouble> {
    if answer.status == 200 {
        return Ok(());
    }
    let status = answer.status;
    Err(match status {
        401 | 403 | 404 => Trouble::later(format!(
            "its address answered {status}: it may have expired, or is not open to this server"
        )),
        410 => Trouble::Lost("its address answered 410: the file is gone".to_owned()),
        408 | 425 | 429 | 500..=599 => Trouble::Later {
            why: format!("its address answered {status}"),
            after_seconds: retry_after(answer),
        },
        _ => Trouble::Lost(format!("its address answered {status}")),
    })
}

/// How many seconds an answer asks us to wait. A date is not worth reading here: the usual waits do.
pub(crate) fn retry_after(answer: &Answer<'_>) -> Option<u32> {
    answer.header("retry-after")?.trim().parse().ok()
}

/// Where an answer sends us on, when it does.
pub fn redirect(from: &str, answer: &Answer<'_>) -> Result<Option<String>, Trouble> {
    if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let lost = || Trouble::Lost("its address sends on to nowhere".to_owned());
    let next = Url::parse(from).ok().zip(answer.header("location"));
    let next = next.and_then(|(from, to)| from.join(to).ok()).ok_or_else(lost)?;
    Ok(Some(next.into()))
}
