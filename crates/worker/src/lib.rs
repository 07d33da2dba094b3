//! The job runner, the schedule, and the jobs: one file for each.
//!
//! Jobs are enqueued inside business transactions and claimed by lease, so that a worker that
//! dies loses nothing: its jobs come up again when the lease ends. Every job is idempotent.
//! Time-based work is reconcilers, which take no input and compare what is with what should be.

pub mod access;
mod backoff;
pub mod channel_probe;
pub mod images;
mod job;
pub mod jobs;
pub mod mailboxes;
pub mod polling;
pub mod probe;
mod queue;
pub mod reconcilers;
mod runner;
mod schedule;
pub mod tokens;
mod waker;
pub mod webhooks;

pub use job::{Context, Job, Payload, Verdict};
pub use runner::{Runner, Settings};
pub use schedule::{Reconciler, Schedule};
pub use waker::Waker;
