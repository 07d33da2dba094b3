//! Mailboxes read over IMAP (RFC 3501): a thin layer of our own that never takes silence for success.
//!
//! The library below gives the stream, the sign-in and the parser, and nothing else: its own commands
//! answer a dead connection with an empty success. Here every command requires its tagged OK, the end
//! of the stream is an error, waiting without progress ends, what came back is compared with what was
//! asked, and a connection that failed once is never used again. Nothing here stores anything, reads a
//! clock or decides when to try again: that is the caller's.

mod backoff;
mod change;
mod check;
mod connection;
mod date;
mod error;
mod fetch;
mod follow;
mod idle;
mod names;
mod open;
mod server;
mod sets;
mod tls;
mod wire;

pub(super) use tls::client_config;

pub use backoff::pause_before;
pub use change::Gone;
pub use check::{Step, check};
pub use connection::{Connection, Folder};
pub use error::{ImapError, SinkError};
pub use fetch::{Fetched, Got};
pub use follow::{Cursor, Sink, catch_up, listing};
pub use idle::Woken;
pub use names::{FolderName, decode_name, encode_name};
pub use server::{ImapServer, Limits, Login, Secret, Security};

/// The log target under which the library below writes what it receives, mails included. Who sets up
/// logging keeps it out.
pub const LOGS_MAILS: &str = "async_imap";
