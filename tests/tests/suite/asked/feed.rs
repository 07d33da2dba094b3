//! Feeds: what is new in one comes once, and only what is new is asked for.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use throughline_test_servers::http::{Do, Server};
use throughline_tests::{World, on_both};

use super::Desk;
use crate::channels::bot::{items, text};

on_both!(
    entries_come_once_with_author_and_link,
    an_unchanged_feed_is_not_read_again_and_a_limit_is_waited_for,
    what_is_no_feed_is_told,
);

/// A feed of Atom, and what was sent of it.
#[derive(Clone, Default)]
struct Feed(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    entries: Vec<String>,
    /// How often nothing had changed.
    unchanged: usize,
    instead: Option<Do>,
}

impl Feed {
    async fn start(&self) -> Server {
        let this = self.clone();
        Server::answering(move |_, request| this.answer(request)).await
    }

    fn write(&self, number: u64, by: &str, words: &str) {
        let entry = format!(
            "<entry><id>urn:{number}</id><title>Entry {number}</title>\
             <link href=\"https://blog.example/{number}\"/><updated>2026-11-22T08:0{number}:00Z</updated>\
             <author><name>{by}</name><email>{by}@blog.example</email></author>\
             <content type=\"html\">&lt;p&gt;{words}&lt;/p&gt;</content></entry>"
        );
        self.0.lock().expect("it").entries.push(entry);
    }

    fn answer(&self, request: &str) -> Do {
        let mut state = self.0.lock().expect("it");
        if let Some(instead) = state.instead.take() {
            return instead;
        }
        let tag = format!("\"v{}\"", state.entries.len());
        if request.contains(&format!("if-none-match: {tag}")) {
            state.unchanged += 1;
            return Do::Say("304 Not Modified", String::new());
        }
        let entries: String = state.entries.iter().rev().map(String::as_str).collect();
        let head: &'static str = Box::leak(
            format!("200 OK\r\ncontent-type: application/atom+xml\r\netag: {tag}").into_boxed_str(),
        );
        let feed = format!(
            "<?xml version=\"1.0\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><title>The blog</title>\
             {entries}</feed>"
        );
        Do::Say(head, feed)
    }
}

async fn connected(world: &Arc<World>) -> (Desk, Feed) {
    let feed = Feed::default();
    feed.write(1, "early", "before");
    let server = feed.start().await;
    let set_up = json!({
        "kind": "feed", "settings": { "url": "https://blog.example/feed.xml", "search_terms": "çay" }
    });
    (Desk::new(world, "social", server, set_up).await, feed)
}

async fn entries_come_once_with_author_and_link(world: Arc<World>) {
    let (desk, feed) = connected(&world).await;
    let run = desk.begun().await;
    feed.write(2, "elif", "CAY is good");
    feed.write(3, "reza", "coffee is good");
    desk.round().await;
    desk.until_delivered(1).await;
    desk.round().await;
    run.end().await;
    let elif = desk.timeline("elif").await;
    let [item] = elif.as_slice() else { panic!("{elif:?}") };
    let event = &item["event"];
    assert_eq!((&item["kind"], &item["channel"]), (&json!("social_mention"), &json!("social")));
    assert_eq!((&event["type"], &event["title"]), (&json!("mention.feed"), &json!("Entry 2")));
    assert_eq!((text(&item["body"]), &event["rating"]), ("CAY is good", &Value::Null));
    let platform = &event["platform"];
    assert_eq!(
        (&platform["url"], &platform["audience"]),
        (&json!("https://blog.example/2"), &json!("public"))
    );
    assert_eq!(item["occurred_at"], "2026-11-22T08:02:00.000000Z");
    let customers = desk.admin.get("/customers").await.good();
    assert_eq!(items(&customers).len(), 1, "{customers}");
    let run = desk.poller();
    desk.round().await;
    run.end().await;
    assert_eq!(desk.deliveries().await.len(), 1, "it comes once");
}

async fn an_unchanged_feed_is_not_read_again_and_a_limit_is_waited_for(world: Arc<World>) {
    let (desk, feed) = connected(&world).await;
    let run = desk.begun().await;
    desk.round().await;
    assert!(feed.0.lock().expect("it").unchanged >= 2);
    feed.write(2, "elif", "çay");
    let wait = Do::Say("429 Too Many Requests\r\nretry-after: 900", String::new());
    feed.0.lock().expect("it").instead = Some(wait);
    let seconds = desk.put_off(301).await;
    assert!((899..=992).contains(&seconds), "{seconds}");
    desk.world.clock.advance(1_000);
    desk.until_delivered(1).await;
    run.end().await;
}

async fn what_is_no_feed_is_told(world: Arc<World>) {
    let (desk, feed) = connected(&world).await;
    let page = Do::Say("200 OK\r\ncontent-type: text/html", "<html><p>Hello</p></html>".to_owned());
    feed.0.lock().expect("it").instead = Some(page);
    let run = desk.poller();
    let sick = desk.sick().await;
    assert!(text(&sick["trouble"]).contains("there is no feed"), "{sick}");
    assert_eq!(sick["asking"]["needs_change"], json!(true));
    run.end().await;
}
