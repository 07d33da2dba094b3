//! Payloads of the channels: what each says, that no leaf of one is overlooked, and that what is broken
//! or hostile is told so.

mod golden;
mod leaves;
mod mutations;
mod sent;
mod slack;
mod twilio;
mod webhook;
