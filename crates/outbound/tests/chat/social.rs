//! Replies to posts: what is looked up before, what a reply keeps of what it answers, and what the answers
//! of the servers mean; at last against a real server.

use std::time::Duration;

use serde_json::{Value, json};
use throughline_core::inbound::{Happened, InboundEvent};
use throughline_ingest::hooks::Account as Set;
use throughline_ingest::registry;
use throughline_outbound::chat::{
    Chats, ClientOptions, Outcome, Outgoing, Progress, Reach, Run, Scope,
};
use throughline_test_servers::http::{Do, Server};

use super::*;

const JSON: &str = "content-type: application/json; charset=utf-8\n";
const POST: &str = "https://brot.example/users/elif/statuses/117";
const AT: &str = "at://did:plc:elif/app.bsky.feed.post/3kaaa";

/// A reply to the latest of several posts.
fn to_mastodon(text: &str) -> Outgoing {
    Outgoing {
        answers: Some(POST.into()),
        ..reply("https://brot.example/users/elif/statuses/100", text)
    }
}

fn to_bluesky(text: &str) -> Outgoing {
    Outgoing {
        answers: Some(AT.into()),
        ..reply("at://did:plc:elif/app.bsky.feed.post/3k000", text)
    }
}

/// Whose the token is, and the post that is answered.
fn looked_up(visibility: &str, warning: &str) -> [Value; 2] {
    let name = |id: &str, acct: &str| json!({ "id": id, "acct": acct });
    let post = json!({ "id": "900117", "visibility": visibility, "spoiler_text": warning, "account": name("114", "elif@brot.example"),
        "mentions": [name("109", "kiosk"), name("115", "reza"), name("114", "elif@brot.example")] });
    [json!({ "id": "109", "acct": "kiosk" }), json!({ "statuses": [post] })]
}

fn sent(id: &str) -> Value {
    let uri = format!("https://desk.social.example/users/kiosk/statuses/{id}");
    json!({ "id": id, "uri": uri, "visibility": "public" })
}

#[test]
fn mastodon_looks_up_what_is_answered_and_keeps_what_it_has() {
    let [me, found] = looked_up("unlisted", "food");
    let (requests, outcome) =
        all("mastodon", &to_mastodon("Sorry, 11."), &[me, found, sent("901")]);
    let objects = vec!["https://desk.social.example/users/kiosk/statuses/901".to_owned()];
    assert_eq!(outcome, Outcome::Sent { objects });
    let token = "authorization: Bearer token-invented\n";
    let api = "https://desk.social.example/api";
    assert_eq!(shown(&requests[0]), format!("GET {api}/v1/accounts/verify_credentials\n{token}\n"));
    let post = "https%3A%2F%2Fbrot.example%2Fusers%2Felif%2Fstatuses%2F117";
    let search =
        format!("GET {api}/v2/search?type=statuses&resolve=true&limit=1&q={post}\n{token}\n");
    assert_eq!(shown(&requests[1]), search);
    let expected = format!(
        "POST {api}/v1/statuses\n{JSON}idempotency-key: msg_0001-2\n{token}\n{}",
        r#"{"in_reply_to_id":"900117","spoiler_text":"food","status":"@elif@brot.example @reza Sorry, 11.","visibility":"unlisted"}"#
    );
    assert_eq!(shown(&requests[2]), expected);
    assert!(requests.iter().all(|request| request.reach == Reach::Entered));
}

#[test]
fn a_reply_is_no_more_public_than_what_it_answers() {
    for (visibility, expected) in [
        ("public", "public"),
        ("unlisted", "unlisted"),
        ("private", "private"),
        ("direct", "direct"),
        ("limited", "direct"),
        ("", "direct"),
    ] {
        let [me, found] = looked_up(visibility, "");
        let (requests, _) = all("mastodon", &to_mastodon("Yes"), &[me, found, sent("901")]);
        let body = body(&requests[2]);
        assert_eq!(
            (&body["visibility"], body.get("spoiler_text")),
            (&json!(expected), None),
            "{visibility}"
        );
    }
}

#[test]
fn who_is_named_in_the_text_is_not_named_twice() {
    for (text, expected) in [
        ("@elif@brot.example yes", "@reza @elif@brot.example yes"),
        ("Yes, @Reza and @ELIF@brot.example!", "Yes, @Reza and @ELIF@brot.example!"),
        ("@rezaei yes", "@elif@brot.example @reza @rezaei yes"),
        ("@reza@other.example yes", "@elif@brot.example @reza @reza@other.example yes"),
    ] {
        let [me, found] = looked_up("public", "");
        let (requests, _) = all("mastodon", &to_mastodon(text), &[me, found, sent("901")]);
        assert_eq!(body(&requests[2])["status"], expected);
    }
}

#[test]
fn long_texts_go_in_several_posts_each_below_the_one_before() {
    use throughline_core::length::LengthUnit;
    let text =
        format!("{} https://example.org/{}", "word ".repeat(170).trim_end(), "x".repeat(300));
    let [me, found] = looked_up("direct", &"w".repeat(400));
    let (requests, outcome) = all(
        "mastodon",
        &to_mastodon(&text),
        &[me.clone(), found.clone(), sent("901"), sent("902")],
    );
    assert!(matches!(outcome, Outcome::Sent { objects } if objects.len() == 2));
    let (one, two) = (body(&requests[2]), body(&requests[3]));
    assert_eq!((&one["in_reply_to_id"], &two["in_reply_to_id"]), (&json!("900117"), &json!("901")));
    for part in [&one, &two] {
        let status = part["status"].as_str().unwrap();
        assert!(status.starts_with("@elif@brot.example "), "else she does not see it");
        assert!(LengthUnit::Mastodon.count(status) <= 500);
        assert_eq!(part.get("spoiler_text"), None, "it does not fit");
    }
    assert!(two["status"].as_str().unwrap().ends_with(&"x".repeat(300)), "a link counts 23");
    // A server that takes more is given more.
    let mut account = account("mastodon");
    account.settings.insert("max_characters".into(), "5000".into());
    let endpoints = Endpoints::default();
    let outgoing = to_mastodon(&text);
    let mut run =
        Run::new(named("mastodon"), &account, &endpoints, &outgoing, Progress::default()).unwrap();
    for answer in [me, found] {
        run.request(NOW).unwrap().unwrap();
        assert_eq!(run.answered(&said(200, &answer), NOW), None);
    }
    assert!(run.answered(&said(200, &sent("901")), NOW).is_some(), "one is enough");
}

/// The outcome when the last of some answers is another one.
fn outcome_of(kind: &str, before: &[Value], last: &Answer) -> (Outcome, Progress) {
    let (account, endpoints) = (account(kind), Endpoints::default());
    let outgoing = if kind == "mastodon" { to_mastodon("x") } else { to_bluesky("x") };
    let mut run =
        Run::new(named(kind), &account, &endpoints, &outgoing, Progress::default()).unwrap();
    for answer in before {
        run.request(NOW).unwrap().unwrap();
        assert_eq!(run.answered(&said(200, answer), NOW), None);
    }
    run.request(NOW).unwrap().unwrap();
    let outcome = run.answered(last, NOW).unwrap();
    (outcome, run.progress().clone())
}

fn refusal_of(outcome: Outcome) -> (&'static str, Scope) {
    match outcome {
        Outcome::Refused(refusal) => (refusal.code, refusal.scope),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_mastodon_refuses_says_what_to_do() {
    let [me, found] = looked_up("public", "");
    let before = [me.clone(), found];
    let error = |words: &str| json!({ "error": words });
    for (status, words, expected) in [
        (401, "The access token is invalid", ("token_refused", Scope::Account)),
        (403, "This action is outside the authorized scopes", ("not_allowed", Scope::Account)),
        (404, "Record not found", ("conversation_closed", Scope::Recipient)),
        (
            422,
            "Validation failed: Text character limit of 500 exceeded",
            ("too_long", Scope::Message),
        ),
        (422, "Validation failed: something", ("refused", Scope::Message)),
    ] {
        let (outcome, _) = outcome_of("mastodon", &before, &said(status, &error(words)));
        assert_eq!(refusal_of(outcome), expected, "{words}");
    }
    let (gone, _) = outcome_of("mastodon", &[me], &said(200, &json!({ "statuses": [] })));
    assert_eq!(refusal_of(gone), ("conversation_closed", Scope::Recipient));
    let mut limited = said(429, &error("Too many requests"));
    limited.headers.push(("x-ratelimit-reset".into(), "2026-09-21T14:14:20.000000Z".into()));
    let (later, _) = outcome_of("mastodon", &before, &limited);
    assert!(matches!(later, Outcome::Later { after: Some(61), .. }), "{later:?}");
}

#[test]
fn what_cannot_be_sent_is_refused_before_anything_is() {
    for kind in ["mastodon", "bluesky"] {
        let text = if kind == "mastodon" { to_mastodon("x") } else { to_bluesky("x") };
        let with_file = Outgoing { files: vec![file("a.txt", "text/plain")], ..text.clone() };
        assert_eq!(refusal(&account(kind), kind, &with_file).code, "file_refused");
        let elsewhere = Outgoing { answers: None, ..reply("12:34", "x") };
        assert_eq!(refusal(&account(kind), kind, &elsewhere).code, "no_conversation");
        let mut bare = account(kind);
        bare.secrets.clear();
        assert_eq!(refusal(&bare, kind, &text).code, "not_set_up");
        let mut wrong = account(kind);
        for name in ["server", "service"] {
            wrong.settings.insert(name.into(), "evil.example/path?".into());
        }
        let endpoints = Endpoints::default();
        let run = Run::new(named(kind), &wrong, &endpoints, &text, Progress::default()).unwrap();
        let refused = run.request(NOW).unwrap().unwrap_err();
        assert_eq!((refused.code, refused.scope), ("bad_address", Scope::Account));
    }
}

/// The post that is answered on Bluesky, and signing in.
fn answered() -> [Value; 2] {
    let post = json!({ "uri": AT, "cid": "bafyanswered", "author": { "did": "did:plc:elif", "handle": "elif.example" },
        "record": { "text": "a", "reply": { "root": { "uri": "at://did:plc:x/app.bsky.feed.post/3k000", "cid": "bafyroot" },
            "parent": { "uri": "at://did:plc:y/app.bsky.feed.post/3k001", "cid": "bafyparent" } } } });
    let session = json!({ "did": "did:plc:kiosk", "handle": "kiosk.example", "accessJwt": "jwt-secret", "refreshJwt": "r" });
    [json!({ "posts": [post] }), session]
}

fn created(key: &str) -> Value {
    json!({ "uri": format!("at://did:plc:kiosk/app.bsky.feed.post/{key}"), "cid": format!("bafy{key}") })
}

#[test]
fn bluesky_looks_up_what_is_answered_signs_in_and_posts_below_it() {
    let [post, session] = answered();
    let text = "Günlük, @elif.example: see https://kiosk.example/a(b), please. (http://x.example)";
    let (requests, outcome) = all("bluesky", &to_bluesky(text), &[post, session, created("3kzzz")]);
    let objects = vec!["at://did:plc:kiosk/app.bsky.feed.post/3kzzz".to_owned()];
    assert_eq!(outcome, Outcome::Sent { objects });
    assert_eq!(
        shown(&requests[0]),
        "GET https://public.api.bsky.app/xrpc/app.bsky.feed.getPosts?uris=at%3A%2F%2Fdid%3Aplc%3Aelif%2Fapp.bsky.feed.post%2F3kaaa\n\n"
    );
    assert_eq!(
        shown(&requests[1]),
        format!(
            "POST https://bsky.social/xrpc/com.atproto.server.createSession\n{JSON}\n{}",
            r#"{"identifier":"kiosk.example","password":"abcd-invented"}"#
        )
    );
    let head = format!(
        "POST https://bsky.social/xrpc/com.atproto.repo.createRecord\n{JSON}authorization: Bearer jwt-secret\n"
    );
    assert!(shown(&requests[2]).starts_with(&head));
    let record = &body(&requests[2])["record"];
    let reply = json!({ "root": { "uri": "at://did:plc:x/app.bsky.feed.post/3k000", "cid": "bafyroot" }, "parent": { "uri": AT, "cid": "bafyanswered" } });
    assert_eq!((&record["reply"], &record["text"]), (&reply, &json!(text)));
    assert_eq!(record["createdAt"], "2026-09-21T14:13:20.000000Z");
    let facets: Vec<(String, Value)> = record["facets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|facet| {
            let number =
                |name: &str| usize::try_from(facet["index"][name].as_u64().unwrap()).unwrap();
            (text[number("byteStart")..number("byteEnd")].to_owned(), facet["features"][0].clone())
        })
        .collect();
    let link = |uri: &str| {
        (uri.to_owned(), json!({ "$type": "app.bsky.richtext.facet#link", "uri": uri }))
    };
    let mention = (
        "@elif.example".to_owned(),
        json!({ "$type": "app.bsky.richtext.facet#mention", "did": "did:plc:elif" }),
    );
    assert_eq!(facets, [link("https://kiosk.example/a(b)"), link("http://x.example"), mention]);
    for request in &requests {
        assert!(!format!("{request:?}").contains("jwt-secret"));
    }
}

#[test]
fn a_long_text_becomes_a_thread_and_an_answer_to_the_first_post_begins_one() {
    let [mut post, session] = answered();
    post["posts"][0]["record"].as_object_mut().unwrap().remove("reply");
    let text = "word ".repeat(100);
    let before = json!({ "uri": "at://did:plc:kiosk/app.bsky.feed.post/3k1", "cid": "bafy3k1", "value": {} });
    let answers = [post, session.clone(), created("3k1"), before, session, created("3k2")];
    let (requests, outcome) = all("bluesky", &to_bluesky(&text), &answers);
    assert!(matches!(outcome, Outcome::Sent { objects } if objects.len() == 2));
    let here = json!({ "uri": AT, "cid": "bafyanswered" });
    let first = &body(&requests[2])["record"]["reply"];
    assert_eq!((&first["root"], &first["parent"]), (&here, &here));
    assert_eq!(
        requests[3].url,
        "https://bsky.social/xrpc/com.atproto.repo.getRecord?repo=kiosk.example&collection=app.bsky.feed.post&rkey=3k1"
    );
    let second = &body(&requests[5])["record"]["reply"];
    let below = json!({ "uri": "at://did:plc:kiosk/app.bsky.feed.post/3k1", "cid": "bafy3k1" });
    assert_eq!((&second["root"], &second["parent"]), (&here, &below));
}

#[test]
fn a_reply_that_broke_off_goes_on_without_saying_anything_twice() {
    let [post, session] = answered();
    let (account, endpoints, outgoing) =
        (account("bluesky"), Endpoints::default(), to_bluesky(&"word ".repeat(100)));
    let begin =
        |progress| Run::new(named("bluesky"), &account, &endpoints, &outgoing, progress).unwrap();
    let mut run = begin(Progress::default());
    for answer in [&post, &session, &created("3k1")] {
        run.request(NOW).unwrap().unwrap();
        assert_eq!(run.answered(&said(200, answer), NOW), None);
    }
    // The post before is looked up in vain, and later signing in goes wrong.
    let later = run.answered(&said(502, &json!({})), NOW).unwrap();
    assert!(matches!(later, Outcome::Later { .. }), "{later:?}");
    let kept = run.progress().clone();
    assert_eq!((kept.done, kept.objects.len()), (3, 1));
    assert!(!serde_json::to_string(&kept).unwrap().contains("jwt-secret"));
    let mut run = begin(kept);
    let before = json!({ "uri": "at://did:plc:kiosk/app.bsky.feed.post/3k1", "cid": "bafy3k1" });
    assert_eq!(run.answered(&said(200, &before), NOW), None);
    assert_eq!(run.answered(&said(200, &session), NOW), None);
    assert!(run.unanswered(false, "no connection").is_some());
    let mut run = begin(run.progress().clone());
    assert_eq!(
        run.request(NOW).unwrap().unwrap().name,
        "createSession",
        "the token is kept nowhere"
    );
    assert_eq!(run.answered(&said(200, &session), NOW), None);
    let outcome = run.answered(&said(200, &created("3k2")), NOW).unwrap();
    assert!(matches!(outcome, Outcome::Sent { objects } if objects.len() == 2));
}

#[test]
fn what_bluesky_refuses_says_what_to_do() {
    let [post, session] = answered();
    let error = |error: &str| json!({ "error": error, "message": "no" });
    let (outcome, _) = outcome_of(
        "bluesky",
        std::slice::from_ref(&post),
        &said(401, &error("AuthenticationRequired")),
    );
    assert_eq!(refusal_of(outcome), ("token_refused", Scope::Account));
    let (outcome, _) = outcome_of("bluesky", &[], &said(200, &json!({ "posts": [] })));
    assert_eq!(refusal_of(outcome), ("conversation_closed", Scope::Recipient));
    let before = [post, session];
    for (status, name, expected) in [
        (400, "InvalidRequest", ("refused", Scope::Message)),
        (413, "PayloadTooLarge", ("too_long", Scope::Message)),
        (403, "Forbidden", ("not_allowed", Scope::Account)),
    ] {
        let (outcome, _) = outcome_of("bluesky", &before, &said(status, &error(name)));
        assert_eq!(refusal_of(outcome), expected, "{name}");
    }
    let (expired, progress) = outcome_of("bluesky", &before, &said(400, &error("ExpiredToken")));
    assert!(matches!(expired, Outcome::Later { .. }), "{expired:?}");
    assert_eq!(progress.done, 1, "it signs in again");
    let mut limited = said(429, &error("RateLimitExceeded"));
    limited.headers.push(("ratelimit-reset".into(), (NOW + 90).to_string()));
    let (later, _) = outcome_of("bluesky", &before, &limited);
    assert!(matches!(later, Outcome::Later { after: Some(91), .. }), "{later:?}");
    let (unknown, _) = outcome_of("bluesky", &before, &said(200, &json!({})));
    assert!(matches!(unknown, Outcome::Unknown { .. }), "it may stand there: {unknown:?}");
}

/// What a decoder names things is what is answered, and our own posts have the name that was noted.
#[test]
fn what_the_decoders_name_is_answered() {
    let post = json!({ "id": "900117", "uri": POST, "content": "<p>a</p>", "visibility": "public", "account": { "id": "114" } });
    let mention = json!({ "id": "1", "type": "mention", "status": post });
    let entry = json!({ "uri": AT, "cid": "c", "reason": "mention", "record": { "text": "a" }, "author": { "did": "did:plc:elif" } });
    for (kind, bytes, ask) in [("mastodon", mention, 1), ("bluesky", entry, 0)] {
        let set = Set { settings: account(kind).settings, ..Set::default() };
        let decoder = (registry::named(kind).unwrap().decoder)(&set).unwrap();
        let events = decoder.decode(bytes.to_string().as_bytes()).unwrap();
        let InboundEvent::Channel(event) = &events[0] else { panic!("{events:?}") };
        let Happened::Message { object, .. } = &event.what else { panic!("{event:?}") };
        let key = &event.conversation.as_ref().unwrap().key;
        let outgoing = Outgoing { answers: Some(object.clone()), ..reply(key, "Yes") };
        let answers: Vec<Value> = match kind {
            "mastodon" => looked_up("public", "").into_iter().chain([sent("901")]).collect(),
            _ => answered().into_iter().chain([created("3k1")]).collect(),
        };
        let (requests, outcome) = all(kind, &outgoing, &answers);
        let asked: String = url::form_urlencoded::byte_serialize(object.as_bytes()).collect();
        assert!(requests[ask].url.ends_with(&asked), "{}", requests[ask].url);
        assert!(matches!(outcome, Outcome::Sent { objects } if objects.len() == 1));
    }
}

fn say(body: &Value) -> Do {
    Do::Say("200 OK\r\ncontent-type: application/json", body.to_string())
}

async fn through(kind: &str, outgoing: &Outgoing, script: Vec<Do>) -> (Outcome, Vec<String>) {
    let server = Server::start(script).await;
    let limit = Duration::from_secs(10);
    let options = ClientOptions { allow_private: true, limit, extra_roots: None };
    let chats = Chats::new(options, Endpoints::at(&server.url())).unwrap();
    let report = chats.send(named(kind), &account(kind), outgoing, Progress::default(), NOW).await;
    (report.outcome, server.seen())
}

#[tokio::test]
async fn both_go_through_to_a_server() {
    let [me, found] = looked_up("public", "");
    let script = vec![say(&me), say(&found), say(&sent("901"))];
    let (outcome, seen) = through("mastodon", &to_mastodon("Yes"), script).await;
    assert!(matches!(outcome, Outcome::Sent { .. }), "{outcome:?}");
    assert_eq!(seen.len(), 3);
    assert!(seen[1].starts_with("GET /api/v2/search?"), "{}", seen[1]);
    assert!(seen[2].contains("idempotency-key: msg_0001-2"), "{}", seen[2]);
    let [post, session] = answered();
    let script = vec![say(&post), say(&session), say(&created("3k1"))];
    let (outcome, seen) = through("bluesky", &to_bluesky("Yes"), script).await;
    assert!(matches!(outcome, Outcome::Sent { .. }), "{outcome:?}");
    assert!(seen[2].contains("authorization: Bearer jwt-secret"), "{}", seen[2]);
}

#[tokio::test]
async fn what_broke_off_before_the_post_is_tried_again_and_the_post_itself_is_not() {
    let [me, found] = looked_up("public", "");
    let (before, _) = through("mastodon", &to_mastodon("Yes"), vec![say(&me), Do::Cut]).await;
    assert!(matches!(before, Outcome::Later { .. }), "{before:?}");
    let (after, _) =
        through("mastodon", &to_mastodon("Yes"), vec![say(&me), say(&found), Do::Cut]).await;
    assert!(matches!(after, Outcome::Unknown { .. }), "{after:?}");
    let [post, session] = answered();
    let (after, _) =
        through("bluesky", &to_bluesky("Yes"), vec![say(&post), say(&session), Do::Cut]).await;
    assert!(matches!(&after, Outcome::Unknown { why } if !why.contains("jwt")), "{after:?}");
}

fn pictures(texts: &[&str]) -> Vec<FileToSend> {
    let one = |text: &&str| FileToSend {
        description: (!text.is_empty()).then(|| (*text).to_owned()),
        ..file("lamp.png", "image/png")
    };
    texts.iter().map(one).collect()
}

#[test]
fn files_are_put_on_mastodon_and_waited_for_before_the_post() {
    let [me, found] = looked_up("public", "");
    let outgoing = Outgoing { files: pictures(&["A lamp", ""]), ..to_mastodon("See here.") };
    let (account, endpoints) = (account("mastodon"), Endpoints::default());
    let start =
        |progress| Run::new(named("mastodon"), &account, &endpoints, &outgoing, progress).unwrap();
    let mut run = start(Progress::default());
    for answer in [&me, &found] {
        run.request(NOW).unwrap().unwrap();
        assert_eq!(run.answered(&said(200, answer), NOW), None);
    }
    let upload = run.request(NOW).unwrap().unwrap();
    assert_eq!(upload.url, "https://desk.social.example/api/v2/media");
    let text = shown(&upload);
    assert!(text.contains("name=\"description\"\n\nA lamp\n"), "{text}");
    assert!(text.contains("name=\"file\"; filename=\"lamp.png\""), "{text}");
    // It is taken, and looked at later.
    assert_eq!(run.answered(&said(202, &json!({ "id": "m1", "url": null })), NOW), None);
    let asked = run.request(NOW).unwrap().unwrap();
    let url = "https://desk.social.example/api/v1/media/m1";
    assert_eq!((asked.method, asked.url.as_str()), ("GET", url));
    let outcome = run.answered(&said(206, &json!({ "id": "m1" })), NOW);
    assert!(matches!(outcome, Some(Outcome::Later { after: Some(5), .. })), "{outcome:?}");
    // Another try goes on there, and puts nothing a second time.
    let mut run = start(run.progress().clone());
    assert_eq!(run.request(NOW).unwrap().unwrap().url, url);
    assert_eq!(run.answered(&said(200, &json!({ "id": "m1", "url": "x" })), NOW), None);
    assert!(!shown(&run.request(NOW).unwrap().unwrap()).contains("description"));
    for answer in [json!({ "id": "m2", "url": "x" }), json!({ "id": "m2", "url": "x" })] {
        assert_eq!(run.answered(&said(200, &answer), NOW), None);
    }
    let post = body(&run.request(NOW).unwrap().unwrap());
    assert_eq!(post["media_ids"], json!(["m1", "m2"]));
    assert!(matches!(run.answered(&said(200, &sent("901")), NOW), Some(Outcome::Sent { .. })));
}

#[test]
fn a_file_that_mastodon_does_not_take_is_told() {
    let [me, found] = looked_up("public", "");
    let outgoing = Outgoing { files: pictures(&["x"]), ..to_mastodon("See here.") };
    let (account, endpoints) = (account("mastodon"), Endpoints::default());
    let mut run =
        Run::new(named("mastodon"), &account, &endpoints, &outgoing, Progress::default()).unwrap();
    for answer in [me, found] {
        assert_eq!(run.answered(&said(200, &answer), NOW), None);
    }
    let no = json!({ "error": "Validation failed: File content type is invalid" });
    let Some(Outcome::Refused(refusal)) = run.answered(&said(422, &no), NOW) else { panic!("no") };
    assert_eq!(refusal.code, "file_refused");
    assert!(refusal.why.contains("content type is invalid"), "{refusal:?}");
}

#[test]
fn files_that_mastodon_may_have_deleted_are_put_there_again() {
    let [me, found] = looked_up("public", "");
    let outgoing = Outgoing { files: pictures(&["x"]), ..to_mastodon("See here.") };
    let (account, endpoints) = (account("mastodon"), Endpoints::default());
    let start =
        |progress| Run::new(named("mastodon"), &account, &endpoints, &outgoing, progress).unwrap();
    let put = |run: &mut Run<'_>, id: &str| {
        assert!(run.request(NOW).unwrap().unwrap().url.ends_with("/api/v2/media"));
        assert_eq!(run.answered(&said(202, &json!({ "id": id })), NOW), None);
    };
    let mut run = start(Progress::default());
    for answer in [me, found] {
        assert_eq!(run.answered(&said(200, &answer), NOW), None);
    }
    put(&mut run, "m1");
    // The server looked at it for so long that it has not kept it.
    assert!(run.answered(&said(206, &json!({ "id": "m1" })), NOW).is_some());
    let mut run = start(run.progress().clone());
    let gone = json!({ "error": "Record not found" });
    let outcome = run.answered(&said(404, &gone), NOW);
    assert!(matches!(outcome, Some(Outcome::Later { after: None, .. })), "{outcome:?}");
    let mut run = start(run.progress().clone());
    put(&mut run, "m2");
    assert_eq!(run.answered(&said(200, &json!({ "id": "m2" })), NOW), None);
    // The post is refused: whoever sends it again does so with the file anew.
    let no = json!({ "error": "Validation failed: media was not found" });
    assert!(matches!(run.answered(&said(422, &no), NOW), Some(Outcome::Refused(_))));
    assert_eq!((run.progress().done, run.progress().noted.len()), (2, 2));
    let mut run = start(run.progress().clone());
    put(&mut run, "m3");
    assert_eq!(run.answered(&said(200, &json!({ "id": "m3" })), NOW), None);
    assert_eq!(body(&run.request(NOW).unwrap().unwrap())["media_ids"], json!(["m3"]));
    // No answer came, and nobody knows for how long the next try waits.
    assert!(run.unanswered(false, "no connection").is_some());
    assert_eq!(run.progress().noted.len(), 2);
}

#[test]
fn pictures_go_with_the_first_post_on_bluesky_under_one_token() {
    let [post, session] = answered();
    let blob = |link: &str| {
        json!({ "blob": { "$type": "blob", "ref": { "$link": link },
        "mimeType": "image/png", "size": 5 } })
    };
    let outgoing = Outgoing {
        files: pictures(&["A lamp", ""]),
        ..to_bluesky(&format!("{}\n\n{}", "a".repeat(200), "b".repeat(200)))
    };
    let answers = [
        post,
        session.clone(),
        blob("b1"),
        blob("b2"),
        created("3kaaa"),
        created("3kaaa"),
        session,
        created("3kbbb"),
    ];
    let (requests, outcome) = all("bluesky", &outgoing, &answers);
    assert!(matches!(outcome, Outcome::Sent { .. }), "{outcome:?}");
    let upload = shown(&requests[2]);
    assert!(upload.starts_with("POST https://bsky.social/xrpc/com.atproto.repo.uploadBlob"));
    assert!(upload.contains("content-type: image/png\n"), "{upload}");
    assert!(upload.contains("authorization: Bearer jwt-secret") && upload.ends_with("hello"));
    let first = body(&requests[4])["record"].clone();
    let image = |link: &str, alt: &str| json!({ "image": blob(link)["blob"], "alt": alt });
    let images = json!([image("b1", "A lamp"), image("b2", "")]);
    assert_eq!(first["embed"], json!({ "$type": "app.bsky.embed.images", "images": images }));
    assert_eq!(body(&requests[7])["record"].get("embed"), None, "they are seen once");
}

#[test]
fn a_picture_that_fails_on_bluesky_begins_with_signing_in_again() {
    let [post, session] = answered();
    let outgoing = Outgoing { files: pictures(&["a", "b"]), ..to_bluesky("x") };
    let (account, endpoints) = (account("bluesky"), Endpoints::default());
    let start =
        |progress| Run::new(named("bluesky"), &account, &endpoints, &outgoing, progress).unwrap();
    let mut run = start(Progress::default());
    for answer in [post, session, json!({ "blob": { "ref": "b1" } })] {
        assert_eq!(run.answered(&said(200, &answer), NOW), None);
    }
    let expired = json!({ "error": "ExpiredToken", "message": "Token has expired" });
    let outcome = run.answered(&said(400, &expired), NOW);
    assert!(matches!(outcome, Some(Outcome::Later { .. })), "{outcome:?}");
    let progress = run.progress().clone();
    assert_eq!((progress.done, progress.noted.len()), (1, 1), "the first picture is put anew");
    let mut run = start(progress);
    assert!(run.request(NOW).unwrap().unwrap().url.ends_with("com.atproto.server.createSession"));
    run.answered(&said(200, &answered()[1]), NOW);
    let large = json!({ "error": "BlobTooLarge", "message": "This file is too large." });
    let Some(Outcome::Refused(refusal)) = run.answered(&said(400, &large), NOW) else { panic!() };
    assert_eq!(refusal.code, "file_refused");
}
