//! Extractors: what a handler asks for, checked before it runs. Each failure is a [`Problem`].
//!
//! [`Problem`]: crate::problem::Problem

mod body;
mod caller;
mod header;
mod path;
mod query;

pub use body::{Body, FileBody, LaterBody, RawBody, read_limited};
pub use caller::Caller;
pub use header::{
    ETagHeader, IdempotencyHeader, IfMatch, IfMatchHeader, IfNoneMatchHeader, LastEventIdHeader,
};
pub use path::{Id, Kind, Number};
pub(crate) use query::from_query;
pub use query::{Asked, FromQuery, Params};
