//! What the answers of each platform mean.

use serde_json::{Value, json};
use throughline_outbound::chat::{Outcome, Outgoing, Progress, Refusal, Run, Scope};

use super::*;

/// What an answer to the first request of a reply means.
fn outcome_of(kind: &str, answer: &Answer) -> Outcome {
    let conversation = match kind {
        "telegram" => "70044:8001",
        "slack" => "T0:C0:1.2",
        "whatsapp" => "555001:49155",
        "twilio" => "+14155550100:+49155",
        _ => "c1",
    };
    let (account, endpoints) = (account(kind), Endpoints::default());
    let outgoing = reply(conversation, "x");
    let mut run =
        Run::new(named(kind), &account, &endpoints, &outgoing, Progress::default()).unwrap();
    run.request(NOW).unwrap().unwrap();
    run.answered(answer, NOW).unwrap()
}

fn refused(kind: &str, answer: &Answer) -> Refusal {
    match outcome_of(kind, answer) {
        Outcome::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

fn after(outcome: &Outcome) -> Option<u64> {
    match outcome {
        Outcome::Later { after, .. } => *after,
        other => panic!("{other:?}"),
    }
}

fn asking(mut answer: Answer, wait: &str) -> Answer {
    answer.headers.push(("retry-after".to_owned(), wait.to_owned()));
    answer
}

fn is_later(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Later { .. })
}

fn is_unknown(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Unknown { .. })
}

const KINDS: [&str; 5] = ["telegram", "slack", "whatsapp", "twilio", "webhook"];

#[test]
fn what_was_taken_is_named_as_the_decoders_name_it() {
    let sent = |object: &str| Outcome::Sent { objects: vec![object.to_owned()] };
    let telegram =
        json!({ "ok": true, "result": { "message_id": 11, "chat": { "id": -1001990 } } });
    assert_eq!(outcome_of("telegram", &said(200, &telegram)), sent("-1001990:11"));
    let slack = json!({ "ok": true, "channel": "D0ELIF", "ts": "1790000090.000600" });
    assert_eq!(outcome_of("slack", &said(200, &slack)), sent("D0ELIF:1790000090.000600"));
    let whatsapp = json!({ "contacts": [], "messages": [{ "id": "wamid.HBg" }] });
    assert_eq!(outcome_of("whatsapp", &said(200, &whatsapp)), sent("wamid.HBg"));
    let twilio = json!({ "sid": "SM00aa", "status": "queued", "error_code": null });
    assert_eq!(outcome_of("twilio", &said(201, &twilio)), sent("SM00aa"));
    assert_eq!(outcome_of("webhook", &said(200, &json!({ "id": 77 }))), sent("77"));
    let bare = Answer { status: 204, is_whole: true, ..Answer::default() };
    assert_eq!(outcome_of("webhook", &bare), Outcome::Sent { objects: Vec::new() });
}

#[test]
fn a_platform_that_is_busy_or_ill_is_asked_again() {
    let empty = |status| Answer { status, is_whole: true, ..Answer::default() };
    for kind in KINDS {
        assert_eq!(after(&outcome_of(kind, &asking(empty(429), "30"))), Some(30), "{kind}");
        let date = asking(empty(503), "Mon, 21 Sep 2026 14:14:20 GMT");
        assert_eq!(after(&outcome_of(kind, &date)), Some(60), "{kind}");
        assert_eq!(after(&outcome_of(kind, &empty(500))), None, "{kind}");
        assert_eq!(after(&outcome_of(kind, &empty(502))), None, "{kind}");
        let redirect = refused(kind, &empty(302));
        assert_eq!((redirect.code, redirect.scope), ("redirected", Scope::Account), "{kind}");
        // Behind a gateway that did not wait the work may have been done.
        let gateway = outcome_of(kind, &empty(504));
        assert_eq!(is_unknown(&gateway), kind != "webhook", "{kind}");
    }
}

#[test]
fn each_platform_has_its_own_words_for_later() {
    let flood = json!({ "ok": false, "error_code": 429, "description": "Too Many Requests: retry after 8", "parameters": { "retry_after": 8 } });
    assert_eq!(after(&outcome_of("telegram", &asking(said(429, &flood), "3"))), Some(8));
    let slack = json!({ "ok": false, "error": "ratelimited" });
    assert_eq!(after(&outcome_of("slack", &asking(said(200, &slack), "9"))), Some(9));
    for code in [4, 80007, 130429, 131016, 131048, 131056] {
        let busy = json!({ "error": { "code": code, "message": "busy" } });
        assert!(is_later(&outcome_of("whatsapp", &said(400, &busy))), "{code}");
    }
    for code in [20429, 21611, 30001, 63018] {
        let busy = json!({ "code": code, "message": "busy" });
        assert!(is_later(&outcome_of("twilio", &said(400, &busy))), "{code}");
    }
}

#[test]
fn what_may_have_been_sent_is_not_called_sent_or_failed() {
    for kind in ["telegram", "slack", "whatsapp", "twilio"] {
        let mut cut = said(200, &json!({ "ok": true }));
        cut.body.truncate(5);
        cut.is_whole = false;
        assert!(is_unknown(&outcome_of(kind, &cut)), "{kind}");
        assert!(is_unknown(&outcome_of(kind, &said(200, &json!("<html>")))), "{kind}");
    }
    for error in ["internal_error", "fatal_error"] {
        let ill = json!({ "ok": false, "error": error });
        assert!(is_unknown(&outcome_of("slack", &said(200, &ill))), "{error}");
    }
    let unseen = said(200, &json!({ "ok": true }));
    assert!(is_unknown(&outcome_of("telegram", &unseen)), "it was taken, under no id");
}

/// Checks a row: what the platform answers, the code that programs get, and what it concerns.
fn check(kind: &str, status: u16, body: &Value, code: &str, scope: Scope) {
    let refusal = refused(kind, &said(status, body));
    assert_eq!((refusal.code, refusal.scope), (code, scope), "{kind}: {body}");
    assert!(refusal.hint.len() > 15 && refusal.hint.ends_with('.'), "{refusal:?}");
    assert!(!refusal.why.is_empty());
}

#[test]
fn telegrams_refusals_are_told_apart() {
    let rows = [
        (403, "Forbidden: bot was blocked by the user", "blocked", Scope::Recipient),
        (403, "Forbidden: user is deactivated", "recipient_gone", Scope::Recipient),
        (
            403,
            "Forbidden: bot can't initiate conversation with a user",
            "not_started",
            Scope::Recipient,
        ),
        (
            403,
            "Forbidden: bot was kicked from the supergroup chat",
            "not_a_member",
            Scope::Recipient,
        ),
        (400, "Bad Request: chat not found", "recipient_gone", Scope::Recipient),
        (
            400,
            "Bad Request: not enough rights to send text messages to the chat",
            "not_allowed",
            Scope::Recipient,
        ),
        (400, "Bad Request: message is too long", "too_long", Scope::Message),
        (400, "Bad Request: TOPIC_CLOSED", "conversation_closed", Scope::Recipient),
        (400, "Bad Request: PHOTO_INVALID_DIMENSIONS", "file_refused", Scope::Message),
        (413, "Request Entity Too Large", "file_refused", Scope::Message),
        (401, "Unauthorized", "token_refused", Scope::Account),
        (404, "Not Found", "token_refused", Scope::Account),
        (400, "Bad Request: something new", "refused", Scope::Message),
    ];
    for (status, words, code, scope) in rows {
        let body = json!({ "ok": false, "error_code": status, "description": words });
        check("telegram", status, &body, code, scope);
        assert_eq!(refused("telegram", &said(status, &body)).why, words);
    }
    let moved = json!({ "ok": false, "error_code": 400, "description": "Bad Request: group chat was upgraded to a supergroup chat", "parameters": { "migrate_to_chat_id": -1002770055i64 } });
    check("telegram", 400, &moved, "moved", Scope::Recipient);
    assert!(refused("telegram", &said(400, &moved)).why.contains("-1002770055"));
}

#[test]
fn slacks_refusals_are_told_apart() {
    let rows = [
        ("token_revoked", "token_refused", Scope::Account),
        ("invalid_auth", "token_refused", Scope::Account),
        ("account_inactive", "token_refused", Scope::Account),
        ("missing_scope", "not_allowed", Scope::Account),
        ("not_in_channel", "not_a_member", Scope::Recipient),
        ("channel_not_found", "recipient_gone", Scope::Recipient),
        ("is_archived", "conversation_closed", Scope::Recipient),
        ("restricted_action_read_only_channel", "not_allowed", Scope::Recipient),
        ("msg_too_long", "too_long", Scope::Message),
        ("slack_connect_file_upload_sharing_blocked", "file_refused", Scope::Message),
        ("something_new", "refused", Scope::Message),
    ];
    for (error, code, scope) in rows {
        check("slack", 200, &json!({ "ok": false, "error": error }), code, scope);
    }
    let scope = json!({ "ok": false, "error": "missing_scope", "needed": "chat:write" });
    assert!(refused("slack", &said(200, &scope)).why.contains("chat:write"));
}

#[test]
fn whatsapps_refusals_are_told_apart() {
    let rows = [
        (401, 190, "token_refused", Scope::Account),
        (403, 10, "not_allowed", Scope::Account),
        (403, 200, "not_allowed", Scope::Account),
        (400, 131047, "window_closed", Scope::Recipient),
        (400, 131026, "not_on_platform", Scope::Recipient),
        (400, 131050, "blocked", Scope::Recipient),
        (400, 131062, "number_needed", Scope::Recipient),
        (400, 131049, "held_back", Scope::Recipient),
        (403, 368, "account_refused", Scope::Account),
        (403, 131031, "account_refused", Scope::Account),
        (400, 131042, "account_refused", Scope::Account),
        (404, 132001, "template_refused", Scope::Message),
        (400, 131053, "file_refused", Scope::Message),
        (400, 100, "refused", Scope::Message),
        (400, 999_999, "refused", Scope::Message),
    ];
    for (status, code, expected, scope) in rows {
        let error = json!({ "code": code, "message": "(#1) Words", "error_data": { "details": "More words" } });
        let body = json!({ "error": error });
        check("whatsapp", status, &body, expected, scope);
        let why = refused("whatsapp", &said(status, &body)).why;
        assert_eq!(why, format!("{code}: (#1) Words: More words"));
    }
}

#[test]
fn twilios_refusals_are_told_apart() {
    let rows = [
        (401, 20003, "token_refused", Scope::Account),
        (404, 20404, "token_refused", Scope::Account),
        (400, 21606, "account_refused", Scope::Account),
        (400, 21408, "not_allowed", Scope::Recipient),
        (400, 21610, "blocked", Scope::Recipient),
        (400, 63014, "blocked", Scope::Recipient),
        (400, 63016, "window_closed", Scope::Recipient),
        (400, 63003, "not_on_platform", Scope::Recipient),
        (400, 21211, "not_on_platform", Scope::Recipient),
        (400, 21614, "not_on_platform", Scope::Recipient),
        (400, 21617, "too_long", Scope::Message),
        (400, 12300, "file_refused", Scope::Message),
        (400, 63027, "template_refused", Scope::Message),
        (400, 99999, "refused", Scope::Message),
    ];
    for (status, code, expected, scope) in rows {
        let body = json!({ "code": code, "message": "Words", "status": status });
        check("twilio", status, &body, expected, scope);
    }
}

#[test]
fn a_receivers_refusals_are_told_apart() {
    for (status, code, scope) in [
        (401, "not_allowed", Scope::Account),
        (404, "no_receiver", Scope::Account),
        (410, "blocked", Scope::Account),
        (413, "file_refused", Scope::Message),
        (400, "refused", Scope::Message),
    ] {
        check("webhook", status, &json!({ "error": "no" }), code, scope);
    }
}

#[test]
fn what_was_sent_of_several_messages_is_not_sent_again() {
    let (account, endpoints) = (account("telegram"), Endpoints::default());
    let outgoing = reply("70044:8001", &"A sentence of some words. ".repeat(300));
    let run = |progress| Run::new(named("telegram"), &account, &endpoints, &outgoing, progress);
    let mut first = run(Progress::default()).unwrap();
    let one = first.request(NOW).unwrap().unwrap();
    let taken = json!({ "ok": true, "result": { "message_id": 1, "chat": { "id": 8001 } } });
    assert_eq!(first.answered(&said(200, &taken), NOW), None);
    let busy = Answer { status: 429, is_whole: true, ..Answer::default() };
    assert!(is_later(&first.answered(&busy, NOW).unwrap()));
    let kept = serde_json::to_string(first.progress()).unwrap();
    assert_eq!(kept, r#"{"done":1,"objects":["8001:1"],"noted":[]}"#);
    let mut second = run(serde_json::from_str(&kept).unwrap()).unwrap();
    let two = second.request(NOW).unwrap().unwrap();
    assert_ne!(body(&one)["text"], body(&two)["text"]);
    let taken = json!({ "ok": true, "result": { "message_id": 2, "chat": { "id": 8001 } } });
    let objects = vec!["8001:1".to_owned(), "8001:2".to_owned()];
    assert_eq!(second.answered(&said(200, &taken), NOW), Some(Outcome::Sent { objects }));
    assert!(second.request(NOW).is_none(), "nothing is left");
}

#[test]
fn an_upload_that_was_lost_is_no_riddle() {
    let (account, endpoints) = (account("whatsapp"), Endpoints::default());
    let files = vec![file("a.pdf", "application/pdf")];
    let outgoing = Outgoing { files, ..reply("555001:49155", "") };
    let mut run =
        Run::new(named("whatsapp"), &account, &endpoints, &outgoing, Progress::default()).unwrap();
    assert!(is_later(&run.unanswered(true, "cut").unwrap()), "nobody has seen it");
    assert_eq!(run.answered(&said(200, &json!({ "id": "m1" })), NOW), None);
    assert!(is_unknown(&run.unanswered(true, "cut").unwrap()));
    assert!(is_later(&run.unanswered(false, "no route").unwrap()));
    assert_eq!(run.progress().noted, ["m1"], "it is not put there twice");
}

#[test]
fn no_secret_is_told_and_no_text() {
    for (kind, conversation, secret) in [
        ("telegram", "70044:8001", "70044:AAbb-cc_dd"),
        ("slack", "T:C:1.2", "xoxb-invented-1"),
        ("whatsapp", "555001:49155", "EAAinvented"),
        ("twilio", "+14155550100:+49", "tokentoken"),
        ("webhook", "c", SIGNING),
    ] {
        let (account, endpoints) = (account(kind), Endpoints::default());
        let outgoing = reply(conversation, "a confidential text");
        let mut run =
            Run::new(named(kind), &account, &endpoints, &outgoing, Progress::default()).unwrap();
        let request = run.request(NOW).unwrap().unwrap();
        let words = format!("error for {} with {secret}", request.url);
        for shown in [format!("{run:?}"), format!("{request:?}"), format!("{account:?}")] {
            assert!(!shown.contains(secret) && !shown.contains("confidential"), "{shown}");
        }
        let lost = format!("{:?}", run.unanswered(true, &words));
        assert!(lost.contains("[secret]") && !lost.contains(secret), "{lost}");
        let echo = json!({ "ok": false, "error": words, "description": words, "code": 1, "message": words });
        let told = match kind {
            "whatsapp" => json!({ "error": { "code": 100, "message": words } }),
            _ => echo,
        };
        let told = format!("{:?}", run.answered(&said(400, &told), NOW));
        assert!(told.contains("[secret]") && !told.contains(secret), "{told}");
    }
}
