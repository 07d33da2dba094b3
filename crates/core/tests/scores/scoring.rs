//! Scores of the fact and question rules on the texts of `tests/corpus`: precision and recall per
//! language and kind, for all texts and for those that were held back while the rules were written.

// A set that cannot be read ends the run, in the test and in the example alike.
#![allow(clippy::panic, clippy::expect_used, reason = "tests may")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use throughline_core::facts::{self, rules::RuleSet};
use throughline_core::guard;

/// The languages of the sets.
pub const LANGUAGES: [&str; 4] = ["en", "tr", "fa", "de"];

/// Right, wrongly found, and missed.
#[derive(Debug, Default, Clone, Copy)]
pub struct Score {
    /// Found and expected.
    pub right: usize,
    /// Found and not expected.
    pub wrong: usize,
    /// Expected and not found.
    pub missed: usize,
}

impl Score {
    /// The share of what was found that is right; 1 when nothing was found.
    pub fn precision(&self) -> f64 {
        share(self.right, self.wrong)
    }

    /// The share of what there is that was found; 1 when there is nothing.
    pub fn recall(&self) -> f64 {
        share(self.right, self.missed)
    }

    fn add(&mut self, other: Score) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.missed += other.missed;
    }
}

fn share(good: usize, bad: usize) -> f64 {
    if good + bad == 0 { 1.0 } else { good as f64 / (good + bad) as f64 }
}

/// Scores by language and kind; the second number of a pair is of the texts held back.
#[derive(Debug, Default)]
pub struct Scores {
    /// By language and kind.
    pub by_kind: BTreeMap<(String, String), [Score; 2]>,
    /// How many texts of each language, and how many of them held back.
    pub texts: BTreeMap<String, [usize; 2]>,
    /// What went wrong in texts that may be looked at.
    pub mistakes: Vec<String>,
}

impl Scores {
    /// The score of a language, or of all of them.
    pub fn of(&self, language: Option<&str>, held: bool) -> Score {
        let mut sum = Score::default();
        for ((of, _), scores) in &self.by_kind {
            if language.is_none_or(|language| language == of) {
                sum.add(scores[usize::from(held)]);
            }
        }
        sum
    }
}

type Hits = Vec<(String, String)>;

fn corpus(set: &str, language: &str) -> String {
    let root: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    let path = root.join(set).join(format!("{language}.txt"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Scores one set; `read` gives the text, what is expected and what is found.
fn score(set: &str, read: fn(&str) -> (Hits, Hits)) -> Scores {
    let mut scores = Scores::default();
    for language in LANGUAGES {
        for line in corpus(set, language).lines().filter(|line| !line.trim().is_empty()) {
            let (held, text) = line.split_once(' ').expect("H or D before the text");
            let held = held == "H";
            let count = scores.texts.entry(language.to_owned()).or_default();
            count[0] += 1;
            count[1] += usize::from(held);
            let (expected, found) = read(text);
            note(&mut scores, language, held, &expected, &found, text);
        }
    }
    scores
}

fn note(
    scores: &mut Scores,
    language: &str,
    held: bool,
    expected: &Hits,
    found: &Hits,
    text: &str,
) {
    let mut add = |kind: &str, score: Score| {
        let place = scores.by_kind.entry((language.to_owned(), kind.to_owned())).or_default();
        place[0].add(score);
        if held {
            place[1].add(score);
        }
    };
    for hit in expected {
        let right = found.contains(hit);
        add(&hit.0, Score { right: usize::from(right), wrong: 0, missed: usize::from(!right) });
        if !right && !held {
            scores.mistakes.push(format!("{language} missed {hit:?} in: {text}"));
        }
    }
    let mut add = |kind: &str, score: Score| {
        let place = scores.by_kind.entry((language.to_owned(), kind.to_owned())).or_default();
        place[0].add(score);
        if held {
            place[1].add(score);
        }
    };
    for hit in found.iter().filter(|hit| !expected.contains(hit)) {
        add(&hit.0, Score { wrong: 1, ..Score::default() });
        if !held {
            scores.mistakes.push(format!("{language} wrong {hit:?} in: {text}"));
        }
    }
}

/// Scores of the fact rules.
pub fn of_facts() -> Scores {
    score("facts", |line| {
        let (text, expected) = without_braces(line);
        let rules = RuleSet::default();
        let found = facts::extract(&text, &[], &rules);
        let found = found.into_iter().map(|fact| {
            assert_eq!(
                &text[fact.start..fact.end],
                fact.display,
                "a fact is a stretch of its text"
            );
            (fact.kind.to_string(), fact.value)
        });
        (expected, found.collect())
    })
}

/// Scores of the question rules.
pub fn of_questions() -> Scores {
    score("questions", |line| {
        let (kinds, text) = line.split_once('|').expect("the kinds before the text");
        let kinds = kinds.split(',').filter(|kind| *kind != "-");
        let expected = kinds.map(|kind| (long(kind).to_owned(), String::new())).collect();
        let asks = guard::asks(&text.replace("\\n", "\n"), &[]);
        (expected, asks.into_iter().map(|ask| (ask.kind.to_string(), String::new())).collect())
    })
}

fn without_braces(line: &str) -> (String, Hits) {
    let (mut text, mut expected) = (String::new(), Vec::new());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('{') {
        let (marked, behind) = after.split_once('}').expect("a closing brace");
        let (kind, display) = marked.split_once('|').expect("a kind and a text");
        let (kind, value) = match kind.split_once('=') {
            Some((kind, value)) => (kind, value.to_owned()),
            None => (kind, plain(kind, display)),
        };
        text.push_str(before);
        text.push_str(display);
        expected.push((long(kind).to_owned(), value));
        rest = behind;
    }
    text.push_str(rest);
    (text.replace("\\n", "\n"), expected)
}

fn plain(kind: &str, display: &str) -> String {
    match kind {
        "order" => display.trim_start_matches('#').to_uppercase(),
        "tracking" => display.replace(' ', ""),
        _ => display.to_owned(),
    }
}

fn long(kind: &str) -> &str {
    match kind {
        "order" => "order_number",
        "serial" => "serial_number",
        "tracking" => "tracking_number",
        "address" => "postal_address",
        "purchase" => "purchase_date",
        other => other,
    }
}

/// A table for people.
pub fn print(title: &str, scores: &Scores) {
    println!("\n{title}");
    println!(
        "language kind             texts  right wrong missed precision recall  held-back: precision recall"
    );
    for ((language, kind), [all, held]) in &scores.by_kind {
        row(language, kind, "", all, held);
    }
    for language in LANGUAGES {
        let texts = scores.texts.get(language).copied().unwrap_or_default();
        let (all, held) = (scores.of(Some(language), false), scores.of(Some(language), true));
        row(language, "all", &format!("{}/{}", texts[0], texts[1]), &all, &held);
    }
    row("all", "all", "", &scores.of(None, false), &scores.of(None, true));
}

fn row(language: &str, kind: &str, texts: &str, all: &Score, held: &Score) {
    println!(
        "{language:<8} {kind:<16} {texts:>5}  {:>5} {:>5} {:>6} {:>9.3} {:>6.3} {:>21.3} {:>6.3}",
        all.right,
        all.wrong,
        all.missed,
        all.precision(),
        all.recall(),
        held.precision(),
        held.recall()
    );
}
