//! Mastodon: what its notifications say, and that nothing is missed, doubled or torn from its thread when
//! a server is asked.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use throughline_ingest::Decode;
use throughline_ingest::hooks::Account;
use throughline_ingest::mastodon::MASTODON;
use throughline_ingest::poll::{Found, Question, Trouble};

use crate::asked::{Asked, Said, fails, names, says};
use crate::hostile;
use crate::leaves::said;
use crate::sent::account;

/// What is not read, each for a reason.
const LEFT_ASIDE: &[&str] = &[
    // Who wrote a post is said in the post as well, and when it was noticed by when it was written.
    "/*/account/**",
    "/*/created_at",
    "/*/id",
    "/*/group_key",
    // Other forms of an account's pictures, how it presents itself, and how it wants to be treated.
    "/*/status/account/avatar_static",
    "/*/status/account/avatar_description",
    "/*/status/account/header",
    "/*/status/account/header_static",
    "/*/status/account/header_description",
    "/*/status/account/discoverable",
    "/*/status/account/emojis/**",
    "/*/status/account/feature_approval/**",
    "/*/status/account/fields/**",
    "/*/status/account/following_count",
    "/*/status/account/group",
    "/*/status/account/hide_collections",
    "/*/status/account/indexable",
    "/*/status/account/last_status_at",
    "/*/status/account/noindex",
    "/*/status/account/note",
    "/*/status/account/roles/**",
    "/*/status/account/show_featured",
    "/*/status/account/show_media",
    "/*/status/account/show_media_replies",
    "/*/status/account/statuses_count",
    // A name that is shown is the name.
    "/*/status/account/username",
    // Counts that change by the minute, and what the account that asks has done.
    "/*/status/bookmarked",
    "/*/status/emojis/**",
    "/*/status/favourited",
    "/*/status/favourites_count",
    "/*/status/filtered/**",
    "/*/status/muted",
    "/*/status/pinned",
    "/*/status/quote_approval/**",
    "/*/status/quotes_count",
    "/*/status/reblogged",
    "/*/status/reblogs_count",
    "/*/status/replies_count",
    "/*/status/tagged_collections/**",
    // Other sizes and names of a file.
    "/*/status/media_attachments/*/blurhash",
    "/*/status/media_attachments/*/id",
    "/*/status/media_attachments/*/meta/**",
    "/*/status/media_attachments/*/preview_remote_url",
    "/*/status/media_attachments/*/preview_url",
    "/*/status/media_attachments/*/text_url",
    // Our own post, on which somebody put a sign.
    "/*/status/**",
    // Whose inbox it is matters only where he speaks himself.
    "/*/via/me",
    // A list of direct messages says of each who takes part, and whether it was read.
    "/*/accounts/**",
    "/*/unread",
    "/*/last_status/account/**",
    // What is of no known kind is for nobody else, as what is direct.
    "/*/last_status/visibility",
];

fn set(terms: &str) -> Account {
    let settings = json!({ "server": "desk.social.example", "search_terms": terms });
    account(settings, "access_token", &["token-1"])
}

fn decoder() -> Box<dyn Decode> {
    (MASTODON.decoder)(&set("")).expect("a decoder")
}

#[test]
fn notifications_say_what_they_hold() {
    crate::golden::check("mastodon", decoder().as_ref(), LEFT_ASIDE);
}

#[test]
fn a_set_up_is_checked() {
    for (settings, why) in [
        (json!({}), "`server`"),
        (json!({ "server": "https://a.example/api" }), "`server`"),
        (json!({ "server": "http://a.example" }), "`server`"),
        (json!({ "server": "a.example", "max_characters": "many" }), "`max_characters`"),
        (json!({ "server": "a.example", "search_terms": "x,".repeat(21) }), "`search_terms`"),
    ] {
        let told = (MASTODON.decoder)(&crate::sent::settings(settings)).err().expect(why);
        assert!(told.to_string().contains(why), "{told}");
    }
    let good = json!({ "server": "https://A.example/", "max_characters": "1000" });
    assert!((MASTODON.decoder)(&crate::sent::settings(good)).is_ok());
}

#[test]
fn nothing_hostile_stops_it() {
    hostile::check("mastodon", decoder().as_ref());
}

#[test]
fn ten_megabytes_are_read() {
    let text = "hello there ".repeat(30);
    let one = format!(
        r#"{{"id":"1","type":"mention","status":{{"uri":"https://a.example/1","content":"<p>{text}</p>"}}}}"#
    );
    let many = vec![one.as_str(); 10_000_000 / one.len()].join(",");
    hostile::large(decoder().as_ref(), format!("[{many}]").as_bytes());
}

/// A server with posts and notifications, as far as it is asked here.
#[derive(Default)]
struct Server {
    posts: BTreeMap<u64, Value>,
    notifications: Vec<(u64, Value)>,
    /// Posts that a search finds.
    found: Vec<u64>,
    /// Posts that are gone for everybody, and those that are hidden from us.
    gone: Vec<u64>,
    hidden: Vec<u64>,
}

/// Ids that say when a post was written, some minutes apart.
fn id(number: u64) -> u64 {
    117_440_821_885_976_823 + ((number * 60_000) << 16)
}

fn uri(number: u64) -> String {
    format!("https://brot.example/statuses/{}", id(number))
}

impl Server {
    fn post(&mut self, number: u64, by: &str, answers: Option<u64>) {
        let post = json!({ "id": id(number).to_string(), "uri": uri(number), "created_at": "2026-11-20T08:00:00Z",
            "visibility": "public", "content": format!("<p>post {number}</p>"), "account": { "id": by, "acct": by },
            "in_reply_to_id": answers.map(|answers| id(answers).to_string()), "edited_at": null });
        self.posts.insert(id(number), post);
    }

    fn mention(&mut self, notification: u64, number: u64, by: &str, answers: Option<u64>) {
        self.post(number, by, answers);
        self.notifications.push((notification, json!(id(number))));
    }

    fn before(&self, post: u64) -> Vec<Value> {
        let mut chain = Vec::new();
        let mut at = self.posts.get(&post);
        while let Some(answered) = at.and_then(|post| post["in_reply_to_id"].as_str()) {
            at = answered.parse().ok().and_then(|id: u64| self.posts.get(&id));
            chain.extend(at.cloned());
        }
        chain.reverse();
        chain
    }

    fn says(&self, question: &Question) -> Said {
        let url = url::Url::parse(&question.url).expect("an address");
        let one = |name: &str| {
            let found = url.query_pairs().find(|(known, _)| known == name);
            found.map(|(_, value)| value.into_owned())
        };
        let number = |name: &str| one(name).and_then(|text| text.parse::<u64>().ok());
        let (min, limit) = (number("min_id").unwrap_or(0), number("limit").unwrap_or(20));
        let limit = usize::try_from(limit).expect("small");
        let token = question.headers.iter().any(|(_, value)| value == "Bearer token-1");
        let parts: Vec<&str> = url.path().trim_start_matches("/api/").split('/').collect();
        match parts.as_slice() {
            ["v1", "accounts", "verify_credentials"] => {
                says(&json!({ "id": "109", "acct": "kiosk" }))
            }
            ["v2", "instance"] => says(&json!({ "configuration": { "statuses":
                { "max_characters": 1000, "characters_reserved_per_url": 23 } } })),
            ["v1", "notifications"] => {
                assert!(
                    url.query().is_some_and(
                        |query| query.contains("types%5B%5D=mention&types%5B%5D=status")
                    )
                );
                says(&self.page(min, limit))
            }
            ["v1", "timelines", "tag", "kiosk"] => {
                let mut found: Vec<u64> =
                    self.found.iter().copied().filter(|id| *id > min).collect();
                found.sort_unstable();
                // Without a place to begin at, the newest come.
                let skipped =
                    if one("min_id").is_some() { 0 } else { found.len().saturating_sub(limit) };
                let page: Vec<&Value> = found
                    .iter()
                    .skip(skipped)
                    .take(limit)
                    .rev()
                    .map(|id| &self.posts[id])
                    .collect();
                says(&json!(page))
            }
            ["v2", "search"] => {
                let offset = usize::try_from(number("offset").unwrap_or(0)).expect("small");
                let found =
                    self.found.iter().rev().filter(|id| **id > min).skip(offset).take(limit);
                says(&json!({ "statuses": found.map(|id| &self.posts[id]).collect::<Vec<_>>() }))
            }
            ["v1", "statuses"] => {
                let asked = url.query_pairs().filter_map(|(_, id)| id.parse::<u64>().ok());
                let there = asked.filter(|id| !self.gone.contains(id) && !self.hidden.contains(id));
                says(&json!(there.filter_map(|id| self.posts.get(&id)).collect::<Vec<_>>()))
            }
            ["v1", "statuses", id] => {
                let id: u64 = id.parse().expect("a number");
                assert!(!token, "everybody may see it");
                if self.gone.contains(&id) { fails(404) } else { says(&self.posts[&id]) }
            }
            ["v1", "statuses", id, "context"] => {
                let before = self.before(id.parse().expect("a number"));
                says(&json!({ "ancestors": before, "descendants": [] }))
            }
            other => panic!("{other:?}"),
        }
    }

    /// The notifications behind one, the newest first.
    fn page(&self, min: u64, limit: usize) -> Value {
        let mut after: Vec<_> = self.notifications.iter().filter(|(id, _)| *id > min).collect();
        if min == 0 && limit == 1 {
            after.reverse();
        }
        after.truncate(limit);
        let one = |(id, post): &&(u64, Value)| {
            let status = &self.posts[&post.as_u64().expect("an id")];
            json!({ "id": id.to_string(), "type": "mention", "status": status })
        };
        let page: Vec<Value> = after.iter().rev().map(one).collect();
        json!(page)
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
fn what_came_before_it_was_connected_is_not_brought() {
    let mut server = Server::default();
    server.mention(5, 1, "elif", None);
    let mut asked = Asked::new("mastodon", set(""));
    assert_eq!(asked.round(|question| server.says(question)), []);
    server.mention(9, 2, "elif", None);
    assert_eq!(names(&asked.round(|question| server.says(question))), ["notification:9"]);
    assert_eq!(asked.round(|question| server.says(question)), []);
    assert_eq!(
        asked.place.cursor["limits"],
        json!({ "max_characters": 1000, "url_characters": 23 })
    );
}

#[test]
fn of_hundreds_that_came_at_once_none_is_missed_and_none_comes_twice() {
    let mut server = Server::default();
    let mut asked = Asked::new("mastodon", set(""));
    asked.round(|question| server.says(question));
    for number in 1..=250 {
        server.mention(number * 3, number, "elif", None);
    }
    // It is stopped in the middle, and goes on from what was stored.
    let (first, more) = asked.step(|question| server.says(question)).expect("a page");
    assert!(more);
    asked.restart();
    let mut all = first;
    all.extend(asked.round(|question| server.says(question)));
    let expected: Vec<String> =
        (1..=250).map(|number| format!("notification:{}", number * 3)).collect();
    assert_eq!(names(&all), expected.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_thread_is_one_conversation_and_who_answers_us_begins_one() {
    let mut server = Server::default();
    let mut asked = Asked::new("mastodon", set(""));
    asked.round(|question| server.says(question));
    server.mention(1, 10, "elif", None);
    server.post(11, "109", Some(10));
    server.mention(2, 12, "elif", Some(11));
    server.mention(3, 13, "reza", Some(12));
    // What we said by ourselves, and two who answer it.
    server.post(20, "109", None);
    server.mention(4, 21, "elif", Some(20));
    server.post(22, "109", Some(21));
    server.mention(5, 23, "elif", Some(22));
    server.mention(6, 24, "reza", Some(20));
    let found = asked.round(|question| server.says(question));
    let keys: Vec<String> = found.iter().map(|found| told(found).2).collect();
    let expected = [10, 10, 10, 21, 21, 24].map(uri);
    assert_eq!(keys, expected);
    // A thread that is known is not asked for again.
    server.mention(7, 14, "elif", Some(12));
    let found = asked.round(|question| server.says(question));
    assert_eq!(told(&found[0]).2, uri(10));
    assert!(
        !asked.questions.iter().any(|question| question.contains("context")),
        "{:?}",
        asked.questions
    );
}

#[test]
fn a_thread_that_cannot_be_seen_holds_nothing_up() {
    let mut server = Server::default();
    let mut asked = Asked::new("mastodon", set(""));
    asked.round(|question| server.says(question));
    server.mention(1, 12, "elif", Some(11));
    let found = asked.round(|question| match question.url.ends_with("/context") {
        true => fails(404),
        false => server.says(question),
    });
    assert_eq!(told(&found[0]).2, uri(12));
}

#[test]
fn searches_find_each_post_once_and_also_those_that_come_late() {
    for term in ["kiosk", "#kiosk"] {
        let mut server = Server::default();
        server.post(1, "elif", None);
        server.found.push(id(1));
        let mut asked = Asked::new("mastodon", set(term));
        assert_eq!(asked.round(|question| server.says(question)), [], "what was there before");
        for number in 100..200 {
            server.post(number, "elif", None);
            server.found.push(id(number));
        }
        assert_eq!(asked.round(|question| server.says(question)), [], "once a minute");
        asked.now += 60;
        let found = asked.round(|question| server.says(question));
        let mut uris: Vec<String> = found.iter().map(|found| told(found).1).collect();
        uris.sort();
        assert_eq!(uris, (100..200).map(uri).collect::<Vec<_>>(), "{term}");
        assert_eq!(asked.round(|question| server.says(question)), [], "{term}");
        asked.now += 60;
        // Written three hours ago on another server, and known here only now.
        server.post(20, "reza", None);
        server.found.insert(0, id(20));
        let late = asked.round(|question| server.says(question));
        assert_eq!(names(&late), [format!("search:{}", uri(20))], "{term}");
    }
}

#[test]
fn changes_are_seen_and_what_is_gone_is_told_from_what_is_hidden() {
    let mut server = Server::default();
    let mut asked = Asked::new("mastodon", set(""));
    asked.round(|question| server.says(question));
    for number in 1..=30 {
        server.mention(number, number, "elif", None);
    }
    assert_eq!(asked.round(|question| server.says(question)).len(), 30);
    let changed = server.posts.get_mut(&id(3)).expect("a post");
    changed["edited_at"] = json!("2026-11-20T09:00:00.000Z");
    changed["content"] = json!("<p>another</p>");
    server.gone.push(id(25));
    server.hidden.push(id(4));
    assert_eq!(asked.round(|question| server.says(question)), [], "it was looked at just now");
    asked.now += 600;
    let found = asked.round(|question| server.says(question));
    let mut what: Vec<(String, String)> =
        found.iter().map(told).map(|(what, of, _)| (what, of)).collect();
    what.sort();
    let expected = [("deletion", 25), ("edit", 3), ("unknown", 4)];
    assert_eq!(what, expected.map(|(what, number)| (what.to_owned(), uri(number))));
    asked.now += 600;
    assert_eq!(asked.round(|question| server.says(question)), [], "each is told once");
    asked.now += 4 * 24 * 60 * 60;
    asked.round(|question| server.says(question));
    assert_eq!(asked.questions.len(), 1, "after some days nobody looks any more");
}

#[test]
fn another_server_or_account_begins_anew() {
    let mut server = Server::default();
    server.mention(5, 1, "elif", None);
    let mut asked = Asked::new("mastodon", set(""));
    asked.round(|question| server.says(question));
    assert_eq!(asked.place.cursor["notifications"]["newest"], "5");
    asked.restart();
    asked.round(|question| match question.url.ends_with("verify_credentials") {
        true => says(&json!({ "id": "110", "acct": "shop" })),
        false => server.says(question),
    });
    assert_eq!(asked.place.cursor["me"]["id"], "110");
    asked.account.settings.insert("server".into(), "other.example".into());
    asked.restart();
    assert!(asked.question().url.starts_with("https://other.example/api/v1/accounts/"));
}

#[test]
fn troubles_say_who_has_to_do_something_and_no_secret() {
    let mut asked = Asked::new("mastodon", set(""));
    for (status, is_later) in [(401, false), (403, false), (429, true), (500, true), (301, false)] {
        let place = asked.place.clone();
        let trouble = asked.step(|_| fails(status)).expect_err("trouble");
        assert_eq!(matches!(trouble, Trouble::Later { .. }), is_later, "{trouble:?}");
        assert!(!format!("{trouble:?}").contains("token-1"));
        assert_eq!(asked.place, place, "it is asked again");
    }
    let html = || Said { status: 200, headers: Vec::new(), body: b"<html>".to_vec() };
    let trouble = asked.step(|_| html()).expect_err("trouble");
    assert!(matches!(trouble, Trouble::Later { .. }), "{trouble:?}");
    asked.account.secrets.clear();
    let trouble = asked.step(|_| fails(500)).expect_err("no token");
    assert!(format!("{trouble:?}").contains("access_token"), "{trouble:?}");
}
