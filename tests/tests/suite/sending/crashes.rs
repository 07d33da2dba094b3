//! What a crash in the middle does: a mail is sent at least once, and again only under its own id.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use throughline_core::id::ItemId;
use throughline_core::outgoing::Attempt;
use throughline_core::timeline::Detail;
use throughline_store::{Conn, StoreError, timeline};
use throughline_test_servers::smtp::{At, Do, Rule, Scripted};
use throughline_tests::{World, on_both};

use super::{ADA, Desk, header, settings};

on_both!(
    a_worker_that_died_after_the_server_took_the_mail_sends_it_again_under_its_id,
    an_outcome_that_is_written_is_never_repeated,
    an_outcome_that_could_not_be_written_is_remembered_and_not_sent_again,
    an_answer_that_never_comes_leads_to_another_try,
);

async fn a_worker_that_died_after_the_server_took_the_mail_sends_it_again_under_its_id(
    world: Arc<World>,
) {
    // The first answer after a mail never comes: the worker is dropped while it waits for it.
    let server = Scripted::start(vec![Rule::new(At::End, Do::Hang).first(1)]).await;
    let desk = Desk::new(&world, settings(server.port())).await;
    let item = desk.reply(json!({})).await;
    let dying = world.another_runner();
    tokio::select! {
        _ = dying.drain() => panic!("the server never answered"),
        () = until_taken(&server, 1) => {}
    }
    drop(dying);
    desk.act(&item, "cancel").await.problem(409, "already_sent");
    world.drain().await;
    assert_eq!(server.mails().len(), 1, "another holds it");
    world.clock.advance(31);
    world.drain().await;
    assert_eq!(server.mails().len(), 1, "its lease is over, the time of grace is not");
    world.clock.advance(121);
    world.drain().await;
    let mails = server.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(header(&mails[0], "Message-ID"), header(&mails[1], "Message-ID"));
    assert_eq!(mails[0].bytes, mails[1].bytes, "the same mail");
    assert_eq!(desk.state(&item).await, "sent");
    world.clock.advance(3_600);
    world.drain().await;
    assert_eq!(server.mails().len(), 2, "what is written as sent is never sent again");
}

async fn until_taken(server: &Scripted, count: usize) {
    while server.mails().len() < count {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

async fn an_outcome_that_is_written_is_never_repeated(world: Arc<World>) {
    let server = Scripted::start(vec![]).await;
    let desk = Desk::new(&world, settings(server.port())).await;
    let item = desk.reply(json!({})).await;
    let id: ItemId = item["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    // A worker that wrote the outcome and died before it could settle its job.
    let taken = Attempt::Taken(vec![ADA.into()]);
    throughline_app::outgoing::settle(&world.app, id, taken, None).await.expect("written");
    world.drain().await;
    assert!(server.mails().is_empty());
    assert_eq!(desk.state(&item).await, "sent");
    // A late outcome of another try changes nothing.
    let no = Attempt::Hopeless("550 no".into());
    throughline_app::outgoing::settle(&world.app, id, no, None).await.expect("no failure");
    assert_eq!(desk.state(&item).await, "sent");
}

async fn an_answer_that_never_comes_leads_to_another_try(world: Arc<World>) {
    let server = Scripted::start(vec![Rule::new(At::End, Do::Close).first(1)]).await;
    let desk = Desk::new(&world, settings(server.port())).await;
    let item = desk.reply(json!({})).await;
    world.drain().await;
    assert_eq!(desk.state(&item).await, "deferred");
    assert!(desk.words(&item).await.starts_with("whether the server took it is not known"));
    world.clock.advance(15 * 60);
    world.drain().await;
    let mails = server.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(header(&mails[0], "Message-ID"), header(&mails[1], "Message-ID"));
    assert_eq!(desk.state(&item).await, "sent");
}

async fn an_outcome_that_could_not_be_written_is_remembered_and_not_sent_again(world: Arc<World>) {
    let late = Do::AnswerLate(Duration::from_millis(400), "250 taken".into());
    let server = Scripted::start(vec![Rule::new(At::End, late).first(1)]).await;
    let desk = Desk::new(&world, settings(server.port())).await;
    let item = desk.reply(json!({})).await;
    let id: ItemId = item["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    let read = move |conn: &mut Conn| timeline::hold(conn, id);
    let stored: Result<_, StoreError> = world.app.store().write(read).await;
    let stored = stored.expect("read").expect("an item").detail;
    // While the server thinks, the item becomes unreadable, so that nothing can be written of it.
    let spoil = async {
        until_taken(&server, 1).await;
        set(&world, id, Detail::Change { changes: Vec::new() }).await;
    };
    let (drained, ()) = tokio::join!(world.runner.drain(), spoil);
    drained.expect("the worker runs");
    world.clock.advance(200);
    world.drain().await;
    set(&world, id, stored).await;
    world.clock.advance(3);
    world.drain().await;
    assert_eq!(server.mails().len(), 1, "it was not sent again");
    assert_eq!(desk.state(&item).await, "sent");
}

async fn set(world: &World, id: ItemId, detail: Detail) {
    let write = move |conn: &mut Conn| timeline::set_detail(conn, id, &detail);
    let written: Result<(), StoreError> = world.app.store().write(write).await;
    written.expect("written");
}
