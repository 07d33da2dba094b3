//! Sending domain events to webhooks: to each in order and one at a time, to many side by side.
//!
//! Those that failed the last time have places of their own, so that however many hang, they hold up
//! none that works. A worker that dies loses nothing: its leases end, and another sends once more
//! what was not noted as taken.

mod courier;

use std::sync::Arc;
use std::time::Duration;

use throughline_app::webhooks::{self, Claimed, Courier, Lane, Shape};
use throughline_app::{App, AppError, events};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use courier::HttpCourier;

/// How sending works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How many webhooks are served side by side while all goes well.
    pub at_once: usize,
    /// How many besides that failed the last time.
    pub failing_at_once: usize,
    /// For how long a webhook is held between two events; longer than one may take.
    pub lease: Duration,
    /// How often it is looked whether there is something to send.
    pub poll: Duration,
    /// How many events one gets before it is the turn of others.
    pub turn: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            at_once: 128,
            failing_at_once: 64,
            lease: Duration::from_secs(60),
            poll: Duration::from_secs(1),
            turn: 100,
        }
    }
}

/// Sends to webhooks. Several, in one process or many, share the work. Cheap to clone.
#[derive(Clone)]
pub struct Webhooks {
    app: App,
    courier: Arc<dyn Courier>,
    shape: Arc<dyn Shape>,
    settings: Settings,
}

/// The webhooks that are being served, by lane.
#[derive(Default)]
struct Running {
    healthy: JoinSet<usize>,
    failing: JoinSet<usize>,
}

impl Webhooks {
    /// Sends by this courier, in this shape.
    pub fn new(
        app: App,
        courier: Arc<dyn Courier>,
        shape: Arc<dyn Shape>,
        settings: Settings,
    ) -> Self {
        Self { app, courier, shape, settings }
    }

    /// Sends until `stop`; what is under way is finished.
    pub async fn run(&self, stop: &CancellationToken) {
        let mut news = self.app.store().news();
        let mut running = Running::default();
        while !stop.is_cancelled() {
            if let Err(error) = self.fill(&mut running, stop).await {
                tracing::warn!(%error, "webhooks cannot be served; trying again");
            }
            tokio::select! {
                () = stop.cancelled() => {}
                Ok(()) = news.changed() => {}
                Some(_) = running.healthy.join_next() => {}
                Some(_) = running.failing.join_next() => {}
                () = tokio::time::sleep(self.settings.poll) => {}
            }
            running.sweep();
        }
        while running.healthy.join_next().await.is_some() {}
        while running.failing.join_next().await.is_some() {}
    }

    /// Sends all that is due, and what becomes due by that, without waiting for a later time. Answers
    /// how many events were taken.
    pub async fn drain(&self) -> Result<usize, AppError> {
        let (stop, mut taken) = (CancellationToken::new(), 0);
        loop {
            let mut running = Running::default();
            if self.fill(&mut running, &stop).await? == 0 {
                return Ok(taken);
            }
            while let Some(ended) = running.healthy.join_next().await {
                taken += ended.unwrap_or_default();
            }
            while let Some(ended) = running.failing.join_next().await {
                taken += ended.unwrap_or_default();
            }
        }
    }

    /// Takes as many webhooks as there is room for. Answers how many.
    async fn fill(
        &self,
        running: &mut Running,
        stop: &CancellationToken,
    ) -> Result<usize, AppError> {
        while events::give_positions(&self.app).await? {}
        let Settings { at_once, failing_at_once, .. } = self.settings;
        let room = at_once.saturating_sub(running.healthy.len());
        let healthy = self.take(Lane::Healthy, room).await?;
        let room = failing_at_once.saturating_sub(running.failing.len());
        let failing = self.take(Lane::Failing, room).await?;
        let count = healthy.len() + failing.len();
        for claimed in healthy {
            running.healthy.spawn(self.clone().serve(claimed, stop.clone()));
        }
        for claimed in failing {
            running.failing.spawn(self.clone().serve(claimed, stop.clone()));
        }
        Ok(count)
    }

    async fn take(&self, lane: Lane, room: usize) -> Result<Vec<Claimed>, AppError> {
        let lease = i64::try_from(self.settings.lease.as_millis()).unwrap_or(i64::MAX);
        webhooks::claim(&self.app, lane, room, lease).await
    }

    /// Sends to one webhook until there is nothing more, it fails, or its turn is over. Answers how
    /// many events were taken.
    async fn serve(self, claimed: Claimed, stop: CancellationToken) -> usize {
        let (id, mut taken) = (claimed.webhook.id, 0);
        if let Err(error) = self.take_turn(claimed, &stop, &mut taken).await {
            // Its lease ends by itself.
            tracing::warn!(webhook.id = %id, %error, "a webhook could not be served");
        }
        taken
    }

    async fn take_turn(
        &self,
        mut claimed: Claimed,
        stop: &CancellationToken,
        taken: &mut usize,
    ) -> Result<(), AppError> {
        while *taken < self.settings.turn && !stop.is_cancelled() {
            let next = match webhooks::next(&self.app, &claimed, self.shape.as_ref()).await? {
                Ok(next) => next,
                Err(position) => return webhooks::pass(&self.app, claimed, position).await,
            };
            let outcome = self.courier.send(&next.letter).await;
            let (ok, status) = (outcome.taken(), outcome.status);
            tracing::debug!(webhook.id = %claimed.webhook.id, ok, status, "an event was sent");
            *taken += usize::from(ok);
            if !webhooks::settle(&self.app, &mut claimed, next, outcome).await? {
                return Ok(());
            }
        }
        webhooks::release(&self.app, claimed).await
    }
}

impl Running {
    /// Takes out all that have ended, so that their places are filled together.
    fn sweep(&mut self) {
        while self.healthy.try_join_next().is_some() {}
        while self.failing.try_join_next().is_some() {}
    }
}
