//! Mailboxes over IMAP, against a real Dovecot and against a server that misbehaves.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper of a test fails the test")]

mod changes;
mod cyrus;
mod fake;
mod following;
mod misbehaving;
mod opening;
mod support;
mod waiting;
