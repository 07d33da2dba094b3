//! HTML of mails, as it is shown to agents.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_core::agent::Role;
use throughline_tests::{Client, World, on_both};

on_both!(
    html_runs_nothing_and_loads_nothing,
    an_item_without_html_has_none,
    html_is_shown_to_who_may_see_the_item,
);

const MAIL: &str = r#"From: Ayşe <ayse@example.com>
To: support@throughline.example
Message-ID: <html-1@x>
Subject: Bozuk
MIME-Version: 1.0
Content-Type: multipart/related; boundary=b

--b
Content-Type: text/html; charset=utf-8

<p onclick="steal()">Merhaba <b>dünya</b></p><script>steal()</script>
<img src="https://tracker.example/p.gif"><img src="cid:logo@x">
<a href="javascript:steal()">tıkla</a><form action="https://evil.example"><input name="p"></form>
--b
Content-Type: image/png; name=logo.png
Content-ID: <logo@x>
Content-Disposition: inline; filename=logo.png
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--b--
"#;

async fn item(client: &Client, world: &World, address: &str) -> Value {
    let ticket = world.ticket_of(client, address).await;
    let path = format!("/tickets/{}/items?kind=message", ticket["id"].as_str().expect("an id"));
    client.get(&path).await.good()["items"][0].clone()
}

async fn html_runs_nothing_and_loads_nothing(world: Arc<World>) {
    let agent = world.agent(Role::Agent, &[]).await;
    world.deliver(MAIL).await;
    let item = item(&agent, &world, "ayse@example.com").await;
    assert_eq!(item["message"]["has_html"], true, "{item}");
    let path = format!("/items/{}/html", item["id"].as_str().expect("an id"));
    let shown = agent.get(&path).await.good();
    let html = shown["html"].as_str().expect("html");
    assert!(html.contains("<b>dünya</b>") && html.contains("tıkla"), "{html}");
    for bad in ["script", "steal", "onclick", "<form", "<input", "javascript", " src=\"https"] {
        assert!(!html.contains(bad), "{bad}: {html}");
    }
    assert_eq!((&shown["remote_images"], &shown["cut"]), (&json!(1), &json!(false)), "{shown}");
    assert!(html.contains("data-blocked-src"), "{html}");
    assert_eq!(shown["inline"][0]["content_id"], "logo@x", "{shown}");
    assert!(html.contains("cid:logo@x"), "{html}");
    let file = shown["inline"][0]["attachment"].as_str().expect("an id");
    assert_eq!(agent.get(&format!("/attachments/{file}")).await.bytes[1..4], *b"PNG");

    assert_eq!(agent.get(&format!("{path}?images=blocked")).await.good(), shown);
    let loaded = agent.get(&format!("{path}?images=allowed")).await.good();
    let html = loaded["html"].as_str().expect("html");
    assert!(html.contains(" src=\"https://tracker.example/p.gif\""), "{html}");
    assert!(!html.contains("steal"), "{html}");
    agent.get(&format!("{path}?images=some")).await.problem(400, "invalid_parameter");
}

async fn an_item_without_html_has_none(world: Arc<World>) {
    let agent = world.agent(Role::Agent, &[]).await;
    let text = throughline_tests::mails::mail("b@example.com", "t@x", "Plain", "", "Hello");
    world.deliver(&text).await;
    let item = item(&agent, &world, "b@example.com").await;
    assert_eq!(item["message"]["has_html"], false);
    let path = format!("/items/{}/html", item["id"].as_str().expect("an id"));
    agent.get(&path).await.problem(404, "not_found");
}

async fn html_is_shown_to_who_may_see_the_item(world: Arc<World>) {
    let (admin, agent) = (world.admin().await, world.agent(Role::Agent, &[]).await);
    world.deliver(MAIL).await;
    let item = item(&admin, &world, "ayse@example.com").await;
    let path = format!("/items/{}/html", item["id"].as_str().expect("an id"));
    agent.get(&path).await.good();
    let inbox = format!("/inboxes/{}", world.inbox().await.id);
    admin.patch(&inbox, json!({ "restricted": true })).await.good();
    agent.get(&path).await.problem(404, "not_found");
    admin.get(&path).await.good();
    world.anonymous.get(&path).await.problem(401, "unauthenticated");
}
