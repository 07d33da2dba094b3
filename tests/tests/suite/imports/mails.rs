//! Archives of mails: they go the way of all mails, open nothing, and tell nobody.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_tests::mails::mail;
use throughline_tests::{Client, World, on_both};

use super::{counted, id_of, items, run, send};

on_both!(
    an_archive_becomes_history_once,
    an_archive_opens_nothing_and_is_read_already,
    an_archive_is_paused_and_goes_on,
    what_is_no_mail_is_kept_with_its_reason,
    an_archive_that_breaks_off_brings_what_is_whole,
    an_archive_goes_into_an_inbox_for_mail,
    what_is_taken_out_is_in_no_archive,
);

/// Two mails of one thread and one of another, as an mbox.
fn archive() -> String {
    let old = |text: String| text.replace("22 Nov 2026", "12 Mar 2024");
    let mails = [
        mail("Elif Kaya <elif@kaya.example>", "1@kaya", "Siparişim gelmedi", "", "Nerede?"),
        mail(
            "elif@kaya.example",
            "2@kaya",
            "Re: Siparişim gelmedi",
            "In-Reply-To: <1@kaya>\n",
            "Buldum.",
        ),
        mail("reza@karimi.example", "3@karimi", "Invoice", "", "Please send it."),
    ];
    let separated = mails.map(|one| format!("From x Tue Mar 12 08:30:00 2024\n{}\n", old(one)));
    separated.concat()
}

async fn into(world: &World) -> String {
    format!("kind=mail&name=archive.mbox&inbox={}", world.inbox().await.id)
}

async fn tickets(admin: &Client) -> Vec<Value> {
    items(&admin.get("/tickets").await.good()).to_vec()
}

async fn an_archive_becomes_history_once(world: Arc<World>) {
    let admin = world.admin().await;
    let sent = send(&admin, &into(&world).await, archive()).await;
    let preview = format!("/imports/{}/preview", id_of(&sent));
    let looked = admin.post(&preview, json!({})).await.good();
    let subjects: Vec<&Value> =
        looked["rows"].as_array().expect("rows").iter().map(|r| &r["mail"]["subject"]).collect();
    assert_eq!(subjects, ["Siparişim gelmedi", "Re: Siparişim gelmedi", "Invoice"]);
    assert_eq!(looked["rows"][2]["mail"]["from"], "reza@karimi.example");
    let put = format!("/imports/{}/source", id_of(&sent));
    admin.put(&put, json!({ "source": {} })).await.problem(422, "invalid_field");
    let checked = run(&world, &admin, &sent, "check").await;
    counted(&checked["checked"], &[("rows", 3), ("mails_new", 3), ("mails_known", 0)]);
    assert_eq!(tickets(&admin).await.len(), 0, "nothing was written");
    let done = run(&world, &admin, &sent, "start").await;
    assert_eq!(done["state"], "done", "{done}");
    counted(&done["counts"], &[("rows", 3), ("mails_new", 3), ("mails_known", 0), ("rejected", 0)]);
    assert_eq!(tickets(&admin).await.len(), 2, "two threads");
    let elif = world.customer(&admin, "elif@kaya.example").await;
    let timeline = admin.get(&format!("/customers/{}/timeline", id_of(&elif))).await.good();
    assert_eq!(items(&timeline).len(), 2);
    assert_eq!(items(&timeline)[0]["occurred_at"], "2024-03-12T08:30:00.000000Z");
    let rows = admin.get("/deliveries?outcome=stored").await.good();
    assert_eq!(items(&rows).len(), 3);
    assert_eq!(items(&rows)[0]["import"], done["id"], "the ledger names the import");
    // The same archive again, and one that holds it and more.
    let again = send(&admin, &into(&world).await, archive()).await;
    let again = run(&world, &admin, &again, "start").await;
    counted(&again["counts"], &[("rows", 3), ("mails_new", 0), ("mails_known", 3)]);
    let other = mail("new@x.example", "4@x", "Another", "", "text");
    let grown = format!("{}From x Tue Mar 12 08:30:00 2024\n{other}\n", archive());
    let sent = send(&admin, &into(&world).await, grown).await;
    let checked = run(&world, &admin, &sent, "check").await;
    counted(&checked["checked"], &[("mails_new", 1), ("mails_known", 3)]);
    let done = run(&world, &admin, &sent, "start").await;
    counted(&done["counts"], &[("mails_new", 1), ("mails_known", 3)]);
    assert_eq!(tickets(&admin).await.len(), 3);
}

async fn an_archive_opens_nothing_and_is_read_already(world: Arc<World>) {
    let admin = world.admin().await;
    // A thread that is open, another that was resolved.
    world.deliver(&mail("reza@karimi.example", "3@karimi", "Invoice", "", "Please send it.")).await;
    let open = world.ticket_of(&admin, "reza@karimi.example").await;
    admin
        .patch(&format!("/tickets/{}", id_of(&open)), json!({ "status": "resolved" }))
        .await
        .good();
    let late = mail(
        "reza@karimi.example",
        "9@karimi",
        "Re: Invoice",
        "In-Reply-To: <3@karimi>\n",
        "Thanks.",
    );
    let separated = format!("{}From x Tue Mar 12 08:30:00 2024\n{late}\n", archive());
    let agent = world.agent(throughline_core::agent::Role::Agent, &[]).await;
    let sent = send(&admin, &into(&world).await, separated).await;
    run(&world, &admin, &sent, "start").await;
    for ticket in tickets(&agent).await {
        assert_eq!(ticket["status"], "resolved", "an old thread waits for nobody: {ticket}");
    }
    let mut page = agent.get("/tickets").await.good();
    for ticket in page["items"].as_array_mut().expect("a list") {
        assert_ne!(ticket["row"]["unread"], true, "{ticket}");
    }
    let elif = world.ticket_of(&admin, "elif@kaya.example").await;
    assert_eq!(elif["resolved_at"], "2024-03-12T08:30:00.000000Z");
    assert_eq!(elif["created_at"], "2024-03-12T08:30:00.000000Z");
    // Who writes now opens it again, or goes on in another, as with any ticket.
    let now = mail(
        "elif@kaya.example",
        "5@kaya",
        "Re: Siparişim gelmedi",
        "In-Reply-To: <2@kaya>\n",
        "Yine.",
    );
    world.deliver(&now).await;
    let found = agent.get("/tickets?category=open").await.good();
    assert_eq!(items(&found).len(), 1, "{found}");
}

async fn an_archive_is_paused_and_goes_on(world: Arc<World>) {
    let admin = world.admin().await;
    let sent = send(&admin, &into(&world).await, archive()).await;
    let path = |action: &str| format!("/imports/{}/{action}", id_of(&sent));
    admin.post(&path("start"), json!({})).await.good();
    assert_eq!(admin.post(&path("pause"), json!({})).await.good()["state"], "paused");
    world.drain().await;
    assert_eq!(tickets(&admin).await.len(), 0);
    let done = run(&world, &admin, &sent, "start").await;
    counted(&done["counts"], &[("mails_new", 3)]);
}

async fn what_is_no_mail_is_kept_with_its_reason(world: Arc<World>) {
    let admin = world.admin().await;
    let one = mail("elif@kaya.example", "1@kaya", "Hello", "", "text");
    let zip = zipped(&[
        ("a.eml", one.as_bytes()),
        ("notes.txt", b"just text"),
        ("b.mbox", archive().as_bytes()),
    ]);
    let sent = send(&admin, &into(&world).await, zip).await;
    let done = run(&world, &admin, &sent, "start").await;
    assert_eq!(done["state"], "done", "{done}");
    counted(&done["counts"], &[("rows", 5), ("mails_new", 4), ("rejected", 1)]);
    let csv = admin.get(&format!("/imports/{}/rejected", id_of(&sent))).await.text();
    assert!(csv.contains("notes.txt: not a mail"), "{csv}");
    let noise = send(&admin, &into(&world).await, "a,b\n1,2\n").await;
    let noise = run(&world, &admin, &noise, "start").await;
    counted(&noise["counts"], &[("mails_new", 0), ("rejected", 1)]);
}

async fn an_archive_that_breaks_off_brings_what_is_whole(world: Arc<World>) {
    let admin = world.admin().await;
    let mails = ["1@kaya", "2@kaya"].map(|id| mail("elif@kaya.example", id, "Hello", "", "text"));
    let zip = zipped(&[("a.eml", mails[0].as_bytes()), ("b.eml", mails[1].as_bytes())]);
    let cut = &zip[..zip.len() - 40];
    let sent = send(&admin, &into(&world).await, cut).await;
    let checked = run(&world, &admin, &sent, "check").await;
    let why = checked["reason"].as_str().expect("a reason");
    assert!(why.contains("b.eml") && why.contains("breaks off"), "{checked}");
    let ended = run(&world, &admin, &sent, "start").await;
    assert_eq!(ended["state"], "failed", "{ended}");
    assert!(ended["reason"].as_str().expect("a reason").contains("breaks off"), "{ended}");
    counted(&ended["counts"], &[("rows", 1), ("mails_new", 1), ("rejected", 0)]);
    let stored = admin.get("/deliveries?outcome=stored").await.good();
    assert_eq!(items(&stored).len(), 1, "no half mail");
}

async fn an_archive_goes_into_an_inbox_for_mail(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = json!({ "channel": "phone", "address": "switch", "name": "Switch" });
    let phone = admin.post("/inboxes", phone).await.good();
    for query in ["kind=mail".to_owned(), format!("kind=mail&inbox={}", id_of(&phone))] {
        let path = format!("/api/v1/imports?{query}");
        let told = admin.post_raw(&path, "application/mbox", archive().into_bytes()).await;
        assert_eq!(told.problem(422, "invalid_field")["field"], "inbox");
    }
    let path = format!("/api/v1/imports?{}&mapping=x", into(&world).await);
    let told = admin.post_raw(&path, "application/mbox", archive().into_bytes()).await;
    assert_eq!(told.problem(422, "invalid_field")["field"], "mapping");
}

async fn what_is_taken_out_is_in_no_archive(world: Arc<World>) {
    let admin = world.admin().await;
    let sent = send(&admin, &into(&world).await, archive()).await;
    let done = run(&world, &admin, &sent, "start").await;
    assert_eq!(done["has_file"], true);
    // One that found all mails known, and one that nobody started, hold them as well.
    let known = send(&admin, &into(&world).await, archive()).await;
    run(&world, &admin, &known, "start").await;
    let unread = send(&admin, &into(&world).await, archive() + "\n").await;
    let reza = world.customer(&admin, "reza@karimi.example").await;
    let timeline = admin.get(&format!("/customers/{}/timeline", id_of(&reza))).await.good();
    let item = id_of(&items(&timeline)[0]).to_owned();
    admin.post(&format!("/items/{item}/redact"), json!({ "reason": "asked" })).await.good();
    for sent in [sent, known, unread] {
        let after = admin.get(&format!("/imports/{}", id_of(&sent))).await.good();
        assert_eq!(after["has_file"], false, "{after}");
    }
}

/// An archive whose files are stored as they are.
fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut all = Vec::new();
    for (name, content) in files {
        let length = u32::try_from(content.len()).expect("a small file").to_le_bytes();
        let mut sum = flate2::Crc::new();
        sum.update(content);
        let name_length = u16::try_from(name.len()).expect("a short name").to_le_bytes();
        all.extend(b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0");
        all.extend(sum.sum().to_le_bytes());
        all.extend(length);
        all.extend(length);
        all.extend(name_length);
        all.extend([0; 2]);
        all.extend(name.as_bytes());
        all.extend(*content);
    }
    all.extend(b"PK\x05\x06");
    all.extend([0; 18]);
    all
}
