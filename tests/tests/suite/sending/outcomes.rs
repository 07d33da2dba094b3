//! What arrives, and what each answer of a server does to the item.

use std::sync::Arc;

use serde_json::json;
use throughline_core::mail_settings::MailSettings;
use throughline_test_servers::smtp::{At, Do, Rule, Scripted};
use throughline_tests::{World, on_both};

use super::{ADA, Desk, header, only, settings};

on_both!(
    an_answer_arrives_with_all_that_belongs_to_it,
    the_first_message_of_a_ticket_opened_by_an_agent_is_sent,
    a_server_that_is_busy_is_asked_again_later,
    a_refusal_is_shown_on_the_item_with_the_words_of_the_server,
    one_of_three_recipients_is_refused_and_one_comes_later,
    without_settings_it_fails_and_a_retry_sends_it,
    given_up_after_four_days,
    what_came_back_goes_again_to_those_it_came_back_from,
);

async fn an_answer_arrives_with_all_that_belongs_to_it(world: Arc<World>) {
    let server = Scripted::start(vec![]).await;
    let settings = MailSettings {
        plus_addressing: true,
        from_name: Some("Destek Ekibi".into()),
        signature: Some("Ayşe\nDestek".into()),
        ..settings(server.port())
    };
    let desk = Desk::new(&world, settings).await;
    let item = desk.reply(json!({ "cc": ["bob@example.com"] })).await;
    assert_eq!(item["message"]["send_state"], "queued");
    desk.world.drain().await;
    let (taken, read) = only(&server);
    assert_eq!(taken.from, "support@throughline.example");
    assert_eq!(taken.to, [ADA, "bob@example.com"]);
    let from = read.from.expect("a From");
    assert_eq!(from.name.as_deref(), Some("Destek Ekibi"));
    assert_eq!(read.to[0].name.as_deref(), Some("Ada Kaya"));
    assert_eq!(read.subject.as_deref(), Some("Re: Siparişim gelmedi [#1001]"));
    assert_eq!(read.in_reply_to, ["q1@example.com"]);
    assert_eq!(read.references.last().map(String::as_str), Some("q1@example.com"));
    let reply_to = &read.reply_to[0].address;
    assert!(reply_to.starts_with("support+t") && reply_to.ends_with("@throughline.example"));
    let instance = desk.world.app.installation().await.expect("a name");
    assert_eq!(header(&taken, "X-Throughline").as_deref(), Some(instance));
    assert_eq!(header(&taken, "Auto-Submitted"), None);
    let text = read.text.replace("\r\n", "\n");
    let quoted = "Ada Kaya <ada@example.com>, 22 Kas 2026 Paz, 08:30 (UTC) tarihinde şunu yazdı:\n\
                  > Merhaba, siparişim hâlâ gelmedi.\n> Yardım eder misiniz?";
    assert_eq!(text.trim_end(), format!("Yarın elinizde.\n\n-- \nAyşe\nDestek\n\n{quoted}"));
    let html = read.html.expect("an alternative");
    assert!(html.starts_with("<p dir=\"auto\">Yarın elinizde.</p>"), "{html}");
    let message = desk.message(&item).await;
    assert_eq!(message["send_state"], "sent");
    assert_eq!(message["message_id"].as_str(), read.message_id.as_deref());
    assert!(message["sending"]["sent_at"].is_string() && message["sending"]["words"].is_null());
    assert_eq!(desk.events().await, ["message.received", "message.created", "message.sent"]);
    answers_find_the_ticket(&desk, &read.message_id.expect("an id")).await;
}

/// An answer that names nothing but our Message-ID lands in the ticket.
async fn answers_find_the_ticket(desk: &Desk, message_id: &str) {
    let extra = format!("In-Reply-To: <{message_id}>\n");
    let text = throughline_tests::mails::mail(ADA, "q2@example.com", "x", &extra, "Teşekkürler");
    desk.world.deliver(&text).await;
    let ticket = desk.world.ticket_of(&desk.agent, ADA).await;
    assert_eq!(ticket["id"].as_str(), Some(desk.ticket.as_str()));
}

async fn the_first_message_of_a_ticket_opened_by_an_agent_is_sent(world: Arc<World>) {
    let server = Scripted::start(vec![]).await;
    let desk = Desk::new(&world, settings(server.port())).await;
    let inbox = world.inbox().await.id.to_string();
    let ticket = json!({
        "subject": "Your contract", "body": "It ends in May.", "opened_by": "agent",
        "customer": { "email": "eve@example.com", "name": "Eve" }, "inbox": inbox
    });
    desk.agent.post("/tickets", ticket).await.good();
    world.drain().await;
    let (taken, read) = only(&server);
    assert_eq!(taken.to, ["eve@example.com"]);
    assert_eq!(read.subject.as_deref(), Some("Your contract [#1002]"));
    assert!(read.in_reply_to.is_empty());
}

async fn a_server_that_is_busy_is_asked_again_later(world: Arc<World>) {
    let busy = Rule::answer(At::Rcpt, "450 4.2.1 greylisted").first(1);
    let server = Scripted::start(vec![busy]).await;
    let desk = Desk::new(&world, settings(server.port())).await;
    let item = desk.reply(json!({})).await;
    world.drain().await;
    let message = desk.message(&item).await;
    assert_eq!(message["send_state"], "deferred");
    assert!(message["sending"]["next_try_at"].is_string(), "{message}");
    assert!(desk.words(&item).await.contains("450 4.2.1 greylisted"));
    world.clock.advance(9 * 60);
    world.drain().await;
    assert!(server.mails().is_empty(), "ten minutes are not over");
    world.clock.advance(5 * 60);
    world.drain().await;
    let (_, read) = only(&server);
    let message = desk.message(&item).await;
    assert_eq!(message["send_state"], "sent");
    assert!(message["sending"]["next_try_at"].is_null() && message["sending"]["words"].is_null());
    assert_eq!(message["message_id"].as_str(), read.message_id.as_deref());
}

async fn a_refusal_is_shown_on_the_item_with_the_words_of_the_server(world: Arc<World>) {
    let server = Scripted::start(vec![Rule::answer(At::Rcpt, "550 5.1.1 no such user").first(1)]);
    let server = server.await;
    let desk = Desk::new(&world, settings(server.port())).await;
    let item = desk.reply(json!({})).await;
    world.drain().await;
    assert_eq!(desk.state(&item).await, "failed");
    assert!(desk.words(&item).await.contains("550 5.1.1 no such user"));
    assert_eq!(desk.events().await.last().map(String::as_str), Some("message.not_sent"));
    desk.act(&item, "cancel").await.problem(409, "already_sent");
    let again = desk.act(&item, "retry").await.good();
    assert_eq!(again["message"]["send_state"], "queued");
    world.drain().await;
    only(&server);
    assert_eq!(desk.state(&item).await, "sent");
    desk.act(&item, "retry").await.problem(409, "not_retryable");
}

async fn one_of_three_recipients_is_refused_and_one_comes_later(world: Arc<World>) {
    let rules = vec![
        Rule::answer(At::Rcpt, "550 5.1.1 unknown").containing("gone@"),
        Rule::answer(At::Rcpt, "452 4.2.2 full").containing("full@").first(1),
    ];
    let server = Scripted::start(rules).await;
    let desk = Desk::new(&world, settings(server.port())).await;
    let item = desk.reply(json!({ "cc": ["gone@example.com", "full@example.com"] })).await;
    world.drain().await;
    assert_eq!(desk.state(&item).await, "deferred");
    let words = desk.words(&item).await;
    assert!(words.contains("gone@example.com: 550") && words.contains("full@example.com: 452"));
    world.clock.advance(15 * 60);
    world.drain().await;
    let mails = server.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(
        (&mails[0].to[..], &mails[1].to[..]),
        (&[ADA.to_owned()][..], &["full@example.com".to_owned()][..])
    );
    assert_eq!(header(&mails[0], "Message-ID"), header(&mails[1], "Message-ID"));
    assert_eq!(desk.state(&item).await, "failed", "one was never reached");
    assert_eq!(desk.words(&item).await, "gone@example.com: 550 5.1.1 unknown");
}

async fn without_settings_it_fails_and_a_retry_sends_it(world: Arc<World>) {
    let desk = Desk::without_set_up(&world).await;
    let item = desk.reply(json!({})).await;
    world.drain().await;
    assert_eq!(desk.state(&item).await, "failed");
    let words = desk.words(&item).await;
    assert_eq!(words, "this inbox has no server to send by; set one up and retry");
    let server = Scripted::start(vec![]).await;
    super::set_up(&world, settings(server.port())).await;
    desk.act(&item, "retry").await.good();
    world.drain().await;
    only(&server);
    assert_eq!(desk.state(&item).await, "sent");
}

async fn given_up_after_four_days(world: Arc<World>) {
    let server = Scripted::start(vec![Rule::new(At::Mail, Do::Answer("451 4.3.0 no".into()))]);
    let server = server.await;
    let desk = Desk::new(&world, settings(server.port())).await;
    let item = desk.reply(json!({})).await;
    let mut tries = 0;
    while desk.state(&item).await != "failed" {
        world.drain().await;
        world.clock.advance(4 * 60 * 60);
        tries += 1;
        assert!(tries < 40, "it is never given up");
    }
    assert!(tries > 20, "given up after {tries} tries");
    assert!(desk.words(&item).await.starts_with("given up after days of trying; last: "));
    assert!(server.mails().is_empty());
}

async fn what_came_back_goes_again_to_those_it_came_back_from(world: Arc<World>) {
    let server = Scripted::start(vec![]).await;
    let desk = Desk::new(&world, settings(server.port())).await;
    let item = desk.reply(json!({ "cc": ["bob@example.com"] })).await;
    world.drain().await;
    let id = item["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    let app = world.app.clone();
    let write = move |conn: &mut throughline_store::Conn| {
        let gone = ["BOB@example.com".to_owned()];
        throughline_app::outgoing::bounced(&app, conn, id, &gone, "5.2.2 full", app.now())
    };
    assert!(world.app.store().write(write).await.expect("written"));
    assert_eq!(
        (desk.state(&item).await.as_str(), desk.words(&item).await.as_str()),
        ("bounced", "5.2.2 full")
    );
    assert_eq!(desk.events().await.last().map(String::as_str), Some("message.not_sent"));
    desk.act(&item, "retry").await.good();
    world.drain().await;
    let mails = server.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[1].to, ["bob@example.com"]);
    assert_eq!(desk.state(&item).await, "sent");
}
