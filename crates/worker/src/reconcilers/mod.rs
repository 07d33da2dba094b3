//! The reconcilers, one file for each.

mod break_promises;
mod finish_erasures;
mod forget_import_files;
mod give_up_imports;
mod purge_blobs;
mod purge_idempotency_keys;
mod purge_presence;
mod purge_sessions;
mod purge_unused;
mod renew_lease;
mod waiting_events;
mod watch_phone_folders;

pub use break_promises::BreakPromises;
pub use finish_erasures::FinishErasures;
pub use forget_import_files::ForgetImportFiles;
pub use give_up_imports::GiveUpImports;
pub use purge_blobs::PurgeBlobs;
pub use purge_idempotency_keys::PurgeIdempotencyKeys;
pub use purge_presence::PurgePresence;
pub use purge_sessions::PurgeSessions;
pub use purge_unused::PurgeUnused;
pub use renew_lease::RenewLease;
pub use waiting_events::WaitingEvents;
pub use watch_phone_folders::WatchPhoneFolders;
