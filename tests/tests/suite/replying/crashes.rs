//! What a crash in the middle does: nothing is sent twice by itself.

use std::sync::Arc;
use std::time::Duration;

use throughline_core::id::ItemId;
use throughline_core::timeline::Detail;
use throughline_store::{Conn, StoreError, timeline};
use throughline_test_servers::http::Do;
use throughline_tests::{World, on_both};

use super::{Desk, body, taken, taken_body};
use crate::channels::bot::text;

on_both!(
    what_was_taken_before_a_crash_is_known_after_it,
    a_try_that_died_in_the_middle_is_not_repeated_by_itself,
    an_answer_that_never_comes_is_not_asked_for_again,
    a_worker_that_died_between_two_parts_leaves_what_was_taken,
);

async fn until_seen(desk: &Desk, count: usize) {
    while desk.server.seen().len() < count {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn set(world: &World, id: ItemId, detail: Detail) {
    let write = move |conn: &mut Conn| timeline::set_detail(conn, id, &detail);
    let written: Result<(), StoreError> = world.app.store().write(write).await;
    written.expect("written");
}

async fn what_was_taken_before_a_crash_is_known_after_it(world: Arc<World>) {
    let late = Do::SayLate(Duration::from_millis(400), "200 OK", taken_body(77));
    let desk = Desk::telegram(&world, vec![late, taken(78)]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("journal");
    let item = desk.reply("once").await;
    let id: ItemId = text(&item["id"]).parse().expect("an id");
    let read = move |conn: &mut Conn| timeline::hold(conn, id);
    let stored: Result<_, StoreError> = world.app.store().write(read).await;
    let stored = stored.expect("read").expect("an item").detail;
    world.clock.advance(6);
    // While the platform thinks, the item becomes unreadable, so that nothing can be written of it; then
    // the worker dies.
    let dying = desk.with_journal(&journal);
    let spoil = async {
        until_seen(&desk, 1).await;
        set(&world, id, Detail::Change { changes: Vec::new() }).await;
    };
    let (drained, ()) = tokio::join!(dying.drain(), spoil);
    drained.expect("the worker runs");
    drop(dying);
    set(&world, id, stored).await;
    world.clock.advance(600);
    desk.with_journal(&journal).drain().await.expect("the worker runs");
    assert_eq!(desk.state(&item).await.0, "sent");
    assert_eq!(desk.server.seen().len(), 1, "it was not sent again");
    let shown = desk.item(&item).await;
    assert!(text(&shown["message"]["platform"]["object"]).ends_with(":77"), "{shown}");
}

async fn a_try_that_died_in_the_middle_is_not_repeated_by_itself(world: Arc<World>) {
    let desk = Desk::telegram(&world, vec![Do::Wait, taken(78)]).await;
    let item = desk.reply("perhaps").await;
    world.clock.advance(6);
    let dying = world.chat_runner(&desk.server.url(), None);
    tokio::select! {
        _ = dying.drain() => panic!("the platform never answered"),
        () = until_seen(&desk, 1) => {}
    }
    drop(dying);
    desk.act(&item, "cancel").await.problem(409, "already_sent");
    desk.after(60).await;
    assert_eq!(desk.state(&item).await.0, "queued", "the time of grace is not over");
    desk.after(121).await;
    desk.after(3_600).await;
    let (state, words) = desk.state(&item).await;
    assert_eq!((state.as_str(), desk.server.seen().len()), ("failed", 1));
    assert!(words.starts_with("it may have arrived; look there"), "{words}");
    desk.act(&item, "retry").await.good();
    desk.after(1).await;
    assert_eq!((desk.state(&item).await.0.as_str(), desk.server.seen().len()), ("sent", 2));
}

async fn an_answer_that_never_comes_is_not_asked_for_again(world: Arc<World>) {
    let desk = Desk::telegram(&world, vec![Do::Cut, taken(78)]).await;
    let item = desk.reply("perhaps").await;
    desk.after(6).await;
    let (state, words) = desk.state(&item).await;
    assert!(state == "failed" && words.starts_with("it may have arrived"), "{state} {words}");
    desk.after(7 * 24 * 3_600).await;
    assert_eq!(desk.server.seen().len(), 1);
}

async fn a_worker_that_died_between_two_parts_leaves_what_was_taken(world: Arc<World>) {
    let desk = Desk::telegram(&world, vec![taken(77), Do::Wait, taken(78)]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("journal");
    let parts = ["a", "b"].map(|letter| letter.repeat(4_000));
    let item = desk.reply(&parts.join("\n\n")).await;
    world.clock.advance(6);
    let dying = desk.with_journal(&journal);
    tokio::select! {
        _ = dying.drain() => panic!("the platform never answered"),
        () = until_seen(&desk, 2) => {}
    }
    drop(dying);
    world.clock.advance(600);
    let next = desk.with_journal(&journal);
    next.drain().await.expect("the worker runs");
    let (state, words) = desk.state(&item).await;
    assert!(state == "failed" && words.starts_with("it may have arrived"), "{state} {words}");
    let shown = desk.item(&item).await;
    assert!(text(&shown["message"]["platform"]["object"]).ends_with(":77"), "{shown}");
    desk.act(&item, "retry").await.good();
    next.drain().await.expect("the worker runs");
    let seen = desk.server.seen();
    let sent: Vec<_> = seen.iter().map(|one| text(&body(one)["text"]).to_owned()).collect();
    assert_eq!(sent, [&parts[0], &parts[1], &parts[1]].map(Clone::clone), "the first went once");
    assert_eq!(desk.state(&item).await.0, "sent");
}
