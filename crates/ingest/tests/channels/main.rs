//! Payloads of the channels: what each says, that no leaf of one is overlooked, and that what is broken
//! or hostile is told so.

#![allow(clippy::expect_used, clippy::panic, reason = "a helper of a test fails the test")]

mod asked;
mod bluesky;
mod feed;
mod fetch;
mod golden;
mod hostile;
mod leaves;
mod mastodon;
mod matrix;
mod reviews;
mod sent;
mod shops;
mod slack;
mod telegram;
mod twilio;
mod typeform;
mod verifiers;
mod webhook;
mod whatsapp;
