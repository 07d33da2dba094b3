//! What is too large, has expired, or lies where nobody may ask.

use std::sync::Arc;

use serde_json::Value;
use throughline_test_servers::http::{Do, Server};
use throughline_tests::{World, on_both};

use super::{GIF, Shop, access, file, guarded};

on_both!(
    a_link_that_has_expired_is_asked_for_a_day_and_then_given_up,
    what_is_gone_is_given_up_at_once,
    what_is_too_large_is_told_by_its_head_or_while_it_comes,
    an_inbox_that_is_connected_no_more_says_so,
    no_address_behind_the_firewall_is_asked,
    no_redirect_leads_behind_the_firewall,
    nobody_is_sent_on_for_ever,
);

const MEBIBYTE: usize = 1024 * 1024;

async fn a_link_that_has_expired_is_asked_for_a_day_and_then_given_up(world: Arc<World>) {
    let mut script = vec![Do::Say("403 Forbidden", "expired".into()); 13];
    script.push(file(GIF));
    let shop = Shop::open(&world, script).await;
    shop.sent("new", &[shop.at("/cup.gif")]).await;
    shop.fetch().await;
    let (state, words) = shop.state().await;
    assert!(state == "waiting" && words.contains("403"), "{state} {words}");
    assert_eq!(shop.changes().await, 0, "a try that failed is no news");
    for _ in 0..12 {
        assert_eq!(shop.state().await.0, "waiting");
        shop.after(7_200).await;
    }
    let (state, words) = shop.state().await;
    assert!(state == "failed" && words.contains("may have expired"), "{state} {words}");
    assert_eq!((shop.changes().await, shop.server.seen().len()), (1, 13));
    shop.after(86_400).await;
    assert_eq!(shop.server.seen().len(), 13, "nobody asks any more");
    let again = shop.act("files/retry", Value::Null).await.good();
    assert_eq!(again["message"]["platform"]["files"][0]["state"], "waiting");
    shop.fetch().await;
    let [one] = shop.attachments().await.try_into().expect("one");
    assert_eq!(shop.bytes(&one).await, GIF);
}

async fn what_is_gone_is_given_up_at_once(world: Arc<World>) {
    let shop = Shop::open(&world, vec![Do::Say("410 Gone", String::new())]).await;
    shop.sent("new", &[shop.at("/cup.gif")]).await;
    shop.fetch().await;
    let (state, words) = shop.state().await;
    assert!(state == "failed" && words.contains("410"), "{state} {words}");
    assert_eq!(shop.changes().await, 1);
}

async fn what_is_too_large_is_told_by_its_head_or_while_it_comes(world: Arc<World>) {
    let announced = Do::Say("200 OK", "x".repeat(MEBIBYTE + 1));
    let fits = Do::Say("200 OK", "y".repeat(MEBIBYTE));
    let script = vec![announced, Do::Pour(MEBIBYTE + 1), fits, Do::Pour(100)];
    let shop = Shop::open(&world, script).await;
    let urls: Vec<String> = (0..4).map(|number| shop.at(&format!("/{number}"))).collect();
    shop.sent("new", &urls).await;
    let runner = world.file_runner(access(&shop.server).up_to(MEBIBYTE as u64));
    runner.drain().await.expect("the worker runs");
    let files = shop.files().await;
    let states: Vec<&str> = files.iter().filter_map(|file| file["state"].as_str()).collect();
    assert_eq!(states, ["too_large", "too_large", "fetched", "fetched"], "{files:?}");
    let words = files[0]["words"].as_str().expect("words");
    assert!(words.contains("1 MiB") && words.contains("channels.max_file_mib"), "{words}");
    assert!(words.contains("1048577"), "{words}");
    let all = shop.attachments().await;
    assert_eq!((&all[0]["size"], &all[1]["size"]), (&MEBIBYTE.into(), &100.into()));
    assert!(!shop.holds(&"x".repeat(MEBIBYTE + 1)));
}

async fn an_inbox_that_is_connected_no_more_says_so(world: Arc<World>) {
    let shop = Shop::open(&world, vec![file(GIF)]).await;
    shop.sent("new", &[shop.at("/cup.gif")]).await;
    shop.admin.delete(&format!("/inboxes/{}/channel", shop.inbox)).await;
    shop.fetch().await;
    let (state, words) = shop.state().await;
    assert!(state == "waiting" && words.contains("connected to no platform"), "{state} {words}");
    assert!(shop.server.seen().is_empty());
}

async fn no_address_behind_the_firewall_is_asked(world: Arc<World>) {
    let inside = Server::start(vec![file("the secrets of the machine")]).await;
    let shop = Shop::open(&world, vec![file(GIF)]).await;
    let port = inside.url().rsplit(':').next().expect("a port").to_owned();
    let urls = [
        format!("https://127.0.0.1:{port}/x"),
        format!("http://127.0.0.1:{port}/x"),
        format!("https://localhost:{port}/x"),
        format!("https://[::ffff:127.0.0.1]:{port}/x"),
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "https://10.0.0.7/x".to_owned(),
    ];
    shop.sent("new", &urls).await;
    world.file_runner(guarded(&shop.server)).drain().await.expect("the worker runs");
    let files = shop.files().await;
    assert_eq!(files.len(), urls.len());
    for file in &files {
        let words = file["words"].as_str().unwrap_or_default();
        assert!(file["state"] == "failed" && words.contains("is not reached"), "{file}");
    }
    assert!(inside.seen().is_empty() && shop.attachments().await.is_empty());
}

async fn no_redirect_leads_behind_the_firewall(world: Arc<World>) {
    let inside = Server::start(vec![file("the secrets of the machine")]).await;
    let port = inside.url().rsplit(':').next().expect("a port").to_owned();
    let script = vec![
        Do::SendOn(format!("https://127.0.0.1:{port}/x")),
        Do::SendOn(format!("https://localhost:{port}/x")),
        Do::SendOn("https://169.254.169.254/latest/meta-data".to_owned()),
        Do::SendOn(inside.url()),
    ];
    let shop = Shop::open(&world, script).await;
    let urls: Vec<String> = (0..4).map(|number| shop.at(&format!("/{number}"))).collect();
    shop.sent("new", &urls).await;
    world.file_runner(guarded(&shop.server)).drain().await.expect("the worker runs");
    let files = shop.files().await;
    for file in &files {
        let words = file["words"].as_str().unwrap_or_default();
        assert!(file["state"] == "failed" && words.contains("is not reached"), "{file}");
    }
    assert_eq!((files.len(), shop.server.seen().len(), inside.seen().len()), (4, 4, 0));
}

async fn nobody_is_sent_on_for_ever(world: Arc<World>) {
    let shop = Shop::open(&world, vec![Do::SendOn("/again".to_owned())]).await;
    shop.sent("new", &[shop.at("/cup.gif")]).await;
    shop.fetch().await;
    let (state, words) = shop.state().await;
    assert!(state == "failed" && words.contains("more than 5 times"), "{state} {words}");
    assert_eq!(shop.server.seen().len(), 6);
}
