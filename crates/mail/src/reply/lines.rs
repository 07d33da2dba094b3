//! The start of a text as lines with their places, and the questions that the rules ask
//! about them.

use crate::limits::MAX_REPLY_BYTES;
use crate::reply::TO_END;

/// One line.
#[derive(Debug)]
pub struct Line<'t> {
    /// Where it starts in the text.
    pub start: usize,
    /// The line without its end.
    pub text: &'t str,
    /// Trimmed, in lower case, without marks of emphasis and direction; long
    /// lines are cut, since no marker is long.
    pub folded: String,
    /// Whether it starts with a quote mark.
    pub quoted: bool,
}

/// Mailers wrap quoted lines that are longer than about this.
const FULL_LINE: usize = 60;

/// How many bytes of a line the rules look at.
const MAX_FOLDED: usize = 400;

impl Line<'_> {
    /// Whether there is nothing on it.
    pub fn is_empty(&self) -> bool {
        self.folded.is_empty()
    }

    /// Whether it is only a drawn line.
    pub fn is_rule(&self) -> bool {
        let drawn =
            |c: char| matches!(c, '-' | '_' | '=' | '—' | '─' | '‐' | ' ' | '#' | '~' | '+');
        self.folded.len() >= 3 && self.folded.chars().all(drawn)
    }
}

/// The lines of a text, up to the limit.
#[derive(Debug)]
pub struct Lines<'t> {
    text: &'t str,
    /// How much of the text the lines cover.
    covered: usize,
    lines: Vec<Line<'t>>,
}

impl<'t> Lines<'t> {
    /// Takes a text apart; only whole lines up to the limit are looked at.
    pub fn of(text: &'t str) -> Self {
        let head = head(text, MAX_REPLY_BYTES);
        let whole = head.len() == text.len();
        let covered = if whole { head.len() } else { head.rfind('\n').map_or(0, |at| at + 1) };
        let head = head.get(..covered).unwrap_or_default();
        let mut start = 0;
        let lines = head.split_inclusive('\n').map(|raw| {
            let line = raw.trim_end_matches(['\n', '\r']);
            let folded = fold(line);
            let quoted = folded.starts_with('>') || folded.starts_with("&gt;");
            let line = Line { start, text: line, folded, quoted };
            start += raw.len();
            line
        });
        let lines = lines.collect();
        Self { text, covered, lines }
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// One line.
    pub fn get(&self, index: usize) -> Option<&Line<'t>> {
        self.lines.get(index)
    }

    /// The first line from here on that is not empty.
    pub fn next_text(&self, from: usize) -> Option<usize> {
        let rest = self.lines.get(from..)?;
        rest.iter().position(|line| !line.is_empty()).map(|at| from + at)
    }

    /// The end of the run of quoted lines that starts here; empty lines count
    /// when quoted ones follow.
    pub fn quote_end(&self, from: usize) -> usize {
        let mut end = from;
        let mut at = from;
        while let Some(line) = self.lines.get(at) {
            if line.quoted {
                end = at + 1;
            } else if !line.is_empty() && !self.is_wrapped_quote(at) {
                break;
            }
            at += 1;
        }
        end
    }

    /// A line that lost its mark when the quote was wrapped anew: it stands
    /// alone between quoted lines, and is the rest of a link or goes on in the
    /// middle of the full line before it. A short answer is neither.
    fn is_wrapped_quote(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.lines.get(before));
        let (Some(before), Some(line)) = (before, self.lines.get(at)) else { return false };
        let between = before.quoted && self.lines.get(at + 1).is_some_and(|line| line.quoted);
        let is_link = line.folded.ends_with('>')
            || !line.folded.contains(' ') && line.folded.contains(['/', '=', '&', '_']);
        let goes_on = line.text.starts_with(char::is_lowercase)
            && !before.folded.ends_with(['.', '?', '!', ':', ';', '…', '؟'])
            && before.text.chars().count() >= FULL_LINE;
        between && (is_link || goes_on)
    }

    /// Where a line starts in the text.
    pub fn start(&self, index: usize) -> usize {
        self.lines.get(index).map_or(self.covered, |line| line.start)
    }

    /// Where the line before this index ends.
    pub fn end(&self, index: usize) -> usize {
        if index == TO_END { self.text.len() } else { self.start(index) }
    }
}

/// At most so many bytes of a text.
fn head(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

fn fold(line: &str) -> String {
    let head = head(line, MAX_FOLDED);
    let kept = head
        .chars()
        .filter(|c| !is_mark(*c))
        .map(|c| if matches!(c, '\u{A0}' | '\u{200C}') { ' ' } else { c });
    let kept: String = kept.collect();
    kept.trim().to_lowercase()
}

/// Emphasis, and marks of writing direction, which mailers put around names.
fn is_mark(c: char) -> bool {
    matches!(c, '*' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
        && c != '\u{200C}'
}
