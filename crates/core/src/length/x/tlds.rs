//! The top-level domains of the internet: X takes a name for a link where it ends in one.

use std::collections::HashSet;
use std::sync::LazyLock;

/// The names in the root zone in October 2026, in lower case, as people write them.
static NAMES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("tlds.txt").lines().collect());

/// The longest of them that is not written in ASCII, in characters.
const LONGEST: usize = 17;

/// How much of the beginning of a label is a top-level domain, in bytes. Behind it stands no letter or
/// digit of ASCII and no hyphen.
pub(super) fn tld(label: &str) -> Option<usize> {
    let ascii = label.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'-').count();
    if ascii > 0 {
        let name = label.get(..ascii)?.to_ascii_lowercase();
        let is_encoded = name.starts_with("xn--") && name.len() > 4;
        return (is_encoded || NAMES.contains(name.as_str())).then_some(ascii);
    }
    let ends = label.char_indices().map(|(at, c)| at + c.len_utf8()).take(LONGEST);
    let ends: Vec<usize> = ends.collect();
    ends.into_iter().rev().find(|end| {
        let after = label.get(*end..).and_then(|after| after.chars().next());
        let follows = after.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '-');
        follows && label.get(..*end).is_some_and(|name| NAMES.contains(name))
    })
}
