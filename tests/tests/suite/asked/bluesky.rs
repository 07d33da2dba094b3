//! Bluesky: what is said to the account comes once, tokens are renewed while it is asked, and what was
//! taken back is noticed.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use throughline_test_servers::http::{Do, Server};
use throughline_tests::{World, on_both};

use super::Desk;
use super::platform::{Asked, Mood, no, ok, once};
use crate::channels::bot::text;
use crate::mailboxes::kit::soon;

on_both!(
    posts_come_once_with_their_author_and_their_page,
    a_token_that_has_expired_is_renewed_without_signing_in,
    what_was_taken_back_is_told_from_what_is_hidden,
    a_limit_is_waited_for,
    a_password_that_is_refused_is_told_and_a_new_one_heals,
);

const PASSWORD: &str = "abcd-efgh-ijkl-mnop";
const US: &str = "did:plc:kiosk";

/// A server with posts and tokens, and where everybody may ask.
#[derive(Clone, Default)]
pub struct Bluesky(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    posts: Vec<Value>,
    gone: Vec<String>,
    /// What our account is not shown.
    hidden: Vec<String>,
    /// The number of the tokens that are good.
    tokens: usize,
    sign_ins: usize,
    refreshes: usize,
    /// What was posted for us.
    sent: Vec<Value>,
    /// The files that were put there, as they came.
    uploads: Vec<String>,
    mood: Option<Mood>,
}

pub fn uri(number: u64, by: &str) -> String {
    format!("at://did:plc:{by}/app.bsky.feed.post/3k{number:03}")
}

impl Bluesky {
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

    /// The tokens that were given are good no longer.
    pub fn expire(&self) {
        self.with(|state| state.tokens += 1);
    }

    pub fn sent(&self) -> Vec<Value> {
        self.with(|state| state.sent.clone())
    }

    pub fn uploads(&self) -> Vec<String> {
        self.with(|state| state.uploads.clone())
    }

    pub fn sign_ins(&self) -> usize {
        self.with(|state| state.sign_ins)
    }

    /// Somebody says something to us, so many minutes after nine.
    pub fn says(&self, number: u64, by: &str, minute: i64, answers: Option<(&str, &str)>) {
        let minutes = 9 * 60 + minute;
        let at = format!("2026-11-22T{:02}:{:02}:00.000Z", minutes / 60, minutes % 60);
        let reply = answers.map(|(root, parent)| {
            json!({ "root": { "uri": root, "cid": "c" }, "parent": { "uri": parent, "cid": "c" } })
        });
        let mut record = json!({ "$type": "app.bsky.feed.post", "createdAt": at,
            "text": format!("post {number}"), "langs": ["en"] });
        if let Some(reply) = reply {
            record["reply"] = reply;
        }
        let author = json!({ "did": format!("did:plc:{by}"), "handle": format!("{by}.example"),
            "displayName": by });
        let reason = if answers.is_some() { "reply" } else { "mention" };
        let post = json!({ "uri": uri(number, by), "cid": format!("cid{number}"),
            "author": author, "reason": reason, "record": record, "indexedAt": at });
        self.with(|state| state.posts.push(post));
    }
}

impl State {
    fn answer(&mut self, asked: &Asked) -> Do {
        if let Some(instead) = self.mood.as_mut().and_then(|mood| mood(asked)) {
            return instead;
        }
        let name = asked.path.strip_prefix("/xrpc/").expect("a method");
        match name {
            "com.atproto.server.createSession" => {
                let given = asked.json();
                assert_eq!(given["identifier"], "kiosk.bsky.example");
                if given["password"] != PASSWORD {
                    let words = json!({ "error": "AuthenticationRequired",
                        "message": "Invalid identifier or password" });
                    return no("401 Unauthorized", &words);
                }
                self.sign_ins += 1;
                return ok(&self.session());
            }
            "com.atproto.server.refreshSession" => {
                // A token to refresh with outlives the one that it refreshes.
                assert!(asked.token.as_ref().is_some_and(|token| token.starts_with("refresh-")));
                self.refreshes += 1;
                return ok(&self.session());
            }
            // Everybody may ask for posts.
            "app.bsky.feed.getPosts" if asked.token.is_none() => {
                return ok(&self.posts(asked, &[]));
            }
            _ => {}
        }
        // A record is shown to everybody, too.
        let is_open = name == "com.atproto.repo.getRecord";
        if !is_open && asked.token != Some(format!("access-{}", self.tokens)) {
            let words = json!({ "error": "ExpiredToken", "message": "Token has expired" });
            return no("400 Bad Request", &words);
        }
        match name {
            "app.bsky.notification.listNotifications" => {
                let all: Vec<&Value> = self.posts.iter().rev().collect();
                ok(&json!({ "notifications": all }))
            }
            "app.bsky.feed.getPosts" => ok(&self.posts(asked, &self.hidden)),
            "app.bsky.feed.getPostThread" => {
                ok(&json!({ "thread": self.thread(asked.one("uri").expect("an address")) }))
            }
            "com.atproto.repo.getRecord" => {
                let key = asked.one("rkey").expect("a key");
                ok(&json!({ "uri": format!("at://{US}/app.bsky.feed.post/{key}"), "cid": "ours" }))
            }
            "com.atproto.repo.uploadBlob" => {
                self.uploads.push(asked.body.clone());
                let link = format!("bafk{}", self.uploads.len());
                let size = asked.body.len();
                ok(&json!({ "blob": { "$type": "blob", "ref": { "$link": link },
                    "mimeType": "image/png", "size": size } }))
            }
            "com.atproto.repo.createRecord" => {
                self.sent.push(asked.json());
                let uri = format!("at://{US}/app.bsky.feed.post/3sent{}", self.sent.len());
                ok(&json!({ "uri": uri, "cid": "ours" }))
            }
            other => panic!("{other}"),
        }
    }

    fn session(&self) -> Value {
        let token = |kind: &str| format!("{kind}-{}", self.tokens);
        json!({ "did": US, "handle": "kiosk.bsky.example", "accessJwt": token("access"),
            "refreshJwt": token("refresh") })
    }

    fn posts(&self, asked: &Asked, hidden: &[String]) -> Value {
        let uris = asked.all("uris");
        let is_shown = |post: &&Value| {
            let uri = text(&post["uri"]);
            let is_away = self.gone.iter().chain(hidden).any(|away| away == uri);
            uris.contains(&uri) && !is_away
        };
        let posts: Vec<&Value> = self.posts.iter().filter(is_shown).collect();
        json!({ "posts": posts })
    }

    fn thread(&self, uri: &str) -> Value {
        let post = self.posts.iter().find(|post| post["uri"] == uri);
        let parent = post.and_then(|post| post["record"]["reply"]["parent"]["uri"].as_str());
        json!({ "post": { "uri": uri }, "parent": parent.map(|parent| self.thread(parent)) })
    }
}

pub fn set_up(password: &str) -> Value {
    json!({
        "kind": "bluesky",
        "settings": { "handle": "kiosk.bsky.example", "service": "pds.example" },
        "secrets": { "app_password": [password] }
    })
}

pub async fn connected(world: &Arc<World>) -> (Desk, Bluesky) {
    let bluesky = Bluesky::default();
    let server = bluesky.start().await;
    (Desk::new(world, "social", server, set_up(PASSWORD)).await, bluesky)
}

async fn posts_come_once_with_their_author_and_their_page(world: Arc<World>) {
    let (desk, bluesky) = connected(&world).await;
    bluesky.says(1, "early", -10, None);
    let run = desk.begun().await;
    bluesky.says(2, "elif", 20, None);
    bluesky.says(3, "reza", 21, None);
    desk.round().await;
    let (first, second) = (uri(2, "elif"), "at://did:plc:kiosk/app.bsky.feed.post/3kus");
    bluesky.says(4, "elif", 40, Some((first.as_str(), second)));
    desk.round().await;
    desk.until_delivered(3).await;
    run.end().await;
    let elif = desk.timeline("elif").await;
    let bodies: Vec<&Value> = elif.iter().map(|item| &item["body"]).collect();
    assert_eq!(bodies, ["post 4", "post 2"]);
    assert_eq!(elif[0]["ticket"], elif[1]["ticket"]);
    let platform = &elif[1]["message"]["platform"];
    assert_eq!(
        (&platform["audience"], &platform["object"]),
        (&json!("public"), &json!(uri(2, "elif")))
    );
    assert_eq!(platform["url"], "https://bsky.app/profile/did:plc:elif/post/3k002");
    assert_eq!(elif[0]["message"]["platform"]["answers"], second);
    assert_eq!(
        (&elif[1]["author"]["kind"], &elif[1]["channel"]),
        (&json!("customer"), &json!("social"))
    );
    assert_eq!(elif[1]["message"]["from"]["name"], "elif");
    assert_eq!(desk.timeline("reza").await.len(), 1);
    // Another worker signs in anew and finds nothing new.
    let run = desk.poller();
    desk.round().await;
    desk.round().await;
    run.end().await;
    assert_eq!(desk.deliveries().await.len(), 3);
}

async fn a_token_that_has_expired_is_renewed_without_signing_in(world: Arc<World>) {
    let (desk, bluesky) = connected(&world).await;
    let run = desk.begun().await;
    bluesky.expire();
    bluesky.says(1, "elif", 20, None);
    desk.round().await;
    desk.until_delivered(1).await;
    assert_eq!(bluesky.with(|state| (state.sign_ins, state.refreshes)), (1, 1));
    // Where that is not taken any more either, one signs in.
    bluesky.expire();
    let words = json!({ "error": "ExpiredToken", "message": "Token has been revoked" });
    bluesky.moody(once("refreshSession", no("400 Bad Request", &words)));
    bluesky.says(2, "elif", 40, None);
    desk.round().await;
    desk.until_delivered(2).await;
    run.end().await;
    assert_eq!(bluesky.sign_ins(), 2);
    assert_eq!(desk.health().await["ok"], json!(true));
    let place = format!("{:?}", desk.place().await);
    assert!(!place.contains("access-") && !place.contains(PASSWORD), "{place}");
}

async fn what_was_taken_back_is_told_from_what_is_hidden(world: Arc<World>) {
    let (desk, bluesky) = connected(&world).await;
    let run = desk.begun().await;
    for (number, by, minute) in [(1, "elif", 21), (2, "reza", 22), (3, "kim", 23)] {
        bluesky.says(number, by, minute, None);
    }
    desk.round().await;
    desk.until_delivered(3).await;
    bluesky.with(|state| {
        state.gone.push(uri(2, "reza"));
        state.hidden.push(uri(3, "kim"));
    });
    desk.round().await;
    desk.until_delivered(5).await;
    desk.round().await;
    run.end().await;
    assert_eq!(desk.deliveries().await.len(), 5, "each is told once");
    let reza = desk.timeline("reza").await;
    assert_eq!((reza.len(), &reza[0]["body"]), (1, &json!("")));
    assert!(reza[0]["message"]["platform"]["deleted_at"].is_string(), "{reza:?}");
    let kim = desk.timeline("kim").await;
    assert!(text(&kim[0]["body"]).contains("cannot be seen any more"), "{kim:?}");
    assert_eq!(kim[1]["body"], "post 3");
    assert_eq!(desk.timeline("elif").await[0]["body"], "post 1");
}

async fn a_limit_is_waited_for(world: Arc<World>) {
    let (desk, bluesky) = connected(&world).await;
    let run = desk.begun().await;
    bluesky.says(1, "elif", 20, None);
    // Bluesky says when its limit is renewed, and not how long that takes.
    let until = desk.world.app.now().as_micros() / 1_000_000 + 61 + 600;
    let head: &'static str =
        Box::leak(format!("429 Too Many Requests\r\nratelimit-reset: {until}").into_boxed_str());
    let words = json!({ "error": "RateLimitExceeded", "message": "Rate Limit Exceeded" });
    bluesky.moody(once("listNotifications", no(head, &words)));
    let seconds = desk.put_off(61).await;
    assert!((599..=662).contains(&seconds), "{seconds}");
    assert!(text(&desk.health().await["trouble"]).contains("Rate Limit Exceeded"));
    desk.world.clock.advance(300);
    tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    assert_eq!(desk.deliveries().await.len(), 0);
    desk.world.clock.advance(400);
    desk.until_delivered(1).await;
    run.end().await;
}

async fn a_password_that_is_refused_is_told_and_a_new_one_heals(world: Arc<World>) {
    let bluesky = Bluesky::default();
    let server = bluesky.start().await;
    let desk = Desk::new(&world, "social", server, set_up("the-wrong-password")).await;
    let run = desk.poller();
    let sick = desk.sick().await;
    let words = text(&sick["trouble"]);
    assert!(words.contains("Invalid identifier or password"), "{sick}");
    assert!(!sick.to_string().contains("the-wrong"), "{sick}");
    assert_eq!(sick["asking"]["needs_change"], json!(true));
    desk.admin.put(&desk.account, set_up(PASSWORD)).await.good();
    soon("it works", async || desk.health().await["ok"] == json!(true)).await;
    run.end().await;
}
