//! What the settings of all tables have in common: how it is told what is wrong with them, and what is
//! checked of each.

use std::fmt;

use throughline_core::identity::Region;

use super::records::SEPARATORS;

/// A setting that cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Its name.
    pub field: &'static str,
    /// What is wrong with it, and what to do.
    pub why: String,
}

impl Wrong {
    pub(crate) fn new(field: &'static str, why: impl Into<String>) -> Self {
        Self { field, why: why.into() }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.why)
    }
}

/// Notes when no table has such a separator.
pub(crate) fn check_separator(separator: Option<char>, wrong: &mut Vec<Wrong>) {
    if separator.is_some_and(|c| !SEPARATORS.contains(&c)) {
        let why = "expected a comma, a semicolon, a tab or a vertical bar";
        wrong.push(Wrong::new("separator", why));
    }
}

/// The country in which numbers are read, if one is given; notes when there is none of that code.
pub(crate) fn region(text: &str, wrong: &mut Vec<Wrong>) -> Option<Region> {
    let region = Region::parse(text);
    if region.is_none() && !text.trim().is_empty() {
        let why = "expected a country by its code of two letters, such as DE";
        wrong.push(Wrong::new("region", why));
    }
    region
}
