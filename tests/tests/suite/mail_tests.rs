//! Mailboxes asked for admins: tests of the connection and reconciling, against real servers; and
//! access tokens, against a token server of the test.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use throughline_app::mail_settings::{self, MailCredentials, MailSecret, NewMailSetUp, OAuthGrant};
use throughline_core::actor::Actor;
use throughline_test_servers::dovecot::{Dovecot, Options};
use throughline_test_servers::smtp::{At, Postfix, Rule, Scripted, is_root};
use throughline_tests::mails::mail;
use throughline_tests::{World, on_both};
use throughline_worker::access::AccessTokens;
use throughline_worker::tokens::OAuthTokens;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

on_both!(
    a_good_connection_is_told_step_by_step,
    a_wrong_password_is_told,
    a_wrong_server_is_told,
    a_relay_with_an_unknown_certificate_is_told,
    reconciling_finds_and_fetches_what_is_missing,
    a_token_is_fetched_once_and_its_successor_is_kept,
);

const ANNA: &str = "anna@example.test";
/// A login of hers with the password `wrong-one`, as PLAIN writes it (RFC 4616).
const WRONG: &str = "AGFubmFAZXhhbXBsZS50ZXN0AHdyb25nLW9uZQ==";

fn settings(dovecot: &Dovecot, smtp: u16) -> Value {
    json!({
        "incoming": {
            "host": "127.0.0.1", "port": dovecot.plain().port(), "security": "plain",
            "sign_in": "password", "user": ANNA, "password": "open sesame",
            "folders": ["INBOX", "Erledigte Entwürfe"]
        },
        "outgoing": {
            "host": "127.0.0.1", "port": smtp, "security": "plain", "sign_in": "password",
            "user": ANNA
        }
    })
}

async fn path(world: &World) -> String {
    format!("/inboxes/{}/email", world.inbox().await.id)
}

async fn relay() -> Scripted {
    let wrong = Rule::answer(At::Auth, "535 5.7.8 Wrong name or password").containing(WRONG);
    Scripted::offering(&["AUTH PLAIN LOGIN"], vec![wrong]).await
}

async fn a_good_connection_is_told_step_by_step(world: Arc<World>) {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    dovecot.make_mailbox(ANNA, "Erledigte Entwürfe");
    dovecot.deliver(ANNA, b"Subject: one\r\n\r\nhello\r\n");
    let (admin, path, smtp) = (world.admin().await, path(&world).await, relay().await);
    admin.put(&path, settings(&dovecot, smtp.port())).await.good();
    let told = admin.post(&format!("{path}/test"), json!({})).await.good();
    assert_eq!(told["ok"], true, "{told}");
    let steps: Vec<String> = told["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .map(|step| format!("{} {}", step["protocol"], step["step"]).replace('"', ""))
        .collect();
    let imap = ["connect", "protect", "login", "folder", "fetch", "folder", "fetch"];
    let expected: Vec<String> = imap.iter().map(|step| format!("imap {step}")).collect();
    assert_eq!(steps[..imap.len()], expected, "{told}");
    assert!(steps.contains(&"smtp login".to_owned()), "{told}");
    assert!(smtp.mails().is_empty(), "nothing is sent");
    let flags = dovecot.flags(ANNA, "INBOX");
    assert!(flags.len() == 1 && !flags[0].contains("Seen"), "nothing is changed there: {flags:?}");
}

/// Saves settings and tests them; the steps that failed, as `imap login: words`.
async fn failures(world: &World, body: Value) -> Vec<String> {
    let (admin, path) = (world.admin().await, path(world).await);
    admin.put(&path, body).await.good();
    let told = admin.post(&format!("{path}/test"), json!({})).await.good();
    assert_eq!(told["ok"], false, "{told}");
    assert!(!told.to_string().contains("sesame") && !told.to_string().contains("wrong-"), "{told}");
    let steps = told["steps"].as_array().expect("steps");
    let failed = steps.iter().filter(|step| step["ok"] == false);
    let line = |s: &Value| format!("{} {}: {}", s["protocol"], s["step"], s["words"]);
    failed.map(|step| line(step).replace('"', "")).collect()
}

async fn a_wrong_password_is_told(world: Arc<World>) {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    let smtp = relay().await;
    let mut body = settings(&dovecot, smtp.port());
    body["incoming"]["password"] = json!("wrong-one");
    let failed = failures(&world, body).await;
    assert!(failed[0].starts_with("imap login: "), "{failed:?}");
    assert!(failed[1].starts_with("smtp login: "), "the same password serves: {failed:?}");
    assert_eq!(failed.len(), 2);
}

async fn a_wrong_server_is_told(world: Arc<World>) {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    let smtp = relay().await;
    let failed = |changes: &[(&str, &str, Value)]| {
        let mut body = settings(&dovecot, smtp.port());
        body["incoming"]["folders"] = json!(["INBOX"]);
        for (side, field, value) in changes {
            body[side][field] = value.clone();
        }
        let world = Arc::clone(&world);
        async move {
            let failed = failures(&world, body).await;
            assert_eq!(failed.len(), 1, "{failed:?}");
            failed[0].clone()
        }
    };
    let words = failed(&[("incoming", "port", json!(1))]).await;
    assert!(words.starts_with("imap connect: ") && words.contains("port 1"), "{words}");
    let tls = ("incoming", "security", json!("tls"));
    let port = ("incoming", "port", json!(dovecot.tls().port()));
    let words = failed(&[tls.clone(), port]).await;
    assert!(words.starts_with("imap protect: "), "{words}");
    assert!(words.contains("authority that is not known"), "{words}");
    // TLS is spoken to a port that does not.
    let words = failed(&[tls]).await;
    assert!(words.starts_with("imap protect: "), "{words}");
    let words = failed(&[("incoming", "folders", json!(["Nowhere", "INBOX"]))]).await;
    assert!(words.starts_with("imap folder: "), "{words}");
    let words = failed(&[("outgoing", "security", json!("starttls"))]).await;
    assert!(words.starts_with("smtp protect: "), "{words}");
}

async fn a_relay_with_an_unknown_certificate_is_told(world: Arc<World>) {
    let Some(postfix) = Postfix::start() else { return leave_out() };
    let mut body = json!({"outgoing": {
        "host": "127.0.0.1", "port": postfix.tls_port, "security": "tls", "sign_in": "none"
    }});
    let failed = failures(&world, body.clone()).await;
    assert!(
        failed[0].starts_with("smtp protect: ") && failed[0].contains("certificate"),
        "{failed:?}"
    );
    body["outgoing"]["security"] = json!("plain");
    body["outgoing"]["port"] = json!(postfix.port);
    let (admin, path) = (world.admin().await, path(&world).await);
    admin.put(&path, body).await.good();
    let told = admin.post(&format!("{path}/test"), json!({})).await.good();
    assert_eq!(told["ok"], true, "{told}");
}

fn leave_out() {
    let missing = "Postfix is not installed, or we are not root";
    assert!(std::env::var("CI").as_deref() != Ok("true") || !is_root(), "{missing} and CI=true");
    println!("left out: {missing}");
}

async fn reconciling_finds_and_fetches_what_is_missing(world: Arc<World>) {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    for n in 0..25 {
        let text =
            mail("Ayşe <ayse@example.com>", &format!("m{n}@x"), &format!("Nr {n}"), "", "Hi");
        dovecot.deliver(ANNA, text.replace('\n', "\r\n").as_bytes());
    }
    let (admin, path, smtp) = (world.admin().await, path(&world).await, relay().await);
    let mut body = settings(&dovecot, smtp.port());
    body["incoming"]["folders"] = json!(["INBOX"]);
    admin.put(&path, body).await.good();
    let reconcile = format!("{path}/reconcile");
    let found = admin.post(&reconcile, json!({})).await.good();
    assert_eq!(found["folders"][0]["missing"], 25, "{found}");
    assert_eq!(found["folders"][0]["missing_uids"].as_array().expect("a list").len(), 25);
    let found = admin.post(&reconcile, json!({"fetch": true})).await.good();
    assert_eq!(found["folders"][0]["fetched"], 25, "{found}");
    let found = admin.post(&reconcile, json!({"fetch": true})).await.good();
    let folder = &found["folders"][0];
    assert_eq!((&folder["known"], &folder["missing"]), (&json!(25), &json!(0)), "{found}");
    assert_eq!((&folder["fetched"], &folder["trouble"]), (&json!(0), &Value::Null), "{found}");
    world.drain().await;
    let listed = admin.get("/deliveries?limit=200&outcome=stored").await.good();
    let rows = listed["items"].as_array().expect("a list");
    assert_eq!(rows.len(), 25);
    let id = rows[24]["id"].as_str().expect("an id");
    let explained = admin.get(&format!("/deliveries/{id}/explanation")).await.good();
    assert_eq!(explained["seen"][0]["folder"], "INBOX", "{explained}");
    let uid = explained["seen"][0]["uid"].as_u64();
    assert!(uid.is_some_and(|uid| (1..=25).contains(&uid)), "{explained}");

    let mut away = settings(&dovecot, smtp.port());
    away["incoming"]["port"] = json!(1);
    admin.put(&path, away).await.good();
    let found = admin.post(&reconcile, json!({})).await.good();
    let trouble = found["folders"][0]["trouble"].as_str().expect("a trouble");
    assert!(trouble.contains("port 1"), "{found}");
}

/// A token server that counts what it is asked, and gives another refresh token each time.
async fn token_server() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/token", listener.local_addr().expect("an address"));
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let n = count.fetch_add(1, Ordering::SeqCst) + 1;
            let mut request = Vec::new();
            while !String::from_utf8_lossy(&request).contains("client_id=") {
                let mut chunk = [0; 2048];
                let got = stream.read(&mut chunk).await.expect("a request");
                request.extend_from_slice(&chunk[..got]);
            }
            let body = format!(
                r#"{{"access_token":"access-{n}","expires_in":3600,"refresh_token":"refresh-{n}"}}"#
            );
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n", body.len());
            let answer = format!("{head}Connection: close\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).await.expect("an answer");
        }
    });
    (url, asked)
}

async fn grant_of(world: &World) -> OAuthGrant {
    let id = world.inbox().await.id;
    let loaded = mail_settings::load(&world.app, id).await.expect("loads").expect("a set-up");
    match loaded.credentials.expect("readable").incoming {
        Some(MailSecret::Grant(grant)) => grant,
        other => panic!("{other:?}"),
    }
}

async fn a_token_is_fetched_once_and_its_successor_is_kept(world: Arc<World>) {
    let (url, asked) = token_server().await;
    let id = world.inbox().await.id;
    let grant = OAuthGrant {
        token_url: url,
        client_id: "abc".to_owned(),
        client_secret: None,
        refresh_token: "refresh-0".into(),
        scope: None,
    };
    let server = json!({
        "host": "imap.example.com", "port": 993, "security": "tls", "sign_in": "oauth2", "user": "me"
    });
    let settings = serde_json::from_value(json!({ "incoming": { "server": server } }));
    let incoming = Some(MailSecret::Grant(grant.clone()));
    let secrets = MailCredentials { incoming, outgoing: None };
    let new = NewMailSetUp { settings: settings.expect("settings"), secrets };
    mail_settings::put(&world.app, &Actor::system(), id, new, None).await.expect("saved");

    let tokens = OAuthTokens::new(world.app.clone(), None);
    let many = (0..8).map(|_| tokens.token(&grant));
    for token in futures_util::future::join_all(many).await {
        assert_eq!(token.expect("a token").expose(), "access-1");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1, "however many ask");
    let kept = grant_of(&world).await;
    assert_eq!(kept.refresh_token.expose(), "refresh-1");
    let version =
        mail_settings::get(&world.app, &Actor::system(), id).await.expect("there").version;
    assert_eq!(version, 1, "nothing changed that an admin sees");
    // The grant with its new token is the same grant, and so is the one of before, which a poller
    // may still hold: no second fetch.
    assert_eq!(tokens.token(&kept).await.expect("a token").expose(), "access-1");
    assert_eq!(tokens.token(&grant).await.expect("a token").expose(), "access-1");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}
