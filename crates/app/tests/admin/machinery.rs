//! Shared secrets, idempotency keys and node numbers.

use throughline_app::idempotency::{Answer, Started};
use throughline_app::{App, Clock, idempotency, nodes, secrets};
use throughline_store::Store;

use crate::code;
use crate::support::{Bench, on_each_database};

#[tokio::test]
async fn all_nodes_get_the_same_secret() {
    on_each_database(async |Bench { app, .. }: Bench| {
        let (a, b) =
            tokio::join!(secrets::get_or_create(&app, "jwt"), secrets::get_or_create(&app, "jwt"));
        let (a, b) = (a.unwrap(), b.unwrap());
        assert_eq!(a.expose().len(), 32);
        assert!(a == b && a == secrets::get_or_create(&app, "jwt").await.unwrap());
        assert!(a != secrets::get_or_create(&app, "cookies").await.unwrap());
    })
    .await;
}

fn answer() -> Answer {
    Answer { status: 201, headers: "etag: \"1\"".into(), body: "{\"ö\":1}".into() }
}

#[tokio::test]
async fn a_request_with_a_key_is_done_once_and_answered_the_same() {
    on_each_database(async |Bench { app, clock, .. }: Bench| {
        let begin =
            async |actor: &str, hash: &str| idempotency::begin(&app, actor, "k1", hash).await;
        assert_eq!(begin("agt_1", "h").await.unwrap(), Started::Fresh);
        assert_eq!(code(begin("agt_1", "h").await), "idempotency_in_progress");
        assert_eq!(code(begin("agt_1", "other").await), "idempotency_key_reused");
        assert_eq!(begin("agt_2", "h").await.unwrap(), Started::Fresh, "keys are the actor's own");
        idempotency::finish(&app, "agt_1", "k1", answer()).await.unwrap();
        assert_eq!(begin("agt_1", "h").await.unwrap(), Started::Replay(answer()));
        assert_eq!(code(begin("agt_1", "other").await), "idempotency_key_reused");
        idempotency::forget(&app, "agt_1", "k1").await.unwrap();
        let still = begin("agt_1", "h").await.unwrap();
        assert_eq!(still, Started::Replay(answer()), "an answer is not forgotten");
        idempotency::forget(&app, "agt_2", "k1").await.unwrap();
        assert_eq!(begin("agt_2", "other").await.unwrap(), Started::Fresh);
        clock.advance(60);
        assert_eq!(idempotency::purge(&app, clock.now()).await.unwrap(), 2);
        assert_eq!(begin("agt_1", "other").await.unwrap(), Started::Fresh);
        let bad = idempotency::begin(&app, "a", "kéy", "h").await;
        assert_eq!(code(bad), "invalid_idempotency_key");
    })
    .await;
}

#[tokio::test]
async fn a_request_that_was_never_answered_can_be_taken_over_once() {
    on_each_database(async |Bench { app, clock, .. }: Bench| {
        let begin = async || idempotency::begin(&app, "a", "k", "h").await;
        begin().await.unwrap();
        clock.advance(idempotency::ABANDONED_SECONDS - 1);
        assert_eq!(code(begin().await), "idempotency_in_progress");
        clock.advance(1);
        assert_eq!(begin().await.unwrap(), Started::Fresh);
        assert_eq!(code(begin().await), "idempotency_in_progress");
    })
    .await;
}

#[tokio::test]
async fn of_many_begins_at_the_same_moment_one_wins() {
    on_each_database(async |Bench { app, .. }: Bench| {
        let begin = |app: App| async move { idempotency::begin(&app, "a", "k", "h").await };
        let tasks: Vec<_> = (0..16).map(|_| tokio::spawn(begin(app.clone()))).collect();
        let mut won = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(started) => {
                    assert_eq!(started, Started::Fresh);
                    won += 1;
                }
                Err(error) => assert_eq!(error.code, "idempotency_in_progress"),
            }
        }
        assert_eq!(won, 1);
    })
    .await;
}

#[tokio::test]
async fn no_node_number_is_leased_twice_at_one_time() {
    on_each_database(async |Bench { app, clock, .. }: Bench| {
        let now = clock.now();
        let lease = |store: Store| async move { nodes::lease(&store, now).await };
        let tasks: Vec<_> = (0..32).map(|_| tokio::spawn(lease(app.store().clone()))).collect();
        let mut numbers = Vec::new();
        for task in tasks {
            numbers.push(task.await.unwrap().unwrap().node);
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (0..32).collect::<Vec<i16>>());
    })
    .await;
}

#[tokio::test]
async fn a_node_number_is_given_again_after_its_lease_and_a_rest() {
    on_each_database(async |Bench { app, clock, .. }: Bench| {
        let store = app.store();
        let first = nodes::lease(store, clock.now()).await.unwrap();
        clock.advance(nodes::LEASE_SECONDS - 1);
        assert!(nodes::renew(store, &first, clock.now()).await.unwrap());
        clock.advance(nodes::LEASE_SECONDS);
        let second = nodes::lease(store, clock.now()).await.unwrap();
        assert_ne!(second.node, first.node, "the first one is resting");
        assert!(nodes::renew(store, &first, clock.now()).await.unwrap(), "nobody has it yet");
        nodes::release(store, &first, clock.now()).await.unwrap();
        clock.advance(nodes::REST_SECONDS);
        let third = nodes::lease(store, clock.now()).await.unwrap();
        assert_eq!(third.node, first.node);
        assert!(!nodes::renew(store, &first, clock.now()).await.unwrap(), "another has it");
        nodes::release(store, &first, clock.now()).await.unwrap();
        assert!(nodes::renew(store, &third, clock.now()).await.unwrap());
    })
    .await;
}
