//! Twilio: what its forms say, and which requests are its own.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;
use throughline_ingest::Decode;
use throughline_ingest::hooks::{Account, Refused};
use throughline_ingest::registry;

use crate::golden;
use crate::hostile::{self, borne};
use crate::sent::{Sent, account, assert_keeps, settings, sha1_base64};

/// What is not read, and why.
const LEFT_ASIDE: &[&str] = &[
    // Older names of the same id and the same status.
    "/SmsSid",
    "/SmsMessageSid",
    "/SmsStatus",
    // About the account, the interface, and how it is billed.
    "/AccountSid",
    "/ApiVersion",
    "/NumSegments",
    // How many files there are, the files themselves say.
    "/NumMedia",
    "/ReferralNumMedia",
];

fn decoder() -> Box<dyn Decode> {
    let account = settings(json!({"number": "+4915700000001"}));
    (registry::named("twilio").expect("Twilio").decoder)(&account).expect("a decoder")
}

fn inbox(tokens: &[&str]) -> Account {
    account(json!({"account_sid": "AC1"}), "auth_token", tokens)
}

#[test]
fn each_form_says_what_is_kept_beside_it() {
    golden::check("twilio", decoder().as_ref(), LEFT_ASIDE);
}

/// The form and the token of Twilio's own example.
fn example(url: &str, signature: &str) -> Sent {
    let body = "CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212&Caller=\
                %2B14158675309";
    let sent = Sent::new(body, 0).with("x-twilio-signature", signature);
    Sent { url: url.to_owned(), ..sent }
}

#[test]
fn the_published_requests_are_twilios() {
    let cases = [
        ("https://mycompany.com/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com:443/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("http://mycompany.com:1234/myapp.php?foo=1&bar=2", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        ("http://mycompany.com:80/myapp.php?foo=1&bar=2", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("http://mycompany.com/myapp.php?foo=1&bar=2", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
    ];
    for (url, signature) in cases {
        let sent = example(url, signature);
        assert_eq!(sent.verified("twilio", &inbox(&["other", "12345"])), Ok(()), "{url}");
        assert_eq!(sent.verified("twilio", &inbox(&["other"])), Err(Refused::Unsigned));
        assert_eq!(sent.verified("twilio", &inbox(&[])), Err(Refused::Unsigned));
    }
    let elsewhere = example("https://mycompany.com/myapp.php?foo=1&bar=3", cases[0].1);
    assert_eq!(elsewhere.verified("twilio", &inbox(&["12345"])), Err(Refused::Unsigned));
    let bare = example(cases[0].0, cases[0].1).without("x-twilio-signature");
    assert_eq!(bare.verified("twilio", &inbox(&["12345"])), Err(Refused::Unsigned));
    assert_keeps(&inbox(&["the-auth-token"]), "the-auth-token");
}

/// Twilio's own example of a JSON body, whose hash stands in the address.
#[test]
fn a_published_request_with_json_is_twilios() {
    let hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    let url = format!("https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256={hash}");
    let sent = Sent {
        url,
        query: vec![("bodySHA256".to_owned(), hash.to_owned())],
        ..Sent::new(r#"{"property": "value", "boolean": true}"#, 0)
            .with("x-twilio-signature", "a9nBmqA0ju/hNViExpshrM61xv4=")
    };
    assert_eq!(sent.verified("twilio", &inbox(&["12345"])), Ok(()));
    for at in 0..sent.body.len() {
        let changed = sent.clone().with_changed_body(at, 1);
        assert_eq!(changed.verified("twilio", &inbox(&["12345"])), Err(Refused::Unsigned));
    }
    let unhashed = Sent { query: Vec::new(), ..sent };
    assert_eq!(unhashed.verified("twilio", &inbox(&["12345"])), Err(Refused::Unsigned));
}

#[test]
fn values_of_one_name_are_signed_once_each_and_in_order() {
    let url = "https://desk.example/hooks/ibx";
    let signature = sha1_base64(b"t", format!("{url}AxBa1Ba2").as_bytes());
    for body in ["Ba=2&Ba=1&A=x&Ba=2", "A=x&Ba=1&Ba=2"] {
        let sent = Sent::new(body, 0).with("x-twilio-signature", signature.clone());
        assert_eq!(sent.verified("twilio", &inbox(&["t"])), Ok(()), "{body}");
    }
    let other = Sent::new("A=x&Ba=1", 0).with("x-twilio-signature", signature);
    assert_eq!(other.verified("twilio", &inbox(&["t"])), Err(Refused::Unsigned));
}

#[test]
fn what_is_recorded_is_named_by_message_and_status() {
    let recorded = Sent::new("MessageSid=SM1&SmsStatus=received&AccountSid=AC1", 0)
        .recorded("twilio", &inbox(&["t"]));
    assert_eq!(recorded.name.as_deref(), Some("SM1:received"));
    assert_eq!(recorded.answer.media_type, "text/xml");
    assert_eq!(recorded.answer.body, "<Response/>");
    let read = Sent::new("MessageSid=SM1&SmsStatus=sent&MessageStatus=read", 0)
        .recorded("twilio", &inbox(&["t"]));
    assert_eq!(read.name.as_deref(), Some("SM1:read"));
    let url = "https://desk.example/hooks/ibx?MessageSid=SM2&SmsStatus=received".to_owned();
    let asked = Sent { url, method: "GET", ..Sent::new("", 0) }.recorded("twilio", &inbox(&["t"]));
    assert_eq!(asked.name.as_deref(), Some("SM2:received"));
    assert_eq!(asked.bytes, b"MessageSid=SM2&SmsStatus=received");
    let stranger = Sent::new("MessageSid=SM1&AccountSid=AC2", 0);
    assert_eq!(stranger.received("twilio", &inbox(&["t"])), Err(Refused::Misshapen));
}

#[test]
fn what_cannot_be_read_says_why() {
    for bytes in [&b""[..], b"{}", b"\xff=\xff", b"Body=x"] {
        let why = decoder().decode(bytes).expect_err("undecodable");
        assert!(why.to_string().contains("no form"), "{why}");
    }
}

#[test]
fn nothing_makes_it_panic_or_wait() {
    hostile::check("twilio", decoder().as_ref());
}

#[test]
fn large_forms_are_read_in_time() {
    let within = Duration::from_secs(10);
    let long = format!("MessageSid=SM1&SmsStatus=received&Body={}", "%F0".repeat(3_300_000));
    let many =
        format!("MessageSid=SM1&SmsStatus=received&Body=x{}", "&a=1&MediaUrl7=x".repeat(600_000));
    for form in [long, many] {
        assert_eq!(borne(decoder().as_ref(), form.as_bytes(), within), 1);
    }
}

proptest! {
    /// Twilio joins names and values without anything between them, so a changed byte is one of a value.
    #[test]
    fn whatever_is_changed_is_refused(
        parts in proptest::collection::btree_map("[A-Z][a-z]{1,6}", "[a-z0-9]{1,20}", 1..6),
        at in 0..10_000usize,
        letter in "[!-~]",
        other in "[A-Z]",
    ) {
        let ours = inbox(&["old", "the token"]);
        let url = "https://desk.example/hooks/ibx";
        let joined: String = parts.iter().map(|(name, value)| format!("{name}{value}")).collect();
        let body: Vec<String> = parts.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let signature = sha1_base64(b"the token", format!("{url}{joined}").as_bytes());
        let sent = Sent::new(body.join("&"), 0).with("x-twilio-signature", signature);
        prop_assert_eq!(sent.verified("twilio", &ours), Ok(()));
        let mut changed = sent.clone();
        let places: Vec<usize> = (0..changed.body.len())
            .filter(|at| changed.body[*at].is_ascii_lowercase() || changed.body[*at].is_ascii_digit())
            .collect();
        changed.body[places[at % places.len()]] = other.as_bytes()[0];
        prop_assert_eq!(changed.verified("twilio", &ours), Err(Refused::Unsigned));
        let moved = Sent { url: format!("{url}{letter}"), ..sent.clone() };
        prop_assert_eq!(moved.verified("twilio", &ours), Err(Refused::Unsigned));
        let mut bad = sent.clone();
        let (_, signature) = &mut bad.headers[0];
        let at = at % signature.len();
        if !signature[at..].starts_with(&letter) {
            signature.replace_range(at..=at, &letter);
            prop_assert_eq!(bad.verified("twilio", &ours), Err(Refused::Unsigned));
        }
    }
}
