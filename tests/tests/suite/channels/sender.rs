//! Shops and surveys that are connected, and what they tell.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use throughline_core::id::InboxId;
use throughline_tests::hooks::base64_signature;
use throughline_tests::{Answer, Client, World};

use super::bot::{items, text};

pub const SECRET: &str = "the-senders-secret";
/// The shops and surveys, each with its channel and how it is set.
pub const ALL: [(&str, &str); 3] =
    [("shopify", "event"), ("woocommerce", "event"), ("typeform", "survey")];

/// A shop or a survey, connected.
pub struct Sender {
    pub admin: Client,
    pub anonymous: Client,
    pub inbox: String,
    pub hook: String,
    pub kind: &'static str,
}

impl Sender {
    pub async fn new(world: &World, kind: &'static str, settings: Value) -> Self {
        let admin = world.admin().await;
        let channel = ALL.iter().find(|(known, _)| *known == kind).expect("known").1;
        let inbox = json!({ "channel": channel, "address": kind, "name": kind });
        let inbox = admin.post("/inboxes", inbox).await.good();
        let inbox = text(&inbox["id"]).to_owned();
        let body =
            json!({ "kind": kind, "settings": settings, "secrets": { "secret": ["old", SECRET] } });
        let made = admin.put(&format!("/inboxes/{inbox}/channel"), body).await.good();
        let hook = text(&made["hook"]).to_owned();
        Self { admin, anonymous: world.anonymous.clone(), inbox, hook, kind }
    }

    /// One that is set as it has to be at least.
    pub async fn plain(world: &World, kind: &'static str) -> Self {
        let settings = match kind {
            "typeform" => json!({}),
            _ => json!({ "shop": "magaza.myshopify.example" }),
        };
        Self::new(world, kind, settings).await
    }

    /// Sends a body with a signature by a secret.
    pub async fn send(&self, body: &[u8], secret: &str) -> Answer {
        let signature = base64_signature(secret, body);
        let (header, signature) = match self.kind {
            "shopify" => ("x-shopify-hmac-sha256", signature),
            "woocommerce" => ("x-wc-webhook-signature", signature),
            _ => ("typeform-signature", format!("sha256={signature}")),
        };
        let platform = self.anonymous.with_header(header, &signature);
        platform.post_raw(&self.hook, "application/json", body.to_vec()).await
    }

    /// What the platform tells.
    pub async fn tell(&self, body: &Value) {
        self.send(body.to_string().as_bytes(), SECRET).await.good();
    }

    /// The timeline of the customer who is found by an address, the oldest first.
    pub async fn timeline(&self, email: &str) -> Vec<Value> {
        let customer = self.customer(email).await;
        self.timeline_of(text(&customer["id"])).await
    }

    /// A timeline, the oldest first.
    pub async fn timeline_of(&self, customer: &str) -> Vec<Value> {
        let page = format!("/customers/{customer}/timeline?limit=200");
        let mut all = items(&self.admin.get(&page).await.good()).clone();
        all.reverse();
        all
    }

    pub async fn customer(&self, email: &str) -> Value {
        let found = self.admin.get(&format!("/customers?email={email}")).await.good();
        items(&found).first().cloned().unwrap_or_else(|| panic!("nobody has {email}"))
    }

    pub async fn customers(&self) -> Vec<Value> {
        items(&self.admin.get("/customers?limit=200").await.good()).clone()
    }

    pub async fn waiting(&self) -> Vec<Value> {
        items(&self.admin.get("/events/waiting?limit=200").await.good()).clone()
    }

    pub async fn deliveries(&self) -> Vec<Value> {
        let path = format!("/deliveries?inbox={}&limit=200", self.inbox);
        items(&self.admin.get(&path).await.good()).clone()
    }

    pub async fn tickets(&self) -> Vec<Value> {
        items(&self.admin.get("/tickets?limit=200").await.good()).clone()
    }

    pub fn inbox_id(&self) -> InboxId {
        self.inbox.parse().expect("an id")
    }
}

/// The payloads of a channel, by the names of their files.
pub fn payloads(kind: &str) -> Vec<(String, Value)> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder(kind))
        .expect("a folder")
        .map(|e| e.expect("one").path())
        .collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let body = serde_json::from_slice(&std::fs::read(path).expect("read")).expect("JSON");
        (name, body)
    };
    paths.into_iter().map(read).collect()
}

/// One payload of a channel.
pub fn payload(kind: &str, name: &str) -> Value {
    let found = payloads(kind).into_iter().find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("no {kind} {name}")).1
}

fn folder(kind: &str) -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.join("../crates/ingest/tests/channels").join(kind)
}
