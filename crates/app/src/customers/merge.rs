//! Making two customers one, and taking them apart again.
//!
//! Nothing is moved: an edge is written or taken away, and the records of one group point at the one
//! that survives. So both cost the same however much there is on their timelines.

use throughline_core::actor::{Actor, Scope};
use throughline_core::channel::Channel;
use throughline_core::customer::Customer;
use throughline_core::event::Happening;
use throughline_core::id::{CustomerId, MergeId};
use throughline_core::identity::differ;
use throughline_core::merging::{MAX_RECORDS, Merge, SuggestionState, Why};
use throughline_core::page::{Page, PageRequest};
use throughline_core::time::Instant;
use throughline_core::timeline::{
    Detail, ItemKind, MergeDetail, OrderKey, TimelineItem, Visibility,
};
use throughline_store::customers::Group;
use throughline_store::{Conn, customers, events, merges, suggestions, timeline};

use super::owner::externals_of;
use super::suggest;
use crate::tickets::author_of;
use crate::{App, AppError, page};

/// The order of the edges of a customer: newest first.
const TAG: &str = "mrg";
/// The longest note, in characters.
const MAX_NOTE: usize = 500;

/// Makes two customers one: that of `survivor` is the one whose id and fields count.
pub async fn merge(
    app: &App,
    actor: &Actor,
    survivor: CustomerId,
    merged: CustomerId,
    note: Option<String>,
) -> Result<Merge, AppError> {
    actor.require(Scope::CustomersWrite)?;
    if note.as_ref().is_some_and(|note| note.chars().count() > MAX_NOTE) {
        return Err(AppError::invalid("note", format!("at most {MAX_NOTE} characters")));
    }
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let write = move |conn: &mut Conn| {
        merges::hold(conn)?;
        let pair = Pair::visible(conn, &actor, survivor, merged)?;
        join(&app2, conn, &actor, pair, Why::Chosen { note }, now)
    };
    app.store().write(write).await
}

/// Two customers that are to be one.
pub(super) struct Pair {
    /// That whose id stays.
    pub survivor: Group,
    /// That which becomes part of it.
    pub merged: Group,
}

impl Pair {
    /// The customers of two records, if the actor may know of both.
    pub fn visible(
        conn: &mut Conn,
        actor: &Actor,
        survivor: CustomerId,
        merged: CustomerId,
    ) -> Result<Self, AppError> {
        let mut group = |id: CustomerId| {
            let there = customers::get(conn, actor, id)?.is_some();
            let group = if there { customers::group(conn, id)? } else { None };
            group.ok_or_else(|| AppError::not_found("customer"))
        };
        Ok(Self { survivor: group(survivor)?, merged: group(merged)? })
    }

    /// Why the two cannot be one, as a code and a text.
    pub fn obstacle(&self, conn: &mut Conn) -> Result<Option<AppError>, AppError> {
        if self.survivor.root == self.merged.root {
            let why = "both are records of one customer already";
            return Ok(Some(AppError::conflict("already_merged", why)));
        }
        if self.survivor.members.len() + self.merged.members.len() > MAX_RECORDS {
            let why = format!("a customer has at most {MAX_RECORDS} records");
            return Ok(Some(AppError::conflict("too_many_records", why)));
        }
        let externals = externals_of(conn, &self.survivor.members)?;
        if differ(&externals, &externals_of(conn, &self.merged.members)?) {
            let why = "one system gave each of them another id, so they are two people to it";
            return Ok(Some(AppError::conflict("external_ids_differ", why)));
        }
        Ok(None)
    }
}

/// Writes the edge between two customers, with all that tells of it. Hold the merges first.
pub(super) fn join(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    pair: Pair,
    why: Why,
    now: Instant,
) -> Result<Merge, AppError> {
    if let Some(error) = pair.obstacle(conn)? {
        return Err(error);
    }
    let Pair { survivor, merged } = pair;
    let merge = Merge {
        id: app.ids().make(now),
        survivor: survivor.root,
        merged: merged.root,
        why,
        merged_by: actor.name(),
        merged_at: now,
        undone_by: None,
        undone_at: None,
    };
    merges::insert(conn, &merge)?;
    merges::point(
        conn,
        &[survivor.members.clone(), merged.members.clone()].concat(),
        survivor.root,
    )?;
    for suggestion in suggestions::between(conn, &survivor.members, &merged.members)? {
        suggest::decide(conn, suggestion, SuggestionState::Merged, actor, now)?;
    }
    renew(conn, &merge)?;
    let newest = record(conn, merge.merged)?.last_activity_at;
    customers::touch(conn, merge.survivor, newest)?;
    tell(app, conn, actor, &merge, now)?;
    Ok(merge)
}

/// Makes two customers one because a sender proved that both are his. Answers whether it did: it does
/// not where somebody said that they are two, nor where they cannot be one.
pub(super) fn by_itself(
    app: &App,
    conn: &mut Conn,
    record: CustomerId,
    other: CustomerId,
    why: Why,
    now: Instant,
) -> Result<bool, AppError> {
    merges::hold(conn)?;
    let system = Actor::system();
    // The one that has been here longer survives.
    let pair = Pair::visible(conn, &system, record.min(other), record.max(other))?;
    if pair.survivor.root == pair.merged.root {
        return Ok(true);
    }
    let known = suggestions::between(conn, &pair.survivor.members, &pair.merged.members)?;
    let refused = known.iter().any(|s| s.state == SuggestionState::Dismissed);
    if refused || pair.obstacle(conn)?.is_some() {
        return Ok(false);
    }
    join(app, conn, &system, pair, why, now)?;
    Ok(true)
}

/// Takes apart what a merge made one. Each side has exactly its own again, also of what came since.
/// That they are two is remembered: they are not made one again but by somebody's choice.
pub async fn unmerge(app: &App, actor: &Actor, id: MergeId) -> Result<Merge, AppError> {
    actor.require(Scope::CustomersWrite)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    app.store().write(move |conn| part(&app2, conn, &actor, id, now)).await
}

fn part(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    id: MergeId,
    now: Instant,
) -> Result<Merge, AppError> {
    merges::hold(conn)?;
    let merge = merges::get(conn, id)?.ok_or_else(|| AppError::not_found("merge"))?;
    let seen = customers::get(conn, actor, merge.survivor)?;
    let root = seen.ok_or_else(|| AppError::not_found("merge"))?.id;
    let by = actor.name();
    if !merges::undo(conn, id, &by, now)? {
        return Err(AppError::conflict("already_undone", "this merge was undone before"));
    }
    let leaving = merges::below(conn, merge.merged)?;
    merges::point(conn, &leaving, merge.merged)?;
    renew(conn, &Merge { survivor: root, ..merge.clone() })?;
    for id in [root, merge.merged] {
        measure_activity(conn, id)?;
    }
    suggest::remember_two(app, conn, (root, merge.merged), actor, now)?;
    let merge = Merge { undone_by: Some(by), undone_at: Some(now), ..merge };
    tell(app, conn, actor, &merge, now)?;
    Ok(merge)
}

fn record(conn: &mut Conn, id: CustomerId) -> Result<Customer, AppError> {
    let record = customers::record(conn, id)?;
    record.ok_or_else(|| AppError::internal("a record that vanished"))
}

/// What is shown under the ids of both is another from now on, hence has a version that neither had.
fn renew(conn: &mut Conn, merge: &Merge) -> Result<(), AppError> {
    let versions = [record(conn, merge.survivor)?.version, record(conn, merge.merged)?.version];
    let next = versions.into_iter().max().unwrap_or_default() + 1;
    customers::set_version(conn, merge.survivor, next)?;
    Ok(customers::set_version(conn, merge.merged, next)?)
}

/// Writes when the newest item of a customer occurred, after some of its records left.
fn measure_activity(conn: &mut Conn, id: CustomerId) -> Result<(), AppError> {
    let group = customers::group(conn, id)?;
    let members = group.map(|group| group.members).unwrap_or_default();
    let newest = timeline::newest_at(conn, &members)?;
    let newest = newest.unwrap_or(record(conn, id)?.created_at);
    Ok(customers::set_activity(conn, id, newest)?)
}

/// The event, and an item on each of the two timelines.
fn tell(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    merge: &Merge,
    now: Instant,
) -> Result<(), AppError> {
    let Merge { id, survivor, merged, .. } = *merge;
    let undone = merge.undone_at.is_some();
    for (customer, other) in [(survivor, merged), (merged, survivor)] {
        let detail = Detail::Merge(MergeDetail { merge: id, other, undone });
        timeline::insert(conn, &mut item(app, actor, customer, detail, now))?;
    }
    let happening = |merge| match undone {
        false => Happening::CustomerMerged { merge, survivor, merged },
        true => Happening::CustomerUnmerged { merge, survivor, merged },
    };
    let event = app.event(actor, now, happening(id));
    Ok(events::append(conn, &[event.of_customer(survivor)])?)
}

fn item(
    app: &App,
    actor: &Actor,
    customer: CustomerId,
    detail: Detail,
    now: Instant,
) -> TimelineItem {
    let id = app.ids().make(now);
    TimelineItem {
        id,
        customer,
        key: OrderKey::new(now, id, 0),
        kind: ItemKind::Merge,
        channel: Channel::Api,
        visibility: Visibility::Internal,
        ticket: None,
        inbox: None,
        identity: None,
        author: author_of(actor),
        occurred_at: now,
        created_at: now,
        body: String::new(),
        detail,
    }
}

/// A page of the merges of a customer, newest first, also of those that are undone.
pub async fn list_merges(
    app: &App,
    actor: &Actor,
    customer: CustomerId,
    request: &PageRequest,
) -> Result<Page<Merge>, AppError> {
    actor.require(Scope::CustomersRead)?;
    page::check(request)?;
    let (before, fetch) = (request.key_for(TAG)?, request.fetch());
    let actor = actor.clone();
    let read = move |conn: &mut Conn| {
        let members = super::members(conn, &actor, customer)?;
        Ok::<_, AppError>(merges::of_records(conn, &members, before, fetch)?)
    };
    let rows = app.store().read(read).await?;
    Ok(Page::cut(rows, request, TAG, |merge| merge.id.get()))
}
