//! Electronic mail.

mod decode;
pub mod imap;

pub use decode::Email;
