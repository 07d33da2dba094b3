//! The table of results, and how spans of time are summed up.

use std::time::{Duration, Instant};

/// One row: ours, the bare way, their ratio, and the limit it is held against.
struct Row {
    what: String,
    ours: String,
    bare: String,
    ratio: f64,
    limit: Option<f64>,
}

/// The table of results. Every ratio is "how many times the bare cost": lower is better.
#[derive(Default)]
pub struct Table(Vec<Row>);

impl Table {
    /// Adds a ratio with its limit, if there is one.
    pub fn add(&mut self, what: &str, ours: String, bare: String, ratio: f64, limit: Option<f64>) {
        eprintln!("  {what}: {ours} against {bare}: {ratio:.2}");
        self.0.push(Row { what: what.to_owned(), ours, bare, ratio, limit });
    }

    /// Adds two durations.
    pub fn spans(&mut self, what: &str, ours: Duration, bare: Duration, limit: Option<f64>) {
        let ratio = ours.as_secs_f64() / bare.as_secs_f64().max(1e-9);
        self.add(what, show(ours), show(bare), ratio, limit);
    }

    /// Whether a limit was missed.
    pub fn missed(&self) -> bool {
        self.0.iter().any(|row| row.limit.is_some_and(|limit| row.ratio > limit))
    }

    /// Prints it as Markdown, which is what the documentation keeps.
    pub fn print(&self) {
        println!("| what | ours | against | ratio | limit | |");
        println!("|---|---:|---:|---:|---:|---|");
        for row in &self.0 {
            let limit = row.limit.map(|l| format!("{l:.2}")).unwrap_or_else(|| "–".into());
            let verdict = match row.limit {
                Some(limit) if row.ratio > limit => "**missed**",
                Some(_) => "held",
                None => "",
            };
            let Row { what, ours, bare, ratio, .. } = row;
            println!("| {what} | {ours} | {bare} | {ratio:.2} | {limit} | {verdict} |");
        }
    }
}

/// A duration with a unit that fits.
pub fn show(span: Duration) -> String {
    match span.as_secs_f64() {
        s if s >= 1.0 => format!("{s:.2} s"),
        s if s >= 1e-3 => format!("{:.2} ms", s * 1e3),
        s => format!("{:.0} µs", s * 1e6),
    }
}

/// Many spans of one kind.
pub struct Spans(Vec<Duration>);

impl Spans {
    /// From what was measured; must not be empty.
    pub fn new(mut spans: Vec<Duration>) -> Self {
        spans.sort();
        Self(spans)
    }

    /// The span below which the given share of all lies, 0 to 1.
    pub fn at(&self, share: f64) -> Duration {
        let last = self.0.len() - 1;
        self.0[((last as f64) * share).round() as usize]
    }
}

/// How long something takes.
pub fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let result = work();
    (start.elapsed(), result)
}
