//! Matrix: what transactions of a homeserver say, and which requests are its own.

use proptest::prelude::*;
use serde_json::json;
use throughline_ingest::Decode;
use throughline_ingest::hooks::{Account, HookAnswer, Refused, Taking};
use throughline_ingest::registry;

use crate::sent::{Sent, account, assert_keeps, settings};
use crate::{golden, hostile};

/// What is not read, and why.
const LEFT_ASIDE: &[&str] = &[
    // How old it was when it was sent.
    "/events/*/age",
    "/events/*/unsigned/age",
    // The sender once more.
    "/events/*/user_id",
    // How the room is that we are asked into; what is said there tells.
    "/events/*/invite_room_state/**",
    // The text of an edit for programs that know no edits.
    "/events/*/content/body",
    "/events/*/content/msgtype",
    "/events/*/content/m.relates_to/rel_type",
    // For programs that know no threads.
    "/events/*/content/m.relates_to/is_falling_back",
    // Of what an edit makes of a message, what it says is enough.
    "/events/*/content/m.new_content/msgtype",
    // What nobody but the devices of its readers can read.
    "/events/*/content/ciphertext",
    "/events/*/content/device_id",
    "/events/*/content/sender_key",
    "/events/*/content/session_id",
    // How a picture looks.
    "/events/*/content/info/h",
    "/events/*/content/info/w",
];

const PATH: &str = "_matrix/app/v1/transactions/17";

fn decoder() -> Box<dyn Decode> {
    let inbox = settings(json!({ "server": "https://hs.example", "user": "@support:example.org" }));
    (registry::named("matrix").expect("Matrix").decoder)(&inbox).expect("a decoder")
}

fn inbox() -> Account {
    account(json!({}), "hs_token", &["old", "its-token"])
}

fn put(token: &str) -> Sent {
    let sent = Sent::new(r#"{"events":[]}"#, 0).with("authorization", format!("Bearer {token}"));
    Sent { method: "PUT", tail: PATH.to_owned(), ..sent }
}

#[test]
fn each_transaction_says_what_is_kept_beside_it() {
    golden::check("matrix", decoder().as_ref(), LEFT_ASIDE);
}

#[test]
fn rubbish_is_borne() {
    hostile::check("matrix", decoder().as_ref());
    let event = json!({ "type": "m.room.message", "event_id": "$1", "sender": "@a:b", "room_id": "!r",
                        "content": { "msgtype": "m.text", "body": "x".repeat(4_000) } });
    let many = json!({ "events": vec![event; 2_100] }).to_string();
    hostile::large(decoder().as_ref(), many.as_bytes());
}

#[test]
fn a_homeserver_is_known_by_its_token_alone() {
    assert_eq!(put("its-token").verified("matrix", &inbox()), Ok(()));
    assert_eq!(put("old").verified("matrix", &inbox()), Ok(()));
    let nobody = Sent { method: "PUT", tail: PATH.to_owned(), ..Sent::new("{}", 0) };
    let older = nobody.clone().with_query("access_token", "its-token");
    assert_eq!(older.verified("matrix", &inbox()), Ok(()));
    for bad in [nobody, put(""), put("its-tokenx"), put("its-toke")] {
        assert_eq!(bad.verified("matrix", &inbox()), Err(Refused::Unsigned), "{bad:?}");
        let answer = bad.refused("matrix", Refused::Unsigned).expect("in its own form");
        assert!(answer.status == 403 && answer.body.contains("M_FORBIDDEN"), "{answer:?}");
    }
    let empty = account(json!({}), "hs_token", &[""]);
    assert_eq!(put("").verified("matrix", &empty), Err(Refused::Unsigned));
    assert_keeps(&inbox(), "its-token");
}

#[test]
fn a_transaction_is_kept_under_its_name_and_questions_are_answered() {
    let kept = put("its-token").recorded("matrix", &inbox());
    assert_eq!((kept.name.as_deref(), kept.answer.body.as_str()), (Some("17"), "{}"));
    let at = |method, tail: &str| Sent { method, tail: tail.to_owned(), ..put("its-token") };
    let answered = |sent: Sent| match sent.received("matrix", &inbox()) {
        Ok(Taking::Answered(HookAnswer { status, .. })) => Ok(status),
        Ok(Taking::Recorded(_)) => panic!("it is recorded"),
        Err(why) => Err(why),
    };
    assert_eq!(answered(at("POST", "_matrix/app/v1/ping")), Ok(200));
    assert_eq!(answered(at("GET", "_matrix/app/v1/users/%40a%3Ab")), Ok(404));
    for (method, tail) in [("PUT", ""), ("PUT", "x/17"), ("POST", PATH), ("GET", "")] {
        assert_eq!(answered(at(method, tail)), Err(Refused::Misshapen), "{method} {tail}");
    }
    let other = Sent { body: b"{\"events\":1}".to_vec(), ..put("its-token") };
    assert_eq!(other.received("matrix", &inbox()), Err(Refused::Misshapen));
}

proptest! {
    #[test]
    fn one_changed_character_of_the_token_is_refused(at in 7..16_usize, by in "[ -~]") {
        let by = by.chars().next().expect("one");
        if let Some(changed) = put("its-token").with_changed_header("authorization", at, by) {
            prop_assert_eq!(changed.verified("matrix", &inbox()), Err(Refused::Unsigned));
        }
    }
}
