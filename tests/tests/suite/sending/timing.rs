//! When a reply goes: undo, schedule, pace; and that no inbox waits for another.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use throughline_app::outgoing::stop_on_answer;
use throughline_core::actor::Actor;
use throughline_core::channel::Channel;
use throughline_core::inbound::{InboundMessage, Nature};
use throughline_core::mail_settings::MailSettings;
use throughline_store::{Conn, tickets};
use throughline_test_servers::smtp::{At, Do, Rule, Scripted};
use throughline_tests::{World, on_both};
use tokio_util::sync::CancellationToken;

use super::{Desk, header, only, set_up, set_up_inbox, settings};

on_both!(
    a_reply_can_be_taken_back_within_its_time,
    a_scheduled_reply_waits_for_its_time,
    a_scheduled_reply_is_not_sent_when_the_customer_wrote_first,
    an_absence_note_does_not_stop_it,
    the_arrival_itself_stops_what_waits_for_silence,
    two_workers_send_each_reply_once,
    an_inbox_sends_no_faster_than_it_may,
    a_paused_inbox_waits,
    another_server_is_used_once_it_is_set,
    a_slow_inbox_holds_up_no_other,
);

async fn a_reply_can_be_taken_back_within_its_time(world: Arc<World>) {
    let server = Scripted::start(vec![]).await;
    let settings = MailSettings { undo_seconds: 30, ..settings(server.port()) };
    let desk = Desk::new(&world, settings).await;
    let kept = desk.reply(json!({})).await;
    let taken_back = desk.reply(json!({})).await;
    assert!(kept["message"]["sending"]["send_at"].is_string());
    world.drain().await;
    assert!(server.mails().is_empty(), "the time is not over");
    let item = desk.act(&taken_back, "cancel").await.good();
    assert_eq!(item["message"]["send_state"], "cancelled");
    desk.act(&taken_back, "cancel").await.good();
    world.clock.advance(31);
    world.drain().await;
    let (_, read) = only(&server);
    assert_eq!(desk.message(&kept).await["message_id"].as_str(), read.message_id.as_deref());
    assert_eq!(desk.state(&taken_back).await, "cancelled");
    desk.act(&kept, "cancel").await.problem(409, "already_sent");
    assert_eq!(desk.events().await.iter().filter(|kind| *kind == "message.not_sent").count(), 1);
}

async fn a_scheduled_reply_waits_for_its_time(world: Arc<World>) {
    let server = Scripted::start(vec![]).await;
    let desk = Desk::new(&world, settings(server.port())).await;
    let item = desk.reply(json!({ "send_at": "2026-11-23T09:00:00Z" })).await;
    assert_eq!(item["message"]["sending"]["send_at"], "2026-11-23T09:00:00.000000Z");
    world.clock.advance(23 * 60 * 60);
    world.drain().await;
    assert!(server.mails().is_empty());
    world.clock.advance(60 * 60);
    world.drain().await;
    only(&server);
    let path = format!("/tickets/{}/replies", desk.ticket);
    let too_far = json!({ "body": "x", "send_at": "2028-01-01T00:00:00Z" });
    let problem = desk.agent.post(&path, too_far).await.problem(422, "invalid_field");
    assert_eq!(problem["field"], "send_at");
}

async fn a_scheduled_reply_is_not_sent_when_the_customer_wrote_first(world: Arc<World>) {
    let server = Scripted::start(vec![]).await;
    let desk = Desk::new(&world, settings(server.port())).await;
    let at = json!({ "send_at": "2026-11-23T09:00:00Z", "cancel_if_answered": true });
    let item = desk.reply(at).await;
    let always = desk.reply(json!({ "send_at": "2026-11-23T09:00:00Z" })).await;
    desk.ada_writes("q2@example.com", "").await;
    world.clock.advance(25 * 60 * 60);
    world.drain().await;
    assert_eq!(desk.state(&item).await, "cancelled");
    assert_eq!(desk.words(&item).await, "the customer wrote before it was due");
    assert_eq!(desk.state(&always).await, "sent");
    only(&server);
    desk.act(&item, "retry").await.good();
    world.drain().await;
    assert_eq!(desk.state(&item).await, "sent", "who asks for it gets it");
}

async fn an_absence_note_does_not_stop_it(world: Arc<World>) {
    let server = Scripted::start(vec![]).await;
    let desk = Desk::new(&world, settings(server.port())).await;
    let at = json!({ "send_at": "2026-11-23T09:00:00Z", "cancel_if_answered": true });
    let item = desk.reply(at).await;
    desk.ada_writes("q2@example.com", "Auto-Submitted: auto-replied\n").await;
    world.clock.advance(25 * 60 * 60);
    world.drain().await;
    assert_eq!(desk.state(&item).await, "sent");
}

async fn the_arrival_itself_stops_what_waits_for_silence(world: Arc<World>) {
    let server = Scripted::start(vec![]).await;
    let desk = Desk::new(&world, settings(server.port())).await;
    let at = json!({ "send_at": "2026-11-23T09:00:00Z", "cancel_if_answered": true });
    let item = desk.reply(at).await;
    let stopped = |nature| {
        let (app, id) = (world.app.clone(), desk.ticket.parse().expect("an id"));
        let write = move |conn: &mut Conn| {
            let ticket = tickets::get(conn, &Actor::system(), id)?.expect("a ticket");
            let message = InboundMessage { nature, ..InboundMessage::default() };
            stop_on_answer(&app, conn, &ticket, &message, app.now())
        };
        let store = world.app.store().clone();
        async move { store.write(write).await.expect("decided") }
    };
    assert_eq!(stopped(Nature::AutoReply).await, 0);
    assert_eq!(desk.state(&item).await, "queued");
    assert_eq!(stopped(Nature::Personal).await, 1);
    assert_eq!(desk.state(&item).await, "cancelled");
    assert_eq!(stopped(Nature::Personal).await, 0, "once");
    let counts = throughline_app::jobs::counts(&world.app).await.expect("counts");
    assert!(counts.iter().all(|kind| kind.queued == 0), "its job is gone: {counts:?}");
}

async fn two_workers_send_each_reply_once(world: Arc<World>) {
    let server = Scripted::start(vec![]).await;
    let desk = Desk::new(&world, settings(server.port())).await;
    for _ in 0..20 {
        desk.reply(json!({})).await;
    }
    let (a, b) = (world.another_runner(), world.another_runner());
    for _ in 0..10 {
        let (a, b) = tokio::join!(a.drain(), b.drain());
        a.and(b).expect("both run");
        world.clock.advance(2);
    }
    let mut ids: Vec<_> =
        server.mails().iter().map(|mail| header(mail, "Message-ID").expect("an id")).collect();
    assert_eq!(ids.len(), 20);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 20, "each went once");
}

async fn an_inbox_sends_no_faster_than_it_may(world: Arc<World>) {
    let server = Scripted::start(vec![]).await;
    let mut slow = settings(server.port());
    if let Some(outgoing) = &mut slow.outgoing {
        (outgoing.per_hour, outgoing.burst) = (60, 3);
    }
    let desk = Desk::new(&world, slow).await;
    let mut items = Vec::new();
    for _ in 0..6 {
        items.push(desk.reply(json!({})).await);
    }
    world.drain().await;
    assert_eq!(server.mails().len(), 3, "the burst");
    let mut seen = vec![3];
    for _ in 0..3 {
        world.clock.advance(61);
        world.drain().await;
        seen.push(server.mails().len());
    }
    assert_eq!(seen, [3, 4, 5, 6], "one a minute");
    for item in &items {
        assert_eq!(desk.state(item).await, "sent");
    }
}

async fn a_paused_inbox_waits(world: Arc<World>) {
    let server = Scripted::start(vec![]).await;
    let desk = Desk::new(&world, MailSettings { paused: true, ..settings(server.port()) }).await;
    let item = desk.reply(json!({})).await;
    for _ in 0..20 {
        world.drain().await;
        world.clock.advance(61);
    }
    assert_eq!((server.mails().len(), desk.state(&item).await.as_str()), (0, "queued"));
    set_up(&world, settings(server.port())).await;
    world.drain().await;
    only(&server);
}

async fn another_server_is_used_once_it_is_set(world: Arc<World>) {
    let (old, new) = (Scripted::start(vec![]).await, Scripted::start(vec![]).await);
    let desk = Desk::new(&world, settings(old.port())).await;
    desk.reply(json!({})).await;
    world.drain().await;
    set_up(&world, settings(new.port())).await;
    desk.reply(json!({})).await;
    world.drain().await;
    assert_eq!((old.mails().len(), new.mails().len()), (1, 1));
}

async fn a_slow_inbox_holds_up_no_other(world: Arc<World>) {
    let slow = Scripted::start(vec![Rule::new(At::End, Do::Hang)]).await;
    let fast = Scripted::start(vec![]).await;
    let desk = Desk::new(&world, settings(slow.port())).await;
    for _ in 0..100 {
        desk.reply(json!({})).await;
    }
    let address = "sales@throughline.example";
    let sales = throughline_app::inboxes::ensure(&world.app, Channel::Email, address, "Sales");
    let sales = sales.await.expect("an inbox").id;
    set_up_inbox(&world, sales, settings(fast.port())).await;
    let (runner, stop) = (world.another_runner(), CancellationToken::new());
    let stopped = stop.clone();
    let running = tokio::spawn(async move { runner.run(&stopped).await });
    let ticket = json!({
        "subject": "Offer", "body": "As promised.", "opened_by": "agent", "inbox": sales.to_string(),
        "customer": { "email": "eve@example.com" }
    });
    desk.agent.post("/tickets", ticket).await.good();
    // Each four of the hundred take five seconds, so all of them would take two minutes.
    let deadline = Instant::now() + Duration::from_secs(20);
    while fast.mails().is_empty() && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(fast.mails().len(), 1);
    assert!(slow.mails().len() < 50, "the others still wait");
    running.abort();
}
