//! What customers told: kept with the mail, shown as a sheet, not asked for again; promises and briefs.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_app::tickets::{self, NewReply};
use throughline_app::{Guard, promises};
use throughline_core::actor::Actor;
use throughline_core::agent::Role;
use throughline_core::guard::GuardMode;
use throughline_tests::Client;
use throughline_tests::mails::mail;
use throughline_tests::{World, on_both};

on_both!(
    what_a_mail_tells_is_on_the_sheet_with_its_source,
    a_fact_is_marked_and_corrected,
    a_rule_of_the_admin_finds_what_arrives_next,
    a_draft_that_asks_for_what_is_known_is_told_so,
    the_send_path_refuses_until_somebody_says_why,
    a_promise_stands_on_the_timeline_and_is_broken_when_its_time_goes_by,
    the_brief_has_what_the_next_agent_needs_and_is_read_at_a_hand_over,
    a_restricted_inbox_shows_none_of_it_to_others,
    who_comes_again_or_by_another_channel_is_counted,
);

const ELIF: &str = "Elif <elif@example.com>";

async fn told(world: &World) -> (Client, Value) {
    let body = "Merhaba, hâlâ bekliyorum, çok şaşkınım. Sipariş numaram 4417, ne zaman gelir? Telefonum +90 532 111 22 33.\n\n\
                > Sipariş numaranız 99817";
    world.deliver(&mail(ELIF, "a@x", "Siparişim", "", body)).await;
    let client = world.admin().await;
    let ticket = world.ticket_of(&client, "elif@example.com").await;
    (client, ticket)
}

fn values(sheet: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let items = sheet["items"].as_array().expect("a list");
    items.iter().map(|e| (text(&e["fact"]["kind"]), text(&e["fact"]["value"]))).collect()
}

fn pair(kind: &str, value: &str) -> (String, String) {
    (kind.to_owned(), value.to_owned())
}

async fn what_a_mail_tells_is_on_the_sheet_with_its_source(world: Arc<World>) {
    let (client, ticket) = told(&world).await;
    let customer = ticket["customer"].as_str().expect("an id").to_owned();
    let sheet = client.get(&format!("/customers/{customer}/facts")).await.good();
    assert_eq!(values(&sheet), [pair("order_number", "4417"), pair("phone", "+905321112233")]);
    let fact = &sheet["items"][0]["fact"];
    assert_eq!((&fact["channel"], &fact["state"]), (&json!("email"), &json!("stated")));
    let item =
        client.get(&format!("/items/{}", fact["item"].as_str().expect("an id"))).await.good();
    let (start, end) =
        (fact["start"].as_u64().expect("a place"), fact["end"].as_u64().expect("a place"));
    assert_eq!(&item["body"].as_str().expect("a text")[start as usize..end as usize], "4417");
    // The same again is counted, another value goes before it, and a page ends where it should.
    world.deliver(&mail(ELIF, "b@x", "Yeni", "", "Sipariş no: 4417")).await;
    world.deliver(&mail(ELIF, "c@x", "Başka", "", "Sipariş numaram 5518")).await;
    let first = client.get(&format!("/customers/{customer}/facts?limit=1")).await.good();
    let cursor = first["next_cursor"].as_str().expect("more");
    let next =
        client.get(&format!("/customers/{customer}/facts?limit=1&cursor={cursor}")).await.good();
    let shown = [values(&first), values(&next)].concat();
    assert!(shown.contains(&pair("order_number", "5518")), "{shown:?}");
    assert!(shown.contains(&pair("order_number", "4417")), "{shown:?}");
    let path = format!("/tickets/{}/facts?kind=phone", ticket["id"].as_str().expect("an id"));
    let own = client.get(&path).await.good();
    assert_eq!(values(&own), [pair("phone", "+905321112233")]);
    world.assert_no_dead_jobs().await;
}

async fn a_fact_is_marked_and_corrected(world: Arc<World>) {
    let (client, ticket) = told(&world).await;
    let customer = ticket["customer"].as_str().expect("an id").to_owned();
    let sheet = client.get(&format!("/customers/{customer}/facts?kind=order_number")).await.good();
    let fact = sheet["items"][0]["fact"].clone();
    let (id, item) = (fact["id"].as_str().expect("an id"), fact["item"].as_str().expect("an id"));
    let marked = json!({ "kind": "nickname", "value": "Merhaba" });
    let marked = client.post(&format!("/items/{item}/facts"), marked).await.good();
    assert_eq!((&marked["state"], &marked["source"]), (&json!("confirmed"), &json!("agent")));
    let invented = json!({ "kind": "nickname", "value": "nowhere in it" });
    client.post(&format!("/items/{item}/facts"), invented).await.problem(422, "invalid_field");
    let cut = json!({ "kind": "nickname", "start": 0, "end": 9000 });
    client.post(&format!("/items/{item}/facts"), cut).await.problem(422, "invalid_field");
    let wrong = client.patch(&format!("/facts/{id}"), json!({ "state": "wrong" })).await.good();
    assert_eq!(wrong["state"], "wrong");
    let ask = json!({ "body": "What is your order number?" });
    let path = format!("/tickets/{}/draft/check", ticket["id"].as_str().expect("an id"));
    let found = client.post(&path, ask).await.good();
    assert_eq!(found["asks"], json!([]), "what is wrong is not known");
    let events = client.get("/events?kind=fact.changed&limit=10").await.good();
    assert_eq!(events["items"].as_array().map(Vec::len), Some(1), "{events}");
}

async fn a_rule_of_the_admin_finds_what_arrives_next(world: Arc<World>) {
    let admin = world.admin().await;
    let rule =
        json!({ "name": "Cards", "kind": "club_card", "pattern": r"\bKK-(?P<value>\d{6})\b" });
    let agent = world.agent(Role::Agent, &[]).await;
    agent.post("/fact-rules", rule.clone()).await.problem(403, "missing_right");
    let bad = json!({ "name": "Bad", "kind": "club_card", "pattern": "(" });
    admin.post("/fact-rules", bad).await.problem(422, "invalid_field");
    let rule = admin.post("/fact-rules", rule).await.good();
    let tried = admin.post("/fact-rules/try", json!({ "text": "kk-123456" })).await.good();
    assert_eq!(tried["facts"][0]["value"], "123456");
    world.deliver(&mail(ELIF, "a@x", "Kart", "", "Kartım KK-654321")).await;
    let customer = world.customer(&admin, "elif@example.com").await;
    let path =
        format!("/customers/{}/facts?kind=club_card", customer["id"].as_str().expect("an id"));
    assert_eq!(values(&admin.get(&path).await.good()), [pair("club_card", "654321")]);
    let off = format!("/fact-rules/{}", rule["id"].as_str().expect("an id"));
    admin.patch(&off, json!({ "active": false })).await.good();
    let tried = admin.post("/fact-rules/try", json!({ "text": "kk-123456" })).await.good();
    assert_eq!(tried["facts"], json!([]));
    assert_eq!(admin.delete(&off).await.status.as_u16(), 204);
}

async fn a_draft_that_asks_for_what_is_known_is_told_so(world: Arc<World>) {
    let (client, ticket) = told(&world).await;
    let id = ticket["id"].as_str().expect("an id");
    let path = format!("/tickets/{id}/draft/check");
    let draft = json!({ "body": "Sipariş numaranızı paylaşır mısınız? Yarına kadar döneceğiz.", "language": "en" });
    let found = client.post(&path, draft).await.good();
    let known = &found["asks"][0]["known"][0];
    assert_eq!(known["words"], "given on 22 November 2026 by e-mail: 4417");
    assert_eq!(found["promises"].as_array().map(Vec::len), Some(1));
    assert_eq!(found["mode"], "warn");
    let turkish = client.with_header("Accept-Language", "tr-TR");
    let told = turkish.post(&path, json!({ "body": "What is your order number?" })).await.good();
    let words = told["asks"][0]["known"][0]["words"].as_str().expect("words").to_owned();
    assert!(words.starts_with("22 Kasım 2026"), "{words}");
    // Sent without the question: one avoided.
    client.post(&format!("/tickets/{id}/replies"), json!({ "body": "Bakıyorum." })).await.good();
    let metrics =
        "/metrics/repeats?from=2020-01-01T00:00:00Z&until=2040-01-01T00:00:00Z&group_by=channel";
    let rows = client.get(metrics).await.good();
    assert_eq!(
        (&rows["rows"][0]["avoided"], &rows["rows"][0]["asked"]),
        (&json!(1), &json!(0)),
        "{rows}"
    );
    // Sent with it: one asked.
    let asks = json!({ "body": "Sipariş numaranız nedir?" });
    client.post(&format!("/tickets/{id}/replies"), asks).await.good();
    let rows = client.get(metrics).await.good();
    assert_eq!(
        (&rows["rows"][0]["avoided"], &rows["rows"][0]["asked"]),
        (&json!(1), &json!(1)),
        "{rows}"
    );
}

/// The row of a channel among how often customers had to repeat themselves.
async fn repeats(world: &World, channel: &str, days: u16) -> Value {
    let period = "from=2020-01-01T00:00:00Z&until=2040-01-01T00:00:00Z";
    let path = format!("/metrics/repeats?{period}&group_by=channel&days={days}");
    let counted = world.admin().await.get(&path).await.good();
    let rows = counted["rows"].as_array().expect("a list");
    rows.iter().find(|row| row["channel"] == channel).cloned().unwrap_or_default()
}

async fn who_comes_again_or_by_another_channel_is_counted(world: Arc<World>) {
    let (client, ticket) = told(&world).await;
    world.deliver(&mail("Ali <ali@example.com>", "o@x", "Başkası", "", "Merhaba")).await;
    let other = world.ticket_of(&client, "ali@example.com").await;
    world.clock.advance(600);
    let call = json!({
        "type": "call.finished", "key": "c", "data": {},
        "identities": [{ "kind": "email", "value": "elif@example.com" }],
    });
    client.post("/events", call).await.good();
    for ticket in [&ticket, &other] {
        let path = format!("/tickets/{}", ticket["id"].as_str().expect("an id"));
        client.patch(&path, json!({ "status": "resolved" })).await.good();
    }
    let counts = |row: &Value| {
        ["resolved", "repeat_contacts", "channel_switches"].map(|name| row[name].as_i64())
    };
    let row = repeats(&world, "email", 7).await;
    assert_eq!(counts(&row), [Some(2), Some(0), Some(1)], "{row}");
    world.clock.advance(2 * 86_400);
    world.deliver(&mail(ELIF, "z@x", "Yine ben", "", "Hâlâ gelmedi")).await;
    let row = repeats(&world, "email", 7).await;
    assert_eq!(counts(&row), [Some(2), Some(1), Some(1)], "{row}");
    // Within a day nobody came again.
    let row = repeats(&world, "email", 1).await;
    assert_eq!(counts(&row), [Some(2), Some(0), Some(1)], "{row}");
}

async fn the_send_path_refuses_until_somebody_says_why(world: Arc<World>) {
    let (client, ticket) = told(&world).await;
    let id = ticket["id"].as_str().expect("an id").parse().expect("an id");
    let guard = Guard { mode: GuardMode::Require, brief_on_hand_over: false };
    let strict = world.app.clone().with_guard(guard);
    let body = "What is your order number?".to_owned();
    let new = NewReply { body: body.clone(), ..NewReply::default() };
    let refused = tickets::reply(&strict, &Actor::system(), id, new).await.expect_err("refused");
    assert_eq!(refused.code, "asks_known");
    let details = refused.details.expect("what is known");
    assert_eq!(details["asks"][0]["known"][0]["value"], "4417");
    let reason = Some("it does not exist in our system".to_owned());
    let new = NewReply { body, ask_anyway: reason, ..NewReply::default() };
    let item = tickets::reply(&strict, &Actor::system(), id, new).await.expect("sent");
    let item = client.get(&format!("/items/{}", item.id)).await.good();
    assert_eq!(item["message"]["asks_anyway"], "it does not exist in our system");
}

async fn a_promise_stands_on_the_timeline_and_is_broken_when_its_time_goes_by(world: Arc<World>) {
    let (client, ticket) = told(&world).await;
    let (id, customer) =
        (ticket["id"].as_str().expect("an id"), ticket["customer"].as_str().expect("an id"));
    let due = world.app.now().plus_seconds(3600).to_string();
    let new = json!({ "text": "We call you", "due_at": due });
    let path = format!("/tickets/{id}/promises");
    let made = client.post(&path, new.clone()).await.good();
    let other = client.post(&path, new).await.good();
    let past = json!({ "text": "Late", "due_at": "2001-01-01T00:00:00Z" });
    client.post(&path, past).await.problem(422, "invalid_field");
    let timeline = client.get(&format!("/tickets/{id}/items?kind=promise")).await.good();
    assert_eq!(timeline["items"].as_array().map(Vec::len), Some(2));
    let kept = format!("/promises/{}", other["id"].as_str().expect("an id"));
    client.patch(&kept, json!({ "state": "kept" })).await.good();
    assert_eq!(promises::break_overdue(&world.app, world.app.now()).await.expect("runs"), 0);
    let later = world.app.now().plus_seconds(7200);
    assert_eq!(promises::break_overdue(&world.app, later).await.expect("runs"), 1);
    assert_eq!(promises::break_overdue(&world.app, later).await.expect("runs"), 0, "once");
    let broken = client.get(&format!("/customers/{customer}/promises?state=broken")).await.good();
    assert_eq!(broken["items"][0]["id"], made["id"]);
    assert_eq!(broken["items"].as_array().map(Vec::len), Some(1));
}

async fn the_brief_has_what_the_next_agent_needs_and_is_read_at_a_hand_over(world: Arc<World>) {
    let (client, ticket) = told(&world).await;
    let (id, customer) =
        (ticket["id"].as_str().expect("an id"), ticket["customer"].as_str().expect("an id"));
    let brief = client.get(&format!("/customers/{customer}/brief")).await.good();
    assert_eq!((&brief["name"], &brief["language"]), (&json!("Elif"), &json!("tr")));
    assert_eq!(brief["open_tickets"][0]["ticket"], ticket["id"]);
    assert_eq!(brief["told"][0]["value"], "4417");
    assert_eq!(brief["contacts"][0]["channel"], "email");
    let question = brief["open_question"]["text"].as_str().expect("a question");
    assert!(question.ends_with("ne zaman gelir?"), "{question}");
    let receiver = world.agent(Role::Agent, &[]).await;
    let me = receiver.get("/me").await.good();
    let me = me["id"].as_str().or(me["agent"]["id"].as_str()).expect("an id").to_owned();
    client.patch(&format!("/tickets/{id}"), json!({ "assignee_agent": me })).await.good();
    let items = receiver.get(&format!("/tickets/{id}/items?kind=brief")).await.good();
    let item = &items["items"][0];
    assert_eq!(item["brief"]["brief"]["told"][0]["value"], "4417");
    let read = format!("/items/{}/read", item["id"].as_str().expect("an id"));
    client.post(&read, json!(null)).await.problem(403, "not_the_receiver");
    let done = receiver.post(&read, json!(null)).await.good();
    assert_eq!(done["brief"]["read_by"], json!(me));
    let events = client.get("/events?kind=brief.read&limit=10").await.good();
    assert_eq!(events["items"].as_array().map(Vec::len), Some(1));
}

async fn a_restricted_inbox_shows_none_of_it_to_others(world: Arc<World>) {
    let (admin, ticket) = told(&world).await;
    let (id, customer) =
        (ticket["id"].as_str().expect("an id"), ticket["customer"].as_str().expect("an id"));
    let due = world.app.now().plus_seconds(3600).to_string();
    let promise = json!({ "text": "We call you", "due_at": due });
    let promise = admin.post(&format!("/tickets/{id}/promises"), promise).await.good();
    let sheet = admin.get(&format!("/customers/{customer}/facts")).await.good();
    let fact = sheet["items"][0]["fact"].clone();
    let team = admin.post("/teams", json!({ "name": "Legal" })).await.good();
    let close = json!({ "restricted": true, "teams": [team["id"]] });
    admin.patch(&format!("/inboxes/{}", world.inbox().await.id), close).await.good();
    let other = world.agent(Role::Agent, &[]).await;
    let (fact, promise, item) = (
        fact["id"].as_str().expect("an id"),
        promise["id"].as_str().expect("an id"),
        fact["item"].as_str().expect("an id"),
    );
    for path in [
        format!("/customers/{customer}/facts"),
        format!("/tickets/{id}/facts"),
        format!("/facts/{fact}"),
        format!("/customers/{customer}/promises"),
        format!("/promises/{promise}"),
        format!("/customers/{customer}/brief"),
    ] {
        other.get(&path).await.problem(404, "not_found");
    }
    let mark = json!({ "kind": "nickname", "value": "Merhaba" });
    other.post(&format!("/items/{item}/facts"), mark).await.problem(404, "not_found");
    other
        .patch(&format!("/facts/{fact}"), json!({ "state": "wrong" }))
        .await
        .problem(404, "not_found");
    let draft = json!({ "body": "What is your order number?" });
    other.post(&format!("/tickets/{id}/draft/check"), draft).await.problem(404, "not_found");
    let kept = json!({ "state": "kept" });
    other.patch(&format!("/promises/{promise}"), kept).await.problem(404, "not_found");
    other.post(&format!("/items/{item}/read"), json!(null)).await.problem(404, "not_found");
    let metrics = "/metrics/repeats?from=2020-01-01T00:00:00Z&until=2040-01-01T00:00:00Z";
    other.get(metrics).await.problem(403, "missing_right");
}
