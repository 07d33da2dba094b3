//! Histories are walked both ways, filtered, pinned and counted, by who may see them.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use throughline_core::agent::Role;
use throughline_core::id::TeamId;
use throughline_tests::mails::mail;
use throughline_tests::{Client, World, on_both};

use super::{customer_of, ids, items, join, sql, text, walk};

on_both!(
    a_group_is_walked_both_ways_as_one,
    a_jump_and_all_filters_find_what_they_say,
    words_are_found_within_one_customer,
    what_is_pinned_is_listed_and_told,
    an_inbox_that_allows_it_gives_placeholders,
    items_are_counted_by_month_of_a_time_zone,
    an_organization_has_one_timeline,
    nobody_reaches_what_he_may_not_see,
);

async fn a_group_is_walked_both_ways_as_one(world: Arc<World>) {
    let client = world.admin().await;
    let mut customers = Vec::new();
    for person in 0..5 {
        let from = format!("g{person}@example.com");
        for i in 0..=person + 2 {
            world.record(&mail(&from, &format!("g{person}-{i}@x"), "S", "", "text")).await;
        }
        world.drain().await;
        customers.push(customer_of(&world, &client, &from).await);
    }
    // The items of all records have the same keys, so that only the record tells them apart.
    sql(
        &world,
        "UPDATE timeline_items SET order_key = 4096 * (SELECT count(*) FROM timeline_items o \
         WHERE o.customer_id = timeline_items.customer_id AND o.id <= timeline_items.id)",
    );
    let alone = client.get(&format!("/customers/{}/timeline", customers[0])).await.good();
    assert_eq!(items(&alone).len(), 3);
    join(&world, &customers[2], &[0, 1, 3, 4].map(|i: usize| customers[i].clone()));
    let everything = client.get(&format!("/customers/{}/timeline", customers[0])).await.good();
    let everything = ids(&everything);
    assert_eq!(everything.len(), 3 + 4 + 5 + 6 + 7);
    for (order, limit) in [("desc", 4), ("asc", 4), ("desc", 1), ("desc", 200)] {
        let path = format!("/customers/{}/timeline?order={order}&limit={limit}", customers[4]);
        let (pages, backs) = walk(&client, &path).await;
        let mut expected = everything.clone();
        if order == "asc" {
            expected.reverse();
        }
        assert_eq!(pages.concat(), expected, "{order} {limit}");
        assert_eq!(backs[0], None);
        for (i, back) in backs.iter().enumerate().skip(1) {
            let back = back.as_deref().expect("a way back");
            let before = client.get(&format!("{path}&cursor={back}")).await.good();
            assert_eq!(ids(&before), pages[i - 1], "{order} {limit}");
        }
    }
    client
        .get(&format!("/customers/{}/timeline?cursor=upd.0000000000000001", customers[0]))
        .await
        .problem(400, "invalid_cursor");
    // Apart again, each has his own.
    sql(&world, "UPDATE customers SET canonical_id = NULL");
    let alone = client.get(&format!("/customers/{}/timeline", customers[3])).await.good();
    assert_eq!(items(&alone).len(), 6);
}

async fn a_jump_and_all_filters_find_what_they_say(world: Arc<World>) {
    let client = world.admin().await;
    let file = "From: f@example.com\nTo: support@throughline.example\nMessage-ID: <f1@x>\n\
        Subject: file\nDate: Sun, 22 Nov 2026 08:00:00 +0000\nMIME-Version: 1.0\n\
        Content-Type: multipart/mixed; boundary=b\n\n\
        --b\nContent-Type: text/plain\n\nsee file\n\
        --b\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=a.bin\
        \n\nxyz\n--b--\n";
    world.deliver(file).await;
    let ticket = world.ticket_of(&client, "f@example.com").await;
    let ticket = text(&ticket["id"]);
    world.clock.advance(60);
    client.post(&format!("/tickets/{ticket}/notes"), json!({ "body": "a note" })).await.good();
    world.clock.advance(60);
    let reply = json!({ "body": "an answer", "status": "waiting" });
    client.post(&format!("/tickets/{ticket}/replies"), reply).await.good();
    let customer = customer_of(&world, &client, "f@example.com").await;
    let path = format!("/customers/{customer}/timeline");
    let all = client.get(&path).await.good();
    let count = items(&all).len();
    for (filter, expected) in [
        ("author=customer", 1),
        ("author=agent&kind=message", 1),
        ("author=system", 0),
        ("author=customer,agent", count),
        ("visibility=internal&kind=note", 1),
        ("visibility=public&kind=note", 0),
        ("has_attachments=true", 1),
        ("has_attachments=false", count - 1),
        ("q=answer", 1),
        ("q=answer&author=customer", 0),
        ("at=2026-11-22T08:00:00Z", 1),
        ("at=2026-11-22T07:59:59Z", 0),
        ("at=2026-11-22T08:00:00.001Z&order=asc", count - 1),
    ] {
        let page = client.get(&format!("{path}?{filter}")).await.good();
        assert_eq!(items(&page).len(), expected, "{filter}");
    }
    let jump = client.get(&format!("{path}?at=2026-11-22T08:30:00Z")).await.good();
    assert!(jump["next_cursor"].is_null(), "nothing is older");
    let newer = text(&jump["previous_cursor"]);
    let newer = client.get(&format!("{path}?cursor={newer}")).await.good();
    assert_eq!(ids(&newer), ids(&all)[..count - 1]);
    client.get(&format!("{path}?order=sideways")).await.problem(400, "invalid_parameter");
}

async fn words_are_found_within_one_customer(world: Arc<World>) {
    let client = world.admin().await;
    for i in 0..12 {
        let from = format!("q{}@example.com", i % 2);
        let body = if i % 3 == 0 { "kargo gecikti" } else { "baska bir sey" };
        world.record(&mail(&from, &format!("q{i}@x"), "S", "", body)).await;
    }
    world.drain().await;
    let customer = customer_of(&world, &client, "q0@example.com").await;
    let path = format!("/customers/{customer}/timeline?q=kargo&limit=1");
    let (pages, _) = walk(&client, &path).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1]);
    // Oldest first it is the same the other way round.
    let (other, _) = walk(&client, &format!("{path}&order=asc")).await;
    assert_eq!(other.concat(), pages.concat().into_iter().rev().collect::<Vec<_>>());
}

async fn what_is_pinned_is_listed_and_told(world: Arc<World>) {
    let client = world.admin().await;
    for i in 0..3 {
        world.record(&mail("p@example.com", &format!("p{i}@x"), "S", "", &format!("b{i}"))).await;
    }
    world.drain().await;
    let customer = customer_of(&world, &client, "p@example.com").await;
    let all = ids(&client.get(&format!("/customers/{customer}/timeline")).await.good());
    let pin = format!("/items/{}/pin", all[1]);
    for _ in 0..2 {
        client.post(&pin, json!({})).await.good();
    }
    let pins = format!("/customers/{customer}/pins");
    assert_eq!(ids(&client.get(&pins).await.good()), [all[1].clone()]);
    let filtered = client.get(&format!("/customers/{customer}/timeline?pinned=true")).await.good();
    assert_eq!(ids(&filtered), [all[1].clone()]);
    client.delete(&pin).await.good();
    client.delete(&pin).await.good();
    assert!(items(&client.get(&pins).await.good()).is_empty());
    let events = client.get("/events?kind=item.pinned").await.good();
    let told: Vec<bool> = events["events"]
        .as_array()
        .or(events["items"].as_array())
        .expect("a list")
        .iter()
        .map(|e| e["data"]["pinned"] == true)
        .collect();
    assert_eq!(told, [true, false], "once each: {events}");
}

/// The inbox closed to all but a new team; an insider and an outsider.
async fn closed(world: &World, placeholders: bool) -> (Client, Client) {
    let admin = world.admin().await;
    let team = admin.post("/teams", json!({ "name": "HR" })).await.good();
    let id: TeamId = text(&team["id"]).parse().expect("a team");
    let inbox = world.inbox().await;
    let close = json!({
        "restricted": true, "teams": [team["id"]], "show_placeholders": placeholders
    });
    admin.patch(&format!("/inboxes/{}", inbox.id), close).await.good();
    (world.agent(Role::Agent, &[id]).await, world.agent(Role::Agent, &[]).await)
}

/// Opens a ticket of the same customer by an inbox that is open to all.
async fn open_ticket(admin: &Client, email: &str) -> Value {
    let inbox =
        json!({ "channel": "email", "address": "open@throughline.example", "name": "Open" });
    let inbox = admin.post("/inboxes", inbox).await.good();
    let ticket = json!({
        "subject": "open", "body": "an open word", "customer": { "email": email },
        "inbox": inbox["id"]
    });
    admin.post("/tickets", ticket).await.good()
}

async fn an_inbox_that_allows_it_gives_placeholders(world: Arc<World>) {
    let admin = world.admin().await;
    world.deliver(&mail("h@example.com", "h1@x", "Salary", "", "secretword")).await;
    open_ticket(&admin, "h@example.com").await;
    let customer = customer_of(&world, &admin, "h@example.com").await;
    let (insider, outsider) = closed(&world, true).await;
    let path = format!("/customers/{customer}/timeline");
    let all = items(&insider.get(&path).await.good()).len();
    let plain = outsider.get(&path).await.good();
    assert_eq!(items(&plain).len(), all - 1, "hidden unless asked for");
    let shown = outsider.get(&format!("{path}?placeholders=true")).await;
    assert!(!shown.text().contains("secretword") && !shown.text().contains("Salary"));
    let shown = shown.good();
    assert_eq!(items(&shown).len(), all);
    let masked: Vec<&Value> = items(&shown).iter().filter(|i| i["restricted"] == true).collect();
    let [masked] = masked.as_slice() else { panic!("{shown}") };
    let keys: BTreeSet<&str> =
        masked.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(keys, BTreeSet::from(["channel", "kind", "occurred_at", "restricted"]));
    // No filter tells what is in it.
    for filter in ["q=secretword", "author=customer", "has_attachments=false", "visibility=public"]
    {
        let page = outsider.get(&format!("{path}?placeholders=true&{filter}")).await.good();
        assert!(items(&page).iter().all(|item| item["restricted"].is_null()), "{filter}");
    }
    let inbox = world.inbox().await.id;
    let close = json!({ "show_placeholders": false });
    admin.patch(&format!("/inboxes/{inbox}"), close).await.good();
    let page = outsider.get(&format!("{path}?placeholders=true")).await.good();
    assert_eq!(items(&page).len(), all - 1, "the inbox does not allow it");
}

async fn items_are_counted_by_month_of_a_time_zone(world: Arc<World>) {
    let client = world.admin().await;
    for (i, date) in
        ["31 Oct 2026 22:30:00", "31 Oct 2026 20:30:00", "02 Nov 2026 10:00:00"].iter().enumerate()
    {
        let text = mail("c@example.com", &format!("c{i}@x"), "S", "", &format!("b{i}"));
        world.record(&text.replace("Sun, 22 Nov 2026 08:30:00", date)).await;
    }
    world.drain().await;
    let customer = customer_of(&world, &client, "c@example.com").await;
    let path = format!("/customers/{customer}/timeline/counts");
    let of = |found: &Value| -> Vec<(String, i64)> {
        let count =
            |c: &Value| (text(&c["month"]).to_owned(), c["items"].as_i64().expect("a number"));
        found["counts"].as_array().expect("a list").iter().map(count).collect()
    };
    let utc = client.get(&path).await.good();
    assert_eq!(
        (of(&utc), &utc["total"]),
        (vec![("2026-11".into(), 1), ("2026-10".into(), 2)], &json!(3))
    );
    let here = client.get(&format!("{path}?time_zone=Europe/Istanbul")).await.good();
    assert_eq!(of(&here), [("2026-11".to_owned(), 2), ("2026-10".to_owned(), 1)]);
    assert_eq!(here["counts"][0]["channel"], "email");
    let bad = client.get(&format!("{path}?time_zone=Mars/Olympus")).await;
    assert_eq!(bad.status.as_u16(), 400, "{}", bad.text());
}

async fn an_organization_has_one_timeline(world: Arc<World>) {
    let client = world.admin().await;
    let organization = client.post("/organizations", json!({ "name": "Acme" })).await.good();
    let organization = text(&organization["id"]);
    let mut theirs = BTreeSet::new();
    // More customers than are read together, each with a few items.
    for person in 0..60 {
        let from = format!("o{person}@example.com");
        for i in 0..1 + person % 3 {
            let minute = (person * 7 + i * 13) % 60;
            let text = mail(&from, &format!("o{person}-{i}@x"), "S", "", "text");
            world
                .record(&text.replace("08:30:00", &format!("0{}:{minute:02}:00", person % 8)))
                .await;
        }
    }
    world.record(&mail("else@example.com", "e@x", "S", "", "not theirs")).await;
    world.drain().await;
    for person in 0..60 {
        let customer = customer_of(&world, &client, &format!("o{person}@example.com")).await;
        let path = format!("/customers/{customer}");
        client.patch(&path, json!({ "organization": organization })).await.good();
        theirs.extend(ids(&client.get(&format!("{path}/timeline")).await.good()));
    }
    let path = format!("/organizations/{organization}/timeline");
    for (order, limit) in [("desc", 7), ("asc", 50)] {
        let (pages, _) = walk(&client, &format!("{path}?limit={limit}&order={order}")).await;
        let seen = pages.concat();
        assert_eq!(seen.len(), theirs.len(), "each once");
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), theirs);
    }
    let page = client.get(&format!("{path}?limit=200")).await.good();
    let times: Vec<&str> = items(&page).iter().map(|item| text(&item["occurred_at"])).collect();
    assert!(times.windows(2).all(|pair| pair[0] >= pair[1]), "newest first");
    assert_eq!(items(&client.get(&format!("{path}?author=agent")).await.good()).len(), 0);
}

async fn nobody_reaches_what_he_may_not_see(world: Arc<World>) {
    let admin = world.admin().await;
    world.deliver(&mail("n@example.com", "n1@x", "Salary", "", "secretword")).await;
    let customer = customer_of(&world, &admin, "n@example.com").await;
    let organization = admin.post("/organizations", json!({ "name": "Acme" })).await.good();
    let patch = json!({ "organization": organization["id"] });
    admin.patch(&format!("/customers/{customer}"), patch).await.good();
    let (insider, outsider) = closed(&world, false).await;
    let page = insider.get(&format!("/customers/{customer}/timeline")).await.good();
    let item = ids(&page).remove(0);
    insider.post(&format!("/items/{item}/pin"), json!({})).await.good();
    for path in [
        "timeline",
        "timeline?placeholders=true",
        "timeline?q=secretword",
        "timeline/counts",
        "pins",
        "timeline?pinned=true",
        "timeline?order=asc",
    ] {
        let path = format!("/customers/{customer}/{path}");
        insider.get(&path).await.good();
        outsider.get(&path).await.problem(404, "not_found");
    }
    let path = format!("/organizations/{}/timeline", text(&organization["id"]));
    assert_eq!(items(&insider.get(&path).await.good()).len(), 1);
    for filter in ["", "?q=secretword", "?pinned=true"] {
        assert!(items(&outsider.get(&format!("{path}{filter}")).await.good()).is_empty());
    }
    outsider.post(&format!("/items/{item}/pin"), json!({})).await.problem(404, "not_found");
    outsider.delete(&format!("/items/{item}/pin")).await.problem(404, "not_found");
    let redact = json!({ "reason": "x" });
    outsider.post(&format!("/items/{item}/redact"), redact).await.problem(404, "not_found");
    outsider.get("/erasures").await.problem(403, "missing_right");
    let erase = json!({ "reason": "x", "confirm": customer });
    outsider
        .post(&format!("/customers/{customer}/erase"), erase)
        .await
        .problem(403, "missing_right");
    // Who also sees another item of the customer sees that one alone.
    open_ticket(&admin, "n@example.com").await;
    let counts = outsider.get(&format!("/customers/{customer}/timeline/counts")).await.good();
    assert_eq!(counts["total"], 1, "{counts}");
    assert!(items(&outsider.get(&format!("/customers/{customer}/pins")).await.good()).is_empty());
}
