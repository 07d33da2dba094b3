//! The reconcilers, stepped by hand on a clock that tests move.

use crate::common::TestApp;
use throughline_app::idempotency::{self, Started};
use throughline_app::imports::{self, ImportKind};
use throughline_app::nodes;
use throughline_core::actor::Actor;
use throughline_worker::Schedule;
use throughline_worker::reconcilers::{
    ForgetImportFiles, PurgeIdempotencyKeys, PurgeSessions, RenewLease,
};
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn idempotency_keys_are_forgotten_after_a_day() {
    let test = TestApp::new();
    let schedule = Schedule::new(test.app.clone()).with(PurgeIdempotencyKeys).with(PurgeSessions);
    let begin = || idempotency::begin(&test.app, "me", "key", "hash");
    assert!(matches!(begin().await.unwrap(), Started::Fresh));
    schedule.run_once().await.unwrap();
    assert_eq!(begin().await.err().unwrap().code, "idempotency_in_progress");
    test.pass_seconds(25 * 60 * 60);
    schedule.run_once().await.unwrap();
    assert!(matches!(begin().await.unwrap(), Started::Fresh));
}

#[tokio::test]
async fn a_node_that_lost_its_number_is_told_to_stop() {
    let test = TestApp::new();
    let store = test.app.store();
    let lease = nodes::lease(store, test.app.now()).await.unwrap();
    let lost = CancellationToken::new();
    let renew = RenewLease { lease, lost: lost.clone() };
    let schedule = Schedule::new(test.app.clone()).with(renew);
    test.pass_seconds(50);
    schedule.run_once().await.unwrap();
    assert!(!lost.is_cancelled());
    test.pass_seconds(60 * 60);
    let other = nodes::lease(store, test.app.now()).await.unwrap();
    assert_eq!(other.node, lease.node, "it had rested");
    schedule.run_once().await.unwrap();
    assert!(lost.is_cancelled());
}

#[tokio::test]
async fn what_came_of_a_file_that_never_came_whole_goes_after_a_day() {
    let test = TestApp::new();
    let schedule = Schedule::new(test.app.clone()).with(ForgetImportFiles);
    let (admin, kind) = (Actor::system(), ImportKind::Contacts);
    let mut upload = imports::upload(&test.app, &admin, kind, None).await.unwrap();
    upload.write(&vec![b'x'; 9 * 1024 * 1024]).await.unwrap();
    // As with a process that is killed: nobody tidies up.
    std::mem::forget(upload);
    let left = test.written_now("blobs/incoming");
    test.pass_seconds(24 * 60 * 60 - 1);
    schedule.run_once().await.unwrap();
    assert!(left.exists(), "it may still be on its way");
    test.pass_seconds(2);
    schedule.run_once().await.unwrap();
    assert!(!left.exists());
}
