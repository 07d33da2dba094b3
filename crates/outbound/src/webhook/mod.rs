//! Webhooks by the Standard Webhooks specification: signing, which addresses may be reached, and one
//! request. When and how often is decided elsewhere; nothing is kept here.

mod addresses;
mod send;
mod signature;

pub use crate::http::{ClientOptions, UnusableRoots};
pub use addresses::is_public;
pub use send::{Client, Letter};
pub use signature::{BadSecret, SigningSecret, signatures};
