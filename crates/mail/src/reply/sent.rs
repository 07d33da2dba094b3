//! The first rule of quoted text: what we sent ourselves. Our own words are found in a mail whatever
//! its language and whatever its mailer did to the marks. Answers between them stay, and so does a
//! sentence of ours that the writer repeats. In doubt the text stays.

use std::collections::HashMap;

use crate::reply::fields::field;
use crate::reply::lines::Lines;
use crate::reply::words::{Word, words};
use crate::reply::{Span, SpanKind, leaves_text, markers, quote_spans, without};

/// The name of the rule.
pub const OUR_WORDS: &str = "our_words";

/// How many words in a row must agree.
const SHINGLE: usize = 6;
/// The least words of a run, and how many letters they must have together.
const MIN_WORDS: usize = 8;
const MIN_WEIGHT: usize = 30;
/// How many words a quote may lose where an answer was put into it.
const MAX_LOST: usize = 4;
/// How many lines above a run may introduce it.
const MAX_HEADER: usize = 8;
/// A longer line introduces nothing.
const MAX_HEADER_LINE: usize = 300;
/// How many bytes of what we sent are looked at, over all messages.
const MAX_SENT: usize = 1024 * 1024;
/// A line shorter than this was not wrapped: what follows is another statement.
const FULL_LINE: usize = 50;

/// The stretches to fold away when it is known what we sent in this ticket (newest first): our own
/// words, then what the rules of markers find besides. In order and apart from each other; empty when
/// nothing would be left to read. Linear in all texts together.
pub fn quote_spans_with(text: &str, sent: &[&str]) -> Vec<Span> {
    let others = quote_spans(text);
    let lines = Lines::of(text);
    let found = find(&lines, &Sent::of(sent));
    if found.ours.is_empty() {
        return others;
    }
    let mut spans = found.ours.clone();
    let ours: Vec<Place> = spans.iter().map(|span| (span.start, span.end)).collect();
    let mut with_answers = [ours.as_slice(), &found.answers].concat();
    with_answers.sort_unstable();
    for span in &others {
        // History that goes on to the end of the mail does not swallow the answers put into it.
        let by_marks = span.rule.ends_with("quote marks");
        cut_out(text, span, if by_marks { &ours } else { &with_answers }, &mut spans);
    }
    spans.sort_by_key(|span| span.start);
    if !leaves_text(text, &spans) {
        spans.retain(|span| span.kind == SpanKind::Quote);
    }
    if leaves_text(text, &spans) { spans } else { others }
}

/// The new text of a reply when it is known what we sent.
pub fn visible_text_with(text: &str, sent: &[&str]) -> String {
    without(text, &quote_spans_with(text, sent))
}

/// First byte, and one past the last.
type Place = (usize, usize);

/// Adds what is left of a span of another rule beside what is taken, in order.
fn cut_out(text: &str, span: &Span, taken: &[Place], out: &mut Vec<Span>) {
    let first = taken.partition_point(|(_, end)| *end <= span.start);
    let within = taken.iter().skip(first).take_while(|(start, _)| *start < span.end);
    let mut from = span.start;
    for (start, end) in within.chain([&(span.end, span.end)]) {
        if text.get(from..*start).is_some_and(|rest| !rest.trim().is_empty()) {
            out.push(Span { start: from, end: *start, ..span.clone() });
        }
        from = from.max(*end);
    }
}

/// What we sent, as words.
#[derive(Debug, Default)]
struct Sent {
    words: Vec<u64>,
    /// The statement to which each word belongs, counted over all messages.
    units: Vec<usize>,
    /// The message to which each word belongs.
    messages: Vec<usize>,
    /// Where each run of words first stands.
    index: HashMap<u64, usize>,
}

impl Sent {
    fn of(sent: &[&str]) -> Self {
        let mut own = Self::default();
        let mut left = MAX_SENT;
        let mut unit = 0;
        for (message, text) in sent.iter().enumerate() {
            let Some(rest) = left.checked_sub(text.len()) else { break };
            left = rest;
            unit = own.add(message, text, unit + 1);
        }
        for at in 0..own.words.len() {
            if let Some(key) = own.shingle(at) {
                own.index.entry(key).or_insert(at);
            }
        }
        own
    }

    fn add(&mut self, message: usize, text: &str, first_unit: usize) -> usize {
        let mut unit = first_unit;
        for line in text.lines() {
            for word in words(line) {
                self.words.push(word.hash);
                self.units.push(unit);
                self.messages.push(message);
                unit += usize::from(word.ends);
            }
            unit += usize::from(line.trim().chars().count() < FULL_LINE);
        }
        unit
    }

    /// The run of words that starts here, unless it reaches into another message.
    fn shingle(&self, at: usize) -> Option<u64> {
        let run = self.words.get(at..at + SHINGLE)?;
        let same = self.messages.get(at) == self.messages.get(at + SHINGLE - 1);
        same.then(|| key(run.iter().copied()))
    }

    /// Where a run of words stands: rather behind the word before it than anywhere else.
    fn place(&self, run: &[Word], expected: Option<usize>) -> Option<usize> {
        let known = self.index.get(&key(run.iter().map(|word| word.hash))).copied();
        [expected, known].into_iter().flatten().find(|at| {
            let own = self.words.get(*at..at + SHINGLE).unwrap_or_default();
            own.iter().eq(run.iter().map(|word| &word.hash)) && self.shingle(*at).is_some()
        })
    }
}

fn key(hashes: impl Iterator<Item = u64>) -> u64 {
    hashes.fold(0, |key, hash| (key ^ hash).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23))
}

/// The words of a mail and where we wrote them.
struct Matched {
    words: Vec<Word>,
    places: Vec<Option<usize>>,
    /// For each line its words.
    lines: Vec<(usize, usize)>,
}

impl Matched {
    fn of(lines: &Lines<'_>, until: usize, sent: &Sent) -> Self {
        let (mut all, mut ranges) = (Vec::new(), Vec::new());
        for line in (0..until).filter_map(|at| lines.get(at)) {
            let start = all.len();
            all.extend(words(line.text));
            ranges.push((start, all.len()));
        }
        let mut places: Vec<Option<usize>> = vec![None; all.len()];
        for (at, run) in all.windows(SHINGLE).enumerate() {
            let expected = places.get(at).copied().flatten();
            let Some(place) = sent.place(run, expected) else { continue };
            for (offset, slot) in places.iter_mut().skip(at).take(SHINGLE).enumerate() {
                *slot = Some(place + offset);
            }
        }
        Self { words: all, places, lines: ranges }
    }

    /// The places of the words of a line, if each has one; empty for a line without words.
    fn places(&self, line: usize) -> Option<Vec<usize>> {
        let (from, to) = *self.lines.get(line)?;
        self.places.get(from..to)?.iter().copied().collect()
    }

    fn weight(&self, line: usize) -> usize {
        let (from, to) = self.lines.get(line).copied().unwrap_or_default();
        self.words.get(from..to).unwrap_or_default().iter().map(|word| word.weight).sum()
    }
}

/// Lines one after the other that we wrote.
#[derive(Debug, Default)]
struct Run {
    first: usize,
    last: usize,
    words: usize,
    weight: usize,
    /// How many statements of ours it goes through.
    units: usize,
    /// The places of its first and its last word.
    from: usize,
    to: usize,
    /// Whether every line of it is marked.
    marked: bool,
}

impl Run {
    fn is_long(&self) -> bool {
        self.words >= MIN_WORDS && self.weight >= MIN_WEIGHT
    }

    /// Whether the other goes on where this one stops.
    fn goes_on_in(&self, next: &Self, sent: &Sent) -> bool {
        let same = sent.messages.get(self.to) == sent.messages.get(next.from);
        same && next.from > self.to && next.from - self.to <= MAX_LOST
    }

    fn take(&mut self, line: usize, places: &[usize], weight: usize, sent: &Sent) {
        for place in places {
            let unit = |at: &usize| sent.units.get(*at).copied();
            let is_new = self.words == 0 || unit(place) != unit(&self.to);
            self.units += usize::from(is_new);
            self.to = *place;
            self.words += 1;
        }
        self.weight += weight;
        self.last = line;
    }
}

fn runs(lines: &Lines<'_>, matched: &Matched, sent: &Sent) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut open = false;
    for line in 0..matched.lines.len() {
        let Some(places) = matched.places(line) else {
            open = false;
            continue;
        };
        let Some(first) = places.first() else { continue };
        let marked = lines.get(line).is_some_and(|l| l.quoted || l.folded.starts_with('|'));
        if !open {
            runs.push(Run { first: line, from: *first, marked: true, ..Run::default() });
            open = true;
        }
        if let Some(run) = runs.last_mut() {
            run.marked &= marked;
            run.take(line, &places, matched.weight(line), sent);
        }
    }
    runs
}

/// What was found, as places in the text.
#[derive(Debug, Default)]
struct Found {
    ours: Vec<Span>,
    /// What stands between two runs of one message of ours: answers.
    answers: Vec<Place>,
}

fn find(lines: &Lines<'_>, sent: &Sent) -> Found {
    // What is passed on is what the mail is about.
    let is_forward = |at: &usize| lines.get(*at).is_some_and(|l| markers::is_forward(&l.folded));
    let until = (0..lines.len()).find(is_forward).unwrap_or(lines.len());
    let matched = Matched::of(lines, until, sent);
    let runs = runs(lines, &matched, sent);
    let mut found = Found::default();
    let mut before: Option<(&Run, usize)> = None;
    for (at, run) in runs.iter().enumerate() {
        let next = runs.get(at + 1).is_some_and(|next| run.goes_on_in(next, sent));
        let earlier = at.checked_sub(1).and_then(|at| runs.get(at));
        let goes_on = earlier.is_some_and(|earlier| earlier.goes_on_in(run, sent));
        let first = header_start(lines, run.first);
        let confidence = confidence(run, first < run.first, next || goes_on);
        let Some(confidence) = confidence else { continue };
        let (start, end) = (lines.start(first), lines.end(run.last + 1));
        if let Some((last, its_end)) = before
            && last.goes_on_in(run, sent)
        {
            found.answers.push((its_end, start));
        }
        let kind = SpanKind::Quote;
        found.ours.push(Span { start, end, kind, rule: OUR_WORDS, confidence });
        before = Some((run, end));
    }
    found
}

/// How sure it is that a run was quoted and not repeated on purpose. One statement alone, without a
/// mark, a header or another that goes on where it stops, is the writer's own.
fn confidence(run: &Run, headed: bool, one_of_several: bool) -> Option<f32> {
    if !run.is_long() {
        return None;
    }
    match (run.marked || headed, run.units >= 2, one_of_several) {
        (true, _, _) => Some(0.99),
        (false, true, _) => Some(0.95),
        (false, false, true) => Some(0.9),
        (false, false, false) => None,
    }
}

/// The first of the lines that introduce a run, in any language: fields of a header, or a line with a
/// date or an address that ends with a colon.
fn header_start(lines: &Lines<'_>, run: usize) -> usize {
    let mut first = run;
    for at in (run.saturating_sub(MAX_HEADER)..run).rev() {
        let Some(line) = lines.get(at) else { break };
        let folded = line.folded.trim_start_matches(['>', '|', ' ']);
        if folded.is_empty() {
            continue;
        }
        let dated = folded.contains(|c: char| c.is_numeric() || c == '@');
        let announces = folded.ends_with([':', '：']) && dated && folded.len() < MAX_HEADER_LINE;
        if !(announces || field(folded).is_some() || markers::is_original(folded) || line.is_rule())
        {
            break;
        }
        first = at;
        // Above an attribution stands the answer.
        if announces && field(folded).is_none() {
            break;
        }
    }
    first
}

#[cfg(test)]
mod tests;
