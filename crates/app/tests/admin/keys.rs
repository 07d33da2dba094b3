//! API keys: what they may, what they see, and when they end.

use throughline_app::api_keys::NewApiKey;
use throughline_app::{Clock, ErrorKind, actors, api_keys};
use throughline_core::actor::{Actor, Scope, Sees, Who};
use throughline_core::page::PageRequest;

use crate::support::{Bench, on_each_database};
use crate::{code, inbox};

pub(crate) fn key_of(scopes: &[Scope]) -> NewApiKey {
    NewApiKey { name: "shop".into(), scopes: scopes.to_vec(), inboxes: None, expires_at: None }
}

#[tokio::test]
async fn an_api_key_may_what_it_names_until_it_ends() {
    on_each_database(async |Bench { app, clock, .. }: Bench| {
        let system = Actor::system();
        let shop = inbox(&app, "shop@x.com", false, vec![]).await;
        let new = NewApiKey {
            inboxes: Some(vec![shop.id]),
            expires_at: Some(clock.now().plus_seconds(3600)),
            ..key_of(&[Scope::TicketsWrite, Scope::TicketsRead, Scope::TicketsRead])
        };
        let (key, text) = api_keys::create(&app, &system, new).await.unwrap();
        assert_eq!(key.scopes, [Scope::TicketsRead, Scope::TicketsWrite]);
        assert_eq!(text.expose().len(), "tlk_".len() + 8 + 1 + 43);
        let actor = actors::of_key(&app, text.expose()).await.unwrap();
        assert_eq!((actor.who, &actor.scopes), (Who::Key(key.id), &key.scopes));
        assert!(actor.sees(shop.id, None, None) && actor.sees != Sees::Everything);
        let used = async || {
            let page = api_keys::list(&app, &system, &PageRequest::default()).await.unwrap();
            page.items.first().unwrap().last_used_at
        };
        let first = clock.now();
        clock.advance(30);
        actors::of_key(&app, text.expose()).await.unwrap();
        assert_eq!(used().await, Some(first), "noted once a minute");
        clock.advance(30);
        actors::of_key(&app, text.expose()).await.unwrap();
        assert_eq!(used().await, Some(clock.now()));
        let forged = text.expose().replacen(&key.prefix, "aaaaaaaa", 1);
        assert_eq!(code(actors::of_key(&app, &forged).await), "bad_api_key");
        clock.advance(3600);
        let expired = actors::of_key(&app, text.expose()).await.unwrap_err();
        assert_eq!((expired.kind, expired.code), (ErrorKind::Unauthenticated, "bad_api_key"));
    })
    .await;
}

#[tokio::test]
async fn a_revoked_key_is_refused() {
    on_each_database(async |Bench { app, .. }: Bench| {
        let system = Actor::system();
        let new = key_of(&[Scope::CustomersRead]);
        let (key, text) = api_keys::create(&app, &system, new).await.unwrap();
        assert_eq!(actors::of_key(&app, text.expose()).await.unwrap().sees, Sees::Everything);
        api_keys::revoke(&app, &system, key.id).await.unwrap();
        api_keys::revoke(&app, &system, key.id).await.unwrap();
        assert_eq!(code(actors::of_key(&app, text.expose()).await), "bad_api_key");
        let ghost = api_keys::revoke(&app, &system, 5.into()).await;
        assert_eq!(code(ghost), "not_found");
    })
    .await;
}

#[tokio::test]
async fn a_key_has_no_more_rights_than_its_maker() {
    on_each_database(async |Bench { app, clock, .. }: Bench| {
        let system = Actor::system();
        let (mine, other) = (inbox(&app, "a@x.com", false, vec![]).await, 7.into());
        let new =
            NewApiKey { inboxes: Some(vec![mine.id]), ..key_of(&[Scope::Admin, Scope::Ledger]) };
        let (_, text) = api_keys::create(&app, &system, new).await.unwrap();
        let maker = actors::of_key(&app, text.expose()).await.unwrap();
        let within = NewApiKey { inboxes: Some(vec![mine.id]), ..key_of(&[Scope::Ledger]) };
        api_keys::create(&app, &maker, within.clone()).await.unwrap();
        let broader = NewApiKey { scopes: vec![Scope::TicketsRead], ..within.clone() };
        assert_eq!(code(api_keys::create(&app, &maker, broader).await), "missing_right");
        for inboxes in [None, Some(vec![other])] {
            let wider = NewApiKey { inboxes, ..within.clone() };
            assert_eq!(code(api_keys::create(&app, &maker, wider).await), "beyond_own_rights");
        }
        let ghost = NewApiKey { inboxes: Some(vec![other]), ..within.clone() };
        let error = api_keys::create(&app, &system, ghost).await.unwrap_err();
        assert_eq!(error.field, Some("inboxes"));
        let past = NewApiKey { expires_at: Some(clock.now()), ..within.clone() };
        let error = api_keys::create(&app, &system, past).await.unwrap_err();
        assert_eq!(error.field, Some("expires_at"));
        let empty = NewApiKey { scopes: vec![], ..within };
        let error = api_keys::create(&app, &system, empty).await.unwrap_err();
        assert_eq!(error.field, Some("scopes"));
    })
    .await;
}
