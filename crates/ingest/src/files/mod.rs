//! Mails in files, for imports: single mails, folders of them, Maildirs and mboxes.
//!
//! Whether a file is a mail is decided by what it holds, never by its name.

mod looks;
mod mails;
mod mbox;
mod walk;

pub use looks::{NotAMail, looks_like_mail};
pub use mails::{FoundMail, MAX_MAIL_BYTES, Mails, Skipped, mails_in};
pub use walk::{Listing, list};

/// How many bytes from the start of a file decide whether it is a mail.
pub const HEAD_BYTES: usize = 64 * 1024;
