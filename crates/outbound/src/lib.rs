//! Ways out: one folder per channel. Nothing here stores anything or knows of tickets.

pub mod ask;
pub mod chat;
pub mod email;
pub mod fetch;
mod http;
pub mod socket;
pub mod webhook;
