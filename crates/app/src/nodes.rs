//! Node numbers. Every process that makes ids leases one, renews it, and stops when it has lost
//! it: two holders of one number could make the same id.
//!
//! Works before there is an [`crate::App`], which needs the number.

use throughline_core::id::MAX_NODES;
use throughline_core::time::Instant;
use throughline_store::Store;
use throughline_store::nodes::{self as store, Node};

use crate::AppError;

/// How long a lease lasts unless it is renewed. Renew at a third of it.
pub const LEASE_SECONDS: i64 = 60;
/// How long a number rests after its lease while there are others: the clocks of two machines
/// differ, and the next holder must not make ids in a moment that the last one has used.
pub const REST_SECONDS: i64 = 600;

/// A number that is this process's own until the lease runs out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The number.
    pub node: i16,
    /// Random; tells this holder from the next one of the same number.
    pub holder: i64,
}

/// Leases a number that nobody has.
pub async fn lease(store: &Store, now: Instant) -> Result<Lease, AppError> {
    let holder: i64 = rand::random();
    store
        .write(move |c| {
            let node = pick(&store::hold(c)?, now).ok_or_else(|| {
                let message = format!("all {MAX_NODES} node numbers are leased");
                AppError::unavailable("no_node_number", message)
            })?;
            let lease_until = now.plus_seconds(LEASE_SECONDS);
            store::give(c, Node { number: node, lease_until }, holder)?;
            Ok(Lease { node, holder })
        })
        .await
}

/// One that has rested, else one that was never given out, else the one that has rested longest.
fn pick(known: &[Node], now: Instant) -> Option<i16> {
    let free = known.iter().filter(|node| node.lease_until <= now);
    let oldest = free.min_by_key(|node| node.lease_until);
    let rested = oldest.filter(|node| node.lease_until.plus_seconds(REST_SECONDS) <= now);
    let unused = || (0..MAX_NODES).find(|number| known.iter().all(|n| n.number != *number));
    rested.map(|n| n.number).or_else(unused).or(oldest.map(|n| n.number))
}

/// Renews a lease; `false` when it ran out and another has the number: make no more ids.
pub async fn renew(store: &Store, lease: &Lease, now: Instant) -> Result<bool, AppError> {
    let lease_until = now.plus_seconds(LEASE_SECONDS);
    let (node, holder) = (Node { number: lease.node, lease_until }, lease.holder);
    store.write(move |c| Ok(store::extend(c, node, holder)?)).await
}

/// Gives a number back, for others to have when it has rested.
pub async fn release(store: &Store, lease: &Lease, now: Instant) -> Result<(), AppError> {
    let (node, holder) = (Node { number: lease.node, lease_until: now }, lease.holder);
    store.write(move |c| Ok(store::extend(c, node, holder).map(drop)?)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_micros(1_790_000_000_000_000);

    fn node(number: i16, until: i64) -> Node {
        Node { number, lease_until: NOW.plus_seconds(until) }
    }

    #[test]
    fn a_leased_number_is_not_given_again_and_a_free_one_rests_first() {
        assert_eq!(pick(&[], NOW), Some(0));
        assert_eq!(pick(&[node(0, 30), node(2, 30)], NOW), Some(1));
        assert_eq!(pick(&[node(0, -599), node(1, 30)], NOW), Some(2), "0 is resting");
        assert_eq!(pick(&[node(0, -600), node(1, 30)], NOW), Some(0));
    }

    #[test]
    fn with_all_numbers_given_out_the_longest_rested_is_next_and_then_none() {
        let mut all: Vec<Node> = (0..MAX_NODES).map(|n| node(n, 30)).collect();
        assert_eq!(pick(&all, NOW), None);
        all[7] = node(7, -1);
        all[9] = node(9, 0);
        assert_eq!(pick(&all, NOW), Some(7));
    }
}
