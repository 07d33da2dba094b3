//! Where X sees links in a text: names under a top-level domain, with or without `http://` before them.

use std::ops::Range;

use super::tlds::tld;

/// The longest name in a domain that can be asked for, in bytes as DNS writes it.
const MAX_LABEL: usize = 63;
/// A longer address is no link.
const MAX_LINK: usize = 4096;

/// All links, in their order. The time is in proportion to the text.
pub(in crate::length) fn links(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(run) = next_run(text, from) {
        from = run.end;
        for mut link in of_run(text, &run) {
            if link.end == run.end {
                link.end = tail(text, link.end);
            }
            from = from.max(link.end);
            let is_address =
                text.get(link.end..).is_some_and(|after| after.starts_with(['@', '+']));
            if link.len() <= MAX_LINK && !is_address {
                found.push(link);
            }
        }
    }
    found
}

/// What may stand in the name of a host, its dots and dashes with it.
fn in_run(character: char) -> bool {
    in_name(character) || matches!(character, '.' | '-' | '_')
}

fn in_name(character: char) -> bool {
    match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' => true,
        '\0'..='\u{7f}' | '＠' | '＃' => false,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => false,
        '\u{fffe}' | '\u{ffff}' | '\u{feff}' => false,
        other => !other.is_whitespace() && !other.is_control(),
    }
}

/// The next stretch that has a dot within and may hold the name of a host.
fn next_run(text: &str, from: usize) -> Option<Range<usize>> {
    let mut from = from;
    loop {
        let rest = text.get(from..)?;
        let start = from + rest.find(in_run)?;
        let rest = text.get(start..)?;
        let end = start + rest.find(|c| !in_run(c)).unwrap_or(rest.len());
        if text.get(start..end)?.contains('.') {
            return Some(start..end);
        }
        from = end;
    }
}

/// The links that begin in a stretch, without what stands behind their hosts.
fn of_run(text: &str, run: &Range<usize>) -> Vec<Range<usize>> {
    let (Some(before), Some(name)) = (text.get(..run.start), text.get(run.clone())) else {
        return Vec::new();
    };
    match protocol(before) {
        Some(length) if may_follow(before.get(..before.len() - length)) => {
            let end = named_host(name).map(|end| run.start + end);
            end.map(|end| run.start - length..end).into_iter().collect()
        }
        None if may_follow(Some(before)) && !before.ends_with('/') => {
            let hosts = bare_hosts(name).into_iter();
            hosts.map(|host| run.start + host.start..run.start + host.end).collect()
        }
        _ => Vec::new(),
    }
}

/// How long the protocol at the end of a text is.
fn protocol(before: &str) -> Option<usize> {
    ["https://", "http://"].into_iter().map(str::len).find(|length| {
        let end = before.len().checked_sub(*length).and_then(|at| before.get(at..));
        end.is_some_and(|end| {
            end.eq_ignore_ascii_case("https://") || end.eq_ignore_ascii_case("http://")
        })
    })
}

/// Whether a link may begin behind a text.
fn may_follow(before: Option<&str>) -> bool {
    let last = before.and_then(|before| before.chars().next_back());
    !last.is_some_and(|c| c.is_ascii_alphanumeric() || "@＠$#＃".contains(c))
}

/// Where the host ends with which a stretch begins that stands behind a protocol.
fn named_host(name: &str) -> Option<usize> {
    let (mut at, mut end) = (0, None);
    let mut before: Option<&str> = None;
    for label in name.split('.') {
        if let Some(length) = before.filter(|before| !before.contains('_')).and(tld(label)) {
            end = Some(at + length);
        }
        let edge = |c: char| matches!(c, '-' | '_');
        if label.is_empty() || label.starts_with(edge) || label.ends_with(edge) || is_long(label) {
            break;
        }
        before = Some(label);
        at += label.len() + 1;
    }
    end
}

/// The hosts in a stretch without a protocol: of letters of Latin script only.
fn bare_hosts(name: &str) -> Vec<Range<usize>> {
    let mut hosts = Vec::new();
    let mut from = 0;
    while let Some(at) = name.get(from..).and_then(|rest| rest.find(is_latin)) {
        let start = from + at;
        let rest = name.get(start..).unwrap_or_default();
        let part = rest.get(..rest.find(|c| !is_latin(c)).unwrap_or(rest.len()));
        let part = part.unwrap_or_default();
        let parted = name.get(..start).is_some_and(|before| before.ends_with('_'));
        from = start + part.len();
        let follows = |end: usize| rest.get(end..).is_some_and(|after| !after.starts_with('_'));
        let end = bare_host(part).filter(|end| !parted && follows(*end));
        hosts.extend(end.map(|end| start..start + end));
    }
    hosts
}

fn bare_host(part: &str) -> Option<usize> {
    let (mut at, mut end) = (0, None);
    for (index, label) in part.split('.').enumerate() {
        let (is_first, is_name) = (index == 0, !label.is_empty() && !is_long(label));
        if let Some(length) = Some(label).filter(|_| !is_first).and_then(tld) {
            end = Some(at + length);
        }
        if !is_name || (is_first && label.starts_with('-')) {
            break;
        }
        at += label.len() + 1;
    }
    end
}

fn is_latin(character: char) -> bool {
    matches!(character, '.' | '-' | 'a'..='z' | 'A'..='Z' | '0'..='9') || is_accented(character)
}

fn is_accented(character: char) -> bool {
    matches!(character, '\u{c0}'..='\u{24f}' | '\u{253}'..='\u{2bb}' | '\u{300}'..='\u{36f}' | '\u{1e00}'..='\u{1eff}')
        && !matches!(character, '×' | '÷')
}

/// Whether DNS cannot hold a name.
fn is_long(label: &str) -> bool {
    if label.is_ascii() {
        return label.len() > MAX_LABEL;
    }
    // Each character is a byte at least, so that no long text is encoded here.
    let is_short = label.chars().take(MAX_LABEL + 1).count() <= MAX_LABEL;
    let encoded = is_short.then(|| idna::punycode::encode_str(&label.to_lowercase())).flatten();
    encoded.is_none_or(|encoded| encoded.len() + "xn--".len() > MAX_LABEL)
}

/// Where a link ends whose host ends here: behind a port, a path and a query.
fn tail(text: &str, host: usize) -> usize {
    let bytes = text.as_bytes();
    let digits = |at: usize| bytes.iter().skip(at).take_while(|b| b.is_ascii_digit()).count();
    let mut end = host;
    if bytes.get(end) == Some(&b':') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    if bytes.get(end) == Some(&b'/') {
        end = path(text, end + 1);
    }
    if bytes.get(end) == Some(&b'?') {
        end = query(text, end);
    }
    end
}

/// Where a path ends: no mark that ends a sentence is the last of it, and parentheses are in it in pairs.
fn path(text: &str, start: usize) -> usize {
    let (mut at, mut end) = (start, start);
    while let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) {
        match character {
            '(' => match parenthesis(text, at, 2) {
                Some(behind) => (at, end) = (behind, behind),
                None => break,
            },
            _ if in_path(character) => {
                at += character.len_utf8();
                if ends_path(character) {
                    end = at;
                }
            }
            _ => break,
        }
    }
    end
}

/// Where a pair of parentheses ends that begins here and has no more than so many within each other.
fn parenthesis(text: &str, start: usize, depth: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        let character = text.get(at..)?.chars().next()?;
        match character {
            ')' if at > start + 1 => return Some(at + 1),
            '(' if depth > 1 => at = parenthesis(text, at, depth - 1)?,
            _ if in_path(character) => at += character.len_utf8(),
            _ => return None,
        }
    }
}

fn in_path(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || "!*';:=+,.$/%#[]-_~@|&\u{2013}".contains(character)
        || matches!(character, '\u{400}'..='\u{4ff}')
        || is_accented(character)
}

fn ends_path(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || "+-=_#/".contains(character)
        || matches!(character, '\u{400}'..='\u{4ff}')
        || is_accented(character)
}

fn query(text: &str, start: usize) -> usize {
    let rest = text.get(start + 1..).unwrap_or_default();
    let in_query = |c: char| c.is_ascii_alphanumeric() || "!?*'@();:&=+$/%#[]-_.,~|".contains(c);
    let all = rest.get(..rest.find(|c| !in_query(c)).unwrap_or(rest.len())).unwrap_or_default();
    let ends = |c: char| c.is_ascii_alphanumeric() || "-_&=#/".contains(c);
    all.rfind(ends).map_or(start, |last| start + 1 + last + 1)
}
