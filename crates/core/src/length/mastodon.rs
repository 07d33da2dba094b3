//! How Mastodon counts: characters as people see them, but 23 for a link with its protocol, however long
//! it is, and of somebody on another server only the name, not the server.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::x;

/// What a link is long.
const LINK: usize = 23;

/// The name of somebody on another server.
static MENTIONS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let name = "[A-Za-z0-9_]+(?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?";
    Regex::new(&format!(r"(@{name})@\w+(?:[.-]+\w+)*")).ok()
});

/// The stretches that count for something else than what stands in them, in their order, each with what
/// it counts.
pub(super) fn entities(text: &str) -> Vec<(Range<usize>, usize)> {
    let has_protocol =
        |link: &Range<usize>| text.get(link.clone()).is_some_and(|link| link.contains("://"));
    let links = x::links(text).into_iter().filter(has_protocol).map(|link| (link, LINK));
    let mut all: Vec<(Range<usize>, usize)> = links.chain(mentions(text)).collect();
    all.sort_by_key(|(range, _)| range.start);
    let mut end = 0;
    all.retain(|(range, _)| {
        let is_apart = range.start >= end;
        end = end.max(range.end);
        is_apart
    });
    all
}

fn mentions(text: &str) -> impl Iterator<Item = (Range<usize>, usize)> {
    let all = MENTIONS.iter().flat_map(move |mentions| mentions.captures_iter(text));
    all.filter_map(move |found| {
        let (whole, name) = (found.get(0)?, found.get(1)?);
        let before = text.get(..whole.start())?.chars().next_back();
        let after = text.get(whole.end()..)?;
        let begins = !before.is_some_and(|c| c.is_alphanumeric() || "=/_".contains(c));
        let ends = !after.starts_with(['@', '＠']) && !after.starts_with("://");
        (begins && ends).then(|| (whole.range(), name.len()))
    })
}
