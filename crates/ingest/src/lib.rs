//! Channels in: fetch or verify, then decode. One folder per channel.
//!
//! Decoding is pure, so a delivery whose bytes are kept can be decoded again after a fix. What a
//! channel needs beyond that (polling, verifying a signature) are traits of their own, which a
//! channel has or has not. Nothing here stores anything or knows of tickets.

pub mod app_store;
mod asking;
pub mod bluesky;
pub mod contacts;
pub mod email;
pub mod feeds;
pub mod fetch;
mod fields;
pub mod files;
pub mod google_play;
pub mod hooks;
mod jwt;
mod lenient;
pub mod listen;
pub mod mastodon;
pub mod matrix;
pub mod phone;
pub mod phone_preview;
pub mod poll;
pub mod registry;
mod reviews;
mod shop;
pub mod shopify;
pub mod slack;
mod slices;
mod tables;
pub mod telegram;
pub mod twilio;
pub mod typeform;
pub mod webhook;
pub mod whatsapp;
pub mod woocommerce;

use throughline_core::channel::Channel;
use throughline_core::inbound::InboundEvent;

/// Turns the bytes of one delivery into what they say. The one thing every channel can do.
pub trait Decode: Send + Sync {
    /// Pure: the same bytes always give the same events.
    fn decode(&self, bytes: &[u8]) -> Result<Vec<InboundEvent>, Undecodable>;
}

/// Why bytes say nothing to us; kept beside the quarantined delivery, for an admin to read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Undecodable(pub String);

/// The decoder of a channel; `None` for channels that bring no raw deliveries.
pub fn decoder_of(channel: Channel) -> Option<Box<dyn Decode>> {
    match channel {
        Channel::Email => Some(Box::new(email::Email)),
        _ => None,
    }
}
