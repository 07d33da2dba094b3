//! The integration suite: the product as integrators and agents meet it, on both databases.

mod access;
mod arrival;
mod blobs;
mod changes;
mod customers;
mod errors;
mod event_stream;
mod events;
mod facts;
mod history;
mod import;
mod jobs;
mod mail_html;
mod mail_ledger;
mod mail_settings;
mod mail_tests;
mod mailboxes;
mod merging;
mod moving;
mod protection;
mod schema;
mod search;
mod sending;
mod threading;
mod tickets;
mod webhooks;
