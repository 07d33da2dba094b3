//! RFC 5322 bytes to a parsed mail, pure: no I/O, no clock, no environment.
//! What a mail means for a ticket is decided elsewhere.

mod body;
mod headers;
pub mod html;
pub mod inspect;
pub mod limits;
mod mail;
mod nature;
mod parse;
pub mod reply;
mod tnef;
pub mod token;
pub mod trust;

pub use body::html::to_text as html_to_text;
pub use inspect::{inspect, inspect_html, inspect_text};
pub use mail::{Attachment, Bounce, Mail, Mailbox, Nature, ParseError, Protection, Scheme};
pub use parse::parse;
