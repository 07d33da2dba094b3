//! Electronic mail.

mod decode;
pub mod imap;
pub mod oauth;

pub use decode::Email;
