//! Ratings: a number on a scale, and what it measures. Nothing is computed over many of them here.

use serde::{Deserialize, Serialize};

use crate::wire::closed_set;

closed_set! {
    /// What a rating measures.
    Metric, "metric" {
        /// Stars, as in reviews.
        Stars = 1 "stars",
        /// Net Promoter Score: how likely one recommends, 0 to 10.
        Nps = 2 "nps",
        /// Customer satisfaction.
        Csat = 3 "csat",
        /// Customer effort.
        Ces = 4 "ces",
    }
}

/// How something was rated. A number without its scale says nothing, so both stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// What it measures.
    pub metric: Metric,
    /// The rating.
    pub value: i32,
    /// The least that can be given.
    pub least: i32,
    /// The most that can be given.
    pub most: i32,
}
