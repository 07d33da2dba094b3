//! E-mail: writing a mail, handing it to a server, and the pure rules of when to do so. What is
//! sent to whom, and what becomes of an outcome, is decided by the caller.

pub mod compose;
pub mod envelope;
pub mod pace;
pub mod retry;
pub mod smtp;
