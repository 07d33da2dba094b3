//! Tags: words that agents put on tickets and customers.

use crate::id::TagId;
use crate::text;
use crate::time::Instant;

/// The longest name of a tag, in characters.
pub const MAX_TAG_NAME: usize = 64;

/// A word put on tickets and customers.
#[derive(Debug, Clone, PartialEq)]
pub struct Tag {
    /// Its id.
    pub id: TagId,
    /// Its name as written by whoever made it.
    pub name: String,
    /// A colour for the UI, `#rrggbb`.
    pub color: Option<String>,
    /// When to use it.
    pub description: Option<String>,
    /// When it was made.
    pub created_at: Instant,
    /// Rises with every change; the base of its ETag.
    pub version: i64,
}

/// A tag's name, checked: one to 64 characters with a letter or digit in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagName {
    written: String,
    folded: String,
}

/// Why a text is no tag name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tag is 1 to 64 characters, with at least one letter or digit and no control characters")]
pub struct NotATagName;

impl TagName {
    /// Checks and normalises. `Ödeme`, `ödeme` and `odeme` are one tag.
    pub fn parse(text: &str) -> Result<Self, NotATagName> {
        let written = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let folded = text::fold(&written);
        let fits = written.chars().count() <= MAX_TAG_NAME;
        let speaks = folded.chars().any(char::is_alphanumeric);
        if fits && speaks && !written.chars().any(char::is_control) {
            Ok(Self { written, folded })
        } else {
            Err(NotATagName)
        }
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The form by which two names are the same tag.
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_case_or_accents_are_one_tag() {
        let a = TagName::parse("  İade   talebi ").unwrap();
        let b = TagName::parse("iade talebi").unwrap();
        assert_eq!(a.as_str(), "İade talebi");
        assert_eq!(a.folded(), b.folded());
    }

    #[test]
    fn empty_long_and_wordless_names_are_refused() {
        for bad in ["", "   ", "--", "a\u{0}b", &"x".repeat(65)] {
            assert_eq!(TagName::parse(bad), Err(NotATagName), "{bad:?}");
        }
    }
}
