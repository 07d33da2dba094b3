//! What is done on the server after recording: only to what is recorded, and also after a crash.

use std::sync::Arc;

use throughline_app::mailboxes::{self, FolderCursor, FolderKey, Message};
use throughline_core::id::InboxId;
use throughline_test_servers::dovecot::Dovecot;
use throughline_tests::{World, on_both};

use super::kit::{
    self, AfterRecording, IncomingMail, LOOK, Run, USER, deliveries, dovecot, letter, set_up, soon,
    tickets,
};

on_both!(
    recorded_mail_is_marked_as_seen,
    recorded_mail_is_moved_and_is_no_second_ticket_where_it_is_moved_to,
    recorded_mail_is_deleted_and_kept_here,
    what_a_crash_left_undone_is_done_at_the_next_connection,
    what_is_not_wanted_any_more_is_not_done_after_a_crash,
    who_has_lost_a_folder_records_nothing_in_it,
    a_folder_that_is_not_there_keeps_mail_from_being_moved_and_not_from_being_fetched,
);

fn with(after: AfterRecording) -> impl FnOnce(&mut IncomingMail) {
    move |incoming| incoming.after = after
}

fn seen_flags(server: &Dovecot, mailbox: &str) -> usize {
    server.flags(USER, mailbox).iter().filter(|line| line.contains("Seen")).count()
}

/// Nothing is left to be done.
async fn nothing_pending(world: &World, inbox: InboxId) -> bool {
    kit::folders(world, inbox).await.iter().all(|folder| folder.counts.pending == 0)
}

async fn recorded_mail_is_marked_as_seen(world: Arc<World>) {
    let Some(server) = dovecot() else { return };
    server.deliver(USER, &letter(1));
    let address = "a@throughline.example";
    let inbox = set_up(&world, address, server.plain(), with(AfterRecording::MarkSeen)).await;
    let _run = Run::start(&world);
    soon("the first is marked", async || seen_flags(&server, "INBOX") == 1).await;
    server.deliver(USER, &letter(2));
    soon("the second is marked", async || seen_flags(&server, "INBOX") == 2).await;
    soon("both tickets", async || tickets(&world).await == 2).await;
    soon("nothing is pending", async || nothing_pending(&world, inbox).await).await;
}

async fn recorded_mail_is_moved_and_is_no_second_ticket_where_it_is_moved_to(world: Arc<World>) {
    let Some(server) = dovecot() else { return };
    server.make_mailbox(USER, "Gelöst");
    (1..=3).for_each(|n| server.deliver(USER, &letter(n)));
    let moved = |incoming: &mut IncomingMail| {
        incoming.after = AfterRecording::Move;
        incoming.move_to = Some("Gelöst".to_owned());
        incoming.folders.push("Gelöst".to_owned());
    };
    let inbox = set_up(&world, "a@throughline.example", server.plain(), moved).await;
    let _run = Run::start(&world);
    soon("all are moved", async || server.flags(USER, "INBOX").is_empty()).await;
    soon("all are seen twice", async || kit::seen(&world, inbox).await == 6).await;
    soon("the tickets", async || tickets(&world).await == 3).await;
    assert_eq!(server.flags(USER, "Gelöst").len(), 3, "there they stay");
    assert_eq!(deliveries(&world, inbox).await, 3);
    assert!(nothing_pending(&world, inbox).await);
}

async fn recorded_mail_is_deleted_and_kept_here(world: Arc<World>) {
    let Some(server) = dovecot() else { return };
    let address = "a@throughline.example";
    let inbox = set_up(&world, address, server.plain(), with(AfterRecording::Delete)).await;
    (1..=3).for_each(|n| server.deliver(USER, &letter(n)));
    let _run = Run::start(&world);
    soon("all are deleted", async || server.flags(USER, "INBOX").is_empty()).await;
    soon("the tickets", async || tickets(&world).await == 3).await;
    let newest = kit::ledger(&world, inbox).await.remove(0);
    let kept = world.app.store().blobs().get(&newest.blob).await.expect("the bytes");
    assert!((1..=3).any(|n| kept == letter(n)), "as they came");
}

/// Records what stands in the folder as the poller does, and dies before it does anything else.
async fn record_and_die(world: &World, inbox: InboxId, after: AfterRecording, n: usize) {
    let key = FolderKey { inbox, folder: "INBOX".to_owned() };
    let lease = std::time::Duration::from_secs(1);
    let claimed = mailboxes::claim(&world.app, key, lease).await.expect("claims");
    let (claim, cursor) = claimed.expect("nobody else follows it");
    assert_eq!(cursor, None);
    let uid_validity = kit::uid_validity(world, inbox).await;
    let message = |uid: usize| Message {
        uid: u32::try_from(uid).expect("small"),
        uid_validity,
        received_at: None,
        bytes: letter(uid),
        full_size: None,
    };
    let cursor = FolderCursor { uid_validity, last_uid: u32::try_from(n).expect("small") };
    let batch = (1..=n).map(message).collect();
    let recorded = mailboxes::record(&world.app, &claim, after, batch, cursor).await;
    let recorded = recorded.expect("records").expect("still ours");
    assert!(recorded.len() == n && recorded.iter().all(|one| one.fresh));
    // The claim of a dead worker runs out.
    world.clock.advance(2);
}

async fn what_a_crash_left_undone_is_done_at_the_next_connection(world: Arc<World>) {
    let Some(server) = dovecot() else { return };
    (1..=2).for_each(|n| server.deliver(USER, &letter(n)));
    let address = "a@throughline.example";
    let inbox = set_up(&world, address, server.plain(), with(AfterRecording::MarkSeen)).await;
    record_and_die(&world, inbox, AfterRecording::MarkSeen, 2).await;
    assert_eq!(seen_flags(&server, "INBOX"), 0);
    let _run = Run::start(&world);
    soon("they are marked", async || seen_flags(&server, "INBOX") == 2).await;
    soon("nothing is pending", async || nothing_pending(&world, inbox).await).await;
    soon("the tickets", async || tickets(&world).await == 2).await;
    assert_eq!(deliveries(&world, inbox).await, 2, "nothing came again");
}

async fn who_has_lost_a_folder_records_nothing_in_it(world: Arc<World>) {
    let inbox = world.inbox().await.id;
    let key = FolderKey { inbox, folder: "INBOX".to_owned() };
    let lease = std::time::Duration::from_secs(60);
    let claim = async || mailboxes::claim(&world.app, key.clone(), lease).await.expect("claims");
    let (first, _) = claim().await.expect("nobody follows it");
    assert!(claim().await.is_none(), "it is taken");
    world.clock.advance(50);
    assert!(mailboxes::hold(&world.app, &first, lease).await.expect("holds"));
    world.clock.advance(50);
    assert!(claim().await.is_none(), "it was renewed");
    world.clock.advance(11);
    let (second, _) = claim().await.expect("the claim has run out");
    assert!(!mailboxes::hold(&world.app, &first, lease).await.expect("asks"));
    let message = |uid: u32| Message {
        uid,
        uid_validity: 7,
        received_at: None,
        bytes: letter(1),
        full_size: None,
    };
    let record = async |claim, uid| {
        let cursor = FolderCursor { uid_validity: 7, last_uid: uid };
        let batch = vec![message(uid)];
        let after = AfterRecording::Leave;
        mailboxes::record(&world.app, claim, after, batch, cursor).await.expect("answers")
    };
    assert_eq!(record(&first, 1).await, None);
    assert_eq!(deliveries(&world, inbox).await, 0);
    assert!(record(&second, 1).await.expect("it is theirs")[0].fresh);
    assert!(!record(&second, 2).await.expect("it is theirs")[0].fresh, "the same bytes");
    mailboxes::release(&world.app, &first).await.expect("answers");
    assert!(claim().await.is_none(), "who has lost it cannot give it back");
    mailboxes::release(&world.app, &second).await.expect("gives it back");
    let (_, cursor) = claim().await.expect("it is free");
    assert_eq!(cursor, Some(FolderCursor { uid_validity: 7, last_uid: 2 }));
    assert_eq!((deliveries(&world, inbox).await, kit::seen(&world, inbox).await), (1, 2));
    world.drain().await;
}

async fn what_is_not_wanted_any_more_is_not_done_after_a_crash(world: Arc<World>) {
    let Some(server) = dovecot() else { return };
    (1..=2).for_each(|n| server.deliver(USER, &letter(n)));
    let address = "a@throughline.example";
    let inbox = set_up(&world, address, server.plain(), with(AfterRecording::Leave)).await;
    record_and_die(&world, inbox, AfterRecording::Delete, 2).await;
    let _run = Run::start(&world);
    soon("nothing is pending", async || nothing_pending(&world, inbox).await).await;
    server.deliver(USER, &letter(3));
    soon("the tickets", async || tickets(&world).await == 3).await;
    assert_eq!(server.flags(USER, "INBOX").len(), 3, "nothing was deleted");
}

async fn a_folder_that_is_not_there_keeps_mail_from_being_moved_and_not_from_being_fetched(
    world: Arc<World>,
) {
    let Some(server) = dovecot() else { return };
    let moved = |incoming: &mut IncomingMail| {
        incoming.after = AfterRecording::Move;
        incoming.move_to = Some("Nowhere".to_owned());
    };
    let inbox = set_up(&world, "a@throughline.example", server.plain(), moved).await;
    server.deliver(USER, &letter(1));
    let _run = Run::start(&world);
    soon("the first ticket", async || tickets(&world).await == 1).await;
    soon("the trouble is told", async || {
        let folder = kit::status(&world, inbox).await;
        folder.and_then(|folder| folder.last_error).is_some_and(|words| words.contains("move"))
    })
    .await;
    server.deliver(USER, &letter(2));
    let limit = std::time::Duration::from_secs(5);
    kit::within(limit, "the second ticket", async || tickets(&world).await == 2).await;
    server.make_mailbox(USER, "Nowhere");
    kit::change(&world, inbox, |_| {}).await;
    soon("both are moved", async || server.flags(USER, "INBOX").is_empty()).await;
    tokio::time::sleep(LOOK).await;
    soon("no trouble is left", async || {
        let folder = kit::status(&world, inbox).await.expect("a folder");
        (folder.last_error, folder.failing_since, folder.counts.pending) == (None, None, 0)
    })
    .await;
}
