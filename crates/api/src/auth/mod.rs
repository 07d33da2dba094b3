//! Who asks: access tokens of agents, keys of integrators, cookies of browsers, and the extractors that tell.

pub mod cookies;
mod signed;
mod token;

pub use signed::{Reader, Signed, access_until, sign};
pub use token::{Purpose, Tokens};
