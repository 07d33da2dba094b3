//! Ways out: one folder per channel. Nothing here stores anything or knows of tickets.

pub mod email;
pub mod webhook;
