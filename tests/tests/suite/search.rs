//! Search finds the same on both databases, in every writing.

use std::sync::Arc;

use throughline_tests::mails::mail;
use throughline_tests::{Client, World, on_both};

on_both!(
    writings_of_one_word_find_each_other,
    numbers_and_addresses_are_found_exactly,
    a_ticket_comes_once_however_often_it_matches,
    pages_of_hits_do_not_overlap_and_miss_nothing,
    customers_are_found_by_name_and_address,
    a_search_without_words_says_so,
);

async fn subjects(client: &Client, q: &str) -> Vec<String> {
    let found = client.get(&format!("/tickets?q={}", encode(q))).await.good();
    let mut subjects: Vec<String> = found["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|ticket| ticket["subject"].as_str().expect("a subject").to_owned())
        .collect();
    subjects.sort();
    subjects
}

fn encode(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

async fn writings_of_one_word_find_each_other(world: Arc<World>) {
    let client = world.admin().await;
    let groups: [&[&str]; 4] = [
        &["İSTANBUL", "istanbul", "ISTANBUL", "ıstanbul"],
        &["كتاب", "کتاب"],
        &["۱۲۳", "١٢٣", "123"],
        &["café", "cafe\u{301}", "CAFE"],
    ];
    for (g, group) in groups.iter().enumerate() {
        for (w, word) in group.iter().enumerate() {
            let id = format!("g{g}w{w}@example.com");
            let from = format!("s{g}w{w}@example.com");
            world.record(&mail(&from, &id, &format!("S{g}-{w}"), "", &format!("… {word} …"))).await;
        }
    }
    world.drain().await;
    for (g, group) in groups.iter().enumerate() {
        let all: Vec<String> = (0..group.len()).map(|w| format!("S{g}-{w}")).collect();
        for word in *group {
            assert_eq!(subjects(&client, word).await, all, "searching {word}");
        }
    }
}

async fn numbers_and_addresses_are_found_exactly(world: Arc<World>) {
    let client = world.admin().await;
    let texts =
        ["My order TR-4417, please.", "My order TR-44170.", "write to ali.veli@example.net!"];
    for (i, text) in texts.iter().enumerate() {
        let id = format!("n{i}@example.com");
        world.record(&mail(&format!("n{i}@example.com"), &id, &format!("N{i}"), "", text)).await;
    }
    world.drain().await;
    assert_eq!(subjects(&client, "TR-4417").await, ["N0"]);
    assert_eq!(subjects(&client, "4417").await, ["N0"]);
    assert!(subjects(&client, "TR-441").await.is_empty());
    assert_eq!(subjects(&client, "ali.veli@example.net").await, ["N2"]);
    assert!(subjects(&client, "ali@example.net").await.is_empty());
    assert_eq!(subjects(&client, "TR-44*").await, ["N0", "N1"]);
}

async fn a_ticket_comes_once_however_often_it_matches(world: Arc<World>) {
    let client = world.admin().await;
    world.deliver(&mail("o@example.com", "o0@example.com", "Many", "", "kırmızı ayakkabı")).await;
    for i in 1..6 {
        let extra = "References: <o0@example.com>\n";
        let id = format!("o{i}@example.com");
        world.deliver(&mail("o@example.com", &id, "Re: Many", extra, "kirmizi")).await;
    }
    assert_eq!(subjects(&client, "kırmızı").await, ["Many"]);
    let hits = client.get("/search?q=kirmizi").await.good();
    assert_eq!(hits["items"].as_array().expect("hits").len(), 6);
    let snippet = &hits["items"][5]["snippet"];
    assert_eq!(snippet["text"].as_str().expect("a text").trim(), "kırmızı ayakkabı");
    assert_eq!(snippet["highlights"][0]["end"], 7);
}

async fn pages_of_hits_do_not_overlap_and_miss_nothing(world: Arc<World>) {
    let client = world.admin().await;
    for i in 0..7 {
        let (from, id) = (format!("p{i}@example.com"), format!("p{i}@example.com"));
        world.record(&mail(&from, &id, &format!("P{i}"), "", "common word")).await;
    }
    world.drain().await;
    for i in 0..7 {
        // A second match in every ticket, in the other order.
        let from = format!("p{}@example.com", 6 - i);
        let extra = format!("References: <p{}@example.com>\n", 6 - i);
        world.record(&mail(&from, &format!("q{i}@example.com"), "Re", &extra, "common")).await;
    }
    world.drain().await;
    let mut seen: Vec<String> = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = client.get(&format!("/tickets?q=common&limit=3{cursor}")).await.good();
        for ticket in page["items"].as_array().expect("a list") {
            seen.push(ticket["subject"].as_str().expect("a subject").to_owned());
        }
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
        if seen.len() == 3 {
            // Somebody writes into tickets that are still to come: they must not vanish.
            for i in 0..7 {
                let from = format!("p{i}@example.com");
                let extra = format!("References: <p{i}@example.com>\n");
                let id = format!("r{i}@example.com");
                world.record(&mail(&from, &id, "Re", &extra, "common")).await;
            }
            world.drain().await;
        }
    }
    seen.sort();
    let all: Vec<String> = (0..7).map(|i| format!("P{i}")).collect();
    assert_eq!(seen, all);
}

async fn customers_are_found_by_name_and_address(world: Arc<World>) {
    let client = world.admin().await;
    let from = "Şule Çağlar <sule@example.org>";
    world.deliver(&mail(from, "c1@example.org", "Hi", "", "x")).await;
    for q in ["sule", "ŞULE caglar", "sule@example.org", "cag*"] {
        let found = client.get(&format!("/customers?q={}", encode(q))).await.good();
        assert_eq!(found["items"].as_array().expect("a list").len(), 1, "searching {q}");
    }
}

async fn a_search_without_words_says_so(world: Arc<World>) {
    let client = world.admin().await;
    for q in ["%20", "!!!", "%F0%9F%98%80"] {
        let problem = client.get(&format!("/search?q={q}")).await;
        assert!(problem.status.is_client_error(), "{q}: {}", problem.text());
    }
}
