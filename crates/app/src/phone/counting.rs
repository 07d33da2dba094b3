//! The counts of a dry run over calls: what would become of legs, by what is stored and by what came before in the
//! same file.

use std::collections::{BTreeMap, HashSet};

use throughline_core::call::{Call, Leg};
use throughline_core::id::InboxId;
use throughline_core::import::ImportCounts;
use throughline_store::{Conn, identities, phone_calls};

use super::keep::hint_of;
use super::place::{call_key, hash_of, leg_key};
use crate::AppError;

/// A dry run up to now.
#[derive(Debug, Default)]
pub(crate) struct Counting {
    /// What was counted.
    pub counts: ImportCounts,
    legs: HashSet<u64>,
    calls: HashSet<u64>,
    numbers: HashSet<u64>,
}

/// Eight bytes of a hash: of a million things two are the same once in forty million files.
fn short(text: &str) -> u64 {
    let hash = blake3::hash(text.as_bytes());
    let bytes: [u8; 8] = hash.as_bytes().first_chunk().copied().unwrap_or_default();
    u64::from_le_bytes(bytes)
}

impl Counting {
    /// Counts legs.
    pub fn legs(
        &mut self,
        conn: &mut Conn,
        inbox: InboxId,
        legs: impl Iterator<Item = Leg>,
    ) -> Result<(), AppError> {
        let mut fresh: Vec<(String, Leg)> = Vec::new();
        for leg in legs {
            match self.legs.insert(short(&leg_key(&leg))) {
                true => fresh.push((leg_key(&leg), leg)),
                false => self.counts.legs_known += 1,
            }
        }
        let keys: Vec<String> = fresh.iter().map(|(key, _)| key.clone()).collect();
        let known = phone_calls::legs(conn, inbox, &keys)?;
        let mut calls: BTreeMap<String, Vec<Leg>> = BTreeMap::new();
        for (key, leg) in fresh {
            match known.get(&key) {
                Some(same) if same.hash == hash_of(&leg)? => self.counts.legs_known += 1,
                Some(_) => self.counts.legs_changed += 1,
                None => {
                    self.counts.legs_new += 1;
                    calls.entry(call_key(&leg.call)).or_default().push(leg);
                }
            }
        }
        self.calls(conn, inbox, calls)
    }

    fn calls(
        &mut self,
        conn: &mut Conn,
        inbox: InboxId,
        calls: BTreeMap<String, Vec<Leg>>,
    ) -> Result<(), AppError> {
        let keys: Vec<String> = calls.keys().cloned().collect();
        let known = phone_calls::by_keys(conn, inbox, &keys)?;
        for (key, legs) in calls {
            let first = self.calls.insert(short(&key));
            if known.contains_key(&key) || !first {
                self.counts.calls_extended += u64::from(known.contains_key(&key) && first);
                continue;
            }
            self.counts.calls_new += 1;
            let Some(hint) = Call::of_legs(&legs).as_ref().and_then(hint_of) else {
                self.counts.without_number += 1;
                continue;
            };
            let seen = !self.numbers.insert(short(&hint.key.value));
            if !seen && identities::by_key(conn, &hint.key)?.is_none() {
                self.counts.customers_new += 1;
            }
        }
        Ok(())
    }
}
