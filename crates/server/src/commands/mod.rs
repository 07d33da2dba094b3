//! The commands, one file for each: its arguments, its help, and what it does.

pub mod agent;
pub mod config;
pub mod demo;
pub mod import;
pub mod inspect;
pub mod key;
pub mod migrate;
pub mod openapi;
pub mod serve;
pub mod worker;
