//! Electronic mail.

mod decode;

pub use decode::Email;
