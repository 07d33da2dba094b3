//! Replies to chats: the requests of each platform, what its answers mean, that ids have the form which
//! the decoders give them, and the client against a real server.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test fails the test")]

mod answers;
mod client;
mod decoders;
mod matrix;
mod requests;
mod reviews;
mod social;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use throughline_outbound::chat::{
    Account, Answer, Endpoints, FileToSend, Outcome, Outgoing, Platform, Progress, Refusal,
    Request, Run, platform,
};

/// Now, in seconds since 1970.
pub const NOW: i64 = 1_790_000_000;
/// 24 bytes, from 0 to 23.
pub const SIGNING: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

/// The set-up of an inbox of each kind, with invented ids.
pub fn account(kind: &str) -> Account {
    let (settings, secrets) = match kind {
        "telegram" => (json!({ "bot_id": "70044" }), json!({ "bot_token": ["70044:AAbb-cc_dd"] })),
        "slack" => {
            (json!({}), json!({ "bot_token": ["xoxb-invented-1"], "signing_secret": ["s1"] }))
        }
        "whatsapp" => {
            (json!({ "phone_number_id": "555001" }), json!({ "access_token": ["EAAinvented"] }))
        }
        "matrix" => (
            json!({ "server": "https://hs.example/", "user": "@support:hs.example" }),
            json!({ "as_token": ["as-token"], "hs_token": ["hs-token"] }),
        ),
        "twilio" => (
            json!({ "account_sid": "AC00ff", "number": "+14155550100" }),
            json!({ "auth_token": ["tokentoken"] }),
        ),
        "mastodon" => (
            json!({ "server": "desk.social.example" }),
            json!({ "access_token": ["token-invented"] }),
        ),
        "bluesky" => {
            (json!({ "handle": "kiosk.example" }), json!({ "app_password": ["abcd-invented"] }))
        }
        "app_store" => (json!({ "app_id": "1234" }), json!({ "signed": ["jwt-invented"] })),
        "google_play" => {
            (json!({ "package_name": "org.example.kiosk" }), json!({ "signed": ["jwt-invented"] }))
        }
        _ => (
            json!({ "scheme": "bearer", "reply_url": "https://desk.example/replies" }),
            json!({ "secret": ["plain"], "reply_secret": [SIGNING] }),
        ),
    };
    let Value::Object(settings) = settings else { panic!("settings are an object") };
    let secrets: BTreeMap<String, Vec<String>> = serde_json::from_value(secrets).unwrap();
    Account { settings, secrets }
}

/// A reply in a conversation.
pub fn reply(conversation: &str, text: &str) -> Outgoing {
    Outgoing {
        conversation: conversation.to_owned(),
        text: text.to_owned(),
        key: "msg_0001".to_owned(),
        ..Outgoing::default()
    }
}

/// A small file.
pub fn file(name: &str, media_type: &str) -> FileToSend {
    let (name, media_type) = (name.to_owned(), media_type.to_owned());
    FileToSend { name, media_type, bytes: b"hello".to_vec(), ..FileToSend::default() }
}

/// The platform of a name.
pub fn named(kind: &str) -> &'static dyn Platform {
    platform(kind).unwrap()
}

/// All requests of a reply, when the platform answers each so, and what became of it.
pub fn all(kind: &str, outgoing: &Outgoing, answers: &[Value]) -> (Vec<Request>, Outcome) {
    let (account, endpoints) = (account(kind), Endpoints::default());
    let mut run =
        Run::new(named(kind), &account, &endpoints, outgoing, Progress::default()).unwrap();
    let mut requests = Vec::new();
    for body in answers {
        requests.push(run.request(NOW).unwrap().unwrap());
        if let Some(outcome) = run.answered(&said(200, body), NOW) {
            return (requests, outcome);
        }
    }
    panic!("there are more steps than answers: {:?}", run.progress());
}

/// The first request of a reply.
pub fn first(kind: &str, outgoing: &Outgoing) -> Request {
    let (account, endpoints) = (account(kind), Endpoints::default());
    let run = Run::new(named(kind), &account, &endpoints, outgoing, Progress::default()).unwrap();
    run.request(NOW).unwrap().unwrap()
}

/// Why a reply is refused before anything is sent.
pub fn refusal(account: &Account, kind: &str, outgoing: &Outgoing) -> Refusal {
    let endpoints = Endpoints::default();
    Run::new(named(kind), account, &endpoints, outgoing, Progress::default()).unwrap_err()
}

/// An answer with a JSON body.
pub fn said(status: u16, body: &Value) -> Answer {
    let body = body.to_string().into_bytes();
    Answer { status, headers: Vec::new(), body, is_whole: true }
}

/// A request as text.
pub fn shown(request: &Request) -> String {
    let mut text = format!("{} {}\n", request.method, request.url);
    for (name, value) in &request.headers {
        text.push_str(&format!("{name}: {value}\n"));
    }
    text.push('\n');
    text.push_str(&String::from_utf8_lossy(&request.body).replace("\r\n", "\n"));
    text
}

/// The JSON body of a request.
pub fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}
