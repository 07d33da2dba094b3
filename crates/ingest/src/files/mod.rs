//! Mails in files, for imports: single mails, folders of them, Maildirs, mboxes and archives.
//!
//! Whether a file is a mail is decided by what it holds, never by its name.

mod looks;
mod mails;
mod mbox;
mod preview;
mod walk;
mod zip;

pub use looks::{NotAMail, looks_like_mail};
pub use mails::{FoundMail, MAX_MAIL_BYTES, Skipped, Told, visit};
pub use preview::{MailHead, MailPreview, MailRow, preview};
pub use walk::{Listing, list};

/// How many bytes from the start of a file decide whether it is a mail.
pub const HEAD_BYTES: usize = 64 * 1024;
