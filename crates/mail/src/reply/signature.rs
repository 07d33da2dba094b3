//! Signatures: behind the mark of Usenet, and the line that telephones add.

use crate::reply::devices::{DEVICE_FRAMES, DEVICE_STARTS, EXCUSES};
use crate::reply::fields::field;
use crate::reply::lines::{Line, Lines};
use crate::reply::{Found, SpanKind, attribution, header_block};

/// A longer text behind the mark is no signature.
const MAX_LINES: usize = 25;
/// Most lines of a footer.
const MAX_FOOTER: usize = 6;
/// A telephone's line is short.
const MAX_DEVICE_LINE: usize = 120;

/// Reads the signature that starts here, if one does.
pub fn find(lines: &Lines<'_>, at: usize) -> Option<Found> {
    let line = lines.get(at)?;
    if is_signature_mark(line) {
        let end = end(lines, at + 1);
        let texts =
            (at..end).filter(|&i| lines.get(i).is_some_and(|line| !line.is_empty())).count();
        return (texts <= MAX_LINES).then_some(found(end, "signature mark", 0.9));
    }
    if is_device(&line.folded) {
        return Some(found(at + 1, "device signature", 0.85));
    }
    let drawn = line.is_rule() || line.folded.trim_matches(is_drawn_mark).is_empty();
    let footer = drawn.then(|| footer_end(lines, at)).flatten()?;
    Some(found(footer, "footer", 0.7))
}

fn is_drawn_mark(c: char) -> bool {
    !c.is_alphanumeric() && !c.is_ascii_punctuation() || matches!(c, '-' | '_')
}

/// Below a long drawn line at the end: the footer of a mailing list or a
/// disclaimer. Below a short one only other drawn lines may stand.
fn footer_end(lines: &Lines<'_>, at: usize) -> Option<usize> {
    let long = lines.get(at).is_some_and(|line| line.is_rule() && line.folded.starts_with("_____"));
    let mut texts = 0;
    if lines.len() - at > MAX_LINES * 2 {
        return None;
    }
    for index in at + 1..lines.len() {
        let line = lines.get(index)?;
        let counts = !line.is_empty() && !line.is_rule() && !line.text.starts_with("***");
        texts += usize::from(counts);
        if texts > if long { MAX_FOOTER } else { 0 } {
            return None;
        }
    }
    Some(lines.len())
}

fn is_signature_mark(line: &Line<'_>) -> bool {
    matches!(line.text, "-- " | "--") || line.folded == "—"
}

fn found(end: usize, rule: &'static str, confidence: f32) -> Found {
    Found { end, kind: SpanKind::Signature, rule, confidence }
}

/// A signature ends where history starts.
fn end(lines: &Lines<'_>, from: usize) -> usize {
    let mut at = from;
    while let Some(line) = lines.get(at) {
        // Another mark ends this signature, or the lines behind a run of marks
        // would be read again for each.
        let is_history = line.quoted
            || is_signature_mark(line)
            || line.is_rule()
                && lines
                    .next_text(at + 1)
                    .is_some_and(|next| header_block::find(lines, next).is_some())
            || field(&line.folded).is_some_and(|field| field.is_sender())
            || attribution::find(lines, at, line).is_some();
        if is_history || at - from > MAX_LINES * 2 {
            break;
        }
        at += 1;
    }
    at
}

fn is_device(folded: &str) -> bool {
    let folded = folded.trim_start_matches(['<', '(', '[', '_', ' ']);
    // The advertisement of a mailer links to it.
    if folded.starts_with("sent from ") && (folded.contains("<http") || folded.contains("(http")) {
        return true;
    }
    // "Sent from my desk, is much easier": a sentence goes on, an excuse may.
    let excused = EXCUSES.iter().any(|word| folded.contains(word));
    if folded.len() > MAX_DEVICE_LINE || folded.contains(", ") && !excused {
        return false;
    }
    DEVICE_STARTS.iter().any(|start| folded.starts_with(start))
        || DEVICE_FRAMES
            .iter()
            .any(|(start, end)| folded.starts_with(start) && folded.ends_with(end))
}
