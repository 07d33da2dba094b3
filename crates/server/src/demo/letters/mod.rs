//! The letters of the sample data, by language.

mod english;
mod others;
mod persian;
mod turkish;

use super::Sample;

/// All samples, in a stable order.
pub fn all() -> impl Iterator<Item = Sample> {
    let languages = [english::SAMPLES, turkish::SAMPLES, persian::SAMPLES, others::SAMPLES];
    languages.into_iter().flatten().copied()
}
