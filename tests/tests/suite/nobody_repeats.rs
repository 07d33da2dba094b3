//! The story that the product is for, from one end to the other: nobody repeats themselves. Her mail lies
//! in a mailbox and is fetched, her chat comes by a signed hook and is answered there, and her calls stand
//! in the log of the telephone system, which is sent here as a whole each time.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use throughline_app::Guard;
use throughline_app::tickets::{self, NewReply};
use throughline_core::actor::Actor;
use throughline_core::agent::Role;
use throughline_core::guard::GuardMode;
use throughline_test_servers::http::{Do, Server};
use throughline_tests::hooks::{SECRET, standard_secret, standard_signature};
use throughline_tests::mails::mail;
use throughline_tests::{Client, World, on_both};

use crate::mailboxes::kit::{Run, USER, dovecot, set_up, soon, tickets as count_of_tickets};
use crate::phone;

on_both!(nobody_repeats_themselves);

const ELIF: &str = "Elif Demir <elif@customer.example>";
const HER_PHONE: &str = "+905321112233";

/// The telephone system: the log that it writes, and the inbox for its calls.
struct Switchboard {
    client: Client,
    inbox: String,
    log: String,
}

impl Switchboard {
    async fn new(world: &World) -> Self {
        let admin = world.admin().await;
        let inbox = phone::inbox(&admin, "switchboard").await;
        let new = json!({ "name": "Switchboard", "scopes": ["deliveries:write"] });
        let key = admin.post("/api-keys", new).await.good();
        let client = world.anonymous.with_token(text(&key["key"]));
        Self { client, inbox, log: String::new() }
    }

    /// She calls, and somebody talks to her for so many seconds, or nobody does. The log that is sent then
    /// holds what was sent before, too. Answers what became of it.
    async fn logs(&mut self, world: &World, clock: &str, talk: u32) -> Value {
        let (number, start) = (HER_PHONE.replace("+9", ""), format!("2026-02-03 {clock}"));
        let (word, answer) = match talk {
            0 => ("NO ANSWER", String::new()),
            _ => ("ANSWERED", format!("\"{start}\"")),
        };
        let id = format!("1770109800.{}", self.log.lines().count());
        self.log += &format!(
            "\"\",\"{number}\",\"201\",\"from-trunk\",\"<{number}>\",\"PJSIP/trunk-{id}\",\
             \"PJSIP/201-{id}\",\"Dial\",\"PJSIP/201,,Tt\",\"{start}\",{answer},\"{start}\",{talk},\
             {talk},\"{word}\",\"DOCUMENTATION\",\"{id}\",\"\",\"\",\"{id}\",1\n"
        );
        let done = phone::import(world, &self.client, &self.inbox, &self.log).await;
        done["counts"].clone()
    }
}

/// Her mail is put into the desk's mailbox, from where it is fetched. Where no mail server can be had, it
/// is handed in.
async fn writes(world: &Arc<World>, mail: &str) {
    let Some(server) = dovecot() else { return world.deliver(mail).await };
    set_up(world, "support@throughline.example", server.plain(), |_| {}).await;
    let run = Run::start(world);
    server.deliver(USER, mail.replace('\n', "\r\n").as_bytes());
    soon("her mail is a ticket", async || count_of_tickets(world).await == 1).await;
    run.end().await;
}

/// The chat of the shop's window, which knows by which address its visitors signed in.
struct Chat {
    inbox: String,
    hook: String,
    /// Where it takes answers.
    window: Server,
}

impl Chat {
    async fn new(world: &World) -> Self {
        let admin = world.admin().await;
        let new = json!({ "channel": "chat", "address": "shop window", "name": "Shop window" });
        let inbox = text(&admin.post("/inboxes", new).await.good()["id"]).to_owned();
        let window = Server::start(vec![Do::Say("200 OK", String::new())]).await;
        let mapping = json!({
            "id": "/id", "conversation": "/visit", "text": "/text", "name": "/visitor/name",
            "hints": [{ "kind": "email", "path": "/visitor/email", "verified": true }]
        });
        let reply_url = format!("{}/answers", window.url());
        let settings =
            json!({ "scheme": "standard_webhooks", "mapping": mapping, "reply_url": reply_url });
        let secrets = json!({ "secret": [standard_secret(SECRET)] });
        let set_up = json!({ "kind": "webhook", "settings": settings, "secrets": secrets });
        let made = admin.put(&format!("/inboxes/{inbox}/channel"), set_up).await.good();
        Self { hook: text(&made["hook"]).to_owned(), inbox, window }
    }

    /// Elif writes, and the chat tells it twice, since it did not hear the first answer.
    async fn tells(&self, world: &World, words: &str) {
        let body = json!({
            "id": "m-1", "visit": "visit-7", "text": words,
            "visitor": { "name": "Elif Demir", "email": "elif@customer.example" }
        });
        let body = body.to_string().into_bytes();
        for seconds in [0, 20] {
            let at = world.app.now().as_micros() / 1_000_000 + seconds;
            let chat = world
                .anonymous
                .with_header("webhook-id", "msg_1")
                .with_header("webhook-timestamp", &at.to_string())
                .with_header("webhook-signature", &standard_signature(SECRET, "msg_1", at, &body));
            chat.post_raw(&self.hook, "application/json", body.clone()).await.good();
        }
        world.drain().await;
    }

    /// The only ticket of the chat.
    async fn ticket(&self, agent: &Client) -> Value {
        let mut page = agent.get(&format!("/tickets?inbox={}", self.inbox)).await.good();
        let tickets = page["items"].as_array_mut().expect("tickets");
        assert_eq!(tickets.len(), 1, "{tickets:?}");
        tickets.remove(0)
    }

    /// What stands in the window.
    async fn shows(&self, world: &World) -> Vec<Value> {
        world.clock.advance(60);
        let runner = world.chat_runner(&self.window.url(), None);
        runner.drain().await.expect("the worker runs");
        let body = |request: &String| {
            let (head, body) = request.split_once("\r\n\r\n").expect("a body");
            assert!(head.to_ascii_lowercase().contains("webhook-signature: v1,"), "{head}");
            serde_json::from_str(body).expect("JSON")
        };
        self.window.seen().iter().map(body).collect()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// What stands on a timeline, without what tells of merges: kinds, channels and first words.
async fn timeline(agent: &Client, customer: &str) -> BTreeSet<(String, String, String)> {
    let page = agent.get(&format!("/customers/{customer}/timeline?limit=100")).await.good();
    let items = page["items"].as_array().expect("items").iter();
    let shown = items.filter(|item| item["kind"] != "merge").map(|item| {
        let words = match &item["call"] {
            Value::Null => text(&item["body"]).lines().next().unwrap_or_default().to_owned(),
            call => format!("{}, {} s", text(&call["disposition"]), call["talk_seconds"]),
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
const FIRST_CALL: (&str, &str, &str) = ("call", "phone", "answered, 95 s");
const THE_CHAT: (&str, &str, &str) = ("message", "chat", "Merhaba, ne oldu?");
const THE_ANSWER: (&str, &str, &str) = ("message", "chat", "4417 yarın sizde olacak.");
const SECOND_CALL: (&str, &str, &str) = ("call", "phone", "missed, 0 s");

async fn nobody_repeats_themselves(world: Arc<World>) {
    let agent = world.agent(Role::Agent, &[]).await;
    let mut switchboard = Switchboard::new(&world).await;
    let chat = Chat::new(&world).await;

    // Elif writes an e-mail, and says which order it is about.
    writes(&world, &mail(ELIF, "1@customer.example", "Kargo", "", THE_MAIL.2)).await;
    let elif = world.customer(&agent, "elif@customer.example").await;
    let elif = text(&elif["id"]).to_owned();

    // She calls, from a number that nobody knows: that is somebody else, as far as anybody can tell.
    let counts = switchboard.logs(&world, "09:10:00", 95).await;
    assert_eq!((&counts["calls_new"], &counts["customers_new"]), (&json!(1), &json!(1)));
    let caller = phone::customer(&agent, HER_PHONE).await.expect("whose number it is");
    let caller = text(&caller["id"]).to_owned();
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
    chat.tells(&world, THE_CHAT.2).await;
    let ticket = chat.ticket(&agent).await;
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

    // So he tells her what she wants to know, and it stands in her window.
    let path = format!("/tickets/{}/replies", text(&ticket["id"]));
    let answer = agent.post(&path, json!({ "body": THE_ANSWER.2 })).await.good();
    let shown = chat.shows(&world).await;
    let answer = agent.get(&format!("/items/{}", text(&answer["id"]))).await.good();
    assert_eq!((&answer["message"]["send_state"], shown.len()), (&json!("sent"), 1), "{answer}");
    let place = (&shown[0]["conversation"], &shown[0]["text"]);
    assert_eq!(place, (&json!("visit-7"), &json!(THE_ANSWER.2)));

    // She calls once more. Then it turns out that the caller was her sister: the merge is undone, and
    // each has exactly her own, also of what came in between.
    let counts = switchboard.logs(&world, "10:40:00", 0).await;
    assert_eq!((&counts["calls_new"], &counts["legs_known"]), (&json!(1), &json!(1)), "{counts}");
    assert_eq!(counts["customers_new"], 0);
    let undo = format!("/merges/{}/undo", text(&merge["id"]));
    agent.post(&undo, Value::Null).await.good();
    assert_eq!(timeline(&agent, &elif).await, entries(&[THE_MAIL, THE_CHAT, THE_ANSWER]));
    assert_eq!(timeline(&agent, &caller).await, entries(&[FIRST_CALL, SECOND_CALL]));
    let facts = agent.get(&format!("/customers/{caller}/facts")).await.good();
    assert_eq!(facts["items"], json!([]), "the sister has no order");
    assert_eq!(agent.get(&format!("/customers/{caller}")).await.good()["id"], caller);

    // It was she after all: merged again, the other way round.
    let path = format!("/customers/{elif}/merge");
    agent.post(&path, json!({ "other": caller, "survivor": caller })).await.good();
    let all = entries(&[THE_MAIL, FIRST_CALL, THE_CHAT, THE_ANSWER, SECOND_CALL]);
    assert_eq!(timeline(&agent, &caller).await, all);
    let known = agent.get(&format!("/customers/{elif}")).await;
    assert_eq!(known.header("throughline-canonical-id"), caller);
    let known = known.good();
    assert_eq!((&known["id"], &known["name"]), (&json!(caller), &json!("Elif Demir")));
    let facts = agent.get(&format!("/customers/{caller}/facts?kind=order_number")).await.good();
    assert_eq!(facts["items"][0]["fact"]["value"], "4417");
    world.assert_no_dead_jobs().await;
}
