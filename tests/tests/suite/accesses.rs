//! What the audit trail keeps besides changes: who came in, who was refused, and who took what out.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_app::access;
use throughline_core::agent::Role;
use throughline_tests::{Client, PASSWORD, World, on_both};

use crate::imports::{id_of, run, send};

on_both!(
    who_comes_in_goes_out_and_is_refused_is_told_with_the_address,
    only_a_proxy_says_for_whom_it_asks,
    a_storm_of_refusals_fills_no_table,
    another_password_is_told_once_with_who_gave_it,
    every_export_is_told,
    both_kinds_of_lines_are_walked_as_one_list,
    after_a_year_it_is_forgotten,
);

async fn trail(admin: &Client, query: &str) -> Vec<Value> {
    let mut page = admin.get(&format!("/audit?{query}&limit=200")).await.good();
    page["items"].take().as_array().expect("a list").clone()
}

/// What a line says in short.
fn told(line: &Value) -> String {
    let of = |field: &str| line[field].as_str().unwrap_or("?").to_owned();
    format!("{} {} {} by {}", of("what"), of("change"), of("thing"), of("actor"))
}

async fn me(client: &Client) -> String {
    client.get("/me").await.good()["id"].as_str().expect("an id").to_owned()
}

async fn refused(world: &World, email: &str) {
    let body = json!({ "email": email, "password": "not the password" });
    world.anonymous.post("/auth/sign-in", body).await.problem(401, "bad_credentials");
}

async fn who_comes_in_goes_out_and_is_refused_is_told_with_the_address(world: Arc<World>) {
    let (admin, agent) = (world.admin().await, world.agent(Role::Agent, &[]).await);
    let (who, email) = (me(&agent).await, agent.get("/me").await.good());
    let email = email["agent"]["email"].as_str().expect("an address").to_owned();
    world.clock.advance(60);
    refused(&world, &email).await;
    refused(&world, "nobody@x.example").await;
    let again = json!({ "email": email, "password": PASSWORD });
    let session = world.anonymous.post("/auth/sign-in", again).await.good();
    let token = json!({ "refresh_token": session["refresh_token"] });
    for _ in 0..2 {
        assert!(world.anonymous.post("/auth/sign-out", token.clone()).await.status.is_success());
    }
    let lines = trail(&admin, "what=session").await;
    let all: Vec<String> = lines.iter().map(told).collect();
    let boss = me(&admin).await;
    let expected = [
        format!("session signed_out {who} by {who}"),
        format!("session signed_in {who} by {who}"),
        "session refused nobody@x.example by nobody".to_owned(),
        format!("session refused {email} by nobody"),
        format!("session signed_in {who} by {who}"),
        format!("session signed_in {boss} by {boss}"),
    ];
    assert_eq!(all, expected);
    assert!(lines.iter().all(|line| line["address"] == "127.0.0.1" && line["times"] == 1));
    assert!(lines.iter().all(|line| line["fields"] == json!([])));
    let of_nobody = trail(&admin, "actor=nobody").await;
    assert_eq!(
        of_nobody,
        lines[2..4],
        "the account that exists is told like the one that does not"
    );
    assert!(!admin.get("/audit").await.text().contains("not the password"));
    // Of events it is none: those go to whoever listens.
    let events = admin.get("/events?limit=1000").await.text();
    assert!(!events.contains("signed_in") && !events.contains("127.0.0.1"), "{events}");
}

async fn only_a_proxy_says_for_whom_it_asks(world: Arc<World>) {
    let admin = world.admin().await;
    // The tests' own address is trusted as a proxy; who asks it is not.
    let proxied = world.anonymous.with_header("x-forwarded-for", "6.6.6.6, 2001:db8::7");
    let body = json!({ "email": "a@x.example", "password": "not the password" });
    proxied.post("/auth/sign-in", body).await.problem(401, "bad_credentials");
    assert_eq!(trail(&admin, "actor=nobody").await[0]["address"], "2001:db8::7");
}

async fn a_storm_of_refusals_fills_no_table(world: Arc<World>) {
    let admin = world.admin().await;
    for _ in 0..3 {
        refused(&world, "one@x.example").await;
    }
    let lines = trail(&admin, "actor=nobody").await;
    assert_eq!((lines.len(), &lines[0]["times"]), (1, &json!(3)));
    for number in 0..310 {
        refused(&world, &format!("{number}{}@x.example", "x".repeat(150))).await;
    }
    refused(&world, "one@x.example").await;
    let (mut lines, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = admin.get(&format!("/audit?actor=nobody&limit=200{cursor}")).await.good();
        lines.extend(page["items"].as_array().expect("a list").clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(lines.len(), 301);
    let others: Vec<&Value> = lines.iter().filter(|line| line["thing"] == "").collect();
    assert_eq!(others.len(), 1);
    assert_eq!((&others[0]["times"], &others[0]["address"]), (&json!(11), &Value::Null));
    let length = |line: &Value| line["thing"].as_str().expect("text").chars().count();
    assert!(lines.iter().all(|line| length(line) <= 100));
    let one = lines.last().expect("the first");
    assert_eq!(
        (told(one).as_str(), &one["times"]),
        ("session refused one@x.example by nobody", &json!(4))
    );
    // What is locked is refused, too, and is no other line for it.
    let agent = world.agent(Role::Agent, &[]).await;
    world.clock.advance(3600);
    let email = agent.get("/me").await;
    email.problem(401, "token_expired");
    let admin = world.admin().await;
    for _ in 0..5 {
        refused(&world, "agent2@throughline.example").await;
    }
    let right = json!({ "email": "agent2@throughline.example", "password": PASSWORD });
    world.anonymous.post("/auth/sign-in", right).await.problem(429, "account_locked");
    let newest = &trail(&admin, "actor=nobody").await[0];
    assert_eq!(
        (&newest["thing"], &newest["times"]),
        (&json!("agent2@throughline.example"), &json!(6))
    );
}

async fn another_password_is_told_once_with_who_gave_it(world: Arc<World>) {
    let (admin, agent) = (world.admin().await, world.agent(Role::Agent, &[]).await);
    let (boss, who) = (me(&admin).await, me(&agent).await);
    let wrong = json!({ "current": "not the password", "new": "another horse battery" });
    agent.post("/me/password", wrong).await.problem(401, "bad_credentials");
    let right = json!({ "current": PASSWORD, "new": "another horse battery" });
    assert!(agent.post("/me/password", right).await.status.is_success());
    let new = json!({ "new": "a third horse battery" });
    assert!(admin.post(&format!("/agents/{who}/password"), new).await.status.is_success());
    let lines = trail(&admin, "what=password").await;
    let all: Vec<String> = lines.iter().map(told).collect();
    let expected = [
        format!("password reset {who} by {boss}"),
        format!("password changed {who} by {who}"),
        format!("password refused {who} by {who}"),
    ];
    assert_eq!(all, expected);
    assert!(lines.iter().all(|line| line["address"] == "127.0.0.1"));
    let whole = trail(&admin, "").await;
    assert_eq!(whole[..3], lines, "the events of the same id are not told beside them");
    let events = trail(&admin, "what=agent").await;
    assert_eq!((&events[0]["id"], &events[0]["fields"]), (&lines[0]["id"], &json!(["password"])));
}

async fn every_export_is_told(world: Arc<World>) {
    let admin = world.admin().await;
    let customer = admin.post("/customers", json!({ "name": "Elif Kaya" })).await.good();
    let customer = id_of(&customer).to_owned();
    for _ in 0..2 {
        admin.get(&format!("/customers/{customer}/export?format=html")).await.text();
    }
    let import = send(&admin, "kind=contacts&name=people.csv", "Name;E-mail\n;nothing\n").await;
    let columns = json!([{ "column": "E-mail", "field": "email" }]);
    let source = json!({ "source": { "columns": columns } });
    let path = format!("/imports/{}", id_of(&import));
    let import = admin.put(&format!("{path}/source"), source).await.good();
    run(&world, &admin, &import, "start").await;
    assert!(admin.get(&format!("{path}/rejected")).await.text().contains("nothing"));
    let end = admin.get("/changes?limit=200").await.good()["next"].clone();
    admin.get(&format!("/changes?after={end}")).await.good();
    world.clock.advance(120);
    admin.post("/customers", json!({ "name": "Max Huber" })).await.good();
    admin.get(&format!("/changes?after={end}")).await.good();
    let agent = world.agent(Role::Agent, &[]).await;
    agent.get(&format!("/customers/{customer}/export")).await.problem(403, "missing_right");

    let lines = trail(&admin, "what=export").await;
    let who = me(&admin).await;
    let told: Vec<(String, i64)> =
        lines.iter().map(|line| (told(line), line["times"].as_i64().expect("a number"))).collect();
    let expected = [
        (format!("export exported changes by {who}"), 2),
        (format!("export exported {} by {who}", id_of(&import)), 1),
        (format!("export exported {customer} by {who}"), 2),
    ];
    assert_eq!(told, expected);
}

async fn both_kinds_of_lines_are_walked_as_one_list(world: Arc<World>) {
    let admin = world.admin().await;
    for number in 0..4 {
        admin.post("/tags", json!({ "name": format!("tag {number}") })).await.good();
        refused(&world, &format!("{number}@x.example")).await;
        world.clock.advance(1);
    }
    let whole = trail(&admin, "").await;
    let all: Vec<&str> = whole.iter().take(4).filter_map(|line| line["what"].as_str()).collect();
    assert_eq!(all, ["session", "tag", "session", "tag"], "the newest first");
    for limit in [1, 3] {
        let (mut walked, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = admin.get(&format!("/audit?limit={limit}{cursor}")).await.good();
            walked.extend(page["items"].as_array().expect("a list").clone());
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(walked, whole, "{limit} at a time");
    }
    let at = whole[1]["at"].as_str().expect("an instant");
    let until = trail(&admin, &format!("until={at}&what=session")).await;
    assert!(until.iter().all(|line| line["at"].as_str().is_some_and(|it| it < at)));
    assert_eq!(trail(&admin, &format!("since={at}")).await, whole[..2]);
}

async fn after_a_year_it_is_forgotten(world: Arc<World>) {
    let admin = world.admin().await;
    admin.post("/tags", json!({ "name": "a tag" })).await.good();
    assert_eq!(access::purge(&world.app).await.expect("purged"), 0);
    world.clock.advance(366 * 24 * 3600);
    let admin = world.admin().await;
    assert_eq!(access::purge(&world.app).await.expect("purged"), 1);
    let lines = trail(&admin, "what=session").await;
    assert_eq!(lines.len(), 1, "the new one: {lines:?}");
    assert_eq!(trail(&admin, "what=tag").await.len(), 1, "changes stay");
}
