//! Whose something is, by what is said about its sender and what is stored for that.
//!
//! One hint leads: what came is stored by it. The others are added to the same record, noted as said,
//! or tell of another customer who may be the same person.

use super::{Hint, Identity, IdentityKind, Key};
use crate::id::{CustomerId, IdentityId};
use crate::reason::Reason;

/// What is stored for a hint.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The identity.
    pub identity: Identity,
    /// By whose id its customer is known.
    pub root: CustomerId,
    /// The external ids of that customer, over all records.
    pub externals: Vec<Key>,
}

/// Whose something is.
#[derive(Debug, Clone, PartialEq)]
pub enum Owner {
    /// A customer we know, by this identity.
    Known {
        /// The record.
        customer: CustomerId,
        /// The identity it came by.
        identity: IdentityId,
    },
    /// Nobody we know: make a customer, with the leading hint as its identity.
    New,
}

/// Another customer, of whom a hint tells that he may be the same person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// That customer.
    pub other: CustomerId,
    /// Which hint tells of him.
    pub hint: usize,
    /// Whether it is proved enough for the two to become one by themselves.
    pub binds: bool,
}

/// The whole answer. Numbers are places in the list of hints.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolution {
    /// Whose it is.
    pub owner: Owner,
    /// Why.
    pub reason: Reason,
    /// The hint by which it is stored.
    pub lead: usize,
    /// Hints that become identities of the same record.
    pub add: Vec<usize>,
    /// Hints that are noted as said, and bind nobody.
    pub claim: Vec<usize>,
    /// Hints that prove an identity which is stored without a proof.
    pub prove: Vec<usize>,
    /// Customers who may be the same person.
    pub meets: Vec<Meeting>,
}

/// Which hint leads. What is proved leads before what is not, an id that was given out before an
/// address; of the rest the first one that is strong, and else the first.
pub fn lead_of(hints: &[Hint], found: &[Option<Found>]) -> usize {
    let told: Vec<Key> = hints.iter().filter(|h| h.binds()).map(|h| h.key.clone()).collect();
    let leads = |found: &Found| !found.identity.shared && !differ(&told, &found.externals);
    let known = |at: usize| found.get(at).and_then(Option::as_ref).is_some_and(leads);
    let rank = |(at, hint): &(usize, &Hint)| match (hint.binds(), hint.key.kind.is_strong()) {
        (true, _) => (0, !known(*at), order_of(hint.key.kind), *at),
        (false, true) => (1, false, 0, *at),
        (false, false) => (2, false, 0, *at),
    };
    hints.iter().enumerate().min_by_key(rank).map_or(0, |(at, _)| at)
}

/// The hints that lead once they are known: those that are proved, else the one that leads in any case.
/// What waits for its customer waits for these.
pub fn leaders(hints: &[Hint]) -> Vec<&Hint> {
    let proved: Vec<&Hint> = hints.iter().filter(|hint| hint.binds()).collect();
    if proved.is_empty() {
        return hints.get(lead_of(hints, &[])).into_iter().collect();
    }
    proved
}

fn order_of(kind: IdentityKind) -> u8 {
    match kind {
        IdentityKind::External => 0,
        IdentityKind::Platform => 1,
        IdentityKind::Email => 2,
        IdentityKind::Phone => 3,
        IdentityKind::Username => 4,
    }
}

/// Decides whose something is. `found` has what is stored for each hint, in their order; `hints` must
/// not be empty.
pub fn resolve(hints: &[Hint], found: &[Option<Found>]) -> Resolution {
    let lead = lead_of(hints, found);
    let stored = found.get(lead).and_then(Option::as_ref);
    let mut answer = Resolution {
        owner: stored.map_or(Owner::New, |f| Owner::Known {
            customer: f.identity.customer,
            identity: f.identity.id,
        }),
        reason: reason_of(hints.get(lead), stored.is_some()),
        lead,
        add: Vec::new(),
        claim: Vec::new(),
        prove: Vec::new(),
        meets: Vec::new(),
    };
    let mut externals = stored.map(|f| f.externals.clone()).unwrap_or_default();
    externals.extend(hints.get(lead).map(|hint| hint.key.clone()));
    let case = Case {
        root: stored.map(|f| f.root),
        shared: stored.is_some_and(|f| f.identity.shared),
        binds: hints.get(lead).is_some_and(Hint::binds),
    };
    for (at, hint) in hints.iter().enumerate() {
        let stored = found.get(at).and_then(Option::as_ref);
        if hint.binds() && stored.is_some_and(|f| f.identity.proof == super::Proof::None) {
            answer.prove.push(at);
        }
        if at != lead && !case.shared {
            case.beside(at, hint, stored, &mut externals, &mut answer);
        }
    }
    answer
}

/// The customer of the leading hint.
struct Case {
    root: Option<CustomerId>,
    shared: bool,
    /// Whether the leading hint is proved.
    binds: bool,
}

impl Case {
    /// What becomes of a hint beside the leading one.
    fn beside(
        &self,
        at: usize,
        hint: &Hint,
        stored: Option<&Found>,
        externals: &mut Vec<Key>,
        answer: &mut Resolution,
    ) {
        match stored {
            Some(other) if Some(other.root) == self.root || other.identity.shared => {}
            Some(other) if differ(externals, &other.externals) => {}
            Some(other) => {
                let binds = hint.binds() && self.binds;
                answer.meets.push(Meeting { other: other.root, hint: at, binds });
            }
            None if differ(externals, std::slice::from_ref(&hint.key)) => {}
            None if hint.binds() => {
                externals.push(hint.key.clone());
                answer.add.push(at);
            }
            None => answer.claim.push(at),
        }
    }
}

fn reason_of(lead: Option<&Hint>, known: bool) -> Reason {
    let Some(Hint { key, proof, .. }) = lead else { return Reason::Chosen };
    let (kind, scope, value) = (key.kind, key.scope.clone(), key.value.clone());
    match (kind, known) {
        (IdentityKind::Email, true) => Reason::SameAddress { address: value },
        (IdentityKind::Email, false) => Reason::FirstContact { address: value },
        (kind, true) => Reason::SameIdentity { kind, scope, value, proof: *proof },
        (kind, false) => Reason::FirstSeen { kind, scope, value, proof: *proof },
    }
}

/// Whether two sets of ids name two people: one system gave each of them another id.
pub fn differ(one: &[Key], other: &[Key]) -> bool {
    let external = |key: &&Key| key.kind == IdentityKind::External;
    one.iter().filter(external).any(|a| {
        let mut others = other.iter().filter(external);
        others.any(|b| a.scope == b.scope && a.value != b.value)
    })
}

#[cfg(test)]
mod tests;
