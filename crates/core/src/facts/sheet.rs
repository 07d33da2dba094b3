//! The sheet: of all that a customer told the standing values first, each once.

use std::collections::HashMap;

use super::{Fact, FactKind};

/// One value on a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The newest statement of the value.
    pub fact: Fact,
    /// How often it was said.
    pub times: usize,
    /// When it was said first.
    pub first_said_at: crate::time::Instant,
    /// The oldest statement, by which the entry is paged.
    pub key: i64,
}

/// Makes a sheet: kind by kind, what stands before what does not, the newest first. A later value does
/// not take an earlier one away.
pub fn sheet(facts: Vec<Fact>) -> Vec<Entry> {
    let mut entries: HashMap<(FactKind, String), Entry> = HashMap::new();
    for fact in facts {
        let key = fact.id.get();
        let place = (fact.kind.clone(), fact.value.clone());
        let said = fact.said_at;
        match entries.get_mut(&place) {
            None => {
                entries.insert(place, Entry { fact, times: 1, first_said_at: said, key });
            }
            Some(entry) => {
                entry.times += 1;
                entry.first_said_at = entry.first_said_at.min(said);
                entry.key = entry.key.min(key);
                if (fact.said_at, fact.id) > (entry.fact.said_at, entry.fact.id) {
                    entry.fact = fact;
                }
            }
        }
    }
    let mut sheet: Vec<Entry> = entries.into_values().collect();
    sheet.sort_by(|a, b| order(a).cmp(&order(b)));
    sheet
}

type Order<'a> = (usize, &'a FactKind, bool, std::cmp::Reverse<(crate::time::Instant, i64)>);

fn order(entry: &Entry) -> Order<'_> {
    let fact = &entry.fact;
    let newest = std::cmp::Reverse((fact.said_at, fact.id.get()));
    (fact.kind.place(), &fact.kind, !fact.state.stands(), newest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Channel;
    use crate::facts::{FactSource, FactState};
    use crate::id::{CustomerId, FactId, ItemId};
    use crate::time::Instant;

    fn fact(id: i64, kind: FactKind, value: &str, at: i64, state: FactState) -> Fact {
        Fact {
            id: FactId::from(id),
            customer: CustomerId::from(1),
            item: ItemId::from(1),
            ticket: None,
            channel: Channel::Email,
            kind,
            value: value.to_owned(),
            display: value.to_owned(),
            range: None,
            rule: "test".to_owned(),
            source: FactSource::Rule,
            confidence: 90,
            said_at: Instant::from_micros(at),
            state,
            state_by: None,
            state_at: None,
            created_at: Instant::from_micros(at),
        }
    }

    #[test]
    fn standing_values_first_each_once_the_newest_before() {
        use FactState::{Stated, Wrong};
        let order = FactKind::ORDER_NUMBER;
        let sheet = sheet(vec![
            fact(1, order.clone(), "4417", 10, Stated),
            fact(2, order.clone(), "5518", 20, Stated),
            fact(3, order.clone(), "4417", 30, Stated),
            fact(4, order.clone(), "9999", 40, Wrong),
            fact(5, FactKind::IBAN, "X", 50, Stated),
        ]);
        let shown: Vec<(&str, usize)> =
            sheet.iter().map(|e| (e.fact.value.as_str(), e.times)).collect();
        assert_eq!(shown, [("4417", 2), ("5518", 1), ("9999", 1), ("X", 1)]);
        assert_eq!(sheet[0].first_said_at, Instant::from_micros(10));
    }
}
