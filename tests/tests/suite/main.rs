//! The integration suite: the product as integrators and agents meet it, on both databases.

mod access;
mod arrival;
mod blobs;
mod customers;
mod errors;
mod events;
mod import;
mod jobs;
mod mailboxes;
mod moving;
mod schema;
mod schema;
mod search;
mod search;
mod sending;
mod threading;
mod tickets;
