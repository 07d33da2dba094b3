//! How many streams there are, in all and for each actor.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::AppError;

/// How long whoever found no room should wait, in seconds.
const WAIT: i64 = 10;

/// Counts streams.
#[derive(Debug, Clone)]
pub(super) struct Seats {
    taken: Arc<Mutex<HashMap<String, usize>>>,
    most: usize,
    most_each: usize,
}

/// One stream's place; given back when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Seats,
    actor: String,
}

impl Seats {
    pub(super) fn new(most: usize, most_each: usize) -> Self {
        Self { taken: Arc::default(), most, most_each }
    }

    /// A place for this actor, if there is one.
    pub(super) fn take(&self, actor: String) -> Result<Seat, AppError> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.get(&actor).is_some_and(|count| *count >= self.most_each) {
            let message = format!("at most {} live streams each; close one first", self.most_each);
            return Err(AppError::too_many("too_many_streams", message, WAIT));
        }
        if taken.values().sum::<usize>() >= self.most {
            let message = "this node has as many live streams as it may; try again later";
            return Err(AppError::unavailable("streams_full", message));
        }
        *taken.entry(actor.clone()).or_default() += 1;
        drop(taken);
        Ok(Seat { seats: self.clone(), actor })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.actor) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.actor);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_and_given_back() {
        let seats = Seats::new(3, 2);
        let take = |who: &str| seats.take(who.to_owned());
        let (first, _second) = (take("a").unwrap(), take("a").unwrap());
        assert_eq!(take("a").unwrap_err().code, "too_many_streams");
        let _third = take("b").unwrap();
        assert_eq!(take("c").unwrap_err().code, "streams_full");
        drop(first);
        assert!(take("a").is_ok());
    }
}
