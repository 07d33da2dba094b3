//! Mails as pages in frames, and the images of other servers that come to them through us.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_core::agent::Role;
use throughline_test_servers::http::{Do, Server};
use throughline_tests::{Client, World, on_both};

on_both!(
    a_mail_is_a_page_of_its_own_in_a_frame,
    images_come_through_us_and_tell_nothing_of_the_reader,
    images_that_are_none_are_not_handed_out,
    no_image_leads_behind_the_firewall,
    who_does_not_see_the_item_gets_no_image,
);

const GIF: &str = "GIF89a of a cup";

/// A mail with this text in HTML, and a picture that it can name as `cid:logo@x`.
fn mail(html: &str) -> String {
    format!(
        "From: Ayşe <ayse@example.com>\nTo: support@throughline.example\nMessage-ID: <frame-1@x>\n\
         Subject: Bozuk\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\n\
         Content-Type: text/html; charset=utf-8\n\n{html}\n--b\nContent-Type: image/png; name=l.png\n\
         Content-ID: <logo@x>\nContent-Disposition: inline; filename=l.png\n\
         Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--b--\n"
    )
}

/// The address of the only item.
async fn arrive(world: &World, agent: &Client, html: &str) -> String {
    world.deliver(&mail(html)).await;
    let ticket = world.ticket_of(agent, "ayse@example.com").await;
    let path = format!("/tickets/{}/items?kind=message", ticket["id"].as_str().expect("an id"));
    let items = agent.get(&path).await.good();
    format!("/items/{}", items["items"][0]["id"].as_str().expect("an id"))
}

/// A client that asks as frames do.
fn frame(client: &Client) -> Client {
    client.with_header("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
}

/// A server on this machine that images may lie on.
async fn pictures(world: &World, script: Vec<Do>) -> Server {
    let server = Server::start(script).await;
    server.url().clone_into(&mut world.platforms.lock().expect("an address"));
    server
}

fn gif() -> Do {
    Do::Say("200 OK\r\ncontent-type: text/html\r\nset-cookie: seen=1", GIF.to_owned())
}

async fn a_mail_is_a_page_of_its_own_in_a_frame(world: Arc<World>) {
    let agent = world.agent(Role::Agent, &[]).await;
    let html = "<p onclick=x()>Merhaba <a href='https://a.example/'>bak</a></p><script>x()</script>\
                <img src='cid:logo@x'><img src='https://t.example/p.gif'><img src='cid:other'>";
    let path = format!("{}/html", arrive(&world, &agent, html).await);
    let page = frame(&agent).get(&path).await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(
        page.header("content-security-policy"),
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox \
         allow-same-origin allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'self'"
    );
    let headers = ["x-frame-options", "referrer-policy", "x-content-type-options", "vary"];
    let found = headers.map(|name| page.header(name).to_owned());
    assert_eq!(found, ["SAMEORIGIN", "no-referrer", "nosniff", "Accept"]);
    assert_eq!(page.header("cross-origin-resource-policy"), "same-origin");
    let text = page.text();
    assert!(
        text.starts_with("<!doctype html>\n<html data-remote-images=\"1\" data-cut=\"false\">")
    );
    for part in
        ["Merhaba", "target=\"_blank\"", "noopener noreferrer", "src=\"/api/v1/attachments/"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    for part in ["<script", "onclick", " src=\"https:", "cid:"] {
        assert!(!text.contains(part), "{part}: {text}");
    }
    let (_, behind) = text.split_once("src=\"/api/v1").expect("a picture");
    let (file, _) = behind.split_once('"').expect("an address");
    assert_eq!(agent.get(file).await.bytes[1..4], *b"PNG");
    // Its own addresses never stand in a page.
    let allowed = frame(&agent).get(&format!("{path}?images=allowed")).await.text();
    assert!(allowed.contains("/images/1\"") && !allowed.contains("t.example"), "{allowed}");
    // Programs get JSON as before.
    let shown = agent.get(&format!("{path}?images=shown")).await.good();
    let html = shown["html"].as_str().expect("html");
    assert!(html.contains("/images/1\"") && html.contains("cid:logo@x"), "{html}");
    assert_eq!(shown["remote_images"], 1);
}

async fn images_come_through_us_and_tell_nothing_of_the_reader(world: Arc<World>) {
    let agent = world.agent(Role::Agent, &[]).await;
    let moved = Do::SendOn("BASE/moved.gif".to_owned());
    let server = pictures(&world, vec![gif(), moved, gif()]).await;
    let url = server.url();
    let html = format!("<img src='{url}/1.gif'><img src='{url}/2.gif'><img src='{url}/1.gif'>");
    let item = arrive(&world, &agent, &html).await;
    frame(&agent).get(&format!("{item}/html")).await;
    assert!(server.seen().is_empty(), "nobody asked for the images");
    let page = frame(&agent).get(&format!("{item}/html?images=shown")).await.text();
    assert!(page.contains("data-remote-images=\"3\""), "{page}");
    assert_eq!(page.matches("/images/1\"").count(), 2, "{page}");
    let reader = agent.with_header("Cookie", "a=b").with_header("Referer", "https://desk.example");
    for number in [1, 2] {
        let image = reader.get(&format!("{item}/images/{number}")).await;
        assert_eq!((image.status.as_u16(), image.text().as_str()), (200, GIF));
        assert_eq!(image.header("content-type"), "image/gif", "whatever its server says");
        assert_eq!(image.header("cache-control"), "private, max-age=3600");
        assert_eq!(image.header("content-security-policy"), "default-src 'none'; sandbox");
        assert_eq!(image.header("set-cookie"), "");
    }
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    for request in seen {
        let request = request.to_ascii_lowercase();
        for told in ["cookie", "referer", "authorization", "desk.example", "forwarded"] {
            assert!(!request.contains(told), "{told}: {request}");
        }
    }
    agent.get(&format!("{item}/images/3")).await.problem(404, "not_found");
    agent.get(&format!("{item}/images/0")).await.problem(400, "invalid_id");
}

/// Asks for so many images of a mail that names them on this server; none may come.
async fn none_comes(agent: &Client, item: &str, images: usize) -> Vec<String> {
    let mut words = Vec::new();
    for number in 1..=images {
        let answer = agent.get(&format!("{item}/images/{number}")).await;
        let problem: Value = answer.problem(404, "image_unavailable");
        words.push(problem["detail"].as_str().expect("words").to_owned());
    }
    words
}

async fn images_that_are_none_are_not_handed_out(world: Arc<World>) {
    let agent = world.agent(Role::Agent, &[]).await;
    let image = "200 OK\r\ncontent-type: image/png";
    let script = vec![
        Do::Say(image, "<html><script>steal()</script>".to_owned()),
        Do::Say(image, "<svg xmlns='http://www.w3.org/2000/svg' onload='steal()'/>".to_owned()),
        Do::Say(image, format!("GIF89a{}", "x".repeat(8 * 1024 * 1024))),
        Do::Pour(8 * 1024 * 1024 + 1),
        Do::Say("500 Internal Server Error", GIF.to_owned()),
        Do::Break(100),
    ];
    let server = pictures(&world, script).await;
    let tags: Vec<String> = (0..6).map(|n| format!("<img src='{}/{n}'>", server.url())).collect();
    let item = arrive(&world, &agent, &tags.join("")).await;
    let words = none_comes(&agent, &item, 6).await;
    let parts = ["no image", "no image", "larger than 8 MiB", "larger than 8 MiB", "answered 500"];
    for (words, part) in words.iter().zip(parts) {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert_eq!(server.seen().len(), 6);
}

async fn no_image_leads_behind_the_firewall(world: Arc<World>) {
    let agent = world.agent(Role::Agent, &[]).await;
    let inside = Server::start(vec![gif()]).await;
    let port = inside.url().rsplit(':').next().expect("a port").to_owned();
    let ways = [
        inside.url(),
        format!("https://127.0.0.1:{port}/x"),
        format!("https://localhost:{port}/x"),
        format!("https://[::ffff:127.0.0.1]:{port}/x"),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "https://10.0.0.7/x".to_owned(),
    ];
    let script = ways.iter().map(|way| Do::SendOn(way.clone())).collect();
    let server = pictures(&world, script).await;
    let direct = ways.iter().map(|way| format!("<img src='{way}'>"));
    let sent_on = (0..ways.len()).map(|n| format!("<img src='{}/{n}'>", server.url()));
    let tags: Vec<String> = direct.chain(sent_on).collect();
    let item = arrive(&world, &agent, &tags.join("")).await;
    for words in none_comes(&agent, &item, ways.len() * 2).await {
        assert!(words.contains("is not reached"), "{words}");
    }
    assert_eq!((server.seen().len(), inside.seen().len()), (ways.len(), 0));
    // And nobody is sent on for ever.
    let server = pictures(&world, vec![Do::SendOn("BASE/again".to_owned())]).await;
    let html = format!("<img src='{}/x'>", server.url());
    world.deliver(&mail(&html).replace("frame-1@x", "frame-2@x").replace("ayse@", "veli@")).await;
    let ticket = world.ticket_of(&agent, "veli@example.com").await;
    let path = format!("/tickets/{}/items?kind=message", ticket["id"].as_str().expect("an id"));
    let items = agent.get(&path).await.good();
    let item = format!("/items/{}", items["items"][0]["id"].as_str().expect("an id"));
    assert!(none_comes(&agent, &item, 1).await[0].contains("more than 5 times"));
    assert_eq!(server.seen().len(), 6);
}

async fn who_does_not_see_the_item_gets_no_image(world: Arc<World>) {
    let (admin, agent) = (world.admin().await, world.agent(Role::Agent, &[]).await);
    let server = pictures(&world, vec![gif()]).await;
    let html = format!("<img src='{}/1.gif'>", server.url());
    let path = format!("{}/images/1", arrive(&world, &admin, &html).await);
    let inbox = format!("/inboxes/{}", world.inbox().await.id);
    admin.patch(&inbox, json!({ "restricted": true })).await.good();
    agent.get(&path).await.problem(404, "not_found");
    world.anonymous.get(&path).await.problem(401, "unauthenticated");
    assert!(server.seen().is_empty());
    assert_eq!(admin.get(&path).await.text(), GIF);
}
