//! Who asks: access tokens of agents, keys of integrators, and the extractor that tells.

mod signed;
mod token;

pub use signed::{Signed, access_until, sign};
pub use token::Tokens;
