//! What is taken out of a message, or erased with its customer, does not come back with a file.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use throughline_test_servers::http::Do;
use throughline_tests::{World, on_both};

use super::{GIF, Shop, file};
use crate::channels::bot::{items, text};

on_both!(
    what_was_taken_out_before_is_not_fetched,
    what_is_taken_out_while_it_is_fetched_does_not_come,
    files_taken_out_while_they_are_fetched_do_not_come,
    files_stay_where_only_words_are_taken_out,
    an_erased_customer_leaves_no_file,
    one_who_is_erased_while_his_file_is_fetched_leaves_none,
);

fn slow() -> Do {
    Do::SayLate(Duration::from_millis(700), "200 OK", GIF.to_owned())
}

async fn what_was_taken_out_before_is_not_fetched(world: Arc<World>) {
    let shop = Shop::open(&world, vec![file(GIF)]).await;
    shop.sent("new", &[shop.at("/1")]).await;
    shop.act("redact", json!({ "reason": "a passport" })).await.good();
    shop.fetch().await;
    assert!(shop.server.seen().is_empty());
    assert_eq!(shop.item().await["message"], Value::Null);
    shop.act("files/retry", Value::Null).await.problem(409, "no_file_missing");
}

async fn what_is_taken_out_while_it_is_fetched_does_not_come(world: Arc<World>) {
    let after = taken_out_meanwhile(&world, json!({ "reason": "a passport" })).await;
    assert_eq!(after["message"], Value::Null);
}

async fn files_taken_out_while_they_are_fetched_do_not_come(world: Arc<World>) {
    let what = json!({ "reason": "a passport", "ranges": [{ "start": 0, "end": 2 }],
        "attachments": true });
    let after = taken_out_meanwhile(&world, what).await;
    assert_eq!(after["message"]["attachments"], json!([]));
    assert_eq!(after["message"]["platform"]["files"], json!([]));
}

/// The only message after something was taken out of it while its file was on the way.
async fn taken_out_meanwhile(world: &Arc<World>, what: Value) -> Value {
    let shop = Shop::open(world, vec![slow()]).await;
    shop.sent("new", &[shop.at("/1")]).await;
    let redact = async {
        shop.until_seen(1).await;
        shop.act("redact", what).await.good();
    };
    let (fetched, ()) = tokio::join!(shop.runner.drain(), redact);
    fetched.expect("the worker runs");
    assert!(!shop.holds(GIF), "nobody names what came too late");
    shop.item().await
}

async fn files_stay_where_only_words_are_taken_out(world: Arc<World>) {
    let shop = Shop::open(&world, vec![file(GIF)]).await;
    shop.sent("new", &[shop.at("/1")]).await;
    let part = json!({ "reason": "a name", "ranges": [{ "start": 0, "end": 2 }] });
    shop.act("redact", part).await.good();
    shop.fetch().await;
    assert_eq!(shop.attachments().await.len(), 1);
    assert_eq!(shop.item().await["body"], "██ broke");
}

async fn erase(shop: &Shop) {
    let customers = shop.admin.get("/customers").await.good();
    let id = text(&items(&customers)[0]["id"]).to_owned();
    let erase = json!({ "reason": "asked for", "confirm": id });
    shop.admin.post(&format!("/customers/{id}/erase"), erase).await.good();
}

async fn an_erased_customer_leaves_no_file(world: Arc<World>) {
    let shop = Shop::open(&world, vec![file(GIF)]).await;
    shop.sent("new", &[shop.at("/1"), shop.at("/2")]).await;
    shop.fetch().await;
    let [one, _] = shop.attachments().await.try_into().expect("two");
    assert!(shop.holds(GIF));
    erase(&shop).await;
    assert!(!shop.holds(GIF));
    let path = format!("/attachments/{}", text(&one["id"]));
    shop.admin.get(&path).await.problem(404, "not_found");
}

async fn one_who_is_erased_while_his_file_is_fetched_leaves_none(world: Arc<World>) {
    let shop = Shop::open(&world, vec![slow()]).await;
    shop.sent("new", &[shop.at("/1")]).await;
    let erasing = async {
        shop.until_seen(1).await;
        erase(&shop).await;
    };
    let (fetched, ()) = tokio::join!(shop.runner.drain(), erasing);
    fetched.expect("the worker runs");
    assert!(!shop.holds(GIF));
    let customers = shop.admin.get("/customers").await.good();
    assert!(items(&customers).is_empty(), "{customers}");
    // Nothing is left to be done, and nothing has failed.
    shop.after(86_400).await;
    assert_eq!(shop.server.seen().len(), 1);
}
