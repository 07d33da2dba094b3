//! Matrix: its requests, and what a homeserver's answers mean.

use serde_json::json;
use throughline_outbound::chat::{Outcome, Outgoing, Progress, Reach, Reading, Run, Scope};

use super::*;

const ROOM: &str = "!room7:hs.example";
const SEND: &str =
    "PUT https://hs.example/_matrix/client/v3/rooms/%21room7%3Ahs.example/send/m.room.message";

#[test]
fn a_text_is_put_under_a_name_of_ours_and_says_what_it_answers() {
    let outgoing =
        Outgoing { answers: Some("$asked".into()), ..reply(ROOM, "<b>yok</b> می‌دانم") };
    let request = first("matrix", &outgoing);
    let expected = format!(
        "{SEND}/msg_0001-0\ncontent-type: application/json; charset=utf-8\n\
         authorization: Bearer as-token\n\n{}",
        r#"{"body":"<b>yok</b> می‌دانم","m.relates_to":{"m.in_reply_to":{"event_id":"$asked"}},"msgtype":"m.text"}"#
    );
    assert_eq!(shown(&request), expected);
    assert_eq!(request.reach, Reach::Entered, "an admin entered the address");
    assert!(named("matrix").knows_repeats());
}

#[test]
fn files_are_put_on_the_homeserver_and_then_shown() {
    let files = vec![file("till 1.png", "image/png"), file("a.pdf", "application/pdf")];
    let outgoing = Outgoing { files, ..reply(ROOM, "") };
    let at = |id: &str| json!({ "content_uri": format!("mxc://hs.example/{id}") });
    let shown_as = |id: &str| json!({ "event_id": id });
    let answers = [at("one"), shown_as("$1"), at("two"), shown_as("$2")];
    let (requests, outcome) = all("matrix", &outgoing, &answers);
    assert_eq!(outcome, Outcome::Sent { objects: vec!["$1".into(), "$2".into()] });
    let expected = "POST https://hs.example/_matrix/media/v3/upload?filename=till%201.png\n\
                    content-type: image/png\nauthorization: Bearer as-token\n\nhello";
    assert_eq!(shown(&requests[0]), expected);
    let message = body(&requests[1]);
    assert_eq!(message["msgtype"], "m.image");
    assert_eq!(message["url"], "mxc://hs.example/one");
    assert_eq!(message["info"], json!({ "mimetype": "image/png", "size": 5 }));
    assert_eq!(body(&requests[3])["msgtype"], "m.file");
    assert!(shown(&requests[3]).starts_with(&format!("{SEND}/msg_0001-3\n")), "its own name");
}

#[test]
fn answers_mean_what_the_homeserver_says() {
    let outcome = |status, said_so: serde_json::Value| {
        let (account, endpoints, outgoing) =
            (account("matrix"), Endpoints::default(), reply(ROOM, "x"));
        let mut run =
            Run::new(named("matrix"), &account, &endpoints, &outgoing, Progress::default())
                .unwrap();
        run.request(NOW).unwrap().unwrap();
        run.answered(&said(status, &said_so), NOW).unwrap()
    };
    let error = |code: &str| json!({ "errcode": code, "error": "as-token is bad" });
    let limited = json!({ "errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2_001 });
    assert!(matches!(outcome(429, limited), Outcome::Later { after: Some(3), .. }));
    assert!(matches!(outcome(502, json!({})), Outcome::Later { after: None, .. }));
    let Outcome::Refused(token) = outcome(401, error("M_UNKNOWN_TOKEN")) else { panic!() };
    assert_eq!((token.code, token.scope), ("token_refused", Scope::Account));
    assert_eq!(token.why, "M_UNKNOWN_TOKEN: [secret] is bad", "the token is told to nobody");
    for (status, code, told) in [
        (403, "M_FORBIDDEN", "not_a_member"),
        (404, "M_NOT_FOUND", "not_a_member"),
        (413, "M_TOO_LARGE", "too_long"),
        (400, "M_BAD_JSON", "refused"),
    ] {
        let Outcome::Refused(refusal) = outcome(status, error(code)) else { panic!("{code}") };
        assert_eq!(refusal.code, told, "{code}");
    }
    let unreadable = outcome(200, json!({ "ok": true }));
    assert!(matches!(unreadable, Outcome::Later { .. }), "a repeat is known: {unreadable:?}");
}

#[test]
fn what_cannot_go_is_said_before() {
    let long = first("matrix", &reply(ROOM, &"ş".repeat(5_001)));
    let first_part = body(&long);
    assert_eq!(first_part["body"].as_str().map(str::len), Some(10_000));
    let nowhere = refusal(&account("matrix"), "matrix", &reply("T0:C0:1.2", "x"));
    assert_eq!(nowhere.code, "no_conversation");
    let mut bare = account("matrix");
    bare.secrets.clear();
    assert_eq!(refusal(&bare, "matrix", &reply(ROOM, "x")).code, "not_set_up");
}

#[test]
fn one_goes_into_a_room_by_its_id() {
    let platform = named("matrix");
    let request = platform.enter(&account("matrix"), ROOM).unwrap().unwrap();
    let expected = "POST https://hs.example/_matrix/client/v3/join/%21room7%3Ahs.example\n";
    assert!(shown(&request).starts_with(expected), "{}", shown(&request));
    let joined = said(200, &json!({ "room_id": ROOM }));
    assert_eq!(platform.entered(&joined, NOW), Reading::Done);
    let gone = said(403, &json!({ "errcode": "M_FORBIDDEN", "error": "not invited" }));
    assert!(matches!(platform.entered(&gone, NOW), Reading::Over(Outcome::Refused(_))));
    assert!(named("telegram").enter(&account("telegram"), "1:2").is_none(), "nobody asks");
}
