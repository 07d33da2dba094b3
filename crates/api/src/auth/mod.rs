//! Who asks: access tokens of agents, keys of integrators, and the extractor that tells.

mod signed;
mod token;

pub use signed::{Signed, sign};
pub use token::Tokens;
