//! What a row of a list shows, and what is unread to whom.

use std::sync::Arc;

use serde_json::json;
use throughline_core::agent::Role;
use throughline_tests::mails::mail;
use throughline_tests::threads::id;
use throughline_tests::{Client, World, on_both};

use super::{items, me, open, row};

on_both!(
    a_row_shows_what_was_said_last,
    a_ticket_is_unread_to_whom_it_concerns_until_he_reads_it,
    what_an_agent_puts_back_is_unread,
    an_archive_that_comes_late_makes_nothing_unread,
    a_key_has_no_desk,
    a_row_shows_nothing_that_one_may_not_see,
);

async fn a_row_shows_what_was_said_last(world: Arc<World>) {
    let agent = world.agent(Role::Agent, &[]).await;
    let from = "Ayşe Yılmaz <ayse@example.com>";
    world.deliver(&mail(from, "1@example.com", "Kargo", "", "Siparişim\n\n nerede?")).await;
    let ticket = id(&world.ticket_of(&agent, "ayse@example.com").await).to_owned();
    let shown = row(&agent, &ticket).await;
    assert_eq!(shown["customer_name"], "Ayşe Yılmaz");
    assert_eq!(shown["preview"], "Siparişim nerede?");
    assert_eq!(
        (&shown["last_author"], &shown["last_channel"]),
        (&json!("customer"), &json!("email"))
    );
    assert_eq!((&shown["unread"], &shown["draft"]), (&json!(true), &json!(null)));
    // What the mail quotes is folded away here, too.
    let quoting = "Hâlâ gelmedi.\n\nOn Sun, 22 Nov 2026 at 08:31, Support <support@throughline.example> \
                   wrote:\n> Yolda.\n> Bir iki güne gelir.\n";
    let answer = "In-Reply-To: <1@example.com>\n";
    world.clock.advance(60);
    let second = mail(from, "2@example.com", "Re: Kargo", answer, quoting);
    world.deliver(&second.replace("08:30:00", "08:45:00")).await;
    assert_eq!(row(&agent, &ticket).await["preview"], "Hâlâ gelmedi.");
    world.clock.advance(60);
    let note = json!({ "body": format!("Not: {}", "ş".repeat(300)) });
    agent.post(&format!("/tickets/{ticket}/notes"), note).await.good();
    agent.patch(&format!("/tickets/{ticket}"), json!({ "priority": "high" })).await.good();
    let shown = row(&agent, &ticket).await;
    assert_eq!(shown["last_author"], "agent", "a change of the ticket says nothing");
    let preview = shown["preview"].as_str().expect("a preview");
    assert!(preview.starts_with("Not: ş") && preview.chars().count() == 141, "{preview}");
    let alone = agent.get(&format!("/tickets/{ticket}")).await.good();
    assert!(alone["row"].is_null(), "a row belongs to a list");
    // Who has no name is shown by his address; what is taken out is not shown.
    world.deliver(&mail("x@example.com", "3@example.com", "A", "", "secretword")).await;
    let other = id(&world.ticket_of(&agent, "x@example.com").await).to_owned();
    assert_eq!(row(&agent, &other).await["customer_name"], "x@example.com");
    let lead = world.agent(Role::Lead, &[]).await;
    let item = items(&lead, &other).await.pop().expect("an item");
    lead.post(&format!("/items/{item}/redact"), json!({ "reason": "x" })).await.good();
    assert_eq!(row(&agent, &other).await["preview"], "");
}

async fn a_ticket_is_unread_to_whom_it_concerns_until_he_reads_it(world: Arc<World>) {
    let (ada, bea) = (world.agent(Role::Agent, &[]).await, world.agent(Role::Agent, &[]).await);
    let ticket = open(&ada, "Kargo", json!({})).await;
    let unread = async |client: &Client| row(client, &ticket).await["unread"] == true;
    assert!(unread(&ada).await && unread(&bea).await, "nobody has it, so it concerns all");
    let read = format!("/tickets/{ticket}/read");
    let first = items(&ada, &ticket).await.pop().expect("an item");
    ada.post(&read, json!({ "item": first })).await.good();
    assert!(!unread(&ada).await && unread(&bea).await, "reading is each agent's own");
    world.clock.advance(60);
    let own = json!({ "body": "Bakıyorum." });
    ada.post(&format!("/tickets/{ticket}/notes"), own).await.good();
    assert!(!unread(&ada).await, "what one wrote himself is read");
    bea.post(&read, json!({})).await.good();
    world.clock.advance(60);
    bea.post(&format!("/tickets/{ticket}/notes"), json!({ "body": "Ben de." })).await.good();
    assert!(unread(&ada).await && !unread(&bea).await);
    ada.post(&read, json!({})).await.good();
    ada.post(&read, json!({ "item": first })).await.good();
    assert!(!unread(&ada).await, "it never goes back");
    // Another's ticket concerns nobody who has not opened it.
    let change = json!({ "assignee_agent": me(&bea).await });
    ada.patch(&format!("/tickets/{ticket}"), change).await.good();
    let cem = world.agent(Role::Agent, &[]).await;
    assert!(!unread(&cem).await);
    let resolved = open(&ada, "Eski", json!({ "status": "resolved" })).await;
    assert_eq!(row(&cem, &resolved).await["unread"], false, "what is over waits for nobody");
    let other = open(&ada, "Başka", json!({})).await;
    let foreign = items(&ada, &other).await.pop().expect("an item");
    let problem = ada.post(&read, json!({ "item": foreign })).await.problem(422, "invalid_field");
    assert_eq!(problem["field"], "item");
}

async fn what_an_agent_puts_back_is_unread(world: Arc<World>) {
    let agent = world.agent(Role::Agent, &[]).await;
    let ticket = open(&agent, "Kargo", json!({ "opened_by": "agent" })).await;
    assert_eq!(row(&agent, &ticket).await["unread"], false, "he wrote it himself");
    agent.post(&format!("/tickets/{ticket}/unread"), json!({})).await.good();
    assert_eq!(row(&agent, &ticket).await["unread"], true);
    agent.post(&format!("/tickets/{ticket}/read"), json!({})).await.good();
    assert_eq!(row(&agent, &ticket).await["unread"], false);
    agent.post("/tickets/tkt_0000000000000/unread", json!({})).await.problem(404, "not_found");
}

async fn an_archive_that_comes_late_makes_nothing_unread(world: Arc<World>) {
    let agent = world.agent(Role::Agent, &[]).await;
    let from = "ayse@example.com";
    world.clock.advance(365 * 24 * 3600);
    let agent_later = world.sign_in("agent1@throughline.example").await;
    let today = mail(from, "1@example.com", "Kargo", "", "Bugün");
    let today = today.replace("22 Nov 2026", "22 Nov 2027");
    world.deliver(&today).await;
    let ticket = id(&world.ticket_of(&agent_later, from).await).to_owned();
    agent_later.post(&format!("/tickets/{ticket}/read"), json!({})).await.good();
    let answer = "In-Reply-To: <1@example.com>\n";
    world.deliver(&mail(from, "0@example.com", "Re: Kargo", answer, "Geçen yıl")).await;
    assert_eq!(items(&agent_later, &ticket).await.len(), 2);
    assert_eq!(row(&agent_later, &ticket).await["unread"], false);
    drop(agent);
}

async fn a_key_has_no_desk(world: Arc<World>) {
    let admin = world.admin().await;
    let ticket = open(&admin, "Kargo", json!({})).await;
    let scopes = ["tickets:read", "tickets:write"];
    let made = admin.post("/api-keys", json!({ "name": "shop", "scopes": scopes })).await.good();
    let text = made["key"].as_str().or(made["secret"].as_str()).expect("shown once").to_owned();
    let shop = world.anonymous.with_token(&text);
    let shown = row(&shop, &ticket).await;
    assert_eq!((&shown["unread"], &shown["mentioned"]), (&json!(false), &json!(false)));
    let read = format!("/tickets/{ticket}/read");
    shop.post(&read, json!({})).await.problem(403, "agents_only");
    for list in ["/drafts", "/views", "/views/counts", "/macros", "/tickets?assignee_agent=me"] {
        shop.get(list).await.problem(403, "agents_only");
    }
    let reply = json!({ "body": "x" });
    shop.post(&format!("/tickets/{ticket}/replies"), reply).await.good();
    world.drain().await;
}

async fn a_row_shows_nothing_that_one_may_not_see(world: Arc<World>) {
    let admin = world.admin().await;
    let team = admin.post("/teams", json!({ "name": "HR" })).await.good();
    let close = json!({ "restricted": true, "teams": [team["id"]] });
    world.deliver(&mail("w@example.com", "w@x", "Salary", "", "secretword")).await;
    admin.patch(&format!("/inboxes/{}", world.inbox().await.id), close).await.good();
    let ticket = id(&world.ticket_of(&admin, "w@example.com").await).to_owned();
    let outsider = world.agent(Role::Agent, &[]).await;
    let read = format!("/tickets/{ticket}/read");
    outsider.post(&read, json!({})).await.problem(404, "not_found");
    let draft = json!({ "revision": 1, "body": "x" });
    let path = format!("/tickets/{ticket}/drafts/note");
    outsider.put(&path, draft.clone()).await.problem(404, "not_found");
    let here = json!({ "client": "a", "state": "looking" });
    let presence = format!("/tickets/{ticket}/presence");
    outsider.put(&presence, here).await.problem(404, "not_found");
    // A draft in a ticket that went out of sight is not listed.
    let him = json!({ "assignee_agent": me(&outsider).await });
    admin.patch(&format!("/tickets/{ticket}"), him).await.good();
    outsider.put(&path, draft).await.good();
    assert_eq!(row(&outsider, &ticket).await["preview"], "secretword");
    let count = async || {
        let page = outsider.get("/drafts").await.good();
        page["items"].as_array().expect("a list").len()
    };
    assert_eq!(count().await, 1);
    admin.patch(&format!("/tickets/{ticket}"), json!({ "assignee_agent": null })).await.good();
    assert_eq!(count().await, 0);
    outsider.get(&path).await.problem(404, "not_found");
}
