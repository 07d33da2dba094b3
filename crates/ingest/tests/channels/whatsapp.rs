//! WhatsApp: what its requests say, who may bring them, and whom they are about.

use proptest::prelude::*;
use ring::hmac;
use serde_json::{Value, json};
use throughline_core::time::Instant;
use throughline_ingest::Decode;
use throughline_ingest::hooks::{Account, HookRequest, Refused, Taking};
use throughline_ingest::whatsapp::WHATSAPP;

use crate::hostile;
use crate::leaves::said;

/// What is not read, each for a reason.
const LEFT_ASIDE: &[&str] = &[
    // The same in all requests.
    "/entry/*/changes/*/value/messaging_product",
    // The business account of our number.
    "/entry/*/id",
    // Who is also named by the receipt or the wish itself.
    "/entry/*/changes/*/value/contacts/*/user_id",
    // How a call would connect.
    "/entry/*/changes/*/value/calls/*/session/*",
    // Our own number is known from its id.
    "/entry/*/changes/*/value/metadata/display_phone_number",
    "/entry/*/changes/*/value/message_echoes/*/from",
];

fn account(app: &[&str], token: &[&str]) -> Account {
    let mut account = Account::default();
    account.settings.insert("phone_number_id".to_owned(), "330044005500".into());
    for (name, secrets) in [("app_secret", app), ("verify_token", token)] {
        let secrets = secrets.iter().map(|secret| (*secret).to_owned()).collect();
        account.secrets.insert(name.to_owned(), secrets);
    }
    account
}

fn decoder() -> Box<dyn Decode> {
    (WHATSAPP.decoder)(&account(&[], &[])).expect("a decoder")
}

#[test]
fn requests_say_what_they_hold() {
    crate::golden::check("whatsapp", decoder().as_ref(), LEFT_ASIDE);
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn taken(
    account: &Account,
    method: &str,
    query: &[(&str, &str)],
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Taking, Refused> {
    let (query, headers) = (pairs(query), pairs(headers));
    let request = HookRequest {
        method,
        url: "https://desk.example/hooks/2",
        tail: "",
        query: &query,
        headers: &headers,
        body,
        at: Instant::from_micros(0),
    };
    let hook = WHATSAPP.hook.expect("a hook");
    hook.verify(&request, account)?;
    hook.receive(&request, account)
}

/// The example of the page on validating deliveries in GitHub's docs, whose scheme is the same.
#[test]
fn the_published_example_is_signed() {
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let headers = [("x-hub-signature-256", signature)];
    let account = account(&["an older one", "It's a Secret to Everybody"], &[]);
    // It is signed, and it is no JSON.
    let told = taken(&account, "POST", &[], &headers, b"Hello, World!");
    assert_eq!(told, Err(Refused::Misshapen));
    assert_eq!(taken(&account, "POST", &[], &headers, b"Hello, World"), Err(Refused::Unsigned));
    assert_eq!(taken(&account, "POST", &[], &[], b"Hello, World!"), Err(Refused::Unsigned));
}

fn signature(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, body);
    let digits: Vec<String> = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={}", digits.concat())
}

#[test]
fn a_signed_request_is_kept_as_it_came() {
    let body = br#"{"object":"whatsapp_business_account", "entry":[],"a":"\u00e9"}"#;
    let account = account(&["old", "new"], &[]);
    for secret in ["old", "new"] {
        let header = signature(secret, body);
        match taken(&account, "POST", &[], &[("x-hub-signature-256", &header)], body) {
            Ok(Taking::Recorded(kept)) => {
                assert_eq!((kept.bytes, kept.name), (body.to_vec(), None))
            }
            other => panic!("{other:?}"),
        }
    }
    // Anybody can sign with nothing.
    let header = signature("", body);
    let empty = self::account(&[""], &[""]);
    let told = taken(&empty, "POST", &[], &[("x-hub-signature-256", &header)], body);
    assert_eq!(told, Err(Refused::Unsigned));
    let header = signature("old", body).replace("sha256=", "sha1=");
    let told = taken(&account, "POST", &[], &[("x-hub-signature-256", &header)], body);
    assert_eq!(told, Err(Refused::Unsigned));
}

#[test]
fn the_handshake_answers_whoever_knows_the_token() {
    let account = account(&["s"], &["old", "new"]);
    let ask = |mode: &str, token: &str, account: &Account| {
        let query =
            [("hub.mode", mode), ("hub.verify_token", token), ("hub.challenge", "1158201444")];
        taken(account, "GET", &query, &[], b"")
    };
    for token in ["old", "new"] {
        match ask("subscribe", token, &account) {
            Ok(Taking::Answered(answer)) => {
                assert_eq!((answer.status, answer.body.as_str()), (200, "1158201444"));
                assert!(answer.media_type.starts_with("text/plain"));
            }
            other => panic!("{other:?}"),
        }
    }
    for (mode, token) in [("subscribe", "ol"), ("subscribe", ""), ("unsubscribe", "old")] {
        assert_eq!(ask(mode, token, &account), Err(Refused::Unsigned), "{mode} {token}");
    }
    assert_eq!(ask("subscribe", "", &self::account(&["s"], &[""])), Err(Refused::Unsigned));
    let query = [("hub.mode", "subscribe"), ("hub.verify_token", "old")];
    assert_eq!(taken(&account, "GET", &query, &[], b""), Err(Refused::Misshapen));
    // A token is no signature.
    assert_eq!(taken(&account, "POST", &query, &[], b"{}"), Err(Refused::Unsigned));
}

proptest! {
    #[test]
    fn a_changed_byte_is_refused(
        text in "\\PC{1,60}", at in any::<prop::sample::Index>(), by in 1u8..=255, in_body: bool
    ) {
        let mut body = json!({ "text": text }).to_string().into_bytes();
        let mut header = signature("secret", &body).into_bytes();
        let changed = if in_body { &mut body } else { &mut header };
        let place = at.index(changed.len());
        let was = changed[place];
        changed[place] = if in_body { was ^ by } else { was ^ (by & 0x7f).max(1) };
        // A digit written large is the same digit.
        prop_assume!(in_body || !changed[place].eq_ignore_ascii_case(&was));
        let header = String::from_utf8_lossy(&header).into_owned();
        let headers = [("x-hub-signature-256", header.as_str())];
        let told = taken(&account(&["secret", "other"], &[]), "POST", &[], &headers, &body);
        prop_assert_eq!(told, Err(Refused::Unsigned));
    }
}

fn change(number: &str, value: Value) -> Value {
    let mut value = value;
    value["metadata"] = json!({ "phone_number_id": number });
    json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": value }] }],
    })
}

#[test]
fn what_is_about_another_number_is_left_to_its_inbox() {
    let message = json!({ "messages": [
        { "id": "m", "from": "905321112233", "type": "text", "text": { "body": "private words" } }
    ] });
    let ours =
        said(decoder().as_ref(), change("330044005500", message.clone()).to_string().as_bytes());
    assert_eq!(ours[0]["what"]["message"]["content"]["text"], "private words");
    let other = said(decoder().as_ref(), change("99", message.clone()).to_string().as_bytes());
    assert!(other[0]["what"]["nothing"]["why"].is_string(), "{other}");
    assert!(!other.to_string().contains("private") && !other.to_string().contains("90532"));
    let mut page = change("330044005500", message);
    page["object"] = "page".into();
    let told = said(decoder().as_ref(), page.to_string().as_bytes());
    assert!(told[0]["what"]["nothing"]["why"].as_str().is_some_and(|why| why.contains("page")));
}

#[test]
fn what_is_no_request_says_why() {
    let decoder = decoder();
    for (bytes, why) in [("", "no JSON"), ("[]", "no object"), ("{}", "entry")] {
        let told = decoder.decode(bytes.as_bytes()).expect_err(bytes).to_string();
        assert!(told.contains(why), "{bytes}: {told}");
    }
    assert!((WHATSAPP.decoder)(&Account::default()).is_err(), "no number, no decoder");
}

#[test]
fn nothing_hostile_stops_it() {
    hostile::check("whatsapp", decoder().as_ref());
}

#[test]
fn ten_megabytes_are_read() {
    let id = |n: usize| format!("TR.{n}");
    let people: Vec<Value> = (0..45_000)
        .map(|n| json!({ "user_id": id(n), "profile": { "name": "Somebody in the list" } }))
        .collect();
    let messages: Vec<Value> = (0..75_000)
        .map(|n| {
            let text = json!({ "body": "hello" });
            json!({ "id": id(n), "from_user_id": id(n), "type": "text", "text": text })
        })
        .collect();
    let many = change("330044005500", json!({ "contacts": people, "messages": messages }));
    hostile::large(decoder().as_ref(), many.to_string().as_bytes());
}
