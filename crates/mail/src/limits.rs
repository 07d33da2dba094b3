//! Every limit that keeps a hostile mail from costing more than its worth.
//! When one is hit the mail is still returned, with what was read so far.

/// How deep parts and attached mails may be nested. Real mail stays under 20;
/// whatever lies deeper is kept as one attachment.
pub const MAX_DEPTH: usize = 100;

/// How many parts a mail may have. What follows belongs to the last part.
pub const MAX_PARTS: usize = 10_000;

/// How many header fields of one part are read. Long mailing-list trails reach
/// some hundreds.
pub const MAX_HEADERS: usize = 2_000;

/// How many bytes of one header field are read: a `To` with ten thousand
/// recipients fits.
pub const MAX_HEADER_BYTES: usize = 512 * 1024;

/// How many mailboxes of one address field are read.
pub const MAX_MAILBOXES: usize = 10_000;

/// How many ids of a `References` field are read.
pub const MAX_IDS: usize = 1_000;

/// How many bytes of a text part are decoded to be shown. Longer parts are
/// shown up to here; the raw mail is kept elsewhere.
pub const MAX_SHOWN_BYTES: usize = 8 * 1024 * 1024;

/// How many bytes at the start of undeclared text decide its character set.
pub const MAX_SNIFFED_BYTES: usize = 64 * 1024;

/// How many bytes of human text are searched for the phrases of a bounce.
pub const MAX_BOUNCE_TEXT: usize = 64 * 1024;

/// How many recipients of one bounce are kept.
pub const MAX_BOUNCE_RECIPIENTS: usize = 1_000;

/// How many files are taken out of one `winmail.dat`.
pub const MAX_TNEF_FILES: usize = 1_000;

/// How many bytes at the start of a body are searched for quoted history. New
/// text stands there; what is found to go on to the end does so.
pub const MAX_REPLY_BYTES: usize = 256 * 1024;
