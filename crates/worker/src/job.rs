//! What a job is to the runner.

use async_trait::async_trait;
use throughline_app::App;
use throughline_core::time::Instant;
use tokio_util::sync::CancellationToken;

/// A kind of job. It gets all jobs of its kind that were claimed together, because what they need
/// is often read with one query.
#[async_trait]
pub trait Job: Send + Sync {
    /// The stable name under which it is enqueued (or names, when it has had others).
    fn kinds(&self) -> &'static [&'static str];

    /// Runs the jobs and answers with one verdict for each, in their order. A job may run twice
    /// (when its lease ended, when its result could not be noted), so it must be idempotent.
    async fn run(&self, context: &Context, jobs: &[Payload]) -> Vec<Verdict>;

    /// For jobs that mostly wait for others: how many run side by side, each claimed, held and
    /// settled by itself, so that a slow one holds up no other. Without it, those that were claimed
    /// together are run together.
    fn side_by_side(&self) -> Option<usize> {
        None
    }
}

/// The JSON that a job was enqueued with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload(pub String);

impl Payload {
    /// Reads it; a payload that does not fit will not fit later either.
    pub fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, Verdict> {
        serde_json::from_str(&self.0).map_err(|e| Verdict::Hopeless(format!("bad payload: {e}")))
    }
}

/// How a job went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is finished.
    Done,
    /// It failed, and is to be tried again later.
    Failed(String),
    /// It failed, and trying again is useless.
    Hopeless(String),
    /// Nothing failed, but it is not yet time: it is to be run from this instant on, for the reason
    /// given. However often that is, it does not make the job fail for good.
    Later(Instant, String),
    /// It was not begun, because the worker is stopping.
    NotBegun,
}

/// What jobs work with.
#[derive(Clone)]
pub struct Context {
    /// The use cases.
    pub app: App,
    /// Cancelled when the worker stops: finish what has begun, begin nothing.
    pub stop: CancellationToken,
}
