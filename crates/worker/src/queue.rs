//! The job table as the runner uses it: one claim of a batch, and what became of it.

use std::time::Duration;

use throughline_app::jobs::{self, Job as Row};
use throughline_app::{App, AppError};
use throughline_core::id::JobId;

use crate::backoff;
use crate::job::{Payload, Verdict};

/// Jobs claimed together.
pub struct Claim {
    app: App,
    token: i64,
    rows: Vec<Row>,
}

impl Claim {
    /// Claims up to `limit` due jobs of these kinds, oldest first; `None` when none is due.
    pub async fn take(
        app: &App,
        kinds: &'static [&'static str],
        limit: usize,
        lease: Duration,
    ) -> Result<Option<Self>, AppError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = jobs::claim(app, kinds, limit, millis(lease)).await?;
        let token = rows.first().map(|row| row.token);
        Ok(token.map(|token| Self { app: app.clone(), token, rows }))
    }

    /// The same, each job by itself.
    pub fn split(self) -> impl Iterator<Item = Self> {
        let Self { app, token, rows } = self;
        rows.into_iter().map(move |row| Self { app: app.clone(), token, rows: vec![row] })
    }

    /// What the jobs were enqueued with.
    pub fn payloads(&self) -> Vec<Payload> {
        self.rows.iter().map(|row| Payload(row.payload.clone())).collect()
    }

    /// Holds on to the jobs for another lease.
    pub async fn extend(&self, lease: Duration) -> Result<(), AppError> {
        let ids = self.rows.iter().map(|row| row.id).collect();
        jobs::extend(&self.app, ids, self.token, millis(lease)).await.map(drop)
    }

    /// Notes how the jobs went; `verdicts` are in the order of the jobs.
    pub async fn settle(self, verdicts: Vec<Verdict>) -> Result<(), AppError> {
        let ids_of = |wanted: Verdict| -> Vec<JobId> {
            let both = self.rows.iter().zip(&verdicts);
            both.filter(|(_, verdict)| **verdict == wanted).map(|(row, _)| row.id).collect()
        };
        let (done, not_begun) = (ids_of(Verdict::Done), ids_of(Verdict::NotBegun));
        if !done.is_empty() {
            jobs::complete(&self.app, done, self.token).await?;
        }
        if !not_begun.is_empty() {
            jobs::release(&self.app, not_begun, self.token).await?;
        }
        for (row, verdict) in self.rows.iter().zip(verdicts) {
            match verdict {
                Verdict::Done | Verdict::NotBegun => {}
                Verdict::Failed(why) => {
                    let wait = backoff::delay(row.attempts, rand::random());
                    note_failure(&self.app, row, why, wait).await?;
                }
                Verdict::Later(until, why) => {
                    jobs::postpone(&self.app, row.id, row.token, until, why).await?;
                }
                Verdict::Hopeless(why) => note_failure(&self.app, row, why, None).await?,
            }
        }
        Ok(())
    }
}

async fn note_failure(
    app: &App,
    row: &Row,
    why: String,
    wait: Option<Duration>,
) -> Result<(), AppError> {
    let (id, kind, attempts) = (row.id, row.kind.as_str(), row.attempts);
    match wait.map(millis) {
        Some(wait_ms) => {
            tracing::warn!(job.id = %id, job.kind = kind, attempts, wait_ms, why, "job failed");
        }
        None => tracing::error!(job.id = %id, job.kind = kind, attempts, why, "job is dead"),
    }
    let retry_at = wait.map(|wait| app.now().plus_millis(millis(wait)));
    jobs::fail(app, id, row.token, why, retry_at).await
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
