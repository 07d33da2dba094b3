//! One request to a webhook. It goes to an address that was checked, never through a proxy, and never
//! further than where it was sent.

use std::time::Instant;

use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER, USER_AGENT};
use throughline_core::webhook::Try;

use super::signature::{SigningSecret, signatures};
use crate::http::{self, ClientOptions, UnusableRoots, seconds, words_of};

/// How much of an answer is kept, in bytes.
const KEPT: usize = 1024;
/// How much of an answer is read, so that its connection can be used again.
const READ: usize = 64 * 1024;

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
        let http = http::connections(options)?;
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
        let url = match http::usable(&letter.url, self.allow_private) {
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

fn failed(words: String) -> Try {
    Try { status: None, error: Some(words), response: None, retry_after_seconds: None, ms: 0 }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
}
