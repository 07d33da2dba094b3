//! Prints the scores of the fact and question rules; `-v` also what went wrong.

#[path = "../tests/scores/scoring.rs"]
mod scoring;

fn main() {
    for (title, scores) in [("Facts", scoring::of_facts()), ("Questions", scoring::of_questions())]
    {
        scoring::print(title, &scores);
        if std::env::args().any(|arg| arg == "-v") {
            scores.mistakes.iter().for_each(|mistake| println!("{mistake}"));
        }
    }
}
