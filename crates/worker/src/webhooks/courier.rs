//! Messages to webhooks, handed to the HTTP client.

use async_trait::async_trait;
use throughline_app::webhooks::{Courier, Letter};
use throughline_core::webhook::Try;
use throughline_outbound::webhook::{self as outbound, Client, SigningSecret};

/// Sends over HTTP.
#[derive(Debug, Clone)]
pub struct HttpCourier(Client);

impl HttpCourier {
    /// Sends by this client.
    pub fn new(client: Client) -> Self {
        Self(client)
    }
}

#[async_trait]
impl Courier for HttpCourier {
    async fn send(&self, letter: &Letter) -> Try {
        let secrets = letter.secrets.iter().map(|secret| SigningSecret::parse(secret.expose()));
        let secrets: Vec<SigningSecret> = match secrets.collect() {
            Ok(secrets) => secrets,
            Err(bad) => return unsent(bad.to_string()),
        };
        let letter = outbound::Letter {
            url: letter.url.clone(),
            secrets,
            id: letter.id.clone(),
            timestamp: letter.now.as_millis().div_euclid(1000),
            body: letter.body.clone(),
        };
        self.0.send(&letter).await
    }
}

fn unsent(error: String) -> Try {
    Try { status: None, error: Some(error), response: None, retry_after_seconds: None, ms: 0 }
}
