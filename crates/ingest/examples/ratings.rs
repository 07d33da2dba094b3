//! Shows what many ratings come to, and whether that is what it should be:
//! `cargo run -p throughline-ingest --example ratings -- vectors.json`
//!
//! The file has lists under `nps`, `csat_top2box_5pt`, `csat_binary`, `ces_7pt` and `invalid`; each member
//! holds `scores` (or `good` and `bad`) and what they come to.

use serde_json::Value;
use throughline_core::rating::{Metric, Nps, Rating, Scores, Share};

/// The ratings of a member; none where one is not on its scale.
fn ratings(member: &Value, metric: Metric, least: i32, most: i32) -> Option<Vec<Rating>> {
    let one = |value: &Value| {
        let value = i32::try_from(value.as_i64()?).ok()?;
        Rating::read(metric, value, least, most)
    };
    member["scores"].as_array()?.iter().map(one).collect()
}

fn is_near(told: Option<f64>, wanted: &Value) -> bool {
    match (told, wanted.as_f64()) {
        (None, None) => true,
        (Some(told), Some(wanted)) => (told - wanted).abs() < 1e-9,
        _ => false,
    }
}

/// Whether a member that is there is as told.
fn has(member: &Value, name: &str, told: Option<f64>) -> bool {
    member.get(name).is_none_or(|wanted| is_near(told, wanted))
}

fn nps(member: &Value) -> Option<bool> {
    let counted = Nps::of(&ratings(member, Metric::Nps, 0, 10)?);
    let score = counted.score();
    let percent = score.map(Share::percent);
    let exact = member.get("nps_exact").and_then(Value::as_str).is_none_or(|exact| {
        let (part, of) = exact.split_once('/').unwrap_or((exact, "1"));
        let parsed = part.parse::<f64>().ok().zip(of.parse::<f64>().ok());
        percent.zip(parsed).is_some_and(|(told, (part, of))| (told - part / of).abs() < 1e-9)
    });
    let counts = [
        ("promoters", counted.promoters),
        ("passives", counted.passives),
        ("detractors", counted.detractors),
    ];
    let counts = counts.iter().all(|(name, count)| has(member, name, Some(*count as f64)));
    let rounded = has(member, "nps_rounded", score.map(|score| score.rounded() as f64));
    Some(counts && rounded && exact && has(member, "nps", percent))
}

fn csat(member: &Value) -> Option<bool> {
    let scores = Scores::csat(&ratings(member, Metric::Csat, 1, 5)?);
    let share = scores.share().map(Share::percent);
    Some(has(member, "csat_pct", share) && has(member, "mean", scores.mean()))
}

fn csat_of_two(member: &Value) -> Option<bool> {
    let some = |name: &str, value: i32| {
        let count = usize::try_from(member[name].as_u64()?).ok()?;
        Some(vec![Rating::read(Metric::Csat, value, 0, 1)?; count])
    };
    let ratings = [some("good", 1)?, some("bad", 0)?].concat();
    let share = Scores::csat_of_two(&ratings).share();
    Some(has(member, "csat_pct", share.map(Share::percent)))
}

fn ces(member: &Value) -> Option<bool> {
    let scores = Scores::ces(&ratings(member, Metric::Ces, 1, 7)?);
    let share = scores.share().map(Share::percent);
    Some(has(member, "mean", scores.mean()) && has(member, "agree_pct_5to7", share))
}

fn invalid(member: &Value) -> Option<bool> {
    let metric: Metric = member["kind"].as_str()?.parse().ok()?;
    let (least, most) = match metric {
        Metric::Nps => (0, 10),
        Metric::Ces => (1, 7),
        Metric::Csat | Metric::Stars => (1, 5),
    };
    let value = i32::try_from(member["score"].as_i64()?).ok()?;
    Some(Rating::read(metric, value, least, most).is_none())
}

/// Whether one case of the vectors holds; nothing where it says nothing.
type Check = fn(&Value) -> Option<bool>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("which file?")?;
    let vectors: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    let checks: [(&str, Check); 5] = [
        ("nps", nps),
        ("csat_top2box_5pt", csat),
        ("csat_binary", csat_of_two),
        ("ces_7pt", ces),
        ("invalid", invalid),
    ];
    let (mut right, mut wrong) = (0, 0);
    for (name, check) in checks {
        for member in vectors[name].as_array().into_iter().flatten() {
            let good = check(member).unwrap_or_default();
            *if good { &mut right } else { &mut wrong } += 1;
            println!("{} {name} {member}", if good { "right" } else { "WRONG" });
        }
    }
    println!("{right} right, {wrong} wrong");
    if wrong > 0 || right == 0 { Err("some are not what they should be".into()) } else { Ok(()) }
}
