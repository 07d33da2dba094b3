//! The schedule: reconcilers, each on a timer of its own.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use throughline_app::{App, AppError};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// Time-based work. It takes no input, compares what is with what should be, and may run at any
/// time, on several nodes at once, and again after a failure.
#[async_trait]
pub trait Reconciler: Send + Sync {
    /// A stable name for the log.
    fn name(&self) -> &'static str;

    /// How often it runs. It also runs once at the start.
    fn every(&self) -> Duration;

    /// Runs once.
    async fn run(&self, app: &App) -> Result<(), AppError>;
}

/// Reconcilers with what they work on.
pub struct Schedule {
    app: App,
    entries: Vec<Arc<dyn Reconciler>>,
}

impl Schedule {
    /// An empty schedule.
    pub fn new(app: App) -> Self {
        Self { app, entries: Vec::new() }
    }

    /// The same with one reconciler more.
    #[must_use]
    pub fn with(mut self, reconciler: impl Reconciler + 'static) -> Self {
        self.entries.push(Arc::new(reconciler));
        self
    }

    /// Runs each reconciler once, whenever it last ran. The first failure ends it.
    pub async fn run_once(&self) -> Result<(), AppError> {
        for entry in &self.entries {
            entry.run(&self.app).await?;
        }
        Ok(())
    }

    /// Runs them on their timers until `stop`; what runs then is finished.
    pub async fn run(self, stop: CancellationToken) {
        let mut timers = JoinSet::new();
        for entry in self.entries {
            timers.spawn(repeat(entry, self.app.clone(), stop.clone()));
        }
        while timers.join_next().await.is_some() {}
    }
}

async fn repeat(entry: Arc<dyn Reconciler>, app: App, stop: CancellationToken) {
    let mut timer = tokio::time::interval(entry.every());
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = timer.tick() => {}
        }
        if let Err(error) = entry.run(&app).await {
            let cause = error.cause.as_deref().map(ToString::to_string);
            tracing::warn!(reconciler = entry.name(), %error, cause, "will be tried again");
        }
    }
}
