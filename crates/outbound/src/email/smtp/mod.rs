//! Handing mails to a server over SMTP (RFC 5321): connections, their pool, what became of a mail.
//! The dialogue is our own, with lettre's command and login encodings: lettre's connection gives no
//! timeout for each step and does not tell whether the end of a mail went out before it was lost,
//! and its pool hands out connections whose last send was cancelled.

mod check;
mod connect;
mod connection;
mod login;
mod outcome;
mod pool;
mod reply;
mod server;
pub(crate) mod tls;
mod transaction;
mod trouble;

pub use check::{Step, check};
pub use outcome::{Outcome, RefusedRecipient};
pub use pool::Pool;
pub use server::{CONNECTIONS, Login, Security, Server, Timeouts};
pub use trouble::Stage;
