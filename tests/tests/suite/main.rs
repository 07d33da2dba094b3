//! The integration suite: the product as integrators and agents meet it, on both databases.

mod access;
mod arrival;
mod blobs;
mod customers;
mod errors;
mod events;
mod import;
mod jobs;
mod mail_html;
mod mail_ledger;
mod mail_settings;
mod mail_tests;
mod mailboxes;
mod moving;
mod profiles;
mod pushed;
mod schema;
mod search;
mod sending;
mod threading;
mod tickets;
