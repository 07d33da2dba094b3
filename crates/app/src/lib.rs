//! Use cases: each authorises, loads, lets `core` decide, saves and enqueues, in one transaction.
//!
//! Nothing here knows HTTP, channels or job runners; whoever calls brings an [`core::actor::Actor`].
//!
//! [`core::actor::Actor`]: throughline_core::actor::Actor

mod clock;
mod error;

pub use clock::{Clock, SystemClock};
pub use error::{AppError, ErrorKind};

use std::sync::Arc;

use throughline_core::id::IdMaker;
use throughline_core::time::Instant;
use throughline_store::Store;

/// What every use case needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Arc<IdMaker>,
}

impl App {
    /// Puts the parts together. The node number in `ids` must be leased: see [`nodes`].
    pub fn new(store: Store, clock: Arc<dyn Clock>, ids: Arc<IdMaker>) -> Self {
        Self { store, clock, ids }
    }

    /// The store, for workers and for readiness checks.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The time now, by the clock that was handed in.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The maker of ids.
    pub(crate) fn ids(&self) -> &Arc<IdMaker> {
        &self.ids
    }
}
