//! Telegram: what its updates say, who may bring them, and that hook and poll name them alike.

use proptest::prelude::*;
use throughline_core::time::Instant;
use throughline_ingest::Decode;
use throughline_ingest::hooks::{Account, HookRequest, Refused, Taking};
use throughline_ingest::telegram::{TELEGRAM, delivery_name};

use crate::hostile;
use crate::leaves::said;

/// What is not read, each for a reason.
const LEFT_ASIDE: &[&str] = &[
    // Whom one chats with is said by `from`.
    "/message/chat/*",
    "/*/message/chat/first_name",
    "/*/message/chat/last_name",
    "/*/message/chat/username",
    "/edited_message/chat/*",
    "/message_reaction/chat/*",
    "/*/my_chat_member/chat/first_name",
    "/*/my_chat_member/chat/last_name",
    "/*/my_chat_member/chat/username",
    "/*/business_message/chat/username",
    "/result/*/message_ritual/chat/*",
    // The chat in which a message was answered is that of the answer.
    "/*/message/reply_to_message/chat/*",
    // The same photo in other sizes, and previews.
    "/message/photo/*/*",
    "/*/message/document/thumbnail/*",
    // The same things once more, for older readers.
    "/6/message/document/*",
    "/*/message/location/*",
    "/*/message/new_chat_member/*",
    // A stand-in beside the chat that speaks, and of what kind that is.
    "/4/message/from/*",
    "/*/message/sender_chat/type",
    "/*/channel_post/sender_chat/type",
    "/*/edited_channel_post/sender_chat/type",
    // That it stands in a topic is said by which one.
    "/*/message/is_topic_message",
    // One of ours, whatever else is said of him.
    "/*/message/from/is_bot",
    "/*/business_message/from/is_bot",
    // A sign says itself of what kind it is.
    "/message_reaction/*/*/type",
    // Of use for games alone.
    "/callback_query/chat_instance",
    // The envelope of an answer.
    "/ok",
];

fn account(secrets: &[&str]) -> Account {
    let mut account = Account::default();
    account.settings.insert("bot_id".to_owned(), "70044".into());
    let secrets = secrets.iter().map(|secret| (*secret).to_owned()).collect();
    account.secrets.insert("webhook_secret".to_owned(), secrets);
    account
}

fn decoder() -> Box<dyn Decode> {
    (TELEGRAM.decoder)(&account(&[])).expect("a decoder")
}

#[test]
fn updates_say_what_they_hold() {
    crate::golden::check("telegram", decoder().as_ref(), LEFT_ASIDE);
}

fn verified(method: &str, given: Option<&str>, secrets: &[&str]) -> Result<Taking, Refused> {
    let header = |value: &str| ("x-telegram-bot-api-secret-token".to_owned(), value.to_owned());
    let headers: Vec<(String, String)> = given.map(header).into_iter().collect();
    let request = HookRequest {
        method,
        url: "https://desk.example/hooks/1",
        tail: "",
        query: &[],
        headers: &headers,
        body: br#"{"update_id":880100,"message":{}}"#,
        at: Instant::from_micros(0),
    };
    let hook = TELEGRAM.hook.expect("a hook");
    hook.verify(&request, &account(secrets))?;
    hook.receive(&request, &account(secrets))
}

#[test]
fn each_good_secret_opens_and_nothing_else() {
    let Ok(Taking::Recorded(kept)) = verified("POST", Some("new-1"), &["old_1", "new-1"]) else {
        panic!("it is not recorded");
    };
    assert_eq!((kept.name.as_deref(), kept.answer.status), (Some("880100"), 200));
    assert!(verified("POST", Some("old_1"), &["old_1", "new-1"]).is_ok());
    assert_eq!(verified("GET", Some("old_1"), &["old_1"]), Err(Refused::Misshapen));
    for given in [None, Some(""), Some("old_"), Some("old_12"), Some("OLD_1"), Some("old_1 ")] {
        assert_eq!(verified("POST", given, &["old_1"]), Err(Refused::Unsigned), "{given:?}");
        assert_eq!(verified("POST", given, &[]), Err(Refused::Unsigned), "{given:?}");
        assert_eq!(verified("POST", given, &[""]), Err(Refused::Unsigned), "{given:?}");
    }
}

#[test]
fn what_is_no_update_is_recorded_without_a_name_or_refused() {
    let headers = [("x-telegram-bot-api-secret-token".to_owned(), "s".to_owned())];
    let receive = |body: &[u8]| {
        let request = HookRequest {
            method: "POST",
            url: "",
            tail: "",
            query: &[],
            headers: &headers,
            body,
            at: Instant::from_micros(0),
        };
        TELEGRAM.hook.expect("a hook").receive(&request, &account(&["s"]))
    };
    assert_eq!(receive(b"hello"), Err(Refused::Misshapen));
    for body in [r#"{"a":1}"#, r#"{"update_id":"x"}"#, r#"{"update_id":1.5}"#] {
        match receive(body.as_bytes()) {
            Ok(Taking::Recorded(kept)) => assert_eq!(kept.name, None, "{body}"),
            other => panic!("{body}: {other:?}"),
        }
    }
}

#[test]
fn hook_and_poll_name_one_update_alike() {
    let bytes = std::fs::read(hostile::folder("telegram").join("described.json")).expect("it");
    let list: Vec<serde_json::Value> = serde_json::from_slice(&bytes).expect("a list");
    let polled = said(decoder().as_ref(), &bytes);
    let hooked: Vec<serde_json::Value> = list
        .iter()
        .flat_map(|update| match said(decoder().as_ref(), update.to_string().as_bytes()) {
            serde_json::Value::Array(events) => events,
            other => vec![other],
        })
        .collect();
    assert_eq!(polled, serde_json::Value::Array(hooked));
    let names: Vec<_> = list.iter().filter_map(delivery_name).collect();
    assert_eq!(names.first().map(String::as_str), Some("880120"));
}

#[test]
fn what_is_no_update_says_why() {
    let decoder = decoder();
    for (bytes, why) in
        [("", "no JSON"), ("{}", "update_id"), ("7", "neither"), (r#"{"result":1}"#, "update_id")]
    {
        let told = decoder.decode(bytes.as_bytes()).expect_err(bytes).to_string();
        assert!(told.contains(why), "{bytes}: {told}");
    }
    assert!((TELEGRAM.decoder)(&Account::default()).is_err(), "no bot, no decoder");
}

#[test]
fn nothing_hostile_stops_it() {
    hostile::check("telegram", decoder().as_ref());
}

#[test]
fn ten_megabytes_are_read() {
    let update = r#"{"update_id":7,"message":{"message_id":1,"chat":{"id":5},"text":"hi"}}"#;
    let many = vec![update; 10_000_000 / update.len()].join(",");
    hostile::large(decoder().as_ref(), format!("[{many}]").as_bytes());
}

proptest! {
    #[test]
    fn a_changed_byte_of_the_secret_is_refused(
        secret in "[A-Za-z0-9_-]{1,256}", at in any::<prop::sample::Index>(), by in 1u8..0x80
    ) {
        let mut given = secret.clone().into_bytes();
        let place = at.index(given.len());
        given[place] ^= by;
        let given = String::from_utf8_lossy(&given).into_owned();
        let told = verified("POST", Some(&given), &["another", &secret]);
        prop_assert_eq!(told, Err(Refused::Unsigned));
        prop_assert!(verified("POST", Some(&secret), &["another", &secret]).is_ok());
    }
}
