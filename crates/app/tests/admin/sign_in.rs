//! Signing in and out, locks, refresh tokens and passwords.

use throughline_app::access::Origin;
use throughline_app::agents::AgentPatch;
use throughline_app::sessions::{Holder, SignedIn};
use throughline_app::{App, AppError, Clock, ErrorKind, Secret, actors, agents, sessions};
use throughline_core::actor::Actor;
use throughline_core::agent::Role;

use crate::support::{Bench, on_each_database};
use crate::{PASSWORD, agent, code};

/// From where everybody comes here.
const FROM: Origin = Origin(None);

async fn signed_in(app: &App, email: &str) -> SignedIn {
    sessions::sign_in(app, email, PASSWORD, FROM).await.unwrap()
}

async fn refresh(app: &App, token: &Secret) -> Result<SignedIn, AppError> {
    sessions::refresh(app, token.expose(), Holder::Program).await
}

#[tokio::test]
async fn the_right_password_signs_in_and_anything_else_does_not() {
    on_each_database(async |Bench { app, .. }: Bench| {
        let made = agent(&app, "Ayşe@Example.com", Role::Agent).await;
        assert!(made.must_change_password);
        let signed = sessions::sign_in(&app, " AYŞE@example.com ", PASSWORD, FROM).await.unwrap();
        assert_eq!(signed.agent, made);
        assert!(!format!("{signed:?}").contains(signed.refresh_token.expose()));
        let wrong =
            sessions::sign_in(&app, "ayşe@example.com", "wrong horse", FROM).await.unwrap_err();
        assert_eq!((wrong.kind, wrong.code), (ErrorKind::Unauthenticated, "bad_credentials"));
        for nobody in ["nobody@example.com", "not an address", ""] {
            assert_eq!(
                code(sessions::sign_in(&app, nobody, PASSWORD, FROM).await),
                "bad_credentials"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn five_failures_lock_an_account_for_a_while() {
    on_each_database(async |Bench { app, clock, .. }: Bench| {
        agent(&app, "a@x.com", Role::Agent).await;
        for _ in 0..4 {
            assert_eq!(
                code(sessions::sign_in(&app, "a@x.com", "wrong", FROM).await),
                "bad_credentials"
            );
        }
        signed_in(&app, "a@x.com").await;
        for _ in 0..5 {
            assert_eq!(
                code(sessions::sign_in(&app, "a@x.com", "wrong", FROM).await),
                "bad_credentials"
            );
        }
        let locked = sessions::sign_in(&app, "a@x.com", PASSWORD, FROM).await.unwrap_err();
        assert_eq!((locked.kind, locked.code), (ErrorKind::TooMany, "account_locked"));
        clock.advance(59);
        assert_eq!(
            code(sessions::sign_in(&app, "a@x.com", PASSWORD, FROM).await),
            "account_locked"
        );
        clock.advance(1);
        assert_eq!(
            code(sessions::sign_in(&app, "a@x.com", "wrong", FROM).await),
            "bad_credentials"
        );
        clock.advance(119);
        assert_eq!(
            code(sessions::sign_in(&app, "a@x.com", PASSWORD, FROM).await),
            "account_locked"
        );
        clock.advance(1);
        signed_in(&app, "a@x.com").await;
        signed_in(&app, "a@x.com").await;
    })
    .await;
}

#[tokio::test]
async fn many_guesses_at_the_same_moment_do_not_pass_the_lock() {
    on_each_database(async |Bench { app, .. }: Bench| {
        agent(&app, "a@x.com", Role::Agent).await;
        let guess =
            |app: App| async move { sessions::sign_in(&app, "a@x.com", "wrong", FROM).await };
        let tasks: Vec<_> = (0..20).map(|_| tokio::spawn(guess(app.clone()))).collect();
        let mut checked = 0;
        for task in tasks {
            checked += usize::from(code(task.await.unwrap()) == "bad_credentials");
        }
        assert_eq!(checked, 5);
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_is_exchanged_for_the_next() {
    on_each_database(async |Bench { app, clock, .. }: Bench| {
        let made = agent(&app, "a@x.com", Role::Agent).await;
        let first = signed_in(&app, "a@x.com").await;
        clock.advance(3600);
        let second = refresh(&app, &first.refresh_token).await.unwrap();
        assert_eq!(second.agent.id, made.id);
        assert_ne!(second.refresh_token, first.refresh_token);
        assert_eq!(second.refresh_expires_at, clock.now().plus_seconds(sessions::REFRESH_SECONDS));
        clock.advance(sessions::REFRESH_SECONDS);
        assert_eq!(code(refresh(&app, &second.refresh_token).await), "session_ended");
        assert_eq!(
            code(sessions::refresh(&app, "made up", Holder::Program).await),
            "session_ended"
        );
        clock.advance(1);
        assert_eq!(sessions::purge(&app, clock.now()).await.unwrap(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_used_refresh_token_ends_its_family_and_no_other() {
    on_each_database(async |Bench { app, clock, .. }: Bench| {
        agent(&app, "a@x.com", Role::Agent).await;
        let (stolen, other) = (signed_in(&app, "a@x.com").await, signed_in(&app, "a@x.com").await);
        let thief = refresh(&app, &stolen.refresh_token).await.unwrap();
        clock.advance(11);
        let error = refresh(&app, &stolen.refresh_token).await.unwrap_err();
        assert_eq!((error.kind, error.code), (ErrorKind::Unauthenticated, "refresh_token_reused"));
        assert_eq!(code(refresh(&app, &thief.refresh_token).await), "session_ended");
        refresh(&app, &other.refresh_token).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_client_that_lost_the_answer_may_ask_again_at_once() {
    on_each_database(async |Bench { app, clock, .. }: Bench| {
        agent(&app, "a@x.com", Role::Agent).await;
        let first = signed_in(&app, "a@x.com").await;
        let lost = refresh(&app, &first.refresh_token).await.unwrap();
        clock.advance(9);
        let second = refresh(&app, &first.refresh_token).await.unwrap();
        let third = refresh(&app, &second.refresh_token).await.unwrap();
        // Whoever holds the answer that was thought lost is not the client.
        assert_eq!(code(refresh(&app, &lost.refresh_token).await), "refresh_token_reused");
        assert_eq!(code(refresh(&app, &third.refresh_token).await), "session_ended");
    })
    .await;
}

#[tokio::test]
async fn two_exchanges_at_the_same_moment_leave_one_token_alive() {
    on_each_database(async |Bench { app, .. }: Bench| {
        agent(&app, "a@x.com", Role::Agent).await;
        let first = signed_in(&app, "a@x.com").await;
        let (a, b) =
            tokio::join!(refresh(&app, &first.refresh_token), refresh(&app, &first.refresh_token));
        let tokens = [a.unwrap().refresh_token, b.unwrap().refresh_token];
        let mut alive = 0;
        for token in &tokens {
            alive += usize::from(refresh(&app, token).await.is_ok());
        }
        assert!(alive <= 1, "both answers worked");
    })
    .await;
}

#[tokio::test]
async fn tabs_that_exchange_at_one_moment_get_the_same_token() {
    on_each_database(async |Bench { app, clock, .. }: Bench| {
        agent(&app, "a@x.com", Role::Agent).await;
        let first = signed_in(&app, "a@x.com").await.refresh_token;
        let tab = |token: Secret| {
            let app = app.clone();
            async move { sessions::refresh(&app, token.expose(), Holder::Browser).await }
        };
        let (a, b) = tokio::join!(tab(first.clone()), tab(first.clone()));
        let (a, b) = (a.unwrap().refresh_token, b.unwrap().refresh_token);
        assert_eq!(a, b, "whichever answer comes last, the cookie holds the one that is good");
        // A third tab was slow: the second token has been exchanged by now.
        clock.advance(9);
        let third = tab(a.clone()).await.unwrap().refresh_token;
        assert_eq!(tab(first.clone()).await.unwrap().refresh_token, third);
        clock.advance(900);
        tab(third).await.unwrap();
        assert_eq!(code(tab(a).await), "refresh_token_reused", "the grace is short");
    })
    .await;
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    on_each_database(async |Bench { app, .. }: Bench| {
        agent(&app, "a@x.com", Role::Agent).await;
        let signed = signed_in(&app, "a@x.com").await;
        sessions::sign_out(&app, signed.refresh_token.expose(), FROM).await.unwrap();
        sessions::sign_out(&app, signed.refresh_token.expose(), FROM).await.unwrap();
        sessions::sign_out(&app, "never given out", FROM).await.unwrap();
        assert_eq!(code(refresh(&app, &signed.refresh_token).await), "session_ended");
    })
    .await;
}

#[tokio::test]
async fn an_inactive_agent_is_out_at_once() {
    on_each_database(async |Bench { app, .. }: Bench| {
        let admin = Actor::system();
        let made = agent(&app, "a@x.com", Role::Agent).await;
        let signed = signed_in(&app, "a@x.com").await;
        actors::of_agent(&app, made.id).await.unwrap();
        let off = AgentPatch { active: Some(false), ..AgentPatch::default() };
        agents::update(&app, &admin, made.id, off, Some(made.version)).await.unwrap();
        let out = actors::of_agent(&app, made.id).await.unwrap_err();
        assert_eq!((out.kind, out.code), (ErrorKind::Unauthenticated, "session_ended"));
        assert_eq!(
            code(sessions::sign_in(&app, "a@x.com", PASSWORD, FROM).await),
            "bad_credentials"
        );
        assert_eq!(code(refresh(&app, &signed.refresh_token).await), "session_ended");
        let on = AgentPatch { active: Some(true), ..AgentPatch::default() };
        agents::update(&app, &admin, made.id, on, None).await.unwrap();
        assert_eq!(code(refresh(&app, &signed.refresh_token).await), "session_ended");
        signed_in(&app, "a@x.com").await;
    })
    .await;
}

#[tokio::test]
async fn another_password_ends_all_sessions() {
    on_each_database(async |Bench { app, .. }: Bench| {
        let made = agent(&app, "a@x.com", Role::Agent).await;
        let me = actors::of_agent(&app, made.id).await.unwrap();
        let signed = signed_in(&app, "a@x.com").await;
        let new = Secret::from("another good one");
        let set = |current: Option<&str>| {
            agents::set_password(&app, &me, made.id, current.map(Secret::from), new.clone(), FROM)
        };
        assert_eq!(set(None).await.unwrap_err().field, Some("current_password"));
        assert_eq!(code(set(Some("wrong")).await), "bad_credentials");
        set(Some(PASSWORD)).await.unwrap();
        assert_eq!(code(refresh(&app, &signed.refresh_token).await), "session_ended");
        assert_eq!(
            code(sessions::sign_in(&app, "a@x.com", PASSWORD, FROM).await),
            "bad_credentials"
        );
        let again = sessions::sign_in(&app, "a@x.com", new.expose(), FROM).await.unwrap();
        assert!(!again.agent.must_change_password);
        let other = agent(&app, "b@x.com", Role::Agent).await;
        let theirs = agents::set_password(&app, &me, other.id, None, new.clone(), FROM).await;
        assert_eq!(code(theirs), "missing_right");
        let system = Actor::system();
        agents::set_password(&app, &system, other.id, None, new.clone(), FROM).await.unwrap();
        let other = sessions::sign_in(&app, "b@x.com", new.expose(), FROM).await.unwrap();
        assert!(other.agent.must_change_password);
    })
    .await;
}
