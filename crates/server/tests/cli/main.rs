//! The binary as a person uses it: arguments in, output and exit codes out, on folders of its own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod calls;
mod commands;
mod contacts;
mod import;
mod mail;
mod serve;
mod support;
