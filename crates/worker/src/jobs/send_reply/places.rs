//! How many mails of an inbox are in hand, and when those come back that find no place: about when
//! there will be one, as the inbox's own speed tells.

use std::sync::{Arc, Mutex};

use throughline_core::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use super::ways::lock;

/// Mails of one inbox in hand at one time: a fifth of all, so that one that is slow leaves room for the
/// others. Those that wait for a connection hold nothing but their id.
const IN_HAND: usize = super::SIDE_BY_SIDE / 5;
/// Mails of one inbox written and sent at one time: as many as it may have connections.
const SENDING: usize = throughline_outbound::email::smtp::CONNECTIONS;
/// How far apart those come back at the least that found no place, in microseconds.
const CLOSEST: i64 = 1_000;
/// How far apart mails leave an inbox of which nothing is known yet, in microseconds.
const UNKNOWN: i64 = 3_000;
/// How many mails the speed of an inbox is the mean of, about.
const MEAN_OF: i64 = 8;
/// An inbox of which no mail has left for this many times the usual is thought to be stuck.
const STUCK: i64 = 50;
/// And at the most: an inbox that is stuck is asked no more often than this, in microseconds.
const FARTHEST: i64 = 1_000_000;

/// They are spread over no longer than this, in microseconds: the inbox may be fast again by then.
const SPREAD: i64 = 60_000_000;

/// The places of one inbox.
pub struct Places {
    in_hand: Arc<Semaphore>,
    sending: Semaphore,
    turns: Mutex<Turns>,
}

struct Turns {
    /// The turn that was last given away.
    last: Instant,
    /// When the last one looks again that found no place.
    look: Instant,
    /// When a mail last left its place, or the first came in.
    left: Instant,
    /// How far apart mails have left of late, in microseconds.
    apart: i64,
}

/// A place among the mails in hand, for as long as it is held.
pub struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Places {
    /// All are free.
    pub fn new(now: Instant) -> Self {
        Self {
            in_hand: Arc::new(Semaphore::new(IN_HAND)),
            sending: Semaphore::new(SENDING),
            turns: Mutex::new(Turns { last: now, look: now, left: now, apart: UNKNOWN }),
        }
    }

    /// A place among the mails in hand, if there is one.
    pub fn enter(&self, now: Instant) -> Option<Place> {
        if self.in_hand.available_permits() == IN_HAND {
            lock(&self.turns).left = now;
        }
        let permit = Arc::clone(&self.in_hand).try_acquire_owned().ok();
        permit.map(|permit| Place { _permit: permit })
    }

    /// Gives a place back.
    pub fn leave(&self, place: Place, now: Instant) {
        let mut turns = lock(&self.turns);
        let took = now.as_micros().saturating_sub(turns.left.as_micros()).clamp(0, FARTHEST);
        turns.apart += (took - turns.apart) / MEAN_OF;
        turns.left = now;
        drop(place);
    }

    /// Waits until a connection is free, so that what waits for one has not been read into memory.
    pub async fn connection(&self) -> Option<SemaphorePermit<'_>> {
        self.sending.acquire().await.ok()
    }

    /// When to look again after no place was found: at twice the speed at which mails leave, and ever
    /// more slowly while none does. At no more than that speed places would stand empty now and then,
    /// and the inbox would take itself for slower and slower.
    pub fn next_look(&self, now: Instant) -> Instant {
        let mut turns = lock(&self.turns);
        let quiet = now.as_micros().saturating_sub(turns.left.as_micros());
        let apart = (turns.apart / 2).max(quiet / STUCK).clamp(CLOSEST, FARTHEST);
        let (soonest, behind) = (now.plus_micros(apart), turns.look.plus_micros(apart));
        turns.look = if behind > now.plus_micros(SPREAD) { soonest } else { soonest.max(behind) };
        turns.look
    }

    /// A turn at `earliest` or behind the one given away last: those that are turned away together do
    /// not come back together.
    pub fn next_turn(&self, earliest: Instant, apart: i64) -> Instant {
        let last = &mut lock(&self.turns).last;
        *last = earliest.max(last.plus_micros(apart));
        *last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Instant {
        Instant::from_micros(micros)
    }

    #[test]
    fn those_that_wait_for_their_turn_come_back_one_after_the_other() {
        let places = Places::new(at(0));
        let turns: Vec<i64> = (0..3).map(|_| places.next_turn(at(100), 10).as_micros()).collect();
        assert_eq!(turns, [100, 110, 120]);
        assert_eq!(places.next_turn(at(500), 10), at(500));
    }

    #[test]
    fn one_inbox_never_has_all_in_hand() {
        let places = Places::new(at(0));
        let held: Vec<_> = std::iter::from_fn(|| places.enter(at(0))).take(1_000).collect();
        assert_eq!(held.len(), IN_HAND);
        assert!(held.len() * 5 <= super::super::SIDE_BY_SIDE);
        drop(held);
        assert!(places.enter(at(0)).is_some());
    }

    /// How far apart those are that find no place, after mails left at this distance.
    fn apart_after(distance: i64) -> i64 {
        let places = Places::new(at(0));
        let held = places.enter(at(0));
        let last = (1..=50).map(|number| at(number * distance)).inspect(|now| {
            places.leave(places.enter(*now).unwrap(), *now);
        });
        let now = last.last().unwrap();
        drop(held);
        places.next_look(now).as_micros() - now.as_micros()
    }

    #[test]
    fn they_come_back_twice_as_fast_as_mails_leave() {
        assert!((2_000..3_000).contains(&apart_after(5_000)), "{}", apart_after(5_000));
        assert!((120_000..130_000).contains(&apart_after(250_000)), "{}", apart_after(250_000));
    }

    #[test]
    fn an_inbox_that_is_stuck_is_asked_ever_less_often() {
        let places = Places::new(at(0));
        let _held = places.enter(at(0));
        let wait = |now: i64| Places::next_look(&places, at(now)).as_micros() - now;
        assert_eq!(wait(1_000), UNKNOWN / 2);
        assert_eq!(wait(10_000_000), 200_000);
        assert_eq!(wait(100_000_000), FARTHEST);
    }

    #[test]
    fn nobody_comes_back_later_than_the_longest_spread() {
        let (places, now) = (Places::new(at(0)), at(100_000_000));
        let looks: Vec<_> = (0..500).map(|_| places.next_look(now)).collect();
        assert!(looks.iter().all(|look| *look > now && *look <= now.plus_micros(SPREAD)));
        assert!(looks.iter().filter(|look| **look == now.plus_micros(FARTHEST)).count() > 5);
    }
}
