//! The client against a server on this machine.

use std::time::Duration;

use serde_json::json;
use throughline_outbound::chat::{
    Chats, ClientOptions, Outcome, Outgoing, Progress, Report, Scope,
};
use throughline_test_servers::http::{Do, Server};

use super::*;

/// A client that reaches this machine, and waits no longer than it must in tests.
fn chats(server: &Server, seconds: f32) -> Chats {
    let limit = Duration::from_secs_f32(seconds);
    let options = ClientOptions { allow_private: true, limit, extra_roots: None };
    Chats::new(options, Endpoints::at(&server.url())).unwrap()
}

async fn sending(server: &Server, kind: &str, outgoing: &Outgoing) -> Report {
    let mut account = account(kind);
    if kind == "webhook" {
        account.settings.insert("reply_url".into(), format!("{}/replies", server.url()).into());
    }
    let chats = chats(server, 20.0);
    chats.send(named(kind), &account, outgoing, Progress::default(), NOW).await
}

async fn outcome_of(script: Vec<Do>) -> Outcome {
    let server = Server::start(script).await;
    sending(&server, "telegram", &reply("70044:8001", "x")).await.outcome
}

fn say(head: &'static str, body: &Value) -> Do {
    Do::Say(head, body.to_string())
}

fn taken(id: u32) -> Do {
    say("200 OK", &json!({ "ok": true, "result": { "message_id": id, "chat": { "id": 8001 } } }))
}

fn why(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Later { why, .. } | Outcome::Unknown { why } => why,
        Outcome::Refused(refusal) => &refusal.why,
        Outcome::Sent { .. } => panic!("{outcome:?}"),
    }
}

#[tokio::test]
async fn a_reply_of_several_parts_arrives_in_order() {
    let server = Server::start(vec![taken(1), taken(2), taken(3)]).await;
    let outgoing = Outgoing {
        files: vec![file("a.txt", "text/plain")],
        ..reply("70044:8001", &"A sentence of some words. ".repeat(300))
    };
    let report = sending(&server, "telegram", &outgoing).await;
    let objects = ["8001:1", "8001:2", "8001:3"].map(str::to_owned).to_vec();
    assert_eq!(report.outcome, Outcome::Sent { objects: objects.clone() });
    assert_eq!(report.progress, Progress { done: 3, objects, noted: Vec::new() });
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    for request in &seen[..2] {
        assert!(
            request.starts_with("POST /bot70044:AAbb-cc_dd/sendMessage HTTP/1.1\r\n"),
            "{request}"
        );
        assert!(request.contains("user-agent: Throughline/"));
    }
    assert!(seen[2].starts_with("POST /bot70044:AAbb-cc_dd/sendDocument HTTP/1.1\r\n"));
    assert!(seen[2].contains("\r\n\r\nhello\r\n--part-"));
}

#[tokio::test]
async fn all_kinds_speak_to_a_real_server() {
    let sid = |body: Value| vec![say("200 OK", &body)];
    let kinds = [
        (
            "slack",
            "T:C0:1.2",
            "POST /chat.postMessage HTTP",
            sid(json!({ "ok": true, "channel": "C0", "ts": "1.3" })),
            "C0:1.3",
        ),
        (
            "whatsapp",
            "555001:49155",
            "POST /555001/messages HTTP",
            sid(json!({ "messages": [{ "id": "wamid.1" }] })),
            "wamid.1",
        ),
        (
            "twilio",
            "+14155550100:+49",
            "POST /Accounts/AC00ff/Messages.json HTTP",
            sid(json!({ "sid": "SM1" })),
            "SM1",
        ),
        ("webhook", "c1", "POST /replies HTTP", sid(json!({ "id": "m1" })), "m1"),
    ];
    for (kind, conversation, line, script, object) in kinds {
        let server = Server::start(script).await;
        let report = sending(&server, kind, &reply(conversation, "x")).await;
        assert_eq!(report.outcome, Outcome::Sent { objects: vec![object.to_owned()] }, "{kind}");
        let seen = server.seen();
        assert!(seen.len() == 1 && seen[0].starts_with(line), "{seen:?}");
    }
}

#[tokio::test]
async fn slack_gets_its_files_without_the_token_and_nobody_else_gets_them() {
    let outgoing = Outgoing { files: vec![file("a", "text/plain")], ..reply("T:C0:1.2", "") };
    let ask = |base: &str| {
        let url = format!("{base}/up/F1");
        say("200 OK", &json!({ "ok": true, "upload_url": url, "file_id": "F1" }))
    };
    let done = say("200 OK", &json!({ "ok": true, "files": [{ "id": "F1" }] }));
    let script = vec![ask("BASE"), Do::Say("200 OK", "OK - 5".into()), done];
    let server = Server::start(script).await;
    let report = sending(&server, "slack", &outgoing).await;
    assert_eq!(report.outcome, Outcome::Sent { objects: Vec::new() });
    let seen = server.seen();
    let with_token: Vec<bool> = seen.iter().map(|r| r.contains("xoxb-invented-1")).collect();
    assert_eq!(with_token, [true, false, true]);
    assert!(seen[1].starts_with("POST /up/F1 HTTP/1.1\r\n") && seen[1].ends_with("\r\nhello"));

    let other = Server::start(vec![Do::Say("200 OK", "OK".into())]).await;
    let server = Server::start(vec![ask(&other.url())]).await;
    let report = sending(&server, "slack", &outgoing).await;
    assert!(matches!(&report.outcome, Outcome::Refused(refusal) if refusal.code == "bad_address"));
    assert_eq!((other.seen().len(), report.progress), (0, Progress::default()));
}

#[tokio::test]
async fn an_upload_that_fails_is_begun_anew() {
    let outgoing = Outgoing { files: vec![file("a", "text/plain")], ..reply("T:C0:1.2", "") };
    let ask = json!({ "ok": true, "upload_url": "BASE/up/F1", "file_id": "F1" });
    for lost in [Do::Cut, Do::Say("500 Internal Server Error", String::new())] {
        let server = Server::start(vec![say("200 OK", &ask), lost]).await;
        let report = sending(&server, "slack", &outgoing).await;
        assert!(matches!(report.outcome, Outcome::Later { .. }), "{report:?}");
        assert_eq!(report.progress, Progress::default());
    }
}

#[tokio::test]
async fn a_wish_to_wait_is_kept_and_what_was_sent_is_known() {
    let busy = json!({ "ok": false, "error_code": 429, "description": "Too Many Requests" });
    let server =
        Server::start(vec![taken(1), say("429 Too Many Requests\r\nretry-after: 17", &busy)]).await;
    let outgoing = reply("70044:8001", &"A sentence of some words. ".repeat(300));
    let report = sending(&server, "telegram", &outgoing).await;
    assert!(matches!(report.outcome, Outcome::Later { after: Some(17), .. }), "{report:?}");
    assert_eq!(report.progress.objects, ["8001:1"]);
    // Another try sends what is left, and only that.
    let server = Server::start(vec![taken(2)]).await;
    let account = account("telegram");
    let again = chats(&server, 20.0);
    let report = again.send(named("telegram"), &account, &outgoing, report.progress, NOW).await;
    let objects = vec!["8001:1".to_owned(), "8001:2".to_owned()];
    assert_eq!(report.outcome, Outcome::Sent { objects });
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn an_ill_server_is_asked_later_and_a_refusal_is_final() {
    let ill = outcome_of(vec![Do::Say("500 Internal Server Error", "<html>".into())]).await;
    assert!(matches!(ill, Outcome::Later { after: None, .. }), "{ill:?}");
    let blocked = json!({ "ok": false, "error_code": 403, "description": "Forbidden: bot was blocked by the user" });
    let blocked = outcome_of(vec![say("403 Forbidden", &blocked)]).await;
    match blocked {
        Outcome::Refused(refusal) => {
            assert_eq!((refusal.code, refusal.scope), ("blocked", Scope::Recipient));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_cut_connection_leaves_it_unknown_whether_it_was_sent() {
    for script in [Do::Cut, Do::Break(100)] {
        let cut = outcome_of(vec![script.clone()]).await;
        assert!(matches!(cut, Outcome::Unknown { .. }), "{script:?}: {cut:?}");
        assert!(!why(&cut).contains("AAbb"), "{cut:?}");
    }
    // A receiver that knows repeats is sent it again.
    let server = Server::start(vec![Do::Cut]).await;
    let report = sending(&server, "webhook", &reply("c1", "x")).await;
    assert!(matches!(report.outcome, Outcome::Later { .. }), "{report:?}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_leaves_it_unknown() {
    let server = Server::start(vec![Do::Wait]).await;
    let account = account("telegram");
    let outgoing = reply("70044:8001", "x");
    let impatient = chats(&server, 0.7);
    let report =
        impatient.send(named("telegram"), &account, &outgoing, Progress::default(), NOW).await;
    assert!(matches!(report.outcome, Outcome::Unknown { .. }), "{report:?}");
    assert_eq!(why(&report.outcome), "sendMessage: it did not answer in time");
    assert_eq!(server.seen().len(), 1, "it reached the server");
}

#[tokio::test]
async fn nothing_is_sent_where_nobody_listens() {
    let server = Server::start(vec![Do::Cut]).await;
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    let options = ClientOptions { allow_private: true, ..ClientOptions::default() };
    let chats = Chats::new(options, Endpoints::at(&url)).unwrap();
    let account = account("telegram");
    let outgoing = reply("70044:8001", "x");
    let report = chats.send(named("telegram"), &account, &outgoing, Progress::default(), NOW).await;
    assert!(matches!(report.outcome, Outcome::Later { after: None, .. }), "{report:?}");
    assert!(!format!("{report:?}").contains("AAbb"), "{report:?}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Server::start(vec![taken(1)]).await;
    let location: &'static str =
        Box::leak(format!("307 Temporary Redirect\r\nlocation: {}/x", other.url()).into());
    let outcome = outcome_of(vec![Do::Say(location, String::new())]).await;
    assert!(matches!(&outcome, Outcome::Refused(refusal) if refusal.code == "redirected"));
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn an_answer_of_ten_megabytes_is_cut() {
    let long = "x".repeat(10 * 1024 * 1024);
    let outcome = outcome_of(vec![Do::Say("200 OK", long.clone())]).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "it was taken, under whatever id");
    assert!(why(&outcome).len() < 200, "{outcome:?}");
    let refused = outcome_of(vec![Do::Say("400 Bad Request", long.clone())]).await;
    assert!(matches!(&refused, Outcome::Refused(refusal) if refusal.code == "refused"));
    let server = Server::start(vec![Do::Say("200 OK", long)]).await;
    let report = sending(&server, "webhook", &reply("c1", "x")).await;
    assert_eq!(report.outcome, Outcome::Sent { objects: Vec::new() });
}

#[tokio::test]
async fn replies_go_to_no_private_address_unless_that_is_allowed() {
    let server = Server::start(vec![say("200 OK", &json!({}))]).await;
    let chats = Chats::new(ClientOptions::default(), Endpoints::default()).unwrap();
    let mut account = account("webhook");
    let port = server.url().rsplit_once(':').unwrap().1.to_owned();
    for url in [
        "https://127.0.0.1:PORT/",
        "http://127.0.0.1:PORT/",
        "https://localhost:PORT/",
        "https://[::1]:PORT/",
        "no url",
    ] {
        account.settings.insert("reply_url".into(), url.replace("PORT", &port).into());
        let report = chats
            .send(named("webhook"), &account, &reply("c1", "x"), Progress::default(), NOW)
            .await;
        match report.outcome {
            Outcome::Refused(refusal) => {
                assert_eq!((refusal.code, refusal.scope), ("bad_address", Scope::Account), "{url}");
            }
            other => panic!("{url}: {other:?}"),
        }
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn the_token_in_an_address_is_in_no_error() {
    for script in [
        Do::Cut,
        Do::Say("500 Internal Server Error", "/bot70044:AAbb-cc_dd/sendMessage broke".into()),
        Do::Say(
            "400 Bad Request",
            json!({ "ok": false, "description": "no /bot70044:AAbb-cc_dd/x" }).to_string(),
        ),
        Do::Say("302 Found\r\nlocation: /bot70044:AAbb-cc_dd/", String::new()),
        Do::Say("nonsense", String::new()),
    ] {
        let outcome = outcome_of(vec![script.clone()]).await;
        assert!(!format!("{outcome:?}").contains("AAbb"), "{script:?}: {outcome:?}");
    }
}
