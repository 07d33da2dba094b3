//! Live events. One poller for each process reads the table and hands what is new to all who follow;
//! a write of this process wakes it at once, a write of another is seen at its next look.
//!
//! A follower reads the table until it has reached the end, and then lives on what is handed out. What
//! is handed out says behind which position it begins, so a gap is seen and filled from the table:
//! nothing is skipped and nothing comes twice.

mod follower;
mod seats;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use throughline_core::event::DomainEvent;
use throughline_store::StoreError;
use throughline_store::events as store;
use tokio::sync::{broadcast, watch};

pub use follower::{Follower, Step, Wanted};

use crate::events::{self, EventPage};
use crate::{App, AppError};
use seats::Seats;

/// How many events are read and handed out at once.
const PAGE: u32 = 500;
/// How many such handfuls wait for a slow follower before it is cut off.
const WAITING: usize = 64;

/// How live events are given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedSettings {
    /// The most streams of this process.
    pub streams: usize,
    /// The most streams of one actor.
    pub streams_per_actor: usize,
    /// How often the table is looked at, when nothing wakes the poller.
    pub poll: Duration,
    /// The longest silence of a stream.
    pub heartbeat: Duration,
    /// How often rights are read afresh, at the least.
    pub recheck: Duration,
}

impl Default for FeedSettings {
    fn default() -> Self {
        Self {
            streams: 1_000,
            streams_per_actor: 10,
            poll: Duration::from_secs(1),
            heartbeat: Duration::from_secs(15),
            recheck: Duration::from_secs(60),
        }
    }
}

/// Events that became visible together.
#[derive(Debug)]
struct Handful {
    /// The position that they come behind.
    after: i64,
    /// All events behind that, up to [`Handful::next`].
    events: Vec<DomainEvent>,
    /// The position up to which they go.
    next: i64,
}

/// Hands out live events. Cheap to clone.
#[derive(Clone)]
pub struct Feed(Arc<Inner>);

struct Inner {
    app: App,
    settings: FeedSettings,
    /// `None` from the end on.
    sender: Mutex<Option<broadcast::Sender<Arc<Handful>>>>,
    closed: watch::Sender<bool>,
    seats: Seats,
}

impl Feed {
    /// A feed that nobody runs yet.
    pub fn new(app: App, settings: FeedSettings) -> Self {
        let seats = Seats::new(settings.streams, settings.streams_per_actor);
        let sender = Mutex::new(Some(broadcast::Sender::new(WAITING)));
        let closed = watch::Sender::new(false);
        Self(Arc::new(Inner { app, settings, sender, closed, seats }))
    }

    /// Reads and hands out until [`Feed::close`].
    pub async fn run(&self) {
        let mut news = self.0.app.store().news();
        let mut closed = self.0.closed.subscribe();
        let mut last = None;
        loop {
            match self.pump(last).await {
                Ok(reached) => last = Some(reached),
                Err(error) => tracing::warn!(%error, "events cannot be read; trying again"),
            }
            tokio::select! {
                _ = closed.wait_for(|closed| *closed) => return,
                Ok(()) = news.changed(), if self.is_followed() => {}
                () = tokio::time::sleep(self.0.settings.poll) => {}
            }
        }
    }

    /// Ends all streams, and the running.
    pub fn close(&self) {
        self.0.closed.send_replace(true);
        drop(self.sender().take());
    }

    /// Hands out all that is behind `last`; answers with how far that goes.
    async fn pump(&self, last: Option<i64>) -> Result<i64, AppError> {
        let app = &self.0.app;
        while events::give_positions(app).await? {}
        let Some(mut last) = last.filter(|_| self.is_followed()) else {
            return Ok(app.store().lookup(store::last_position).await?);
        };
        loop {
            let EventPage { events, next, more: _ } = self.read(last, Vec::new()).await?;
            let full = events.len() == PAGE as usize;
            if next > last {
                self.hand_out(Handful { after: last, events, next });
            }
            last = next;
            if !full {
                return Ok(last);
            }
        }
    }

    /// Events behind a position, which have theirs.
    async fn read(&self, after: i64, kinds: Vec<String>) -> Result<EventPage, StoreError> {
        self.0.app.store().read(move |conn| events::page(conn, after, PAGE, &kinds)).await
    }

    fn hand_out(&self, handful: Handful) {
        if let Some(sender) = &*self.sender() {
            // Without a receiver there is nobody to tell.
            let _ = sender.send(Arc::new(handful));
        }
    }

    fn is_followed(&self) -> bool {
        self.sender().as_ref().is_some_and(|sender| sender.receiver_count() > 0)
    }

    /// From here on; `None` once it is closed.
    fn subscribe(&self) -> Option<broadcast::Receiver<Arc<Handful>>> {
        self.sender().as_ref().map(broadcast::Sender::subscribe)
    }

    fn sender(&self) -> std::sync::MutexGuard<'_, Option<broadcast::Sender<Arc<Handful>>>> {
        self.0.sender.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
