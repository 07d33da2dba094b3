//! HTML to plain text. Quoted history becomes lines that start with `>`, so
//! that the reply rules see what a mailer of text would have sent. Nothing is
//! sanitised here, and the result is never shown as HTML.

use mail_parser::decoders::html::add_html_token;

/// How many bytes at the start of a page are searched for its character set.
const MAX_META: usize = 2048;

/// The set that the page itself names, where the mail names none.
pub fn declared_charset(page: &[u8]) -> Option<String> {
    let head = page.get(..MAX_META).unwrap_or(page);
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let (_, tail) = head.split_once("<meta")?;
    let (_, tail) = tail.split_once("charset=")?;
    let tail = tail.trim_start_matches(['"', '\'', ' ']);
    let end = tail.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':')));
    Some(tail.get(..end.unwrap_or(tail.len()))?.to_owned()).filter(|label| !label.is_empty())
}

/// The text of a page, one line for each block.
pub fn to_text(html: &str) -> String {
    let mut writer = Writer { quotes: last_top_quote(html), ..Writer::default() };
    let mut rest = html;
    while !rest.is_empty() {
        rest = match rest.find('<') {
            Some(0) => markup(rest, &mut writer),
            Some(start) => {
                let (text, tail) = rest.split_at(start);
                writer.text(text);
                tail
            }
            None => {
                writer.text(rest);
                ""
            }
        };
    }
    writer.finish()
}

/// Which of the outermost block quotes is the last: history stands there, while
/// an earlier one without any mark of a mailer is the writer's own indent.
fn last_top_quote(html: &str) -> usize {
    let (mut depth, mut count) = (0usize, 0);
    for (at, _) in html.match_indices('<') {
        let tail = html.as_bytes().get(at + 1..).unwrap_or_default();
        let (tail, closes) = match tail.strip_prefix(b"/") {
            Some(tail) => (tail, true),
            None => (tail, false),
        };
        let is_quote = tail.get(..10).is_some_and(|name| name.eq_ignore_ascii_case(b"blockquote"));
        match (is_quote, closes) {
            (true, true) => depth = depth.saturating_sub(1),
            (true, false) => {
                count += usize::from(depth == 0);
                depth += 1;
            }
            _ => {}
        }
    }
    count
}

/// Reads one tag or comment; a lone `<` is text. Where no closing mark follows
/// none follows further on either, so the rest is taken at once.
fn markup<'h>(rest: &'h str, writer: &mut Writer) -> &'h str {
    if let Some(comment) = rest.strip_prefix("<!--") {
        return comment.split_once("-->").map_or("", |(_, tail)| tail);
    }
    let inner = rest.strip_prefix('<').unwrap_or(rest);
    let Some((tag, tail)) = inner.split_once('>') else {
        writer.text(rest);
        return "";
    };
    if !tag.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
        writer.text("<");
        return inner;
    }
    let tag = Tag::read(tag);
    if !tag.closes && matches!(tag.name.as_str(), "script" | "style" | "title" | "template") {
        return behind_closing(tail, &tag.name);
    }
    writer.tag(&tag);
    tail
}

/// Skips an element whose content is no text.
fn behind_closing<'h>(rest: &'h str, name: &str) -> &'h str {
    for (at, _) in rest.match_indices("</") {
        let tail = rest.get(at + 2..).unwrap_or_default();
        if tail.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            return tail.split_once('>').map_or("", |(_, tail)| tail);
        }
    }
    ""
}

/// One tag, its name and attributes in lower case.
struct Tag {
    name: String,
    attributes: String,
    closes: bool,
}

impl Tag {
    fn read(tag: &str) -> Self {
        let closes = tag.starts_with('/');
        let tag = tag.trim_start_matches('/');
        let end = tag.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(tag.len());
        let (name, attributes) = tag.split_at(end);
        Self {
            name: name.to_ascii_lowercase(),
            attributes: attributes.to_ascii_lowercase(),
            closes,
        }
    }

    fn is_block(&self) -> bool {
        const BLOCKS: [&str; 24] = [
            "p",
            "div",
            "tr",
            "table",
            "ul",
            "ol",
            "li",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "pre",
            "blockquote",
            "hr",
            "body",
            "html",
            "section",
            "article",
            "header",
            "footer",
            "dt",
            "dd",
        ];
        BLOCKS.contains(&self.name.as_str())
    }

    /// Whether the element holds earlier mails, as mailers mark them.
    fn is_marked_quote(&self) -> bool {
        const MARKS: [&str; 6] = [
            "gmail_quote",
            "yahoo_quoted",
            "protonmail_quote",
            "zmail_extra",
            "tutanota_quote",
            "cite",
        ];
        MARKS.iter().any(|mark| self.attributes.contains(mark))
    }
}

/// How many open elements are remembered to find the end of a quote.
const MAX_OPEN: usize = 200;

/// Text under construction.
#[derive(Default)]
struct Writer {
    out: String,
    line: String,
    /// A blank that is written only if more text follows on the line.
    blank: bool,
    /// `div` and `blockquote` elements that are open, and whether they quote.
    open: Vec<(bool, bool)>,
    depth: usize,
    verbatim: usize,
    /// How many outermost block quotes there are, and how many were opened.
    quotes: usize,
    opened: usize,
}

impl Writer {
    fn tag(&mut self, tag: &Tag) {
        match tag.name.as_str() {
            "br" => self.end_line(true),
            "hr" if !tag.closes => {
                self.end_line(false);
                self.line.push_str("---");
                self.end_line(false);
            }
            "td" | "th" => self.blank = true,
            _ if tag.is_block() => self.end_line(tag.name == "p" && tag.closes),
            _ => {}
        }
        match tag.name.as_str() {
            "pre" if tag.closes => self.verbatim = self.verbatim.saturating_sub(1),
            "pre" => self.verbatim += 1,
            "div" | "blockquote" if tag.closes => self.close(tag.name == "blockquote"),
            "div" | "blockquote" => self.open(tag),
            _ => {}
        }
    }

    fn open(&mut self, tag: &Tag) {
        if self.open.len() >= MAX_OPEN {
            return;
        }
        let block = tag.name == "blockquote";
        let outermost = block && !self.open.iter().any(|(kind, _)| *kind);
        self.opened += usize::from(outermost);
        let plain = block && (self.depth > 0 || outermost && self.opened == self.quotes);
        let quotes = plain || tag.is_marked_quote();
        self.open.push((block, quotes));
        self.depth += usize::from(quotes);
    }

    /// Closes the innermost element of this kind and what was left open in it.
    fn close(&mut self, blockquote: bool) {
        let Some(from) = self.open.iter().rposition(|(kind, _)| *kind == blockquote) else {
            return;
        };
        let closed = self.open.drain(from..).filter(|(_, quotes)| *quotes).count();
        self.depth = self.depth.saturating_sub(closed);
    }

    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find('&') {
            let (before, tail) = rest.split_at(at);
            self.characters(before);
            rest = self.entity(tail);
        }
        self.characters(rest);
    }

    /// Longest name of an entity.
    const MAX_ENTITY: usize = 32;

    fn entity<'t>(&mut self, text: &'t str) -> &'t str {
        let head = text.as_bytes().get(..Self::MAX_ENTITY).unwrap_or(text.as_bytes());
        let end = head.iter().position(|&byte| byte == b';').unwrap_or(0);
        let (token, tail) = text.split_at_checked(end + 1).unwrap_or((text, ""));
        let mut decoded = String::new();
        add_html_token(&mut decoded, token.as_bytes(), false);
        self.characters(&decoded);
        tail
    }

    fn characters(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '\n' if self.verbatim > 0 => self.end_line(true),
                '\u{A0}' => self.line.push(' '),
                _ if c.is_whitespace() && self.verbatim == 0 => self.blank = true,
                '\0' => {}
                _ => self.push(c),
            }
        }
    }

    fn push(&mut self, c: char) {
        if std::mem::take(&mut self.blank) && !self.line.is_empty() {
            self.line.push(' ');
        }
        self.line.push(c);
    }

    /// Ends the line; an empty one counts only where a break was asked for.
    fn end_line(&mut self, forced: bool) {
        self.blank = false;
        let line = std::mem::take(&mut self.line);
        let line = line.trim_end();
        let doubled = self.out.is_empty() || self.out.ends_with("\n\n");
        if line.is_empty() && (!forced || doubled) {
            return;
        }
        if self.depth > 0 {
            self.out.extend(std::iter::repeat_n('>', self.depth));
            self.out.push(' ');
        }
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn finish(mut self) -> String {
        self.end_line(false);
        let kept = self.out.trim_end().len();
        self.out.truncate(kept);
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_become_lines() {
        let html = "<style>p{}</style><p>Hi &amp; &uuml;<br>you</p><div>a <b>b</b>  c</div>";
        assert_eq!(to_text(html), "Hi & ü\nyou\n\na b c".replace("\n\n", "\n"));
    }

    #[test]
    fn quotes_are_marked() {
        let html = "yes<blockquote type=cite>old<blockquote>older</blockquote></blockquote>new";
        assert_eq!(to_text(html), "yes\n> old\n>> older\nnew");
    }

    #[test]
    fn broken_markup_is_text() {
        assert_eq!(to_text("1 < 2 & 3 <b"), "1 < 2 & 3 <b");
        assert_eq!(to_text("a<!-- b"), "a");
    }

    #[test]
    fn the_page_may_name_its_set() {
        let page = b"<html><META http-equiv=x content=\"text/html; charset=windows-1254\">";
        assert_eq!(declared_charset(page).as_deref(), Some("windows-1254"));
    }
}
