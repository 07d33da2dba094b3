//! What is taken out or erased is nowhere any more; what is exported is all there is.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use throughline_app::deliveries;
use throughline_app::timeline::{self, Erase};
use throughline_core::actor::Actor;
use throughline_core::agent::Role;
use throughline_core::id::{CustomerId, ErasureId};
use throughline_tests::mails::mail;
use throughline_tests::{Client, World, on_both};

use super::{customer_of, ids, items, join, text, walk};

on_both!(
    what_is_taken_out_is_nowhere_any_more,
    a_part_is_blackened_and_the_rest_stays,
    a_shared_file_stays_while_somebody_names_it,
    an_erased_customer_is_nowhere_any_more,
    an_erasure_that_dies_anywhere_ends_the_same,
    all_that_is_held_is_exported,
);

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
    admin.get(&format!("/deliveries/{delivery}/explanation")).await.good();
    let delivery = delivery.parse().expect("an id");
    let system = Actor::system();
    let raw = deliveries::raw(&world.app, &system, delivery).await;
    assert_eq!(raw.expect_err("it is gone").code, "not_found");
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
    let words = "<script>alert(1)</script> سلام. Pay to DE89 3704 0044 0532 0130 00";
    world.deliver(&mail("x2@example.com", "x2@x", "سلام", "", words)).await;
    let second = customer_of(&world, &admin, "x2@example.com").await;
    let consent = json!({ "purpose": "newsletter", "state": "granted", "source": "Web form" });
    admin.post(&format!("/customers/{second}/consents"), consent).await.good();
    admin.patch(&format!("/customers/{first}/profile"), json!({ "vip": true })).await.good();
    join(&world, &first, std::slice::from_ref(&second));
    // More items than are read together.
    for i in 0..205 {
        world.record(&mail("x2@example.com", &format!("x2-{i}@x"), "S", "", "text")).await;
    }
    world.drain().await;
    let path = format!("/customers/{second}/export");
    agent.get(&path).await.problem(403, "missing_right");
    let json = admin.get(&path).await.good();
    assert_eq!(json["complete"], true);
    assert_eq!(
        (&json["customer"]["id"], &json["customer"]["merged_ids"][0]),
        (&json!(first), &json!(second))
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
    assert!(json["promises"].is_array() && json["consents"][0]["purpose"] == "newsletter");
    assert!(json["merges"].is_array());
    let fields = json["profile"]["fields"].as_array().expect("a list");
    let vip = fields.iter().find(|field| field["field"] == "vip").expect("said");
    assert_eq!((&vip["said"]["value"], &vip["said"]["source"]), (&json!(true), &json!("agent")));
    let told = items(&json).iter().flat_map(|e| e["facts"].as_array().expect("a list"));
    let told: Vec<(&str, &str)> = told.map(|f| (text(&f["kind"]), text(&f["display"]))).collect();
    assert_eq!(told, [("iban", "DE89 3704 0044 0532 0130 00")]);
    let html = admin.get(&format!("{path}?format=html")).await.text();
    assert!(html.ends_with("</html>\n") && !html.contains("<script"));
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; سلام"));
    assert!(html.contains("<h2>Consents</h2>") && html.contains("newsletter: granted"));
    assert!(html.contains("Fact: iban <bdi>DE89 3704 0044 0532 0130 00</bdi>"));
    assert!(html.contains("<h3 dir=\"auto\">سلام</h3>"));
    assert_eq!(html.matches("<article ").count(), exported.len());
    let unknown = admin.get(&format!("{path}?format=pdf")).await;
    unknown.problem(400, "invalid_parameter");
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
