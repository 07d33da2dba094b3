//! Typeform: what its bodies say, which requests are its own, and that no body makes it stumble.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use throughline_ingest::Decode;
use throughline_ingest::hooks::{Account, Refused};
use throughline_ingest::registry;

use crate::golden;
use crate::hostile::{self, borne};
use crate::leaves::said;
use crate::sent::{Sent, account, assert_keeps, settings, sha256_base64};

/// What is not read: the name of the place in which an answer stands.
const LEFT_ASIDE: &[&str] = &["/form_response/answers/*/type"];

fn decoder(given: Value) -> Box<dyn Decode> {
    (registry::named("typeform").expect("Typeform").decoder)(&settings(given)).expect("a decoder")
}

fn inbox(secrets: &[&str]) -> Account {
    account(json!({}), "secret", secrets)
}

fn payload(name: &str) -> Value {
    let bytes = std::fs::read(hostile::folder("typeform").join(name)).expect("a payload");
    serde_json::from_slice(&bytes).expect("JSON")
}

fn event(given: Value, body: &Value) -> Value {
    said(decoder(given).as_ref(), body.to_string().as_bytes())[0].clone()
}

#[test]
fn each_body_says_what_is_kept_beside_it() {
    golden::check("typeform", decoder(json!({})).as_ref(), LEFT_ASIDE);
}

#[test]
fn ratings_have_their_scales_and_the_first_metric_leads() {
    let told = event(json!({}), &payload("all_kinds.json"));
    let event = &told["what"]["event"];
    let nps = json!({ "metric": "nps", "value": 9, "least": 0, "most": 10 });
    assert_eq!(event["rating"], nps);
    let rated: Vec<&Value> = event["data"]["answers"]
        .as_array()
        .expect("answers")
        .iter()
        .map(|answer| &answer["rating"])
        .filter(|rating| !rating.is_null())
        .collect();
    let csat = json!({ "metric": "csat", "value": 4, "least": 1, "most": 5 });
    let ces = json!({ "metric": "ces", "value": 6, "least": 1, "most": 7 });
    assert_eq!(rated, [&nps, &csat, &ces]);
    assert_eq!(
        event["text"],
        "Schnell und freundlich.\nBestellung 8127 kam heil an.\n\nWeiter so!"
    );
    assert_eq!(told["conversation"]["key"], "ticket:#17");
}

#[test]
fn what_an_admin_says_of_a_question_counts() {
    let given = json!({ "metrics": { "recommend": "none", "csat_support": { "metric": "csat", "least": 0, "most": 4 } } });
    let told = event(given, &payload("all_kinds.json"));
    let rating = json!({ "metric": "csat", "value": 4, "least": 0, "most": 4 });
    assert_eq!(told["what"]["event"]["rating"], rating);
}

#[test]
fn a_number_off_its_scale_is_shown_and_is_no_rating() {
    let told = event(json!({}), &payload("partial.json"));
    let event = &told["what"]["event"];
    assert_eq!((&event["rating"], &event["fields"][0]["value"]), (&Value::Null, &json!("11")));
}

#[test]
fn a_response_is_one_by_its_token_whatever_delivery_brings_it() {
    let mut body = payload("all_kinds.json");
    let first = event(json!({}), &body)["key"].clone();
    body["event_id"] = json!("another");
    assert_eq!(event(json!({}), &body)["key"], first);
    let partial = event(json!({}), &payload("partial.json"));
    assert_ne!(partial["key"], first, "what is not finished comes again");
    assert_eq!(
        partial["what"]["event"]["object"],
        event(json!({}), &body)["what"]["event"]["object"]
    );
}

#[test]
fn hidden_fields_hint_and_prove_nothing() {
    let told = event(json!({}), &payload("all_kinds.json"));
    let hint = &told["who"]["hints"][0];
    assert_eq!(
        (&hint["proof"], &hint["key"]["value"]),
        (&json!("none"), &json!("petra.weiss@kundin.example"))
    );
    let asked = event(json!({}), &payload("asked_address.json"));
    assert_eq!(asked["who"]["hints"][0]["key"]["value"], "reza@mosht.example");
}

#[test]
fn a_setting_that_is_wrong_is_told() {
    let kind = registry::named("typeform").expect("Typeform");
    for (given, word) in [
        (json!({ "metrics": { "q": "joy" } }), "metrics"),
        (json!({ "open_ticket_below": "low" }), "whole number"),
    ] {
        let why = (kind.decoder)(&settings(given)).err().expect("refused").to_string();
        assert!(why.contains(word), "{why}");
    }
}

#[test]
fn what_cannot_be_read_says_why() {
    for bytes in [&b""[..], b"[]", b"a=1"] {
        let why = decoder(json!({})).decode(bytes).expect_err("undecodable").to_string();
        assert!(why.contains("no JSON"), "{why}");
    }
}

#[test]
fn only_what_is_signed_is_taken_and_it_is_named_by_its_event() {
    let body = br#"{"event_id":"e1","form_response":{}}"#;
    let signature = format!("sha256={}", sha256_base64(b"hush", body));
    let sent = Sent::new(body, 0).with("typeform-signature", signature);
    assert_eq!(sent.verified("typeform", &inbox(&["old", "hush"])), Ok(()));
    assert_eq!(sent.recorded("typeform", &inbox(&["hush"])).name.as_deref(), Some("e1"));
    for secrets in [&["old"][..], &[], &[""]] {
        assert_eq!(sent.verified("typeform", &inbox(secrets)), Err(Refused::Unsigned));
    }
    let bare = Sent::new(body, 0).with("typeform-signature", sha256_base64(b"hush", body));
    assert_eq!(bare.verified("typeform", &inbox(&["hush"])), Err(Refused::Unsigned));
    let none = sent.without("typeform-signature");
    assert_eq!(none.verified("typeform", &inbox(&["hush"])), Err(Refused::Unsigned));
    assert_keeps(&inbox(&["the-forms-secret"]), "the-forms-secret");
}

#[test]
fn nothing_makes_it_panic_or_wait() {
    hostile::check("typeform", decoder(json!({})).as_ref());
}

#[test]
fn large_surveys_are_read_in_time() {
    let mut body = payload("all_kinds.json");
    let answers = body["form_response"]["answers"].clone();
    let many: Vec<Value> =
        (0..4_000).flat_map(|_| answers.as_array().expect("answers").clone()).collect();
    body["form_response"]["answers"] = Value::Array(many);
    let within = Duration::from_secs(20);
    assert_eq!(borne(decoder(json!({})).as_ref(), body.to_string().as_bytes(), within), 1);
}

proptest! {
    #[test]
    fn whatever_is_changed_is_refused(
        text in "\\PC{1,60}", at in 0..10_000usize, by in 1u8..=255, to in "[A-Za-z0-9+/=]"
    ) {
        let body = json!({ "text": text }).to_string();
        let ours = inbox(&["old", "the secret"]);
        let signature = format!("sha256={}", sha256_base64(b"the secret", body.as_bytes()));
        let sent = Sent::new(&body, 0).with("typeform-signature", signature);
        prop_assert_eq!(sent.verified("typeform", &ours), Ok(()));
        let changed = sent.clone().with_changed_body(at, by);
        prop_assert_eq!(changed.verified("typeform", &ours), Err(Refused::Unsigned));
        let mut forged = sent.clone();
        let signature = &mut forged.headers[0].1;
        let place = at % signature.len();
        if !signature[place..].starts_with(&to) {
            signature.replace_range(place..=place, &to);
            prop_assert_eq!(forged.verified("typeform", &ours), Err(Refused::Unsigned));
        }
    }
}
