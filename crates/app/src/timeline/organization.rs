//! The timeline of an organization: that of all its customers as one.

use throughline_core::actor::{Actor, Scope};
use throughline_core::id::{CustomerId, OrganizationId};
use throughline_core::timeline::TimelineItem;
use throughline_core::walk::{Place, TimelinePage, Walk, WalkRequest};
use throughline_store::{Conn, history, organizations};

use super::{Found, TimelineQuery, Wanted, check, stretch, within};
use crate::{App, AppError};

/// Records read together.
const TOGETHER: usize = 50;

/// The timeline of all customers of an organization, as far as the actor may see it.
pub async fn of_organization(
    app: &App,
    actor: &Actor,
    id: OrganizationId,
    query: &TimelineQuery,
    request: &WalkRequest,
) -> Result<TimelinePage<TimelineItem>, AppError> {
    actor.require(Scope::CustomersRead)?;
    check(request)?;
    let (walk, wanted, actor) = (request.walk()?, query.wanted()?, actor.clone());
    let read = move |conn: &mut Conn| {
        if organizations::get(conn, id)?.is_none() {
            return Err(AppError::not_found("organization"));
        }
        let organizations = organizations_of(conn, id)?;
        found(conn, &actor, &organizations, &wanted, &walk)
    };
    let found = app.store().read(read).await?;
    Ok(TimelinePage::of_walk(found.items, request, &walk, found.reached, Place::of))
}

/// The most organizations whose histories are shown as one.
const MAX_BELOW: usize = 1_000;

/// The organizations whose customers count as those of this one: itself and those below it.
fn organizations_of(conn: &mut Conn, id: OrganizationId) -> Result<Vec<OrganizationId>, AppError> {
    let (mut all, mut fresh) = (vec![id], vec![id]);
    while !fresh.is_empty() && all.len() < MAX_BELOW {
        fresh = organizations::below(conn, &fresh)?;
        // None is above itself; if one were, this would still end.
        fresh.retain(|id| !all.contains(id));
        all.extend(fresh.iter().copied());
    }
    all.truncate(MAX_BELOW);
    Ok(all)
}

fn found(
    conn: &mut Conn,
    actor: &Actor,
    organizations: &[OrganizationId],
    wanted: &Wanted,
    walk: &Walk,
) -> Result<Found, AppError> {
    // The first item of each record behind the place, nearest record first: an index tells them all
    // without reading an item.
    let mut heads = history::heads(conn, organizations, walk)?;
    heads.sort_by(|a, b| walk.order(*a, *b));
    let records = |heads: &[Place]| -> Vec<CustomerId> {
        heads.iter().map(|head| CustomerId::from(head.record)).collect()
    };
    if wanted.text.is_some() || wanted.pinned {
        return stretch(conn, actor, &records(&heads), wanted, walk);
    }
    let limit = usize::try_from(walk.limit).unwrap_or_default();
    let mut items: Vec<TimelineItem> = Vec::new();
    for (i, part) in heads.chunks(TOGETHER).enumerate() {
        let more = stretch(conn, actor, &records(part), wanted, walk)?.items;
        items.extend(more);
        items = within::in_order(items, walk);
        // Whatever the records that are left have lies behind the head of the nearest of them.
        let next = heads.get((i + 1) * TOGETHER);
        let last = items.get(limit.saturating_sub(1)).map(Place::of);
        if let (Some(next), Some(last)) = (next, last)
            && walk.order(last, *next).is_lt()
        {
            break;
        }
    }
    Ok(Found { items, reached: None })
}
