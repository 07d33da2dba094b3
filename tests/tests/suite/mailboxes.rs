//! Mailboxes on a real server, followed by the poller with the worker beside it: what arrives is a
//! ticket soon, once, and whatever fails meanwhile.

mod after;
mod fake;
mod faults;
pub(crate) mod kit;
mod misbehaving;
mod missing;

use std::sync::Arc;
use std::time::{Duration, Instant};

use throughline_test_servers::dovecot::Options;
use throughline_tests::{World, on_both};

use kit::{Run, USER, deliveries, dovecot, dovecot_with, letter, set_up, soon, status, tickets};

on_both!(
    mail_that_arrives_is_a_ticket_within_two_seconds,
    a_server_without_idle_is_looked_at_at_intervals,
    every_folder_is_followed_and_a_mail_in_two_of_them_is_one_delivery,
    of_two_pollers_one_follows_and_the_other_takes_over,
    a_paused_inbox_is_left_alone_within_seconds,
    a_wrong_password_delays_nobody_else_and_does_not_hammer,
    a_mail_over_the_limit_is_recorded_by_its_header_with_its_full_size,
    a_mail_without_a_message_id_is_kept,
    the_time_at_which_the_server_got_a_mail_is_kept,
);

async fn mail_that_arrives_is_a_ticket_within_two_seconds(world: Arc<World>) {
    let Some(server) = dovecot() else { return };
    let inbox = set_up(&world, "a@throughline.example", server.plain(), |_| {}).await;
    let _run = Run::start(&world);
    soon("the folder was looked at", async || status(&world, inbox).await.is_some()).await;
    for n in 1..=3 {
        let delivered = Instant::now();
        server.deliver(USER, &letter(n));
        soon("the ticket", async || tickets(&world).await == n).await;
        let took = delivered.elapsed();
        assert!(took < Duration::from_secs(2), "it took {took:?}");
    }
    assert_eq!(server.sessions(USER), 1, "one connection for one folder");
}

async fn a_server_without_idle_is_looked_at_at_intervals(world: Arc<World>) {
    let without = Options { without: vec!["IDLE"], ..Options::default() };
    let Some(server) = dovecot_with(without) else { return };
    let every_second = |incoming: &mut kit::IncomingMail| incoming.poll_seconds = 1;
    let inbox = set_up(&world, "a@throughline.example", server.plain(), every_second).await;
    let _run = Run::start(&world);
    soon("the folder was looked at", async || status(&world, inbox).await.is_some()).await;
    server.deliver(USER, &letter(1));
    soon("the first ticket", async || tickets(&world).await == 1).await;
    server.deliver(USER, &letter(2));
    soon("the second ticket", async || tickets(&world).await == 2).await;
    let folder = status(&world, inbox).await.expect("a folder");
    assert_eq!((folder.failures, folder.last_error), (0, None));
}

async fn every_folder_is_followed_and_a_mail_in_two_of_them_is_one_delivery(world: Arc<World>) {
    let Some(server) = dovecot() else { return };
    server.make_mailbox(USER, "Ünlü & Söhne");
    let folders = vec!["INBOX".to_owned(), "Ünlü & Söhne".to_owned()];
    let both = |incoming: &mut kit::IncomingMail| incoming.folders = folders;
    let inbox = set_up(&world, "a@throughline.example", server.plain(), both).await;
    server.deliver(USER, &letter(1));
    server.save(USER, "Ünlü & Söhne", &letter(1));
    server.save(USER, "Ünlü & Söhne", &letter(2));
    let _run = Run::start(&world);
    soon("all is seen", async || kit::seen(&world, inbox).await == 3).await;
    soon("the tickets", async || tickets(&world).await == 2).await;
    assert_eq!(deliveries(&world, inbox).await, 2);
    server.save(USER, "Ünlü & Söhne", &letter(3));
    soon("IDLE in the second folder", async || tickets(&world).await == 3).await;
}

async fn of_two_pollers_one_follows_and_the_other_takes_over(world: Arc<World>) {
    let Some(server) = dovecot() else { return };
    let inbox = set_up(&world, "a@throughline.example", server.plain(), |_| {}).await;
    let (first, second) = (Run::start(&world), Run::start(&world));
    soon("the folder was looked at", async || status(&world, inbox).await.is_some()).await;
    server.deliver(USER, &letter(1));
    soon("the ticket", async || tickets(&world).await == 1).await;
    // Long enough for the other to have tried several times.
    tokio::time::sleep(kit::LOOK * 4).await;
    assert_eq!(server.sessions(USER), 1, "only one of them is connected");
    first.end().await;
    soon("one is connected", async || server.sessions(USER) == 1).await;
    server.deliver(USER, &letter(2));
    soon("the second ticket", async || tickets(&world).await == 2).await;
    second.end().await;
    soon("nobody is connected", async || server.sessions(USER) == 0).await;
    assert_eq!(deliveries(&world, inbox).await, 2);
}

async fn a_paused_inbox_is_left_alone_within_seconds(world: Arc<World>) {
    let Some(server) = dovecot() else { return };
    let inbox = set_up(&world, "a@throughline.example", server.plain(), |_| {}).await;
    let _run = Run::start(&world);
    soon("it is connected", async || server.sessions(USER) == 1).await;
    kit::change(&world, inbox, |settings| settings.paused = true).await;
    soon("it is not connected", async || server.sessions(USER) == 0).await;
    server.deliver(USER, &letter(1));
    tokio::time::sleep(kit::LOOK * 4).await;
    assert_eq!(deliveries(&world, inbox).await, 0);
    kit::change(&world, inbox, |settings| settings.paused = false).await;
    soon("the ticket", async || tickets(&world).await == 1).await;
}

async fn a_wrong_password_delays_nobody_else_and_does_not_hammer(world: Arc<World>) {
    let users = [(USER, "open sesame"), ("sick@example.test", "something else")];
    let users = users.map(|(name, word)| (name.to_owned(), word.to_owned())).to_vec();
    let Some(server) = dovecot_with(Options { users, ..Options::default() }) else { return };
    server.make_mailbox("sick@example.test", "More");
    let wrong = |incoming: &mut kit::IncomingMail| {
        incoming.server.user = "sick@example.test".to_owned();
        incoming.folders.push("More".to_owned());
    };
    let sick = set_up(&world, "sick@throughline.example", server.plain(), wrong).await;
    let _run = Run::start(&world);
    soon("the refusal is noted", async || {
        kit::folders(&world, sick).await.iter().any(|folder| folder.failures > 0)
    })
    .await;
    let good = set_up(&world, "a@throughline.example", server.plain(), |_| {}).await;
    server.deliver(USER, &letter(1));
    soon("the ticket", async || tickets(&world).await == 1).await;
    assert_eq!(deliveries(&world, good).await, 1);
    tokio::time::sleep(Duration::from_secs(4)).await;
    let folders = kit::folders(&world, sick).await;
    let refused: Vec<_> = folders.iter().filter(|folder| folder.failures > 0).collect();
    // Each folder may have tried before the first refusal was known.
    assert!(refused.iter().all(|folder| folder.failures == 1), "{folders:?}");
    let words = refused[0].last_error.as_deref().expect("words");
    assert!(words.contains("refuses the login"), "{words}");
    assert!(!words.contains("sesame"), "{words}");
    assert!(refused[0].failing_since.is_some() && refused[0].checked_at.is_none());
}

async fn a_mail_over_the_limit_is_recorded_by_its_header_with_its_full_size(world: Arc<World>) {
    let Some(server) = dovecot() else { return };
    let large = [letter(1), b"x".repeat(5_000)].concat();
    server.deliver(USER, &large);
    server.deliver(USER, &letter(2));
    let delete = |incoming: &mut kit::IncomingMail| incoming.after = kit::AfterRecording::Delete;
    let inbox = set_up(&world, "a@throughline.example", server.plain(), delete).await;
    let limits = kit::Limits { message: 4_000, ..kit::Limits::default() };
    let _run = Run::with(&world, kit::Settings { limits, ..kit::settings() });
    soon("both tickets", async || tickets(&world).await == 2).await;
    let client = world.admin().await;
    let ledger = client.get("/deliveries").await.good();
    let sizes: Vec<_> = ledger["items"].as_array().expect("a list").iter().collect();
    let cut = sizes.iter().find(|row| !row["full_size"].is_null()).expect("the large one");
    assert_eq!(cut["full_size"], large.len());
    assert!(cut["size"].as_i64().expect("a size") < 1_000, "{cut}");
    assert_eq!(cut["outcome"], "stored");
    soon("the small one is deleted", async || server.flags(USER, "INBOX").len() == 1).await;
    let folder = status(&world, inbox).await.expect("a folder");
    assert_eq!(folder.counts.pending, 0, "what is not wholly here is never deleted there");
}

async fn a_mail_without_a_message_id_is_kept(world: Arc<World>) {
    let Some(server) = dovecot() else { return };
    let inbox = set_up(&world, "a@throughline.example", server.plain(), |_| {}).await;
    let bare = b"From: x@example.com\r\nSubject: no id\r\n\r\nhello\r\n";
    server.deliver(USER, bare);
    server.deliver(USER, b"From: x@example.com\r\nSubject: no id\r\n\r\nanother\r\n");
    let _run = Run::start(&world);
    soon("both are stored", async || {
        throughline_app::deliveries::counts(&world.app, Some(inbox)).await.expect("counts").stored
            == 2
    })
    .await;
}

async fn the_time_at_which_the_server_got_a_mail_is_kept(world: Arc<World>) {
    let Some(server) = dovecot() else { return };
    let inbox = set_up(&world, "a@throughline.example", server.plain(), |_| {}).await;
    // The clock of the test stands years before and then years after the server's.
    world.clock.advance(-3_600 * 24 * 3_650);
    let _run = Run::start(&world);
    server.deliver(USER, &letter(1));
    soon("the first", async || deliveries(&world, inbox).await == 1).await;
    let received = async || {
        let page = kit::ledger(&world, inbox).await;
        page.into_iter().map(|row| row.received_at).collect::<Vec<_>>()
    };
    let now = world.app.now();
    let first = received().await[0];
    let apart = now.as_millis() - first.as_millis();
    assert!((0..60_000).contains(&apart), "a date in the future is not believed: {apart} ms");
    world.clock.advance(3_600 * 24 * 3_650 * 2);
    server.deliver(USER, &letter(2));
    soon("the second", async || deliveries(&world, inbox).await == 2).await;
    let newest = received().await[0];
    let apart = world.app.now().as_millis() - newest.as_millis();
    assert!(apart > 3_600_000 * 24 * 365, "the server's date is kept: {apart} ms");
}
