//! A webhook with a receiver, and what sends to it.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_outbound::webhook::SigningSecret;
use throughline_tests::webhooks::{Got, Receiver, serving};
use throughline_tests::{Client, World};
use throughline_worker::webhooks::{Settings, Webhooks};

/// See the module.
pub struct Hook {
    pub client: Client,
    pub receiver: Receiver,
    /// Its address in the API.
    pub path: String,
    pub secret: String,
    pub serving: Webhooks,
}

impl Hook {
    /// Makes one with these fields besides its address.
    pub async fn new(world: &Arc<World>, fields: Value) -> Self {
        let (client, receiver) = (key_of_admin(world).await, Receiver::start().await);
        let mut body = fields;
        body["url"] = json!(format!("{}/hook", receiver.url));
        let made = client.post("/webhooks", body).await.good();
        let id = made["webhook"]["id"].as_str().expect("an id");
        let secret = made["secret"].as_str().expect("a secret").to_owned();
        let serving = serving(&world.app, Settings::default());
        let path = format!("/webhooks/{id}");
        Self { client, receiver, path, secret, serving }
    }

    pub async fn open_ticket(&self, subject: &str) -> Value {
        let customer = json!({ "email": "elif@example.com" });
        let body = json!({ "subject": subject, "body": "b", "customer": customer });
        self.client.post("/tickets", body).await.good()
    }

    /// Sends all that is due.
    pub async fn drain(&self) -> usize {
        self.serving.drain().await.expect("it sends")
    }

    pub fn is_signed(&self, got: &Got) -> bool {
        is_signed_by(&self.secret, got)
    }

    pub fn positions(&self, got: &[Got]) -> Vec<i64> {
        got.iter().map(|got| got.json()["data"]["position"].as_i64().expect("a position")).collect()
    }

    /// The positions of all events, without those that came before the first `skip` of this webhook's.
    pub async fn all_positions(&self, skip: usize) -> Vec<i64> {
        let first = self.receiver.got()[skip].json()["data"]["position"].as_i64().expect("one");
        let page = self.client.get(&format!("/events?after={}&limit=1000", first - 1)).await.good();
        let all = page["items"].as_array().expect("a list");
        all.iter().map(|event| event["position"].as_i64().expect("a position")).collect()
    }
}

/// A client whose access does not end when a test moves the clock by days.
async fn key_of_admin(world: &World) -> Client {
    let scopes = ["admin", "tickets:read", "tickets:write", "customers:read", "events:read"];
    let body = json!({ "name": "Admin", "scopes": scopes });
    let made = world.admin().await.post("/api-keys", body).await.good();
    world.anonymous.with_token(made["key"].as_str().expect("a key"))
}

/// Whether one of a message's signatures is made with this secret.
pub fn is_signed_by(secret: &str, got: &Got) -> bool {
    let secret = SigningSecret::parse(secret).expect("a secret");
    let at = got.header("webhook-timestamp").parse().expect("seconds");
    let right = secret.sign(got.header("webhook-id"), at, &got.body);
    got.header("webhook-signature").split(' ').any(|signature| signature == right)
}
