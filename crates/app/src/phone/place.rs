//! Where legs belong: to a call that is known, or to a new one. A call that got another leg is made anew
//! of all its legs, in its place.

use std::collections::{BTreeMap, HashMap};

use throughline_core::call::{Call, Leg};
use throughline_core::id::InboxId;
use throughline_core::identity::Key;
use throughline_core::import::{Import, ImportCounts, RejectedRow};
use throughline_core::time::Instant;
use throughline_core::timeline::Detail;
use throughline_store::phone_calls::{self, KnownCall, KnownLeg};
use throughline_store::{Conn, identities, inboxes, phone_settings, timeline};

use super::keep::{Keeper, hint_of};
use crate::{App, AppError};

/// The most legs of one call. More are no call but a column that is not what it was taken for.
const MAX_LEGS: usize = 500;

/// By what a call is known: a hash, since what a phone system calls it may hold a number.
pub(super) fn call_key(call: &str) -> String {
    short(call.as_bytes())
}

/// By what a leg is known.
pub(super) fn leg_key(leg: &Leg) -> String {
    short(format!("{}\0{}", leg.call, leg.key).as_bytes())
}

/// By what it is known whether a leg says the same, however its row was read.
pub(super) fn hash_of(leg: &Leg) -> Result<String, AppError> {
    let json = serde_json::to_vec(leg).map_err(AppError::internal)?;
    Ok(short(&json))
}

/// Half of a BLAKE3 hash: nobody makes two rows of a log meet in 128 bits by chance.
fn short(bytes: &[u8]) -> String {
    let hex = blake3::hash(bytes).to_hex();
    hex.get(..32).unwrap_or_default().to_owned()
}

/// The place of a row among the rows of the file, and its line there.
pub(crate) type Place = (u64, u64);

/// The legs of one call among those that came, with what is known of them.
#[derive(Default)]
struct Group {
    legs: Vec<(Place, Leg)>,
    new: Vec<KnownLegless>,
    changed: Vec<KnownLegless>,
}

/// Key and hash of a leg whose call is not known yet.
type KnownLegless = (String, String);

/// Places legs, each with the place of its row. Answers with the rows that are refused.
pub(crate) fn legs(
    app: &App,
    conn: &mut Conn,
    import: &Import,
    legs: Vec<(Place, Leg)>,
    counts: &mut ImportCounts,
    now: Instant,
) -> Result<Vec<RejectedRow>, AppError> {
    let id = import.inbox.ok_or_else(|| AppError::internal("an import without its inbox"))?;
    phone_calls::hold(conn, id)?;
    let groups = grouped(conn, id, legs, counts)?;
    let keys: Vec<String> = groups.keys().cloned().collect();
    let known = phone_calls::by_keys(conn, id, &keys)?;
    hold_numbers(conn, &groups)?;
    let inbox = inboxes::get(conn, id)?;
    let inbox = inbox.ok_or_else(|| AppError::internal("an import without its inbox"))?;
    let (settings, _) = phone_settings::get(conn, inbox.id)?;
    let mut keeper = Keeper::new(app, import, inbox, settings, now);
    let mut rejected = Vec::new();
    // In the order of the file, so that what happened is told in that order.
    let mut groups: Vec<(String, Group)> = groups.into_iter().collect();
    groups.sort_by_key(|(_, group)| group.legs.iter().map(|(place, _)| *place).min());
    for (key, group) in groups {
        let placed = match known.get(&key) {
            None => new_call(conn, &mut keeper, key, group, counts)?,
            Some(call) => extend(conn, &mut keeper, call.clone(), group, counts)?,
        };
        rejected.extend(placed);
    }
    keeper.finish(conn, counts)?;
    Ok(rejected)
}

/// The legs by their calls, without those that say what is known.
fn grouped(
    conn: &mut Conn,
    inbox: InboxId,
    legs: Vec<(Place, Leg)>,
    counts: &mut ImportCounts,
) -> Result<BTreeMap<String, Group>, AppError> {
    let mut each: BTreeMap<String, (Place, Leg)> = BTreeMap::new();
    for (place, leg) in legs {
        let key = leg_key(&leg);
        let better = each.get(&key).is_none_or(|(_, kept)| leg.outdoes(kept));
        counts.legs_known += u64::from(each.contains_key(&key));
        if better {
            each.insert(key, (place, leg));
        }
    }
    let keys: Vec<String> = each.keys().cloned().collect();
    let known: HashMap<String, KnownLeg> = phone_calls::legs(conn, inbox, &keys)?;
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for (key, (place, leg)) in each {
        let hash = hash_of(&leg)?;
        let before = known.get(&key);
        if before.is_some_and(|before| before.hash == hash) {
            counts.legs_known += 1;
            continue;
        }
        let group = groups.entry(call_key(&leg.call)).or_default();
        let list = if before.is_some() { &mut group.changed } else { &mut group.new };
        list.push((key, hash));
        group.legs.push((place, leg));
    }
    Ok(groups)
}

/// Holds the numbers of all calls, so that nobody else makes customers of them meanwhile. Of a call that
/// is known the number is not needed, but which are known is not worth the question.
fn hold_numbers(conn: &mut Conn, groups: &BTreeMap<String, Group>) -> Result<(), AppError> {
    let call = |group: &Group| {
        let legs: Vec<Leg> = group.legs.iter().map(|(_, leg)| leg.clone()).collect();
        Call::of_legs(&legs).as_ref().and_then(hint_of).map(|hint| hint.key)
    };
    let keys: Vec<Key> = groups.values().filter_map(call).collect();
    Ok(identities::hold(conn, &keys)?)
}

/// Leaves so many legs as a call may have; answers with the rows of the others.
fn bounded(group: &mut Group, room: usize) -> Vec<RejectedRow> {
    let over = group.legs.split_off(room.min(group.legs.len()));
    let rejected = over.into_iter().map(|((place, line), leg)| {
        let key = leg_key(&leg);
        group.new.retain(|(known, _)| *known != key);
        group.changed.retain(|(known, _)| *known != key);
        let reason = format!(
            "the call {} has more than {MAX_LEGS} legs: look whether the right column names the call",
            leg.call
        );
        RejectedRow { place, line, reason, raw: raw_of(&leg) }
    });
    rejected.collect()
}

fn raw_of(leg: &Leg) -> String {
    let cells: Vec<String> =
        leg.data.iter().map(|(name, value)| format!("{name}={value}")).collect();
    cells.join(" ")
}

fn new_call(
    conn: &mut Conn,
    keeper: &mut Keeper<'_>,
    key: String,
    mut group: Group,
    counts: &mut ImportCounts,
) -> Result<Vec<RejectedRow>, AppError> {
    let rejected = bounded(&mut group, MAX_LEGS);
    let legs: Vec<Leg> = group.legs.iter().map(|(_, leg)| leg.clone()).collect();
    let Some(call) = Call::of_legs(&legs) else { return Ok(rejected) };
    let (item, content) = match keeper.insert(conn, &call)? {
        Some(item) => (Some(item), None),
        None => {
            counts.without_number += 1;
            (None, Some(call))
        }
    };
    let known = KnownCall { id: keeper.make_id(), key, item, content };
    phone_calls::insert(conn, keeper.inbox(), Some(keeper.import()), &known)?;
    counts.calls_new += 1;
    note_legs(conn, keeper, &known, group, counts)?;
    Ok(rejected)
}

/// Adds legs to a call that is known. What was taken out or erased stays so: its legs are noted, and say
/// nothing.
fn extend(
    conn: &mut Conn,
    keeper: &mut Keeper<'_>,
    mut known: KnownCall,
    mut group: Group,
    counts: &mut ImportCounts,
) -> Result<Vec<RejectedRow>, AppError> {
    let item = known.item.map(|id| timeline::hold(conn, id)).transpose()?.flatten();
    let detail = item.as_ref().map(|item| &item.detail);
    let before = match (detail, &known.content) {
        (Some(Detail::Call(detail)), _) => Some(detail.call.clone()),
        (None, Some(call)) => Some(call.clone()),
        _ => None,
    };
    let Some(before) = before else {
        note_legs(conn, keeper, &known, group, counts)?;
        return Ok(Vec::new());
    };
    counts.legs_known += leave_outdone(&before, &mut group);
    let replaced = group.changed.len();
    let room = MAX_LEGS.saturating_sub(before.legs.len()) + replaced;
    let rejected = bounded(&mut group, room);
    let after = merged(&before, &group);
    note_legs(conn, keeper, &known, group, counts)?;
    let Some(after) = after.filter(|after| *after != before) else { return Ok(rejected) };
    counts.calls_extended += 1;
    match item {
        Some(item) => keeper.rewrite(conn, item, after)?,
        None => {
            // With another leg it may be known whose it is.
            known.item = keeper.insert(conn, &after)?;
            known.content = known.item.is_none().then_some(after);
            phone_calls::update(conn, &known)?;
        }
    }
    Ok(rejected)
}

/// Leaves out the legs of which another reading is known that counts more: of two readings of one row the
/// new one counts, of two rows about one leg the one that outdoes the other. Answers how many.
fn leave_outdone(before: &Call, group: &mut Group) -> u64 {
    let counts = |new: &Leg| {
        let old = before.legs.iter().find(|old| old.key == new.key);
        old.is_none_or(|old| old.hash == new.hash || new.outdoes(old))
    };
    let (legs, outdone): (Vec<_>, Vec<_>) =
        std::mem::take(&mut group.legs).into_iter().partition(|(_, leg)| counts(leg));
    let outdone: Vec<String> = outdone.iter().map(|(_, leg)| leg_key(leg)).collect();
    group.legs = legs;
    group.changed.retain(|(key, _)| !outdone.contains(key));
    outdone.len() as u64
}

/// The call of all legs, those that came in place of what was known of them.
fn merged(before: &Call, group: &Group) -> Option<Call> {
    let new = || group.legs.iter().map(|(_, leg)| leg);
    let kept = before.legs.iter().filter(|old| !new().any(|leg| leg.key == old.key));
    let all: Vec<Leg> = kept.chain(new()).cloned().collect();
    Call::of_legs(&all)
}

fn note_legs(
    conn: &mut Conn,
    keeper: &Keeper<'_>,
    known: &KnownCall,
    group: Group,
    counts: &mut ImportCounts,
) -> Result<(), AppError> {
    counts.legs_new += group.new.len() as u64;
    counts.legs_changed += group.changed.len() as u64;
    let leg = |(key, hash)| KnownLeg { key, call: known.id, hash };
    let new: Vec<KnownLeg> = group.new.into_iter().map(leg).collect();
    phone_calls::insert_legs(conn, keeper.inbox(), &new)?;
    for (key, hash) in group.changed {
        phone_calls::set_hash(conn, keeper.inbox(), &key, &hash)?;
    }
    Ok(())
}
