//! Asking platforms: one request and its whole answer, of a bounded size and within a bounded time. What
//! is asked and what an answer means is not known here, nor when to ask again.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{LOCATION, USER_AGENT};
use reqwest::{Method, Response, Url};
use rustls::ClientConfig;
use tokio::sync::Semaphore;

use crate::http::{self, ClientOptions, UnusableRoots, words_of};
use crate::socket::{self, Socket};

/// The largest answer that is read, in bytes.
const LARGEST: usize = 8 * 1024 * 1024;
/// How often an answer may send us on to another address.
const HOPS: usize = 5;
/// What of a request goes with it to another server than the one that it was made for.
const HARMLESS: [&str; 4] = ["accept", "accept-language", "if-none-match", "if-modified-since"];

/// Asks platforms. Keeps connections open; cheap to clone.
#[derive(Debug, Clone)]
pub struct Asker {
    http: reqwest::Client,
    options: ClientOptions,
    tls: Arc<ClientConfig>,
    lookups: Arc<Semaphore>,
    elsewhere: Option<String>,
}

/// A request to a platform.
#[derive(Clone, PartialEq, Eq)]
pub struct Ask {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The whole address. It may hold a secret.
    pub url: String,
    /// The headers. They may hold secrets.
    pub headers: Vec<(&'static str, String)>,
    /// The body, if it has one.
    pub body: Option<Vec<u8>>,
    /// For how long the platform may keep us waiting, beyond the usual time.
    pub wait: Duration,
}

/// Only what is no secret is shown.
impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Ask");
        shown.field("method", &self.method).field("wait", &self.wait).finish_non_exhaustive()
    }
}

/// What the platform answered. It is no word for a log.
pub struct Heard {
    /// The status, such as 200.
    pub status: u16,
    /// The headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Heard");
        shown.field("status", &self.status).field("bytes", &self.body.len()).finish()
    }
}

/// Why there is no answer, in plain words and without the address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unheard {
    /// The address is one that must not be reached.
    #[error("{0}")]
    BadAddress(String),
    /// It could not be reached, or did not answer in time, or not to the end.
    #[error("{0}")]
    Failed(String),
}

impl Asker {
    /// Makes one.
    ///
    /// # Errors
    /// When the extra certificates cannot be used.
    pub fn new(options: ClientOptions) -> Result<Self, UnusableRoots> {
        let (http, tls) = (http::connections(&options)?, http::trust(&options)?);
        Ok(Self { http, options, tls, lookups: http::lookups(), elsewhere: None })
    }

    /// The same with all platforms at one server, for tests. No setting leads here.
    pub fn at(self, base: &str) -> Self {
        Self { elsewhere: Some(base.trim_end_matches('/').to_owned()), ..self }
    }

    /// Asks, and reads the whole answer. Where it sends us on, a question that changes nothing there is
    /// asked again; another server gets none of the headers that may hold a secret.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn ask(&self, mut ask: Ask) -> Result<Heard, Unheard> {
        let mut url = self.usable(&self.place_of(&ask.url))?;
        for _ in 0..=HOPS {
            let response = self.send(&ask, url.clone()).await?;
            let Some(next) = onward(&ask, &url, &response) else { return read(response).await };
            let next = self.usable(&next)?;
            if next.origin() != url.origin() {
                ask.headers.retain(|(name, _)| HARMLESS.contains(&name.to_lowercase().as_str()));
            }
            url = next;
        }
        Err(Unheard::Failed("the address leads on and on".to_owned()))
    }

    /// Opens a connection that stays (`wss://`).
    ///
    /// # Errors
    /// When there is none.
    pub async fn listen(&self, url: &str) -> Result<Socket, Unheard> {
        socket::open(url, &[], &self.options, &self.tls, &self.lookups).await
    }

    /// The same with headers, which may hold secrets.
    ///
    /// # Errors
    /// When there is none.
    pub async fn listen_with(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
    ) -> Result<Socket, Unheard> {
        let place = self.place_of(url);
        // In tests there is no TLS to the one server at which all are.
        let url = match (place == url, place.strip_prefix("http")) {
            (false, Some(rest)) => format!("ws{rest}"),
            _ => place,
        };
        socket::open(&url, headers, &self.options, &self.tls, &self.lookups).await
    }

    fn usable(&self, url: &str) -> Result<Url, Unheard> {
        http::usable(url, self.options.allow_private).map_err(Unheard::BadAddress)
    }

    /// Where a question really goes.
    fn place_of(&self, url: &str) -> String {
        match (&self.elsewhere, Url::parse(url)) {
            (Some(base), Ok(url)) => {
                let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
                format!("{base}{}{query}", url.path())
            }
            _ => url.to_owned(),
        }
    }

    async fn send(&self, ask: &Ask, url: Url) -> Result<Response, Unheard> {
        let method = Method::from_bytes(ask.method.as_bytes()).unwrap_or(Method::GET);
        let mut making = self.http.request(method, url).timeout(self.options.limit + ask.wait);
        making = making.header(USER_AGENT, concat!("Throughline/", env!("CARGO_PKG_VERSION")));
        for (name, value) in &ask.headers {
            making = making.header(*name, value);
        }
        if let Some(body) = &ask.body {
            making = making.body(body.clone());
        }
        making.send().await.map_err(unheard)
    }
}

/// Where an answer sends us on to.
fn onward(ask: &Ask, from: &Url, response: &Response) -> Option<String> {
    let moved = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let to = response.headers().get(LOCATION).filter(|_| moved && ask.method == "GET")?;
    Some(from.join(to.to_str().ok()?).ok()?.to_string())
}

async fn read(mut response: Response) -> Result<Heard, Unheard> {
    let status = response.status().as_u16();
    let named = response.headers().iter().filter_map(|(name, value)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    });
    let headers = named.collect();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unheard)? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST {
            let why = format!("the answer is longer than {} MiB", LARGEST / 1024 / 1024);
            return Err(Unheard::Failed(why));
        }
    }
    Ok(Heard { status, headers, body })
}

/// The address may hold a secret.
fn unheard(error: reqwest::Error) -> Unheard {
    let error = error.without_url();
    match http::is_kept_in(&error) {
        true => Unheard::BadAddress(words_of(&error)),
        false => Unheard::Failed(words_of(&error)),
    }
}
