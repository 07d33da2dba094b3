//! The running program between real mail servers: Postfix takes and delivers, Dovecot keeps, and an
//! IMAP client that is not ours looks what arrived.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod crashes;
mod database;
mod end_to_end;
mod full_disk;
mod office;
mod server;
