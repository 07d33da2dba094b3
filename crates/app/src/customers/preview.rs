//! What two customers would be as one.

use std::collections::BTreeMap;

use throughline_core::actor::{Actor, Scope};
use throughline_core::channel::Channel;
use throughline_core::customer::CustomerView;
use throughline_core::id::CustomerId;
use throughline_core::tag::Tag;
use throughline_store::{Conn, StoreError, customers, merge_counts};

use super::merge::Pair;
use super::view;
use crate::{App, AppError};

/// What two customers would be as one.
#[derive(Debug)]
pub struct MergePreview {
    /// The customer as it would be shown.
    pub result: CustomerView,
    /// The records that would become part of it.
    pub merged: Vec<CustomerId>,
    /// Which fields come from which record: those that the surviving one lacks.
    pub filled: Vec<(&'static str, CustomerId)>,
    /// Fields in which both have something, of which the surviving one's counts.
    pub hidden: Vec<&'static str>,
    /// How many items of each channel they have together.
    pub items: BTreeMap<Channel, i64>,
    /// How many tickets they have together.
    pub tickets: i64,
    /// Why they cannot be one: a code and a text.
    pub obstacle: Option<AppError>,
}

/// Shows what a merge would make, without making it.
pub async fn preview(
    app: &App,
    actor: &Actor,
    survivor: CustomerId,
    merged: CustomerId,
) -> Result<MergePreview, AppError> {
    actor.require(Scope::CustomersRead)?;
    let actor = actor.clone();
    let read = move |conn: &mut Conn| {
        let pair = Pair::visible(conn, &actor, survivor, merged)?;
        let obstacle = pair.obstacle(conn)?;
        let one = shown(conn, &actor, pair.survivor.root)?;
        let other = shown(conn, &actor, pair.merged.root)?;
        let mut all = [pair.survivor.members, pair.merged.members.clone()].concat();
        all.sort();
        all.dedup();
        let (items, tickets) = counted(conn, &actor, &all)?;
        let (filled, hidden) = fields(&one, &other);
        let result = joined(one, other);
        Ok(MergePreview {
            result,
            merged: pair.merged.members,
            filled,
            hidden,
            items,
            tickets,
            obstacle,
        })
    };
    app.store().read(read).await
}

fn shown(conn: &mut Conn, actor: &Actor, id: CustomerId) -> Result<CustomerView, AppError> {
    let customer = customers::get(conn, actor, id)?;
    view(conn, customer.ok_or_else(|| AppError::not_found("customer"))?)
}

/// Fields that come from the merged customer, and those of his that are not shown any more.
fn fields(
    one: &CustomerView,
    other: &CustomerView,
) -> (Vec<(&'static str, CustomerId)>, Vec<&'static str>) {
    let (a, b) = (&one.customer, &other.customer);
    let has = [
        ("name", a.name.is_some(), b.name.is_some(), a.name == b.name),
        (
            "organization",
            a.organization.is_some(),
            b.organization.is_some(),
            a.organization == b.organization,
        ),
        ("language", a.language.is_some(), b.language.is_some(), a.language == b.language),
        ("time_zone", a.time_zone.is_some(), b.time_zone.is_some(), a.time_zone == b.time_zone),
    ];
    let filled = has.iter().filter(|(_, one, other, _)| !one && *other);
    let hidden = has.iter().filter(|(_, one, other, same)| *one && *other && !same);
    (filled.map(|(field, ..)| (*field, b.id)).collect(), hidden.map(|(field, ..)| *field).collect())
}

fn joined(one: CustomerView, other: CustomerView) -> CustomerView {
    if one.customer.id == other.customer.id {
        return one;
    }
    let mut identities = [one.identities, other.identities].concat();
    identities.sort_by_key(|identity| identity.id);
    let mut tags: Vec<Tag> = [one.tags, other.tags].concat();
    tags.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    tags.dedup_by_key(|tag| tag.id);
    let mut merged = [one.merged, vec![other.customer.id], other.merged].concat();
    merged.sort();
    let customer = one.customer.filled_from(std::slice::from_ref(&other.customer));
    CustomerView { customer, merged, identities, tags }
}

/// Items by channel and tickets, of those that the actor may see. Counted, so this takes as long as
/// there are items.
fn counted(
    conn: &mut Conn,
    actor: &Actor,
    records: &[CustomerId],
) -> Result<(BTreeMap<Channel, i64>, i64), StoreError> {
    let items = merge_counts::items(conn, actor, records)?;
    Ok((items, merge_counts::tickets(conn, actor, records)?))
}
