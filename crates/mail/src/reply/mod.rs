//! The new text of a reply. Nothing is deleted: the rules yield spans over the
//! text, each with its rule and how sure it is, and whoever shows the mail
//! folds them away. Work is linear in the text. In doubt the text stays.

mod attribution;
mod devices;
mod fields;
mod header_block;
mod lines;
mod markers;
mod sent;
mod signature;
mod words;

use crate::mail::Mail;
use lines::{Line, Lines};

pub use sent::{OUR_WORDS, quote_spans_with, visible_text_with};

/// A stretch of text that is folded away when a mail is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// First byte, on a character boundary.
    pub start: usize,
    /// One past the last byte, on a character boundary.
    pub end: usize,
    /// What the span holds.
    pub kind: SpanKind,
    /// The name of the rule that found it.
    pub rule: &'static str,
    /// How sure the rule is, from 0 to 1.
    pub confidence: f32,
}

/// What a folded span holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// Earlier mails, with the line that introduces them.
    Quote,
    /// The sender's signature, or that of his telephone.
    Signature,
}

/// Whether a subject is that of mail that is passed on: history is then what it is about.
pub fn is_passed_on(subject: &str) -> bool {
    markers::is_forward_subject(&subject.to_lowercase())
}

/// The new text of a reply, quoted history and signature folded away. When
/// nothing else would be left, the text comes back whole.
pub fn visible_text(text: &str) -> String {
    without(text, &quote_spans(text))
}

/// The same for the text of a whole mail, whose subject tells whether it was
/// passed on: then the history is what the mail is about.
pub fn visible_text_of(mail: &Mail) -> String {
    without(&mail.text, &quote_spans_of(mail))
}

fn without(text: &str, spans: &[Span]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for span in spans {
        out.push_str(text.get(from..span.start).unwrap_or_default());
        from = span.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    tidy(&out)
}

/// Trims the ends, and runs of empty lines to one.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.trim().lines() {
        empty = if line.trim().is_empty() { empty + 1 } else { 0 };
        if empty <= 1 {
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The stretches that hold quoted history or a signature, in order and apart
/// from each other. Empty when they would leave nothing to read.
pub fn quote_spans(text: &str) -> Vec<Span> {
    spans(text, false)
}

/// The stretches within the text of a whole mail.
pub fn quote_spans_of(mail: &Mail) -> Vec<Span> {
    spans(&mail.text, is_passed_on(mail.subject.as_deref().unwrap_or_default()))
}

fn spans(text: &str, passed_on: bool) -> Vec<Span> {
    let lines = Lines::of(text);
    let finder = Finder { lines: &lines, spans: Vec::new(), at: 0, passed_on, text_seen: false };
    let mut spans = finder.run();
    if !leaves_text(text, &spans) {
        spans.retain(|span| span.kind == SpanKind::Quote);
    }
    if leaves_text(text, &spans) { spans } else { Vec::new() }
}

fn leaves_text(text: &str, spans: &[Span]) -> bool {
    let ends = std::iter::once(0).chain(spans.iter().map(|span| span.end));
    let starts = spans.iter().map(|span| span.start).chain([text.len()]);
    ends.zip(starts).any(|(from, to)| {
        text.get(from..to).is_some_and(|kept| kept.contains(|c: char| !c.is_whitespace()))
    })
}

/// The end of what goes on to the end of the text.
const TO_END: usize = usize::MAX;

fn to_end(rule: &'static str, confidence: f32) -> Found {
    Found { end: TO_END, kind: SpanKind::Quote, rule, confidence }
}

/// Walks over the lines and takes the first rule that fits at each.
struct Finder<'l, 't> {
    lines: &'l Lines<'t>,
    spans: Vec<Span>,
    at: usize,
    /// Whether the mail was passed on, so that history is its content.
    passed_on: bool,
    /// Whether a line before this one is neither empty nor folded away.
    text_seen: bool,
}

/// What a rule found: the lines from here to `end`.
struct Found {
    end: usize,
    kind: SpanKind,
    rule: &'static str,
    confidence: f32,
}

impl Finder<'_, '_> {
    fn run(mut self) -> Vec<Span> {
        while let Some(line) = self.lines.get(self.at) {
            if line.is_empty() {
                self.at += 1;
                continue;
            }
            // What is passed on is what the mail is about.
            if markers::is_forward(&line.folded) {
                break;
            }
            match self.found(line) {
                Some(found) if self.is_passed_on(&found) => break,
                Some(found) if self.starts_behind_text(&found) => self.take(&found),
                _ => {
                    self.text_seen = true;
                    self.at += 1;
                }
            }
        }
        self.spans
    }

    fn found(&self, line: &Line<'_>) -> Option<Found> {
        self.quote_run(line)
            .or_else(|| self.delimiter(line))
            .or_else(|| {
                header_block::find(self.lines, self.at).map(|_| to_end("header block", 0.9))
            })
            .or_else(|| self.attributed(line))
            .or_else(|| signature::find(self.lines, self.at))
    }

    /// History to the end of the mail is one only behind new text; before any
    /// it is the mail itself, such as one that was passed on by hand.
    fn starts_behind_text(&self, found: &Found) -> bool {
        !self.goes_to_end(found) || found.rule == "quote marks" || self.text_seen
    }

    /// In a mail that was passed on, history to the end is the content.
    fn is_passed_on(&self, found: &Found) -> bool {
        self.passed_on && found.kind == SpanKind::Quote && self.goes_to_end(found)
    }

    fn goes_to_end(&self, found: &Found) -> bool {
        found.end == TO_END || self.lines.next_text(found.end).is_none()
    }

    fn take(&mut self, found: &Found) {
        let (start, end) = (self.lines.start(self.at), self.lines.end(found.end));
        let Found { kind, rule, confidence, .. } = *found;
        self.spans.push(Span { start, end, kind, rule, confidence });
        self.at = found.end.max(self.at + 1);
    }

    fn quote_run(&self, line: &Line<'_>) -> Option<Found> {
        let end = line.quoted.then(|| self.lines.quote_end(self.at))?;
        Some(Found { end, kind: SpanKind::Quote, rule: "quote marks", confidence: 0.95 })
    }

    /// `-----Original Message-----`, a line to reply above, or a rule with a
    /// header block behind it.
    fn delimiter(&self, line: &Line<'_>) -> Option<Found> {
        if markers::is_original(&line.folded) {
            return Some(to_end("original message", 0.95));
        }
        if markers::is_reply_above(&line.folded) {
            return Some(to_end("reply above", 0.95));
        }
        let next = self.lines.next_text(self.at + 1)?;
        let ruled = line.is_rule() && header_block::find(self.lines, next).is_some();
        ruled.then(|| to_end("header block", 0.95))
    }

    /// `On … wrote:`, with what follows it.
    fn attributed(&self, line: &Line<'_>) -> Option<Found> {
        let attribution = attribution::find(self.lines, self.at, line)?;
        let next = self.lines.next_text(attribution.end);
        let quoted = next.and_then(|next| self.lines.get(next)).is_some_and(|line| line.quoted);
        match next {
            Some(next) if quoted => Some(Found {
                end: self.lines.quote_end(next),
                kind: SpanKind::Quote,
                rule: "attribution and quote marks",
                confidence: 0.98,
            }),
            // Without marks the words alone must be enough.
            _ if attribution.certain => Some(to_end("attribution", 0.85)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn shows(text: &str, expected: &str) {
        assert_eq!(visible_text(text), expected);
    }

    #[test]
    fn history_behind_an_attribution_goes() {
        shows("Yes.\n\nOn 5 May 2025, at 10:30, Desk <d@e.f> wrote:\n> old\n", "Yes.");
        shows("Ja.\n\nAm 05.05.2025 um 10:30 schrieb Desk <d@e.f>:\nalt\n", "Ja.");
        shows(
            "Oldu.\n\nDestek <d@e.f>, 5 May 2025 Pzt, 10:30 tarihinde şunu yazdı:\n\n> x",
            "Oldu.",
        );
        shows("Oui.\n\nDe : A <a@b.c>\nEnvoyé : lundi\nÀ : B\nObjet : x\n\nvieux", "Oui.");
    }

    #[test]
    fn answers_between_quotes_stay() {
        shows("> one?\nyes\n> two?\nno\n", "yes\nno");
    }

    #[test]
    fn what_is_passed_on_stays() {
        let text = "See below.\n\n---------- Forwarded message ---------\nFrom: A <a@b.c>\n\
            Date: today\nSubject: x\nTo: B\n\ntext";
        shows(text, text);
    }

    #[test]
    fn nothing_is_folded_when_nothing_would_be_left() {
        shows("> only\n> quotes", "> only\n> quotes");
        shows(
            "From: A <a@b.c>\nSent: x\nTo: B\nSubject: y\n\ntext",
            "From: A <a@b.c>\nSent: x\nTo: B\nSubject: y\n\ntext",
        );
    }

    #[test]
    fn signatures_go() {
        shows("Hi.\n\n-- \nMe\nCompany\n", "Hi.");
        shows("Hi.\n\nSent from my iPhone", "Hi.");
        shows("iPhone’umdan gönderildi", "iPhone’umdan gönderildi");
    }

    #[test]
    fn ordinary_text_stays() {
        for text in [
            "Date: Wednesday\nTime: 7:00\nAddress: 130 Fox St",
            "On Monday I wrote: nothing\nmore",
            "a\n---\nb",
        ] {
            shows(text, text);
        }
    }
}
