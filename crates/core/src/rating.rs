//! Ratings: a number on a scale, what it measures, and the numbers that are made of many.
//!
//! The definitions: **NPS** of answers from 0 to 10 is the share of promoters (9 and 10) less that of
//! detractors (0 to 6). **CSAT** is the share of 4 and 5 on a scale from 1 to 5, or of 1 on one from 0 to 1
//! (bad, good). **CES** (2.0, where more is better) is the mean of answers from 1 to 7, and the share of 5 to
//! 7. What stands on another scale is not counted: CES 1.0, for one, has its good end where the other has
//! its bad one. Of no answers there is no number.

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

/// The setting of inboxes of reviews and surveys below which a rating opens a ticket.
pub const OPEN_TICKET_BELOW: &str = "open_ticket_below";

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

impl Rating {
    /// A rating; none where it is not on its scale.
    pub fn read(metric: Metric, value: i32, least: i32, most: i32) -> Option<Self> {
        let fits = least < most && (least..=most).contains(&value);
        fits.then_some(Self { metric, value, least, most })
    }

    fn is(&self, metric: Metric, least: i32, most: i32) -> bool {
        (self.metric, self.least, self.most) == (metric, least, most)
    }
}

/// A share as two whole numbers, so that nothing is rounded before it is shown. Below zero where the
/// worse is subtracted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Of how many it is the share.
    pub of: i64,
    /// How many.
    pub part: i64,
}

impl Share {
    fn new(part: i64, of: i64) -> Option<Self> {
        (of > 0).then_some(Self { of, part })
    }

    /// In percent.
    pub fn percent(self) -> f64 {
        100.0 * self.part as f64 / self.of as f64
    }

    /// In percent as it is shown: half is rounded away from zero.
    pub fn rounded(self) -> i64 {
        let doubled = 200 * self.part.abs() + self.of;
        self.part.signum() * doubled.div_euclid(2 * self.of)
    }
}

/// What answers to "how likely are you to recommend us?" come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Nps {
    /// Who answered 9 or 10.
    pub promoters: i64,
    /// Who answered 7 or 8.
    pub passives: i64,
    /// Who answered 0 to 6.
    pub detractors: i64,
}

impl Nps {
    /// Counts the answers among some ratings.
    pub fn of(ratings: &[Rating]) -> Self {
        let mut all = Self::default();
        for rating in ratings.iter().filter(|rating| rating.is(Metric::Nps, 0, 10)) {
            match rating.value {
                9..=10 => all.promoters += 1,
                7..=8 => all.passives += 1,
                _ => all.detractors += 1,
            }
        }
        all
    }

    /// The score, from -100 to 100 percent; none where nobody answered.
    pub fn score(self) -> Option<Share> {
        let answers = self.promoters + self.passives + self.detractors;
        Share::new(self.promoters - self.detractors, answers)
    }
}

/// What answers about satisfaction or effort come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scores {
    /// How many answered.
    pub answers: i64,
    /// How many of them are content.
    pub content: i64,
    /// The answers added up.
    pub sum: i64,
}

impl Scores {
    /// Answers about satisfaction from 1 to 5.
    pub fn csat(ratings: &[Rating]) -> Self {
        Self::count(ratings, 4, |rating| rating.is(Metric::Csat, 1, 5))
    }

    /// Answers about satisfaction that are bad (0) or good (1).
    pub fn csat_of_two(ratings: &[Rating]) -> Self {
        Self::count(ratings, 1, |rating| rating.is(Metric::Csat, 0, 1))
    }

    /// Answers about effort from 1 to 7, where 7 is the least effort.
    pub fn ces(ratings: &[Rating]) -> Self {
        Self::count(ratings, 5, |rating| rating.is(Metric::Ces, 1, 7))
    }

    fn count(ratings: &[Rating], content_from: i32, counts: impl Fn(&Rating) -> bool) -> Self {
        let mut all = Self::default();
        for rating in ratings.iter().filter(|rating| counts(rating)) {
            all.answers += 1;
            all.sum += i64::from(rating.value);
            all.content += i64::from(rating.value >= content_from);
        }
        all
    }

    /// The share of the content; none where nobody answered.
    pub fn share(self) -> Option<Share> {
        Share::new(self.content, self.answers)
    }

    /// The mean; none where nobody answered.
    pub fn mean(self) -> Option<f64> {
        (self.answers > 0).then(|| self.sum as f64 / self.answers as f64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(metric: Metric, least: i32, most: i32, values: &[i32]) -> Vec<Rating> {
        values.iter().filter_map(|value| Rating::read(metric, *value, least, most)).collect()
    }

    fn nps(values: &[i32]) -> Option<i64> {
        Nps::of(&all(Metric::Nps, 0, 10, values)).score().map(Share::rounded)
    }

    #[test]
    fn promoters_less_detractors() {
        assert_eq!(nps(&[10, 9, 9, 8, 7, 6, 3, 0]), Some(0));
        assert_eq!((nps(&[9]), nps(&[0]), nps(&[7, 8])), (Some(100), Some(-100), Some(0)));
        assert_eq!(nps(&[]), None, "of nothing there is no score");
        let counted = Nps::of(&all(Metric::Nps, 0, 10, &[10, 8, 8, 2]));
        assert_eq!(counted, Nps { promoters: 1, passives: 2, detractors: 1 });
    }

    #[test]
    fn half_is_rounded_away_from_zero_and_only_to_be_shown() {
        // 1 of 8 is 12.5 percent.
        assert_eq!(nps(&[10, 7, 7, 7, 7, 7, 7, 7]), Some(13));
        assert_eq!(nps(&[0, 7, 7, 7, 7, 7, 7, 7]), Some(-13));
        let third = Nps::of(&all(Metric::Nps, 0, 10, &[9, 8, 8])).score().unwrap();
        assert_eq!((third, third.rounded()), (Share { of: 3, part: 1 }, 33));
        assert!((third.percent() - 33.333_333).abs() < 1e-4);
    }

    #[test]
    fn satisfaction_is_the_share_of_the_two_best() {
        let scores = Scores::csat(&all(Metric::Csat, 1, 5, &[5, 5, 4, 3, 1]));
        assert_eq!(scores.share().map(Share::rounded), Some(60));
        assert_eq!(scores.mean(), Some(3.6));
        assert_eq!((Scores::csat(&[]).share(), Scores::csat(&[]).mean()), (None, None));
        let two = Scores::csat_of_two(&all(Metric::Csat, 0, 1, &[1, 1, 1, 0]));
        assert_eq!(two.share().map(Share::rounded), Some(75));
    }

    #[test]
    fn effort_is_a_mean_and_the_share_of_who_agrees() {
        let scores = Scores::ces(&all(Metric::Ces, 1, 7, &[7, 5, 4, 2]));
        assert_eq!((scores.mean(), scores.share().map(Share::rounded)), (Some(4.5), Some(50)));
    }

    #[test]
    fn what_is_on_another_scale_is_not_counted() {
        let mut mixed = all(Metric::Ces, 1, 5, &[1, 5]);
        mixed.extend(all(Metric::Stars, 1, 5, &[5]));
        mixed.extend(all(Metric::Csat, 1, 10, &[10]));
        assert_eq!((Scores::ces(&mixed).answers, Scores::csat(&mixed).answers), (0, 0));
        assert_eq!(Nps::of(&mixed).score(), None);
    }

    #[test]
    fn what_is_off_its_scale_is_no_rating() {
        for (value, least, most) in [(11, 0, 10), (-1, 0, 10), (0, 1, 5), (1, 1, 1), (3, 5, 1)] {
            assert_eq!(Rating::read(Metric::Csat, value, least, most), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn scores_stay_in_their_bounds(values in proptest::collection::vec(0..=10, 1..50)) {
            let score = Nps::of(&all(Metric::Nps, 0, 10, &values)).score().unwrap();
            prop_assert!((-100..=100).contains(&score.rounded()));
            prop_assert!((score.percent() - score.rounded() as f64).abs() <= 0.5);
            let upside_down: Vec<i32> = values.iter().map(|value| match value {
                9..=10 => 0,
                0..=6 => 10,
                other => *other,
            }).collect();
            let turned = Nps::of(&all(Metric::Nps, 0, 10, &upside_down)).score().unwrap();
            prop_assert_eq!(turned.rounded(), -score.rounded());
        }
    }
}
