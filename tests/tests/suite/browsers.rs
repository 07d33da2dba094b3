//! The session of a browser: what its cookies open, and what they do not.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use throughline_core::agent::Role;
use throughline_tests::{Answer, Client, World, on_both};

on_both!(
    a_browser_keeps_its_session_in_cookies,
    tabs_refresh_at_one_moment,
    other_origins_and_forms_are_refused,
    the_cookie_for_files_opens_nothing_else,
);

const PASSWORD: &str = "correct horse battery";

/// The cookies that an answer sets, as a browser would send them back.
fn jar(answer: &Answer) -> Vec<(String, String)> {
    let all = answer.headers.get_all("set-cookie").iter();
    let text = |v: &reqwest::header::HeaderValue| v.to_str().expect("text").to_owned();
    let parts = |line: String| {
        let (name, rest) = line.split_once('=').expect("a name");
        (name.to_owned(), rest.split(';').next().unwrap_or_default().to_owned())
    };
    all.map(text).map(parts).collect()
}

fn cookie(answer: &Answer, name: &str) -> String {
    let found = jar(answer).into_iter().find(|(key, _)| key == name);
    let (key, value) = found.unwrap_or_else(|| panic!("no cookie {name}"));
    format!("{key}={value}")
}

async fn sign_in(world: &World) -> Answer {
    world.agent(Role::Agent, &[]).await;
    let body =
        json!({ "email": "agent1@throughline.example", "password": PASSWORD, "cookie": true });
    world.anonymous.post("/auth/sign-in", body).await
}

fn holding(world: &World, cookie: &str) -> Client {
    world.anonymous.with_header("Cookie", cookie)
}

async fn refresh(world: &World, cookie: &str) -> Answer {
    holding(world, cookie).post("/auth/refresh", json!({})).await
}

async fn a_browser_keeps_its_session_in_cookies(world: Arc<World>) {
    let signed = sign_in(&world).await;
    for line in signed.headers.get_all("set-cookie") {
        let line = line.to_str().expect("text");
        assert!(line.contains("HttpOnly; SameSite=Strict") && !line.contains("Secure"), "{line}");
    }
    let held = cookie(&signed, "throughline_refresh");
    let session = signed.good();
    assert_eq!(session["refresh_token"], Value::Null, "{session}");
    let token = session["access_token"].as_str().expect("a token");
    world.anonymous.with_token(token).get("/me").await.good();

    world.clock.advance(60);
    let second = refresh(&world, &held).await;
    let next = cookie(&second, "throughline_refresh");
    assert_ne!(next, held);
    assert_eq!(second.good()["refresh_token"], Value::Null);
    // What the body names goes before the cookie, and is answered in the body.
    let named = json!({ "refresh_token": next.split_once('=').expect("a value").1 });
    let third = holding(&world, "throughline_refresh=rubbish").post("/auth/refresh", named).await;
    assert!(jar(&third).is_empty());
    let last = third.good()["refresh_token"].as_str().expect("a token").to_owned();

    let last = format!("throughline_refresh={last}");
    let out = holding(&world, &last).post("/auth/sign-out", json!({})).await;
    assert_eq!(out.status.as_u16(), 204);
    assert!(jar(&out).iter().all(|(_, value)| value.is_empty()) && jar(&out).len() == 2);
    refresh(&world, &last).await.problem(401, "session_ended");
    world.anonymous.post("/auth/refresh", json!({})).await.problem(401, "session_ended");
    let out = world.anonymous.post("/auth/sign-out", json!({})).await;
    assert_eq!((out.status.as_u16(), jar(&out).len()), (204, 2), "nothing is left of none");
}

async fn tabs_refresh_at_one_moment(world: Arc<World>) {
    let held = cookie(&sign_in(&world).await, "throughline_refresh");
    let tabs = [(); 4].map(|()| refresh(&world, &held));
    let answers = futures_util::future::join_all(tabs).await;
    let mut kept: Vec<String> = Vec::new();
    for answer in answers {
        kept.push(cookie(&answer, "throughline_refresh"));
        answer.good();
    }
    kept.dedup();
    assert_eq!(kept.len(), 1, "whichever comes last is the good one");
    world.clock.advance(600);
    refresh(&world, &kept[0]).await.good();
    refresh(&world, &held).await.problem(401, "refresh_token_reused");
}

async fn other_origins_and_forms_are_refused(world: Arc<World>) {
    let held = cookie(&sign_in(&world).await, "throughline_refresh");
    let tab = holding(&world, &held);
    for path in ["/auth/refresh", "/auth/sign-out"] {
        for origin in ["https://evil.example", "null"] {
            let foreign = tab.with_header("Origin", origin);
            foreign.post(path, json!({})).await.problem(403, "foreign_origin");
        }
        // A form of another site can send these and no others.
        for media in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
            let sent = tab.raw(Method::POST, path, media, b"{}".to_vec()).await;
            sent.problem(415, "unsupported_media_type");
        }
    }
    let body =
        json!({ "email": "agent1@throughline.example", "password": PASSWORD, "cookie": true });
    let foreign = world.anonymous.with_header("Origin", "https://evil.example");
    foreign.post("/auth/sign-in", body).await.problem(403, "foreign_origin");
    let own = world.anonymous.base().to_owned();
    tab.with_header("Origin", &own).post("/auth/refresh", json!({})).await.good();
}

const HTML: &str = "From: w@example.com
To: support@throughline.example
Message-ID: <w1@example.com>
Subject: Ask
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<p>Hello</p>
";

async fn the_cookie_for_files_opens_nothing_else(world: Arc<World>) {
    world.deliver(HTML).await;
    let signed = sign_in(&world).await;
    let files = cookie(&signed, "throughline_files");
    let session = signed.good();
    let token = session["access_token"].as_str().expect("a token");
    let ticket = world.ticket_of(&world.anonymous.with_token(token), "w@example.com").await;
    let id = ticket["id"].as_str().expect("an id");
    let listed = world.anonymous.with_token(token).get(&format!("/tickets/{id}/items")).await;
    let item = listed.good()["items"][0]["id"].as_str().expect("an id").to_owned();

    let frame = holding(&world, &files);
    frame.get(&format!("/items/{item}/html")).await.good();
    frame.get("/attachments/att_0000000000001").await.problem(404, "not_found");
    let document = world.anonymous.get_raw("/api/v1/openapi.json").await.good();
    let mut tried = 0;
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let open = operation["security"] == json!([{}]);
            let for_files = method == "get"
                && ["/items/{id}/html", "/items/{id}/images/{number}", "/attachments/{id}"]
                    .iter()
                    .any(|own| path == &format!("/api/v1{own}"));
            if open || for_files || !path.starts_with("/api/v1/") {
                continue;
            }
            let path = path.replace("{id}", "itm_0000000000001").replace("{", "").replace("}", "");
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            let below = path.trim_start_matches("/api/v1");
            let answer = frame.raw(method, below, "application/json", b"{}".to_vec()).await;
            assert_eq!(answer.status.as_u16(), 401, "{path}: {}", answer.text());
            tried += 1;
        }
    }
    assert!(tried > 100, "only {tried} operations were tried");
    // Nor is it an access token, or the access token a cookie.
    let text = files.split_once('=').expect("a value").1;
    world.anonymous.with_token(text).get("/me").await.problem(401, "invalid_token");
    let swapped = holding(&world, &format!("throughline_files={token}"));
    swapped.get(&format!("/items/{item}/html")).await.problem(401, "invalid_token");
    world.clock.advance(16 * 60);
    frame.get(&format!("/items/{item}/html")).await.problem(401, "token_expired");
}
