//! Pages: `limit` and `cursor` in, `items` and `next_cursor` out.

use std::str::FromStr;

use serde::Serialize;
use throughline_core::page::{Cursor, DEFAULT_LIMIT, MAX_LIMIT, Page, PageRequest};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::{Wire, WireText};
use crate::extract::from_query;

/// How many things a page holds: 1 to 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u32);

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        match text.parse::<u32>() {
            Ok(n) if digits && (1..=MAX_LIMIT).contains(&n) => Ok(Self(n)),
            _ => Err(format!("expected a number from 1 to {MAX_LIMIT}")),
        }
    }
}

impl Limit {
    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl PartialSchema for Limit {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(MAX_LIMIT))
            .default(Some(DEFAULT_LIMIT.into()))
            .description(Some("How many things a page holds."))
            .into()
    }
}

impl ToSchema for Limit {}

/// Where a page starts, as `next_cursor` of the page before gave it.
pub type CursorText = Wire<Cursor>;

impl WireText for Cursor {
    const NAME: &'static str = "Cursor";

    fn schema() -> Schema {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[a-z0-9]{1,16}\\.[0-9a-f]{16}(\\.[0-9a-f]{16})?$"))
            .examples(["upd.0d2f6a91c0001000"])
            .description(Some("Where a page starts: opaque, and good for one list and order."))
            .build()
            .into()
    }
}

/// Which part of a list is wanted.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many things to answer with.
    pub limit: Option<Limit>,
    /// `next_cursor` of the page before; without it the list starts at its head.
    pub cursor: Option<CursorText>,
}

from_query! { PageQuery { limit: maybe, cursor: maybe } }

impl From<PageQuery> for PageRequest {
    fn from(query: PageQuery) -> Self {
        let PageQuery { limit, cursor } = query;
        let limit = limit.map_or(DEFAULT_LIMIT, Limit::get);
        Self { limit, after: cursor.map(|c| c.0) }
    }
}

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Page)]
pub struct PageOut<T> {
    /// The things, in the order of the list.
    pub items: Vec<T>,
    /// Pass it as `cursor` to read on; null at the end of the list.
    pub next_cursor: Option<String>,
}

impl<T> PageOut<T> {
    /// A page of core things on the wire.
    pub fn of<C>(page: Page<C>, out: impl FnMut(C) -> T) -> Self {
        let Page { items, next } = page.map(out);
        Self { items, next_cursor: next.map(|c| c.to_string()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_plain_numbers_in_range() {
        assert_eq!("200".parse(), Ok(Limit(200)));
        for bad in ["0", "201", "-1", "+5", "", "ten", "1.0", "99999999999"] {
            assert!(bad.parse::<Limit>().is_err(), "{bad}");
        }
    }
}
