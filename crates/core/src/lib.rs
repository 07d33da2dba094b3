//! The domain of Throughline: customers, tickets, tags, the timeline, and the rules that decide.
//!
//! Pure throughout: no I/O, no clock (`now` is an argument), no async, no database and no web
//! types. What is stored and what goes over the wire are mapped from these types by `store` and
//! `api`, once each, beside the row and beside the handler.

pub mod access;
pub mod actor;
pub mod agent;
pub mod brief;
pub mod call;
pub mod channel;
pub mod contact;
pub mod customer;
pub mod delivery;
pub mod desk;
pub mod event;
pub mod facts;
pub mod freemail;
pub mod guard;
pub mod id;
pub mod identity;
pub mod import;
pub mod inbound;
pub mod inbox;
pub mod language;
pub mod length;
pub mod mail_providers;
pub mod mail_settings;
pub mod media_type;
pub mod merging;
pub mod months;
pub mod outgoing;
pub mod page;
pub mod phone_settings;
pub mod platform;
pub mod profile;
pub mod promises;
pub mod pushed;
pub mod query;
pub mod rating;
pub mod reason;
pub mod tag;
pub mod text;
pub mod threading;
pub mod ticket;
pub mod ticket_change;
pub mod ticket_link;
pub mod time;
pub mod timeline;
pub mod walk;
pub mod webhook;
mod wire;
