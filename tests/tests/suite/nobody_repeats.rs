//! The story that the product is for, from one end to the other: nobody repeats themselves.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use throughline_app::Guard;
use throughline_app::tickets::{self, NewReply};
use throughline_core::actor::Actor;
use throughline_core::agent::Role;
use throughline_core::guard::GuardMode;
use throughline_tests::mails::mail;
use throughline_tests::{Client, World, on_both};

on_both!(nobody_repeats_themselves);

const ELIF: &str = "Elif Demir <elif@customer.example>";
const HER_PHONE: &str = "+90 532 111 22 33";

/// Elif's shop, which reports calls and carries chats.
async fn switchboard(world: &World) -> Client {
    let scopes = ["events:write", "customers:read", "tickets:read", "tickets:write"];
    let new = json!({ "name": "Switchboard", "scopes": scopes });
    let key = world.admin().await.post("/api-keys", new).await.good();
    world.anonymous.with_token(key["key"].as_str().expect("a key"))
}

async fn calls(switchboard: &Client, key: &str, words: &str) -> Value {
    let event = json!({
        "type": "call.finished", "key": key,
        "identities": [{ "kind": "phone", "value": HER_PHONE }],
        "data": { "direction": "inbound", "seconds": 95, "summary": words }
    });
    let answer = switchboard.post("/events", event).await.good();
    assert_eq!(answer["items"][0]["status"], "stored", "{answer}");
    answer["items"][0].clone()
}

async fn chats(switchboard: &Client, inbox: &Value, words: &str) -> Value {
    let opened = json!({
        "subject": "Chat", "inbox": inbox["id"], "body": words,
        "customer": { "email": "elif@customer.example" },
    });
    switchboard.post("/tickets", opened).await.good()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// What stands on a timeline, without what tells of merges: kinds, channels and first words.
async fn timeline(agent: &Client, customer: &str) -> BTreeSet<(String, String, String)> {
    let page = agent.get(&format!("/customers/{customer}/timeline?limit=100")).await.good();
    let items = page["items"].as_array().expect("items").iter();
    let shown = items.filter(|item| item["kind"] != "merge").map(|item| {
        let words = match &item["event"] {
            Value::Null => text(&item["body"]).lines().next().unwrap_or_default().to_owned(),
            event => text(&event["data"]["summary"]).to_owned(),
        };
        (text(&item["kind"]).to_owned(), text(&item["channel"]).to_owned(), words)
    });
    shown.collect()
}

fn entries(list: &[(&str, &str, &str)]) -> BTreeSet<(String, String, String)> {
    let own = |(a, b, c): &(&str, &str, &str)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned());
    list.iter().map(own).collect()
}

const THE_MAIL: (&str, &str, &str) =
    ("message", "email", "Siparişim gelmedi. Sipariş numaram 4417.");
const FIRST_CALL: (&str, &str, &str) = ("call", "phone", "Asks where her parcel is");
const THE_CHAT: (&str, &str, &str) = ("message", "chat", "Merhaba, ne oldu?");
const SECOND_CALL: (&str, &str, &str) = ("call", "phone", "Calls again");

async fn nobody_repeats_themselves(world: Arc<World>) {
    let (agent, switchboard) = (world.agent(Role::Agent, &[]).await, switchboard(&world).await);
    let new = json!({ "channel": "chat", "address": "shop window", "name": "Shop window" });
    let chat = world.admin().await.post("/inboxes", new).await.good();

    // Elif writes an e-mail, and says which order it is about.
    world.deliver(&mail(ELIF, "1@customer.example", "Kargo", "", THE_MAIL.2)).await;
    let elif = world.customer(&agent, "elif@customer.example").await;
    let elif = text(&elif["id"]).to_owned();

    // She calls, from a number that nobody knows: that is somebody else, as far as anybody can tell.
    let call = calls(&switchboard, "c1", FIRST_CALL.2).await;
    let caller = text(&call["customer"]).to_owned();
    assert_ne!(caller, elif);
    assert_eq!(timeline(&agent, &elif).await, entries(&[THE_MAIL]));
    assert_eq!(timeline(&agent, &caller).await, entries(&[FIRST_CALL]));

    // The agent on the telephone hears who it is, looks at what would become of it, and links the two.
    let path = format!("/customers/{elif}/merge");
    let other = json!({ "other": caller, "note": "She said so on the telephone" });
    agent.post(&format!("{path}/preview"), json!({ "other": caller })).await.good();
    let merge = agent.post(&path, other).await.good();
    let known = agent.get(&format!("/customers/{caller}")).await;
    assert_eq!(known.header("throughline-canonical-id"), elif);
    assert_eq!(known.good()["id"], elif);

    // She writes by chat. The agent there sees one history.
    let ticket = chats(&switchboard, &chat, THE_CHAT.2).await;
    let all = entries(&[THE_MAIL, FIRST_CALL, THE_CHAT]);
    assert_eq!(timeline(&agent, &elif).await, all);
    assert_eq!(timeline(&agent, &caller).await, all, "by the old id as well");

    // He reads the brief instead of asking who she is.
    let brief = agent.get(&format!("/customers/{elif}/brief")).await.good();
    assert_eq!((&brief["name"], &brief["language"]), (&json!("Elif Demir"), &json!("tr")));
    let channels: BTreeSet<&str> = brief["contacts"]
        .as_array()
        .expect("contacts")
        .iter()
        .map(|c| text(&c["channel"]))
        .collect();
    assert_eq!(channels, BTreeSet::from(["chat", "email", "phone"]));

    // The order number is there, with the words in which she gave it.
    let facts = agent.get(&format!("/customers/{elif}/facts?kind=order_number")).await.good();
    let fact = &facts["items"][0]["fact"];
    assert_eq!((&fact["value"], &fact["channel"]), (&json!("4417"), &json!("email")), "{facts}");
    let source = agent.get(&format!("/items/{}", text(&fact["item"]))).await.good();
    assert!(text(&source["body"]).contains("4417"));

    // He asks all the same; the guard knows better, and holds the question.
    let question = "Sipariş numaranızı paylaşır mısınız?";
    let path = format!("/tickets/{}/draft/check", text(&ticket["id"]));
    let draft = json!({ "body": question, "language": "en" });
    let told = agent.post(&path, draft).await.good();
    assert_eq!(told["asks"][0]["known"][0]["value"], "4417", "{told}");
    let words = text(&told["asks"][0]["known"][0]["words"]).to_owned();
    assert!(words.starts_with("given on") && words.ends_with("by e-mail: 4417"), "{words}");
    let strict = Guard { mode: GuardMode::Require, ..Guard::default() };
    let strict = world.app.clone().with_guard(strict);
    let id = text(&ticket["id"]).parse().expect("an id");
    let reply = NewReply { body: question.to_owned(), ..NewReply::default() };
    let held = tickets::reply(&strict, &Actor::system(), id, reply).await.expect_err("held");
    assert_eq!(held.code, "asks_known");

    // She calls once more. Then it turns out that the caller was her sister: the merge is undone, and
    // each has exactly her own, also of what came in between.
    calls(&switchboard, "c2", SECOND_CALL.2).await;
    let undo = format!("/merges/{}/undo", text(&merge["id"]));
    agent.post(&undo, Value::Null).await.good();
    assert_eq!(timeline(&agent, &elif).await, entries(&[THE_MAIL, THE_CHAT]));
    assert_eq!(timeline(&agent, &caller).await, entries(&[FIRST_CALL, SECOND_CALL]));
    let facts = agent.get(&format!("/customers/{caller}/facts")).await.good();
    assert_eq!(facts["items"], json!([]), "the sister has no order");
    assert_eq!(agent.get(&format!("/customers/{caller}")).await.good()["id"], caller);

    // It was she after all: merged again, the other way round.
    let path = format!("/customers/{elif}/merge");
    agent.post(&path, json!({ "other": caller, "survivor": caller })).await.good();
    let all = entries(&[THE_MAIL, FIRST_CALL, THE_CHAT, SECOND_CALL]);
    assert_eq!(timeline(&agent, &caller).await, all);
    let known = agent.get(&format!("/customers/{elif}")).await;
    assert_eq!(known.header("throughline-canonical-id"), caller);
    let known = known.good();
    assert_eq!((&known["id"], &known["name"]), (&json!(caller), &json!("Elif Demir")));
    let facts = agent.get(&format!("/customers/{caller}/facts?kind=order_number")).await.good();
    assert_eq!(facts["items"][0]["fact"]["value"], "4417");
    world.assert_no_dead_jobs().await;
}
