//! Slack: what its payloads say, which requests are its own, and what is never kept.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use throughline_core::inbound::{Happened, InboundEvent, Role};
use throughline_ingest::Decode;
use throughline_ingest::hooks::{Account, Refused, Taking};
use throughline_ingest::registry;

use crate::golden;
use crate::hostile::{self, borne};
use crate::leaves::said;
use crate::sent::{Sent, account, assert_keeps, settings, sha256_hex};

/// What is not read, and why.
const LEFT_ASIDE: &[&str] = &[
    // Tokens, and what is good for a moment only.
    "/token",
    "/response_url",
    "/trigger_id",
    // About our own app and its installations.
    "/api_app_id",
    "/authorizations/**",
    "/event_context",
    "/is_enterprise_install",
    // Times and ids that another one says, or that name the delivery alone.
    "/event_id",
    "/event_time",
    "/event/event_ts",
    "/event/ts",
    "/event/client_msg_id",
    "/event/channel_type",
    "/event/item/type",
    "/event/parent_user_id",
    "/event/source_team",
    // What the text says again, with colours.
    "/event/blocks/**",
    "/event/message/blocks/**",
    "/event/attachments/*/id",
    "/event/attachments/*/color",
    "/event/attachments/*/fallback",
    // A preview of a link.
    "/event/attachments/1/**",
    // How a message was before, and how the first of its thread was: their own events told.
    "/event/previous_message/**",
    "/event/root/**",
    "/event/hidden",
    "/event/message/type",
    "/event/message/hidden",
    "/event/message/edited/user",
    // What stands in the place of a message that was taken back.
    "/event/message/text",
    "/event/message/thread_ts",
    "/event/message/user",
    // Pictures, and other names of who wrote.
    "/event/user_profile/**",
    "/event/bot_profile/**",
    "/event/bot_id",
    // How Slack shows a file, and other places of the same file.
    "/event/files/*/id",
    "/event/files/*/title",
    "/event/files/*/created",
    "/event/files/*/timestamp",
    "/event/files/*/filetype",
    "/event/files/*/pretty_type",
    "/event/files/*/mode",
    "/event/files/*/user",
    "/event/files/*/is_external",
    "/event/files/*/external_type",
    "/event/files/*/is_public",
    "/event/files/*/file_access",
    "/event/files/*/url_private",
    "/event/files/*/thumb_64",
    // How a button or a form looks, and the message that it stands in.
    "/actions/*/text/type",
    "/actions/*/text/emoji",
    "/actions/*/selected_option/text/type",
    "/actions/*/selected_option/value",
    "/message/**",
    "/container/type",
    "/container/channel_id",
    "/view/type",
    "/view/title/type",
    "/view/blocks/*/type",
    "/view/blocks/*/optional",
    "/view/blocks/*/label/type",
    "/view/blocks/*/element/**",
    "/view/app_id",
    "/view/app_installed_team_id",
    "/view/bot_id",
    "/view/team_id",
    "/view/root_view_id",
    "/view/external_id",
    "/view/clear_on_close",
];

fn decoder() -> Box<dyn Decode> {
    let account = settings(json!({"bot_user_id": "U0HELPBOT"}));
    (registry::named("slack").expect("Slack").decoder)(&account).expect("a decoder")
}

fn inbox(secrets: &[&str]) -> Account {
    account(json!({}), "signing_secret", secrets)
}

fn signed(secret: &str, body: impl AsRef<[u8]>, at: i64) -> Sent {
    let message = [b"v0:", at.to_string().as_bytes(), b":", body.as_ref()].concat();
    Sent::new(body, at)
        .with("x-slack-request-timestamp", at.to_string())
        .with("x-slack-signature", format!("v0={}", sha256_hex(secret.as_bytes(), &message)))
}

#[test]
fn each_payload_says_what_is_kept_beside_it() {
    golden::check("slack", decoder().as_ref(), LEFT_ASIDE);
}

/// From the page of Slack's documentation on verifying requests.
#[test]
fn the_published_request_is_slacks() {
    let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=\
                G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2F\
                webhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1D\
                C2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629\
                121.803a0bc887a14d10d2c447fce8b6703c";
    let secret = "8f742231b10e8888abcd99yyyzzz85a5";
    let sent = Sent::new(body, 1_531_420_618).with("x-slack-request-timestamp", "1531420618").with(
        "x-slack-signature",
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    );
    assert_eq!(sent.verified("slack", &inbox(&["other", secret])), Ok(()));
    assert_eq!(sent.verified("slack", &inbox(&["other"])), Err(Refused::Unsigned));
    assert_eq!(sent.verified("slack", &inbox(&[])), Err(Refused::Unsigned));
    assert_keeps(&inbox(&[secret]), secret);
    for header in ["x-slack-signature", "x-slack-request-timestamp"] {
        let without = sent.clone().without(header);
        assert_eq!(without.verified("slack", &inbox(&[secret])), Err(Refused::Unsigned));
    }
    let later = |at| Sent { at, ..sent.clone() }.verified("slack", &inbox(&[secret]));
    assert_eq!(later(1_531_420_918), Ok(()));
    assert_eq!(later(1_531_420_919), Err(Refused::Stale));
    assert_eq!(later(1_531_420_317), Err(Refused::Stale));
    let recorded = sent.recorded("slack", &inbox(&[secret]));
    let kept = String::from_utf8(recorded.bytes).expect("JSON");
    assert!(!kept.contains("xyzz0") && !kept.contains("hooks.slack") && !kept.contains("803a0b"));
    assert!(kept.contains("webhook-collect"), "{kept}");
}

#[test]
fn the_handshake_is_answered_and_not_kept() {
    let said = json!({"type": "url_verification", "token": "t", "challenge": "3eZbrw"}).to_string();
    let Ok(Taking::Answered(answer)) = signed("s", said, 5).received("slack", &inbox(&["s"]))
    else {
        panic!("it is kept")
    };
    assert_eq!((answer.status, answer.body.as_str()), (200, "3eZbrw"));
}

#[test]
fn what_is_kept_holds_no_token_and_says_the_same() {
    for fixture in hostile::payloads("slack") {
        let sent = Sent::new(&fixture, 5);
        let Ok(Taking::Recorded(recording)) = sent.received("slack", &inbox(&["s"])) else {
            continue;
        };
        let kept: Value = serde_json::from_slice(&recording.bytes).expect("JSON");
        for name in ["token", "response_url", "trigger_id"] {
            assert!(kept.get(name).is_none(), "{kept}");
        }
        let mut events =
            (said(decoder().as_ref(), &fixture), said(decoder().as_ref(), &recording.bytes));
        // What is unknown shows itself, and there the token is gone from both.
        for event in [&mut events.0, &mut events.1] {
            assert!(!event.to_string().contains("kT0ken"), "{event}");
        }
        assert_eq!(events.0, events.1);
        let named = kept.get("event_id").and_then(Value::as_str);
        assert_eq!(recording.name.as_deref(), named);
    }
}

#[test]
fn another_workspace_is_answered_and_not_kept() {
    let ours = account(json!({"team_id": "T1"}), "signing_secret", &["s"]);
    let from = |team: &str| {
        let said =
            json!({"type": "event_callback", "team_id": team, "event_id": "Ev1", "event": {}});
        matches!(signed("s", said.to_string(), 5).received("slack", &ours), Ok(Taking::Recorded(_)))
    };
    assert!(from("T1") && !from("T2"));
}

fn only(bytes: &[u8], bot_user: Option<&str>) -> throughline_core::inbound::ChannelEvent {
    let account = settings(json!({"bot_user_id": bot_user}));
    let decoder = (registry::named("slack").expect("Slack").decoder)(&account).expect("a decoder");
    match decoder.decode(bytes).expect("events").remove(0) {
        InboundEvent::Channel(event) => *event,
        InboundEvent::Message(_) => panic!("a mail"),
    }
}

#[test]
fn a_message_and_its_mention_come_once() {
    let files = ["slack/message.json", "slack/app_mention.json"];
    let keys = files.map(|file| {
        let path =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/channels").join(file);
        let event = only(&std::fs::read(path).expect("a payload"), None);
        (event.key, event.conversation.map(|known| known.key))
    });
    assert_eq!(keys[0], keys[1]);
}

#[test]
fn our_own_words_are_known_by_user_by_app_and_by_authorisation() {
    let role = |event: Value, bot_user| {
        let said = json!({
            "type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event": event,
            "authorizations": [{"user_id": "UB", "is_bot": true}],
        });
        only(said.to_string().as_bytes(), bot_user).who.role
    };
    let message = |more: Value| {
        let mut event = json!({"type": "message", "channel": "C1", "ts": "1.2", "text": "a"});
        let event_map = event.as_object_mut().expect("an object");
        event_map.extend(more.as_object().cloned().unwrap_or_default());
        event
    };
    assert_eq!(role(message(json!({"user": "UB"})), Some("UB")), Role::Us);
    assert_eq!(
        role(message(json!({"user": "UX", "bot_id": "B1", "app_id": "A1"})), None),
        Role::Us
    );
    assert_eq!(role(message(json!({"user": "UB", "bot_id": "B1"})), None), Role::Us);
    assert_eq!(
        role(message(json!({"user": "UB", "bot_id": "B1", "app_id": "A2"})), None),
        Role::Bot
    );
    assert_eq!(role(message(json!({"user": "U1"})), Some("UB")), Role::Customer);
    assert_eq!(role(message(json!({})), None), Role::Platform);
}

#[test]
fn what_cannot_be_read_says_why() {
    let why = |bytes: &[u8]| decoder().decode(bytes).expect_err("undecodable").to_string();
    assert!(why(b"[]").contains("no object"));
    assert!(why(b"{}").contains("`type`"));
    assert!(why(b"payload=x").contains("`payload`"));
    assert!(why(b"\xff\xfe").contains("neither"));
}

#[test]
fn an_unknown_event_is_shown_as_what_it_is_called() {
    let said = json!({"type": "event_callback", "event_id": "Ev9", "event": {"type": "pin_added", "user": "U1"}});
    let event = only(said.to_string().as_bytes(), None);
    assert_eq!(event.key, "event:Ev9");
    let Happened::Unknown { content, .. } = event.what else { panic!("it is known") };
    assert!(content.text.contains("pin_added"));
}

/// Slack says that a message changed when it adds a preview of a link or counts answers.
#[test]
fn a_preview_is_no_change() {
    let told = |text: &str| {
        let message =
            json!({"text": text, "user": "U1", "ts": "1.2", "attachments": [{"from_url": "x"}]});
        let event = json!({
            "type": "message", "subtype": "message_changed", "channel": "C1", "event_ts": "3.4",
            "message": message, "previous_message": {"text": "a", "user": "U1", "ts": "1.2"},
        });
        let said =
            json!({"type": "event_callback", "event_id": "Ev1", "team_id": "T1", "event": event});
        only(said.to_string().as_bytes(), None).what
    };
    assert!(matches!(told("a"), Happened::Nothing { .. }));
    assert!(matches!(told("b"), Happened::Edit { of, .. } if of == "C1:1.2"));
}

#[test]
fn nothing_makes_it_panic_or_wait() {
    hostile::check("slack", decoder().as_ref());
}

#[test]
fn large_payloads_are_read_in_time() {
    let within = Duration::from_secs(10);
    let event = |event: Value| json!({"type": "event_callback", "event": event}).to_string();
    let text = "<&".repeat(500_000) + &"a".repeat(9_000_000);
    let message = event(json!({"type": "message", "channel": "C", "ts": "1.2", "text": text}));
    assert_eq!(borne(decoder().as_ref(), message.as_bytes(), within), 1);
    let blocks: Vec<Value> =
        (0..50_000).map(|n| json!({"block_id": n.to_string(), "label": {"text": "x"}})).collect();
    let values: serde_json::Map<String, Value> =
        (0..50_000).map(|n| (n.to_string(), json!({"a": {"value": "x"}}))).collect();
    let view = json!({"id": "V", "blocks": blocks, "state": {"values": values}});
    let form = json!({"type": "view_submission", "view": view}).to_string();
    assert_eq!(borne(decoder().as_ref(), form.as_bytes(), within), 1);
}

proptest! {
    #[test]
    fn whatever_is_changed_is_refused(
        body in proptest::collection::vec(any::<u8>(), 1..200),
        at in 0..10_000usize,
        by in 1..=255u8,
        letter in "[!-~]",
    ) {
        let ours = inbox(&["old", "signing secret"]);
        let sent = signed("signing secret", body, 1_790_000_000);
        prop_assert_eq!(sent.verified("slack", &ours), Ok(()));
        let changed = sent.clone().with_changed_body(at, by);
        prop_assert_eq!(changed.verified("slack", &ours), Err(Refused::Unsigned));
        let letter = letter.chars().next().expect("one");
        for header in ["x-slack-signature", "x-slack-request-timestamp"] {
            if let Some(changed) = sent.clone().with_changed_header(header, at, letter) {
                prop_assert_eq!(changed.verified("slack", &ours), Err(Refused::Unsigned));
            }
        }
    }
}
