//! Workers that die in the middle, and two at once: each file becomes one attachment.

use std::sync::Arc;
use std::time::Duration;

use throughline_test_servers::http::Do;
use throughline_tests::{World, on_both};

use super::{GIF, Shop, access, file, line};

on_both!(
    a_worker_that_dies_loses_the_file_that_it_was_at_and_no_other,
    two_workers_at_one_file_make_one_attachment,
    a_slow_inbox_leaves_room_for_others,
);

async fn a_worker_that_dies_loses_the_file_that_it_was_at_and_no_other(world: Arc<World>) {
    let shop = Shop::open(&world, vec![file(GIF), Do::Wait, file("second")]).await;
    shop.sent("new", &[shop.at("/1"), shop.at("/2")]).await;
    let dying = world.file_runner(access(&shop.server));
    tokio::select! {
        _ = dying.drain() => panic!("the platform never answered"),
        () = shop.until_seen(2) => {}
    }
    drop(dying);
    let files = shop.files().await;
    assert_eq!((&files[0]["state"], &files[1]["state"]), (&"fetched".into(), &"waiting".into()));
    shop.fetch().await;
    assert_eq!(shop.server.seen().len(), 2, "its lease is not over");
    shop.after(31).await;
    let seen = shop.server.seen();
    let lines: Vec<&str> = seen.iter().map(|request| line(request)).collect();
    assert_eq!(lines, ["GET /1", "GET /2", "GET /2"]);
    let all = shop.attachments().await;
    assert_eq!(all.len(), 2);
    assert_eq!(
        (shop.bytes(&all[0]).await, shop.bytes(&all[1]).await),
        (GIF.into(), "second".into())
    );
    assert_eq!(shop.changes().await, 2);
}

async fn two_workers_at_one_file_make_one_attachment(world: Arc<World>) {
    let slow = Do::SayLate(Duration::from_millis(700), "200 OK", GIF.to_owned());
    let shop = Shop::open(&world, vec![slow, file(GIF)]).await;
    shop.sent("new", &[shop.at("/cup.gif")]).await;
    let other = world.file_runner(access(&shop.server));
    let second = async {
        shop.until_seen(1).await;
        world.clock.advance(31);
        other.drain().await
    };
    let (first, second) = tokio::join!(shop.runner.drain(), second);
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(shop.server.seen().len(), 2);
    let [one] = shop.attachments().await.try_into().expect("one");
    assert_eq!((shop.bytes(&one).await.as_str(), shop.changes().await), (GIF, 1));
    throughline_app::timeline::purge_blobs(&world.app).await.expect("purged");
    assert!(shop.holds(GIF), "it is named by the one that was first");
}

async fn a_slow_inbox_leaves_room_for_others(world: Arc<World>) {
    let shop = Shop::open(&world, vec![Do::Wait]).await;
    for number in 0..7 {
        let message = serde_json::json!({
            "id": format!("m-{number}"), "conversation": "c-1", "text": "It broke", "kind": "new",
            "email": "elif@example.com", "files": [{ "url": shop.at(&format!("/{number}")) }]
        });
        shop.told(&message.to_string()).await;
    }
    let settled = tokio::time::timeout(Duration::from_millis(1_500), shop.runner.drain()).await;
    assert!(settled.is_err(), "the platform never answers");
    assert_eq!(shop.server.seen().len(), 4, "of one inbox four at a time");
}
