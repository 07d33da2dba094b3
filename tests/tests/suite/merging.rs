//! Records that become one customer and part again, whose something is by several hints, and what is
//! suggested.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use throughline_app::customers;
use throughline_core::actor::Actor;
use throughline_core::id::{CustomerId, MergeId};
use throughline_store::DatabaseUrl;
use throughline_tests::mails::mail;
use throughline_tests::{Client, World, on_both};

on_both!(
    merged_they_are_one_customer_and_unmerged_two_with_exactly_their_own,
    chains_are_undone_in_any_order,
    two_merges_at_once_make_no_circle,
    any_sequence_of_merges_and_arrivals_leaves_each_record_its_own,
    many_at_once_with_the_same_hints_are_one_customer,
    mails_of_one_stranger_at_once_make_one_customer,
    what_is_proved_merges_and_what_is_said_is_suggested,
    not_the_same_person_is_remembered,
    two_external_ids_of_one_system_never_meet,
    of_a_shared_address_the_agent_chooses_the_speaker,
    an_aligned_mail_proves_its_address_once,
    a_signed_external_id_is_checked,
);

fn id(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

fn record(value: &Value) -> CustomerId {
    value["id"].as_str().expect("an id").parse().expect("an id")
}

async fn write(world: &World, from: &str, number: u32) {
    let (mail_id, subject) = (format!("{from}-{number}"), format!("S{number}"));
    world.deliver(&mail(from, &mail_id, &subject, "", &format!("{from} {number}"))).await;
}

const OWN: &str = "SELECT customer_id, 'item ' || body FROM timeline_items WHERE kind <> 11 \
    UNION ALL SELECT customer_id, 'ticket ' || subject FROM tickets \
    UNION ALL SELECT customer_id, 'identity ' || value FROM identities";

/// What each record has: its items, tickets and identities, without what tells of merges.
async fn own(world: &World) -> BTreeMap<i64, Vec<String>> {
    let database = world.database.clone();
    // The client of PostgreSQL has a runtime of its own, which must not start within another.
    let rows = std::thread::spawn(move || rows(&database)).join().expect("rows");
    let mut all: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for (record, what) in rows {
        all.entry(record).or_default().push(what);
    }
    all.values_mut().for_each(|own| own.sort());
    all
}

fn rows(database: &DatabaseUrl) -> Vec<(i64, String)> {
    match database {
        DatabaseUrl::Sqlite(path) => {
            let connection = rusqlite::Connection::open(path).expect("the file");
            let mut statement = connection.prepare(OWN).expect("SQL");
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
            rows.expect("rows").map(|row| row.expect("a row")).collect()
        }
        DatabaseUrl::Postgres(url) => {
            let mut client = postgres::Client::connect(url, postgres::NoTls).expect("a server");
            let rows = client.query(OWN, &[]).expect("rows");
            rows.iter().map(|row| (row.get(0), row.get(1))).collect()
        }
    }
}

async fn merged_they_are_one_customer_and_unmerged_two_with_exactly_their_own(world: Arc<World>) {
    let client = world.admin().await;
    write(&world, "elif@one.example", 1).await;
    write(&world, "elif@two.example", 2).await;
    let one = world.customer(&client, "elif@one.example").await;
    let two = world.customer(&client, "elif@two.example").await;
    let patch = json!({ "language": "tr", "add_tags": ["vip"] });
    client.patch(&format!("/customers/{}", id(&two)), patch).await.good();
    let before = own(&world).await;
    let path = format!("/customers/{}/merge", id(&one));
    let preview =
        client.post(&format!("{path}/preview"), json!({ "other": id(&two) })).await.good();
    assert_eq!(preview["tickets"], 2);
    assert_eq!(preview["filled"][0]["field"], "language");
    assert!(preview["obstacle"].is_null());
    let merge = client.post(&path, json!({ "other": id(&two) })).await.good();
    client.post(&path, json!({ "other": id(&two) })).await.problem(409, "already_merged");

    let answer = client.get(&format!("/customers/{}", id(&two))).await;
    assert_eq!(answer.header("throughline-canonical-id"), id(&one));
    assert_eq!(answer.header("content-location"), format!("/api/v1/customers/{}", id(&one)));
    let shown = answer.good();
    assert_eq!((&shown["id"], &shown["language"]), (&one["id"], &json!("tr")));
    assert_eq!(shown["merged_ids"], json!([id(&two)]));
    assert_eq!(shown["identities"].as_array().expect("a list").len(), 2);
    assert_eq!(shown["tags"][0]["name"], "vip");
    for path in ["/customers", "/customers?q=elif", "/customers?email=elif@two.example"] {
        let list = client.get(path).await.good();
        let items = list["items"].as_array().expect("a list");
        assert_eq!(items.len(), 1, "{path}: {items:?}");
        assert_eq!(items[0]["id"], one["id"], "{path}");
    }
    let tagged = shown["tags"][0]["id"].as_str().expect("an id");
    let list = client.get(&format!("/customers?tag={tagged}")).await.good();
    assert_eq!(list["items"][0]["id"], one["id"]);
    for known in [&one, &two] {
        let tickets = client.get(&format!("/tickets?customer={}", id(known))).await.good();
        assert_eq!(tickets["items"].as_array().expect("a list").len(), 2);
    }

    write(&world, "elif@two.example", 3).await;
    client.post(&format!("/merges/{}/undo", id(&merge)), json!({})).await.good();
    client
        .post(&format!("/merges/{}/undo", id(&merge)), json!({}))
        .await
        .problem(409, "already_undone");
    let mut expected = before;
    let late = expected.get_mut(&record(&two).get()).expect("the record");
    late.extend(["item elif@two.example 3".to_owned(), "ticket S3".to_owned()]);
    late.sort();
    assert_eq!(own_trimmed(&world).await, trimmed(expected));
    let alone = client.get(&format!("/customers/{}", id(&two))).await;
    assert_eq!(alone.header("content-location"), "");
    assert_eq!(alone.good()["id"], two["id"]);
    let other = json!({ "other": id(&two), "survivor": id(&two) });
    client.post(&path, other).await.good();
    let again = client.get(&format!("/customers/{}", id(&one))).await.good();
    assert_eq!(again["id"], two["id"], "the other way round");
    let merges = client.get(&format!("/customers/{}/merges", id(&one))).await.good();
    assert_eq!(merges["items"].as_array().expect("a list").len(), 2);
    let kinds = client.get("/events?limit=100&kind=customer.merged,customer.unmerged").await.good();
    assert_eq!(kinds["items"].as_array().or(kinds["events"].as_array()).expect("a list").len(), 3);
}

async fn own_trimmed(world: &World) -> BTreeMap<i64, Vec<String>> {
    trimmed(own(world).await)
}

fn trimmed(all: BTreeMap<i64, Vec<String>>) -> BTreeMap<i64, Vec<String>> {
    let trim = |own: Vec<String>| {
        let mut own: Vec<String> = own.iter().map(|what| what.trim().to_owned()).collect();
        own.sort();
        own
    };
    all.into_iter().map(|(record, own)| (record, trim(own))).collect()
}

async fn made(client: &Client, name: &str) -> CustomerId {
    let body = json!({ "name": name, "emails": [format!("{name}@x.example")] });
    record(&client.post("/customers", body).await.good())
}

async fn merge(world: &World, survivor: CustomerId, merged: CustomerId) -> MergeId {
    let system = Actor::system();
    let merge = customers::merge(&world.app, &system, survivor, merged, None).await;
    merge.expect("merged").id
}

async fn known_as(world: &World, of: CustomerId) -> CustomerId {
    let view = customers::get(&world.app, &Actor::system(), of).await;
    view.expect("a customer").customer.id
}

async fn chains_are_undone_in_any_order(world: Arc<World>) {
    let client = world.admin().await;
    let mut all = Vec::new();
    for name in ["a", "b", "c", "d"] {
        all.push(made(&client, name).await);
    }
    let [a, b, c, d] = all[..] else { panic!("four") };
    let ab = merge(&world, a, b).await;
    let ca = merge(&world, c, a).await;
    let dc = merge(&world, d, b).await;
    for one in [a, b, c, d] {
        assert_eq!(known_as(&world, one).await, d);
    }
    // The one in the middle goes first: what hangs on it goes along.
    customers::unmerge(&world.app, &Actor::system(), ca).await.expect("undone");
    let now = [known_as(&world, a).await, known_as(&world, b).await, known_as(&world, c).await];
    assert_eq!(now, [a, a, d]);
    customers::unmerge(&world.app, &Actor::system(), ab).await.expect("undone");
    customers::unmerge(&world.app, &Actor::system(), dc).await.expect("undone");
    for one in [a, b, c, d] {
        assert_eq!(known_as(&world, one).await, one);
    }
}

async fn two_merges_at_once_make_no_circle(world: Arc<World>) {
    let client = world.admin().await;
    let mut all = Vec::new();
    for number in 0..6 {
        all.push(made(&client, &format!("c{number}")).await);
    }
    let tasks = (0..30).map(|number: usize| {
        let (app, one, other) = (world.app.clone(), all[number % 6], all[(number * 5 + 1) % 6]);
        async move { customers::merge(&app, &Actor::system(), one, other, None).await.is_ok() }
    });
    let done = futures_util::future::join_all(tasks.map(tokio::spawn)).await;
    let edges = done.into_iter().filter(|done| *done.as_ref().expect("ran")).count();
    let mut roots: Vec<CustomerId> = Vec::new();
    for one in &all {
        roots.push(known_as(&world, *one).await);
    }
    for root in &roots {
        assert_eq!(known_as(&world, *root).await, *root, "a root is known by its own id");
    }
    roots.sort();
    roots.dedup();
    assert_eq!(edges, all.len() - roots.len(), "each edge makes one customer less");
    assert!(edges >= 3, "{edges}");
}

/// splitmix64.
fn dice(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut x = *state;
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (x ^ (x >> 31)) % below
}

async fn any_sequence_of_merges_and_arrivals_leaves_each_record_its_own(world: Arc<World>) {
    let client = world.admin().await;
    let system = Actor::system();
    for seed in 0..SEEDS {
        let mut state = seed;
        let name = |who: u64| format!("s{seed}w{who}");
        let mut all = Vec::new();
        for who in 0..4 {
            all.push(made(&client, &name(who)).await);
        }
        let mut expected: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for (who, of) in all.iter().enumerate() {
            expected.insert(of.get(), vec![format!("identity {}@x.example", name(who as u64))]);
        }
        let mut edges: Vec<MergeId> = Vec::new();
        for step in 0..8 {
            let (one, other) = (dice(&mut state, 4) as usize, dice(&mut state, 4) as usize);
            match dice(&mut state, 3) {
                0 => {
                    let done = customers::merge(&world.app, &system, all[one], all[other], None);
                    edges.extend(done.await.ok().map(|merge| merge.id));
                }
                1 if !edges.is_empty() => {
                    let edge = edges.swap_remove(dice(&mut state, edges.len() as u64) as usize);
                    customers::unmerge(&world.app, &system, edge).await.expect("undone");
                }
                _ => {
                    let from = format!("{}@x.example", name(one as u64));
                    let body = format!("{from} {step}");
                    let subject = format!("{seed} {step}");
                    let new =
                        json!({ "subject": subject, "body": body, "customer": { "email": from } });
                    client.post("/tickets", new).await.good();
                    let his = expected.get_mut(&all[one].get()).expect("a record");
                    his.extend([format!("item {body}"), format!("ticket {subject}")]);
                }
            }
        }
        let mut found = own_trimmed(&world).await;
        found.retain(|record, _| expected.contains_key(record));
        assert_eq!(found, trimmed(expected), "seed {seed}, as it is merged");
        for edge in edges {
            customers::unmerge(&world.app, &system, edge).await.expect("undone");
        }
        for one in &all {
            assert_eq!(known_as(&world, *one).await, *one, "seed {seed}");
        }
    }
}

/// Sequences that are tried on each database.
const SEEDS: u64 = 60;

async fn many_at_once_with_the_same_hints_are_one_customer(world: Arc<World>) {
    let client = world.admin().await;
    let tasks = (0..16).map(|number| {
        let client = client.clone();
        let mut identities = vec![
            json!({ "kind": "external", "scope": "crm", "value": "A-17", "verified": true }),
            json!({ "kind": "phone", "value": "+90 532 123 45 67", "verified": true }),
            json!({ "kind": "email", "value": "Race@x.example", "verified": true }),
        ];
        identities.rotate_left(number % 3);
        let customer = json!({ "identities": identities });
        let body = json!({ "subject": format!("S{number}"), "body": "x", "customer": customer });
        async move { client.post("/tickets", body).await.good() }
    });
    let tickets = futures_util::future::join_all(tasks.map(tokio::spawn)).await;
    let mut of: Vec<String> = tickets
        .into_iter()
        .map(|ticket| ticket.expect("ran")["customer"].as_str().expect("an id").to_owned())
        .collect();
    of.sort();
    of.dedup();
    assert_eq!(of.len(), 1, "{of:?}");
    let all = client.get("/customers").await.good();
    assert_eq!(all["items"].as_array().expect("a list").len(), 1);
    assert_eq!(all["items"][0]["identities"].as_array().expect("a list").len(), 3);
    for filter in ["phone=%2B905321234567", "external=A-17&scope=crm", "email=race@x.example"] {
        let found = client.get(&format!("/customers?{filter}")).await.good();
        assert_eq!(found["items"].as_array().expect("a list").len(), 1, "{filter}");
    }
}

async fn mails_of_one_stranger_at_once_make_one_customer(world: Arc<World>) {
    let client = world.admin().await;
    for number in 0..24 {
        let mail_id = format!("once{number}@x.example");
        world.record(&mail("Once@x.example", &mail_id, &format!("S{number}"), "", "x")).await;
    }
    let runners = (0..4).map(|_| {
        let runner = world.another_runner();
        tokio::spawn(async move { runner.drain().await.map(drop).map_err(|e| e.to_string()) })
    });
    for done in futures_util::future::join_all(runners).await {
        done.expect("ran").expect("the worker runs");
    }
    world.drain().await;
    let customer = world.customer(&client, "once@x.example").await;
    let tickets =
        client.get(&format!("/tickets?customer={}&limit=100", id(&customer))).await.good();
    assert_eq!(tickets["items"].as_array().expect("a list").len(), 24);
    let all = client.get("/customers").await.good();
    assert_eq!(all["items"].as_array().expect("a list").len(), 1);
}

async fn open(client: &Client, subject: &str, identities: Value) -> Value {
    let customer = json!({ "identities": identities });
    client
        .post("/tickets", json!({ "subject": subject, "body": "x", "customer": customer }))
        .await
        .good()
}

async fn what_is_proved_merges_and_what_is_said_is_suggested(world: Arc<World>) {
    let client = world.admin().await;
    let elif = json!({ "kind": "email", "value": "elif@x.example", "name": "Elif Yılmaz" });
    let phone = json!({ "kind": "phone", "value": "+905321234567", "name": "Elif Yilmaz" });
    let by_mail = open(&client, "mail", json!([elif])).await;
    let by_phone = open(&client, "call", json!([phone])).await;
    assert_ne!(by_mail["customer"], by_phone["customer"]);
    // A number beside an address binds nobody.
    let both = open(&client, "both", json!([elif, phone])).await;
    assert_eq!(both["customer"], by_mail["customer"]);
    let list = client.get("/suggestions").await.good();
    let suggestions = list["items"].as_array().expect("a list");
    assert_eq!(suggestions.len(), 1, "{suggestions:?}");
    assert_eq!(suggestions[0]["score"], 73, "told together, and the names are alike");
    let path = format!("/suggestions/{}/accept", id(&suggestions[0]));
    client.post(&path, json!({})).await.good();
    client.post(&path, json!({})).await.problem(409, "suggestion_decided");
    let one =
        client.get(&format!("/customers/{}", by_phone["customer"].as_str().expect("an id"))).await;
    assert_eq!(one.good()["id"], by_mail["customer"]);
    // What the integrator vouches for binds by itself, and says why.
    let crm = json!({ "kind": "external", "scope": "crm", "value": "7", "verified": true });
    let other = open(&client, "crm", json!([crm])).await;
    let mut proved = elif.clone();
    proved["verified"] = json!(true);
    open(&client, "proved", json!([crm, proved])).await;
    let merges = client
        .get(&format!("/customers/{}/merges", other["customer"].as_str().expect("an id")))
        .await
        .good();
    assert_eq!(merges["items"][0]["merged_by"], "system");
    assert!(merges["items"][0]["why"]["proved"].is_object(), "{merges}");
    // Somebody who undoes it is right from then on.
    client.post(&format!("/merges/{}/undo", id(&merges["items"][0])), json!({})).await.good();
    open(&client, "again", json!([crm, proved])).await;
    let alone =
        client.get(&format!("/customers/{}", other["customer"].as_str().expect("an id"))).await;
    assert_eq!(alone.good()["id"], other["customer"]);
}

async fn not_the_same_person_is_remembered(world: Arc<World>) {
    let client = world.admin().await;
    let names = ["one", "two"];
    for name in names {
        let body = json!({ "name": "Elif Yılmaz", "emails": [format!("{name}@acme.example")] });
        client.post("/customers", body).await.good();
    }
    let list = client.get("/suggestions").await.good();
    let suggestion = &list["items"][0];
    assert_eq!(suggestion["evidence"][0]["same_name_at_company"]["domain"], "acme.example");
    let path = format!("/suggestions/{}", id(suggestion));
    client.post(&format!("{path}/dismiss"), json!({})).await.good();
    let told = json!([
        { "kind": "email", "value": "one@acme.example" }, { "kind": "email", "value": "two@acme.example" }
    ]);
    open(&client, "told together", told.clone()).await;
    assert_eq!(client.get("/suggestions").await.good()["items"], json!([]));
    let dismissed = client.get("/suggestions?state=dismissed").await.good();
    assert_eq!(dismissed["items"].as_array().expect("a list").len(), 1);
    client.post(&format!("{path}/reopen"), json!({})).await.good();
    open(&client, "told together", told).await;
    let open = client.get("/suggestions").await.good();
    assert_eq!(open["items"][0]["evidence"].as_array().expect("a list").len(), 2);
}

async fn two_external_ids_of_one_system_never_meet(world: Arc<World>) {
    let client = world.admin().await;
    let crm = |value: &str| json!({ "kind": "external", "scope": "crm", "value": value, "verified": true });
    let email = json!({ "kind": "email", "value": "family@x.example", "verified": true });
    let first = open(&client, "1", json!([crm("1"), email])).await;
    let second = open(&client, "2", json!([crm("2"), email])).await;
    assert_ne!(first["customer"], second["customer"]);
    assert_eq!(client.get("/suggestions").await.good()["items"], json!([]));
    let path = format!("/customers/{}/merge", first["customer"].as_str().expect("an id"));
    let other = json!({ "other": second["customer"] });
    client.post(&path, other.clone()).await.problem(409, "external_ids_differ");
    let preview = client.post(&format!("{path}/preview"), other).await.good();
    assert_eq!(preview["obstacle"]["code"], "external_ids_differ");
    let both = json!({ "identities": [crm("1"), crm("2")] });
    let body = json!({ "subject": "x", "body": "x", "customer": both });
    client.post("/tickets", body).await.problem(422, "invalid_field");
    let path = format!("/customers/{}/identities", first["customer"].as_str().expect("an id"));
    client.post(&path, crm("3")).await.problem(409, "external_ids_differ");
}

async fn of_a_shared_address_the_agent_chooses_the_speaker(world: Arc<World>) {
    let client = world.admin().await;
    write(&world, "info@shop.example", 1).await;
    let shop = world.customer(&client, "info@shop.example").await;
    assert_eq!(shop["identities"][0]["shared"], true);
    let ticket = world.ticket_of(&client, "info@shop.example").await;
    let items = client.get(&format!("/tickets/{}/items", id(&ticket))).await.good();
    let item = &items["items"][0];
    let path = format!("/items/{}/speaker", id(item));
    let moved = client.post(&path, json!({ "new_name": "Ayşe Kaya" })).await.good();
    assert_eq!(moved["ticket"], item["ticket"], "the thread is as it was");
    assert_eq!(moved["message"]["owner_reason"]["rule"], "speaker");
    let speaker = moved["customer"].as_str().expect("a customer").to_owned();
    assert_ne!(moved["customer"], item["customer"]);
    let timeline = client.get(&format!("/customers/{speaker}/timeline")).await.good();
    assert_eq!(timeline["items"][0]["id"], item["id"]);
    let back = client.post(&path, json!({})).await.good();
    assert_eq!(back["customer"], item["customer"]);
    assert_eq!(back["message"]["owner_reason"], item["message"]["owner_reason"]);
    let own = format!("/identities/{}", id(&shop["identities"][0]));
    client.patch(&own, json!({ "shared": false })).await.good();
    client.post(&path, json!({ "customer": speaker })).await.problem(409, "not_shared");
    client.delete(&own).await.problem(409, "identity_in_use");
}

async fn an_aligned_mail_proves_its_address_once(world: Arc<World>) {
    let client = world.admin().await;
    throughline_tests::threads::set_up(&world, |settings| {
        settings.trusted_servers = vec!["mx.throughline.example".to_owned()];
    })
    .await;
    let result = |what: &str| {
        format!(
            "Authentication-Results: mx.throughline.example; dmarc={what} header.from=x.example\n"
        )
    };
    let first = mail("elif@x.example", "p1@x.example", "S1", &result("fail"), "one");
    world.deliver(&first).await;
    let told = world.customer(&client, "elif@x.example").await;
    assert_eq!(told["identities"][0]["proof"], "none");
    let second = mail("elif@x.example", "p2@x.example", "S2", &result("pass"), "two");
    world.deliver(&second).await;
    let proved = world.customer(&client, "elif@x.example").await;
    assert_eq!(proved["identities"][0]["proof"], "aligned_mail");
    assert!(proved["identities"][0]["proved_at"].is_string());
}

async fn a_signed_external_id_is_checked(world: Arc<World>) {
    let client = world.admin().await;
    let made = client.post("/identity-secrets", json!({ "scope": "crm" })).await.good();
    let secret = made["secret"].as_str().expect("a secret").to_owned();
    let customer = client.post("/customers", json!({ "name": "Elif" })).await.good();
    let path = format!("/customers/{}/identities", id(&customer));
    let hint = |signature: &str| json!({ "kind": "external", "scope": "crm", "value": "A-17", "signature": signature });
    client.post(&path, hint(&"0".repeat(64))).await.problem(422, "bad_signature");
    let good = client.post(&path, hint(&signed(&secret, "A-17"))).await.good();
    assert_eq!(good["proof"], "signed");
    client.post("/identity-secrets/forget", json!({ "scope": "crm" })).await.good();
    let mut again = hint(&signed(&secret, "A-18"));
    again["value"] = json!("A-18");
    client.post(&path, again).await.problem(422, "bad_signature");
    let verified = format!("/identities/{}/verify", id(&good));
    let verified = client.post(&verified, json!({ "note": "she called" })).await.good();
    assert_eq!(verified["proof"], "agent");
    client.delete(&format!("/identities/{}", id(&good))).await.good();
}

/// HMAC-SHA256 as RFC 2104 has it, written out so that the product does not check itself.
fn signed(secret: &str, text: &str) -> String {
    use sha2::{Digest, Sha256};
    let mut key = [0_u8; 64];
    key[..secret.len()].copy_from_slice(secret.as_bytes());
    let pad = |with: u8| key.map(|byte| byte ^ with);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text).finalize();
    let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}
