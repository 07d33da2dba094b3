//! Files of replies to posts: they are put there before the post that shows them, which appears once however
//! often it is tried, and not at all without them.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use throughline_test_servers::http::Do;
use throughline_tests::{World, on_both};

use super::Desk;
use super::platform::{Asked, Mood, no, once};
use super::replies::{on_bluesky, on_mastodon, record};
use crate::channels::bot::text;

on_both!(
    a_picture_is_put_on_mastodon_before_the_post_that_shows_it,
    a_post_on_mastodon_that_was_put_off_goes_once_with_its_picture_put_there_again,
    what_mastodon_does_not_take_as_a_picture_is_told_and_nothing_is_posted,
    a_picture_is_put_on_bluesky_before_the_post_that_shows_it,
    a_post_on_bluesky_that_was_put_off_goes_once_with_its_picture,
    what_bluesky_does_not_take_as_a_picture_is_told_and_nothing_is_posted,
);

const PICTURE: &[u8] = b"an invented picture of a lamp";
const WORDS: &str = "A lamp on a table";

impl Desk {
    /// Replies in the newest ticket with a picture, and lets the reply go.
    async fn show(&self, words: &str) -> Value {
        let path = "/attachments?name=lamp.png";
        let file = self.admin.raw(Method::POST, path, "image/png", PICTURE.to_vec()).await.good();
        let said = json!({ "attachment": file["id"], "description": WORDS });
        let reply = json!({ "body": words, "attachments": [file["id"]],
            "attachment_descriptions": [said] });
        let path = format!("{}/replies", self.ticket().await);
        let item = self.admin.post(&path, reply).await.good();
        self.after(6).await;
        item
    }

    /// What the timeline says of a reply: its state, its address on the platform, and how many files it has.
    async fn receipt(&self, item: &Value) -> (String, String, usize) {
        let path = format!("/items/{}", text(&item["id"]));
        let message = self.admin.get(&path).await.good()["message"].clone();
        let object = message["platform"]["object"].as_str().unwrap_or_default().to_owned();
        let files = message["attachments"].as_array().map_or(0, Vec::len);
        (text(&message["send_state"]).to_owned(), object, files)
    }

    /// How often a path was asked for.
    fn asked(&self, line: &str) -> usize {
        self.server.seen().iter().filter(|request| request.starts_with(line)).count()
    }

    async fn retry(&self, item: &Value) {
        let path = format!("/items/{}/retry", text(&item["id"]));
        self.admin.post(&path, json!({})).await.good();
        self.after(1).await;
    }
}

const BUSY: Do = Do::Say("503 Service Unavailable", String::new());
const POST: &str = "POST /api/v1/statuses ";
const UPLOAD: &str = "POST /api/v2/media ";
const LOOK: &str = "GET /api/v1/media/";

async fn a_picture_is_put_on_mastodon_before_the_post_that_shows_it(world: Arc<World>) {
    let (desk, mastodon) = on_mastodon(&world, "unlisted").await;
    let item = desk.show("See here").await;
    let object = format!("{}/users/kiosk/statuses/901", desk.server.url());
    assert_eq!(desk.receipt(&item).await, ("sent".to_owned(), object, 1));
    let sent = mastodon.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0]["media_ids"], json!(["801"]));
    assert_eq!(
        (&sent[0]["status"], &sent[0]["visibility"]),
        (&json!("@elif@brot.example See here"), &json!("unlisted"))
    );
    let uploads = mastodon.uploads();
    assert_eq!(uploads.len(), 1);
    for told in ["lamp.png", "image/png", WORDS, "an invented picture of a lamp"] {
        assert!(uploads[0].contains(told), "{told} in {}", uploads[0]);
    }
    let seen = desk.server.seen();
    let at = |line: &str| seen.iter().position(|request| request.starts_with(line));
    assert!(at(UPLOAD) < at(LOOK) && at(LOOK) < at(POST), "{seen:?}");
}

async fn a_post_on_mastodon_that_was_put_off_goes_once_with_its_picture_put_there_again(
    world: Arc<World>,
) {
    let (desk, mastodon) = on_mastodon(&world, "public").await;
    // The server is still looking at the file, which is not put there twice for that, and is busy when it
    // has: by the next try it may have deleted what is in no post.
    let mut left =
        vec![("/v1/statuses", BUSY), ("/media/801", no("206 Partial Content", &json!({})))];
    mastodon.moody(Box::new(move |asked: &Asked| {
        let next = left.last().is_some_and(|(path, _)| asked.path.ends_with(path));
        if next { left.pop().map(|(_, answer)| answer) } else { None }
    }));
    let item = desk.show("See here").await;
    assert_eq!((desk.state(&item).await.0.as_str(), desk.asked(POST)), ("deferred", 0));
    desk.after(6).await;
    let (state, words) = desk.state(&item).await;
    assert!(state == "deferred" && words.contains("503"), "{state} {words}");
    assert_eq!((desk.asked(UPLOAD), desk.asked(POST), mastodon.sent().len()), (1, 1, 0));
    desk.after(600).await;
    assert_eq!(desk.state(&item).await, ("sent".to_owned(), String::new()));
    let sent = mastodon.sent();
    assert_eq!((sent.len(), &sent[0]["media_ids"]), (1, &json!(["802"])));
    assert_eq!((desk.asked(UPLOAD), desk.asked(LOOK), desk.asked(POST)), (2, 3, 2));
    // Both tries of the post have one key, by which the server would know a repeat.
    let seen = desk.server.seen();
    let posts = seen.iter().filter(|request| request.starts_with(POST));
    let key = |request: &String| {
        let mut lines = request.lines().map(str::to_owned);
        lines.find(|line| line.to_lowercase().starts_with("idempotency-key: ")).expect("a key")
    };
    let keys: Vec<String> = posts.map(key).collect();
    assert_eq!(keys[0], keys[1]);
    desk.after(24 * 3_600).await;
    assert_eq!(mastodon.sent().len(), 1, "and that is all");
}

async fn what_mastodon_does_not_take_as_a_picture_is_told_and_nothing_is_posted(world: Arc<World>) {
    let (desk, mastodon) = on_mastodon(&world, "public").await;
    let words = json!({ "error": "Validation failed: File content type is invalid" });
    for path in ["/v2/media", "/media/801"] {
        let refused = no("422 Unprocessable Entity", &words);
        mastodon.moody(once(path, refused));
        let item = desk.show("See here").await;
        let (state, words) = desk.state(&item).await;
        assert_eq!(state, "failed");
        assert!(words.starts_with("file_refused: Validation failed: File content"), "{words}");
        desk.after(3_600).await;
        assert_eq!((desk.asked(POST), mastodon.sent().len()), (0, 0), "{path}");
    }
    // Another try by hand goes on where the last one ended.
    let item = desk.show("And here").await;
    assert_eq!(desk.state(&item).await.0, "sent");
    mastodon.moody(once("/v2/media", no("422 Unprocessable Entity", &words)));
    let item = desk.show("At last").await;
    assert_eq!(desk.state(&item).await.0, "failed");
    desk.retry(&item).await;
    assert_eq!(desk.state(&item).await, ("sent".to_owned(), String::new()));
    assert_eq!(mastodon.sent().len(), 2);
}

const RECORD: &str = "POST /xrpc/com.atproto.repo.createRecord ";
const BLOB: &str = "POST /xrpc/com.atproto.repo.uploadBlob ";

/// What a post shows: the pictures with what is said of them.
fn pictures(record: &Value) -> Value {
    assert_eq!(record["embed"]["$type"], "app.bsky.embed.images");
    record["embed"]["images"].clone()
}

async fn a_picture_is_put_on_bluesky_before_the_post_that_shows_it(world: Arc<World>) {
    let (desk, bluesky) = on_bluesky(&world).await;
    let item = desk.show("See here").await;
    let object = "at://did:plc:kiosk/app.bsky.feed.post/3sent1".to_owned();
    assert_eq!(desk.receipt(&item).await, ("sent".to_owned(), object, 1));
    let sent = bluesky.sent();
    assert_eq!(sent.len(), 1);
    let shown = pictures(record(&sent, 0));
    assert_eq!(shown, json!([{ "image": blob(1), "alt": WORDS }]));
    let uploads = bluesky.uploads();
    assert_eq!(uploads, [String::from_utf8_lossy(PICTURE)]);
    let seen = desk.server.seen();
    let at = |line: &str| seen.iter().position(|request| request.starts_with(line));
    assert!(at(BLOB).is_some() && at(BLOB) < at(RECORD), "{seen:?}");
    let upload = &seen[at(BLOB).expect("an upload")];
    assert!(upload.contains("content-type: image/png"), "{upload}");
}

/// What Bluesky says of a file that it took.
fn blob(number: usize) -> Value {
    json!({ "$type": "blob", "ref": { "$link": format!("bafk{number}") }, "mimeType": "image/png",
        "size": PICTURE.len() })
}

async fn a_post_on_bluesky_that_was_put_off_goes_once_with_its_picture(world: Arc<World>) {
    let (desk, bluesky) = on_bluesky(&world).await;
    let before = bluesky.sign_ins();
    bluesky.moody(once("createRecord", BUSY));
    let item = desk.show("See here").await;
    let (state, words) = desk.state(&item).await;
    assert!(state == "deferred" && words.contains("503"), "{state} {words}");
    assert_eq!((desk.asked(RECORD), bluesky.sent().len()), (1, 0));
    desk.after(600).await;
    assert_eq!(desk.state(&item).await, ("sent".to_owned(), String::new()));
    // The token of a try is kept nowhere, so the file is put there by the new one once more; one that no
    // post shows is let go of by the server.
    let sent = bluesky.sent();
    assert_eq!((sent.len(), bluesky.sign_ins() - before, desk.asked(BLOB)), (1, 2, 2));
    assert_eq!(pictures(record(&sent, 0)), json!([{ "image": blob(2), "alt": WORDS }]));
    desk.after(24 * 3_600).await;
    assert_eq!(bluesky.sent().len(), 1, "and that is all");
}

async fn what_bluesky_does_not_take_as_a_picture_is_told_and_nothing_is_posted(world: Arc<World>) {
    let (desk, bluesky) = on_bluesky(&world).await;
    let refusal = |head| -> Mood {
        let words =
            json!({ "error": "InvalidMimeType", "message": "Referenced Mimetype does not match" });
        once("uploadBlob", no(head, &words))
    };
    for (head, code) in [
        ("400 Bad Request", "file_refused: "),
        ("413 Payload Too Large", "file_refused: "),
        ("422 Unprocessable Entity", "file_refused: "),
    ] {
        bluesky.moody(refusal(head));
        let item = desk.show("See here").await;
        let (state, words) = desk.state(&item).await;
        assert_eq!(state, "failed", "{head}");
        assert!(words.starts_with(code) && words.contains("does not match"), "{head}: {words}");
        desk.after(3_600).await;
        assert_eq!((desk.asked(RECORD), bluesky.sent().len()), (0, 0), "{head}");
    }
    bluesky.moody(refusal("422 Unprocessable Entity"));
    let item = desk.show("At last").await;
    assert_eq!(desk.state(&item).await.0, "failed");
    desk.retry(&item).await;
    assert_eq!(desk.state(&item).await, ("sent".to_owned(), String::new()));
    assert_eq!(bluesky.sent().len(), 1);
}
