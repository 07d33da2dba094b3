//! Raw mail becomes customers, tickets and timelines, once, and with reasons.

use std::sync::Arc;

use serde_json::Value;
use throughline_app::deliveries::{self, Processing};
use throughline_core::actor::Actor;
use throughline_core::delivery::Outcome;
use throughline_tests::mails::mail;
use throughline_tests::{World, on_both};

on_both!(
    a_thread_becomes_one_ticket_on_one_timeline,
    a_reply_that_comes_before_its_parent_still_joins_it,
    a_stranger_who_names_an_id_sees_nothing_of_the_ticket,
    a_repeat_and_a_copy_add_nothing,
    a_reused_message_id_loses_no_mail,
    what_cannot_be_read_is_quarantined_and_can_be_replayed,
    processing_twice_changes_nothing,
    a_reply_into_another_inbox_is_not_shown_to_the_readers_of_the_first,
    control_characters_in_file_names_stop_no_mail,
    a_bounce_without_a_sender_finds_the_ticket_of_what_bounced,
    a_person_who_writes_again_reopens_the_ticket_and_a_machine_does_not,
    items_are_ordered_by_when_they_were_written,
    customers_are_listed_by_when_they_last_wrote,
);

async fn timeline(world: &World, client: &throughline_tests::Client, email: &str) -> Vec<Value> {
    let customer = world.customer(client, email).await;
    let path = format!("/customers/{}/timeline", customer["id"].as_str().expect("an id"));
    let page = client.get(&path).await.good();
    page["items"].as_array().expect("a list").clone()
}

async fn a_thread_becomes_one_ticket_on_one_timeline(world: Arc<World>) {
    let client = world.admin().await;
    let from = "Ayşe Yılmaz <ayse@example.com>";
    world.deliver(&mail(from, "1@example.com", "Kargo nerede?", "", "Siparişim gelmedi.")).await;
    let extra = "In-Reply-To: <1@example.com>\nReferences: <1@example.com>\n";
    world.deliver(&mail(from, "2@example.com", "Re: Kargo nerede?", extra, "Hâlâ yok.")).await;
    let ticket = world.ticket_of(&client, "ayse@example.com").await;
    assert_eq!(ticket["subject"], "Kargo nerede?");
    assert_eq!(ticket["status"], "open");
    let items = timeline(&world, &client, "AYSE@example.com").await;
    assert_eq!(items.len(), 2);
    assert!(items.iter().all(|item| item["ticket"] == ticket["id"]));
    let customer = world.customer(&client, "ayse@example.com").await;
    assert_eq!(customer["name"], "Ayşe Yılmaz");
    let reply = items.iter().find(|i| i["message"]["subject"] == "Re: Kargo nerede?");
    let reason = &reply.expect("the reply")["message"]["thread_reason"];
    assert_eq!(reason["rule"], "header_match", "{reason}");
    assert_eq!(reason["mail_id"], "1@example.com");
}

async fn a_reply_that_comes_before_its_parent_still_joins_it(world: Arc<World>) {
    let client = world.admin().await;
    let from = "b@example.com";
    let extra = "References: <root@example.com>\n";
    world.deliver(&mail(from, "child@example.com", "Re: Hello", extra, "second")).await;
    world.deliver(&mail(from, "root@example.com", "Hello", "", "first")).await;
    let ticket = world.ticket_of(&client, "b@example.com").await;
    assert_eq!(timeline(&world, &client, "b@example.com").await.len(), 2);
    assert_eq!(ticket["subject"], "Re: Hello");
}

async fn a_stranger_who_names_an_id_sees_nothing_of_the_ticket(world: Arc<World>) {
    let client = world.admin().await;
    world.deliver(&mail("c@example.com", "c1@example.com", "Private", "", "my card")).await;
    let extra = "In-Reply-To: <c1@example.com>\n";
    world.deliver(&mail("eve@evil.example", "e1@evil.example", "Re: Private", extra, "hi")).await;
    let items = timeline(&world, &client, "c@example.com").await;
    let hers = items.iter().find(|i| i["message"]["message_id"] == "e1@evil.example");
    assert_eq!(hers.expect("her mail")["message"]["third_party"], true);
    assert!(timeline(&world, &client, "eve@evil.example").await.is_empty(), "she is another");
    let ticket = world.ticket_of(&client, "c@example.com").await;
    let path = format!("/tickets/{}/replies", ticket["id"].as_str().expect("an id"));
    let reply = client.post(&path, serde_json::json!({ "body": "Hello" })).await.good();
    assert_eq!(reply["message"]["to"][0]["address"], "c@example.com");
}

async fn a_repeat_and_a_copy_add_nothing(world: Arc<World>) {
    let client = world.admin().await;
    let first = mail("d@example.com", "d1@example.com", "Once", "", "only once");
    world.deliver(&first).await;
    assert!(!world.record(&first).await.fresh, "the same bytes are a repeat");
    // The same mail by another way: other trace headers, other bytes.
    let other_way = format!("Received: from relay.example.com\n{first}");
    let recorded = world.record(&other_way).await;
    assert!(recorded.fresh);
    world.drain().await;
    let row =
        deliveries::get(&world.app, &Actor::system(), recorded.delivery).await.expect("a row");
    assert_eq!(row.outcome, Outcome::Duplicate);
    assert!(row.item.is_some() && row.reason.is_some());
    assert_eq!(timeline(&world, &client, "d@example.com").await.len(), 1);
}

async fn a_reused_message_id_loses_no_mail(world: Arc<World>) {
    let client = world.admin().await;
    for body in ["first", "another thing"] {
        world.deliver(&mail("shop@example.com", "fixed@example.com", "Order", "", body)).await;
    }
    assert_eq!(timeline(&world, &client, "shop@example.com").await.len(), 2);
}

async fn what_cannot_be_read_is_quarantined_and_can_be_replayed(world: Arc<World>) {
    let client = world.admin().await;
    world.deliver("Subject: nobody\nMessage-ID: <n@example.com>\n\nwho am I\n").await;
    let ledger = client.get("/deliveries?outcome=quarantined").await.good();
    let row = &ledger["items"][0];
    assert!(row["reason"].as_str().expect("a reason").contains("sender"), "{row}");
    let id = row["id"].as_str().expect("an id");
    let path = format!("/deliveries/{id}/replay");
    let again = client.post(&path, serde_json::json!({})).await.good();
    assert_eq!(again["outcome"], "recorded");
    world.drain().await;
    let row = client.get(&format!("/deliveries/{id}")).await.good();
    assert_eq!(row["outcome"], "quarantined", "the mail has not changed");
}

async fn a_bounce_without_a_sender_finds_the_ticket_of_what_bounced(world: Arc<World>) {
    let client = world.admin().await;
    world.deliver(&mail("i@example.com", "i1@example.com", "Hello", "", "first")).await;
    let bounce = |id: &str| {
        format!(
            "From: MAILER-DAEMON\nTo: support@throughline.example\nSubject: Undelivered Mail\n\
             MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; \
             boundary=b\n\n--b\nContent-Type: text/plain\n\nIt could not be delivered.\n--b\n\
             Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.com\n\n\
             Final-Recipient: rfc822; i@example.com\nAction: failed\nStatus: 5.1.1\n--b\n\
             Content-Type: message/rfc822\n\nFrom: support@throughline.example\n\
             Message-ID: <{id}>\nSubject: Hello\n\nfirst\n--b--\n"
        )
    };
    world.deliver(&bounce("i1@example.com")).await;
    let items = timeline(&world, &client, "i@example.com").await;
    let joined = items.iter().find(|i| i["message"]["nature"] == "bounce").expect("the bounce");
    assert_eq!(joined["author"]["kind"], "system");
    assert_eq!(joined["message"]["thread_reason"]["rule"], "bounce_of");
    let unknown = world.record(&bounce("never@example.com")).await;
    world.drain().await;
    let row = deliveries::get(&world.app, &Actor::system(), unknown.delivery).await.expect("it");
    assert_eq!(row.outcome, Outcome::Quarantined, "nobody's bounce is kept and shown to an admin");
}

async fn processing_twice_changes_nothing(world: Arc<World>) {
    let client = world.admin().await;
    let recorded = world.record(&mail("f@example.com", "f1@example.com", "Hi", "", "x")).await;
    world.drain().await;
    let again = Processing { delivery: recorded.delivery, decoded: Ok(vec![]) };
    let outcome = deliveries::process(&world.app, again).await.expect("no failure");
    assert_eq!(outcome, Outcome::Stored);
    assert_eq!(timeline(&world, &client, "f@example.com").await.len(), 1);
}

async fn a_person_who_writes_again_reopens_the_ticket_and_a_machine_does_not(world: Arc<World>) {
    let client = world.admin().await;
    world.deliver(&mail("g@example.com", "g1@example.com", "Broken", "", "help")).await;
    let ticket = world.ticket_of(&client, "g@example.com").await;
    let path = format!("/tickets/{}", ticket["id"].as_str().expect("an id"));
    let resolve = serde_json::json!({ "status": "resolved" });
    let resolved = client.patch(&path, resolve).await.good();
    assert!(resolved["resolved_at"].is_string());
    let auto = "In-Reply-To: <g1@example.com>\nAuto-Submitted: auto-replied\n";
    world.deliver(&mail("g@example.com", "g2@example.com", "Out of office", auto, "away")).await;
    assert_eq!(client.get(&path).await.good()["status"], "resolved");
    let extra = "In-Reply-To: <g1@example.com>\n";
    world.deliver(&mail("g@example.com", "g3@example.com", "Re: Broken", extra, "again")).await;
    let ticket = client.get(&path).await.good();
    assert_eq!(ticket["status"], "open");
    assert!(ticket["resolved_at"].is_null());
}

async fn items_are_ordered_by_when_they_were_written(world: Arc<World>) {
    let client = world.admin().await;
    let dated = |id: &str, date: &str| {
        mail("h@example.com", id, "Old", "", id).replace("Sun, 22 Nov 2026 08:30:00 +0000", date)
    };
    world.deliver(&dated("late@example.com", "Tue, 10 Nov 2026 10:00:00 +0300")).await;
    world.deliver(&dated("early@example.com", "Mon, 09 Nov 2026 23:00:00 -0500")).await;
    world.deliver(&dated("future@example.com", "Mon, 09 Nov 2099 23:00:00 -0500")).await;
    let items = timeline(&world, &client, "h@example.com").await;
    let order: Vec<&str> =
        items.iter().map(|i| i["message"]["message_id"].as_str().expect("an id")).collect();
    assert_eq!(order, ["future@example.com", "late@example.com", "early@example.com"]);
    assert!(items[0]["occurred_at"].as_str().expect("a time").starts_with("2026-11-22"));
}

async fn a_reply_into_another_inbox_is_not_shown_to_the_readers_of_the_first(world: Arc<World>) {
    let client = world.admin().await;
    world.deliver(&mail("j@example.com", "j1@example.com", "Question", "", "first")).await;
    let other = throughline_app::inboxes::ensure(
        &world.app,
        throughline_core::channel::Channel::Email,
        "hr@throughline.example",
        "HR",
    );
    let other = other.await.expect("an inbox");
    let extra = "In-Reply-To: <j1@example.com>\n";
    let reply = mail("j@example.com", "j2@example.com", "Re: Question", extra, "my salary");
    let raw = throughline_core::inbound::RawDelivery {
        inbox: other.id,
        external_id: "j2".to_owned(),
        bytes: reply.into_bytes(),
        received_at: world.app.now(),
    };
    deliveries::record(&world.app, &Actor::system(), vec![raw]).await.expect("recorded");
    world.drain().await;
    let items = timeline(&world, &client, "j@example.com").await;
    assert_eq!(items.len(), 2, "one history");
    assert_ne!(items[0]["ticket"], items[1]["ticket"], "two tickets");
    let reasons = |item: &Value| item["message"]["thread_reason"]["rule"].clone();
    assert!(items.iter().any(|item| reasons(item) == "other_inbox"));
}

async fn control_characters_in_file_names_stop_no_mail(world: Arc<World>) {
    let client = world.admin().await;
    let mail = "From: k@example.com\nMessage-ID: <k1@example.com>\nSubject: file\nMIME-Version: 1.0\n\
        Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nsee\n\
        --b\nContent-Type: application/x-\u{0}odd; name=\"a\u{0}b.bin\"\nContent-ID: <c\u{0}d>\n\n\
        bytes\n--b--\n";
    world.deliver(mail).await;
    assert_eq!(timeline(&world, &client, "k@example.com").await.len(), 1);
}

async fn customers_are_listed_by_when_they_last_wrote(world: Arc<World>) {
    let client = world.admin().await;
    for (who, date) in
        [("new", "Fri, 20 Nov 2026"), ("old", "Tue, 20 Nov 2018"), ("mid", "Wed, 20 Nov 2024")]
    {
        let from = format!("{who}@example.org");
        let letter = mail(&from, &format!("{who}@example.org"), "Hi", "", "x");
        world.deliver(&letter.replace("Sun, 22 Nov 2026", date)).await;
    }
    let page = client.get("/customers").await.good();
    let order: Vec<&str> = page["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|c| c["identities"][0]["value"].as_str().expect("an address"))
        .collect();
    assert_eq!(order, ["new@example.org", "mid@example.org", "old@example.org"]);
    assert!(page["items"][2]["last_activity_at"].as_str().expect("a time").starts_with("2018"));
}
