//! What a mail that arrives is taken for, and what is kept of it: our own mail, bounces, automatic
//! answers, and the stretches that are folded away.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_core::id::DeliveryId;
use throughline_test_servers::smtp::Scripted;
use throughline_tests::mails::mail;
use throughline_tests::threads::{
    SUPPORT, answer, became, id, messages, reply_address, resolve, rule, signed_id, ticket, visible,
};
use throughline_tests::{Client, World, on_both};

use crate::sending::{set_up, settings};

on_both!(
    our_own_mail_that_comes_back_is_recognised,
    a_mailer_that_copies_our_header_loses_no_mail,
    a_bounce_is_joined_to_what_bounced,
    a_bounce_that_names_no_mail_is_joined_by_its_recipient,
    a_report_that_a_mail_is_late_changes_nothing,
    a_bounce_of_what_we_do_not_know_makes_nobody_a_customer,
    a_bounce_names_what_a_customer_sent_and_changes_nothing_of_it,
    an_automatic_answer_lands_where_it_answers_and_reopens_nothing,
    our_own_words_are_folded_without_any_mark_in_turkish,
    our_own_words_are_folded_without_any_mark_in_persian,
    answers_between_our_own_words_stay_visible,
    an_indented_line_cuts_nothing,
    one_block_around_answer_and_quote_deletes_nothing,
    a_block_quote_that_is_no_history_is_kept,
    a_wrapped_line_before_a_quote_is_part_of_it,
    lines_with_a_hash_are_no_quote,
    the_most_important_part_below_the_quote_stays_visible,
    a_mail_that_is_all_quote_is_shown_whole,
    the_history_stays_in_the_message,
    spans_lie_in_the_body_as_kept,
);

const AYSE: &str = "ayse@customer.example";

/// The ledger's row of a mail that is recorded and processed.
async fn processed(world: &World, client: &Client, mail: &str) -> Value {
    let delivery: DeliveryId = world.record(mail).await.delivery;
    world.drain().await;
    client.get(&format!("/deliveries/{delivery}")).await.good()
}

/// A ticket of Ayşe's with an answer of ours in it, and that answer's id.
async fn answered(world: &World, client: &Client, body: &str) -> (Value, Value, String) {
    world.deliver(&mail(AYSE, "1@c.example", "Kargo", "", "Nerede?")).await;
    let (_, first) = became(client, "1@c.example").await;
    let ours = answer(client, &first, body).await;
    let own = signed_id(world, &first, &ours).await;
    (first, ours, own)
}

/// Lets replies leave, by a server that takes them all.
async fn with_a_way_out(world: &World) -> Scripted {
    let server = Scripted::start(vec![]).await;
    set_up(world, settings(server.port())).await;
    server
}

async fn item(client: &Client, item: &Value) -> Value {
    client.get(&format!("/items/{}", id(item))).await.good()
}

async fn our_own_mail_that_comes_back_is_recognised(world: Arc<World>) {
    let client = world.admin().await;
    let (_, ours, own) = answered(&world, &client, "Yolda.").await;
    let installation = world.app.installation().await.expect("a name").to_owned();
    let header = format!("X-Throughline: {installation}\n");
    let before = messages(&client).await.len();
    let forms = [
        // As it went out; as a relay with ids of its own makes it; as a list makes it.
        mail(SUPPORT, &own, "Re: Kargo", &header, "Yolda."),
        mail(SUPPORT, "relay@relay.example", "Re: Kargo", &header, "Yolda."),
        mail("all@list.example", &own, "Re: Kargo", &header, "Yolda."),
        mail(SUPPORT, &own, "Re: Kargo", "X-Way: without the header\n", "Yolda."),
    ];
    for (at, form) in forms.into_iter().enumerate() {
        let row = processed(&world, &client, &form).await;
        assert_eq!(row["outcome"], "duplicate", "{row}");
        assert_eq!(row["reason"], "our own mail came back");
        let known = at != 1;
        assert_eq!(row["item"] == ours["id"], known, "{row}");
    }
    assert_eq!(messages(&client).await.len(), before);
    let customers = client.get(&format!("/customers?email={SUPPORT}")).await.good();
    assert_eq!(customers["items"], json!([]));
}

async fn a_mailer_that_copies_our_header_loses_no_mail(world: Arc<World>) {
    let client = world.admin().await;
    let (first, _, own) = answered(&world, &client, "Yolda.").await;
    let installation = world.app.installation().await.expect("a name").to_owned();
    let copied = format!("X-Throughline: {installation}\nIn-Reply-To: <{own}>\n");
    world.deliver(&mail(AYSE, "2@c.example", "Re: Kargo", &copied, "Geldi")).await;
    assert_eq!(became(&client, "2@c.example").await.1["id"], first["id"]);
    let another = "X-Throughline: 0123456789abcdef\n";
    world
        .deliver(&mail("desk@b.example", "3@b.example", "Hello", another, "we have one too"))
        .await;
    became(&client, "3@b.example").await;
}

/// A report about a mail to Ayşe, which names it by `original` if that is given.
fn report(own: &str, action: &str, status: &str, original: Option<&str>) -> String {
    let original = original.map_or(String::new(), |id| {
        format!("--b\nContent-Type: message/rfc822\n\nFrom: {SUPPORT}\nMessage-ID: <{id}>\nSubject: Re: Kargo\n\nYolda.\n")
    });
    format!(
        "From: Mail Delivery System <MAILER-DAEMON@mx.example>\nTo: {SUPPORT}\nMessage-ID: <{own}>\n\
         Subject: Delivery Status Notification\nDate: Sun, 22 Nov 2026 09:10:00 +0000\n\
         Auto-Submitted: auto-replied\nMIME-Version: 1.0\nContent-Type: multipart/report; \
         report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\n\
         About your mail to {AYSE}.\n--b\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {AYSE}\n\
         Action: {action}\nStatus: {status}\n{original}--b--\n"
    )
}

async fn a_bounce_is_joined_to_what_bounced(world: Arc<World>) {
    let client = world.admin().await;
    let server = with_a_way_out(&world).await;
    let (first, ours, own) = answered(&world, &client, "Yolda.").await;
    world.drain().await;
    assert_eq!(server.taken(), 1);
    resolve(&client, &first).await;
    world.deliver(&report("b@mx.example", "failed", "5.1.1", Some(&own))).await;
    let (bounce, joined) = became(&client, "b@mx.example").await;
    assert_eq!(joined["id"], first["id"]);
    assert_eq!((rule(&bounce), &bounce["author"]["kind"]), ("bounce_of", &json!("system")));
    let said = &bounce["message"]["bounce"];
    assert_eq!((&said["item"], &said["permanent"]), (&ours["id"], &json!(true)));
    assert_eq!((&said["recipients"], &said["status"]), (&json!([AYSE]), &json!("5.1.1")));
    let ours = item(&client, &ours).await;
    assert_eq!(ours["message"]["send_state"], "bounced");
    assert_eq!(joined["status"], "resolved", "a machine reopens nothing");
    let events = client.get("/events?kind=message.not_sent").await.good();
    let events = events["items"].as_array().expect("a list");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["data"]["state"], "bounced");
    assert_eq!(events[0]["data"]["item"], ours["id"]);
    let words = events[0]["data"]["words"].as_str().expect("words");
    assert!(words.contains(AYSE) && words.contains("5.1.1"), "{words}");
    // The same said twice is told once.
    world.deliver(&report("c@mx.example", "failed", "5.1.1", Some(&own))).await;
    let events = client.get("/events?kind=message.not_sent").await.good();
    assert_eq!(events["items"].as_array().expect("a list").len(), 1);
    let none = client.get("/customers?email=mailer-daemon@mx.example").await.good();
    assert_eq!(none["items"], json!([]));
}

async fn a_bounce_that_names_no_mail_is_joined_by_its_recipient(world: Arc<World>) {
    let client = world.admin().await;
    let server = with_a_way_out(&world).await;
    let (first, _, _) = answered(&world, &client, "Yolda.").await;
    let newer = answer(&client, &first, "Yarın gelir.").await;
    world.drain().await;
    assert_eq!(server.taken(), 2);
    world.deliver(&report("b@mx.example", "failed", "5.2.2", None)).await;
    let (bounce, joined) = became(&client, "b@mx.example").await;
    assert_eq!((rule(&bounce), &joined["id"]), ("bounce_to", &first["id"]));
    assert_eq!(bounce["message"]["bounce"]["item"], newer["id"], "the newest one");
    assert_eq!(item(&client, &newer).await["message"]["send_state"], "bounced");
    world.clock.advance(8 * 86_400);
    let client = world.admin().await;
    let late = report("c@mx.example", "failed", "5.2.2", None);
    let row = processed(&world, &client, &late).await;
    assert_eq!(row["outcome"], "quarantined", "nothing went there for a week: {row}");
}

async fn a_report_that_a_mail_is_late_changes_nothing(world: Arc<World>) {
    let client = world.admin().await;
    let _server = with_a_way_out(&world).await;
    let (first, ours, own) = answered(&world, &client, "Yolda.").await;
    world.drain().await;
    world.deliver(&report("b@mx.example", "delayed", "4.4.1", Some(&own))).await;
    let (late, joined) = became(&client, "b@mx.example").await;
    assert_eq!(joined["id"], first["id"]);
    assert_eq!(late["message"]["bounce"]["permanent"], false);
    assert_eq!(late["message"]["bounce"]["item"], ours["id"]);
    let now = item(&client, &ours).await;
    assert_eq!(now["message"]["send_state"], "sent");
    let events = client.get("/events?kind=message.not_sent").await.good();
    assert_eq!(events["items"], json!([]));
}

async fn a_bounce_of_what_we_do_not_know_makes_nobody_a_customer(world: Arc<World>) {
    let client = world.admin().await;
    let unknown = report("b@mx.example", "failed", "5.1.1", Some("never@sent.example"));
    let row = processed(&world, &client, &unknown).await;
    assert_eq!(row["outcome"], "quarantined");
    assert!(row["reason"].as_str().expect("a reason").contains("not known here"), "{row}");
    assert_eq!(client.get("/customers").await.good()["items"], json!([]));
    assert_eq!(client.get("/tickets").await.good()["items"], json!([]));
}

async fn a_bounce_names_what_a_customer_sent_and_changes_nothing_of_it(world: Arc<World>) {
    let client = world.admin().await;
    let (first, _, _) = answered(&world, &client, "Yolda.").await;
    world.deliver(&report("b@mx.example", "failed", "5.1.1", Some("1@c.example"))).await;
    let (bounce, joined) = became(&client, "b@mx.example").await;
    assert_eq!(joined["id"], first["id"]);
    assert!(bounce["message"]["bounce"]["item"].is_null(), "it is none of ours");
    assert!(became(&client, "1@c.example").await.0["message"]["send_state"].is_null());
}

async fn an_automatic_answer_lands_where_it_answers_and_reopens_nothing(world: Arc<World>) {
    let client = world.admin().await;
    let (first, _, own) = answered(&world, &client, "Yolda.").await;
    resolve(&client, &first).await;
    let away = format!("Auto-Submitted: auto-replied\nIn-Reply-To: <{own}>\n");
    world.deliver(&mail(AYSE, "2@c.example", "Ofis dışında", &away, "Yokum.")).await;
    let (item, joined) = became(&client, "2@c.example").await;
    assert_eq!((&joined["id"], &joined["status"]), (&first["id"], &json!("resolved")));
    assert_eq!(item["message"]["nature"], "auto_reply");
    // From another address and with nothing but our signed one, it lands there as well.
    let address = reply_address(&world, &first).await;
    let other = mail("ayse@home.example", "3@h.example", "Away", &away, "x");
    world
        .deliver(&other.replace(&format!("<{own}>"), "<y@h.example>").replace(SUPPORT, &address))
        .await;
    let (item, joined) = became(&client, "3@h.example").await;
    assert_eq!((&joined["id"], &joined["status"]), (&first["id"], &json!("resolved")));
    assert_eq!(item["message"]["third_party"], true);
    assert_eq!(ticket(&client, &first["id"]).await["status"], "resolved");
}

/// What is shown of a reply that repeats our answer without any mark.
async fn reply_with(world: &World, client: &Client, ours: &str, body: &str) -> Value {
    let (_, _, own) = answered(world, client, ours).await;
    let extra = format!("In-Reply-To: <{own}>\n");
    world.deliver(&mail(AYSE, "2@c.example", "Re: Kargo", &extra, body)).await;
    let (item, _) = became(client, "2@c.example").await;
    let kept: Vec<&str> = item["body"].as_str().expect("a body").split_whitespace().collect();
    assert_eq!(kept, body.split_whitespace().collect::<Vec<_>>(), "nothing is deleted");
    item
}

fn rules(item: &Value) -> Vec<&str> {
    let spans = item["message"]["spans"].as_array().expect("spans").iter();
    spans.map(|span| span["rule"].as_str().expect("a rule")).collect()
}

async fn our_own_words_are_folded_without_any_mark_in_turkish(world: Arc<World>) {
    let client = world.admin().await;
    let ours = "Merhaba Ayşe Hanım,\nsiparişiniz dün İzmir deposundan çıktı ve yarın öğleden sonra \
        size ulaşacak.\nKargo takip numaranız 4417 olarak kayıtlıdır.";
    let body = format!("Teşekkürler, bekliyorum.\n\n{ours}\n");
    let item = reply_with(&world, &client, ours, &body).await;
    assert_eq!(visible(&item), "Teşekkürler, bekliyorum.");
    assert_eq!(rules(&item), ["our_words"]);
    assert!(item["message"]["spans"][0]["confidence"].as_f64().expect("a number") > 0.9);
}

async fn our_own_words_are_folded_without_any_mark_in_persian(world: Arc<World>) {
    let client = world.admin().await;
    let ours = "سلام خانم رضایی،\nسفارش شما دیروز از انبار تهران ارسال شد و فردا بعدازظهر به دست شما می‌رسد.\n\
        شماره پیگیری مرسوله شما ۴۴۱۷ است.";
    // The mailer writes two letters and the digits in another form.
    let quoted = ours.replace('ی', "ي").replace('ک', "ك").replace('۴', "4");
    let item = reply_with(&world, &client, ours, &format!("خیلی ممنون.\n\n{quoted}\n")).await;
    assert_eq!(visible(&item), "خیلی ممنون.");
    assert_eq!(rules(&item), ["our_words"]);
}

async fn answers_between_our_own_words_stay_visible(world: Arc<World>) {
    let client = world.admin().await;
    let ours = "Which colour would you like for the new curtains in the large room?\n\
        And to which address shall we send the whole order next week?";
    let (one, two) = ours.split_once('\n').expect("two lines");
    let body = format!("> {one}\nBlue, please.\n\n> {two}\nTo my office.\n");
    let item = reply_with(&world, &client, ours, &body).await;
    let shown = visible(&item);
    assert!(shown.contains("Blue, please.") && shown.contains("To my office."), "{shown}");
    assert!(!shown.contains("colour") && !shown.contains("address"), "{shown}");
}

/// What is shown of a mail that opens a ticket.
async fn alone(world: &World, client: &Client, body: &str) -> Value {
    world.deliver(&mail(AYSE, "1@c.example", "Kargo", "", body)).await;
    let (item, _) = became(client, "1@c.example").await;
    assert_eq!(item["body"].as_str().expect("a body").trim(), body.trim(), "nothing is deleted");
    item
}

async fn an_indented_line_cuts_nothing(world: Arc<World>) {
    let client = world.admin().await;
    let body = "Hello,\n\n    1. first thing\n    2. second thing\n\nand this is the end.";
    let item = alone(&world, &client, body).await;
    assert_eq!(visible(&item), body);
}

async fn html(world: &World, client: &Client, own: &str, html: &str) -> Value {
    let plain = "Content-Type: text/plain";
    let mail = mail(AYSE, own, "Kargo", "", html).replace(plain, "Content-Type: text/html");
    world.deliver(&mail).await;
    became(client, own).await.0
}

async fn one_block_around_answer_and_quote_deletes_nothing(world: Arc<World>) {
    let client = world.admin().await;
    let inner = "<div>It never came, please help.</div>\
        <div>On Mon, 2 Nov 2026 at 10:00, Desk &lt;support@throughline.example&gt; wrote:</div>\
        <blockquote>Has it arrived?</blockquote>";
    for (own, class) in [("1@c.example", ""), ("2@c.example", " class=\"gmail_quote\"")] {
        let item = html(&world, &client, own, &format!("<div{class}>{inner}</div>")).await;
        let kept = item["body"].as_str().expect("a body");
        assert!(kept.contains("It never came") && kept.contains("Has it arrived?"), "{kept}");
        let shown = visible(&item);
        assert!(shown.contains("It never came, please help."), "{class}: {shown}");
        // Where all of it claims to be a quote, all of it is shown.
        assert_eq!(shown.contains("Has it arrived?"), !class.is_empty(), "{class}: {shown}");
    }
}

async fn a_block_quote_that_is_no_history_is_kept(world: Arc<World>) {
    let client = world.admin().await;
    let body = "<p>Your terms say:</p><blockquote>Returns are free for 30 days.</blockquote>\
        <p>So why must I pay?</p>";
    let item = html(&world, &client, "1@c.example", body).await;
    assert!(item["body"].as_str().expect("a body").contains("Returns are free for 30 days."));
    let shown = visible(&item);
    assert!(shown.contains("Your terms say:") && shown.contains("So why must I pay?"), "{shown}");
}

async fn a_wrapped_line_before_a_quote_is_part_of_it(world: Arc<World>) {
    let client = world.admin().await;
    let body = "Yes, thank you.\n\nOn Mon, 2 Nov 2026 at 10:00, The Support Team of Throughline\n\
        <support@throughline.example> wrote:\n> Has it arrived?\n";
    let item = alone(&world, &client, body).await;
    assert_eq!(visible(&item), "Yes, thank you.");
}

async fn lines_with_a_hash_are_no_quote(world: Arc<World>) {
    let client = world.admin().await;
    let body = "My script fails:\n\n# install\nmake all\n# run\n./desk --port 80\n\nWhy?";
    let item = alone(&world, &client, body).await;
    assert_eq!(visible(&item), body);
}

async fn the_most_important_part_below_the_quote_stays_visible(world: Arc<World>) {
    let client = world.admin().await;
    let body = "> Has it arrived?\n> Tell us the number.\n\nNo. The number is 4417.";
    let item = alone(&world, &client, body).await;
    assert_eq!(visible(&item), "No. The number is 4417.");
}

async fn a_mail_that_is_all_quote_is_shown_whole(world: Arc<World>) {
    let client = world.admin().await;
    let body = "> Has it arrived?\n> Tell us the number.";
    let item = alone(&world, &client, body).await;
    assert_eq!(visible(&item), body);
}

async fn the_history_stays_in_the_message(world: Arc<World>) {
    let client = world.admin().await;
    let body = "Still nothing.\n\n-----Original Message-----\nFrom: Desk\nSent: Monday\nTo: Ayşe\n\
        Subject: Kargo\n\nIt was sent on Friday.";
    let item = alone(&world, &client, body).await;
    assert_eq!(visible(&item), "Still nothing.");
    assert!(item["body"].as_str().expect("a body").contains("It was sent on Friday."));
    let found = client.get("/search?q=Friday").await.good();
    assert_eq!(found["items"].as_array().expect("a list").len(), 1, "and is found");
}

async fn spans_lie_in_the_body_as_kept(world: Arc<World>) {
    let client = world.admin().await;
    let quoted = "> eski satır ğüşıöç\n".repeat(20_000);
    let body = format!("Çok te\u{0}şekkürler \u{1f600}\n\n{quoted}");
    world.deliver(&mail(AYSE, "1@c.example", "Kargo", "", &body)).await;
    let (item, _) = became(&client, "1@c.example").await;
    assert_eq!(item["message"]["body_cut"], true);
    assert_eq!(visible(&item), "Çok teşekkürler \u{1f600}");
}
