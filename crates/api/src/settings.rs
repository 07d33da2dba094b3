//! What the API must be told. Read by the binary from its configuration; never from the environment.

use std::sync::Arc;

use throughline_app::channels::ChannelProbe;
use throughline_app::feed::FeedSettings;
use throughline_app::html::ImageFetch;
use throughline_app::mail_settings::Probe;
use throughline_app::webhooks::Courier;

use crate::pages::FindPage;

/// Settings of the API.
#[derive(Clone)]
pub struct ApiSettings {
    /// Signs access tokens (HS256). Every node must have the same 32 bytes or more.
    pub token_key: Vec<u8>,
    /// How long an access token is good, in minutes.
    pub access_token_minutes: i64,
    /// How browsers reach the server; what begins with https makes cookies that travel only so. Empty when
    /// nobody knows.
    pub public_url: String,
    /// The largest JSON body, in bytes.
    pub body_limit: usize,
    /// The largest raw message that may be pushed, in bytes.
    pub raw_limit: usize,
    /// Whether `/api/docs` is served.
    pub docs: bool,
    /// Whether `/metrics` is served. It needs no sign-in: keep it off the internet.
    pub metrics: bool,
    /// How long running requests may go on after a stop was asked for, in seconds.
    pub shutdown_seconds: u64,
    /// Asks mail servers; without it their tests are answered with 503.
    pub mail_probe: Option<Arc<dyn Probe>>,
    /// Asks platforms; without it their tests are answered with 503.
    pub channel_probe: Option<Arc<dyn ChannelProbe>>,
    /// How live streams are given out.
    pub feed: FeedSettings,
    /// Sends to webhooks; without it their tests are answered with 503.
    pub courier: Option<Arc<dyn Courier>>,
    /// The agent's desk; without it there is the API alone.
    pub pages: Option<FindPage>,
    /// Fetches images that mails name; without it they are answered with 503.
    pub images: Option<Arc<dyn ImageFetch>>,
}

impl ApiSettings {
    /// The usual settings around a key.
    pub fn new(token_key: Vec<u8>) -> Self {
        Self {
            token_key,
            access_token_minutes: 15,
            public_url: String::new(),
            body_limit: 1024 * 1024,
            raw_limit: 50 * 1024 * 1024,
            docs: true,
            metrics: true,
            shutdown_seconds: 20,
            mail_probe: None,
            channel_probe: None,
            feed: FeedSettings::default(),
            courier: None,
            pages: None,
            images: None,
        }
    }
}

// The key must never reach a log.
impl std::fmt::Debug for ApiSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiSettings")
            .field("access_token_minutes", &self.access_token_minutes)
            .field("body_limit", &self.body_limit)
            .field("raw_limit", &self.raw_limit)
            .field("docs", &self.docs)
            .field("metrics", &self.metrics)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_never_printed() {
        let shown = format!("{:?}", ApiSettings::new(b"topsecret".to_vec()));
        assert!(!shown.contains("token_key") && !shown.contains("116"));
    }
}
