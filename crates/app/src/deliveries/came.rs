//! What becomes of a delivery, made of what became of each of its messages.

use throughline_core::delivery::Outcome;
use throughline_core::id::ItemId;

use super::arrive::Arrival;
use crate::index::Document;

/// What became of a delivery.
pub(super) struct Came {
    /// What the ledger calls it.
    pub outcome: Outcome,
    /// Why.
    pub reason: Option<String>,
    /// The item that the ledger names.
    pub item: Option<ItemId>,
    /// What else came of it or was changed by it.
    pub others: Vec<ItemId>,
    /// What is to be indexed.
    pub documents: Vec<Document>,
}

impl Came {
    /// It cannot be placed, or not be read.
    pub fn quarantined(reason: String) -> Self {
        Self { reason: Some(reason), ..Self::bare(Outcome::Quarantined) }
    }

    fn bare(outcome: Outcome) -> Self {
        Self { outcome, reason: None, item: None, others: Vec::new(), documents: Vec::new() }
    }

    /// What became of one of its messages.
    pub fn of(arrival: Arrival) -> Self {
        match arrival {
            Arrival::Stored(item, documents) => {
                Self { item: Some(item), documents, ..Self::bare(Outcome::Stored) }
            }
            Arrival::Duplicate(item) => {
                let reason = Some(format!("the same message is on the timeline already as {item}"));
                Self { item: Some(item), reason, ..Self::bare(Outcome::Duplicate) }
            }
            Arrival::OwnMail(item) => {
                let reason = Some("our own mail came back".to_owned());
                Self { item, reason, ..Self::bare(Outcome::Duplicate) }
            }
            Arrival::Unshown(why) => Self { reason: Some(why), ..Self::bare(Outcome::Stored) },
            Arrival::Quarantined(why) => Self::quarantined(why),
        }
    }

    /// How much somebody has to know of it: what could not be placed above all, so that it can be
    /// replayed whatever else came with it; then what became an item.
    fn weight(&self) -> u8 {
        match self.outcome {
            Outcome::Quarantined => 3,
            Outcome::Stored if self.item.is_some() => 2,
            Outcome::Duplicate => 1,
            _ => 0,
        }
    }

    /// Both in one row of the ledger.
    pub fn and(self, next: Self) -> Self {
        let (mut more, less) =
            if next.weight() > self.weight() { (next, self) } else { (self, next) };
        more.others.extend(less.others);
        match (more.item, less.item) {
            (None, item) => more.item = item,
            (Some(one), Some(other)) if one != other => more.others.push(other),
            _ => {}
        }
        more.documents.extend(less.documents);
        more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(id: i64) -> Came {
        Came::of(Arrival::Stored(ItemId::from(id), Vec::new()))
    }

    #[test]
    fn what_could_not_be_placed_is_seen_whatever_came_with_it() {
        let lost = || Came::quarantined("why".to_owned());
        for all in [lost().and(stored(1)).and(stored(2)), stored(1).and(lost()).and(stored(2))] {
            assert_eq!((all.outcome, all.reason.as_deref()), (Outcome::Quarantined, Some("why")));
            assert_eq!((all.item, all.others.len()), (Some(ItemId::from(1)), 1));
        }
    }

    #[test]
    fn the_first_item_is_named_and_the_others_are_noted() {
        let nothing = Came::of(Arrival::Unshown("a sign".to_owned()));
        let repeat = Came::of(Arrival::Duplicate(ItemId::from(9)));
        let all = nothing.and(repeat).and(stored(1)).and(stored(2)).and(stored(1));
        assert_eq!(
            (all.outcome, all.reason, all.item),
            (Outcome::Stored, None, Some(ItemId::from(1)))
        );
        assert_eq!(all.others, [ItemId::from(9), ItemId::from(2)]);
    }
}
