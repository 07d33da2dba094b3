//! Whether a mail really comes from the domain it names: what our own servers wrote about SPF, DKIM
//! and DMARC (RFC 8601). Nothing is looked up or verified here, and a header that a sender wrote
//! himself is never believed.
//!
//! **Limit:** there is no list of public suffixes. Two domains are taken to be of one organisation
//! when one is the other or a parent of it, and the parent has at least two labels. So `co.uk` counts
//! as the parent of `shop.co.uk`; DMARC results do not depend on this, as the server made them.

use std::iter::Peekable;
use std::str::Chars;

/// How many headers are looked at: a forged mail may carry thousands.
const MAX_HEADERS: usize = 100;
/// How many words and marks of one header are read.
const MAX_PIECES: usize = 2_000;

/// Whether the author's domain is proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// It is.
    Aligned {
        /// What proves it: `dmarc`, `dkim` or `spf`.
        by: &'static str,
    },
    /// A trusted server looked, and it is not.
    Unaligned {
        /// What the server found, such as `dmarc=fail`, for people to read.
        why: String,
    },
    /// No trusted server said anything.
    None,
}

/// The headers of one kind, topmost first, unfolded or not.
#[derive(Debug, Clone, Copy, Default)]
pub struct Results<'a> {
    /// Values of `Authentication-Results`.
    pub direct: &'a [String],
    /// Values of `ARC-Authentication-Results` (RFC 8617, 4.1.1). They count only where the server
    /// found the whole chain in order (`arc=pass`) and a trusted server wrote them.
    pub arc: &'a [String],
}

/// Judges a mail. `trusted` are the names (authserv-id) that our own servers give themselves;
/// `from` is the domain of its author. Only the topmost header of a trusted name counts: whatever
/// stands below may have come with the mail.
pub fn judge(results: Results<'_>, trusted: &[&str], from: &str) -> Trust {
    let Some(own) = topmost(results.direct, trusted) else { return Trust::None };
    let direct = judge_one(&own, from);
    let chain_holds = own.iter().any(|m| m.method == "arc" && m.result == "pass");
    if !chain_holds || matches!(direct, Trust::Aligned { .. }) {
        return direct;
    }
    let relayed = topmost(results.arc, trusted).map(|methods| judge_one(&methods, from));
    relayed.filter(|trust| matches!(trust, Trust::Aligned { .. })).unwrap_or(direct)
}

/// Whether two domains are of one organisation; see the limit above.
pub fn same_organisation(a: &str, b: &str) -> bool {
    let (a, b) = (normal_domain(a), normal_domain(b));
    let parent = |parent: &str, child: &str| {
        let labels = parent.split('.').filter(|label| !label.is_empty()).count();
        let below = child.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'));
        labels >= 2 && (child == parent || below)
    };
    parent(&a, &b) || parent(&b, &a)
}

fn normal_domain(domain: &str) -> String {
    domain.trim().trim_end_matches('.').to_lowercase()
}

/// One `method=result` with its properties, all in lower case.
#[derive(Debug, Default, PartialEq, Eq)]
struct Method {
    method: String,
    result: String,
    properties: Vec<(String, String)>,
}

impl Method {
    /// The domain behind a property; of an address, that behind the `@`.
    fn domain(&self, name: &str) -> Option<&str> {
        let (_, value) = self.properties.iter().find(|(known, _)| known == name)?;
        Some(value.rsplit_once('@').map_or(value.as_str(), |(_, domain)| domain))
    }

    fn proves(&self, from: &str) -> Option<&'static str> {
        if self.result != "pass" {
            return None;
        }
        let of_author = |name| self.domain(name).is_some_and(|d| same_organisation(d, from));
        match self.method.as_str() {
            // Of another author's domain it proves nothing about this one.
            "dmarc"
                if self
                    .domain("header.from")
                    .is_none_or(|d| normal_domain(d) == normal_domain(from)) =>
            {
                Some("dmarc")
            }
            "dkim" if of_author("header.d") => Some("dkim"),
            "dkim" if self.domain("header.d").is_none() && of_author("header.i") => Some("dkim"),
            "spf" if of_author("smtp.mailfrom") => Some("spf"),
            _ => None,
        }
    }
}

fn judge_one(methods: &[Method], from: &str) -> Trust {
    let dmarc_failed = methods.iter().find(|m| m.method == "dmarc" && m.result == "fail");
    if let Some(failed) = dmarc_failed {
        return Trust::Unaligned { why: say(failed) };
    }
    let proofs: Vec<_> = methods.iter().filter_map(|method| method.proves(from)).collect();
    let best = ["dmarc", "dkim", "spf"].into_iter().find(|by| proofs.contains(by));
    match best {
        Some(by) if !from.trim().is_empty() => Trust::Aligned { by },
        _ => Trust::Unaligned { why: reasons(methods) },
    }
}

/// What was found, short enough to show.
fn reasons(methods: &[Method]) -> String {
    let checks = methods.iter().filter(|m| matches!(m.method.as_str(), "dmarc" | "dkim" | "spf"));
    let said: Vec<String> = checks.take(6).map(say).collect();
    if said.is_empty() { "no check was made".to_owned() } else { said.join(", ") }
}

fn say(method: &Method) -> String {
    let named = ["header.from", "header.d", "header.i", "smtp.mailfrom"];
    let domain = named.iter().find_map(|name| method.domain(name)).unwrap_or_default();
    let domain: String = domain.chars().filter(|c| !c.is_control()).take(100).collect();
    let result: String = method.result.chars().take(20).collect();
    let of = if domain.is_empty() { "" } else { " for " };
    format!("{}={result}{of}{domain}", method.method)
}

/// The results of the topmost header that a trusted server wrote. One that cannot be read stands for
/// no results: passing it over would let a sender who makes ours unreadable put his own in its place.
fn topmost(headers: &[String], trusted: &[&str]) -> Option<Vec<Method>> {
    headers.iter().take(MAX_HEADERS).find_map(|header| {
        let (server, methods) = read(header)?;
        trusted.iter().any(|name| name.eq_ignore_ascii_case(&server)).then_some(methods)
    })
}

/// A piece of a header.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Word(String),
    /// A quoted string; never a name or a result.
    Quoted(String),
    Equals,
    Semicolon,
}

/// The server that wrote a header, and what it found. A header that breaks the grammar says nothing
/// but its server.
fn read(header: &str) -> Option<(String, Vec<Method>)> {
    let (pieces, whole) = pieces(header);
    let mut parts = pieces.split(|piece| *piece == Piece::Semicolon).peekable();
    // ARC puts its instance in front (RFC 8617, 4.1.1).
    let is_instance =
        |part: &&[Piece]| matches!(part, [Piece::Word(i), Piece::Equals, ..] if i == "i");
    parts.next_if(is_instance);
    let (server, version) = match parts.next()? {
        [Piece::Word(server) | Piece::Quoted(server), version @ ..] => (server.clone(), version),
        _ => return None,
    };
    // A version may follow the name.
    let named = matches!(version, []) || matches!(version, [Piece::Word(one)] if one == "1");
    let methods = if whole && named { parts.filter_map(method).collect() } else { Vec::new() };
    Some((server, methods))
}

/// Reads `method=result property=value …`.
fn method(part: &[Piece]) -> Option<Method> {
    let [Piece::Word(name), Piece::Equals, Piece::Word(result), rest @ ..] = part else {
        return None;
    };
    let name = name.split_once('/').map_or(name.as_str(), |(name, _)| name);
    let mut found = Method { method: name.to_owned(), result: result.clone(), properties: vec![] };
    let mut rest = rest;
    while let [first, tail @ ..] = rest {
        rest = tail;
        if let (
            Piece::Word(name),
            [Piece::Equals, Piece::Word(value) | Piece::Quoted(value), behind @ ..],
        ) = (first, tail)
        {
            found.properties.push((name.clone(), value.clone()));
            rest = behind;
        }
    }
    Some(found)
}

/// Takes a header apart, comments dropped, all in lower case, and says whether it could be read to
/// its end.
fn pieces(header: &str) -> (Vec<Piece>, bool) {
    let mut chars = header.chars().peekable();
    let mut out = Vec::new();
    while let Some(c) = chars.next() {
        let whole = match c {
            _ if out.len() > MAX_PIECES => None,
            '(' => skip_comment(&mut chars),
            '"' => quoted(&mut chars).map(|text| out.push(Piece::Quoted(text))),
            c if c.is_whitespace() || c.is_control() => Some(()),
            c => {
                out.push(mark(c).unwrap_or_else(|| Piece::Word(word(c, &mut chars))));
                Some(())
            }
        };
        if whole.is_none() {
            return (out, false);
        }
    }
    (out, true)
}

fn mark(c: char) -> Option<Piece> {
    match c {
        '=' => Some(Piece::Equals),
        ';' => Some(Piece::Semicolon),
        _ => None,
    }
}

fn word(first: char, chars: &mut Peekable<Chars<'_>>) -> String {
    let mut word = String::from(first);
    let ends = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '(' | '"' | '=' | ';');
    while let Some(c) = chars.next_if(|c| !ends(*c)) {
        word.push(c);
    }
    word.to_lowercase()
}

/// `None` when the comment never ends.
fn skip_comment(chars: &mut Peekable<Chars<'_>>) -> Option<()> {
    let mut depth = 1usize;
    while depth > 0 {
        match chars.next()? {
            '\\' => {
                chars.next()?;
            }
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
    }
    Some(())
}

/// `None` when the string never ends.
fn quoted(chars: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut out = String::new();
    loop {
        match chars.next()? {
            '"' => return Some(out.to_lowercase()),
            '\\' => out.push(chars.next()?),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests;
