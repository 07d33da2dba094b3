//! The integration suite: the product as integrators and agents meet it, on both databases.

mod access;
mod arrival;
mod blobs;
mod customers;
mod errors;
mod events;
mod import;
mod jobs;
mod moving;
mod schema;
mod search;
mod threading;
mod tickets;
