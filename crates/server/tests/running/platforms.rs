//! Platforms that tell hooks what customers write: each says it in its own form, and signs it in its own
//! way, at the time of sending, as the platform itself does.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac::{self, Algorithm, HMAC_SHA1_FOR_LEGACY_USE_ONLY, HMAC_SHA256};
use serde_json::{Value, json};

use crate::server::Client;

/// The secret of all hooks.
const SECRET: &str = "a-secret-of-the-storm";
/// The number of our inbox at Twilio.
const NUMBER: &str = "+4915700000001";
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Something that a customer writes.
#[derive(Clone, Copy)]
pub struct Said {
    /// Its number; no two of a storm have the same.
    pub number: usize,
    /// The number of the conversation at its platform, of which each is another customer's.
    pub conversation: usize,
    /// When, in seconds since 1970.
    pub at: usize,
}

impl Said {
    /// The words.
    pub fn text(&self) -> String {
        format!("Message {} of {}", self.number, self.conversation)
    }
}

/// What is sent for it: headers and a body.
struct Request {
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// Says it as a platform does, to the hook of this address.
type Making = fn(&Said, &str) -> Request;

/// A platform that is connected.
pub struct Platform {
    /// What it is called, for people.
    pub name: &'static str,
    /// The path of its hook.
    hook: String,
    request: Making,
}

/// Connects an inbox of each platform.
pub fn connect_all(client: &Client) -> Vec<Platform> {
    let generic = |scheme: &str, secret: &str| json!({ "kind": "webhook", "settings": { "scheme": scheme }, "secrets": { "secret": [secret] } });
    let whsec = format!("whsec_{}", STANDARD.encode(SECRET));
    let kinds: [(&'static str, Making, Value); 7] = [
        (
            "telegram",
            telegram,
            json!({
                "kind": "telegram", "settings": { "bot_id": "4242" },
                "secrets": { "webhook_secret": [SECRET] }
            }),
        ),
        (
            "slack",
            slack,
            json!({
                "kind": "slack", "settings": { "team_id": "T0STORM" },
                "secrets": { "signing_secret": [SECRET] }
            }),
        ),
        (
            "whatsapp",
            whatsapp,
            json!({
                "kind": "whatsapp", "settings": { "phone_number_id": "330044005500" },
                "secrets": { "app_secret": [SECRET], "verify_token": ["hello"] }
            }),
        ),
        (
            "twilio",
            twilio,
            json!({
                "kind": "twilio", "settings": { "account_sid": "AC1", "number": NUMBER },
                "secrets": { "auth_token": [SECRET] }
            }),
        ),
        ("standard", standard, generic("standard_webhooks", &whsec)),
        ("github", github, generic("github", SECRET)),
        ("bearer", bearer, generic("bearer", SECRET)),
    ];
    kinds
        .into_iter()
        .map(|(name, request, set_up)| connect(client, name, request, &set_up))
        .collect()
}

fn connect(client: &Client, name: &'static str, request: Making, set_up: &Value) -> Platform {
    let new = json!({ "channel": "chat", "address": name, "name": name });
    let inbox = client.post("/inboxes", &new);
    let path = format!("/inboxes/{}/channel", inbox["id"].as_str().unwrap());
    let (status, made) = client.ask("PUT", &path, Some(set_up)).unwrap();
    assert_eq!(status, 200, "{name}: {made}");
    Platform { name, hook: made["hook"].as_str().unwrap().to_owned(), request }
}

impl Platform {
    /// Sends it once to the server at this address. The status, or why there is none.
    pub fn tell(&self, address: &str, said: &Said) -> std::io::Result<u16> {
        let Request { headers, body } =
            (self.request)(said, &format!("http://{address}{}", self.hook));
        let mut head = format!("POST {} HTTP/1.1\r\nHost: {address}\r\n", self.hook);
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Connection: close\r\nContent-Length: {}\r\n\r\n", body.len()));
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(&[head.as_bytes(), body.as_bytes()].concat())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        status.ok_or_else(|| std::io::Error::other("there is no answer"))
    }
}

fn keyed(algorithm: Algorithm, message: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(algorithm, SECRET.as_bytes()), message.as_bytes())
}

fn hex(tag: hmac::Tag) -> String {
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The time of signing, in seconds.
fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

fn json_of(body: &Value, mut headers: Vec<(&'static str, String)>) -> Request {
    headers.push(("Content-Type", "application/json".to_owned()));
    Request { headers, body: body.to_string() }
}

fn telegram(said: &Said, _: &str) -> Request {
    let person = 7_000_000 + said.conversation;
    let body = json!({
        "update_id": said.number,
        "message": {
            "message_id": said.number, "date": said.at, "text": said.text(),
            "from": { "id": person, "is_bot": false, "first_name": format!("P{person}") },
            "chat": { "id": person, "first_name": format!("P{person}"), "type": "private" }
        }
    });
    json_of(&body, vec![("X-Telegram-Bot-Api-Secret-Token", SECRET.to_owned())])
}

fn slack(said: &Said, _: &str) -> Request {
    let event = json!({
        "type": "message", "channel": format!("D{}", said.conversation), "channel_type": "im",
        "user": format!("U{}", said.conversation), "text": said.text(),
        "ts": format!("{}.{:06}", said.at, said.number), "thread_ts": "1790000000.000100",
    });
    let body = json!({
        "type": "event_callback", "team_id": "T0STORM", "api_app_id": "A1",
        "event_id": format!("Ev{}", said.number), "event_time": said.at, "event": event,
    });
    let at = now();
    let signature = hex(keyed(HMAC_SHA256, &format!("v0:{at}:{body}")));
    let headers = vec![
        ("X-Slack-Request-Timestamp", at.to_string()),
        ("X-Slack-Signature", format!("v0={signature}")),
    ];
    json_of(&body, headers)
}

fn whatsapp(said: &Said, _: &str) -> Request {
    let person = (905_320_000_000 + said.conversation).to_string();
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "902125550100", "phone_number_id": "330044005500" },
        "contacts": [{ "profile": { "name": "Reza" }, "wa_id": person }],
        "messages": [{
            "from": person, "id": format!("wamid.{}", said.number), "timestamp": said.at.to_string(),
            "type": "text", "text": { "body": said.text() }
        }]
    });
    let body = json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": value }] }],
    });
    json_of(&body, vec![hub(&body)])
}

/// The header of GitHub and of Meta.
fn hub(body: &Value) -> (&'static str, String) {
    let signature = hex(keyed(HMAC_SHA256, &body.to_string()));
    ("X-Hub-Signature-256", format!("sha256={signature}"))
}

fn twilio(said: &Said, url: &str) -> Request {
    let sid = format!("SM{:032}", said.number);
    let from = format!("+49157100{:05}", said.conversation);
    let (text, to) = (said.text(), NUMBER.to_owned());
    // In the order of their names, as they are signed.
    let parts = [
        ("AccountSid", "AC1".to_owned()),
        ("Body", text),
        ("From", from),
        ("MessageSid", sid),
        ("SmsStatus", "received".to_owned()),
        ("To", to),
    ];
    let joined: String = parts.iter().map(|(name, value)| format!("{name}{value}")).collect();
    let tag = keyed(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &format!("{url}{joined}"));
    let form = parts
        .map(|(name, value)| format!("{name}={}", value.replace('+', "%2B").replace(' ', "+")));
    let headers = vec![
        ("X-Twilio-Signature", STANDARD.encode(tag)),
        ("Content-Type", "application/x-www-form-urlencoded".to_owned()),
    ];
    Request { headers, body: form.join("&") }
}

/// What a program says that signs JSON, by the names that are tried without a mapping.
fn plain(said: &Said, domain: &str) -> Value {
    json!({
        "id": format!("m{}", said.number), "conversation_id": format!("c{}", said.conversation),
        "text": said.text(),
        "from": { "name": "Elif", "email": format!("p{}@{domain}.example", said.conversation) }
    })
}

fn standard(said: &Said, _: &str) -> Request {
    let body = plain(said, "standard");
    let (id, at) = (format!("msg_{}", said.number), now());
    let tag = keyed(HMAC_SHA256, &format!("{id}.{at}.{body}"));
    let headers = vec![
        ("webhook-id", id),
        ("webhook-timestamp", at.to_string()),
        ("webhook-signature", format!("v1,{}", STANDARD.encode(tag))),
    ];
    json_of(&body, headers)
}

fn github(said: &Said, _: &str) -> Request {
    let body = plain(said, "github");
    let named = ("X-GitHub-Delivery", format!("d{}", said.number));
    json_of(&body, vec![named, hub(&body)])
}

fn bearer(said: &Said, _: &str) -> Request {
    let header = ("Authorization", format!("Bearer {SECRET}"));
    json_of(&plain(said, "bearer"), vec![header])
}
