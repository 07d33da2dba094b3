//! The commands, one file for each: its arguments, its help, and what it does.

pub mod agent;
pub mod config;
pub mod demo;
pub mod import;
pub mod inbox;
pub mod inspect;
pub mod key;
pub mod ledger;
pub mod migrate;
pub mod openapi;
pub mod serve;
pub mod worker;
