//! Which ticket a mail belongs to: the order of the ways, and one test for each known trap.

use std::sync::Arc;

use serde_json::json;
use throughline_core::channel::Channel;
use throughline_core::mail_settings::ThirdParty;
use throughline_tests::mails::mail;
use throughline_tests::threads::{
    SUPPORT, answer, became, deliver_to, id, messages, reply_address, resolve, rule, set_up,
    signed_id, ticket,
};
use throughline_tests::{World, on_both};

on_both!(
    a_signed_address_counts_more_than_all_ids,
    a_signed_id_counts_more_than_a_known_one,
    a_reply_without_references_finds_its_ticket_by_the_number_in_the_subject,
    a_common_ancestor_that_we_never_received_holds_a_thread_together,
    a_client_that_replaces_references_stays_in_the_thread,
    a_system_that_rewrites_in_reply_to_stays_in_the_thread,
    an_agent_who_answers_from_a_mailer_of_his_own_stays_in_the_thread,
    one_newsletter_with_many_repliers_becomes_many_tickets,
    who_guesses_a_ticket_number_is_not_let_into_it,
    an_edited_subject_goes_on_in_an_open_ticket_and_opens_another_behind_a_resolved_one,
    the_same_subject_without_headers_joins_nothing,
    a_mail_to_several_of_our_mailboxes_is_a_ticket_in_each,
    a_thread_index_is_no_id,
    a_forward_without_ids_joins_nothing,
    references_match_without_any_setting,
    a_list_post_makes_nobody_a_guest,
    who_was_in_cc_takes_part,
    a_third_party_joins_and_is_no_part_until_we_answer_him,
    a_third_party_opens_a_linked_ticket_where_the_inbox_says_so,
    a_ticket_resolved_long_ago_is_continued_by_one_new_ticket,
    a_mail_that_names_only_ids_of_others_joins_nothing,
    an_unaligned_mail_joins_by_no_weak_way_and_proves_nobody,
);

const AYSE: &str = "ayse@customer.example";
const EVE: &str = "eve@stranger.example";

fn parent(id: &str) -> String {
    format!("In-Reply-To: <{id}>\nReferences: <{id}>\n")
}

async fn a_signed_address_counts_more_than_all_ids(world: Arc<World>) {
    let client = world.admin().await;
    world.deliver(&mail(AYSE, "1@c.example", "First", "", "one")).await;
    world.deliver(&mail(AYSE, "2@c.example", "Second", "", "two")).await;
    let (_, first) = became(&client, "1@c.example").await;
    let address = reply_address(&world, &first).await;
    let both = mail(AYSE, "3@c.example", "Re: Second", &parent("2@c.example"), "three");
    world.deliver(&both.replace(SUPPORT, &address)).await;
    let (item, joined) = became(&client, "3@c.example").await;
    assert_eq!(joined["id"], first["id"]);
    assert_eq!(rule(&item), "reply_address");
    assert_eq!(item["message"]["thread_reason"]["address"], address);
    // The same payload at another inbox, or with one letter changed, is worth nothing.
    let forged = address.replace("support+", "sales+");
    let fourth = mail(AYSE, "4@c.example", "Re: Second", "", "four").replace(SUPPORT, &forged);
    world.deliver(&fourth).await;
    assert_ne!(became(&client, "4@c.example").await.1["id"], first["id"]);
    let delivered = format!("Delivered-To: {address}\n");
    world.deliver(&mail(AYSE, "5@c.example", "Five", &delivered, "five")).await;
    assert_eq!(became(&client, "5@c.example").await.1["id"], first["id"], "by the envelope");
}

async fn a_signed_id_counts_more_than_a_known_one(world: Arc<World>) {
    let client = world.admin().await;
    world.deliver(&mail(AYSE, "1@c.example", "First", "", "one")).await;
    world.deliver(&mail(AYSE, "2@c.example", "Second", "", "two")).await;
    let (_, first) = became(&client, "1@c.example").await;
    let ours = signed_id(&world, &first, &answer(&client, &first, "Yes").await).await;
    let extra = format!("In-Reply-To: <2@c.example>\nReferences: <{ours}> <2@c.example>\n");
    world.deliver(&mail(AYSE, "3@c.example", "Re: First", &extra, "three")).await;
    let (item, joined) = became(&client, "3@c.example").await;
    assert_eq!((rule(&item), &joined["id"]), ("signed_id", &first["id"]));
    let forged = parent(&ours.replacen("t.", "t.1", 1));
    world.deliver(&mail(AYSE, "4@c.example", "Re: First", &forged, "four")).await;
    assert_eq!(rule(&became(&client, "4@c.example").await.0), "no_known_reference");
}

async fn a_reply_without_references_finds_its_ticket_by_the_number_in_the_subject(
    world: Arc<World>,
) {
    let client = world.admin().await;
    world.deliver(&mail(AYSE, "1@c.example", "Fatura", "", "one")).await;
    let (_, first) = became(&client, "1@c.example").await;
    let subject = format!("YNT: [#{}] Fatura", first["number"]);
    world.deliver(&mail(AYSE, "2@c.example", &subject, "", "two")).await;
    let (item, joined) = became(&client, "2@c.example").await;
    assert_eq!((rule(&item), &joined["id"]), ("subject_number", &first["id"]));
    assert_eq!(item["message"]["thread_reason"]["number"], first["number"]);
    assert_eq!(item["message"]["third_party"], false);
}

async fn a_common_ancestor_that_we_never_received_holds_a_thread_together(world: Arc<World>) {
    let client = world.admin().await;
    let extra = parent("never@seen.example");
    world.deliver(&mail(AYSE, "1@c.example", "Re: Plan", &extra, "one")).await;
    world.deliver(&mail(AYSE, "2@c.example", "Re: Plan", &extra, "two")).await;
    let ((_, first), (item, second)) =
        (became(&client, "1@c.example").await, became(&client, "2@c.example").await);
    assert_eq!(first["id"], second["id"]);
    assert_eq!(item["message"]["thread_reason"]["mail_id"], "never@seen.example");
    assert!(item["message"]["thread_reason"]["item"].is_null());
}

async fn a_client_that_replaces_references_stays_in_the_thread(world: Arc<World>) {
    let client = world.admin().await;
    world.deliver(&mail(AYSE, "1@c.example", "Kargo", "", "one")).await;
    let extra = "In-Reply-To: <1@c.example>\nReferences: <made-up@phone.example>\n";
    world.deliver(&mail(AYSE, "2@c.example", "Re: Kargo", extra, "two")).await;
    let ((_, first), (_, second)) =
        (became(&client, "1@c.example").await, became(&client, "2@c.example").await);
    assert_eq!(first["id"], second["id"]);
}

async fn a_system_that_rewrites_in_reply_to_stays_in_the_thread(world: Arc<World>) {
    let client = world.admin().await;
    world.deliver(&mail(AYSE, "1@c.example", "Kargo", "", "one")).await;
    let (_, first) = became(&client, "1@c.example").await;
    let ours = signed_id(&world, &first, &answer(&client, &first, "Yes").await).await;
    let extra = format!("In-Reply-To: <x@crm.example>\nReferences: <{ours}> <x@crm.example>\n");
    world.deliver(&mail(AYSE, "2@c.example", "Re: Kargo", &extra, "two")).await;
    let (item, second) = became(&client, "2@c.example").await;
    assert_eq!((rule(&item), &second["id"]), ("signed_id", &first["id"]));
    assert_eq!(item["message"]["thread_reason"]["header"], "references");
}

async fn an_agent_who_answers_from_a_mailer_of_his_own_stays_in_the_thread(world: Arc<World>) {
    let client = world.admin().await;
    world.deliver(&mail(AYSE, "1@c.example", "Kargo", "", "Nerede?")).await;
    let (_, first) = became(&client, "1@c.example").await;
    let own = "agent@throughline.example";
    let outside = format!("{}Cc: {SUPPORT}\n", parent("1@c.example"));
    let outside = mail(own, "a@outlook.example", "Re: Kargo", &outside, "Yolda.");
    world.deliver(&outside.replace(&format!("To: {SUPPORT}"), &format!("To: {AYSE}"))).await;
    let (item, joined) = became(&client, "a@outlook.example").await;
    assert_eq!(joined["id"], first["id"]);
    assert_eq!(item["message"]["third_party"], true, "it is not signed in, so it is nobody yet");
    let thanks = parent("a@outlook.example");
    world.deliver(&mail(AYSE, "2@c.example", "Re: Kargo", &thanks, "Geldi.")).await;
    let (item, joined) = became(&client, "2@c.example").await;
    assert_eq!(joined["id"], first["id"]);
    assert_eq!(item["message"]["third_party"], false);
}

async fn one_newsletter_with_many_repliers_becomes_many_tickets(world: Arc<World>) {
    let client = world.admin().await;
    let mut tickets = Vec::new();
    for number in 0..4 {
        let (from, own) = (format!("r{number}@reader.example"), format!("r{number}@c.example"));
        let reply = mail(&from, &own, "Re: News", &parent("news@sender.example"), "Stop it");
        world.deliver(&reply).await;
        let (item, ticket) = became(&client, &own).await;
        tickets.push(id(&ticket).to_owned());
        let expected = ["no_known_reference", "sender_takes_no_part", "mass_id", "mass_id"];
        assert_eq!(rule(&item), expected[number]);
    }
    tickets.sort();
    tickets.dedup();
    assert_eq!(tickets.len(), 4);
    // Not even for one of them does it lead anywhere now.
    let again = parent("news@sender.example");
    world.deliver(&mail("r0@reader.example", "again@c.example", "Re: News", &again, "?")).await;
    let (item, ticket) = became(&client, "again@c.example").await;
    assert_eq!(item["message"]["thread_reason"]["mail_id"], "news@sender.example");
    assert!(rule(&item) == "mass_id" && !tickets.contains(&id(&ticket).to_owned()));
}

async fn who_guesses_a_ticket_number_is_not_let_into_it(world: Arc<World>) {
    let client = world.admin().await;
    world.deliver(&mail(AYSE, "1@c.example", "Private", "", "my card")).await;
    let (_, hers) = became(&client, "1@c.example").await;
    let number = &hers["number"];
    for (at, form) in ["[#{}] hi", "Ticket#{} hi", "hi (#{})"].into_iter().enumerate() {
        let (own, subject) = (format!("e{at}@e.example"), form.replace("{}", &number.to_string()));
        world.deliver(&mail(EVE, &own, &subject, "", "tell me")).await;
        let (item, ticket) = became(&client, &own).await;
        assert_ne!(ticket["id"], hers["id"], "{subject}");
        assert_eq!(rule(&item), "sender_takes_no_part", "{subject}");
    }
}

async fn an_edited_subject_goes_on_in_an_open_ticket_and_opens_another_behind_a_resolved_one(
    world: Arc<World>,
) {
    let client = world.admin().await;
    world.deliver(&mail(AYSE, "1@c.example", "Kargo", "", "one")).await;
    let (_, first) = became(&client, "1@c.example").await;
    let other = mail(AYSE, "2@c.example", "Fatura", &parent("1@c.example"), "two");
    world.deliver(&other).await;
    let (item, joined) = became(&client, "2@c.example").await;
    assert_eq!(joined["id"], first["id"], "an open ticket goes on");
    assert_eq!(item["message"]["subject"], "Fatura", "and the message keeps its own subject");
    resolve(&client, &first).await;
    let known = mail(AYSE, "3@c.example", "Re: Fatura", &parent("2@c.example"), "three");
    world.deliver(&known).await;
    assert_eq!(became(&client, "3@c.example").await.1["id"], first["id"], "a subject it has had");
    resolve(&client, &first).await;
    world.deliver(&mail(AYSE, "4@c.example", "Garanti", &parent("1@c.example"), "four")).await;
    let (item, second) = became(&client, "4@c.example").await;
    assert_eq!(rule(&item), "continues");
    assert_eq!(item["message"]["thread_reason"]["number"], first["number"]);
    assert_eq!(second["subject"], "Garanti");
    assert_eq!(ticket(&client, &first["id"]).await["status"], "resolved", "it is left alone");
    let links = client.get(&format!("/tickets/{}/links", id(&second))).await.good();
    assert_eq!(links["items"][0]["kind"], "continues");
    assert_eq!(links["items"][0]["ticket"], first["id"]);
    let links = client.get(&format!("/tickets/{}/links", id(&first))).await.good();
    assert_eq!(links["items"][0]["kind"], "continued_by");
}

async fn the_same_subject_without_headers_joins_nothing(world: Arc<World>) {
    let client = world.admin().await;
    world.deliver(&mail(AYSE, "1@c.example", "Invoice", "", "one")).await;
    world.deliver(&mail(AYSE, "2@c.example", "Re: Invoice", "", "two")).await;
    let (item, second) = became(&client, "2@c.example").await;
    assert_ne!(second["id"], became(&client, "1@c.example").await.1["id"]);
    assert_eq!(rule(&item), "no_reference");
}

async fn a_mail_to_several_of_our_mailboxes_is_a_ticket_in_each(world: Arc<World>) {
    let client = world.admin().await;
    let hr = throughline_app::inboxes::ensure(
        &world.app,
        Channel::Email,
        "hr@throughline.example",
        "HR",
    );
    let hr = hr.await.expect("an inbox").id;
    let both = mail(AYSE, "1@c.example", "Question", "Cc: hr@throughline.example\n", "one");
    world.deliver(&both).await;
    deliver_to(&world, hr, &both).await;
    let all = messages(&client).await;
    assert_eq!(all.len(), 2, "each mailbox has its own readers");
    let here = all.iter().find(|item| item["inbox"] != hr.to_string()).expect("ours");
    let ours = ticket(&client, &here["ticket"]).await;
    // The answer to support goes on there, whichever mailbox it is sent to.
    let signed = signed_id(&world, &ours, &answer(&client, &ours, "Yes").await).await;
    let reply = mail(AYSE, "2@c.example", "Re: Question", &parent(&signed), "two");
    deliver_to(&world, hr, &reply).await;
    assert_eq!(became(&client, "2@c.example").await.1["id"], ours["id"]);
    // Without anything of ours it stays where it arrived.
    let bare = mail(AYSE, "3@c.example", "Re: Question", &parent("1@c.example"), "three");
    deliver_to(&world, hr, &bare).await;
    let (item, theirs) = became(&client, "3@c.example").await;
    assert_ne!(theirs["id"], ours["id"]);
    assert_eq!(item["inbox"], hr.to_string());
}

async fn a_thread_index_is_no_id(world: Arc<World>) {
    let client = world.admin().await;
    let extra = "Thread-Index: AdOQ5x8J1kz4q7T4Qm6x0sV0mZ8b2A==\nThread-Topic: Invoice\n";
    world.deliver(&mail(AYSE, "1@c.example", "Invoice", extra, "one")).await;
    world.deliver(&mail(AYSE, "2@c.example", "Invoice", extra, "two")).await;
    let ((_, first), (_, second)) =
        (became(&client, "1@c.example").await, became(&client, "2@c.example").await);
    assert_ne!(first["id"], second["id"]);
}

async fn a_forward_without_ids_joins_nothing(world: Arc<World>) {
    let client = world.admin().await;
    world.deliver(&mail(AYSE, "1@c.example", "Invoice", "", "one")).await;
    let body = "See below.\n\n---------- Forwarded message ---------\nFrom: ayse@customer.example\n\
        Subject: Invoice\nMessage-ID: <1@c.example>\n\none";
    world.deliver(&mail(EVE, "2@e.example", "Fwd: Invoice", "", body)).await;
    let (item, second) = became(&client, "2@e.example").await;
    assert_ne!(second["id"], became(&client, "1@c.example").await.1["id"]);
    assert_eq!(rule(&item), "no_reference");
    assert!(item["body"].as_str().expect("a body").contains("Forwarded message"));
}

async fn references_match_without_any_setting(world: Arc<World>) {
    let client = world.admin().await;
    world.deliver(&mail(AYSE, "1@c.example", "Kargo", "", "one")).await;
    let extra = "References: <x@c.example> <1@c.example> <y@c.example>\n";
    world.deliver(&mail(AYSE, "2@c.example", "no such subject", extra, "two")).await;
    let ((_, first), (item, second)) =
        (became(&client, "1@c.example").await, became(&client, "2@c.example").await);
    assert_eq!(first["id"], second["id"]);
    assert_eq!(item["message"]["thread_reason"]["header"], "references");
}

async fn a_list_post_makes_nobody_a_guest(world: Arc<World>) {
    let client = world.admin().await;
    let list = "List-Id: <all.list.example>\n";
    world.deliver(&mail(AYSE, "post@l.example", "To all", list, "hello all")).await;
    let (_, first) = became(&client, "post@l.example").await;
    world.deliver(&mail(EVE, "e@e.example", "Re: To all", &parent("post@l.example"), "me")).await;
    let (item, second) = became(&client, "e@e.example").await;
    assert_ne!(second["id"], first["id"]);
    assert_eq!(rule(&item), "sender_takes_no_part");
    // What she writes next goes on in hers.
    world.deliver(&mail(EVE, "f@e.example", "Re: To all", &parent("post@l.example"), "me")).await;
    assert_eq!(became(&client, "f@e.example").await.1["id"], second["id"]);
}

async fn who_was_in_cc_takes_part(world: Arc<World>) {
    let client = world.admin().await;
    let cc = "Cc: Mehmet <Mehmet@Customer.example>\n";
    world.deliver(&mail(AYSE, "1@c.example", "Kargo", cc, "one")).await;
    let (_, first) = became(&client, "1@c.example").await;
    let subject = format!("[#{}] Kargo", first["number"]);
    world.deliver(&mail("mehmet@customer.example", "2@c.example", &subject, "", "two")).await;
    let (item, joined) = became(&client, "2@c.example").await;
    assert_eq!((&joined["id"], rule(&item)), (&first["id"], "subject_number"));
    assert_eq!(item["message"]["third_party"], false);
    let his = world.customer(&client, "mehmet@customer.example").await;
    assert_eq!(item["identity"], his["identities"][0]["id"], "he is himself, not Ayşe");
    assert_ne!(item["customer"], his["id"], "the message is on the timeline of the ticket");
}

async fn a_third_party_joins_and_is_no_part_until_we_answer_him(world: Arc<World>) {
    let client = world.admin().await;
    world.deliver(&mail(AYSE, "1@c.example", "Kargo", "", "one")).await;
    let (_, first) = became(&client, "1@c.example").await;
    world.deliver(&mail(EVE, "2@e.example", "Re: Kargo", &parent("1@c.example"), "two")).await;
    let (item, joined) = became(&client, "2@e.example").await;
    assert_eq!((&joined["id"], &item["message"]["third_party"]), (&first["id"], &json!(true)));
    let hers = world.customer(&client, EVE).await;
    assert_eq!(item["identity"], hers["identities"][0]["id"]);
    let subject = format!("[#{}] Kargo", first["number"]);
    world.deliver(&mail(EVE, "3@e.example", &subject, "", "three")).await;
    assert_ne!(became(&client, "3@e.example").await.1["id"], first["id"], "not by the number");
    let path = format!("/tickets/{}/replies", id(&first));
    let reply = client.post(&path, json!({ "body": "Hello both", "to": [AYSE, EVE] })).await;
    reply.good();
    world.deliver(&mail(EVE, "4@e.example", &subject, "", "four")).await;
    let (item, joined) = became(&client, "4@e.example").await;
    assert_eq!((&joined["id"], &item["message"]["third_party"]), (&first["id"], &json!(false)));
}

async fn a_third_party_opens_a_linked_ticket_where_the_inbox_says_so(world: Arc<World>) {
    let client = world.admin().await;
    set_up(&world, |settings| settings.third_party = ThirdParty::NewTicket).await;
    world.deliver(&mail(AYSE, "1@c.example", "Kargo", "", "one")).await;
    let (_, first) = became(&client, "1@c.example").await;
    for own in ["2@e.example", "3@e.example"] {
        world.deliver(&mail(EVE, own, "Re: Kargo", &parent("1@c.example"), own)).await;
    }
    let (item, hers) = became(&client, "2@e.example").await;
    assert_ne!(hers["id"], first["id"]);
    assert_eq!(rule(&item), "sender_takes_no_part");
    assert_eq!(item["message"]["third_party"], false, "it is her own");
    assert_eq!(became(&client, "3@e.example").await.1["id"], hers["id"], "one for all of hers");
    let links = client.get(&format!("/tickets/{}/links", id(&hers))).await.good();
    assert_eq!(links["items"][0]["ticket"], first["id"]);
    assert_eq!(links["items"][0]["kind"], "related");
    // By what we signed it is the same.
    let address = reply_address(&world, &first).await;
    let signed = mail("z@z.example", "4@z.example", "x", "", "four").replace(SUPPORT, &address);
    world.deliver(&signed).await;
    assert_ne!(became(&client, "4@z.example").await.1["id"], first["id"]);
}

async fn a_ticket_resolved_long_ago_is_continued_by_one_new_ticket(world: Arc<World>) {
    let client = world.admin().await;
    set_up(&world, |settings| settings.continue_after_days = 10).await;
    world.deliver(&mail(AYSE, "1@c.example", "Kargo", "", "one")).await;
    let (_, first) = became(&client, "1@c.example").await;
    resolve(&client, &first).await;
    world.clock.advance(9 * 86_400);
    let client = world.admin().await;
    let soon = mail(AYSE, "2@c.example", "Re: Kargo", &parent("1@c.example"), "two");
    world.deliver(&soon).await;
    assert_eq!(became(&client, "2@c.example").await.1["id"], first["id"], "within the days");
    resolve(&client, &first).await;
    world.clock.advance(11 * 86_400);
    let client = world.admin().await;
    let address = reply_address(&world, &first).await;
    let late = mail(AYSE, "3@c.example", "Re: Kargo", "", "three").replace(SUPPORT, &address);
    world.deliver(&late).await;
    let (item, second) = became(&client, "3@c.example").await;
    assert_ne!(second["id"], first["id"]);
    assert_eq!(rule(&item), "continues");
    assert_eq!(item["message"]["thread_reason"]["ticket"], first["id"]);
    let again = mail(AYSE, "4@c.example", "Re: Kargo", &parent("1@c.example"), "four");
    world.deliver(&again).await;
    assert_eq!(became(&client, "4@c.example").await.1["id"], second["id"], "one continuation");
    let away = format!("{}Auto-Submitted: auto-replied\n", parent("1@c.example"));
    world.deliver(&mail(AYSE, "5@c.example", "Away", &away, "five")).await;
    let (_, joined) = became(&client, "5@c.example").await;
    assert_eq!((&joined["id"], &joined["status"]), (&first["id"], &json!("resolved")));
}

async fn a_mail_that_names_only_ids_of_others_joins_nothing(world: Arc<World>) {
    let client = world.admin().await;
    let extra = parent("seen@x.example");
    world.deliver(&mail(AYSE, "1@c.example", "Re: Kargo", &extra, "one")).await;
    let (_, first) = became(&client, "1@c.example").await;
    world.deliver(&mail(EVE, "2@e.example", "Re: Kargo", &extra, "two")).await;
    let (item, hers) = became(&client, "2@e.example").await;
    assert_ne!(hers["id"], first["id"]);
    assert_eq!(rule(&item), "sender_takes_no_part");
    assert_eq!(item["message"]["thread_reason"]["ticket"], first["id"]);
    let links = client.get(&format!("/tickets/{}/links", id(&hers))).await.good();
    assert_eq!(links["items"], json!([]), "who merely names an id is not linked to it");
}

async fn an_unaligned_mail_joins_by_no_weak_way_and_proves_nobody(world: Arc<World>) {
    let client = world.admin().await;
    set_up(&world, |s| s.trusted_servers = vec!["mx.throughline.example".into()]).await;
    let checked = |result: &str| {
        let domain = "header.from=customer.example";
        format!("Authentication-Results: mx.throughline.example; dmarc={result} {domain}\n")
    };
    let good = format!("{}References: <seen@x.example>\n", checked("pass"));
    world.deliver(&mail(AYSE, "1@c.example", "Kargo", &good, "one")).await;
    let (item, first) = became(&client, "1@c.example").await;
    assert_eq!(
        item["message"]["trust"],
        json!({ "result": "aligned", "by": "dmarc", "why": null })
    );
    let bad = checked("fail");
    let subject = format!("[#{}] Kargo", first["number"]);
    world.deliver(&mail(AYSE, "2@e.example", &subject, &bad, "by the number")).await;
    let (item, second) = became(&client, "2@e.example").await;
    assert_ne!(second["id"], first["id"]);
    assert_eq!(item["message"]["trust"]["result"], "unaligned");
    assert!(item["message"]["trust"]["why"].as_str().expect("why").contains("dmarc=fail"));
    let named = format!("{bad}References: <seen@x.example>\n");
    world.deliver(&mail(AYSE, "3@e.example", "Re: Kargo", &named, "by an ancestor")).await;
    assert_ne!(became(&client, "3@e.example").await.1["id"], first["id"]);
    let known = format!("{bad}{}", parent("1@c.example"));
    world.deliver(&mail(AYSE, "4@e.example", "Re: Kargo", &known, "by a message")).await;
    let (item, joined) = became(&client, "4@e.example").await;
    assert_eq!((&joined["id"], &item["message"]["third_party"]), (&first["id"], &json!(true)));
    let own = world.customer(&client, AYSE).await;
    assert_eq!(own["identities"][0]["proof"], "aligned_mail", "by the first mail");
    let stranger = "zeynep@customer.example";
    world.deliver(&mail(stranger, "6@e.example", "Hi", &bad, "the first of hers")).await;
    let hers = world.customer(&client, stranger).await;
    assert_eq!(hers["identities"][0]["proof"], "none");
    // A header that the sender wrote himself, below that of our server or without it, is nothing.
    let forged = "Authentication-Results: evil.example; dmarc=pass header.from=customer.example\n";
    world.deliver(&mail(AYSE, "5@e.example", "Hi", forged, "no server of ours")).await;
    assert_eq!(became(&client, "5@e.example").await.0["message"]["trust"]["result"], "none");
}
