//! The small types of the wire: ids, instants, closed sets and bounded texts, each with its schema.
//!
//! `core` types carry no OpenAPI derive, so each is wrapped in [`Wire`], and [`WireText`] says what
//! the document shows. The aliases here have the names of the core types they wrap.

mod hints;
mod ids;
mod page;
mod patch;
mod revision;
mod sets;
mod texts;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

pub use hints::IdentityHintIn;
pub use ids::*;
pub use page::{CursorText, Limit, PageOut, PageQuery};
pub use patch::{Patch, at_most, given, given_at_most};
pub use revision::Revision;
pub use sets::*;
pub use texts::*;

/// What the document says about a type that travels as one text.
pub trait WireText {
    /// The schema's name.
    const NAME: &'static str;

    /// The schema.
    fn schema() -> Schema;
}

/// A core type on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Wire<T>(pub T);

impl<T> From<T> for Wire<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: FromStr> FromStr for Wire<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        text.parse().map(Self)
    }
}

impl<T: fmt::Display> fmt::Display for Wire<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: Serialize> Serialize for Wire<T> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(s)
    }
}

impl<'de, T> Deserialize<'de> for Wire<T>
where
    T: FromStr<Err: fmt::Display>,
{
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

impl<T: WireText> PartialSchema for Wire<T> {
    fn schema() -> RefOr<Schema> {
        T::schema().into()
    }
}

impl<T: WireText> ToSchema for Wire<T> {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed(T::NAME)
    }
}

/// Wraps each of several.
pub fn wires<T>(values: impl IntoIterator<Item = T>) -> Vec<Wire<T>> {
    values.into_iter().map(Wire).collect()
}

/// Unwraps each of several.
pub fn cores<T>(values: impl IntoIterator<Item = Wire<T>>) -> Vec<T> {
    values.into_iter().map(|w| w.0).collect()
}
