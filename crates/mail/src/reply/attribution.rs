//! Lines that introduce quoted history: `On … wrote:` and its relatives, on one
//! line or wrapped over several.

use crate::reply::lines::{Line, Lines};
use crate::reply::markers::{ATTRIBUTION_STARTS, ATTRIBUTION_VERBS};

/// An attribution.
pub struct Attribution {
    /// The first line behind it.
    pub end: usize,
    /// Whether it is one even without quote marks behind it.
    pub certain: bool,
}

/// How many lines one attribution may be wrapped over.
const MAX_LINES: usize = 6;
/// How long it may be in all.
const MAX_BYTES: usize = 500;

/// Reads the attribution that starts here, if one does.
pub fn find(lines: &Lines<'_>, at: usize, first: &Line<'_>) -> Option<Attribution> {
    let opens = opens(&first.folded);
    let most = if opens { MAX_LINES } else { 3 };
    let mut joined = String::new();
    for index in at..at + most {
        let line = lines.get(index)?;
        let wrapped_mark = line.quoted && index > at && opens;
        if line.quoted && !wrapped_mark || joined.len() > MAX_BYTES {
            return None;
        }
        joined.push(' ');
        joined.push_str(&line.folded);
        if let Some(certain) = complete(joined.trim()) {
            return Some(Attribution { end: index + 1, certain });
        }
        // A later line that opens one by itself is the better start.
        if !opens && lines.get(index + 1).is_some_and(|next| self::opens(&next.folded)) {
            return None;
        }
        // Only a line that clearly opens may go on behind an empty one.
        if line.is_empty() && !opens || !may_go_on(&first.folded) {
            return None;
        }
    }
    None
}

/// Whether the line starts as attributions of some language do, with a date.
fn opens(folded: &str) -> bool {
    let has_digit = folded.contains(|c: char| c.is_numeric());
    has_digit && ATTRIBUTION_STARTS.iter().any(|start| folded.starts_with(start))
}

/// A first line that is wrapped holds a date or the beginning of an address.
fn may_go_on(folded: &str) -> bool {
    folded.contains(|c: char| c.is_numeric() || matches!(c, '@' | '<'))
}

/// Whether the text is a whole attribution, and then whether it is certain.
fn complete(text: &str) -> Option<bool> {
    let text = text.trim_matches(['-', ' ']);
    let has_colon = text.ends_with([':', '：']);
    let body = text.trim_end_matches([':', '：', ' ']);
    let verb_ends = ATTRIBUTION_VERBS.iter().any(|verb| body.ends_with(verb));
    if !has_colon && !verb_ends {
        let bare = text.starts_with(|c: char| c.is_ascii_digit()) && ends_with_address(text);
        return bare.then_some(false);
    }
    if !verb_ends && !has_date(text) && !text.contains('@') {
        return None;
    }
    let verb = verb_ends || ATTRIBUTION_VERBS.iter().any(|verb| body.contains(verb));
    let address = text.contains('@');
    let (dated, timed) = (has_date(text), has_time(text));
    match verb {
        true if dated || address => Some(address && dated || timed && is_full_date(text)),
        true if verb_ends && text.len() < 80 => Some(false),
        // No verb: Japanese, and the dates of some Google mails.
        false if has_colon && timed && ends_with_address(body) => Some(true),
        // Languages that are not listed: quote marks must follow.
        false if has_colon && dated && text.contains('<') && address => Some(false),
        _ => None,
    }
}

/// A year, or as many numbers as a short date and a time have together: people
/// write "at 10:30 your agent wrote:" themselves.
fn is_full_date(text: &str) -> bool {
    let runs = || text.split(|c: char| !c.is_numeric()).filter(|run| !run.is_empty());
    runs().count() >= 4 || runs().any(|run| run.chars().count() >= 4)
}

fn ends_with_address(body: &str) -> bool {
    body.split_whitespace().next_back().is_some_and(|word| word.contains('@'))
}

/// A digit group that could be a day or a year.
fn has_date(text: &str) -> bool {
    text.contains(|c: char| c.is_numeric())
}

/// `10:30`, `10.30`, `10h30` or the same in other digits.
fn has_time(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    chars.windows(4).any(|window| match window {
        [a, b, c, d] => {
            a.is_numeric()
                && matches!(b, ':' | '.' | 'h' | '：')
                && c.is_numeric()
                && d.is_numeric()
        }
        _ => false,
    })
}
