//! Bluesky: what its notifications say, and that nothing is missed, doubled or torn from its thread when
//! a server is asked.

use std::cell::RefCell;

use serde_json::{Value, json};
use throughline_ingest::Decode;
use throughline_ingest::bluesky::BLUESKY;
use throughline_ingest::hooks::Account;
use throughline_ingest::poll::{Found, Question, Trouble};

use crate::asked::{Asked, Said, fails, names, says};
use crate::hostile;
use crate::leaves::said;
use crate::sent::{account, settings};

/// What is not read, each for a reason.
const LEFT_ASIDE: &[&str] = &[
    // How the account that asks stands to the author, and when the server looked at him.
    "/author/associated/**",
    "/author/viewer/**",
    "/author/indexedAt",
    "/notifications/*/author/associated/**",
    "/notifications/*/author/viewer/**",
    "/notifications/*/author/indexedAt",
    "/*/author/associated/**",
    "/*/author/viewer/**",
    "/*/author/indexedAt",
    // Whether it was read, and counts that change by the minute.
    "/isRead",
    "/*/isRead",
    "/notifications/*/isRead",
    "/*/viewer/**",
    "/*/replyCount",
    "/*/repostCount",
    "/*/likeCount",
    "/*/quoteCount",
    "/*/bookmarkCount",
    // When it was seen, where it says itself when it was written.
    "/indexedAt",
    "/*/indexedAt",
    "/notifications/*/indexedAt",
    "/*/time_us",
    // What it claims to be written at lies ahead of when it was seen.
    "/notifications/*/record/createdAt",
    // What a record is, its address says.
    "/record/$type",
    "/*/record/$type",
    "/notifications/*/record/$type",
    "/*/commit/record/$type",
    "/*/kind",
    // Which of our posts is answered, the post says itself.
    "/notifications/*/reasonSubject",
    // Whose inbox it is matters only where he speaks himself.
    "/*/via/me",
    "/notifications/*/via/me",
    // The envelope of a page.
    "/cursor",
    "/priority",
    "/seenAt",
];

const ME: &str = "did:plc:kiosk";

fn set(terms: &str) -> Account {
    let settings = json!({ "handle": "kiosk.example", "search_terms": terms });
    account(settings, "app_password", &["abcd-efgh"])
}

fn decoder() -> Box<dyn Decode> {
    (BLUESKY.decoder)(&set("")).expect("a decoder")
}

#[test]
fn notifications_say_what_they_hold() {
    crate::golden::check("bluesky", decoder().as_ref(), LEFT_ASIDE);
}

#[test]
fn a_set_up_is_checked() {
    for (given, why) in [
        (json!({}), "`handle`"),
        (json!({ "handle": "kiosk" }), "`handle`"),
        (json!({ "handle": "kiosk.example", "service": "http://a.example" }), "`service`"),
        (json!({ "handle": "kiosk.example", "search_terms": "x,".repeat(21) }), "`search_terms`"),
    ] {
        let told = (BLUESKY.decoder)(&settings(given)).err().expect(why);
        assert!(told.to_string().contains(why), "{told}");
    }
    for handle in ["kiosk.example", "@kiosk.example", "did:plc:kiosk"] {
        assert!((BLUESKY.decoder)(&settings(json!({ "handle": handle }))).is_ok(), "{handle}");
    }
}

#[test]
fn nothing_hostile_stops_it() {
    hostile::check("bluesky", decoder().as_ref());
}

#[test]
fn ten_megabytes_are_read() {
    let text = "hello there ".repeat(20);
    let one = format!(
        r#"{{"reason":"mention","uri":"at://did:plc:a/app.bsky.feed.post/1","record":{{"text":"{text}"}}}}"#
    );
    let many = vec![one.as_str(); 10_000_000 / one.len()].join(",");
    hostile::large(decoder().as_ref(), format!("[{many}]").as_bytes());
}

fn uri(by: &str, number: i64) -> String {
    let by = if by == "kiosk" { ME.to_owned() } else { format!("did:plc:{by}") };
    format!("at://{by}/app.bsky.feed.post/{number}")
}

/// A server whose posts are written one a minute.
struct Server {
    now: i64,
    /// Posts by their number: who wrote it, which it answers, and the first one of its thread.
    posts: Vec<(i64, String, Option<String>, Option<String>)>,
    notified: Vec<i64>,
    found: Vec<i64>,
    gone: Vec<String>,
    hidden: Vec<String>,
    /// How often one signed in, and how many questions a token is good for.
    tokens: RefCell<(usize, usize)>,
}

impl Server {
    fn new() -> Self {
        let (posts, notified, found) = (Vec::new(), Vec::new(), Vec::new());
        let (gone, hidden) = (Vec::new(), Vec::new());
        let tokens = RefCell::new((0, 1_000));
        Self { now: 1_795_160_000, posts, notified, found, gone, hidden, tokens }
    }

    fn post(&mut self, number: i64, by: &str, parent: Option<String>) -> String {
        let root = parent.as_ref().map(|parent| {
            let before = self.posts.iter().find(|post| uri(&post.1, post.0) == *parent);
            before.and_then(|post| post.3.clone()).unwrap_or(parent.clone())
        });
        self.posts.push((number, by.to_owned(), parent, root));
        uri(by, number)
    }

    fn notify(&mut self, number: i64, by: &str, parent: Option<String>) -> String {
        self.notified.push(number);
        self.post(number, by, parent)
    }

    fn shown(&self, number: i64) -> Value {
        let (_, by, parent, root) =
            self.posts.iter().find(|post| post.0 == number).expect("a post");
        let at = throughline_core::time::Instant::from_micros((self.now + number * 60) * 1_000_000);
        let mut record = json!({ "text": format!("post {number}"), "createdAt": at.to_string() });
        if let (Some(parent), Some(root)) = (parent, root) {
            record["reply"] = json!({ "root": { "uri": root }, "parent": { "uri": parent } });
        }
        let did = if by == "kiosk" { ME.to_owned() } else { format!("did:plc:{by}") };
        json!({ "uri": uri(by, number), "cid": "c", "author": { "did": did, "handle": format!("{by}.example") },
            "reason": "mention", "record": record, "indexedAt": at.to_string() })
    }

    /// A page of a list, the newest first.
    fn page(&self, list: &[i64], cursor: Option<i64>, name: &str) -> Said {
        let mut all: Vec<i64> =
            list.iter().copied().filter(|at| cursor.is_none_or(|cursor| *at < cursor)).collect();
        all.sort_unstable_by(|one, other| other.cmp(one));
        all.truncate(100);
        let page: Vec<Value> = all.iter().map(|number| self.shown(*number)).collect();
        says(&json!({ name: page, "cursor": all.last().map(i64::to_string) }))
    }

    fn thread(&self, wanted: &str) -> Value {
        let post = self.posts.iter().find(|post| uri(&post.1, post.0) == wanted).expect("a post");
        let mut thread = json!({ "post": { "uri": wanted } });
        if let Some(parent) = &post.2 {
            thread["parent"] = self.thread(parent);
        }
        thread
    }

    fn signed_in(&self) -> Said {
        let mut tokens = self.tokens.borrow_mut();
        *tokens = (tokens.0 + 1, 20);
        let token = format!("access-{}", tokens.0);
        says(
            &json!({ "did": ME, "handle": "kiosk.example", "accessJwt": token, "refreshJwt": "refresh-1" }),
        )
    }

    fn says(&self, question: &Question) -> Said {
        let url = url::Url::parse(&question.url).expect("an address");
        let all = |name: &str| -> Vec<String> {
            let parts = url.query_pairs().filter(|(known, _)| known == name);
            parts.map(|(_, value)| value.into_owned()).collect()
        };
        let header = question.headers.iter().find(|(name, _)| *name == "authorization");
        let token = header.map(|(_, value)| value.as_str()).unwrap_or_default();
        let name = url.path().trim_start_matches("/xrpc/");
        match name {
            "com.atproto.server.createSession" => {
                let body: Value = serde_json::from_slice(question.body.as_deref().expect("a body"))
                    .expect("JSON");
                assert_eq!(body, json!({ "identifier": "kiosk.example", "password": "abcd-efgh" }));
                return self.signed_in();
            }
            "com.atproto.server.refreshSession" => {
                assert_eq!((token, question.method), ("Bearer refresh-1", "POST"));
                return self.signed_in();
            }
            _ => {}
        }
        let is_public = url.host_str() == Some("public.api.bsky.app");
        if !is_public {
            let mut tokens = self.tokens.borrow_mut();
            assert_eq!(token, format!("Bearer access-{}", tokens.0));
            if tokens.1 == 0 {
                let body =
                    json!({ "error": "ExpiredToken", "message": "Token has expired" }).to_string();
                return Said { status: 400, headers: Vec::new(), body: body.into_bytes() };
            }
            tokens.1 -= 1;
        }
        let cursor = all("cursor").first().and_then(|text| text.parse().ok());
        match name {
            "app.bsky.notification.listNotifications" => {
                assert_eq!(all("reasons"), ["mention", "reply", "quote"]);
                self.page(&self.notified, cursor, "notifications")
            }
            "app.bsky.feed.searchPosts" => self.page(&self.found, cursor, "posts"),
            "app.bsky.feed.getPostThread" => {
                says(&json!({ "thread": self.thread(&all("uri")[0]) }))
            }
            "app.bsky.feed.getPosts" => {
                assert_eq!(token.is_empty(), is_public);
                let shown = |uri: &String| {
                    !self.gone.contains(uri) && (is_public || !self.hidden.contains(uri))
                };
                let posts: Vec<Value> = all("uris")
                    .iter()
                    .filter(|uri| shown(uri))
                    .map(|uri| json!({ "uri": uri }))
                    .collect();
                says(&json!({ "posts": posts }))
            }
            other => panic!("{other}"),
        }
    }
}

/// What a found thing says: what it is called, its post, and its conversation.
fn told(found: &Found) -> (String, String, String) {
    let events = said(decoder().as_ref(), &found.bytes);
    let event = &events[0];
    let what = event["what"].as_object().expect("one").iter().next().expect("one");
    let of = what.1.get("object").or_else(|| what.1.get("of")).expect("a post");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (what.0.clone(), text(of), text(&event["conversation"]["key"]))
}

#[test]
fn of_hundreds_none_is_missed_none_comes_twice_and_the_oldest_comes_first() {
    let mut server = Server::new();
    server.notify(-10, "elif", None);
    let mut asked = Asked::new("bluesky", set(""));
    assert_eq!(asked.round(|question| server.says(question)), [], "what was there before");
    for number in 1..=250 {
        server.notify(number * 2, "elif", None);
    }
    let found = asked.round(|question| server.says(question));
    let name = |by, number| format!("notification:{}", uri(by, number));
    let expected: Vec<String> = (1..=250).map(|number| name("elif", number * 2)).collect();
    assert_eq!(names(&found), expected.iter().map(String::as_str).collect::<Vec<_>>());
    let pages = asked.questions.iter().filter(|question| question.contains("listNotifications"));
    assert!(pages.count() >= 5, "back and forward again");
    asked.restart();
    assert_eq!(asked.round(|question| server.says(question)), []);
    // One that says it was written before others that were taken.
    server.notify(401, "reza", None);
    assert_eq!(names(&asked.round(|question| server.says(question))), [name("reza", 401)]);
}

#[test]
fn stopped_in_the_middle_it_goes_on_and_loses_nothing() {
    let mut server = Server::new();
    let mut asked = Asked::new("bluesky", set(""));
    asked.round(|question| server.says(question));
    for number in 1..=250 {
        server.notify(number, "elif", None);
    }
    let mut all = Vec::new();
    for _ in 0..5 {
        let (found, _) = asked.step(|question| server.says(question)).expect("an answer");
        all.extend(found);
    }
    asked.restart();
    all.extend(asked.round(|question| server.says(question)));
    let mut uris: Vec<String> = all.iter().map(|found| told(found).1).collect();
    uris.sort();
    uris.dedup();
    assert_eq!((uris.len(), all.len()), (250, 250));
}

#[test]
fn a_thread_is_one_conversation_and_who_answers_us_begins_one() {
    let mut server = Server::new();
    let mut asked = Asked::new("bluesky", set(""));
    asked.round(|question| server.says(question));
    let first = server.notify(1, "elif", None);
    let ours = server.post(2, "kiosk", Some(first.clone()));
    server.notify(3, "elif", Some(ours));
    let alone = server.post(10, "kiosk", None);
    let answer = server.notify(11, "elif", Some(alone.clone()));
    let ours = server.post(12, "kiosk", Some(answer.clone()));
    let again = server.notify(13, "elif", Some(ours));
    let other = server.notify(14, "reza", Some(alone));
    let found = asked.round(|question| server.says(question));
    let keys: Vec<String> = found.iter().map(|found| told(found).2).collect();
    assert_eq!(keys, [first.clone(), first, answer.clone(), answer.clone(), other]);
    server.notify(15, "elif", Some(again));
    let found = asked.round(|question| server.says(question));
    assert_eq!(told(&found[0]).2, answer);
    assert!(
        !asked.questions.iter().any(|question| question.contains("getPostThread")),
        "it is known"
    );
}

#[test]
fn searches_find_others_posts_once() {
    let mut server = Server::new();
    server.post(-1, "elif", None);
    server.found.push(-1);
    let mut asked = Asked::new("bluesky", set("kiosk, bread"));
    assert_eq!(asked.round(|question| server.says(question)), []);
    server.post(1, "elif", None);
    server.post(2, "kiosk", None);
    server.found.extend([1, 2]);
    let found = asked.round(|question| server.says(question));
    assert_eq!(
        names(&found),
        [format!("search:{}", uri("elif", 1)), format!("search:{}", uri("elif", 1))]
    );
    assert_eq!(asked.round(|question| server.says(question)), []);
}

#[test]
fn what_is_gone_is_told_from_what_is_hidden() {
    let mut server = Server::new();
    let mut asked = Asked::new("bluesky", set(""));
    asked.round(|question| server.says(question));
    let uris: Vec<String> = (1..=30).map(|number| server.notify(number, "elif", None)).collect();
    assert_eq!(asked.round(|question| server.says(question)).len(), 30);
    server.gone.push(uris[3].clone());
    server.hidden.push(uris[28].clone());
    asked.now += 600;
    let found = asked.round(|question| server.says(question));
    let mut what: Vec<(String, String)> =
        found.iter().map(told).map(|(what, of, _)| (what, of)).collect();
    what.sort();
    let expected = [("deletion", &uris[3]), ("unknown", &uris[28])];
    assert_eq!(what, expected.map(|(what, uri)| (what.to_owned(), uri.clone())));
    asked.now += 600;
    assert_eq!(asked.round(|question| server.says(question)), [], "each is told once");
}

#[test]
fn an_expired_token_is_renewed_and_the_question_asked_again() {
    let mut server = Server::new();
    let mut asked = Asked::new("bluesky", set(""));
    asked.round(|question| server.says(question));
    server.notify(1, "elif", None);
    server.tokens.borrow_mut().1 = 0;
    let found = asked.round(|question| server.says(question));
    assert_eq!(found.len(), 1);
    let renewed =
        asked.questions.iter().filter(|question| question.contains("refreshSession")).count();
    assert_eq!(renewed, 1, "{:?}", asked.questions);
    // The other token has expired as well: one signs in anew.
    server.tokens.borrow_mut().1 = 0;
    asked.round(|question| match question.url.contains("refreshSession") {
        true => fails(400),
        false => server.says(question),
    });
    assert!(asked.questions.iter().any(|question| question.contains("createSession")));
    // One that is never taken is not asked for again and again.
    let expired =
        || Said { status: 400, headers: Vec::new(), body: br#"{"error":"ExpiredToken"}"#.to_vec() };
    let mut goes_on = true;
    for _ in 0..10 {
        let step = asked.step(|question| match question.url.contains("Session") {
            true => server.says(question),
            false => expired(),
        });
        goes_on = goes_on && step.expect("it waits").1;
    }
    assert!(!goes_on);
}

#[test]
fn troubles_say_who_has_to_do_something_and_no_secret() {
    let mut asked = Asked::new("bluesky", set(""));
    let error = |error: &str| Said {
        status: 401,
        headers: Vec::new(),
        body: json!({ "error": error, "message": "no" }).to_string().into_bytes(),
    };
    for (what, word) in
        [("AuthenticationRequired", "credentials"), ("AuthFactorTokenRequired", "app password")]
    {
        let trouble = asked.step(|_| error(what)).expect_err("trouble");
        assert!(matches!(&trouble, Trouble::Broken { why } if why.contains(word)), "{trouble:?}");
        assert!(!format!("{trouble:?}").contains("abcd-efgh"));
    }
    let server = Server::new();
    asked.round(|question| server.says(question));
    let place = format!("{:?}", asked.place);
    assert!(!place.contains("access-1") && !asked.place.cursor.to_string().contains("access-1"));
    let limited = || Said {
        status: 429,
        headers: vec![("ratelimit-reset".into(), (asked_now() + 40).to_string())],
        body: Vec::new(),
    };
    let trouble = asked.step(|_| limited()).expect_err("trouble");
    assert!(matches!(trouble, Trouble::Later { after_seconds: Some(41), .. }), "{trouble:?}");
}

fn asked_now() -> i64 {
    Asked::new("bluesky", set("")).now
}
