//! The running program: between real mail servers, where Postfix takes and delivers, Dovecot keeps, and
//! an IMAP client that is not ours looks what arrived; and in a storm of what platforms tell its hooks.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod chance;
mod crashes;
mod database;
mod end_to_end;
mod full_disk;
mod office;
mod platforms;
mod server;
mod storm;
