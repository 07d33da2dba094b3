//! Putting the legs of a call together, all at once or while a long log is read.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::{Call, Leg};

/// The most legs that are waited for; a call that has more is given out in parts.
const MAX_LEGS: usize = 256;

/// The calls of these legs, by when they began.
pub fn group(legs: impl IntoIterator<Item = Leg>) -> Vec<Call> {
    let mut by_key: BTreeMap<String, Vec<Leg>> = BTreeMap::new();
    for leg in legs {
        by_key.entry(leg.call.clone()).or_default().push(leg);
    }
    let mut calls: Vec<Call> = by_key.values().filter_map(|legs| Call::of_legs(legs)).collect();
    calls.sort_by(|a, b| (a.started, &a.key).cmp(&(b.started, &b.key)));
    calls
}

/// Legs that wait for others of their call while a log is read.
///
/// It never holds more legs than it is told. What it gives out may not be all of a call: whoever keeps
/// calls adds the legs to those that are known, and makes the call anew.
#[derive(Debug)]
pub struct Window {
    most: usize,
    pub(super) held: usize,
    pub(super) waiting: HashMap<String, Vec<Leg>>,
    pub(super) order: VecDeque<String>,
}

impl Window {
    /// Holds up to so many legs.
    pub fn new(most: usize) -> Self {
        let (waiting, order) = (HashMap::new(), VecDeque::new());
        Self { most: most.max(1), held: 0, waiting, order }
    }

    /// Takes a leg, and gives the legs of the calls that began longest ago where there are too many.
    pub fn push(&mut self, leg: Leg) -> Vec<Vec<Leg>> {
        let key = leg.call.clone();
        let legs = self.waiting.entry(key.clone()).or_default();
        if legs.is_empty() {
            self.order.push_back(key.clone());
        }
        legs.push(leg);
        self.held += 1;
        let mut out = Vec::new();
        if legs.len() >= MAX_LEGS {
            out.extend(self.take(&key));
            self.order.retain(|known| *known != key);
        }
        while self.held > self.most {
            let Some(oldest) = self.order.pop_front() else { break };
            out.extend(self.take(&oldest));
        }
        out
    }

    /// Gives all that still wait, those that came first at first.
    pub fn finish(mut self) -> Vec<Vec<Leg>> {
        let order = std::mem::take(&mut self.order);
        order.iter().filter_map(|key| self.take(key)).collect()
    }

    fn take(&mut self, key: &str) -> Option<Vec<Leg>> {
        let legs = self.waiting.remove(key)?;
        self.held -= legs.len();
        Some(legs)
    }
}
