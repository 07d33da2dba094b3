//! Payloads of the channels: what each says, that no leaf of one is overlooked, and that what is broken
//! or hostile is told so.

mod golden;
mod hostile;
mod leaves;
mod telegram;
mod whatsapp;
