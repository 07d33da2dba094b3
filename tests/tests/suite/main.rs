//! The integration suite: the product as integrators and agents meet it, on both databases.

mod blobs;
mod schema;
mod events;
mod import;
mod search;
mod tickets;
mod customers;
mod access;
mod errors;
mod jobs;
