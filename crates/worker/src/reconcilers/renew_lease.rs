//! Holds on to the node's number, without which it must not make ids.

use std::time::Duration;

use async_trait::async_trait;
use throughline_app::nodes::{self, Lease};
use throughline_app::{App, AppError};
use tokio_util::sync::CancellationToken;

use crate::schedule::Reconciler;

/// See the module.
#[derive(Debug)]
pub struct RenewLease {
    /// The lease taken at the start.
    pub lease: Lease,
    /// Cancelled when the number was lost to another node: the process has to stop.
    pub lost: CancellationToken,
}

#[async_trait]
impl Reconciler for RenewLease {
    fn name(&self) -> &'static str {
        "renew_lease"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(20)
    }

    async fn run(&self, app: &App) -> Result<(), AppError> {
        if !nodes::renew(app.store(), &self.lease, app.now()).await? {
            tracing::error!(node = self.lease.node, "the node's number was lost; stopping");
            self.lost.cancel();
        }
        Ok(())
    }
}
