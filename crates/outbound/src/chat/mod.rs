//! Ways out to chats: a reply as the requests of a platform, and what the platform's answers mean.
//!
//! A [`Platform`] is pure. It makes the steps of which sending a reply consists, the request of each step,
//! and a [`Reading`] of the answer to it; the ids in it have the form in which the decoders name objects,
//! so that receipts and our own words find their message. [`Run`] goes through the steps and knows what
//! was done before; [`Chats`] makes the requests. When to try again is decided elsewhere, from the
//! [`Outcome`]; nothing is stored here, and no clock is read.
//!
//! Text goes out as it is written: no platform takes a part of it for markup.

mod account;
mod app_store;
mod bluesky;
mod client;
mod google_play;
mod mastodon;
mod matrix;
mod outcome;
pub mod probe;
mod request;
mod reviews;
mod run;
mod slack;
mod telegram;
mod templates;
mod twilio;
mod webhook;
mod whatsapp;

pub use account::Account;
pub use client::{Chats, Report};
pub use outcome::{Outcome, Reading, Refusal, Scope};
pub use request::{Answer, Reach, Request};
pub use run::{Progress, Run};
pub use templates::Untold;

pub use throughline_core::outgoing::FilledTemplate;

pub use crate::http::{ClientOptions, UnusableRoots};

use std::fmt;

use throughline_core::outgoing::{FileLooks, chat_way};

/// A reply. What it says is no word for a log, so it is not shown.
#[derive(Clone, Default)]
pub struct Outgoing {
    /// The conversation that it belongs to, by the key that the decoder gave it.
    pub conversation: String,
    /// Another address of the customer's on the platform, where one is known: WhatsApp takes his number
    /// before his id.
    pub recipient: Option<String>,
    /// What is said. It is split where it is too long for one message.
    pub text: String,
    /// The object that is answered, by the id that the decoder gave it.
    pub answers: Option<String>,
    /// Files that go with it, each as a message of its own.
    pub files: Vec<FileToSend>,
    /// A text that the platform has approved, for a time in which it takes no other. It goes instead of
    /// text and files.
    pub template: Option<FilledTemplate>,
    /// Our id of it, the same however often it is sent.
    pub key: String,
    /// Where the platform is to tell how far it has come, where it wants to be told with each message.
    pub status_url: Option<String>,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Outgoing");
        shown.field("key", &self.key).field("conversation", &self.conversation);
        shown.field("bytes", &self.text.len()).field("files", &self.files).finish_non_exhaustive()
    }
}

/// A file that goes out.
#[derive(Clone, Default)]
pub struct FileToSend {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Where anybody who knows the address can read it, for platforms that fetch files by themselves.
    pub link: Option<String>,
    /// What is to be seen on it, for who does not see it.
    pub description: Option<String>,
}

/// Refuses files that a platform does not take.
fn check_files(kind: &str, outgoing: &Outgoing) -> Result<(), Refusal> {
    let looks = |file| {
        let FileToSend { name, media_type, bytes, .. }: &FileToSend = file;
        FileLooks { name, media_type, size: i64::try_from(bytes.len()).unwrap_or(i64::MAX) }
    };
    let looks: Vec<FileLooks<'_>> = outgoing.files.iter().map(looks).collect();
    let misfit =
        chat_way(kind).and_then(|way| way.check_files(&outgoing.conversation, &looks).err());
    misfit.map_or(Ok(()), |misfit| Err(Refusal::of(outcome::FILE, misfit.to_string())))
}

/// What is in it is no word for a log.
impl fmt::Debug for FileToSend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, media_type, bytes, link, description: _ } = self;
        let mut shown = f.debug_struct("FileToSend");
        shown.field("name", name).field("media_type", media_type).field("bytes", &bytes.len());
        shown.field("link", &link.is_some()).finish()
    }
}

/// Where the platforms are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    telegram: String,
    slack: String,
    whatsapp: String,
    twilio: String,
    /// Where Twilio keeps templates.
    twilio_content: String,
    app_store: String,
    google_play: String,
    /// Where Google gives tokens.
    google_tokens: String,
    /// Where everybody may read what is on Bluesky.
    bluesky_public: String,
    /// Where all servers are that admins enter, in tests.
    entered: Option<String>,
    /// Whether these are the real ones.
    is_real: bool,
}

impl Default for Endpoints {
    fn default() -> Self {
        Self {
            telegram: "https://api.telegram.org".to_owned(),
            slack: "https://slack.com/api".to_owned(),
            whatsapp: "https://graph.facebook.com/v24.0".to_owned(),
            twilio: "https://api.twilio.com/2010-04-01".to_owned(),
            twilio_content: "https://content.twilio.com/v1".to_owned(),
            app_store: "https://api.appstoreconnect.apple.com".to_owned(),
            google_play: "https://androidpublisher.googleapis.com/androidpublisher/v3".to_owned(),
            google_tokens: "https://oauth2.googleapis.com/token".to_owned(),
            bluesky_public: "https://public.api.bsky.app".to_owned(),
            entered: None,
            is_real: true,
        }
    }
}

impl Endpoints {
    /// All of them at one server, for tests. No setting leads here.
    pub fn at(base: &str) -> Self {
        let base = || base.trim_end_matches('/').to_owned();
        Self {
            telegram: base(),
            slack: base(),
            whatsapp: base(),
            twilio: base(),
            twilio_content: base(),
            app_store: base(),
            google_play: format!("{}/androidpublisher/v3", base()),
            google_tokens: format!("{}/token", base()),
            bluesky_public: base(),
            entered: Some(base()),
            is_real: false,
        }
    }

    /// Where a server is whose name an admin entered. Credentials go there, so it is spoken to over TLS
    /// alone.
    fn entered(&self, server: &str) -> Result<String, Refusal> {
        if let Some(base) = &self.entered {
            return Ok(base.clone());
        }
        let name = server.trim().trim_start_matches("https://").trim_end_matches('/');
        let is_host = |c: u8| c.is_ascii_alphanumeric() || b".-:".contains(&c);
        if name.is_empty() || !name.bytes().all(is_host) {
            let hint = "An admin enters the name of the server in the set-up of the inbox.";
            let known = ("bad_address", hint, Scope::Account);
            return Err(Refusal::of(known, format!("`{server}` is no name of a server")));
        }
        Ok(format!("https://{}", name.to_ascii_lowercase()))
    }
}

/// What one request does.
#[derive(Clone, PartialEq, Eq)]
pub enum Step {
    /// Sends a text that is short enough.
    Text(String),
    /// Sends a template.
    Template,
    /// Sends the file of this number.
    File(usize),
    /// Asks where the file of this number may be put.
    Ask(usize),
    /// Puts the file of this number there.
    Upload(usize),
    /// Shows all files that were put there.
    Share,
    /// Sends all at once.
    Whole,
    /// Answers the review of this id.
    Answer(String),
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Template => f.write_str("Template"),
            Self::File(number) => write!(f, "File({number})"),
            Self::Ask(number) => write!(f, "Ask({number})"),
            Self::Upload(number) => write!(f, "Upload({number})"),
            Self::Share => f.write_str("Share"),
            Self::Whole => f.write_str("Whole"),
            Self::Answer(review) => write!(f, "Answer({review})"),
        }
    }
}

impl Step {
    /// Whether the customer sees nothing of it, so that it may be done again.
    pub fn is_unseen(&self) -> bool {
        matches!(self, Self::Ask(_) | Self::Upload(_))
    }
}

/// All that a request is made of.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// The set-up of the inbox.
    pub account: &'a Account,
    /// Where the platforms are.
    pub endpoints: &'a Endpoints,
    /// The reply.
    pub outgoing: &'a Outgoing,
    /// What was done of it.
    pub progress: &'a Progress,
    /// Where a file may be put, when the step before asked for that.
    pub upload_url: Option<&'a str>,
    /// Now, in seconds since 1970.
    pub now: i64,
}

/// How one platform is spoken to.
pub trait Platform: Send + Sync + std::fmt::Debug {
    /// The steps by which a reply is sent; the same for the same reply.
    fn steps(&self, account: &Account, outgoing: &Outgoing) -> Result<Vec<Step>, Refusal>;

    /// The request of a step.
    fn request(&self, step: &Step, around: &Around<'_>) -> Result<Request, Refusal>;

    /// What the answer to a step means. `now` is in seconds since 1970.
    fn read(&self, step: &Step, answer: &Answer, now: i64) -> Reading;

    /// The request by which we go into a conversation to which we are asked; `None` where nobody asks.
    fn enter(&self, _: &Account, _conversation: &str) -> Option<Result<Request, Refusal>> {
        None
    }

    /// What the answer to that means: done, or over.
    fn entered(&self, answer: &Answer, _now: i64) -> Reading {
        Reading::unreadable(answer)
    }

    /// How many steps and notes stay good for another try when one ends with this answer, or with none,
    /// before anything was posted; `None` where all do. Files that are in no post are deleted by some.
    fn kept(&self, _: &Step, _answer: Option<&Answer>) -> Option<usize> {
        None
    }

    /// Whether the platform knows by our id what it was sent before, so that a step may be done again.
    fn knows_repeats(&self) -> bool {
        false
    }
}

/// The platform of this name, as it stands in the registry of channels.
pub fn platform(name: &str) -> Option<&'static dyn Platform> {
    match name {
        "telegram" => Some(&telegram::Telegram),
        "slack" => Some(&slack::Slack),
        "whatsapp" => Some(&whatsapp::WhatsApp),
        "twilio" => Some(&twilio::Twilio),
        "matrix" => Some(&matrix::Matrix),
        "mastodon" => Some(&mastodon::Mastodon),
        "bluesky" => Some(&bluesky::Bluesky),
        "app_store" => Some(&app_store::AppStore),
        "google_play" => Some(&google_play::GooglePlay),
        "webhook" => Some(&webhook::Webhook),
        _ => None,
    }
}
