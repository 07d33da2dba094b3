//! Fetching something, such as a file: one request, to an address that was checked, of whose answer
//! no more is read than is wanted. Redirects are answers like any other: whoever asks decides where to go on.

use std::fmt;
use std::time::Duration;

use reqwest::header::{CONTENT_LENGTH, HeaderMap, USER_AGENT};
use reqwest::{Method, Response};

use crate::http::{self, words_of};

pub use crate::http::{ClientOptions, UnusableRoots};

/// How much is read of an answer that is no success, in bytes.
const READ: usize = 64 * 1024;
/// How many bytes a second of more time is given for.
const PACE: u64 = 100 * 1024;

/// A request. All of it may hold secrets.
#[derive(Clone, Default)]
pub struct Ask {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// The headers, their names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body, if it has one.
    pub body: Option<Vec<u8>>,
}

/// Nothing of it is shown.
impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask").field("method", &self.method).finish_non_exhaustive()
    }
}

/// What was answered. The body may be the customers'.
#[derive(Clone, Default)]
pub struct Got {
    /// The status, such as 200.
    pub status: u16,
    /// The headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body: all of it where the answer is a success, else its beginning.
    pub body: Vec<u8>,
}

/// Neither headers nor body are shown.
impl fmt::Debug for Got {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Got");
        shown.field("status", &self.status).field("bytes", &self.body.len());
        shown.finish_non_exhaustive()
    }
}

/// Why there is no answer. The words hold no address and no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missed {
    /// The address is one that must not be reached.
    Refused(String),
    /// There is more of it than is wanted: as many bytes as were announced, if they were.
    TooLarge(Option<u64>),
    /// It did not come, or not wholly.
    Failed(String),
}

/// Fetches. Keeps connections open; cheap to clone.
#[derive(Debug, Clone)]
pub struct Fetcher {
    http: reqwest::Client,
    options: ClientOptions,
    base: Option<String>,
}

impl Fetcher {
    /// Makes one.
    ///
    /// # Errors
    /// When the extra certificates cannot be used.
    pub fn new(options: ClientOptions) -> Result<Self, UnusableRoots> {
        let http = http::connections(&options)?;
        Ok(Self { http, options, base: None })
    }

    /// The same with a server that may be reached wherever it is, for tests: a platform that is played on
    /// this machine. No setting leads here.
    ///
    /// # Errors
    /// When the extra certificates cannot be used.
    pub fn with_platform_at(options: ClientOptions, base: &str) -> Result<Self, UnusableRoots> {
        Ok(Self { base: Some(format!("{}/", base.trim_end_matches('/'))), ..Self::new(options)? })
    }

    /// Fetches up to `most` bytes of what is answered well.
    ///
    /// # Errors
    /// When nothing was answered, or more than that.
    pub async fn fetch(&self, ask: Ask, most: u64) -> Result<Got, Missed> {
        let is_platform = self.base.as_deref().is_some_and(|base| ask.url.starts_with(base));
        if !is_platform {
            http::usable(&ask.url, self.options.allow_private).map_err(Missed::Refused)?;
        }
        let Ask { method, url, headers, body } = ask;
        let limit = self.options.limit + Duration::from_secs(most / PACE);
        let method = Method::from_bytes(method.as_bytes()).unwrap_or(Method::GET);
        let mut making = self.http.request(method, url).timeout(limit);
        making = making.header(USER_AGENT, concat!("Throughline/", env!("CARGO_PKG_VERSION")));
        for (header, value) in headers {
            making = making.header(header, value);
        }
        if let Some(body) = body {
            making = making.body(body);
        }
        match tokio::time::timeout(self.options.limit, making.send()).await {
            Ok(Ok(response)) => self.read(response, most).await,
            Ok(Err(error)) => Err(missed(error)),
            Err(_) => Err(Missed::Failed("it did not answer in time".to_owned())),
        }
    }

    /// Reads an answer, as long as something of it comes.
    async fn read(&self, mut response: Response, most: u64) -> Result<Got, Missed> {
        let is_wanted = response.status().is_success();
        let announced = announced(response.headers());
        if is_wanted && announced.is_some_and(|size| size > most) {
            return Err(Missed::TooLarge(announced));
        }
        let status = response.status().as_u16();
        let headers = headers(response.headers());
        let most = if is_wanted { usize::try_from(most).unwrap_or(usize::MAX) } else { READ };
        let mut body = Vec::new();
        loop {
            let chunk = match tokio::time::timeout(self.options.limit, response.chunk()).await {
                Ok(Ok(Some(chunk))) => chunk,
                Ok(Ok(None)) => break,
                // What is no success is told by its beginning.
                Ok(Err(_)) | Err(_) if !is_wanted => break,
                Ok(Err(error)) => return Err(missed(error)),
                Err(_) => return Err(Missed::Failed("it broke off".to_owned())),
            };
            if body.len() + chunk.len() <= most {
                body.extend_from_slice(&chunk);
            } else if is_wanted {
                return Err(Missed::TooLarge(announced));
            } else {
                body.extend(chunk.iter().take(most - body.len()));
                break;
            }
        }
        Ok(Got { status, headers, body })
    }
}

fn missed(error: reqwest::Error) -> Missed {
    // The address may hold a secret.
    let error = error.without_url();
    match http::is_kept_in(&error) {
        true => Missed::Refused(words_of(&error)),
        false => Missed::Failed(words_of(&error)),
    }
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

fn headers(all: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    all.iter().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_stands_behind_the_firewall_is_not_asked() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let fetcher = Fetcher::new(ClientOptions::default()).unwrap();
        let addresses = [
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "https://169.254.169.254/latest/meta-data",
            "https://[::ffff:10.0.0.1]/x",
            "https://localhost/x",
            "http://example.com/x",
            "file:///etc/passwd",
            "nonsense",
        ];
        for url in addresses {
            let ask = Ask { method: "GET", url: url.to_owned(), ..Ask::default() };
            let missed = fetcher.fetch(ask, 10).await.unwrap_err();
            assert!(matches!(missed, Missed::Refused(_)), "{url}: {missed:?}");
        }
    }

    #[test]
    fn nothing_of_a_request_is_shown() {
        let url = "https://a.example/botSECRET/x".to_owned();
        let headers = vec![("authorization", "Bearer SECRET".to_owned())];
        let ask = Ask { method: "GET", url, headers, body: None };
        assert_eq!(format!("{ask:?}"), "Ask { method: \"GET\", .. }");
    }
}
