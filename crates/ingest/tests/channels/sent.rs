//! Requests to hooks, as tests make and change them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::{Value, json};
use throughline_core::time::Instant;
use throughline_ingest::hooks::{Account, HookAnswer, HookRequest, Recording, Refused, Taking};
use throughline_ingest::registry;

/// A request that owns all that it says.
#[derive(Debug, Clone)]
pub struct Sent {
    pub method: &'static str,
    pub url: String,
    pub tail: String,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub at: i64,
}

impl Sent {
    /// One with a body, at a time in seconds.
    pub fn new(body: impl AsRef<[u8]>, at: i64) -> Self {
        Self {
            method: "POST",
            url: "https://desk.example/hooks/ibx".into(),
            tail: String::new(),
            query: Vec::new(),
            headers: Vec::new(),
            body: body.as_ref().to_vec(),
            at,
        }
    }

    /// With a header.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// With a part of the query.
    pub fn with_query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without a header.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    /// With another character at a place of a header, counted around; `None` if that leaves it as it was.
    pub fn with_changed_header(mut self, name: &str, at: usize, by: char) -> Option<Self> {
        let (_, value) = self.headers.iter_mut().find(|(known, _)| known == name)?;
        let mut chars: Vec<char> = value.chars().collect();
        let at = at % chars.len();
        // Hexadecimal digits are good in both cases.
        let same = chars[at].eq_ignore_ascii_case(&by);
        chars[at] = by;
        *value = chars.into_iter().collect();
        (!same).then_some(self)
    }

    /// With another byte at a place of the body, counted around.
    pub fn with_changed_body(mut self, at: usize, by: u8) -> Self {
        let at = at % self.body.len();
        self.body[at] ^= by.max(1);
        self
    }

    fn request(&self) -> HookRequest<'_> {
        HookRequest {
            method: self.method,
            url: &self.url,
            tail: &self.tail,
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
            at: Instant::from_micros(self.at * 1_000_000),
        }
    }

    /// What the hook of a channel says of its signature.
    #[track_caller]
    pub fn verified(&self, channel: &str, account: &Account) -> Result<(), Refused> {
        let hook = registry::named(channel).and_then(|kind| kind.hook).expect("a hook");
        hook.verify(&self.request(), account)
    }

    /// What the hook of a channel does with it, once it is known.
    #[track_caller]
    pub fn received(&self, channel: &str, account: &Account) -> Result<Taking, Refused> {
        let hook = registry::named(channel).and_then(|kind| kind.hook).expect("a hook");
        hook.receive(&self.request(), account)
    }

    /// What the platform is answered in its own form when it is not taken.
    #[track_caller]
    pub fn refused(&self, channel: &str, why: Refused) -> Option<HookAnswer> {
        registry::named(channel).and_then(|kind| kind.hook).expect("a hook").refusal(why)
    }

    /// What is recorded of it.
    #[track_caller]
    pub fn recorded(&self, channel: &str, account: &Account) -> Recording {
        match self.received(channel, account) {
            Ok(Taking::Recorded(recording)) => recording,
            other => panic!("it is not recorded: {other:?}"),
        }
    }
}

/// An inbox with settings and the good secrets of one name.
pub fn account(settings: Value, name: &str, secrets: &[&str]) -> Account {
    let secrets = secrets.iter().map(|secret| (*secret).to_owned()).collect();
    let settings = settings.as_object().cloned().unwrap_or_default();
    Account { settings, secrets: [(name.to_owned(), secrets)].into() }
}

/// An inbox without secrets, as decoders get it.
pub fn settings(settings: Value) -> Account {
    account(settings, "none", &[])
}

/// A keyed hash, in hexadecimal digits.
pub fn sha256_hex(key: &[u8], message: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message);
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A keyed hash, in Base64.
pub fn sha256_base64(key: &[u8], message: &[u8]) -> String {
    STANDARD.encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message))
}

/// A keyed SHA-1, in Base64.
pub fn sha1_base64(key: &[u8], message: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    STANDARD.encode(hmac::sign(&key, message))
}

/// What nobody may know: that a secret of an account shows nowhere in what is printed of it.
#[track_caller]
pub fn assert_keeps(account: &Account, secret: &str) {
    assert!(!format!("{account:?}").contains(secret));
    assert!(!json!(format!("{:?}", Refused::Unsigned)).to_string().contains(secret));
}
