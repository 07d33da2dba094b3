//! Profiles: who says what of a customer, what counts, consents, and where people work.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_tests::mails::mail;
use throughline_tests::{Client, World, on_both};

on_both!(
    an_agent_beats_an_integrator_who_beats_a_channel,
    custom_fields_are_defined_filled_and_filtered_by,
    what_is_wrong_is_refused,
    a_merged_record_fills_gaps_and_outdoes_nothing,
    consents_keep_their_history,
    people_belong_to_the_organization_of_their_domain,
    organizations_have_parents_and_no_circles,
    a_language_is_taken_from_what_is_written_until_somebody_knows,
);

/// A key that may change customers.
async fn key(admin: &Client, world: &World) -> Client {
    let body = json!({ "name": "CRM", "scopes": ["customers:read", "customers:write"] });
    let key = admin.post("/api-keys", body).await.good();
    world.anonymous.with_token(key["key"].as_str().expect("a key"))
}

fn id(thing: &Value) -> &str {
    thing["id"].as_str().expect("an id")
}

fn field(profile: &Value, name: &str) -> Value {
    let fields = profile["fields"].as_array().expect("a list");
    fields.iter().find(|field| field["field"] == name).cloned().unwrap_or_default()
}

async fn an_agent_beats_an_integrator_who_beats_a_channel(world: Arc<World>) {
    let agent = world.admin().await;
    let crm = key(&agent, &world).await;
    let text = mail("elif@example.com", "p1@example.com", "Hello", "", "x");
    world.deliver(&text.replace("From: elif@example.com", "From: elif k <elif@example.com>")).await;
    let customer = world.customer(&agent, "elif@example.com").await;
    let (plain, path) =
        (format!("/customers/{}", id(&customer)), format!("/customers/{}/profile", id(&customer)));
    let name = field(&agent.get(&path).await.good(), "name");
    assert_eq!(
        (&name["said"]["source"], &name["said"]["by"]),
        (&json!("channel"), &json!("email"))
    );
    let told = crm.patch(&path, json!({ "name": "E. Kaya", "vip": true })).await.good();
    assert_eq!(field(&told, "name")["said"]["value"], "E. Kaya");
    assert_eq!(agent.get(&plain).await.good()["name"], "E. Kaya", "it counts everywhere");
    agent.patch(&plain, json!({ "name": "Elif Kaya" })).await.good();
    let late = crm.patch(&path, json!({ "name": "KAYA, ELIF" })).await.good();
    let name = field(&late, "name");
    assert_eq!(
        (&name["said"]["value"], &name["said"]["source"]),
        (&json!("Elif Kaya"), &json!("agent"))
    );
    let others = name["alternatives"].as_array().expect("a list");
    assert_eq!((others.len(), &others[0]["value"]), (2, &json!("KAYA, ELIF")));
    assert_eq!(agent.get(&plain).await.good()["name"], "Elif Kaya");
    let none = agent.patch(&path, json!({ "name": null })).await.good();
    assert!(field(&none, "name")["said"]["value"].is_null(), "there is none, says the agent");
    assert!(agent.get(&plain).await.good()["name"].is_null());
}

async fn custom_fields_are_defined_filled_and_filtered_by(world: Arc<World>) {
    let admin = world.admin().await;
    let plan = json!({ "key": "plan", "name": "Plan", "kind": "choice", "options": ["Gold", "Free"], "required": true });
    let plan = admin.post("/custom-fields", plan).await.good();
    admin
        .post("/custom-fields", json!({ "key": "since", "name": "Since", "kind": "date" }))
        .await
        .good();
    let customers = [
        admin.post("/customers", json!({ "name": "A" })).await.good(),
        admin.post("/customers", json!({ "name": "B" })).await.good(),
    ];
    let path = format!("/customers/{}/profile", id(&customers[0]));
    let value = json!({ "amount": 125_000, "currency": "TRY" });
    let body = json!({ "vip": true, "value": value, "custom": { "plan": "Gold", "since": "2026-01-31" }, "languages": ["tr", "en-GB"] });
    let profile = admin.patch(&path, body).await.good();
    assert_eq!(field(&profile, "value")["said"]["value"], value);
    assert_eq!(field(&profile, "custom.plan")["said"]["source"], "agent");
    let found = |query: &'static str| {
        let admin = admin.clone();
        async move {
            let page = admin.get(&format!("/customers?{query}")).await.good();
            page["items"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|c| id(c).to_owned())
                .collect::<Vec<_>>()
        }
    };
    let first = [id(&customers[0]).to_owned()];
    for query in [
        "vip=true",
        "field=plan:gold",
        "field=plan:GOLD,since:2026-01-31",
        "vip=true&field=plan:Gold",
    ] {
        assert_eq!(found(query).await, first, "{query}");
    }
    assert!(found("field=plan:free").await.is_empty() && found("vip=false").await.is_empty());
    admin.patch(&path, json!({ "custom": { "plan": null } })).await.problem(422, "invalid_field");
    admin.patch(&path, json!({ "custom": { "since": null }, "vip": false })).await.good();
    assert!(found("field=since:2026-01-31").await.is_empty() && found("vip=true").await.is_empty());
    assert_eq!(found("vip=false").await, first);
    admin.delete(&format!("/custom-fields/{}", id(&plan))).await.good();
    let left = admin.get(&path).await.good();
    assert!(field(&left, "custom.plan").is_null(), "the values went with the field");
}

async fn what_is_wrong_is_refused(world: Arc<World>) {
    let admin = world.admin().await;
    let new = |key: &str, kind: &str, options: Value| json!({ "key": key, "name": "N", "kind": kind, "options": options });
    admin.post("/custom-fields", new("n", "number", json!([]))).await.good();
    admin
        .post("/custom-fields", new("n", "text", json!([])))
        .await
        .problem(409, "custom_field_taken");
    admin.post("/custom-fields", new("c", "choice", json!([]))).await.problem(422, "invalid_field");
    admin
        .post("/custom-fields", new("t", "text", json!(["x"])))
        .await
        .problem(422, "invalid_field");
    let customer = admin.post("/customers", json!({ "name": "A" })).await.good();
    let path = format!("/customers/{}/profile", id(&customer));
    for bad in [
        json!({ "custom": { "n": "7" } }),
        json!({ "custom": { "no_such": 7 } }),
        json!({ "value": { "amount": 1, "currency": "lira" } }),
        json!({ "organization": "org_1h2p9x8gk0003" }),
    ] {
        admin.patch(&path, bad).await.problem(422, "invalid_field");
    }
    admin.patch(&path, json!({ "shoe_size": 44 })).await.problem(422, "invalid_body");
    let stale = admin.with_header("If-Match", "\"v9\"");
    stale.patch(&path, json!({ "vip": true })).await.problem(412, "version_mismatch");
    assert_eq!(
        admin.get(&path).await.good()["fields"].as_array().expect("a list").len(),
        1,
        "nothing was kept"
    );
    admin.get("/customers?field=plan").await.problem(400, "invalid_parameter");
    let agent = world.agent(throughline_core::agent::Role::Agent, &[]).await;
    agent.post("/custom-fields", new("x", "text", json!([]))).await.problem(403, "missing_right");
    agent.patch(&path, json!({ "vip": true })).await.good();
}

async fn a_merged_record_fills_gaps_and_outdoes_nothing(world: Arc<World>) {
    let admin = world.admin().await;
    let mut ids = Vec::new();
    for vip in [json!({}), json!({ "vip": true }), json!({ "vip": false })] {
        let customer = admin.post("/customers", json!({ "name": "A" })).await.good();
        admin.patch(&format!("/customers/{}/profile", id(&customer)), vip).await.good();
        ids.push(id(&customer).to_owned());
    }
    let [silent, very, hardly] = ids.as_slice() else { panic!("three") };
    let found = |query: &'static str| {
        let admin = admin.clone();
        async move {
            let page = admin.get(&format!("/customers?{query}")).await.good();
            let items = page["items"].as_array().expect("a list").clone();
            items.iter().map(|c| id(c).to_owned()).collect::<Vec<_>>()
        }
    };
    for (into, from, is) in [(silent, very, true), (hardly, silent, false)] {
        admin.post(&format!("/customers/{into}/merge"), json!({ "other": from })).await.good();
        let (yes, no) = if is { ("vip=true", "vip=false") } else { ("vip=false", "vip=true") };
        assert!(found(yes).await.contains(into) && !found(no).await.contains(into));
        let brief = admin.get(&format!("/customers/{into}/brief")).await.good();
        assert_eq!((&brief["vip"], &brief["name"]), (&json!(is), &json!("A")));
    }
}

async fn consents_keep_their_history(world: Arc<World>) {
    let admin = world.admin().await;
    let customer = admin.post("/customers", json!({ "name": "A" })).await.good();
    let path = format!("/customers/{}/consents", id(&customer));
    let say = |state: &str| json!({ "purpose": "newsletter", "state": state, "source": "Web form", "proof": "box ticked" });
    admin.post(&path, say("granted")).await.good();
    admin.post(&path, say("withdrawn")).await.good();
    let page = admin.get(&format!("{path}?limit=1")).await.good();
    assert_eq!(
        (&page["items"][0]["state"], &page["items"][0]["proof"]),
        (&json!("withdrawn"), &json!("box ticked"))
    );
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    let next = admin.get(&format!("{path}?limit=1&cursor={cursor}")).await.good();
    assert_eq!(
        (&next["items"][0]["state"], &next["next_cursor"]),
        (&json!("granted"), &Value::Null)
    );
    let mut ahead = say("granted");
    ahead["given_at"] = json!("2027-01-01T00:00:00Z");
    admin.post(&path, ahead).await.problem(422, "invalid_field");
}

async fn people_belong_to_the_organization_of_their_domain(world: Arc<World>) {
    let admin = world.admin().await;
    let of = |domain: &str| json!({ "name": domain, "domain": domain });
    let acme = admin.post("/organizations", of("acme.example")).await.good();
    admin.post("/organizations", of("gmail.com")).await.good();
    for (n, address) in ["a@acme.example", "b@mail.acme.example", "c@gmail.com", "d@other.example"]
        .iter()
        .enumerate()
    {
        world.deliver(&mail(address, &format!("d{n}@example.com"), "Hello", "", "x")).await;
        let customer = world.customer(&admin, address).await;
        let wanted = if n < 2 { &acme["id"] } else { &Value::Null };
        assert_eq!(&customer["organization"], wanted, "{address}");
    }
    let made = admin.post("/customers", json!({ "emails": ["e@acme.example"] })).await.good();
    assert_eq!(made["organization"], acme["id"]);
    let profile = admin.get(&format!("/customers/{}/profile", id(&made))).await.good();
    let home = field(&profile, "organization");
    assert_eq!((&home["said"]["source"], &home["said"]["by"]), (&json!("rule"), &json!("domain")));
}

async fn organizations_have_parents_and_no_circles(world: Arc<World>) {
    let admin = world.admin().await;
    let new = |name: &str, parent: &Value| json!({ "name": name, "parent": parent });
    let top = admin.post("/organizations", new("Top", &Value::Null)).await.good();
    let middle = admin.post("/organizations", new("Middle", &top["id"])).await.good();
    let low = admin.post("/organizations", new("Low", &middle["id"])).await.good();
    assert_eq!(low["parent"], middle["id"]);
    let path = format!("/organizations/{}", id(&top));
    admin.patch(&path, json!({ "parent": low["id"] })).await.problem(409, "organization_cycle");
    admin.patch(&path, json!({ "parent": top["id"] })).await.problem(409, "organization_cycle");
    admin
        .patch(&path, json!({ "parent": "org_1h2p9x8gk0003" }))
        .await
        .problem(422, "invalid_field");
    admin.delete(&format!("/organizations/{}", id(&middle))).await.good();
    let low = admin.get(&format!("/organizations/{}", id(&low))).await.good();
    assert!(low["parent"].is_null());
    admin.patch(&path, json!({ "parent": low["id"] })).await.good();
}

async fn a_language_is_taken_from_what_is_written_until_somebody_knows(world: Arc<World>) {
    let admin = world.admin().await;
    let text =
        "Siparişim hâlâ gelmedi, yardımcı olur musunuz? Şimdiden teşekkürler, iyi çalışmalar.";
    let write = |n: i32, text: &str| {
        mail("l@example.com", &format!("l{n}@example.com"), &format!("S{n}"), "", text)
    };
    world.deliver(&write(0, text)).await;
    let customer = world.customer(&admin, "l@example.com").await;
    assert_eq!(customer["language"], "tr");
    let path = format!("/customers/{}/profile", id(&customer));
    let profile = admin.patch(&path, json!({ "language": "de" })).await.good();
    assert_eq!(field(&profile, "language")["alternatives"][0]["by"], "language");
    world.deliver(&write(1, text)).await;
    assert_eq!(world.customer(&admin, "l@example.com").await["language"], "de");
}
