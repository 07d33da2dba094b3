//! One request to a webhook. It goes to an address that was checked, never through a proxy, and never
//! further than where it was sent.

use std::error::Error;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER, USER_AGENT};
use reqwest::{Response, Url, redirect};
use throughline_core::webhook::Try;
use tokio::sync::{Semaphore, oneshot};

use super::addresses::is_public;
use super::signature::{SigningSecret, signatures};
use crate::email::smtp::tls;

/// How much of an answer is kept, in bytes.
const KEPT: usize = 1024;
/// How much of an answer is read, so that its connection can be used again.
const READ: usize = 64 * 1024;
/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(60);
/// How many names are looked up side by side.
const LOOKUPS: usize = 32;
/// How long the words of an error may get, in characters.
const MAX_WORDS: usize = 300;

/// How requests are made.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// Whether addresses that are not public may be reached, and http used.
    pub allow_private: bool,
    /// How long a request may take in all.
    pub limit: Duration,
    /// Certificates (PEM) that are trusted besides the public ones.
    pub extra_roots: Option<String>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self { allow_private: false, limit: Duration::from_secs(15), extra_roots: None }
    }
}

/// The extra certificates cannot be used; says why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnusableRoots(String);

/// A message to send.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Where to.
    pub url: String,
    /// What signs it: the secret in use, and the one of before while that holds.
    pub secrets: Vec<SigningSecret>,
    /// Its id, the same however often it is sent.
    pub id: String,
    /// Now, in seconds since 1970.
    pub timestamp: i64,
    /// JSON.
    pub body: Vec<u8>,
}

/// Sends to webhooks. Keeps connections open; cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    allow_private: bool,
}

impl Client {
    /// Makes one; fails when the extra certificates cannot be used.
    pub fn new(options: &ClientOptions) -> Result<Self, UnusableRoots> {
        let tls = tls::config(options.extra_roots.as_deref()).map_err(UnusableRoots)?;
        let lookups = Arc::new(Semaphore::new(LOOKUPS));
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured((*tls).clone())
            .redirect(redirect::Policy::none())
            // The environment is the binary's alone, and a proxy would look the name up itself.
            .no_proxy()
            .timeout(options.limit)
            .connect_timeout(options.limit)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(1)
            .dns_resolver(Arc::new(Checked { allow_private: options.allow_private, lookups }))
            .build()
            .map_err(|error| UnusableRoots(innermost(&error)))?;
        Ok(Self { http, allow_private: options.allow_private })
    }

    /// Sends one message and says what came of it. Only a status of 200 to 299 is success; a
    /// redirect is not followed (Standard Webhooks, "Webhook failures").
    pub async fn send(&self, letter: &Letter) -> Try {
        let began = Instant::now();
        let outcome = self.exchange(letter).await;
        let ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        Try { ms, ..outcome }
    }

    async fn exchange(&self, letter: &Letter) -> Try {
        let url = match self.usable(&letter.url) {
            Ok(url) => url,
            Err(words) => return failed(words),
        };
        let Letter { url: _, secrets, id, timestamp, body } = letter;
        let request = self
            .http
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("Throughline/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", id)
            .header("webhook-timestamp", *timestamp)
            .header("webhook-signature", signatures(secrets, id, *timestamp, body))
            .body(body.clone());
        match request.send().await {
            Ok(response) => read(response, *timestamp).await,
            Err(error) => failed(words_of(&error)),
        }
    }

    /// The address, if it may be reached; names are checked when they are looked up.
    fn usable(&self, text: &str) -> Result<Url, String> {
        let url = Url::parse(text).map_err(|_| "the address is no URL".to_owned())?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let literal = host.parse::<IpAddr>().ok();
        match url.scheme() {
            "https" => {}
            "http" if self.allow_private => {}
            _ => return Err("the address must begin with https://".to_owned()),
        }
        match literal {
            Some(ip) if !self.allow_private && !is_public(ip) => Err(not_public(ip)),
            _ => Ok(url),
        }
    }
}

fn not_public(ip: IpAddr) -> String {
    format!("{ip} is not a public address; webhooks.allow_private allows it")
}

/// Looks names up and lets a connection be made to nothing else than what was checked: looking up
/// twice would let the second answer be another (DNS rebinding).
struct Checked {
    allow_private: bool,
    lookups: Arc<Semaphore>,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (allow_private, lookups) = (self.allow_private, Arc::clone(&self.lookups));
        Box::pin(async move {
            let found = look_up(name.as_str().to_owned(), lookups).await?;
            let refused = found.iter().map(SocketAddr::ip).find(|ip| !is_public(*ip));
            match refused {
                Some(ip) if !allow_private => Err(not_public(ip).into()),
                _ => Ok(Box::new(found.into_iter()) as Addrs),
            }
        })
    }
}

/// Asks the system for a name, on a thread of its own: a name server that hangs must not take the
/// threads that the database needs.
async fn look_up(name: String, lookups: Arc<Semaphore>) -> std::io::Result<Vec<SocketAddr>> {
    let permit = lookups.acquire_owned().await.map_err(std::io::Error::other)?;
    let (sender, receiver) = oneshot::channel();
    std::thread::Builder::new().name("webhook-dns".to_owned()).spawn(move || {
        let found = (name.as_str(), 0).to_socket_addrs().map(Iterator::collect);
        // The request may have run out of time; the thread is counted until it ends.
        let _ = sender.send(found);
        drop(permit);
    })?;
    receiver.await.map_err(std::io::Error::other)?
}

/// Reads an answer: its status decides, its beginning is kept, its end is not waited for for ever.
async fn read(mut response: Response, now: i64) -> Try {
    let status = response.status();
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let retry_after_seconds = header(RETRY_AFTER).and_then(|text| seconds(text, now));
    let target: Option<String> = header(LOCATION).map(|text| text.chars().take(200).collect());
    let error = match target {
        _ if status.is_success() => None,
        Some(target) if status.is_redirection() => {
            Some(format!("it answered {status} to {target}; redirects are not followed"))
        }
        _ => Some(format!("it answered {status}")),
    };
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > READ {
            break;
        }
    }
    body.truncate(KEPT);
    // What a database cannot hold as text.
    let text = String::from_utf8_lossy(&body).replace('\0', "\u{fffd}");
    let response = Some(text).filter(|text| !text.is_empty());
    Try { status: Some(status.as_u16()), error, response, retry_after_seconds, ms: 0 }
}

/// Seconds to wait: a number of them, or a date (RFC 9110, section 10.2.3).
fn seconds(text: &str, now: i64) -> Option<i64> {
    if let Ok(number) = text.trim().parse::<i64>() {
        return Some(number.max(0));
    }
    let date = httpdate::parse_http_date(text.trim()).ok()?;
    let date = date.duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some(i64::try_from(date).ok()?.saturating_sub(now).max(0))
}

fn failed(words: String) -> Try {
    Try { status: None, error: Some(words), response: None, retry_after_seconds: None, ms: 0 }
}

fn words_of(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it did not answer in time".to_owned();
    }
    innermost(error)
}

/// The innermost cause says what a person can use; the outer ones say "error sending request".
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string().chars().take(MAX_WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(allow_private: bool) -> Client {
        let limit = Duration::from_secs(5);
        Client::new(&ClientOptions { allow_private, limit, extra_roots: None }).unwrap()
    }

    fn letter(url: &str) -> Letter {
        let secrets = Vec::new();
        let (url, id, body) = (url.to_owned(), "evt_1".to_owned(), b"{}".to_vec());
        Letter { url, secrets, id, timestamp: 1_790_000_000, body }
    }

    #[tokio::test]
    async fn private_addresses_are_refused_however_they_are_written() {
        for url in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://169.254.169.254/latest/meta-data",
            "https://localhost/",
            "https://localhost:8443/",
        ] {
            let error = client(false).send(&letter(url)).await.error.unwrap();
            assert!(error.contains("not a public address"), "{url}: {error}");
        }
        let error = client(false).send(&letter("http://example.com/")).await.error.unwrap();
        assert!(error.contains("https://"), "{error}");
        let error = client(true).send(&letter("ftp://127.0.0.1/")).await.error.unwrap();
        assert!(error.contains("https://"), "{error}");
    }

    #[test]
    fn a_wish_to_wait_is_read_as_seconds_or_date() {
        assert_eq!(seconds("120", 0), Some(120));
        assert_eq!(seconds("Mon, 21 Sep 2026 14:13:20 GMT", 1_790_000_000 - 60), Some(60));
        assert_eq!(seconds("Mon, 21 Sep 2026 14:13:20 GMT", 1_900_000_000), Some(0));
        assert_eq!((seconds("soon", 0), seconds("-5", 0)), (None, Some(0)));
    }
}
