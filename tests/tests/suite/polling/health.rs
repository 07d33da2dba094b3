//! What admins are told of a connected inbox, and trying out whether it works.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_core::agent::Role;
use throughline_test_servers::http::{Do, Server};
use throughline_tests::{Client, World, on_both};

use super::{Desk, Run, TOKEN, connected, set_up};
use crate::channels::bot::{SECRET, message, text};
use crate::mailboxes::kit::soon;

on_both!(
    what_an_inbox_is_told_and_refuses_is_shown,
    what_goes_wrong_with_asking_is_shown_in_plain_words,
    a_connection_is_tried_out_step_by_step,
    every_platform_can_be_tried_out,
    a_test_message_goes_out_or_says_why_not,
);

async fn what_an_inbox_is_told_and_refuses_is_shown(world: Arc<World>) {
    let admin = world.admin().await;
    let mut body = set_up(TOKEN);
    body["settings"] = json!({ "bot_id": "4242" });
    let (_, account, hook) = connected(&admin, "shop", body).await;
    let path = format!("{account}/health");
    let fresh = admin.get(&path).await.good();
    assert_eq!((&fresh["ok"], &fresh["arrival"]), (&json!(true), &json!("hook")), "{fresh}");
    assert_eq!((&fresh["last_delivery_at"], &fresh["hook"]["refused"]), (&json!(null), &json!(0)));
    let update = message(1, 1, 1_795_000_001, "a").to_string().into_bytes();
    for secret in ["wrong", "wrong", SECRET] {
        let platform = world.anonymous.with_header("x-telegram-bot-api-secret-token", secret);
        platform.post_raw(&hook, "application/json", update.clone()).await;
    }
    world.clock.advance(30);
    let told = admin.get(&path).await.good();
    assert_eq!((&told["waiting"], &told["lag_seconds"]), (&json!(1), &json!(30)), "{told}");
    assert!(told["last_delivery_at"].is_string() && told["asking"].is_null());
    let refused = &told["hook"];
    assert_eq!(
        (&refused["refused"], text(&refused["last_refused_why"])),
        (&json!(2), "the signature is missing or wrong")
    );
    world.drain().await;
    let read = admin.get(&path).await.good();
    assert_eq!((&read["waiting"], &read["lag_seconds"]), (&json!(0), &json!(0)), "{read}");
    let agent = world.agent(Role::Agent, &[]).await;
    agent.get(&path).await.problem(403, "missing_right");
    agent.post(&format!("{account}/test"), json!({})).await.problem(403, "missing_right");
    admin.delete(&account).await.good();
    admin.get(&path).await.problem(404, "not_found");
}

async fn what_goes_wrong_with_asking_is_shown_in_plain_words(world: Arc<World>) {
    let desk = Desk::new(&world).await;
    let path = format!("{}/health", desk.account);
    let no = json!({ "ok": false, "error_code": 401 }).to_string();
    desk.telegram.moody(TOKEN, move || Some(Do::Say("401 Unauthorized", no.clone())));
    let run = Run::start(&desk);
    let told = async || desk.admin.get(&path).await.good();
    soon("it is told", async || told().await["ok"] == json!(false)).await;
    let sick = told().await;
    assert!(text(&sick["trouble"]).contains("enter the one that BotFather shows"), "{sick}");
    let asking = &sick["asking"];
    assert_eq!((&asking["needs_change"], &asking["failures"]), (&json!(true), &json!(1)));
    assert!(asking["next_at"].is_string() && asking["is_asked"] == json!(true), "{asking}");
    // What was wrong with the set-up before says nothing of the next one.
    let other = "4242:BB-the-next-token";
    desk.admin.put(&desk.account, set_up(other)).await.good();
    assert_eq!(told().await["trouble"], json!(null));
    soon("it works", async || told().await["asking"]["last_asked_at"].is_string()).await;
    let well = told().await;
    assert_eq!((&well["ok"], &well["arrival"]), (&json!(true), &json!("poll")), "{well}");
    run.end().await;
    assert_eq!(told().await["asking"]["is_asked"], json!(false));
}

/// Tries out an inbox whose platform answers so.
async fn tried(world: &World, admin: &Client, account: &str, script: Vec<Do>) -> (Value, Server) {
    let server = Server::start(script).await;
    *world.platforms.lock().expect("an address") = server.url();
    (admin.post(&format!("{account}/test"), json!({})).await.good(), server)
}

fn steps(told: &Value) -> Vec<(String, bool)> {
    let steps = told["steps"].as_array().expect("steps").iter();
    steps.map(|step| (text(&step["step"]).to_owned(), step["ok"] == json!(true))).collect()
}

/// The words of the last step.
fn last(told: &Value) -> &str {
    text(&told["steps"].as_array().expect("steps").last().expect("one")["words"])
}

fn ok(result: Value) -> Do {
    Do::Say("200 OK", json!({ "ok": true, "result": result }).to_string())
}

async fn a_connection_is_tried_out_step_by_step(world: Arc<World>) {
    let admin = world.admin().await;
    let (_, account, hook) = connected(&admin, "shop", set_up(TOKEN)).await;
    let me = || ok(json!({ "id": 4242, "username": "shop_bot", "is_bot": true }));
    let set = |url: &str| ok(json!({ "url": url, "pending_update_count": 3 }));
    let (good, server) = tried(&world, &admin, &account, vec![me(), set("")]).await;
    let all = ["settings", "token", "arrival"].map(|step| (step.to_owned(), true));
    assert_eq!((steps(&good), &good["ok"]), (all.to_vec(), &json!(true)), "{good}");
    assert!(last(&good).contains("3 wait"), "{good}");
    assert!(server.seen()[0].starts_with(&format!("GET /bot{TOKEN}/getMe ")));
    let (taken, _) = tried(&world, &admin, &account, vec![me(), set("https://a.example/x")]).await;
    assert!(last(&taken).contains("deleteWebhook") && taken["ok"] == json!(false), "{taken}");
    let other = ok(json!({ "id": 7, "username": "other_bot" }));
    let (wrong, server) = tried(&world, &admin, &account, vec![other]).await;
    assert!(last(&wrong).contains("bot 7") && last(&wrong).contains("4242"), "{wrong}");
    assert_eq!(server.seen().len(), 1, "the first that fails is the last");
    let no = Do::Say("401 Unauthorized", json!({ "ok": false }).to_string());
    let (refused, _) = tried(&world, &admin, &account, vec![no]).await;
    assert!(last(&refused).contains("`bot_token`") && !refused.to_string().contains("AA-the"));
    let (gone, _) = tried(&world, &admin, &account, vec![Do::Cut]).await;
    assert!(last(&gone).contains("could not be reached"), "{gone}");
    let mut hooked = set_up(TOKEN);
    hooked["settings"] = json!({ "bot_id": "4242", "arrival": "hook" });
    admin.put(&account, hooked).await.good();
    let (unset, _) = tried(&world, &admin, &account, vec![me(), set("")]).await;
    assert!(last(&unset).contains("setWebhook") && last(&unset).contains(&hook), "{unset}");
    let ours = format!("https://desk.test{hook}");
    let (good, _) = tried(&world, &admin, &account, vec![me(), set(&ours)]).await;
    assert_eq!(good["ok"], json!(true), "{good}");
}

async fn every_platform_can_be_tried_out(world: Arc<World>) {
    let admin = world.admin().await;
    let said = |body: Value| Do::Say("200 OK", body.to_string());
    let slack =
        json!({ "ok": true, "team": "Acme", "team_id": "T1", "user": "desk", "user_id": "U1" });
    let number = json!({ "display_phone_number": "+49 30 1", "verified_name": "Shop", "id": "5" });
    let twilio = json!({ "friendly_name": "Shop", "status": "active" });
    for (address, set_up, answer, words) in [
        (
            "slack",
            json!({ "kind": "slack", "settings": { "team_id": "T1" },
                    "secrets": { "bot_token": ["xoxb-1-secret"], "signing_secret": ["s3cret"] } }),
            slack,
            "workspace Acme (T1)",
        ),
        (
            "whatsapp",
            json!({ "kind": "whatsapp", "settings": { "phone_number_id": "5" },
                    "secrets": { "access_token": ["EAA-token"], "app_secret": ["s3cret"],
                                 "verify_token": ["v3rify"] } }),
            number,
            "the number is +49 30 1 (Shop)",
        ),
        (
            "twilio",
            json!({ "kind": "twilio", "settings": { "account_sid": "AC1", "number": "+14155550100" },
                    "secrets": { "auth_token": ["s3cret"] } }),
            twilio,
            "the account is Shop",
        ),
        (
            "webhook",
            json!({ "kind": "webhook", "settings": { "scheme": "bearer" },
                    "secrets": { "secret": ["a-long-secret"] } }),
            json!({}),
            "Send a signed request to /hooks/",
        ),
    ] {
        let (_, account, _) = connected(&admin, address, set_up).await;
        let (good, _) = tried(&world, &admin, &account, vec![said(answer)]).await;
        assert!(good["ok"] == json!(true) && last(&good).contains(words), "{address}: {good}");
        let no = Do::Say("401 Unauthorized", json!({ "error": "invalid_auth" }).to_string());
        let (bad, _) = tried(&world, &admin, &account, vec![no]).await;
        assert_eq!(bad["ok"], json!(address == "webhook"), "{bad}");
    }
    let bare = json!({ "kind": "slack", "settings": {}, "secrets": {} });
    let (_, account, _) = connected(&admin, "bare", bare).await;
    let (told, server) = tried(&world, &admin, &account, vec![Do::Cut]).await;
    assert!(last(&told).contains("`bot_token` is missing") && server.seen().is_empty(), "{told}");
}

async fn a_test_message_goes_out_or_says_why_not(world: Arc<World>) {
    let admin = world.admin().await;
    let (_, account, _) = connected(&admin, "shop", set_up(TOKEN)).await;
    let taken = ok(json!({ "message_id": 9, "chat": { "id": 70044 } }));
    let blocked = json!({ "ok": false, "error_code": 403,
        "description": "Forbidden: bot was blocked by the user" });
    let server =
        Server::start(vec![taken, Do::Say("403 Forbidden", blocked.to_string()), Do::Cut]).await;
    *world.platforms.lock().expect("an address") = server.url();
    let path = format!("{account}/test-message");
    let send = async |body: Value| admin.post(&path, body).await;
    let sent = send(json!({ "to": "70044", "text": "Deneme" })).await.good();
    assert_eq!(sent["outcome"], "sent", "{sent}");
    let seen = server.seen().remove(0);
    assert!(seen.contains("\"chat_id\":70044") && seen.contains("Deneme"), "{seen}");
    let refused = send(json!({ "to": "4242:70044" })).await.good();
    assert_eq!((&refused["outcome"], &refused["code"]), (&json!("refused"), &json!("blocked")));
    let lost = send(json!({ "to": "70044" })).await.good();
    assert_eq!(lost["outcome"], "unknown", "{lost}");
    let nowhere = send(json!({ "to": "somebody" })).await.good();
    assert_eq!(nowhere["code"], "no_conversation", "{nowhere}");
    send(json!({ "to": " " })).await.problem(422, "invalid_body");
    assert_eq!(server.seen().len(), 3);
    let bare = json!({ "kind": "telegram", "settings": { "bot_id": "7" } });
    let (_, bare, _) = connected(&admin, "bare", bare).await;
    let told = admin.post(&format!("{bare}/test-message"), json!({ "to": "1" })).await.good();
    assert_eq!(told["code"], "not_set_up", "{told}");
}
