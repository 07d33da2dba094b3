//! Waking the runner before its timer does.

use std::sync::Arc;

use tokio::sync::Notify;

/// Wakes a runner, whichever of its jobs there is work for. Cheap to clone; whoever enqueues jobs
/// may hold one.
#[derive(Debug, Clone, Default)]
pub struct Waker(Arc<[Arc<Notify>]>);

impl Waker {
    pub(crate) fn new(sleepers: impl Iterator<Item = Arc<Notify>>) -> Self {
        Self(sleepers.collect())
    }

    /// Says that there is work. Calls while the runner is busy are remembered once.
    pub fn wake(&self) {
        self.0.iter().for_each(|sleeper| sleeper.notify_one());
    }
}
