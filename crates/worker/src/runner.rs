//! The lease runner: claims due jobs in batches, runs them, and notes what became of them.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use throughline_app::{App, AppError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::job::{Context, Job, Verdict};
use crate::queue::Claim;
use crate::waker::Waker;

/// How the runner works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The most jobs claimed at once.
    pub batch: usize,
    /// For how long a claim holds without being extended.
    pub lease: Duration,
    /// How often an idle runner looks for work.
    pub poll: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { batch: 256, lease: Duration::from_secs(30), poll: Duration::from_secs(1) }
    }
}

/// Runs jobs. Several runners, in one process or many, share one queue.
pub struct Runner {
    app: App,
    lines: Vec<Line>,
    settings: Settings,
}

/// One kind of job. Each has its own loop, so that a slow kind holds up no other.
struct Line {
    job: Box<dyn Job>,
    sleeper: Arc<Notify>,
}

impl Runner {
    /// A runner that knows no kind of job yet.
    pub fn new(app: App, settings: Settings) -> Self {
        Self { app, lines: Vec::new(), settings }
    }

    /// The same runner, which also runs jobs of this kind. Jobs of kinds that no runner knows stay
    /// in the queue.
    #[must_use]
    pub fn with(mut self, job: impl Job + 'static) -> Self {
        self.lines.push(Line { job: Box::new(job), sleeper: Arc::default() });
        self
    }

    /// What wakes this runner.
    pub fn waker(&self) -> Waker {
        Waker::new(self.lines.iter().map(|line| Arc::clone(&line.sleeper)))
    }

    /// Runs until `stop`. What has begun is finished, what has not is given back.
    pub async fn run(&self, stop: &CancellationToken) {
        join_all(self.lines.iter().map(|line| self.run_line(line, stop))).await;
    }

    /// Runs what is due, and what becomes due by that, without ever waiting. Answers how many jobs
    /// it ran. Jobs that others hold, and jobs that wait for a later time, are left.
    pub async fn drain(&self) -> Result<usize, AppError> {
        let (stop, mut ran) = (CancellationToken::new(), 0);
        loop {
            match self.step(&stop).await? {
                0 => return Ok(ran),
                n => ran += n,
            }
        }
    }

    /// Claims one batch of each kind and runs it to its end. Answers how many jobs it ran.
    pub async fn step(&self, stop: &CancellationToken) -> Result<usize, AppError> {
        let mut ran = 0;
        for line in &self.lines {
            ran += self.step_line(line, stop).await?;
        }
        Ok(ran)
    }

    async fn run_line(&self, line: &Line, stop: &CancellationToken) {
        if let Some(width) = line.job.side_by_side() {
            return self.run_side_by_side(line, width.max(1), stop).await;
        }
        while !stop.is_cancelled() {
            match self.step_line(line, stop).await {
                Ok(0) => self.rest(line, stop).await,
                Ok(_) => {}
                Err(error) => {
                    out_of_reach(&error);
                    self.rest(line, stop).await;
                }
            }
        }
    }

    /// Claims as many jobs as there is room for, whenever there is room. The running ones are polled
    /// all the while: one of them may be next in line for a connection that claiming needs as well,
    /// and would keep it for ever if it were left lying.
    async fn run_side_by_side(&self, line: &Line, width: usize, stop: &CancellationToken) {
        let mut running = FuturesUnordered::new();
        while !stop.is_cancelled() {
            let room = width - running.len();
            match beside(&mut running, self.take(line, room)).await {
                Ok(Some(claim)) => {
                    running.extend(claim.split().map(|one| self.carry_out(line, one, stop)));
                }
                Ok(None) => tokio::select! {
                    Some(ended) = running.next() => log_failure(ended),
                    // Where there is no room there is nothing to look for.
                    () = self.rest(line, stop), if room > 0 => {}
                },
                Err(error) => {
                    out_of_reach(&error);
                    beside(&mut running, self.rest(line, stop)).await;
                }
            }
        }
        while let Some(ended) = running.next().await {
            log_failure(ended);
        }
    }

    async fn take(&self, line: &Line, room: usize) -> Result<Option<Claim>, AppError> {
        let Settings { batch, lease, poll: _ } = self.settings;
        match room.min(batch) {
            0 => Ok(None),
            most => Claim::take(&self.app, line.job.kinds(), most, lease).await,
        }
    }

    async fn step_line(&self, line: &Line, stop: &CancellationToken) -> Result<usize, AppError> {
        let room = line.job.side_by_side().map_or(self.settings.batch, |width| width.max(1));
        let Some(claim) = self.take(line, room).await? else { return Ok(0) };
        if line.job.side_by_side().is_none() {
            return self.carry_out(line, claim, stop).await;
        }
        let each = claim.split().map(|one| self.carry_out(line, one, stop));
        join_all(each).await.into_iter().sum()
    }

    /// Runs the jobs of a claim to their end. Answers how many were begun.
    async fn carry_out(
        &self,
        line: &Line,
        claim: Claim,
        stop: &CancellationToken,
    ) -> Result<usize, AppError> {
        let verdicts = tokio::select! {
            verdicts = self.perform(line.job.as_ref(), &claim, stop) => verdicts,
            never = self.hold(&claim) => match never {},
        };
        let begun = verdicts.iter().filter(|verdict| **verdict != Verdict::NotBegun).count();
        claim.settle(verdicts).await?;
        Ok(begun)
    }

    async fn rest(&self, line: &Line, stop: &CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = line.sleeper.notified() => {}
            () = tokio::time::sleep(self.settings.poll) => {}
        }
    }

    /// Extends the lease for as long as it is polled.
    async fn hold(&self, claim: &Claim) -> std::convert::Infallible {
        loop {
            tokio::time::sleep(self.settings.lease / 3).await;
            // Losing the lease is no harm: another runs the jobs again, and they are idempotent.
            if let Err(error) = claim.extend(self.settings.lease).await {
                tracing::warn!(%error, "a lease could not be extended");
            }
        }
    }

    /// Runs the jobs of a claim; a panic fails them and spares the runner.
    async fn perform(
        &self,
        job: &dyn Job,
        claim: &Claim,
        stop: &CancellationToken,
    ) -> Vec<Verdict> {
        let payloads = claim.payloads();
        let context = Context { app: self.app.clone(), stop: stop.clone() };
        let run = AssertUnwindSafe(job.run(&context, &payloads)).catch_unwind();
        let failed = |_| vec![Verdict::Failed("the job panicked".to_owned()); payloads.len()];
        run.await.unwrap_or_else(failed)
    }
}

/// Runs a future to its end, and jobs beside it.
async fn beside<T>(
    running: &mut FuturesUnordered<impl Future<Output = Result<usize, AppError>>>,
    future: impl Future<Output = T>,
) -> T {
    let mut future = pin!(future);
    loop {
        tokio::select! {
            done = &mut future => return done,
            Some(ended) = running.next() => log_failure(ended),
        }
    }
}

fn out_of_reach(error: &AppError) {
    let cause = error.cause.as_deref().map(ToString::to_string);
    tracing::warn!(%error, cause, "the job queue is out of reach; trying again");
}

/// A job whose end could not be noted comes up again when its lease ends.
fn log_failure(ended: Result<usize, AppError>) {
    if let Err(error) = ended {
        out_of_reach(&error);
    }
}
