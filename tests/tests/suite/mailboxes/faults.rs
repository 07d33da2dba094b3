//! Whatever fails while mail comes in: nothing is lost and nothing is doubled.

use std::sync::Arc;
use std::time::Duration;

use throughline_core::id::InboxId;
use throughline_store::DatabaseUrl;
use throughline_tests::{World, on_both};
use throughline_worker::mailboxes::reconcile;

use super::kit::{
    self, Run, USER, access, deliveries, dovecot, letter, seen, set_up, soon, status, tickets,
};

on_both!(
    a_server_that_is_killed_and_comes_back_loses_and_doubles_nothing,
    a_connection_that_the_server_ends_is_opened_again,
    a_poller_that_is_cut_off_again_and_again_loses_and_doubles_nothing,
    another_uidvalidity_doubles_nothing,
    an_inbox_that_is_emptied_and_begins_anew_is_followed_on,
    a_disk_that_is_full_for_a_while_loses_and_doubles_nothing,
    a_database_that_is_away_for_a_while_loses_and_doubles_nothing,
);

/// All that the mailbox holds is recorded.
async fn reconciled(world: &World, inbox: InboxId, count: usize) {
    let report = reconcile(&access(), &world.app, inbox).await.expect("a set-up").remove(0);
    let check = report.found.expect("a connection");
    assert_eq!((check.in_mailbox, check.recorded), (count, count), "{check:?}");
    assert!(check.missing.is_empty(), "{check:?}");
}

async fn a_server_that_is_killed_and_comes_back_loses_and_doubles_nothing(world: Arc<World>) {
    let Some(mut server) = dovecot() else { return };
    let small = |incoming: &mut kit::IncomingMail| incoming.poll_seconds = 1;
    let inbox = set_up(&world, "a@throughline.example", server.plain(), small).await;
    let limits = kit::Limits { batch_messages: 5, ..kit::Limits::default() };
    (1..=30).for_each(|n| server.deliver(USER, &letter(n)));
    let _run = Run::with(&world, kit::Settings { limits, ..kit::settings() });
    soon("some are recorded", async || deliveries(&world, inbox).await > 0).await;
    server.kill();
    (31..=40).for_each(|n| server.deliver(USER, &letter(n)));
    soon("the failure is noted", async || {
        kit::folders(&world, inbox).await[0].last_error.is_some()
    })
    .await;
    server.restart();
    soon("all are seen", async || seen(&world, inbox).await == 40).await;
    server.kill();
    server.restart();
    server.deliver(USER, &letter(41));
    soon("all tickets", async || tickets(&world).await == 41).await;
    assert_eq!(deliveries(&world, inbox).await, 41);
    reconciled(&world, inbox, 41).await;
    soon("the failure is over", async || {
        let folder = status(&world, inbox).await.expect("a folder");
        (folder.failures, folder.last_error, folder.failing_since) == (0, None, None)
    })
    .await;
}

async fn a_connection_that_the_server_ends_is_opened_again(world: Arc<World>) {
    let Some(server) = dovecot() else { return };
    let inbox = set_up(&world, "a@throughline.example", server.plain(), |_| {}).await;
    let _run = Run::start(&world);
    for n in 1..=3 {
        soon("it is connected", async || server.sessions(USER) == 1).await;
        server.kick(USER);
        server.deliver(USER, &letter(n));
        soon("the ticket", async || tickets(&world).await == n).await;
    }
    assert_eq!(deliveries(&world, inbox).await, 3);
}

async fn a_poller_that_is_cut_off_again_and_again_loses_and_doubles_nothing(world: Arc<World>) {
    let Some(server) = dovecot() else { return };
    let mark = |incoming: &mut kit::IncomingMail| incoming.after = kit::AfterRecording::MarkSeen;
    let inbox = set_up(&world, "a@throughline.example", server.plain(), mark).await;
    let limits = kit::Limits { batch_messages: 3, ..kit::Limits::default() };
    for round in 0..12_u64 {
        let first = usize::try_from(round).expect("small") * 5 + 1;
        (first..first + 5).for_each(|n| server.deliver(USER, &letter(n)));
        let run = Run::with(&world, kit::Settings { limits, ..kit::settings() });
        // Another moment each time: while it connects, fetches, records, marks or waits.
        tokio::time::sleep(Duration::from_millis(15 + 23 * round)).await;
        run.cut_off().await;
        // What it held is free when its claims have run out.
        world.clock.advance(61);
    }
    let _run = Run::start(&world);
    soon("all tickets", async || tickets(&world).await == 60).await;
    assert_eq!((deliveries(&world, inbox).await, seen(&world, inbox).await), (60, 60));
    reconciled(&world, inbox, 60).await;
    soon("all are marked", async || {
        let flags = server.flags(USER, "INBOX");
        flags.iter().filter(|line| line.contains("Seen")).count() == 60
    })
    .await;
}

async fn another_uidvalidity_doubles_nothing(world: Arc<World>) {
    let Some(server) = dovecot() else { return };
    let mark = |incoming: &mut kit::IncomingMail| {
        incoming.after = kit::AfterRecording::MarkSeen;
        incoming.poll_seconds = 1;
    };
    let inbox = set_up(&world, "a@throughline.example", server.plain(), mark).await;
    (1..=5).for_each(|n| server.deliver(USER, &letter(n)));
    let _run = Run::start(&world);
    soon("the tickets", async || tickets(&world).await == 5).await;
    server.set_uid_validity(USER, 424_242);
    server.deliver(USER, &letter(6));
    soon("the folder began anew", async || seen(&world, inbox).await == 11).await;
    soon("the new ticket", async || tickets(&world).await == 6).await;
    assert_eq!(deliveries(&world, inbox).await, 6, "the same bytes are one delivery");
    let folder = status(&world, inbox).await.expect("a folder");
    assert_eq!(folder.cursor.expect("a cursor").uid_validity, 424_242);
    soon("nothing is pending", async || {
        status(&world, inbox).await.expect("a folder").counts.pending == 0
    })
    .await;
    reconciled(&world, inbox, 6).await;
}

async fn an_inbox_that_is_emptied_and_begins_anew_is_followed_on(world: Arc<World>) {
    let Some(server) = dovecot() else { return };
    let delete = |incoming: &mut kit::IncomingMail| {
        incoming.after = kit::AfterRecording::Delete;
        incoming.poll_seconds = 1;
    };
    let inbox = set_up(&world, "a@throughline.example", server.plain(), delete).await;
    (1..=3).for_each(|n| server.deliver(USER, &letter(n)));
    let _run = Run::start(&world);
    soon("all are deleted", async || server.flags(USER, "INBOX").is_empty()).await;
    server.set_uid_validity(USER, 7);
    soon("the cursor is at the new start", async || {
        let cursor = status(&world, inbox).await.and_then(|folder| folder.cursor);
        cursor.is_some_and(|cursor| cursor.uid_validity == 7)
    })
    .await;
    server.deliver(USER, &letter(4));
    soon("the tickets", async || tickets(&world).await == 4).await;
}

async fn a_disk_that_is_full_for_a_while_loses_and_doubles_nothing(world: Arc<World>) {
    let Some(server) = dovecot() else { return };
    let inbox = set_up(&world, "a@throughline.example", server.plain(), |_| {}).await;
    server.deliver(USER, &letter(1));
    let _run = Run::start(&world);
    soon("the first ticket", async || tickets(&world).await == 1).await;
    // What cannot be written to fails, whoever we are: a file where the folder was.
    let (blobs, aside) = (world.blobs(), world.blobs().with_extension("aside"));
    std::fs::rename(&blobs, &aside).expect("moves");
    std::fs::write(&blobs, b"in the way").expect("writes");
    (2..=4).for_each(|n| server.deliver(USER, &letter(n)));
    soon("the failure is told", async || {
        let folder = status(&world, inbox).await.expect("a folder");
        folder.last_error.is_some_and(|words| words.contains("could not be recorded"))
    })
    .await;
    assert_eq!(deliveries(&world, inbox).await, 1, "no row without its bytes");
    std::fs::remove_file(&blobs).expect("removes");
    std::fs::rename(&aside, &blobs).expect("moves back");
    soon("all tickets", async || tickets(&world).await == 4).await;
    assert_eq!(deliveries(&world, inbox).await, 4);
    reconciled(&world, inbox, 4).await;
}

async fn a_database_that_is_away_for_a_while_loses_and_doubles_nothing(world: Arc<World>) {
    let Some(server) = dovecot() else { return };
    let inbox = set_up(&world, "a@throughline.example", server.plain(), |_| {}).await;
    let _run = Run::start(&world);
    soon("the folder was looked at", async || status(&world, inbox).await.is_some()).await;
    let database = world.database.clone();
    let (away, gone) = std::sync::mpsc::channel();
    let outage = std::thread::spawn(move || take_away(&database, &away));
    gone.recv().expect("the outage begins");
    (1..=5).for_each(|n| server.deliver(USER, &letter(n)));
    outage.join().expect("the outage ends");
    soon("all tickets", async || tickets(&world).await == 5).await;
    assert_eq!(deliveries(&world, inbox).await, 5);
    server.deliver(USER, &letter(6));
    soon("and one more", async || tickets(&world).await == 6).await;
    reconciled(&world, inbox, 6).await;
}

/// For longer than writers wait: SQLite's file is locked, PostgreSQL's database refuses connections
/// and has ended those it had.
fn take_away(database: &DatabaseUrl, away: &std::sync::mpsc::Sender<()>) {
    const OUTAGE: Duration = Duration::from_secs(30);
    match database {
        DatabaseUrl::Sqlite(path) => {
            let file = rusqlite::Connection::open(path).expect("a database");
            file.busy_timeout(Duration::from_secs(10)).expect("a timeout");
            file.execute_batch("BEGIN IMMEDIATE").expect("the lock");
            away.send(()).expect("somebody waits");
            std::thread::sleep(OUTAGE);
            file.execute_batch("ROLLBACK").expect("lets go");
        }
        DatabaseUrl::Postgres(url) => {
            let (_, name) = url.rsplit_once('/').expect("a name");
            let server = std::env::var("THROUGHLINE_TEST_POSTGRES").expect("a server");
            let mut client = postgres::Client::connect(&server, postgres::NoTls).expect("connects");
            let allow = |yes: bool| format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {yes}");
            client.batch_execute(&allow(false)).expect("refuses new ones");
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
            client.query(end, &[&name]).expect("ends the old ones");
            away.send(()).expect("somebody waits");
            std::thread::sleep(OUTAGE);
            client.batch_execute(&allow(true)).expect("allows them again");
        }
    }
}
