//! How admins set up mailboxes: what is kept, what is hidden, what is refused.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_app::{App, Keyring, mail_settings};
use throughline_core::actor::Actor;
use throughline_core::agent::Role;
use throughline_core::id::{IdMaker, InboxId};
use throughline_core::mail_settings::MailSettings;
use throughline_store::StoreError;
use throughline_store::mail_settings::StoredMailSettings;
use throughline_tests::{Client, World, on_both};

on_both!(
    settings_come_back_without_their_secrets,
    a_stored_password_stays_with_its_server,
    a_grant_is_sealed_like_a_password,
    secrets_of_a_lost_key_are_given_anew,
    each_field_that_makes_no_sense_is_named,
    only_admins_set_up_mailboxes,
    an_inbox_is_paused_and_resumed,
    well_known_providers_are_filled_in,
);

const PASSWORD: &str = "hunter2 and more";

pub fn settings() -> Value {
    json!({
        "incoming": {
            "host": "imap.example.com", "port": 993, "security": "tls", "sign_in": "password",
            "user": "support@example.com", "password": PASSWORD, "folders": ["INBOX", "Anfragen"]
        },
        "outgoing": {
            "host": "smtp.example.com", "port": 465, "security": "tls", "sign_in": "password",
            "user": "support@example.com"
        },
        "signature": "Your friends\nat Example", "undo_seconds": 20
    })
}

/// The same without what was given once.
fn without_password() -> Value {
    let mut same = settings();
    same["incoming"].as_object_mut().expect("an object").remove("password");
    same
}

async fn path(world: &World) -> String {
    format!("/inboxes/{}/email", world.inbox().await.id)
}

async fn stored(app: &App, inbox: InboxId) -> StoredMailSettings {
    let read =
        move |c: &mut throughline_store::Conn| throughline_store::mail_settings::get(c, inbox);
    let found: Result<_, StoreError> = app.store().read(read).await;
    found.expect("a row").expect("a set-up")
}

async fn settings_come_back_without_their_secrets(world: Arc<World>) {
    let (admin, path) = (world.admin().await, path(&world).await);
    admin.get(&path).await.problem(404, "not_found");
    let put = admin.put(&path, settings()).await;
    assert_eq!(put.header("etag"), "\"v1\"");
    let shown = put.good();
    assert_eq!(shown["incoming"]["has_password"], true);
    assert_eq!(shown["outgoing"]["has_password"], false, "the one for fetching serves");
    assert_eq!(shown["incoming"]["folders"], json!(["INBOX", "Anfragen"]));
    assert_eq!((&shown["quote"], &shown["poll_seconds"]), (&json!(true), &Value::Null));
    assert_eq!(shown["secrets_trouble"], Value::Null);
    let read = admin.get(&path).await;
    assert!(!read.text().contains("hunter2"), "{}", read.text());
    assert_eq!(read.good(), shown);

    let row = stored(&world.app, world.inbox().await.id).await;
    assert!(!format!("{row:?}").contains("hunter2"));
    let seen = admin.with_header("If-None-Match", "\"v1\"").get(&path).await;
    assert_eq!(seen.status, 304);

    let again = admin.with_header("If-Match", "\"v1\"").put(&path, without_password()).await.good();
    assert_eq!((&again["version"], &again["incoming"]["has_password"]), (&json!(2), &json!(true)));
    let late = admin.with_header("If-Match", "\"v1\"").put(&path, without_password()).await;
    late.problem(412, "version_mismatch");

    let status = admin.get(&format!("{path}/status")).await.good();
    assert_eq!(status["folders"], json!([]), "nothing was read yet");
    let events = admin.get("/events?limit=200").await;
    assert!(!events.text().contains("hunter2") && events.text().contains("mail_settings"));
    admin.delete(&path).await.good();
    admin.get(&path).await.problem(404, "not_found");
    admin.put(&path, without_password()).await.problem(422, "invalid_field");
}

async fn a_stored_password_stays_with_its_server(world: Arc<World>) {
    let (admin, path) = (world.admin().await, path(&world).await);
    admin.put(&path, settings()).await.good();
    let refused = |change: fn(&mut Value), field: &'static str| {
        let (admin, path) = (admin.clone(), path.clone());
        async move {
            let mut body = without_password();
            change(&mut body);
            let problem = admin.put(&path, body).await.problem(422, "invalid_field");
            assert_eq!(problem["field"], field, "{problem}");
        }
    };
    refused(|s| s["incoming"]["host"] = json!("evil.example"), "incoming.password").await;
    refused(|s| s["incoming"]["user"] = json!("other@example.com"), "incoming.password").await;
    refused(|s| s["outgoing"]["host"] = json!("evil.example"), "outgoing.password").await;
    refused(|s| s["incoming"] = Value::Null, "outgoing.password").await;

    let id = world.inbox().await.id;
    let loaded = mail_settings::load(&world.app, id).await.expect("loads").expect("a set-up");
    let expected = Some(mail_settings::MailSecret::Password(PASSWORD.into()));
    assert_eq!(loaded.credentials.expect("readable").incoming, expected);
    // Another port of the same host is no other account, and letters are alike in host names.
    let mut body = without_password();
    body["incoming"]["port"] = json!(1993);
    body["incoming"]["host"] = json!("IMAP.Example.COM");
    admin.put(&path, body).await.good();
}

async fn a_grant_is_sealed_like_a_password(world: Arc<World>) {
    let (admin, path) = (world.admin().await, path(&world).await);
    let mut body = settings();
    body["incoming"]["sign_in"] = json!("oauth2");
    admin.put(&path, body.clone()).await.problem(422, "invalid_field");
    body["incoming"].as_object_mut().expect("an object").remove("password");
    body["incoming"]["grant"] = json!({
        "token_url": "https://login.example/token", "client_id": "abc",
        "client_secret": "hunter2-client", "refresh_token": "hunter2-refresh"
    });
    body["outgoing"]["sign_in"] = json!("oauth2");
    let put = admin.put(&path, body.clone()).await;
    assert!(!put.text().contains("hunter2"));
    let shown = put.good();
    assert_eq!(shown["incoming"]["has_grant"], true);
    assert_eq!(shown["incoming"]["has_password"], false);
    let row = stored(&world.app, world.inbox().await.id).await;
    assert!(!format!("{row:?}").contains("hunter2"));
    body["incoming"]["password"] = json!("both");
    admin.put(&path, body.clone()).await.problem(422, "invalid_field");
    body["incoming"].as_object_mut().expect("an object").remove("password");
    body["incoming"]["grant"]["token_url"] = json!("http://login.example/token");
    let problem = admin.put(&path, body).await.problem(422, "invalid_field");
    assert_eq!(problem["field"], "incoming.grant");
}

/// The same product with other keys, as another node.
fn with_keys(world: &World, node: i16, keys: Vec<[u8; 32]>) -> App {
    let (store, ids) = (world.app.store().clone(), Arc::new(IdMaker::new(node)));
    App::new(store, world.clock.clone(), ids).with_keyring(Keyring::new(keys))
}

async fn secrets_of_a_lost_key_are_given_anew(world: Arc<World>) {
    let (admin, path) = (world.admin().await, path(&world).await);
    admin.put(&path, settings()).await.good();
    let (id, actor) = (world.inbox().await.id, Actor::system());
    let settings = stored(&world.app, id).await.settings;

    let lost = with_keys(&world, 2, vec![[8; 32]]);
    let shown = mail_settings::get(&lost, &actor, id).await.expect("readable");
    assert!(shown.trouble.expect("a trouble").contains("secrets.old_keys"));
    let loaded = mail_settings::load(&lost, id).await.expect("loads").expect("a set-up");
    assert!(loaded.credentials.is_err(), "the poller is told");
    let put = |app: App, settings: MailSettings, password: Option<&'static str>| {
        let incoming = password.map(|p| mail_settings::MailSecret::Password(p.into()));
        let secrets = mail_settings::MailCredentials { incoming, outgoing: None };
        let new = mail_settings::NewMailSetUp { settings, secrets };
        async move { mail_settings::put(&app, &Actor::system(), id, new, None).await }
    };
    let refused = put(lost.clone(), settings.clone(), None).await.expect_err("no key");
    assert_eq!(refused.code, "unknown_secret_key");
    // With the old key beside the new one it is read, and sealed under the new one.
    let both = with_keys(&world, 3, vec![[8; 32], [7; 32]]);
    put(both, settings.clone(), None).await.expect("saved");
    assert_eq!(mail_settings::get(&lost, &actor, id).await.expect("readable").trouble, None);
    // Given anew, no key of before is needed.
    let third = with_keys(&world, 4, vec![[9; 32]]);
    put(third, settings.clone(), Some("new")).await.expect("saved");
    let keyless = with_keys(&world, 5, vec![]);
    let refused = put(keyless, settings, Some("newer")).await.expect_err("no key at all");
    assert_eq!(refused.code, "no_secret_key");
    assert!(refused.message.contains("openssl rand -hex 32"), "{refused}");
}

async fn each_field_that_makes_no_sense_is_named(world: Arc<World>) {
    let (admin, path) = (world.admin().await, path(&world).await);
    type Change = fn(&mut Value);
    let cases: [(Change, &str); 8] = [
        (|s| s["incoming"]["host"] = json!("not a host"), "incoming.host"),
        (|s| s["incoming"]["port"] = json!(0), "incoming.port"),
        (|s| s["incoming"]["security"] = json!("plain"), "incoming.security"),
        (|s| s["incoming"]["folders"] = json!(["INBOX", "INBOX"]), "incoming.folders"),
        (|s| s["incoming"]["after"] = json!("move"), "incoming.move_to"),
        (|s| s["outgoing"]["per_hour"] = json!(0), "outgoing.per_hour"),
        (|s| s["trusted_servers"] = json!(["mx one"]), "trusted_servers"),
        (|s| s["undo_seconds"] = json!(3601), "undo_seconds"),
    ];
    for (change, field) in cases {
        let mut body = settings();
        change(&mut body);
        let problem = admin.put(&path, body).await.problem(422, "invalid_field");
        assert_eq!(problem["field"], field, "{problem}");
    }
    for (field, value) in
        [("port", json!(70000)), ("security", json!("ssl")), ("pasword", json!(1))]
    {
        let mut body = settings();
        body["incoming"][field] = value;
        admin.put(&path, body).await.problem(422, "invalid_body");
    }
    admin.get(&path).await.problem(404, "not_found");
    let api = admin.post("/inboxes", json!({"channel":"api","address":"shop","name":"Shop"})).await;
    let id = api.good()["id"].as_str().expect("an id").to_owned();
    let wrong = admin.put(&format!("/inboxes/{id}/email"), settings()).await;
    wrong.problem(409, "not_a_mail_inbox");
}

async fn only_admins_set_up_mailboxes(world: Arc<World>) {
    let (admin, path) = (world.admin().await, path(&world).await);
    admin.put(&path, settings()).await.good();
    for role in [Role::Agent, Role::Lead] {
        let client: Client = world.agent(role, &[]).await;
        client.get(&path).await.problem(403, "missing_right");
        client.put(&path, settings()).await.problem(403, "missing_right");
        client.delete(&path).await.problem(403, "missing_right");
        for action in ["pause", "resume", "test", "reconcile"] {
            let answer = client.post(&format!("{path}/{action}"), json!({})).await;
            answer.problem(403, "missing_right");
        }
        client.get(&format!("{path}/status")).await.problem(403, "missing_right");
        client.get("/mail-providers?address=a@gmail.com").await.problem(403, "missing_right");
    }
}

async fn an_inbox_is_paused_and_resumed(world: Arc<World>) {
    let (admin, path) = (world.admin().await, path(&world).await);
    admin.post(&format!("{path}/pause"), json!({})).await.problem(404, "not_found");
    admin.put(&path, settings()).await.good();
    let paused = admin.post(&format!("{path}/pause"), json!({})).await.good();
    assert_eq!((&paused["paused"], &paused["version"]), (&json!(true), &json!(2)));
    let again = admin.post(&format!("{path}/pause"), json!({})).await.good();
    assert_eq!(again["version"], 2, "nothing changed");
    let resumed = admin.post(&format!("{path}/resume"), json!({})).await.good();
    assert_eq!((&resumed["paused"], &resumed["version"]), (&json!(false), &json!(3)));
    assert_eq!(resumed["incoming"]["has_password"], true, "the secret stays");
}

async fn well_known_providers_are_filled_in(world: Arc<World>) {
    let admin = world.admin().await;
    let found = admin.get("/mail-providers?address=help@yandex.com.tr").await.good();
    let suggestion = &found["suggestion"];
    assert_eq!(suggestion["incoming"]["host"], "imap.yandex.com");
    assert_eq!(suggestion["outgoing"]["user"], "help@yandex.com.tr");
    assert!(suggestion["hint"].as_str().expect("a hint").contains("app password"));
    let found = admin.get("/mail-providers?address=help@example.com").await.good();
    assert_eq!(found["suggestion"], Value::Null);
    admin.get("/mail-providers?address=nonsense").await.problem(400, "invalid_parameter");
}
