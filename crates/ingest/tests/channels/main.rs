//! Payloads of the channels: what each says, that no leaf of one is overlooked, and that what is broken
//! or hostile is told so.

#![allow(clippy::expect_used, clippy::panic, reason = "a helper of a test fails the test")]

mod golden;
mod hostile;
mod leaves;
mod sent;
mod shops;
mod slack;
mod telegram;
mod twilio;
mod typeform;
mod webhook;
mod whatsapp;
