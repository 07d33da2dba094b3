//! Reconciling: what the mailbox holds and we do not is counted, listed and fetched.

use std::sync::Arc;

use throughline_app::mailboxes;
use throughline_core::actor::{Actor, Scope};
use throughline_tests::{World, on_both};
use throughline_worker::mailboxes::{fetch_missing, reconcile};

use super::kit::{self, USER, access, deliveries, dovecot, letter, set_up};

on_both!(
    what_the_mailbox_holds_and_we_do_not_is_counted_and_fetched,
    a_folder_that_cannot_be_opened_is_reported_and_the_others_are_compared,
    the_status_of_mailboxes_is_for_admins,
);

async fn what_the_mailbox_holds_and_we_do_not_is_counted_and_fetched(world: Arc<World>) {
    let Some(server) = dovecot() else { return };
    let mark = |incoming: &mut kit::IncomingMail| incoming.after = kit::AfterRecording::MarkSeen;
    let inbox = set_up(&world, "support@throughline.example", server.plain(), mark).await;
    (1..=120).for_each(|n| server.deliver(USER, &letter(n)));
    let check = reconcile(&access(), &world.app, inbox).await.expect("a set-up").remove(0);
    assert_eq!(check.folder, "INBOX");
    let check = check.found.expect("a connection");
    assert_eq!((check.in_mailbox, check.recorded), (120, 0));
    assert_eq!(check.missing, (1..=120).collect::<Vec<u32>>());
    // The same bytes came another way before.
    let text = String::from_utf8(letter(7)).expect("text").replace("\r\n", "\n");
    world.record(&text).await;

    let fetched = fetch_missing(&access(), &world.app, inbox).await.expect("a set-up").remove(0);
    let fetched = fetched.found.expect("a connection");
    assert_eq!((fetched.fetched, fetched.fresh, fetched.failed.len()), (120, 119, 0));
    assert_eq!(deliveries(&world, inbox).await, 120);
    let check = reconcile(&access(), &world.app, inbox).await.expect("a set-up").remove(0);
    let check = check.found.expect("a connection");
    assert_eq!((check.in_mailbox, check.recorded, check.missing.len()), (120, 120, 0));
    let again = fetch_missing(&access(), &world.app, inbox).await.expect("a set-up").remove(0);
    assert_eq!(again.found.expect("a connection").fetched, 0);
    assert!(!server.flags(USER, "INBOX").iter().any(|line| line.contains("Seen")));
}

async fn a_folder_that_cannot_be_opened_is_reported_and_the_others_are_compared(world: Arc<World>) {
    let Some(server) = dovecot() else { return };
    let more = |incoming: &mut kit::IncomingMail| incoming.folders.insert(0, "Nowhere".to_owned());
    let inbox = set_up(&world, "a@throughline.example", server.plain(), more).await;
    server.deliver(USER, &letter(1));
    let reports = reconcile(&access(), &world.app, inbox).await.expect("a set-up");
    let words = reports[0].found.as_ref().expect_err("there is none");
    assert!(words.contains("open the folder"), "{words}");
    assert_eq!(reports[1].found.as_ref().expect("a connection").in_mailbox, 1);
    let nobody = throughline_core::id::InboxId::from(12);
    let error = reconcile(&access(), &world.app, nobody).await.expect_err("no such inbox");
    assert_eq!(error.code, "not_found");
}

async fn the_status_of_mailboxes_is_for_admins(world: Arc<World>) {
    let inbox = world.inbox().await.id;
    let mut actor = Actor::system();
    assert_eq!(mailboxes::status(&world.app, &actor, inbox).await.expect("a status"), []);
    actor.scopes.retain(|scope| *scope != Scope::Admin);
    let error = mailboxes::status(&world.app, &actor, inbox).await.expect_err("no right");
    assert_eq!(error.code, "missing_right");
}
