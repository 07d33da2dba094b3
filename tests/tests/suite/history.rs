//! One history of many records: walked both ways, filtered, pinned, taken out, erased.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use throughline_app::timeline::{self, Erase};
use throughline_core::actor::Actor;
use throughline_core::agent::Role;
use throughline_core::id::{CustomerId, ErasureId, TeamId};
use throughline_store::DatabaseUrl;
use throughline_tests::mails::mail;
use throughline_tests::{Client, World, on_both};

on_both!(
    a_group_is_walked_both_ways_as_one,
    a_jump_and_all_filters_find_what_they_say,
    words_are_found_within_one_customer,
    what_is_pinned_is_listed_and_told,
    what_is_taken_out_is_nowhere_any_more,
    a_part_is_blackened_and_the_rest_stays,
    a_shared_file_stays_while_somebody_names_it,
    an_inbox_that_allows_it_gives_placeholders,
    items_are_counted_by_month_of_a_time_zone,
    an_organization_has_one_timeline,
    an_erased_customer_is_nowhere_any_more,
    an_erasure_that_dies_anywhere_ends_the_same,
    all_that_is_held_is_exported,
    nobody_reaches_what_he_may_not_see,
);

/// Runs SQL on the world's own database, on a thread of its own.
fn sql(world: &World, text: &str) {
    let (database, text) = (world.database.clone(), text.to_owned());
    let run = move || match database {
        DatabaseUrl::Sqlite(path) => {
            let connection = rusqlite::Connection::open(path).expect("the file");
            connection.busy_timeout(std::time::Duration::from_secs(10)).expect("set");
            connection.execute_batch(&text).expect("SQL");
        }
        DatabaseUrl::Postgres(url) => {
            let mut client = postgres::Client::connect(&url, postgres::NoTls).expect("a server");
            client.batch_execute(&text).expect("SQL");
        }
    };
    std::thread::spawn(run).join().expect("ran");
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().expect("a list")
}

fn ids(page: &Value) -> Vec<String> {
    items(page).iter().map(|item| text(&item["id"]).to_owned()).collect()
}

async fn customer_of(world: &World, client: &Client, email: &str) -> String {
    text(&world.customer(client, email).await["id"]).to_owned()
}

fn number(id: &str) -> i64 {
    id.parse::<CustomerId>().expect("an id").get()
}

/// Makes the others records of the first.
fn join(world: &World, root: &str, others: &[String]) {
    let others: Vec<String> = others.iter().map(|id| number(id).to_string()).collect();
    let (root, others) = (number(root), others.join(","));
    sql(world, &format!("UPDATE customers SET canonical_id = {root} WHERE id IN ({others})"));
}

/// All ids of a timeline, page by page, and the cursors back.
async fn walk(client: &Client, path: &str) -> (Vec<Vec<String>>, Vec<Option<String>>) {
    let (mut pages, mut backs, mut cursor) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = client.get(&format!("{path}{cursor}")).await.good();
        pages.push(ids(&page));
        backs.push(page["previous_cursor"].as_str().map(str::to_owned));
        let Some(next) = page["next_cursor"].as_str() else { return (pages, backs) };
        cursor = format!("&cursor={next}");
    }
}

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
    world.clock.advance(3600);
    client.post(&format!("/tickets/{ticket}/notes"), json!({ "body": "a note" })).await.good();
    world.clock.advance(3600);
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

/// Whether any file below holds this text.
fn holds(folder: &Path, text: &str) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.map(|entry| entry.expect("an entry").path()).any(|path| match path.is_dir() {
        true => holds(&path, text),
        false => {
            let bytes = std::fs::read(&path).expect("a file");
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        }
    })
}

const HTML: &str = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=o\n\n\
    --o\nContent-Type: multipart/alternative; boundary=b\n\n\
    --b\nContent-Type: text/plain\n\ncard 4417123456789113 thanks\n\
    --b\nContent-Type: text/html\n\n<p>card 4417123456789113 thanks</p>\n--b--\n\
    --o\nContent-Type: text/plain; name=n.txt\nContent-Disposition: attachment; filename=n.txt\n\n\
    scan of 4417123456789113\n--o--\n";

fn secret_mail(from: &str) -> String {
    format!(
        "From: {from}\nTo: support@throughline.example\nMessage-ID: <{from}.s>\n\
         Subject: my card\nDate: Sun, 22 Nov 2026 08:30:00 +0000\n{HTML}"
    )
}

async fn what_is_taken_out_is_nowhere_any_more(world: Arc<World>) {
    let (admin, agent) = (world.admin().await, world.agent(Role::Agent, &[]).await);
    let secret = secret_mail("r@example.com");
    world.deliver(&secret).await;
    assert!(holds(&world.blobs(), "4417123456789113"));
    let customer = customer_of(&world, &admin, "r@example.com").await;
    let path = format!("/customers/{customer}/timeline");
    let item = admin.get(&path).await.good()["items"][0].clone();
    let (id, delivery) = (text(&item["id"]), admin.get("/deliveries").await.good());
    let delivery = text(&delivery["items"][0]["id"]).to_owned();
    let redact = format!("/items/{id}/redact");
    let why = json!({ "reason": "a card number" });
    agent.post(&redact, why.clone()).await.problem(403, "missing_right");
    let after = admin.post(&redact, why).await.good();
    assert_eq!(after["redacted"]["reason"], "a card number");
    for field in ["id", "kind", "occurred_at", "created_at", "ticket", "author"] {
        assert_eq!(after[field], item[field], "{field}");
    }
    assert_eq!((&after["body"], &after["message"]), (&json!(""), &Value::Null));
    assert!(items(&admin.get("/search?q=4417123456789113").await.good()).is_empty());
    assert!(items(&admin.get(&format!("{path}?q=card")).await.good()).is_empty());
    let row = admin.get(&format!("/deliveries/{delivery}")).await.good();
    assert_eq!(row["outcome"], "erased");
    admin.get(&format!("/deliveries/{delivery}/raw")).await.problem(404, "not_found");
    admin.get(&format!("/items/{id}/html")).await.problem(404, "not_found");
    let file = text(&item["message"]["attachments"][0]["id"]);
    admin.get(&format!("/attachments/{file}")).await.problem(404, "not_found");
    let ticket = admin.get(&format!("/tickets/{}", text(&item["ticket"]))).await.good();
    assert_ne!(ticket["subject"], "my card", "the subject was the message's");
    // A moment later the bytes are gone too, and the same mail is not taken once more.
    world.clock.advance(11 * 60);
    timeline::purge_blobs(&world.app).await.expect("purged");
    assert!(!holds(&world.blobs(), "4417123456789113"));
    world.deliver(&secret).await;
    let admin = world.admin().await;
    assert_eq!(items(&admin.get(&path).await.good()).len(), 1);
    let events = admin.get("/events?kind=item.redacted").await.text();
    assert!(events.contains(id), "{events}");
}

async fn a_part_is_blackened_and_the_rest_stays(world: Arc<World>) {
    let admin = world.admin().await;
    world.deliver(&secret_mail("b@example.com")).await;
    let customer = customer_of(&world, &admin, "b@example.com").await;
    let path = format!("/customers/{customer}/timeline");
    let item = admin.get(&path).await.good()["items"][0].clone();
    let redact = format!("/items/{}/redact", text(&item["id"]));
    let bad = json!({ "reason": "x", "ranges": [{ "start": 5, "end": 5000 }] });
    admin.post(&redact, bad).await.problem(422, "invalid_field");
    let part = json!({ "reason": "x", "ranges": [{ "start": 5, "end": 21 }], "attachments": true });
    let after = admin.post(&redact, part).await.good();
    let body = text(&after["body"]);
    assert!(body.starts_with(&format!("card {} thanks", "█".repeat(16))), "{body}");
    assert_eq!(after["message"]["subject"], "my card");
    assert_eq!(after["message"]["has_html"], false);
    assert!(after["message"]["attachments"].as_array().expect("a list").is_empty());
    assert!(after["redacted"].is_object());
    assert_eq!(items(&admin.get(&format!("{path}?q=thanks")).await.good()).len(), 1);
    assert!(items(&admin.get(&format!("{path}?q=4417123456789113")).await.good()).is_empty());
    world.clock.advance(11 * 60);
    timeline::purge_blobs(&world.app).await.expect("purged");
    assert!(!holds(&world.blobs(), "4417123456789113"));
}

async fn a_shared_file_stays_while_somebody_names_it(world: Arc<World>) {
    let admin = world.admin().await;
    for from in ["one@example.com", "two@example.com"] {
        world.deliver(&secret_mail(from)).await;
    }
    let first = customer_of(&world, &admin, "one@example.com").await;
    let second = customer_of(&world, &admin, "two@example.com").await;
    let page = admin.get(&format!("/customers/{first}/timeline")).await.good();
    let redact = format!("/items/{}/redact", text(&page["items"][0]["id"]));
    admin.post(&redact, json!({ "reason": "x" })).await.good();
    world.clock.advance(11 * 60);
    timeline::purge_blobs(&world.app).await.expect("purged");
    let admin = world.admin().await;
    let page = admin.get(&format!("/customers/{second}/timeline")).await.good();
    let item = &page["items"][0];
    let html = admin.get(&format!("/items/{}/html", text(&item["id"]))).await.good();
    assert!(text(&html["html"]).contains("4417123456789113"));
    let file = text(&item["message"]["attachments"][0]["id"]);
    assert!(admin.get(&format!("/attachments/{file}")).await.status.is_success());
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

/// A customer with much that could be left behind.
async fn somebody(world: &World, client: &Client, email: &str) -> String {
    world.deliver(&secret_mail(email)).await;
    let ticket = world.ticket_of(client, email).await;
    let id = text(&ticket["id"]);
    client.post(&format!("/tickets/{id}/notes"), json!({ "body": "noteword" })).await.good();
    client.patch(&format!("/tickets/{id}"), json!({ "subject": "subjectword" })).await.good();
    let customer = text(&ticket["customer"]).to_owned();
    client
        .patch(&format!("/customers/{customer}"), json!({ "name": "Erased Person" }))
        .await
        .good();
    client
        .post(
            &format!("/items/{}/pin", {
                let page = client.get(&format!("/customers/{customer}/timeline")).await.good();
                text(&page["items"][0]["id"]).to_owned()
            }),
            json!({}),
        )
        .await
        .good();
    customer
}

async fn an_erased_customer_is_nowhere_any_more(world: Arc<World>) {
    let (admin, lead) = (world.admin().await, world.agent(Role::Lead, &[]).await);
    let customer = somebody(&world, &admin, "erase@example.com").await;
    let other = somebody(&world, &admin, "stays@example.com").await;
    let second = somebody(&world, &admin, "second@example.com").await;
    join(&world, &customer, std::slice::from_ref(&second));
    let highest = admin.get("/tickets").await.good()["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|t| t["number"].as_i64().expect("a number"))
        .max();
    let path = format!("/customers/{second}/erase");
    let wish = json!({ "reason": "asked for it", "confirm": "Erased Person" });
    lead.post(&path, wish.clone()).await.problem(403, "missing_right");
    let wrong = json!({ "reason": "asked for it", "confirm": "Somebody" });
    admin.post(&path, wrong).await.problem(422, "invalid_field");
    let proof = admin.post(&path, wish).await.good();
    assert!(!proof["finished_at"].is_null(), "{proof}");
    assert_eq!((&proof["customer"], &proof["counts"]["customers"]), (&json!(customer), &json!(2)));
    assert_eq!(proof["counts"]["tickets"], 2);
    assert_eq!(text(&proof["digest"]).len(), 64);
    for id in [&customer, &second] {
        admin.get(&format!("/customers/{id}")).await.problem(404, "not_found");
        admin.get(&format!("/customers/{id}/timeline")).await.problem(404, "not_found");
    }
    let found = admin.get("/customers?email=erase@example.com").await.good();
    assert!(items(&found).is_empty());
    for (q, left) in [("noteword", 1), ("4417123456789113", 1), ("erase@example.com", 0)] {
        assert_eq!(items(&admin.get(&format!("/search?q={q}")).await.good()).len(), left, "{q}");
    }
    let events = admin.get("/events?limit=1000").await.text();
    assert_eq!(events.matches("Erased Person").count(), 1, "only the other's: {events}");
    assert_eq!(events.matches("subjectword").count(), 1, "only the other's: {events}");
    assert!(events.contains("customer.erased"));
    assert_eq!(items(&admin.get(&format!("/customers/{other}/pins")).await.good()).len(), 1);
    // The bytes go, but for what the other's mail names; the same mail is not taken once more.
    world.clock.advance(11 * 60);
    timeline::purge_blobs(&world.app).await.expect("purged");
    assert!(!holds(&world.blobs(), "erase@example.com"));
    world.deliver(&secret_mail("erase@example.com")).await;
    let admin = world.admin().await;
    assert!(items(&admin.get("/customers?email=erase@example.com").await.good()).is_empty());
    // Another mail makes a new customer, whose ticket has a number of its own.
    world.deliver(&mail("erase@example.com", "new@x", "again", "", "hello")).await;
    let ticket = world.ticket_of(&admin, "erase@example.com").await;
    assert!(ticket["number"].as_i64() > highest, "{ticket}");
    assert_eq!(ids(&admin.get("/erasures").await.good()), [text(&proof["id"]).to_owned()]);
    lead.get("/erasures").await;
    admin.get(&format!("/erasures/{}", text(&proof["id"]))).await.good();
}

async fn an_erasure_that_dies_anywhere_ends_the_same(world: Arc<World>) {
    let admin = world.admin().await;
    let mut steps = 0;
    // However many steps were done when it died, another goes on and ends with the same proof.
    for died_after in 0..8 {
        let email = format!("k{died_after}@example.com");
        let customer = somebody(&world, &admin, &email).await;
        let erasure: ErasureId = world.app_erases(&customer).await;
        for _ in 0..died_after {
            timeline::erase_step(&world.app, erasure).await.expect("a step");
        }
        let before = timeline::erasure(&world.app, &Actor::system(), erasure).await.expect("it");
        steps += usize::from(before.finished_at.is_none());
        timeline::finish_erasures(&world.app).await.expect("finished");
        let proof = timeline::erasure(&world.app, &Actor::system(), erasure).await.expect("it");
        assert!(proof.finished_at.is_some());
        let count = |what: &str| proof.counts.get(what).copied().unwrap_or_default();
        assert_eq!((count("customers"), count("tickets"), count("identities")), (1, 1, 1));
        assert!(count("items") >= 3, "{:?}", proof.counts);
        assert!(!timeline::erase_step(&world.app, erasure).await.expect("nothing"));
    }
    assert!(steps >= 2, "it was interrupted in between");
    assert!(items(&admin.get("/customers").await.good()).is_empty());
    assert!(items(&admin.get("/search?q=noteword").await.good()).is_empty());
}

async fn all_that_is_held_is_exported(world: Arc<World>) {
    let (admin, agent) = (world.admin().await, world.agent(Role::Agent, &[]).await);
    let first = somebody(&world, &admin, "x1@example.com").await;
    let hostile = mail("x2@example.com", "x2@x", "سلام", "", "<script>alert(1)</script> سلام");
    world.deliver(&hostile).await;
    let second = customer_of(&world, &admin, "x2@example.com").await;
    join(&world, &first, std::slice::from_ref(&second));
    // More items than are read together.
    for i in 0..205 {
        world.record(&mail("x2@example.com", &format!("x2-{i}@x"), "S", "", "text")).await;
    }
    world.drain().await;
    let path = format!("/customers/{second}/export");
    agent.get(&path).await.problem(403, "missing_right");
    let json = admin.get(&path).await.good();
    assert_eq!(
        (&json["complete"], json["records"].as_array().expect("a list").len()),
        (&json!(true), 2)
    );
    let timeline = format!("/customers/{first}/timeline?order=asc&limit=200");
    let (pages, _) = walk(&admin, &timeline).await;
    let exported: Vec<String> =
        items(&json).iter().map(|e| text(&e["item"]["id"]).to_owned()).collect();
    assert_eq!(exported, pages.concat());
    let tickets = json["tickets"].as_array().expect("a list").len();
    assert!(tickets >= 2, "{tickets}");
    let file = items(&json).iter().find_map(|e| e["files"].as_array()?.first()).expect("a file");
    let bytes = admin.get_raw(text(&file["href"])).await.bytes;
    assert_eq!(text(&file["blake3"]), throughline_store::blob_name_of(&bytes));
    let html = admin.get(&format!("{path}?format=html")).await.text();
    assert!(html.ends_with("</html>\n") && !html.contains("<script"));
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; سلام"));
    assert!(html.contains("<h3 dir=\"auto\">سلام</h3>"));
    assert_eq!(html.matches("<article ").count(), exported.len());
    let unknown = admin.get(&format!("{path}?format=pdf")).await;
    unknown.problem(400, "invalid_parameter");
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

/// Begins an erasure and does nothing of it but the first transaction, as if the process died then.
trait Erases {
    async fn app_erases(&self, customer: &str) -> ErasureId;
}

impl Erases for World {
    async fn app_erases(&self, customer: &str) -> ErasureId {
        let wish = Erase { reason: "asked for it".to_owned(), confirm: customer.to_owned() };
        let id: CustomerId = customer.parse().expect("an id");
        timeline::begin_erasure(&self.app, &Actor::system(), id, wish).await.expect("begun").id
    }
}
