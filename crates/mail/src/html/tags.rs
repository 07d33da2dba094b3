//! HTML as texts and tags, read as browsers would, in one pass. Which tags are kept is decided
//! elsewhere; comments and declarations are skipped here.

/// The next piece of a page.
#[derive(Debug)]
pub enum Token<'h> {
    /// Characters, entities not decoded.
    Text(&'h str),
    /// A start tag.
    Start(Tag<'h>),
    /// The lower-case name of an end tag.
    End(String),
}

/// A start tag.
#[derive(Debug)]
pub struct Tag<'h> {
    /// Its name in lower case.
    pub name: String,
    /// Its attributes, names in lower case, entities not decoded.
    pub attributes: Vec<(String, &'h str)>,
}

/// How many attributes of one tag are read. Finding doubles is quadratic further on.
const MAX_ATTRIBUTES: usize = 40;

/// Reads a page piece by piece.
#[derive(Debug)]
pub struct Reader<'h> {
    rest: &'h str,
    /// Quote marks that are known not to come again: looking for them anew would be quadratic.
    spent_quotes: [bool; 2],
    /// Elements whose end tag is known not to come again.
    spent_ends: Vec<&'static str>,
}

impl<'h> Reader<'h> {
    /// Starts at the beginning.
    pub fn new(html: &'h str) -> Self {
        Self { rest: html, spent_quotes: [false; 2], spent_ends: Vec::new() }
    }

    /// Skips to behind the end tag of this element; when none comes, nothing is skipped.
    pub fn skip_content(&mut self, name: &'static str) {
        if self.spent_ends.contains(&name) {
            return;
        }
        let is_end = |at: &usize| {
            let bytes = self.rest.as_bytes();
            let found = bytes.get(at + 2..at + 2 + name.len());
            found.is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
        };
        match self.rest.match_indices("</").map(|(at, _)| at).find(is_end) {
            Some(at) => {
                self.advance(at);
                self.skip_past('>');
            }
            None => self.spent_ends.push(name),
        }
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn skip_past(&mut self, mark: char) {
        self.rest = self.rest.split_once(mark).map_or("", |(_, behind)| behind);
    }

    fn text(&mut self, bytes: usize) -> Token<'h> {
        let (text, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        Token::Text(text)
    }

    /// A tag, or `None` for what is skipped.
    fn markup(&mut self) -> Option<Token<'h>> {
        let mut behind = self.rest.chars().skip(1);
        match (behind.next(), behind.next()) {
            (Some('!'), _) if self.rest.starts_with("<!--") => {
                self.advance(2);
                self.rest = self.rest.split_once("-->").map_or("", |(_, behind)| behind);
                None
            }
            (Some('/'), Some(letter)) if letter.is_ascii_alphabetic() => {
                self.advance(2);
                let name = self.name();
                self.skip_past('>');
                Some(Token::End(name))
            }
            (Some('!' | '?'), _) | (Some('/'), Some(_)) => {
                self.skip_past('>');
                None
            }
            (Some(letter), _) if letter.is_ascii_alphabetic() => {
                self.advance(1);
                let name = self.name();
                Some(Token::Start(Tag { name, attributes: self.attributes() }))
            }
            _ => Some(self.text(1)),
        }
    }

    fn name(&mut self) -> String {
        let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>');
        self.until(ends).to_ascii_lowercase()
    }

    fn until(&mut self, ends: impl Fn(char) -> bool) -> &'h str {
        let at = self.rest.find(ends).unwrap_or(self.rest.len());
        let (head, rest) = self.rest.split_at_checked(at).unwrap_or((self.rest, ""));
        self.rest = rest;
        head
    }

    /// The attributes up to and past the closing mark.
    fn attributes(&mut self) -> Vec<(String, &'h str)> {
        let mut list = Vec::new();
        loop {
            self.until(|c| !c.is_ascii_whitespace() && c != '/');
            match self.rest.chars().next() {
                None => return list,
                Some('>') => {
                    self.advance(1);
                    return list;
                }
                Some(_) => {
                    let attribute = self.attribute();
                    if list.len() < MAX_ATTRIBUTES {
                        list.push(attribute);
                    }
                }
            }
        }
    }

    fn attribute(&mut self) -> (String, &'h str) {
        // A name may start with an equals sign (HTML standard, 13.2.5.32).
        let first = self.rest.chars().next().map_or(0, char::len_utf8);
        let (head, tail) = self.rest.split_at_checked(first).unwrap_or((self.rest, ""));
        let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '=');
        let end = tail.find(ends).unwrap_or(tail.len());
        let name = format!("{head}{}", tail.get(..end).unwrap_or_default()).to_ascii_lowercase();
        self.rest = tail.get(end..).unwrap_or_default();
        self.until(|c| !c.is_ascii_whitespace());
        let Some(behind) = self.rest.strip_prefix('=') else { return (name, "") };
        self.rest = behind;
        self.until(|c| !c.is_ascii_whitespace());
        (name, self.value())
    }

    fn value(&mut self) -> &'h str {
        for (index, quote) in ['"', '\''].into_iter().enumerate() {
            let Some(inner) = self.rest.strip_prefix(quote) else { continue };
            let spent = self.spent_quotes.get(index).copied().unwrap_or(true);
            if !spent && let Some((value, behind)) = inner.split_once(quote) {
                self.rest = behind;
                return value;
            }
            // A quote that never ends would swallow the mail: it ends with the tag.
            if let Some(slot) = self.spent_quotes.get_mut(index) {
                *slot = true;
            }
            self.rest = inner;
            return self.until(|c| c == '>');
        }
        self.until(|c| c.is_ascii_whitespace() || c == '>')
    }
}

impl<'h> Iterator for Reader<'h> {
    type Item = Token<'h>;

    fn next(&mut self) -> Option<Token<'h>> {
        while !self.rest.is_empty() {
            if !self.rest.starts_with('<') {
                let end = self.rest.find('<').unwrap_or(self.rest.len());
                return Some(self.text(end));
            }
            if let Some(token) = self.markup() {
                return Some(token);
            }
        }
        None
    }
}
