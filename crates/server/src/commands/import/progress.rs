//! Showing how far it is: a bar with rate and remaining time on a terminal, now and then a plain
//! line elsewhere.

use std::cell::Cell;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a plain line is written.
const EVERY: Duration = Duration::from_secs(5);

/// How far one phase is.
pub struct Progress {
    what: &'static str,
    bar: ProgressBar,
    /// When the last plain line was written; `None` on a terminal.
    last_line: Option<Cell<Instant>>,
    as_bytes: bool,
}

impl Progress {
    /// Reading and recording, counted in bytes.
    pub fn recording(bytes: u64) -> Self {
        let line = "{prefix} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta} left {msg}";
        Self::new("recording", bytes, true, line)
    }

    /// Processing, counted in mails.
    pub fn processing(mails: u64) -> Self {
        let line = "{prefix} {bar:30} {pos}/{len} mails {per_sec} {eta} left {msg}";
        Self::new("processing", mails, false, line)
    }

    /// Reading a phone log, counted in bytes.
    pub fn reading(bytes: u64) -> Self {
        let line = "{prefix} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta} left {msg}";
        Self::new("reading", bytes, true, line)
    }

    fn new(what: &'static str, length: u64, as_bytes: bool, line: &str) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = if terminal { ProgressBar::new(length) } else { ProgressBar::hidden() };
        bar.set_length(length);
        bar.set_prefix(what);
        if let Ok(style) = ProgressStyle::with_template(line) {
            bar.set_style(style);
        }
        let last_line = (!terminal).then(|| Cell::new(Instant::now()));
        Self { what, bar, last_line, as_bytes }
    }

    /// So much more is done.
    pub fn add(&self, n: u64) {
        self.bar.inc(n);
        let Some(last) = &self.last_line else { return };
        if last.get().elapsed() >= EVERY {
            last.set(Instant::now());
            eprintln!("{}", self.plain());
        }
    }

    /// So much is done by now; `told` says what became of it.
    pub fn at(&self, done: u64, told: String) {
        self.bar.set_position(done);
        self.bar.set_message(told.clone());
        let Some(last) = &self.last_line else { return };
        if last.get().elapsed() >= EVERY {
            last.set(Instant::now());
            eprintln!("{}; {told}", self.plain());
        }
    }

    fn plain(&self) -> String {
        let (done, all) = (self.bar.position(), self.bar.length().unwrap_or_default());
        let seconds = self.bar.elapsed().as_secs_f64().max(0.001);
        let rate = done as f64 / seconds;
        let left = (all.saturating_sub(done)) as f64 / rate.max(0.001);
        let (scale, unit) = if self.as_bytes { (1e6, " MB") } else { (1.0, " mails") };
        let what = self.what;
        let (done, all, rate) = (done as f64 / scale, all as f64 / scale, rate / scale);
        format!("{what}: {done:.0} of {all:.0}{unit}, {rate:.1}{unit}/s, {left:.0} s left")
    }

    /// Shows why it does not go on.
    pub fn say(&self, message: &'static str) {
        self.bar.set_message(message);
        self.bar.tick();
    }

    /// The phase is over.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
