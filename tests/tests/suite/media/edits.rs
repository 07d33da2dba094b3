//! Edits that bring other files, and messages that are taken back.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use throughline_test_servers::http::Do;
use throughline_tests::{World, on_both};

use super::{GIF, Shop, file, line};

on_both!(
    an_edit_brings_another_file_and_keeps_the_earlier_one,
    a_file_that_is_only_named_anew_stays_one,
    an_edit_while_a_file_is_fetched_is_not_lost,
    what_is_taken_back_takes_its_files_along,
    what_is_taken_back_while_it_is_fetched_does_not_come_back,
);

async fn an_edit_brings_another_file_and_keeps_the_earlier_one(world: Arc<World>) {
    let shop = Shop::open(&world, vec![file(GIF), file("another")]).await;
    shop.sent("new", &[shop.at("/1")]).await;
    shop.fetch().await;
    world.clock.advance(5);
    shop.sent("edit", &[shop.at("/2")]).await;
    assert_eq!(shop.attachments().await.len(), 1, "the earlier one is not lost meanwhile");
    shop.fetch().await;
    let (files, all) = (shop.files().await, shop.attachments().await);
    let shown: Vec<(&Value, &Value)> =
        files.iter().map(|file| (&file["attachment"], &file["replaced"])).collect();
    assert_eq!(shown, [(&all[0]["id"], &json!(false)), (&all[1]["id"], &json!(true))]);
    assert_eq!(
        (shop.bytes(&all[0]).await, shop.bytes(&all[1]).await),
        ("another".into(), GIF.into())
    );
}

async fn a_file_that_is_only_named_anew_stays_one(world: Arc<World>) {
    let shop = Shop::open(&world, vec![file(GIF)]).await;
    shop.sent("new", &[shop.at("/1")]).await;
    shop.fetch().await;
    let before = shop.attachments().await;
    world.clock.advance(5);
    shop.sent("edit", &[shop.at("/1?signed=anew")]).await;
    shop.fetch().await;
    assert_eq!(shop.attachments().await, before);
    let files = shop.files().await;
    assert_eq!((files.len(), &files[0]["replaced"]), (1, &json!(false)), "{files:?}");
    assert_eq!((shop.bytes(&before[0]).await.as_str(), shop.server.seen().len()), (GIF, 2));
}

async fn an_edit_while_a_file_is_fetched_is_not_lost(world: Arc<World>) {
    let slow = Do::SayLate(Duration::from_millis(700), "200 OK", GIF.to_owned());
    let shop = Shop::open(&world, vec![slow, file("another")]).await;
    shop.sent("new", &[shop.at("/1")]).await;
    let edit = async {
        shop.until_seen(1).await;
        world.clock.advance(5);
        shop.sent("edit", &[shop.at("/2")]).await;
    };
    let (fetched, ()) = tokio::join!(shop.runner.drain(), edit);
    fetched.expect("the worker runs");
    shop.fetch().await;
    let [one] = shop.attachments().await.try_into().expect("one");
    assert_eq!(shop.bytes(&one).await, "another");
    assert_eq!(line(&shop.server.seen()[1]), "GET /2");
    assert!(!shop.holds(GIF), "nobody names what came too late");
}

async fn what_is_taken_back_takes_its_files_along(world: Arc<World>) {
    let shop = Shop::open(&world, vec![file(GIF)]).await;
    shop.sent("new", &[shop.at("/1")]).await;
    shop.fetch().await;
    let [one] = shop.attachments().await.try_into().expect("one");
    assert!(shop.holds(GIF));
    world.clock.advance(5);
    shop.sent("deletion", &[]).await;
    assert_eq!((shop.attachments().await.len(), shop.files().await.len()), (0, 0));
    let path = format!("/attachments/{}", crate::channels::bot::text(&one["id"]));
    shop.admin.get(&path).await.problem(404, "not_found");
    throughline_app::timeline::purge_blobs(&world.app).await.expect("purged");
    assert!(!shop.holds(GIF));
    shop.act("files/retry", Value::Null).await.problem(409, "no_file_missing");
}

async fn what_is_taken_back_while_it_is_fetched_does_not_come_back(world: Arc<World>) {
    let slow = Do::SayLate(Duration::from_millis(700), "200 OK", GIF.to_owned());
    let shop = Shop::open(&world, vec![slow]).await;
    shop.sent("new", &[shop.at("/1")]).await;
    let deletion = async {
        shop.until_seen(1).await;
        world.clock.advance(5);
        shop.sent("deletion", &[]).await;
    };
    let (fetched, ()) = tokio::join!(shop.runner.drain(), deletion);
    fetched.expect("the worker runs");
    assert_eq!((shop.attachments().await.len(), shop.files().await.len()), (0, 0));
    assert!(!shop.holds(GIF));
}
