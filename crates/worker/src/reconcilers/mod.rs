//! The reconcilers, one file for each.

mod purge_idempotency_keys;
mod purge_sessions;
mod purge_unused;
mod renew_lease;
mod waiting_events;

pub use purge_idempotency_keys::PurgeIdempotencyKeys;
pub use purge_sessions::PurgeSessions;
pub use purge_unused::PurgeUnused;
pub use renew_lease::RenewLease;
pub use waiting_events::WaitingEvents;
