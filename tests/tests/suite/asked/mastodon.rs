//! Mastodon: what mentions the account comes once, with who wrote it and who reads it; changes are seen.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use throughline_test_servers::http::{Do, Server};
use throughline_tests::{World, on_both};

use super::Desk;
use super::platform::{Asked, Mood, no, ok, once};
use crate::channels::bot::text;

on_both!(
    posts_come_once_with_who_wrote_them_and_who_reads_them,
    a_thread_is_one_conversation_and_a_search_finds_what_names_us_otherwise,
    edits_and_deletions_change_the_item,
    a_server_without_lists_of_posts_is_asked_for_each,
    who_asks_to_wait_is_left_alone_for_so_long,
    a_token_that_is_refused_is_told_and_a_new_one_heals,
);

pub const TOKEN: &str = "a-token-of-mastodon";

/// A server with posts, notifications and what was posted there.
#[derive(Clone, Default)]
pub struct Mastodon(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    posts: Vec<Value>,
    notifications: Vec<(u64, u64)>,
    /// The posts that a search finds.
    found: Vec<u64>,
    gone: Vec<u64>,
    /// What was posted for us.
    sent: Vec<Value>,
    /// The files that were put there, as they came.
    uploads: Vec<String>,
    mood: Option<Mood>,
    /// What it takes of a post, where it tells.
    most: Option<u64>,
    /// Where it tells of what happens at once.
    streaming: Option<String>,
}

/// Ids say when a post was written.
pub fn id(number: u64) -> u64 {
    (1_795_337_000_000 + number * 1_000) << 16
}

pub fn uri(number: u64) -> String {
    format!("https://brot.example/users/x/statuses/{}", id(number))
}

impl Mastodon {
    pub async fn start(&self) -> Server {
        let this = self.clone();
        Server::answering(move |_, request| this.with(|state| state.answer(&Asked::read(request))))
            .await
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().expect("the state"))
    }

    pub fn moody(&self, mood: Mood) {
        self.with(|state| state.mood = Some(mood));
    }

    /// What it takes of a post.
    pub fn takes(&self, most: u64) {
        self.with(|state| state.most = Some(most));
    }

    pub fn streams_at(&self, url: &str) {
        self.with(|state| state.streaming = Some(url.to_owned()));
    }

    pub fn sent(&self) -> Vec<Value> {
        self.with(|state| state.sent.clone())
    }

    pub fn uploads(&self) -> Vec<String> {
        self.with(|state| state.uploads.clone())
    }

    pub fn post(&self, number: u64, by: &str, visibility: &str, answers: Option<u64>) {
        let account = json!({ "id": by, "username": by, "acct": format!("{by}@brot.example"),
            "display_name": by, "bot": false, "uri": format!("https://brot.example/users/{by}"),
            "url": format!("https://brot.example/@{by}") });
        let post = json!({ "id": id(number).to_string(), "uri": uri(number),
            "url": format!("https://brot.example/@{by}/{number}"), "visibility": visibility,
            "created_at": format!("2026-11-22T08:50:{number:02}.000Z"), "content": format!("<p>post {number}</p>"),
            "spoiler_text": "", "account": account, "edited_at": null, "media_attachments": [],
            "in_reply_to_id": answers.map(|answers| id(answers).to_string()),
            "mentions": [{ "id": "109", "acct": "kiosk" }] });
        self.with(|state| state.posts.push(post));
    }

    /// Somebody writes to us.
    pub fn mention(&self, number: u64, by: &str, visibility: &str, answers: Option<u64>) {
        self.post(number, by, visibility, answers);
        self.with(|state| state.notifications.push((number, id(number))));
    }

    fn change(&self, number: u64, words: &str, at: &str) {
        self.with(|state| {
            let changed = state.posts.iter_mut().find(|post| post["uri"] == uri(number));
            let changed = changed.expect("a post");
            changed["content"] = json!(format!("<p>{words}</p>"));
            changed["edited_at"] = json!(at);
        });
    }

    fn take_back(&self, number: u64) {
        self.with(|state| state.gone.push(id(number)));
    }
}

impl State {
    fn of(&self, id: u64) -> Option<&Value> {
        let name = id.to_string();
        let is_it = |post: &&Value| post["id"] == name && !self.gone.contains(&id);
        self.posts.iter().find(is_it)
    }

    fn before(&self, id: u64) -> Vec<&Value> {
        let mut chain = Vec::new();
        let mut at = self.of(id);
        while let Some(answered) = at.and_then(|post| post["in_reply_to_id"].as_str()) {
            at = self.of(answered.parse().expect("a number"));
            chain.extend(at);
        }
        chain.reverse();
        chain
    }

    fn answer(&mut self, asked: &Asked) -> Do {
        if let Some(instead) = self.mood.as_mut().and_then(|mood| mood(asked)) {
            return instead;
        }
        let parts: Vec<&str> = asked.path.trim_start_matches("/api/").split('/').collect();
        let is_public = matches!(parts.as_slice(), ["v1", "statuses", _]) || parts[0] == "v2";
        let is_known = asked.token.as_deref() == Some(TOKEN);
        if !(is_known || is_public && asked.token.is_none()) {
            let words = json!({ "error": "The access token is invalid" });
            return no("401 Unauthorized", &words);
        }
        let gone = || no("404 Not Found", &json!({ "error": "Record not found" }));
        match (asked.method.as_str(), parts.as_slice()) {
            ("GET", ["v1", "accounts", "verify_credentials"]) => {
                ok(&json!({ "id": "109", "acct": "kiosk", "username": "kiosk" }))
            }
            ("GET", ["v2", "instance"]) => ok(&json!({ "configuration": {
                "urls": { "streaming": self.streaming },
                "statuses": { "max_characters": self.most, "characters_reserved_per_url": 23 }
            } })),
            ("GET", ["v1", "notifications"]) => ok(&self.page(asked)),
            ("GET", ["v2", "search"]) => ok(&json!({ "statuses": self.search(asked) })),
            ("GET", ["v1", "statuses"]) => {
                let ids = asked.all("id[]").into_iter().map(|id| id.parse().expect("a number"));
                ok(&ids.filter_map(|id| self.of(id)).cloned().collect())
            }
            ("GET", ["v1", "statuses", id]) => {
                self.of(id.parse().expect("a number")).map_or_else(gone, ok)
            }
            ("GET", ["v1", "statuses", id, "context"]) => {
                let before = self.before(id.parse().expect("a number"));
                ok(&json!({ "ancestors": before, "descendants": [] }))
            }
            ("POST", ["v2", "media"]) => {
                self.uploads.push(asked.body.clone());
                let id = 800 + self.uploads.len();
                // It is there, and looked at later.
                no("202 Accepted", &json!({ "id": id.to_string(), "url": null }))
            }
            ("GET", ["v1", "media", id]) => ok(&json!({ "id": id, "url": "BASE/lamp.png" })),
            ("POST", ["v1", "statuses"]) => {
                self.sent.push(asked.json());
                let id = 900 + self.sent.len();
                ok(
                    &json!({ "id": id.to_string(), "uri": format!("BASE/users/kiosk/statuses/{id}") }),
                )
            }
            other => panic!("{other:?}"),
        }
    }

    /// The notifications behind one, the newest first.
    fn page(&self, asked: &Asked) -> Value {
        let min = asked.one("min_id").map_or(0, |id| id.parse().expect("a number"));
        let after = self.notifications.iter().filter(|(id, _)| *id > min).rev();
        let one = |(id, post): &(u64, u64)| {
            let status = self.of(*post)?;
            let at = "2026-11-22T08:50:01.000Z";
            Some(json!({ "id": id.to_string(), "type": "mention", "created_at": at,
                "account": status["account"], "status": status }))
        };
        after.filter_map(one).collect()
    }

    fn search(&self, asked: &Asked) -> Vec<Value> {
        let sought = asked.one("q").expect("words");
        if sought.starts_with("https://") {
            return self.posts.iter().filter(|post| post["uri"] == sought).cloned().collect();
        }
        let offset: usize = asked.one("offset").map_or(0, |text| text.parse().expect("a number"));
        let found = self.found.iter().rev().skip(offset);
        found.filter_map(|id| self.of(*id)).cloned().collect()
    }
}

/// A set-up of an account.
pub fn set_up(token: &str) -> Value {
    json!({
        "kind": "mastodon",
        "settings": { "server": "desk.social.example", "search_terms": "brot" },
        "secrets": { "access_token": [token] }
    })
}

async fn connected(world: &Arc<World>) -> (Desk, Mastodon) {
    let mastodon = Mastodon::default();
    let server = mastodon.start().await;
    (Desk::new(world, "social", server, set_up(TOKEN)).await, mastodon)
}

async fn posts_come_once_with_who_wrote_them_and_who_reads_them(world: Arc<World>) {
    let (desk, mastodon) = connected(&world).await;
    mastodon.mention(1, "early", "public", None);
    let run = desk.begun().await;
    for (number, by, visibility) in [
        (2, "elif", "public"),
        (3, "reza", "unlisted"),
        (4, "anna", "private"),
        (5, "kim", "direct"),
    ] {
        mastodon.mention(number, by, visibility, None);
    }
    desk.round().await;
    desk.until_delivered(4).await;
    run.end().await;
    for (number, by, audience) in [
        (2, "elif", "public"),
        (3, "reza", "unlisted"),
        (4, "anna", "group"),
        (5, "kim", "private"),
    ] {
        let timeline = desk.timeline(by).await;
        let [item] = timeline.as_slice() else { panic!("{timeline:?}") };
        let (said, platform) = (&item["message"], &item["message"]["platform"]);
        assert_eq!(item["body"], format!("post {number}"));
        assert_eq!(
            (&item["channel"], &item["author"]["kind"]),
            (&json!("social"), &json!("customer"))
        );
        assert_eq!(
            (&platform["audience"], &platform["object"]),
            (&json!(audience), &json!(uri(number)))
        );
        assert_eq!(platform["url"], format!("https://brot.example/@{by}/{number}"));
        assert_eq!(said["from"]["name"], by);
        assert_eq!(item["occurred_at"], format!("2026-11-22T08:50:{number:02}.000000Z"));
    }
    // Another worker, which is told all of it anew, finds nothing new.
    let run = desk.poller();
    desk.round().await;
    desk.round().await;
    run.end().await;
    desk.drain().await;
    assert_eq!(desk.deliveries().await.len(), 4);
}

async fn a_thread_is_one_conversation_and_a_search_finds_what_names_us_otherwise(
    world: Arc<World>,
) {
    let (desk, mastodon) = connected(&world).await;
    // What a search finds the first time was there before.
    mastodon.post(4, "reza", "public", None);
    mastodon.with(|state| state.found = vec![id(4)]);
    let run = desk.begun().await;
    mastodon.mention(1, "elif", "public", None);
    mastodon.post(2, "109", "public", Some(1));
    mastodon.mention(3, "elif", "public", Some(2));
    mastodon.post(5, "reza", "public", None);
    mastodon.with(|state| state.found.push(id(5)));
    desk.round().await;
    desk.until_delivered(3).await;
    run.end().await;
    let elif = desk.timeline("elif").await;
    let bodies: Vec<&Value> = elif.iter().map(|item| &item["body"]).collect();
    assert_eq!(bodies, ["post 3", "post 1"]);
    assert_eq!(elif[0]["ticket"], elif[1]["ticket"], "one thread is one ticket");
    let reza = desk.timeline("reza").await;
    assert_eq!((reza.len(), text(&reza[0]["body"])), (1, "post 5"));
}

async fn edits_and_deletions_change_the_item(world: Arc<World>) {
    let (desk, mastodon) = connected(&world).await;
    let run = desk.begun().await;
    mastodon.mention(1, "elif", "public", None);
    mastodon.mention(2, "reza", "public", None);
    mastodon.mention(3, "kim", "direct", None);
    desk.round().await;
    desk.until_delivered(3).await;
    mastodon.change(1, "post 1, put right", "2026-11-22T09:10:00.000Z");
    mastodon.take_back(2);
    mastodon.take_back(3);
    desk.round().await;
    desk.until_delivered(6).await;
    // Each is told once.
    desk.round().await;
    run.end().await;
    assert_eq!(desk.deliveries().await.len(), 6);
    let elif = desk.timeline("elif").await;
    let platform = &elif[0]["message"]["platform"];
    assert_eq!((elif.len(), text(&elif[0]["body"])), (1, "post 1, put right"));
    assert_eq!(platform["edits"][0]["text"], "post 1");
    assert_eq!(platform["edited_at"], "2026-11-22T09:10:00.000000Z");
    let reza = desk.timeline("reza").await;
    assert_eq!((reza.len(), &reza[0]["body"]), (1, &json!("")));
    assert!(reza[0]["message"]["platform"]["deleted_at"].is_string(), "{reza:?}");
    // Nobody can say of what was for us alone whether it is gone or hidden.
    let kim = desk.timeline("kim").await;
    assert!(kim.iter().any(|item| item["body"] == "post 3"), "{kim:?}");
    assert!(text(&kim[0]["body"]).contains("cannot be seen any more"), "{kim:?}");
}

async fn a_server_without_lists_of_posts_is_asked_for_each(world: Arc<World>) {
    let (desk, mastodon) = connected(&world).await;
    // As those before Mastodon 4.3.
    mastodon.moody(Box::new(|asked| {
        let is_list = asked.method == "GET" && asked.path == "/api/v1/statuses";
        is_list.then(|| no("404 Not Found", &json!({ "error": "The page does not exist" })))
    }));
    let run = desk.begun().await;
    mastodon.mention(1, "elif", "public", None);
    mastodon.mention(2, "reza", "public", None);
    desk.round().await;
    desk.until_delivered(2).await;
    mastodon.change(1, "put right", "2026-11-22T09:10:00.000Z");
    mastodon.take_back(2);
    desk.round().await;
    desk.until_delivered(4).await;
    run.end().await;
    assert_eq!(desk.timeline("elif").await[0]["body"], "put right");
    let reza = desk.timeline("reza").await;
    assert!(reza[0]["message"]["platform"]["deleted_at"].is_string(), "{reza:?}");
}

async fn who_asks_to_wait_is_left_alone_for_so_long(world: Arc<World>) {
    let (desk, mastodon) = connected(&world).await;
    let run = desk.begun().await;
    mastodon.mention(1, "elif", "public", None);
    let wait = Do::Say("429 Too Many Requests\r\nretry-after: 300", json!({}).to_string());
    mastodon.moody(once("/notifications", wait));
    let seconds = desk.put_off(61).await;
    assert!((299..=331).contains(&seconds), "{seconds}");
    let asked = desk.server.seen().len();
    desk.world.clock.advance(200);
    tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    assert_eq!((desk.server.seen().len(), desk.deliveries().await.len()), (asked, 0));
    desk.world.clock.advance(140);
    desk.until_delivered(1).await;
    run.end().await;
    assert_eq!(desk.health().await["ok"], json!(true));
}

async fn a_token_that_is_refused_is_told_and_a_new_one_heals(world: Arc<World>) {
    let mastodon = Mastodon::default();
    let server = mastodon.start().await;
    let desk = Desk::new(&world, "social", server, set_up("a-token-that-was-withdrawn")).await;
    let run = desk.poller();
    let sick = desk.sick().await;
    let words = text(&sick["trouble"]);
    assert!(
        words.contains("The access token is invalid") && words.contains("enters new ones"),
        "{sick}"
    );
    assert!(!sick.to_string().contains("withdrawn"), "{sick}");
    assert_eq!(sick["asking"]["needs_change"], json!(true));
    desk.admin.put(&desk.account, set_up(TOKEN)).await.good();
    crate::mailboxes::kit::soon("it works", async || desk.health().await["ok"] == json!(true))
        .await;
    desk.round().await;
    mastodon.mention(1, "elif", "public", None);
    desk.round().await;
    desk.until_delivered(1).await;
    run.end().await;
}
