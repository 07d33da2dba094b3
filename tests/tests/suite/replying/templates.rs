//! Templates: a customer who may not be written to freely is sent a text that the platform has approved.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_core::agent::Role;
use throughline_test_servers::http::{Do, Server};
use throughline_tests::{World, on_both};

use super::whatsapp::{OURS, hear, receipt, said, status};
use super::{Desk, body};
use crate::channels::bot::{items, text};

on_both!(
    outside_the_window_a_template_goes_and_is_shown_as_the_customer_sees_it,
    templates_are_asked_for_once_and_anew_when_wished,
    what_does_not_fit_a_template_is_refused_before_it_is_sent,
    who_does_not_see_the_inbox_sees_no_templates,
    a_platform_that_tells_no_templates_says_why,
    content_of_twilio_goes_by_its_id,
);

const BUSINESS: &str = "waba-77";

fn late() -> Value {
    json!({
        "name": "order_late", "language": "tr", "status": "APPROVED", "category": "UTILITY",
        "components": [
            { "type": "HEADER", "format": "TEXT", "text": "Sipariş {{1}}" },
            { "type": "BODY", "text": "Merhaba {{1}}, {{2}} günü geliyor.",
              "example": { "body_text": [["Elif", "Cuma"]] } },
            { "type": "BUTTONS", "buttons": [
                { "type": "URL", "text": "Takip", "url": "https://shop.example/{{1}}" }
            ] },
        ],
    })
}

fn picture() -> Value {
    json!({ "name": "with_picture", "language": "tr", "status": "APPROVED",
        "components": [{ "type": "HEADER", "format": "IMAGE" }, { "type": "BODY", "text": "x" }] })
}

/// Answers as Meta does: two pages of templates, and each message is taken.
async fn meta() -> Server {
    Server::answering(|number, request| {
        let line = request.lines().next().unwrap_or_default();
        let said = match (line.contains("/message_templates"), line.contains("after=c1")) {
            (true, false) => json!({ "data": [picture()], "paging": {
                "cursors": { "after": "c1" }, "next": "https://graph.example/next" } }),
            (true, true) => json!({ "data": [late()], "paging": { "cursors": { "after": "c2" } } }),
            (false, _) => json!({ "messages": [{ "id": format!("wamid.out{number}") }] }),
        };
        Do::Say("200 OK", said.to_string())
    })
    .await
}

fn set_up(business: Option<&str>) -> Value {
    let mut settings = json!({ "phone_number_id": OURS });
    if let Some(business) = business {
        settings["business_account_id"] = business.into();
    }
    json!({
        "kind": "whatsapp", "settings": settings,
        "secrets": { "app_secret": ["hush"], "verify_token": ["tell-me"],
            "access_token": ["EAA-invented"] }
    })
}

/// A customer who wrote more than a day ago.
async fn desk(world: &Arc<World>, server: Server, set_up: Value) -> (Desk, String) {
    let desk = Desk::at(world, server, set_up).await;
    hear(&desk, &said("wamid.1", desk.seconds() - 25 * 3_600)).await;
    let inbox = desk.account.trim_end_matches("/channel").to_owned();
    (desk, inbox)
}

fn chosen(parameters: Value) -> Value {
    json!({ "template": { "name": "order_late", "language": "tr", "parameters": parameters } })
}

async fn outside_the_window_a_template_goes_and_is_shown_as_the_customer_sees_it(
    world: Arc<World>,
) {
    let (desk, inbox) = desk(&world, meta().await, set_up(Some(BUSINESS))).await;
    let closed = desk.try_reply(json!({ "body": "x" })).await.problem(409, "window_closed");
    assert_eq!(closed["details"]["template_possible"], true);
    let listed = closed["details"]["templates"].as_str().expect("a path");
    assert_eq!(listed, format!("/api/v1{inbox}/templates"));
    let page = desk.admin.get(&format!("{inbox}/templates")).await.good();
    let names: Vec<&str> = items(&page).iter().map(|one| text(&one["name"])).collect();
    assert_eq!(names, ["order_late", "with_picture"]);
    let late = &page["items"][0];
    assert_eq!((&late["usable"], &page["items"][1]["usable"]), (&json!(true), &json!(false)));
    let places = late["parameters"].as_array().expect("places");
    let parts: Vec<&str> = places.iter().map(|one| text(&one["part"])).collect();
    assert_eq!(parts, ["header", "body", "body", "button"]);

    let item = desk.try_reply(chosen(json!(["4417", "Elif", "Cuma", "t-9"]))).await.good();
    let shown =
        "Sipariş 4417\n\nMerhaba Elif, Cuma günü geliyor.\n\n[Takip] https://shop.example/t-9";
    assert_eq!(item["body"], shown);
    assert_eq!(item["message"]["template"]["parameters"], json!(["4417", "Elif", "Cuma", "t-9"]));
    desk.after(6).await;
    let seen = desk.server.seen();
    let sent = body(seen.last().expect("a request"));
    assert_eq!(
        (&sent["type"], &sent["template"]["name"]),
        (&json!("template"), &json!("order_late"))
    );
    assert_eq!(sent["template"]["language"]["code"], "tr");
    let kinds: Vec<&str> = sent["template"]["components"]
        .as_array()
        .expect("components")
        .iter()
        .map(|one| text(&one["type"]))
        .collect();
    assert_eq!(kinds, ["header", "body", "button"]);
    assert_eq!(desk.state(&item).await.0, "sent");
    // What the platform says of it finds it, as of any message.
    let object = desk.item(&item).await["message"]["platform"]["object"].clone();
    hear(&desk, &status(text(&object), "read", desk.seconds(), Value::Null)).await;
    assert_eq!(receipt(&desk, &item).await["state"], "read");
    assert_eq!(desk.bodies().await[0], shown);
}

/// How often the templates were asked for.
fn questions(desk: &Desk) -> usize {
    desk.server.seen().iter().filter(|one| one.contains("/message_templates")).count()
}

async fn templates_are_asked_for_once_and_anew_when_wished(world: Arc<World>) {
    let (desk, inbox) = desk(&world, meta().await, set_up(Some(BUSINESS))).await;
    let list = format!("{inbox}/templates");
    let first = desk.admin.get(&format!("{list}?limit=1")).await.good();
    assert_eq!(questions(&desk), 2, "two pages of the platform");
    let asked = desk.server.seen().into_iter().next().expect("a question");
    assert!(asked.starts_with("GET /waba-77/message_templates?"), "{asked}");
    assert!(asked.to_lowercase().contains("authorization: bearer eaa-invented"), "{asked}");
    let cursor = text(&first["next_cursor"]).to_owned();
    let second = desk.admin.get(&format!("{list}?limit=1&cursor={cursor}")).await.good();
    assert_eq!(
        (&second["items"][0]["name"], &second["next_cursor"]),
        (&json!("with_picture"), &Value::Null)
    );
    desk.admin.get(&format!("{list}?refresh=true")).await.good();
    assert_eq!(questions(&desk), 2, "it was asked a moment ago");
    world.clock.advance(31);
    desk.admin.get(&list).await.good();
    assert_eq!(questions(&desk), 2);
    desk.admin.get(&format!("{list}?refresh=true")).await.good();
    assert_eq!(questions(&desk), 4);
    desk.admin.get(&format!("{list}?limit=1&cursor={cursor}")).await.problem(400, "invalid_cursor");
    world.clock.advance(25 * 3_600);
    desk.admin.get(&list).await.good();
    assert_eq!(questions(&desk), 6);
    // Those of another account are others.
    desk.admin.put(&desk.account, set_up(Some("waba-78"))).await.good();
    desk.admin.get(&list).await.good();
    assert_eq!(questions(&desk), 8);
}

async fn what_does_not_fit_a_template_is_refused_before_it_is_sent(world: Arc<World>) {
    let (desk, inbox) = desk(&world, meta().await, set_up(Some(BUSINESS))).await;
    let good = json!(["4417", "Elif", "Cuma", "t-9"]);
    // Nobody asked for the templates yet, so none is known.
    let unknown = desk.try_reply(chosen(good.clone())).await.problem(422, "invalid_field");
    assert_eq!(unknown["details"]["templates"], format!("/api/v1{inbox}/templates"));
    desk.admin.get(&format!("{inbox}/templates")).await.good();
    for (parameters, word) in [
        (json!(["4417"]), "4 places"),
        (json!(["4417", "Elif", "Cuma", "t-9", "x"]), "5 values"),
        (json!(["4".repeat(60), "Elif", "Cuma", "t-9"]), "header"),
        (json!(["4417", "e".repeat(1_024), "Cuma", "t-9"]), "body"),
        (json!(["4417", "a     b", "Cuma", "t-9"]), "spaces"),
    ] {
        let problem = desk.try_reply(chosen(parameters)).await.problem(422, "invalid_field");
        let detail = text(&problem["detail"]);
        assert!(detail.contains(word), "{detail}");
    }
    desk.try_reply(chosen(json!(["a\nb", "b", "c", "d"]))).await.problem(422, "invalid_body");
    let mut both = chosen(good);
    both["body"] = "x".into();
    desk.try_reply(both).await.problem(422, "invalid_field");
    let picture = json!({ "template": { "name": "with_picture", "language": "tr" } });
    let problem = desk.try_reply(picture).await.problem(422, "invalid_field");
    assert!(text(&problem["detail"]).contains("IMAGE"), "{problem}");
    desk.try_reply(json!({})).await.problem(422, "invalid_body");
    desk.after(60).await;
    assert_eq!(desk.server.seen().len(), 2, "nothing was sent");
}

async fn who_does_not_see_the_inbox_sees_no_templates(world: Arc<World>) {
    let (desk, inbox) = desk(&world, meta().await, set_up(Some(BUSINESS))).await;
    desk.admin.get(&format!("{inbox}/templates")).await.good();
    let bare = desk.admin.post("/teams", json!({ "name": "Shop" })).await.good();
    let restricted = json!({ "restricted": true, "teams": [bare["id"]] });
    let version = desk.admin.get(&inbox).await;
    let tag = version.header("etag").to_owned();
    desk.admin.with_header("if-match", &tag).patch(&inbox, restricted).await.good();
    let agent = world.agent(Role::Agent, &[]).await;
    agent.get(&format!("{inbox}/templates")).await.problem(404, "not_found");
    desk.admin.get(&format!("{inbox}/templates")).await.good();
}

async fn a_platform_that_tells_no_templates_says_why(world: Arc<World>) {
    let no = json!({ "error": { "code": 200, "message": "Permissions error" } }).to_string();
    let server = Server::start(vec![
        Do::Say("403 Forbidden", no),
        Do::Cut,
        Do::Say("200 OK", "nothing like it".to_owned()),
    ]);
    let (desk, inbox) = desk(&world, server.await, set_up(None)).await;
    let list = format!("{inbox}/templates");
    let closed = desk.try_reply(json!({ "body": "x" })).await.problem(409, "window_closed");
    assert_eq!(closed["details"]["template_possible"], false);
    let missing = desk.admin.get(&list).await.problem(409, "cannot_reply");
    assert!(text(&missing["detail"]).contains("business_account_id"), "{missing}");
    desk.admin.put(&desk.account, set_up(Some(BUSINESS))).await.good();
    let refused = desk.admin.get(&list).await.problem(409, "templates_refused");
    assert_eq!(refused["details"]["code"], "not_allowed");
    assert!(text(&refused["detail"]).contains("Permissions error"), "{refused}");
    desk.admin.get(&list).await.problem(503, "unavailable");
    desk.admin.get(&list).await.problem(503, "unavailable");
    let other = json!({ "channel": "chat", "address": "other", "name": "Other" });
    let other = desk.admin.post("/inboxes", other).await.good();
    let other = format!("/inboxes/{}", text(&other["id"]));
    desk.admin.get(&format!("{other}/templates")).await.problem(404, "not_found");
    let set_up = json!({ "kind": "webhook", "settings": { "scheme": "bearer" },
        "secrets": { "secret": ["a-long-secret"] } });
    desk.admin.put(&format!("{other}/channel"), set_up).await.good();
    desk.admin.get(&format!("{other}/templates")).await.problem(409, "no_templates");
}

async fn content_of_twilio_goes_by_its_id(world: Arc<World>) {
    let server = Server::answering(|_, request| {
        let said = match request.starts_with("GET /ContentAndApprovals") {
            true => json!({ "contents": [{ "sid": "HX1", "friendly_name": "late", "language": "tr",
                "types": { "twilio/text": { "body": "Merhaba {{1}}" } },
                "variables": { "1": "Elif" }, "approval_requests": { "status": "approved" } }],
                "meta": { "next_page_url": null } }),
            false => json!({ "sid": "SM1" }),
        };
        Do::Say("200 OK", said.to_string())
    });
    let set_up = json!({
        "kind": "twilio",
        "settings": { "account_sid": "AC00ff", "number": "whatsapp:+14155550100" },
        "secrets": { "auth_token": ["tokentoken"] }
    });
    let desk = Desk::at(&world, server.await, set_up).await;
    let wrote = "MessageSid=SM0&AccountSid=AC00ff&From=whatsapp%3A%2B905321234567\
                 &To=whatsapp%3A%2B14155550100&Body=Merhaba";
    desk.recorded(wrote).await;
    world.clock.advance(25 * 3_600);
    desk.try_reply(json!({ "body": "x" })).await.problem(409, "window_closed");
    let inbox = desk.account.trim_end_matches("/channel");
    let page = desk.admin.get(&format!("{inbox}/templates")).await.good();
    assert_eq!(
        (&page["items"][0]["name"], &page["items"][0]["title"]),
        (&json!("HX1"), &json!("late"))
    );
    let reply = json!({ "template": { "name": "HX1", "language": "tr", "parameters": ["Elif"] } });
    let item = desk.try_reply(reply).await.good();
    assert_eq!(item["body"], "Merhaba Elif");
    desk.after(6).await;
    assert_eq!(desk.state(&item).await, ("sent".to_owned(), String::new()));
    let seen = desk.server.seen();
    let sent = seen.last().expect("a request");
    assert!(sent.contains("ContentSid=HX1&ContentVariables=%7B%221%22%3A%22Elif%22%7D"), "{sent}");
}
