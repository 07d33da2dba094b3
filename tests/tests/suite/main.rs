//! The integration suite: the product as integrators and agents meet it, on both databases.

mod access;
mod blobs;
mod customers;
mod errors;
mod events;
mod import;
mod jobs;
mod mailboxes;
mod schema;
mod search;
mod sending;
mod tickets;
