//! The runner: retries, panics, leases, stopping.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::common::TestApp;
use async_trait::async_trait;
use throughline_worker::{Context, Job, Payload, Runner, Settings, Verdict};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const KIND: &str = "test";

/// Runs a function for each payload and counts the calls.
struct Each<F> {
    calls: Arc<AtomicUsize>,
    run: F,
}

impl<F> Each<F> {
    fn new(run: F) -> (Self, Arc<AtomicUsize>) {
        let calls = Arc::new(AtomicUsize::new(0));
        (Self { calls: Arc::clone(&calls), run }, calls)
    }
}

#[async_trait]
impl<F: Fn(&str) -> Verdict + Send + Sync> Job for Each<F> {
    fn kinds(&self) -> &'static [&'static str] {
        &[KIND]
    }

    async fn run(&self, context: &Context, jobs: &[Payload]) -> Vec<Verdict> {
        let one = |job: &Payload| {
            if context.stop.is_cancelled() {
                return Verdict::NotBegun;
            }
            self.calls.fetch_add(1, Ordering::SeqCst);
            (self.run)(&job.0)
        };
        jobs.iter().map(one).collect()
    }
}

fn runner(test: &TestApp, job: impl Job + 'static) -> Runner {
    Runner::new(test.app.clone(), Settings::default()).with(job)
}

#[tokio::test]
async fn done_jobs_are_gone_and_unknown_kinds_stay() {
    let test = TestApp::new();
    test.enqueue(KIND, &["a", "b"]).await;
    let (job, calls) = Each::new(|_: &str| Verdict::Done);
    let runner = runner(&test, job);
    assert_eq!(runner.drain().await.unwrap(), 2);
    assert_eq!(runner.drain().await.unwrap(), 0);
    assert_eq!(calls.load(Ordering::SeqCst), 2);
    assert_eq!(test.queue().await, (0, 0));
    test.enqueue("another", &["c"]).await;
    assert_eq!(runner.drain().await.unwrap(), 0);
    assert_eq!(test.queue().await, (1, 0));
}

#[tokio::test]
async fn a_failed_job_is_tried_again_later_and_dies_in_the_end() {
    let test = TestApp::new();
    test.enqueue(KIND, &["a"]).await;
    let (job, calls) = Each::new(|_: &str| Verdict::Failed("no".into()));
    let runner = runner(&test, job);
    assert_eq!(runner.drain().await.unwrap(), 1);
    assert_eq!(runner.drain().await.unwrap(), 0, "it waits");
    for _ in 0..20 {
        test.pass_seconds(3 * 60 * 60);
        runner.drain().await.unwrap();
    }
    assert_eq!(calls.load(Ordering::SeqCst), 12);
    assert_eq!(test.queue().await, (0, 1));
}

#[tokio::test]
async fn a_hopeless_job_dies_at_once_and_alone() {
    let test = TestApp::new();
    test.enqueue(KIND, &["bad", "good"]).await;
    let (job, _) = Each::new(|payload: &str| match payload {
        "bad" => Verdict::Hopeless("never".into()),
        _ => Verdict::Done,
    });
    assert_eq!(runner(&test, job).drain().await.unwrap(), 2);
    assert_eq!(test.queue().await, (0, 1));
}

/// Waits for a signal for one payload and runs the others at once.
struct OneIsSlow {
    go: Arc<tokio::sync::Notify>,
    ended: mpsc::UnboundedSender<String>,
}

#[async_trait]
impl Job for OneIsSlow {
    fn kinds(&self) -> &'static [&'static str] {
        &[KIND]
    }

    fn side_by_side(&self) -> Option<usize> {
        Some(2)
    }

    async fn run(&self, _: &Context, jobs: &[Payload]) -> Vec<Verdict> {
        assert_eq!(jobs.len(), 1, "each by itself");
        match jobs[0].0.as_str() {
            "slow" => self.go.notified().await,
            "panics" => panic!("a bug"),
            _ => {}
        }
        self.ended.send(jobs[0].0.clone()).unwrap();
        vec![Verdict::Done]
    }
}

#[tokio::test]
async fn a_slow_job_holds_up_none_of_those_beside_it() {
    let test = TestApp::new();
    test.enqueue(KIND, &["slow", "a", "panics", "b", "c"]).await;
    let (go, (ended, mut ran)) = (Arc::new(tokio::sync::Notify::new()), mpsc::unbounded_channel());
    let runner = runner(&test, OneIsSlow { go: Arc::clone(&go), ended });
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let running = tokio::spawn(async move { runner.run(&stopped).await });
    for expected in ["a", "b", "c"] {
        assert_eq!(ran.recv().await.as_deref(), Some(expected));
    }
    stop.cancel();
    go.notify_one();
    assert_eq!(ran.recv().await.as_deref(), Some("slow"), "what has begun is finished");
    running.await.unwrap();
    assert_eq!(test.queue().await, (1, 0), "the one that panicked waits");
}

#[tokio::test]
async fn a_job_that_is_put_off_never_dies_of_it() {
    let test = TestApp::new();
    test.enqueue(KIND, &["a"]).await;
    let app = test.app.clone();
    let later = move |_: &str| Verdict::Later(app.now().plus_seconds(60), "not yet".into());
    let (job, calls) = Each::new(later);
    let runner = runner(&test, job);
    for _ in 0..40 {
        assert_eq!(runner.drain().await.unwrap(), 1);
        assert_eq!(runner.drain().await.unwrap(), 0, "it is not due");
        test.pass_seconds(61);
    }
    assert_eq!(calls.load(Ordering::SeqCst), 40);
    assert_eq!(test.queue().await, (1, 0));
}

#[tokio::test]
async fn a_panic_fails_the_job_and_spares_the_runner() {
    let test = TestApp::new();
    test.enqueue(KIND, &["a"]).await;
    let (job, calls) = Each::new(|_: &str| panic!("a bug"));
    let runner = runner(&test, job);
    assert_eq!(runner.drain().await.unwrap(), 1);
    assert_eq!(test.queue().await, (1, 0), "it will be tried again");
    test.pass_seconds(60);
    assert_eq!(runner.drain().await.unwrap(), 1);
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn what_has_not_begun_is_given_back_on_a_stop() {
    let test = TestApp::new();
    test.enqueue(KIND, &["a", "b"]).await;
    let (job, calls) = Each::new(|_: &str| Verdict::Done);
    let runner = runner(&test, job);
    let stop = CancellationToken::new();
    stop.cancel();
    assert_eq!(runner.step(&stop).await.unwrap(), 0);
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    assert_eq!(runner.drain().await.unwrap(), 2, "they are due at once");
}

#[tokio::test]
async fn jobs_of_a_worker_that_died_come_up_when_the_lease_ends() {
    let test = TestApp::new();
    test.enqueue(KIND, &["a"]).await;
    let claimed = throughline_app::jobs::claim(&test.app, &[KIND], 10, 30_000).await.unwrap();
    assert_eq!(claimed.len(), 1);
    let (job, _) = Each::new(|_: &str| Verdict::Done);
    let runner = runner(&test, job);
    assert_eq!(runner.drain().await.unwrap(), 0, "another holds it");
    test.pass_seconds(31);
    assert_eq!(runner.drain().await.unwrap(), 1);
}

#[tokio::test]
async fn a_waker_wakes_an_idle_runner_and_a_stop_ends_it() {
    let test = TestApp::new();
    let (sender, mut ran) = mpsc::unbounded_channel();
    let (job, _) = Each::new(move |payload: &str| {
        sender.send(payload.to_owned()).unwrap();
        Verdict::Done
    });
    // Only the waker can wake it within the time of a test.
    let settings = Settings { poll: Duration::from_secs(3600), ..Settings::default() };
    let runner = Runner::new(test.app.clone(), settings).with(job);
    let (waker, stop) = (runner.waker(), CancellationToken::new());
    let stopped = stop.clone();
    let running = tokio::spawn(async move { runner.run(&stopped).await });
    test.enqueue(KIND, &["a"]).await;
    waker.wake();
    assert_eq!(ran.recv().await.as_deref(), Some("a"));
    stop.cancel();
    running.await.unwrap();
    assert_eq!(test.queue().await, (0, 0));
}
