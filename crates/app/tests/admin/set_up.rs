//! Agents, teams, inboxes, tags and organizations, and the trail that their changes leave.

use throughline_app::access::Origin;
use throughline_app::agents::AgentPatch;
use throughline_app::inboxes::{InboxPatch, NewInbox};
use throughline_app::organizations::{NewOrganization, OrganizationPatch};
use throughline_app::tags::{NewTag, TagPatch};
use throughline_app::tickets::{CustomerRef, NewTicket, OpenedBy, TicketRef};
use throughline_app::{
    App, actors, agents, api_keys, events, inboxes, organizations, sessions, statuses, tags, teams,
    tickets,
};
use throughline_core::actor::{Actor, Scope, Sees};
use throughline_core::agent::{Agent, Role, Team};
use throughline_core::channel::Channel;
use throughline_core::event::{DomainEvent, Happening};
use throughline_core::id::{InboxId, TeamId};
use throughline_core::page::PageRequest;
use throughline_core::ticket::Priority;

use crate::keys::key_of;
use crate::support::{Bench, on_each_database};
use crate::{agent, agent_in, code, inbox, team};

/// The `what` and `change` of every admin event, oldest first.
async fn trail(app: &App) -> Vec<String> {
    app.store().write(|c| throughline_store::events::sequence(c).map(drop)).await.unwrap();
    let system = Actor::system();
    let page = events::list(app, &system, None, 200, Vec::new()).await;
    let events = page.unwrap().events;
    let line = |event: DomainEvent| match event.what {
        Happening::AdminChanged { what, change, .. } => {
            Some(format!("{what} {change} by {}", event.actor))
        }
        _ => None,
    };
    events.into_iter().filter_map(line).collect()
}

#[tokio::test]
async fn the_last_active_admin_stays() {
    on_each_database(async |Bench { app, .. }: Bench| {
        let (first, password) = agents::bootstrap_admin(&app, "root@x.com").await.unwrap().unwrap();
        assert!(agents::bootstrap_admin(&app, "root2@x.com").await.unwrap().is_none());
        sessions::sign_in(&app, "root@x.com", password.expose(), Origin::default()).await.unwrap();
        let me = actors::of_agent(&app, first.id).await.unwrap();
        let demote = AgentPatch { role: Some(Role::Lead), ..AgentPatch::default() };
        let off = AgentPatch { active: Some(false), ..AgentPatch::default() };
        for patch in [&demote, &off] {
            let refused = agents::update(&app, &me, first.id, patch.clone(), None).await;
            assert_eq!(code(refused), "last_admin");
        }
        let second = agent(&app, "b@x.com", Role::Admin).await;
        // Each would leave the other one: of two at the same moment one is refused.
        let (a, b) = tokio::join!(
            agents::update(&app, &me, first.id, off.clone(), None),
            agents::update(&app, &me, second.id, demote.clone(), None),
        );
        let refused = [a, b].into_iter().filter_map(Result::err).map(|e| e.code);
        assert_eq!(refused.collect::<Vec<_>>(), ["last_admin"]);
    })
    .await;
}

#[tokio::test]
async fn an_agent_is_changed_only_from_the_version_that_was_read() {
    on_each_database(async |Bench { app, clock, .. }: Bench| {
        let system = Actor::system();
        let (sales, support) = (team(&app, "Sales").await, team(&app, "Support").await);
        let made = agent_in(&app, "a@x.com", Role::Agent, vec![sales.id]).await;
        clock.advance(5);
        let patch = AgentPatch {
            name: Some(" Ali ".into()),
            teams: Some(vec![support.id, sales.id, support.id]),
            ..AgentPatch::default()
        };
        let after = agents::update(&app, &system, made.id, patch.clone(), Some(1)).await.unwrap();
        assert_eq!((after.version, after.name.as_str()), (2, "Ali"));
        assert_eq!(after.teams, [sales.id, support.id]);
        assert_eq!(agents::get(&app, &system, made.id).await.unwrap(), after);
        let stale = agents::update(&app, &system, made.id, AgentPatch::default(), Some(1)).await;
        assert_eq!(code(stale), "version_mismatch");
        let same = agents::update(&app, &system, made.id, patch, None).await.unwrap();
        assert_eq!(same.version, 2, "nothing changed");
        agent(&app, "b@x.com", Role::Agent).await;
        let taken = AgentPatch { email: Some("B@x.com".into()), ..AgentPatch::default() };
        assert_eq!(code(agents::update(&app, &system, made.id, taken, None).await), "email_taken");
        let ghost = AgentPatch { teams: Some(vec![TeamId::from(5)]), ..AgentPatch::default() };
        let error = agents::update(&app, &system, made.id, ghost, None).await.unwrap_err();
        assert_eq!(error.field, Some("teams"));
    })
    .await;
}

#[tokio::test]
async fn an_agent_without_rights_manages_nothing_but_knows_the_colleagues() {
    on_each_database(async |Bench { app, .. }: Bench| {
        let made = agent(&app, "a@x.com", Role::Agent).await;
        let me = actors::of_agent(&app, made.id).await.unwrap();
        assert_eq!(agents::me(&app, &me).await.unwrap(), made);
        assert!(agents::me(&app, &Actor::system()).await.is_err());
        assert_eq!(agents::list(&app, &me, &PageRequest::default()).await.unwrap().items, [made]);
        assert_eq!(code(teams::create(&app, &me, "Mine").await), "missing_right");
        assert_eq!(code(tags::create(&app, &me, NewTag::default()).await), "missing_right");
        let list = api_keys::list(&app, &me, &PageRequest::default()).await;
        assert_eq!(code(list), "missing_right");
        let keys = statuses::list(&app).await.unwrap().into_iter().map(|s| s.key);
        assert_eq!(keys.collect::<Vec<_>>(), ["open", "waiting", "resolved"]);
    })
    .await;
}

#[tokio::test]
async fn a_restricted_inbox_narrows_the_sight_of_those_outside_its_teams() {
    on_each_database(async |Bench { app, .. }: Bench| {
        let (legal, sales) = (team(&app, "Legal").await, team(&app, "Sales").await);
        let lawyer = agent_in(&app, "l@x.com", Role::Agent, vec![legal.id]).await;
        let seller = agent_in(&app, "s@x.com", Role::Agent, vec![sales.id]).await;
        let lead = agent(&app, "lead@x.com", Role::Lead).await;
        let open = inbox(&app, "help@x.com", false, vec![]).await;
        let sees = async |id| actors::of_agent(&app, id).await.unwrap().sees;
        assert_eq!(sees(seller.id).await, Sees::Everything, "nothing is restricted yet");
        let closed = inbox(&app, "legal@x.com", true, vec![legal.id]).await;
        let only = |inboxes, who: &Agent, team: &Team| Sees::Only {
            inboxes,
            agent: Some(who.id),
            teams: vec![team.id],
        };
        assert_eq!(sees(seller.id).await, only(vec![open.id], &seller, &sales));
        assert_eq!(sees(lawyer.id).await, only(vec![open.id, closed.id], &lawyer, &legal));
        assert_eq!(sees(lead.id).await, Sees::Everything);
        let me = actors::of_agent(&app, seller.id).await.unwrap();
        let listed = inboxes::list(&app, &me, &PageRequest::default()).await.unwrap();
        assert_eq!(listed.items, [open]);
        assert_eq!(code(inboxes::get(&app, &me, closed.id).await), "not_found");
        teams::delete(&app, &Actor::system(), legal.id).await.unwrap();
        let actor = actors::of_agent(&app, lawyer.id).await.unwrap();
        assert!(!actor.sees(closed.id, None, None));
    })
    .await;
}

#[tokio::test]
async fn an_inbox_has_one_address_for_ever() {
    on_each_database(async |Bench { app, .. }: Bench| {
        let system = Actor::system();
        let made = inboxes::ensure(&app, Channel::Email, "Help@X.com", "Help").await.unwrap();
        assert_eq!(made.address, "help@x.com");
        let (a, b) = tokio::join!(
            inboxes::ensure(&app, Channel::Api, "shop", "Shop"),
            inboxes::ensure(&app, Channel::Api, "shop", "Shop"),
        );
        assert_eq!(a.unwrap(), b.unwrap());
        let again = NewInbox {
            channel: Channel::Email,
            address: "HELP@x.com".into(),
            name: "Twice".into(),
            restricted: false,
            teams: vec![],
            default_team: None,
        };
        assert_eq!(code(inboxes::create(&app, &system, again).await), "address_taken");
        let sales = team(&app, "Sales").await;
        let patch = InboxPatch { default_team: Some(Some(sales.id)), ..InboxPatch::default() };
        let given = inboxes::update(&app, &system, made.id, patch, Some(1)).await.unwrap();
        assert_eq!((given.default_team, given.version), (Some(sales.id), 2));
        let patch = InboxPatch { default_team: Some(None), ..InboxPatch::default() };
        let taken = inboxes::update(&app, &system, made.id, patch.clone(), Some(2)).await.unwrap();
        assert_eq!(taken.default_team, None);
        assert_eq!(
            code(inboxes::update(&app, &system, made.id, patch, Some(2)).await),
            "version_mismatch"
        );
        inboxes::delete(&app, &system, made.id).await.unwrap();
        assert_eq!(code(inboxes::delete(&app, &system, made.id).await), "not_found");
    })
    .await;
}

#[tokio::test]
async fn tags_that_read_alike_are_one() {
    on_each_database(async |Bench { app, .. }: Bench| {
        let system = Actor::system();
        let new = |name: &str| NewTag {
            name: name.into(),
            color: Some("#D97706".into()),
            description: None,
        };
        let tag = tags::create(&app, &system, new("Ödeme")).await.unwrap();
        assert_eq!(tag.color.as_deref(), Some("#d97706"));
        assert_eq!(code(tags::create(&app, &system, new("ODEME")).await), "tag_name_taken");
        let other = tags::create(&app, &system, new("İade")).await.unwrap();
        let patch = TagPatch { name: Some("ödeme".into()), ..TagPatch::default() };
        let taken = tags::update(&app, &system, other.id, patch.clone(), None).await;
        assert_eq!(code(taken), "tag_name_taken");
        let lower = tags::update(&app, &system, tag.id, patch, Some(1)).await.unwrap();
        assert_eq!((lower.name.as_str(), lower.version), ("ödeme", 2));
        let patch = TagPatch { color: Some(None), ..TagPatch::default() };
        assert_eq!(
            code(tags::update(&app, &system, tag.id, patch.clone(), Some(1)).await),
            "version_mismatch"
        );
        let plain = tags::update(&app, &system, tag.id, patch, Some(2)).await.unwrap();
        assert_eq!(plain.color, None);
        let found = tags::list(&app, &system, &PageRequest::default(), Some("ÖDE")).await.unwrap();
        assert_eq!(found.items, [plain]);
        tags::delete(&app, &system, tag.id).await.unwrap();
        assert_eq!(code(tags::get(&app, &system, tag.id).await), "not_found");
    })
    .await;
}

#[tokio::test]
async fn lists_are_walked_page_by_page() {
    on_each_database(async |Bench { app, .. }: Bench| {
        let system = Actor::system();
        for n in 0..5 {
            team(&app, &format!("Team {n}")).await;
        }
        let (mut request, mut names) = (PageRequest { limit: 2, after: None }, Vec::new());
        loop {
            let page = teams::list(&app, &system, &request).await.unwrap();
            names.extend(page.items.into_iter().map(|t| t.name));
            match page.next {
                Some(next) => request.after = Some(next),
                None => break,
            }
        }
        assert_eq!(names, ["Team 0", "Team 1", "Team 2", "Team 3", "Team 4"]);
        assert_eq!(code(tags::list(&app, &system, &request, None).await), "invalid_cursor");
    })
    .await;
}

#[tokio::test]
async fn a_team_name_is_taken_whatever_its_case() {
    on_each_database(async |Bench { app, .. }: Bench| {
        let system = Actor::system();
        let made = team(&app, "Şikâyet").await;
        assert_eq!(code(teams::create(&app, &system, "sikayet").await), "team_name_taken");
        let renamed = teams::update(&app, &system, made.id, "Complaints").await.unwrap();
        assert_eq!(teams::get(&app, &system, made.id).await.unwrap(), renamed);
        team(&app, "sikayet").await;
        let ghost = teams::update(&app, &system, TeamId::from(1), "Other").await;
        assert_eq!(code(ghost), "not_found");
        assert!(teams::create(&app, &system, "--").await.is_err());
    })
    .await;
}

#[tokio::test]
async fn an_organization_has_its_domain_alone() {
    on_each_database(async |Bench { app, .. }: Bench| {
        let system = Actor::system();
        let new = |domain: Option<&str>| NewOrganization {
            name: "Acme".into(),
            domain: domain.map(str::to_owned),
            parent: None,
        };
        let acme = organizations::create(&app, &system, new(Some("ACME.com"))).await.unwrap();
        assert_eq!(acme.domain.as_deref(), Some("acme.com"));
        let twice = organizations::create(&app, &system, new(Some("acme.com"))).await;
        assert_eq!(code(twice), "domain_taken");
        organizations::create(&app, &system, new(None)).await.unwrap();
        organizations::create(&app, &system, new(None)).await.unwrap();
        let patch = OrganizationPatch { domain: Some(None), name: None, parent: None };
        let after = organizations::update(&app, &system, acme.id, patch).await.unwrap();
        assert_eq!((after.domain, after.name), (None, "Acme".to_owned()));
        organizations::delete(&app, &system, acme.id).await.unwrap();
        assert_eq!(code(organizations::get(&app, &system, acme.id).await), "not_found");
    })
    .await;
}

#[tokio::test]
async fn every_change_of_the_set_up_leaves_a_trail() {
    on_each_database(async |Bench { app, .. }: Bench| {
        let system = Actor::system();
        let made = agent(&app, "a@x.com", Role::Admin).await;
        let me = actors::of_agent(&app, made.id).await.unwrap();
        let tag = NewTag { name: "vip".into(), ..NewTag::default() };
        let tag = tags::create(&app, &me, tag).await.unwrap();
        let same = TagPatch { name: Some("vip".into()), ..TagPatch::default() };
        tags::update(&app, &me, tag.id, same, None).await.unwrap();
        tags::delete(&app, &me, tag.id).await.unwrap();
        let (key, _) = api_keys::create(&app, &system, key_of(&[Scope::Ledger])).await.unwrap();
        api_keys::revoke(&app, &system, key.id).await.unwrap();
        let refused = teams::create(&app, &me, "--").await;
        assert!(refused.is_err());
        let me = me.name();
        let expected = [
            "agent created by system".to_owned(),
            format!("tag created by {me}"),
            format!("tag deleted by {me}"),
            "api_key created by system".to_owned(),
            "api_key deleted by system".to_owned(),
        ];
        assert_eq!(trail(&app).await, expected);
    })
    .await;
}

fn ticket_with(tag: &str, inbox: InboxId) -> NewTicket {
    NewTicket {
        subject: "Where is it?".into(),
        customer: CustomerRef::Email { address: "c@x.com".into(), name: None },
        inbox: Some(inbox),
        body: "Hello".into(),
        opened_by: OpenedBy::Customer,
        priority: Priority::Normal,
        status: None,
        assignee_agent: None,
        assignee_team: None,
        tags: vec![tag.into()],
    }
}

#[tokio::test]
async fn a_deleted_tag_leaves_its_tickets_as_they_were() {
    on_each_database(async |Bench { app, .. }: Bench| {
        let system = Actor::system();
        let shop = inbox(&app, "shop@x.com", false, vec![]).await;
        let before = tickets::create(&app, &system, ticket_with("vip", shop.id)).await.unwrap();
        let tag = before.tags.first().unwrap();
        tags::delete(&app, &system, tag.id).await.unwrap();
        let id = TicketRef::Id(before.ticket.id);
        let after = tickets::get(&app, &system, id).await.unwrap();
        assert_eq!((after.tags.len(), after.ticket.version), (0, before.ticket.version));
    })
    .await;
}

#[tokio::test]
async fn an_inbox_with_history_stays() {
    on_each_database(async |Bench { app, .. }: Bench| {
        let system = Actor::system();
        let shop = inbox(&app, "shop@x.com", false, vec![]).await;
        tickets::create(&app, &system, ticket_with("vip", shop.id)).await.unwrap();
        assert_eq!(code(inboxes::delete(&app, &system, shop.id).await), "inbox_in_use");
        inboxes::get(&app, &system, shop.id).await.unwrap();
    })
    .await;
}
