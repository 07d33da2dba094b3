//! The job table: leases, failures and revival, on both databases.

use std::collections::HashSet;
use std::sync::Arc;

use throughline_app::jobs;
use throughline_store::jobs::{NewJob, enqueue};
use throughline_tests::{World, on_both};

on_both!(
    a_job_is_claimed_by_one_worker_and_comes_back_when_that_dies,
    many_workers_never_share_a_job,
    a_lost_claim_cannot_complete_a_job,
    one_job_per_dedup_key,
    what_a_dead_worker_left_behind_comes_first,
    a_job_that_kills_its_worker_dies_alone,
);

const KINDS: &[&str] = &["test"];

async fn add(world: &World, n: i64, dedup: Option<&str>) {
    let now = world.app.now();
    let job = |i: i64| NewJob {
        id: (900_000 + i + now.as_micros()).into(),
        kind: "test",
        payload: "{}".to_owned(),
        run_at: now,
        dedup_key: dedup.map(str::to_owned),
    };
    let new: Vec<NewJob> = (0..n).map(job).collect();
    let written: Result<(), throughline_store::StoreError> =
        world.app.store().write(move |conn| enqueue(conn, &new, now)).await;
    written.expect("enqueued");
}

async fn a_job_is_claimed_by_one_worker_and_comes_back_when_that_dies(world: Arc<World>) {
    add(&world, 1, None).await;
    let first = jobs::claim(&world.app, KINDS, 10, 30_000).await.expect("claimed");
    assert_eq!(first.len(), 1);
    assert!(jobs::claim(&world.app, KINDS, 10, 30_000).await.expect("none").is_empty());
    world.clock.advance(31);
    let again = jobs::claim(&world.app, KINDS, 10, 30_000).await.expect("claimed");
    assert_eq!((again.len(), again[0].attempts), (1, 2));
    jobs::complete(&world.app, vec![again[0].id], again[0].token).await.expect("completed");
    world.clock.advance(31);
    assert!(jobs::claim(&world.app, KINDS, 10, 30_000).await.expect("none").is_empty());
}

async fn many_workers_never_share_a_job(world: Arc<World>) {
    add(&world, 60, None).await;
    let claims = (0..12).map(|_| jobs::claim(&world.app, KINDS, 10, 30_000));
    let mut seen = HashSet::new();
    for claim in futures_util::future::join_all(claims).await {
        for job in claim.expect("claimed") {
            assert!(seen.insert(job.id), "{} was claimed twice", job.id);
        }
    }
    assert_eq!(seen.len(), 60);
    let rest: Vec<_> = seen.into_iter().collect();
    world.clock.advance(31);
    let last = jobs::claim(&world.app, KINDS, 100, 30_000).await.expect("claimed");
    jobs::complete(&world.app, rest, last[0].token).await.expect("completed");
}

async fn a_lost_claim_cannot_complete_a_job(world: Arc<World>) {
    add(&world, 1, None).await;
    let lost = jobs::claim(&world.app, KINDS, 1, 1_000).await.expect("claimed").remove(0);
    world.clock.advance(2);
    let held = jobs::claim(&world.app, KINDS, 1, 60_000).await.expect("claimed").remove(0);
    let done = jobs::complete(&world.app, vec![lost.id], lost.token).await.expect("no failure");
    assert_eq!(done, 0, "the claim had passed to another");
    let done = jobs::complete(&world.app, vec![held.id], held.token).await.expect("completed");
    assert_eq!(done, 1);
}

async fn one_job_per_dedup_key(world: Arc<World>) {
    add(&world, 1, Some("same")).await;
    world.clock.advance(1);
    add(&world, 1, Some("same")).await;
    let claimed = jobs::claim(&world.app, KINDS, 10, 30_000).await.expect("claimed");
    assert_eq!(claimed.len(), 1);
    jobs::complete(&world.app, vec![claimed[0].id], claimed[0].token).await.expect("completed");
}

async fn what_a_dead_worker_left_behind_comes_first(world: Arc<World>) {
    add(&world, 2, None).await;
    let lost = jobs::claim(&world.app, KINDS, 10, 5_000).await.expect("claimed");
    world.clock.advance(1);
    add(&world, 2, None).await;
    world.clock.advance(5);
    let all = jobs::claim(&world.app, KINDS, 10, 60_000).await.expect("claimed");
    let ids: Vec<_> = all.iter().map(|job| job.id).collect();
    assert_eq!(ids.len(), 4);
    assert_eq!(ids[..2], [lost[0].id, lost[1].id]);
    jobs::complete(&world.app, ids, all[0].token).await.expect("completed");
}

/// Workers that are killed for other reasons kill no job: what was claimed often is claimed alone, and
/// whatever it then does not end on is not what is at fault.
async fn a_job_that_kills_its_worker_dies_alone(world: Arc<World>) {
    add(&world, 3, None).await;
    let mut deadly = None;
    for _ in 0..4 {
        let claimed = jobs::claim(&world.app, KINDS, 10, 1_000).await.expect("claimed");
        assert_eq!(claimed.len(), 3);
        deadly = deadly.or(claimed.first().map(|job| job.id));
        world.clock.advance(2);
    }
    add(&world, 2, None).await;
    for attempt in 5..=12 {
        let claimed = jobs::claim(&world.app, KINDS, 10, 1_000).await.expect("claimed");
        let claims: Vec<_> = claimed.iter().map(|job| (Some(job.id), job.attempts)).collect();
        assert_eq!(claims, [(deadly, attempt)], "alone, and before those that came later");
        world.clock.advance(2);
    }
    let mut done = Vec::new();
    for attempts in [[5].as_slice(), &[5], &[1, 1]] {
        let claimed = jobs::claim(&world.app, KINDS, 10, 30_000).await.expect("claimed");
        assert_eq!(claimed.iter().map(|job| job.attempts).collect::<Vec<_>>(), attempts);
        done.extend(claimed.iter().map(|job| job.id));
        let ids = claimed.iter().map(|job| job.id).collect();
        jobs::complete(&world.app, ids, claimed[0].token).await.expect("completed");
    }
    assert_eq!(done.len(), 4);
    let admin = world.admin().await;
    let dead = admin.get("/jobs/dead").await.good();
    let dead: Vec<_> = dead["items"].as_array().expect("a list").iter().map(|j| &j["id"]).collect();
    let id = deadly.expect("claimed").to_string();
    assert_eq!(dead, [&serde_json::json!(id)]);
    let revived = admin.post(&format!("/jobs/{id}/revive"), serde_json::json!({})).await;
    assert_eq!(revived.status, 204);
    let claimed = jobs::claim(&world.app, KINDS, 10, 30_000).await.expect("claimed");
    assert_eq!(claimed[0].attempts, 1, "it begins anew");
    jobs::complete(&world.app, vec![claimed[0].id], claimed[0].token).await.expect("completed");
}
