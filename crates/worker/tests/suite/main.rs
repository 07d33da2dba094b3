//! The runner, the jobs and the reconcilers on a database of their own and a clock that tests move.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod common;
mod process_delivery;
mod reconcilers;
mod runner;
