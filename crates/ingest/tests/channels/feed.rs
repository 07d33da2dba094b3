//! Feeds: what their entries say, also where they are ill-formed, and that each new entry is found once.

use std::cell::Cell;

use serde_json::{Value, json};
use throughline_ingest::Decode;
use throughline_ingest::feeds::FEED;
use throughline_ingest::hooks::Account;
use throughline_ingest::poll::Trouble;

use crate::asked::{Asked, Said, fails, names};
use crate::hostile;
use crate::leaves::said;
use crate::sent::settings;

fn set(terms: &str) -> Account {
    settings(json!({ "url": "https://bread.example/feed", "search_terms": terms }))
}

fn decoder() -> Box<dyn Decode> {
    (FEED.decoder)(&set("")).expect("a decoder")
}

#[test]
fn entries_say_what_they_hold() {
    let folder = hostile::folder("feed");
    let payloads = hostile::paths(&folder);
    assert_eq!(payloads.len(), 4);
    for path in payloads {
        let bytes = std::fs::read(&path).expect("a payload");
        let says = said(decoder().as_ref(), &bytes);
        let golden = path.with_extension("golden");
        if std::env::var("GOLDEN").is_ok_and(|wish| wish == "write") {
            std::fs::write(&golden, format!("{says:#}\n")).expect("written");
        }
        let kept: Value =
            serde_json::from_slice(&std::fs::read(&golden).expect("it")).expect("JSON");
        assert_eq!(says, kept, "{}", path.display());
    }
}

/// Each text of a feed that is shown somewhere: a change of it changes what the feed says.
#[test]
fn no_text_of_an_entry_is_overlooked() {
    let bytes = std::fs::read(hostile::folder("feed").join("rss.xml")).expect("it");
    let text = String::from_utf8(bytes).expect("UTF-8");
    let before = said(decoder().as_ref(), text.as_bytes());
    for word in [
        "Bread &amp; more",
        "again",
        "bread.example/1<",
        "tag:bread.example,2026:1",
        "20 Nov 2026",
        "elif@bread",
        "Elif Y",
        ">kiosk<",
        ">bread<",
        "sold me",
        "nbsp;€",
        "1.mp3",
        "bread.example/2",
        "Reza",
        "2026-11-20T08",
        "Only text",
        "No id",
        "bread.example/3",
        "nobody@",
    ] {
        assert_eq!(text.matches(word).count(), 1, "{word}");
        let changed = text.replace(word, &word.replace(char::is_alphanumeric, "7"));
        assert_ne!(said(decoder().as_ref(), changed.as_bytes()), before, "{word} is not read");
    }
    for aside in ["A blog", "other title", ">short<", "i.png"] {
        let changed = text.replace(aside, &aside.replace(char::is_alphabetic, "x"));
        assert_eq!(said(decoder().as_ref(), changed.as_bytes()), before, "{aside}");
    }
}

#[test]
fn a_set_up_is_checked() {
    for url in [
        "",
        "bread.example",
        "ftp://bread.example/",
        "https://a:b@bread.example/",
        "file:///etc/passwd",
    ] {
        let told = (FEED.decoder)(&settings(json!({ "url": url }))).err().expect(url);
        assert!(told.to_string().contains("`url`"), "{told}");
    }
}

#[test]
fn what_is_no_feed_says_so() {
    for bytes in ["", "hello", "<html><body>no</body></html>", "{}", "<rss><channel><item><title>x"]
    {
        let told = decoder().decode(bytes.as_bytes()).expect_err(bytes).to_string();
        assert!(told.contains("feed") || told.contains("RSS"), "{told}");
    }
    assert_eq!(decoder().decode(b"<rss><channel/></rss>").expect("a feed").len(), 0);
}

#[test]
fn entries_without_any_name_are_told_apart_by_what_they_say() {
    let text = "<rss><channel><item><description>one</description></item>\
                <item><description>two</description></item></channel></rss>";
    let events = said(decoder().as_ref(), text.as_bytes());
    assert_ne!(events[0]["key"], events[1]["key"]);
    assert_eq!(events, said(decoder().as_ref(), text.as_bytes()));
}

#[test]
fn nothing_hostile_stops_it() {
    hostile::check("feed", decoder().as_ref());
    let deep = format!("<rss>{}", "<a>".repeat(200_000));
    let entities = format!(
        "<!DOCTYPE r [<!ENTITY a \"{}\"><!ENTITY b \"&a;&a;&a;&a;\">]><rss><channel><item><title>&b;</title></item></channel></rss>",
        "x".repeat(1_000)
    );
    for text in [
        deep,
        entities,
        "&".repeat(1_000_000),
        "<rss><item ".repeat(100_000),
        "<![CDATA[".repeat(100_000),
    ] {
        hostile::borne(decoder().as_ref(), text.as_bytes(), std::time::Duration::from_secs(5));
    }
}

#[test]
fn ten_megabytes_are_read() {
    let one = "<item><guid>1</guid><title>a &amp; b</title><description>&lt;p&gt;hi&lt;/p&gt; \
               and more of that, as long as it is in a feed that somebody wrote for others to read, so that a \
               megabyte has as many entries in it as it would have there.</description></item>";
    let many = one.repeat(10_000_000 / one.len());
    hostile::large(decoder().as_ref(), format!("<rss><channel>{many}</channel></rss>").as_bytes());
}

fn feed(ids: impl Iterator<Item = usize>) -> String {
    let item = |id| {
        format!(
            "<item><guid>{id}</guid><title>entry {id}</title><description>Çay &amp; KIOSK {id}</description></item>"
        )
    };
    let items: Vec<String> = ids.map(item).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><rss version=\"2.0\"><channel><title>B</title>{}</channel></rss>",
        items.concat()
    )
}

fn answers(body: String) -> Said {
    let headers = vec![
        ("etag".to_owned(), "\"a1\"".to_owned()),
        ("last-modified".to_owned(), "Fri, 20 Nov 2026 08:00:00 GMT".to_owned()),
    ];
    Said { status: 200, headers, body: body.into_bytes() }
}

#[test]
fn new_entries_are_found_once_the_oldest_first_and_stand_alone() {
    let mut asked = Asked::new("feed", set(""));
    assert_eq!(asked.round(|_| answers(feed((1..=20).rev()))), [], "what was there before");
    let found = asked.round(|_| answers(feed((4..=23).rev())));
    let titles: Vec<Value> = found
        .iter()
        .map(|found| {
            let events = said(decoder().as_ref(), &found.bytes);
            assert_eq!(events.as_array().map(Vec::len), Some(1));
            let event = &events[0]["what"]["event"];
            assert_eq!(
                (&event["event_type"], &event["fields"][0]["value"]),
                (&json!("mention.feed"), &json!("B"))
            );
            event["title"].clone()
        })
        .collect();
    assert_eq!(titles, ["entry 21", "entry 22", "entry 23"]);
    assert_eq!(asked.round(|_| answers(feed((4..=23).rev()))), []);
    asked.restart();
    assert_eq!(asked.round(|_| answers(feed((1..=23).rev()))), [], "also those that come back");
}

#[test]
fn the_server_is_told_what_is_known() {
    let mut asked = Asked::new("feed", set(""));
    assert_eq!(asked.question().headers.len(), 1);
    asked.round(|_| answers(feed(1..=2)));
    let headers = asked.question().headers;
    assert!(headers.contains(&("if-none-match", "\"a1\"".to_owned())), "{headers:?}");
    assert!(headers.contains(&("if-modified-since", "Fri, 20 Nov 2026 08:00:00 GMT".to_owned())));
    let place = asked.place.clone();
    assert_eq!(asked.round(|_| fails(304)), []);
    assert_eq!(asked.place, place);
    // What broke off is asked for as a whole.
    let cut = feed(1..=9);
    let found = asked.round(|_| answers(cut[..cut.len() - 60].to_owned()));
    assert_eq!((found.len(), asked.question().headers.len()), (6, 1));
    assert_eq!(asked.round(|_| answers(feed(1..=9))).len(), 1);
    asked.account.settings.insert("url".into(), "https://other.example/".into());
    assert_eq!(asked.question().headers.len(), 1, "another feed begins anew");
}

#[test]
fn only_entries_with_a_search_term_are_taken_however_it_is_written() {
    for (terms, expected) in
        [("kiosk 3", 1), ("ÇAY", 3), ("cay", 3), ("tea, Kiosk 2", 1), ("tea", 0)]
    {
        let mut asked = Asked::new("feed", set(terms));
        asked.round(|_| answers(feed(0..1)));
        assert_eq!(asked.round(|_| answers(feed(1..=3))).len(), expected, "{terms}");
        assert_eq!(asked.round(|_| answers(feed(1..=3))).len(), 0);
    }
}

#[test]
fn one_is_sent_on_but_not_for_ever_and_not_into_the_open() {
    let mut asked = Asked::new("feed", set(""));
    let moved = |to: &str| Said {
        status: 301,
        headers: vec![("location".to_owned(), to.to_owned())],
        body: Vec::new(),
    };
    asked.round(|question| match question.url.as_str() {
        "https://bread.example/feed" => moved("/rss.xml"),
        "https://bread.example/rss.xml" => answers(feed(1..=2)),
        other => panic!("{other}"),
    });
    assert_eq!(asked.question().url, "https://bread.example/feed");
    for to in ["http://bread.example/rss", "file:///etc/passwd", ""] {
        let trouble = loop {
            match asked.step(|_| moved(to)) {
                Ok((_, more)) => assert!(more),
                Err(trouble) => break trouble,
            }
        };
        assert!(matches!(trouble, Trouble::Broken { .. }), "{to}: {trouble:?}");
    }
}

#[test]
fn names_of_what_is_found_are_the_same_each_time() {
    let found = |terms: &str| {
        let mut asked = Asked::new("feed", set(terms));
        asked.round(|_| answers(feed(0..1)));
        let found = asked.round(|_| answers(feed(1..=1)));
        names(&found).join(" ")
    };
    assert_eq!(found(""), found("kiosk"));
    let seen = Cell::new(0);
    let mut asked = Asked::new("feed", set(""));
    asked.round(|_| {
        seen.set(seen.get() + 1);
        fails(304)
    });
    assert_eq!(seen.get(), 1, "one question a round");
}
