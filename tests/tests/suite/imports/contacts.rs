//! Tables of contacts: who is known, what is said of whom, and what is refused.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_app::{imports, jobs};
use throughline_core::agent::Role;
use throughline_tests::{Client, World, on_both};

use super::{counted, id_of, items, run, send};

on_both!(
    a_table_of_contacts_is_looked_at_tried_dry_and_read_in,
    the_same_table_again_adds_nothing,
    who_is_known_is_the_same_customer_and_keeps_what_agents_wrote,
    a_number_that_others_have_merges_nobody,
    rows_that_cannot_be_taken_are_kept_with_their_reason,
    contacts_are_paused_and_cancelled,
    who_may_not_bring_contacts_may_not,
    who_is_erased_is_in_no_file_of_contacts,
    who_is_erased_does_not_come_again_with_an_import_that_waits,
    contacts_are_for_who_may_read_customers,
    an_import_whose_job_is_dead_has_failed,
);

const TABLE: &str = "ID;Full name;E-mail;Phone;Company;Language;Tags;Plan\r\n\
    7;Elif Kaya;elif@kaya.example, e.kaya@post.example;0532 111 22 33;Kaya Ltd;tr;vip, toptan;gold\r\n\
    8;Reza Karimi;reza@karimi.example;+98 912 345 6789;;fa;;free\r\n\
    9;Max Huber;max@kaya.example;;Kaya Ltd;;;\r\n";

fn source() -> Value {
    let column = |column: &str, field: &str| json!({ "column": column, "field": field });
    json!({
        "columns": [
            column("ID", "external_id"),
            column("Full name", "name"),
            column("E-mail", "email"),
            column("Phone", "phone"),
            column("Company", "organization"),
            column("Language", "language"),
            column("Tags", "tags"),
            column("Plan", "custom.plan"),
        ],
        "region": "TR",
        "external_scope": "crm",
    })
}

async fn plans(admin: &Client) {
    let field = json!({
        "key": "plan", "name": "Plan", "kind": "choice", "options": ["Gold", "Free"], "required": false,
    });
    admin.post("/custom-fields", field).await.good();
}

/// Sends a table and says how it is read.
async fn upload(admin: &Client, table: &str, source: Value) -> Value {
    let sent = send(admin, "kind=contacts&name=people.csv", table).await;
    let put = format!("/imports/{}/source", id_of(&sent));
    admin.put(&put, json!({ "source": source })).await.good()
}

async fn read_in(world: &World, admin: &Client, table: &str, source: Value) -> Value {
    let sent = upload(admin, table, source).await;
    let done = run(world, admin, &sent, "start").await;
    assert_eq!(done["state"], "done", "{done}");
    done
}

/// What counts of a field of a customer's profile, and who said it.
async fn said(admin: &Client, customer: &Value, field: &str) -> (Value, Value) {
    let profile = admin.get(&format!("/customers/{}/profile", id_of(customer))).await.good();
    let found = field_of(&profile, field);
    (found["said"]["value"].clone(), found["said"]["source"].clone())
}

fn field_of(profile: &Value, name: &str) -> Value {
    let fields = profile["fields"].as_array().expect("a list");
    fields.iter().find(|field| field["field"] == name).cloned().unwrap_or_default()
}

async fn a_table_of_contacts_is_looked_at_tried_dry_and_read_in(world: Arc<World>) {
    let admin = world.admin().await;
    plans(&admin).await;
    let sent = send(&admin, "kind=contacts&name=people.csv", TABLE).await;
    assert_eq!((&sent["kind"], &sent["inbox"]), (&json!("contacts"), &Value::Null));
    let preview = format!("/imports/{}/preview", id_of(&sent));
    let looked = admin.post(&preview, json!({})).await.good();
    assert_eq!((&looked["separator"], &looked["has_header"]), (&json!(";"), &json!(true)));
    assert_eq!(looked["encoding"], "utf-8");
    let guessed = looked["source"]["columns"].as_array().expect("columns");
    assert_eq!(guessed.len(), 7, "all but the plan are known by their names: {guessed:?}");
    let reza = &looked["rows"][1]["contact"];
    assert_eq!((&reza["name"], &reza["language"]), (&json!("Reza Karimi"), &json!("fa")));
    let first = &looked["rows"][0];
    assert!(first["raw"].as_str().expect("a row").starts_with("7;Elif Kaya"));
    let why = first["error"].as_str().expect("a reason");
    assert!(why.starts_with("Phone: "), "no country was named: {why}");
    let tried = json!({ "source": source(), "rows": 1 });
    let looked = admin.post(&preview, tried).await.good();
    let elif = &looked["rows"][0]["contact"];
    assert_eq!((&elif["name"], &elif["organization"]), (&json!("Elif Kaya"), &json!("Kaya Ltd")));
    assert_eq!(elif["custom"], json!({ "plan": "gold" }));
    // To start it, it must be said how it is read.
    let start = format!("/imports/{}/start", id_of(&sent));
    admin.post(&start, json!({})).await.problem(409, "import_source_missing");
    let put = format!("/imports/{}/source", id_of(&sent));
    let bad = json!({ "source": { "columns": [{ "column": "ID", "field": "name" }] } });
    assert_eq!(admin.put(&put, bad).await.problem(422, "invalid_field")["field"], "columns");
    let bad = json!({ "source": { "columns": [{ "column": "ID", "field": "shoe size" }] } });
    admin.put(&put, bad).await.problem(422, "invalid_field");
    admin.put(&put, json!({ "source": source() })).await.good();

    let expected = [("rows", 3), ("customers_new", 3), ("organizations_new", 1), ("rejected", 0)];
    let checked = run(&world, &admin, &sent, "check").await;
    assert_eq!(checked["state"], "uploaded", "{checked}");
    counted(&checked["checked"], &expected);
    assert_eq!(items(&admin.get("/customers").await.good()).len(), 0, "nothing was written");
    let done = run(&world, &admin, &sent, "start").await;
    assert_eq!(done["state"], "done", "{done}");
    counted(&done["counts"], &expected);
    assert_eq!(done["counts"]["bytes"], TABLE.len());

    let elif = world.customer(&admin, "e.kaya@post.example").await;
    assert_eq!((&elif["name"], &elif["language"]), (&json!("Elif Kaya"), &json!("tr")));
    let mut kinds: Vec<&str> = elif["identities"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|i| i["kind"].as_str())
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["email", "email", "external", "phone"]);
    assert_eq!(elif["tags"].as_array().expect("tags").len(), 2);
    assert_eq!(said(&admin, &elif, "name").await, (json!("Elif Kaya"), json!("import")));
    assert_eq!(said(&admin, &elif, "custom.plan").await, (json!("Gold"), json!("import")));
    let max = world.customer(&admin, "max@kaya.example").await;
    assert_eq!(elif["organization"], max["organization"], "one company, made once");
    assert!(elif["organization"].is_string());
    let found = admin.get("/customers?q=karimi").await.text();
    assert!(found.contains("Reza Karimi"), "who was brought is found: {found}");
    let events = admin.get("/events?kind=customer.created").await.good();
    assert_eq!(items(&events).len(), 3);
    let listed = admin.get("/imports?kind=contacts").await.good();
    assert_eq!(items(&listed).len(), 1);
    assert_eq!(items(&admin.get("/imports?kind=mail").await.good()).len(), 0);
}

async fn the_same_table_again_adds_nothing(world: Arc<World>) {
    let admin = world.admin().await;
    plans(&admin).await;
    read_in(&world, &admin, TABLE, source()).await;
    let before = admin.get("/customers").await.good();
    let start = admin.get("/events").await.good()["next"].clone();
    let again = read_in(&world, &admin, TABLE, source()).await;
    counted(
        &again["counts"],
        &[
            ("rows", 3),
            ("customers_known", 3),
            ("customers_new", 0),
            ("customers_changed", 0),
            ("organizations_new", 0),
        ],
    );
    assert_eq!(admin.get("/customers").await.good(), before);
    let after = admin.get(&format!("/events?after={start}")).await.good();
    assert_eq!(after["items"], json!([]), "nothing happened");
    // A file of the same people that says more says only that.
    let more = TABLE
        .replace("Reza Karimi;reza@karimi.example", "Reza Karimi;reza@karimi.example|rk@x.example");
    let changed = read_in(&world, &admin, &more, source()).await;
    counted(&changed["counts"], &[("customers_known", 2), ("customers_changed", 1)]);
    let reza = world.customer(&admin, "rk@x.example").await;
    assert_eq!(id_of(&reza), id_of(&world.customer(&admin, "reza@karimi.example").await));
}

async fn who_is_known_is_the_same_customer_and_keeps_what_agents_wrote(world: Arc<World>) {
    let admin = world.admin().await;
    plans(&admin).await;
    let new = json!({ "name": "Elif K. (agent)", "emails": ["elif@kaya.example"] });
    let elif = admin.post("/customers", new).await.good();
    let done = read_in(&world, &admin, TABLE, source()).await;
    counted(&done["counts"], &[("customers_new", 2), ("customers_changed", 1)]);
    let now = world.customer(&admin, "e.kaya@post.example").await;
    assert_eq!(id_of(&now), id_of(&elif));
    assert_eq!(now["name"], "Elif K. (agent)", "what an agent wrote stays");
    assert_eq!(now["language"], "tr", "what nobody said is taken");
    let profile = admin.get(&format!("/customers/{}/profile", id_of(&elif))).await.good();
    let name = field_of(&profile, "name");
    assert_eq!(name["said"]["source"], "agent");
    assert!(name.to_string().contains("Elif Kaya"), "and is kept beside it: {name}");
    let kept = admin.get(&format!("/customers/{}/profile", id_of(&elif))).await.good();
    let again = read_in(&world, &admin, TABLE, source()).await;
    counted(&again["counts"], &[("customers_known", 3)]);
    assert_eq!(admin.get(&format!("/customers/{}/profile", id_of(&elif))).await.good(), kept);
}

async fn a_number_that_others_have_merges_nobody(world: Arc<World>) {
    let admin = world.admin().await;
    let people = |text: &str| format!("Name,E-mail,Phone\n{text}");
    let column = |column: &str, field: &str| json!({ "column": column, "field": field });
    let columns = [column("Name", "name"), column("E-mail", "email"), column("Phone", "phone")];
    let source = json!({ "columns": columns, "region": "TR" });
    let family = people(
        "Ali,ali@aile.example,0212 111 22 33\nVeli,veli@aile.example,0212 111 22 33\nOnly,,0532 999 88 77\n",
    );
    let done = read_in(&world, &admin, &family, source.clone()).await;
    counted(&done["counts"], &[("customers_new", 3), ("customers_changed", 0)]);
    let (ali, veli) = (
        world.customer(&admin, "ali@aile.example").await,
        world.customer(&admin, "veli@aile.example").await,
    );
    assert_ne!(id_of(&ali), id_of(&veli));
    let told = admin.get(&format!("/customers/{}/suggestions", id_of(&ali))).await.text();
    assert!(told.contains(id_of(&veli)), "that they may be one is for people to say: {told}");
    // Who was known by a number alone is who now says his address.
    let known = people("Only One,only@one.example,0532 999 88 77\n");
    let done = read_in(&world, &admin, &known, source.clone()).await;
    counted(&done["counts"], &[("customers_new", 0), ("customers_changed", 1)]);
    // An address of one and another of the other: it joins the first, and merges nobody.
    let both = people("Both,\"ali@aile.example, veli@aile.example\",\n");
    let done = read_in(&world, &admin, &both, source).await;
    counted(&done["counts"], &[("customers_changed", 1), ("customers_new", 0)]);
    assert_eq!(id_of(&world.customer(&admin, "veli@aile.example").await), id_of(&veli));
}

async fn rows_that_cannot_be_taken_are_kept_with_their_reason(world: Arc<World>) {
    let admin = world.admin().await;
    plans(&admin).await;
    let table = "ID;Full name;E-mail;Phone;Company;Language;Tags;Plan\n\
        ;Nobody;;;;;;\n\
        ;Bad address;@@;;;;;\n\
        ;=1+1;plan@x.example;;;;;platinum\n\
        ;Wrong language;lang@x.example;;;not a language!;;\n\
        ;Good;good@x.example;;;;;free\n\
        a;b;c;d;e;f;g;h;too many\n";
    let sent = upload(&admin, table, source()).await;
    let checked = run(&world, &admin, &sent, "check").await;
    counted(&checked["checked"], &[("rows", 6), ("rejected", 5), ("customers_new", 1)]);
    let done = run(&world, &admin, &sent, "start").await;
    counted(&done["counts"], &[("rows", 6), ("rejected", 5), ("customers_new", 1)]);
    let csv = admin.get(&format!("/imports/{}/rejected", id_of(&sent))).await.text();
    assert!(csv.starts_with("row,line,reason,raw\r\n1,2,"), "{csv}");
    for reason in [
        "no address, number or external id",
        "E-mail: ",
        "plan expects one of its options",
        "BCP 47",
        "9 columns",
    ] {
        assert!(csv.contains(reason), "{reason} in {csv}");
    }
    assert!(csv.contains(";=1+1;plan@x.example"), "the row as it stands in the file: {csv}");
    // One that is mended, and sent again.
    let mended = table.replace("platinum", "gold");
    let done = read_in(&world, &admin, &mended, source()).await;
    counted(&done["counts"], &[("rejected", 4), ("customers_new", 1), ("customers_known", 1)]);
}

async fn contacts_are_paused_and_cancelled(world: Arc<World>) {
    let admin = world.admin().await;
    plans(&admin).await;
    let sent = upload(&admin, TABLE, source()).await;
    let path = |action: &str| format!("/imports/{}/{action}", id_of(&sent));
    admin.post(&path("start"), json!({})).await.good();
    assert_eq!(admin.post(&path("pause"), json!({})).await.good()["state"], "paused");
    world.drain().await;
    assert_eq!(items(&admin.get("/customers").await.good()).len(), 0);
    let done = run(&world, &admin, &sent, "start").await;
    counted(&done["counts"], &[("customers_new", 3)]);
    let other = upload(&admin, TABLE, source()).await;
    admin.post(&format!("/imports/{}/start", id_of(&other)), json!({})).await.good();
    let ended = run(&world, &admin, &other, "cancel").await;
    assert_eq!((&ended["state"], &ended["counts"]["rows"]), (&json!("cancelled"), &json!(0)));
    let noise: Vec<u8> = b"a\n".to_vec();
    let bad = send(&admin, "kind=contacts", noise).await;
    let put = format!("/imports/{}/source", id_of(&bad));
    admin.put(&put, json!({ "source": source() })).await.good();
    let failed = run(&world, &admin, &bad, "start").await;
    assert!(failed["reason"].as_str().expect("a reason").contains("no row"), "{failed}");
}

async fn who_may_not_bring_contacts_may_not(world: Arc<World>) {
    let admin = world.admin().await;
    let sent = send(&admin, "kind=contacts", TABLE).await;
    let agent = world.agent(Role::Agent, &[]).await;
    let path = "/api/v1/imports?kind=contacts";
    agent.post_raw(path, "text/csv", b"x".to_vec()).await.problem(403, "missing_right");
    agent.get(&format!("/imports/{}", id_of(&sent))).await.problem(403, "missing_right");
    // A key for one inbox sees no contacts, which belong to none.
    let inbox = world.inbox().await.id;
    let new = json!({
        "name": "one inbox", "scopes": ["deliveries:write", "customers:write"], "inboxes": [inbox],
    });
    let made = admin.post("/api-keys", new).await.good();
    let key = world
        .anonymous
        .with_token(made["key"].as_str().or(made["secret"].as_str()).expect("a key"));
    key.get(&format!("/imports/{}", id_of(&sent))).await.problem(404, "not_found");
    assert_eq!(items(&key.get("/imports").await.good()).len(), 0);
    key.post_raw(path, "text/csv", b"x".to_vec()).await.problem(403, "forbidden");
    let of_inbox = format!("/api/v1/imports?kind=contacts&inbox={inbox}");
    let told = admin.post_raw(&of_inbox, "text/csv", b"x".to_vec()).await;
    assert_eq!(told.problem(422, "invalid_field")["field"], "inbox");
    let no_kind = admin.post_raw("/api/v1/imports", "text/csv", b"x".to_vec()).await;
    assert!(!no_kind.status.is_success());
}

async fn who_is_erased_is_in_no_file_of_contacts(world: Arc<World>) {
    let admin = world.admin().await;
    plans(&admin).await;
    let done = read_in(&world, &admin, TABLE, source()).await;
    assert_eq!(done["has_file"], true);
    let reza = world.customer(&admin, "reza@karimi.example").await;
    let body = json!({ "reason": "asked for it", "confirm": "Reza Karimi" });
    let path = format!("/customers/{}/erase", id_of(&reza));
    admin.post(&path, body).await.good();
    world.drain().await;
    throughline_app::timeline::finish_erasures(&world.app).await.expect("erased");
    let after = admin.get(&format!("/imports/{}", id_of(&done))).await.good();
    assert_eq!(after["has_file"], false, "{after}");
    admin
        .post(&format!("/imports/{}/start", id_of(&done)), json!({}))
        .await
        .problem(409, "import_file_gone");
}

async fn who_is_erased_does_not_come_again_with_an_import_that_waits(world: Arc<World>) {
    let admin = world.admin().await;
    plans(&admin).await;
    read_in(&world, &admin, TABLE, source()).await;
    let mut waiting = Vec::new();
    for pauses in [true, false] {
        let more = format!("{TABLE}1{pauses};Other;o{pauses}@x.example;;;;;\n");
        let sent = upload(&admin, &more, source()).await;
        let path = |action: &str| format!("/imports/{}/{action}", id_of(&sent));
        admin.post(&path("start"), json!({})).await.good();
        if pauses {
            admin.post(&path("pause"), json!({})).await.good();
        }
        waiting.push(sent);
    }
    let reza = world.customer(&admin, "reza@karimi.example").await;
    let body = json!({ "reason": "asked for it", "confirm": "Reza Karimi" });
    admin.post(&format!("/customers/{}/erase", id_of(&reza)), body).await.good();
    throughline_app::timeline::finish_erasures(&world.app).await.expect("erased");
    world.drain().await;
    for sent in waiting {
        let after = admin.get(&format!("/imports/{}", id_of(&sent))).await.good();
        assert_eq!((&after["state"], &after["has_file"]), (&json!("cancelled"), &json!(false)));
        assert!(after["reason"].as_str().expect("a reason").contains("send the file again"));
        let start = format!("/imports/{}/start", id_of(&sent));
        admin.post(&start, json!({})).await.problem(409, "import_file_gone");
    }
    let left = admin.get("/customers").await.text();
    assert!(!left.contains("Reza"), "{left}");
}

async fn contacts_are_for_who_may_read_customers(world: Arc<World>) {
    let admin = world.admin().await;
    let sent = send(&admin, "kind=contacts", TABLE).await;
    let inbox = world.inbox().await.id;
    let archive = send(&admin, &format!("kind=mail&inbox={inbox}"), "From: a@x.example\n\n").await;
    let new = json!({ "name": "pusher", "scopes": ["deliveries:write"] });
    let made = admin.post("/api-keys", new).await.good();
    let secret = made["key"].as_str().or(made["secret"].as_str()).expect("a key");
    let key = world.anonymous.with_token(secret);
    for path in ["", "/rejected"] {
        let path = format!("/imports/{}{path}", id_of(&sent));
        key.get(&path).await.problem(403, "missing_right");
    }
    for import in [&sent, &archive] {
        let preview = format!("/imports/{}/preview", id_of(import));
        key.post(&preview, json!({})).await.problem(403, "missing_right");
    }
    let listed = key.get("/imports").await.good();
    assert_eq!(items(&listed).len(), 1, "the archive alone: {listed}");
    assert_eq!(items(&key.get("/imports?kind=contacts").await.good()).len(), 0);
    // What it brought itself it may look at.
    let own = send(&key, &format!("kind=mail&inbox={inbox}"), "From: b@x.example\n\n").await;
    key.post(&format!("/imports/{}/preview", id_of(&own)), json!({})).await.good();
}

async fn an_import_whose_job_is_dead_has_failed(world: Arc<World>) {
    let admin = world.admin().await;
    plans(&admin).await;
    let sent = upload(&admin, TABLE, source()).await;
    admin.post(&format!("/imports/{}/start", id_of(&sent)), json!({})).await.good();
    assert_eq!(imports::give_up(&world.app).await.expect("looked"), 0, "it waits its turn");
    let claimed =
        jobs::claim(&world.app, &[jobs::IMPORT_CONTACTS], 1, 60_000).await.expect("claimed");
    let job = claimed.first().expect("a job");
    let why = "the bucket is gone".to_owned();
    jobs::fail(&world.app, job.id, job.token, why, None).await.expect("noted");
    assert_eq!(imports::give_up(&world.app).await.expect("given up"), 1);
    assert_eq!(imports::give_up(&world.app).await.expect("looked"), 0, "once");
    let failed = admin.get(&format!("/imports/{}", id_of(&sent))).await.good();
    assert_eq!(failed["state"], "failed", "{failed}");
    assert!(failed["reason"].as_str().expect("a reason").contains("the bucket is gone"));
    let done = run(&world, &admin, &sent, "start").await;
    assert_eq!(done["state"], "done", "{done}");
}
