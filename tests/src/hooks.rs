//! Platforms as they send to hooks: how an inbox of each is connected, and how each signs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac::{self, Algorithm, HMAC_SHA1_FOR_LEGACY_USE_ONLY, HMAC_SHA256};
use serde_json::{Value, json};

/// What every platform here signs with. Standard Webhooks wants 24 bytes at least.
pub const SECRET: &str = "a-secret-of-the-hooks-of-tests";

/// Headers by which a request proves where it comes from.
pub type Headers = Vec<(&'static str, String)>;

/// A platform that sends to a hook.
pub struct Sender {
    /// The kind of channel, by its name in the registry.
    pub kind: &'static str,
    /// The way by which an inbox of it is made: `chat`, `event` or `survey`.
    pub channel: &'static str,
    /// The body of `PUT /inboxes/{id}/channel`.
    pub set_up: Value,
    /// The media type of what it sends.
    pub media_type: &'static str,
    /// The headers by which it proves itself, for the address as it calls it, at a time in seconds.
    pub signed: fn(url: &str, body: &[u8], at: i64) -> Headers,
    /// What stands behind the hook's own path, for those who put each body under a name of its own there.
    pub behind: Option<fn(body: &[u8]) -> String>,
}

/// One of each kind, set up as their fixtures expect it.
pub fn senders() -> Vec<Sender> {
    let json_sender = |kind, settings: Value, secret: &str, signed| Sender {
        kind,
        channel: "chat",
        set_up: json!({ "kind": kind, "settings": settings, "secrets": { secret: [SECRET] } }),
        media_type: "application/json",
        signed,
        behind: None,
    };
    let shop = json!({ "shop": "magaza.myshopify.example" });
    let event = |sender| Sender { channel: "event", ..sender };
    vec![
        json_sender("telegram", json!({ "bot_id": "70044" }), "webhook_secret", telegram),
        json_sender("slack", json!({ "bot_user_id": "U0HELPBOT" }), "signing_secret", slack),
        json_sender("whatsapp", json!({ "phone_number_id": "330044005500" }), "app_secret", hub),
        Sender {
            media_type: "application/x-www-form-urlencoded",
            ..json_sender("twilio", twilio_settings(), "auth_token", twilio)
        },
        json_sender("webhook", json!({ "scheme": "github", "mapping": mapping() }), "secret", hub),
        Sender {
            behind: Some(transaction),
            ..json_sender("matrix", matrix_settings(), "hs_token", bearer)
        },
        event(json_sender("shopify", shop.clone(), "secret", shopify)),
        event(json_sender("woocommerce", shop, "secret", woocommerce)),
        Sender { channel: "survey", ..json_sender("typeform", json!({}), "secret", typeform) },
    ]
}

fn twilio_settings() -> Value {
    json!({ "account_sid": "AC00000000000000000000000000000001", "number": "+4915700000001" })
}

fn matrix_settings() -> Value {
    json!({ "server": "https://hs.example", "user": "@support:example.org" })
}

/// A mapping of a chat that tells of several things in one request.
fn mapping() -> Value {
    json!({
        "each": "/events",
        "id": "/message/id",
        "conversation": { "join": ["^/account/id", { "literal": "/" }, "/message/room"] },
        "answers": "/message/parent",
        "subject": "/topic",
        "url": "/page",
        "text": ["/message/body", "/message/rich"],
        "html": "/message/rich",
        "occurred_at": "/message/at",
        "revision": "/message/seq",
        "type": "/action",
        "name": "/author/display",
        "language": "/author/lang",
        "hints": [
            { "kind": "username", "scope": "bakery-chat", "path": "/author/nick" },
            { "kind": "phone", "region": "DE", "path": "/author/phone" },
            { "kind": "email", "path": "/author/mail", "verified": "/author/mail_checked" },
            { "kind": "platform", "scope": "bakery-chat", "path": "/author/uid", "verified": true }
        ],
        "role": { "path": "/author/type", "us": ["agent"], "bot": "robot" },
        "kind": {
            "path": "/action", "message": ["created"], "edit": ["edited"],
            "deletion": ["deleted"], "nothing": ["typing"]
        },
        "files": {
            "list": "/files", "url": "/href", "name": "/title", "media_type": "/mime", "size": "/bytes"
        },
        "audience": "group",
        "keep_rest": true
    })
}

fn telegram(_: &str, _: &[u8], _: i64) -> Headers {
    vec![("x-telegram-bot-api-secret-token", SECRET.to_owned())]
}

fn slack(_: &str, body: &[u8], at: i64) -> Headers {
    let message = [format!("v0:{at}:").as_bytes(), body].concat();
    let signature = format!("v0={}", hex(&keyed(HMAC_SHA256, SECRET, &message)));
    vec![("x-slack-request-timestamp", at.to_string()), ("x-slack-signature", signature)]
}

fn hub(_: &str, body: &[u8], _: i64) -> Headers {
    vec![("x-hub-signature-256", hub_signature(SECRET, body))]
}

fn bearer(_: &str, _: &[u8], _: i64) -> Headers {
    vec![("authorization", format!("Bearer {SECRET}"))]
}

fn transaction(body: &[u8]) -> String {
    format!("/_matrix/app/v1/transactions/{}", hex(&keyed(HMAC_SHA256, SECRET, body)))
}

fn shopify(_: &str, body: &[u8], _: i64) -> Headers {
    vec![("x-shopify-hmac-sha256", base64_signature(SECRET, body))]
}

fn woocommerce(_: &str, body: &[u8], _: i64) -> Headers {
    vec![("x-wc-webhook-signature", base64_signature(SECRET, body))]
}

fn typeform(_: &str, body: &[u8], _: i64) -> Headers {
    vec![("typeform-signature", format!("sha256={}", base64_signature(SECRET, body)))]
}

/// The parts of a form in the order of their names, each decoded.
fn twilio(url: &str, body: &[u8], _: i64) -> Headers {
    let form = format!("http://form.example/?{}", String::from_utf8_lossy(body));
    let form = reqwest::Url::parse(&form).expect("a form");
    let mut parts: Vec<_> = form.query_pairs().into_owned().collect();
    parts.sort();
    let joined: String = parts.iter().map(|(name, value)| format!("{name}{value}")).collect();
    let message = format!("{url}{joined}");
    let tag = keyed(HMAC_SHA1_FOR_LEGACY_USE_ONLY, SECRET, message.as_bytes());
    vec![("x-twilio-signature", STANDARD.encode(tag))]
}

/// The value of `X-Hub-Signature-256` for a body.
pub fn hub_signature(secret: &str, body: &[u8]) -> String {
    format!("sha256={}", hex(&keyed(HMAC_SHA256, secret, body)))
}

/// A keyed hash of a body in Base64, as shops sign.
pub fn base64_signature(secret: &str, body: &[u8]) -> String {
    STANDARD.encode(keyed(HMAC_SHA256, secret, body))
}

/// The value of `webhook-signature` of Standard Webhooks, for a key that is not written in Base64.
pub fn standard_signature(key: &str, id: &str, at: i64, body: &[u8]) -> String {
    let message = [format!("{id}.{at}.").as_bytes(), body].concat();
    format!("v1,{}", STANDARD.encode(keyed(HMAC_SHA256, key, &message)))
}

/// A key as Standard Webhooks writes it down.
pub fn standard_secret(key: &str) -> String {
    format!("whsec_{}", STANDARD.encode(key))
}

fn keyed(algorithm: Algorithm, key: &str, message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(algorithm, key.as_bytes()), message).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
