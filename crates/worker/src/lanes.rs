//! Which of the mails at hand must be processed one after the other: those that name a common
//! Message-ID. Others may be processed side by side, and their commits shared.
//!
//! Without this, two mails of one thread that arrive together would each find the other missing
//! and open a ticket each.

use std::collections::HashMap;

/// Groups the indices `0..named.len()` so that any two which name a common id, directly or through
/// others, are in one lane. Lanes and their members keep the order of arrival.
pub fn lanes(named: &[Vec<String>]) -> Vec<Vec<usize>> {
    let mut lane_of: Vec<usize> = (0..named.len()).collect();
    let mut first_to_name: HashMap<&str, usize> = HashMap::new();
    for (index, ids) in named.iter().enumerate() {
        for id in ids {
            let other = *first_to_name.entry(id).or_insert(index);
            join(&mut lane_of, other, index);
        }
    }
    let mut lanes: Vec<Vec<usize>> = vec![Vec::new(); named.len()];
    for index in 0..named.len() {
        let root = root(&lane_of, index);
        if let Some(lane) = lanes.get_mut(root) {
            lane.push(index);
        }
    }
    lanes.retain(|lane| !lane.is_empty());
    lanes
}

fn root(lane_of: &[usize], index: usize) -> usize {
    match lane_of.get(index) {
        Some(&parent) if parent != index => root(lane_of, parent),
        _ => index,
    }
}

fn join(lane_of: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(lane_of, a), root(lane_of, b));
    // The earlier one becomes the root, which keeps lanes in the order of arrival.
    if let Some(slot) = lane_of.get_mut(a.max(b)) {
        *slot = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_that_name_a_common_id_share_a_lane() {
        let named = |ids: &[&str]| ids.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        let mails =
            [named(&["a"]), named(&["b"]), named(&[]), named(&["c", "b"]), named(&["a", "c"])];
        assert_eq!(lanes(&mails), [vec![0, 1, 3, 4], vec![2]]);
        assert_eq!(lanes(&mails[..3]), [vec![0], vec![1], vec![2]]);
        assert_eq!(lanes(&[]), Vec::<Vec<usize>>::new());
    }
}
