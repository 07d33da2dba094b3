//! How much happened with a customer: by month, channel and kind.

use std::collections::BTreeMap;

use throughline_core::actor::{Actor, Scope};
use throughline_core::channel::Channel;
use throughline_core::id::CustomerId;
use throughline_core::months::Months;
use throughline_core::time::Instant;
use throughline_core::timeline::ItemKind;
use throughline_store::{Conn, history};

use crate::customers::members;
use crate::{App, AppError};

/// How many items of one kind there were by one channel in one month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The month, such as `2026-11`.
    pub month: String,
    /// The channel.
    pub channel: Channel,
    /// The kind.
    pub kind: ItemKind,
    /// How many.
    pub items: i64,
}

/// All counts of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// The time zone that the months are of.
    pub time_zone: String,
    /// How many items there are.
    pub total: i64,
    /// By month, newest first; by channel and kind within.
    pub counts: Vec<Count>,
}

/// Bits of an order key below its microseconds.
const TIE_BITS: u32 = 11;

/// Counts what the actor may see of a customer's timeline, in months of a time zone.
pub async fn counts(
    app: &App,
    actor: &Actor,
    customer: CustomerId,
    time_zone: &str,
) -> Result<Counts, AppError> {
    actor.require(Scope::CustomersRead)?;
    let months = Months::in_zone(time_zone);
    let mut months = months.map_err(|e| AppError::invalid("time_zone", e.to_string()))?;
    let actor = actor.clone();
    let read = move |conn: &mut Conn| {
        let mut found = BTreeMap::new();
        for record in members(conn, &actor, customer)? {
            for (channel, kind, key) in history::outline(conn, &actor, record)? {
                let month = months.of(Instant::from_micros(key >> TIE_BITS));
                add(&mut found, channel, kind, month);
            }
        }
        Ok::<_, AppError>(found)
    };
    let found = app.store().read(read).await?;
    let mut counts: Vec<Count> = found.into_iter().flat_map(of_kind).collect();
    counts.sort_by(|a, b| {
        let of = |c: &Count| (c.channel, c.kind);
        b.month.cmp(&a.month).then_with(|| of(a).cmp(&of(b)))
    });
    let total = counts.iter().map(|count| count.items).sum();
    Ok(Counts { time_zone: time_zone.to_owned(), total, counts })
}

/// Counts by month, of each channel and kind.
type ByKind = BTreeMap<(i16, i16), BTreeMap<String, i64>>;

fn add(found: &mut ByKind, channel: i16, kind: i16, month: &str) {
    let months = found.entry((channel, kind)).or_default();
    match months.get_mut(month) {
        Some(items) => *items += 1,
        None => drop(months.insert(month.to_owned(), 1)),
    }
}

fn of_kind(((channel, kind), months): ((i16, i16), BTreeMap<String, i64>)) -> Vec<Count> {
    let known = Channel::from_code(channel).zip(ItemKind::from_code(kind));
    let Some((channel, kind)) = known else { return Vec::new() };
    let count = |(month, items)| Count { month, channel, kind, items };
    months.into_iter().map(count).collect()
}
