//! The limits of the fact and question rules. `make corpus` prints the whole tables.

mod scoring;

use scoring::{LANGUAGES, Scores};

/// The least precision, overall and per language.
const PRECISION: f64 = 0.95;
/// The least recall, overall and per language.
const RECALL: f64 = 0.90;

#[track_caller]
fn hold(scores: &Scores, texts: usize) {
    for language in LANGUAGES {
        let [all, held] = scores.texts[language];
        assert!(all >= texts && held * 3 >= all - 6, "{language}: {all} texts, {held} held back");
        let score = scores.of(Some(language), false);
        assert!(score.precision() >= PRECISION, "{language}: precision {:.3}", score.precision());
        assert!(score.recall() >= RECALL, "{language}: recall {:.3}", score.recall());
    }
    let all = scores.of(None, false);
    assert!(all.precision() >= PRECISION && all.recall() >= RECALL, "{all:?}");
}

#[test]
fn the_fact_rules_keep_their_precision_and_recall() {
    let scores = scoring::of_facts();
    scoring::print("Facts", &scores);
    hold(&scores, 60);
}

#[test]
fn the_question_rules_keep_their_precision_and_recall() {
    let scores = scoring::of_questions();
    scoring::print("Questions", &scores);
    hold(&scores, 30);
}
