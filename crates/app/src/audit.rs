//! The audit trail: who changed what, who came in, who took what out, and when. Of changes the domain events
//! tell, and nothing is written for it; the rest is kept by [`crate::access`].

use throughline_core::actor::{Actor, Scope};
use throughline_core::event::{DomainEvent, Happening};
use throughline_core::id::EventId;
use throughline_core::page::{Page, PageRequest};
use throughline_core::time::Instant;
use throughline_store::accesses::{self, Accessed};
use throughline_store::{Conn, StoreError, events as store};

pub use throughline_store::events::{AuditFilter, Audited};

use crate::{App, AppError, events, page};

/// Names the order in cursors.
const ORDER: &str = "audit";

/// One line of the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// The event that tells it, if one does.
    pub id: EventId,
    /// When; of what was counted together, when for the first time.
    pub at: Instant,
    /// Who, as [`Actor::name`] says; [`crate::access::NOBODY`] where nobody was signed in.
    pub actor: String,
    /// The kind of thing, such as `agent` or `customer`.
    pub what: String,
    /// Which one: its id on the wire, or its name.
    pub thing: String,
    /// What was done to it, such as `updated` or `merged`.
    pub change: String,
    /// The fields that changed, as far as they were noted.
    pub fields: Vec<String>,
    /// From which address, where that is noted and was known.
    pub address: Option<String>,
    /// How often, when repeats were counted together.
    pub times: i64,
}

/// The trail, newest first.
pub async fn list(
    app: &App,
    actor: &Actor,
    filter: AuditFilter,
    request: &PageRequest,
) -> Result<Page<AuditEntry>, AppError> {
    actor.require(Scope::Admin)?;
    page::check(request)?;
    let (before, fetch, actor) = (request.key_for(ORDER)?, request.fetch(), actor.clone());
    let read = move |conn: &mut Conn| both(conn, &actor, &filter, before, fetch);
    let found = app.store().read(read).await?;
    let Page { items, next } = Page::cut(found, request, ORDER, |(id, _)| id.get());
    Ok(Page { items: items.into_iter().filter_map(|(_, entry)| entry).collect(), next })
}

/// The newest lines of both kinds, with nothing in the place of those that the actor may not see. What both
/// tell, such as another password, has one id and is told once.
fn both(
    conn: &mut Conn,
    actor: &Actor,
    filter: &AuditFilter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<(EventId, Option<AuditEntry>)>, StoreError> {
    let changes = store::audited(conn, filter, before, limit)?;
    let accesses = accesses::list(conn, filter, before, limit)?;
    let told = |event: DomainEvent| {
        let seen = events::may_see(actor, &event);
        (event.id, if seen { of_event(event) } else { None })
    };
    let mut all: Vec<_> =
        accesses.into_iter().map(|line| (line.id, Some(of_access(line)))).collect();
    all.extend(changes.into_iter().map(told));
    // Stable, so that of two with one id the line that knows the address stays.
    all.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    all.dedup_by_key(|(id, _)| *id);
    all.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(all)
}

fn of_access(line: Accessed) -> AuditEntry {
    let Accessed { id, what, change, actor, thing, address, at, times } = line;
    let address = Some(address).filter(|address| !address.is_empty());
    AuditEntry { id, at, actor, what, thing, change, fields: Vec::new(), address, times }
}

fn of_event(event: DomainEvent) -> Option<AuditEntry> {
    let DomainEvent { id, actor, customer, occurred_at: at, what: happening, .. } = event;
    let whose = || customer.map(|id| id.to_string()).unwrap_or_default();
    let (what, thing, change, fields) = match happening {
        Happening::AdminChanged { what, id, change, fields } => (what, id, change, fields),
        Happening::CustomerMerged { survivor, merged, .. } => (
            "customer".to_owned(),
            survivor.to_string(),
            "merged".to_owned(),
            vec![merged.to_string()],
        ),
        Happening::CustomerUnmerged { survivor, merged, .. } => {
            let fields = vec![merged.to_string()];
            ("customer".to_owned(), survivor.to_string(), "unmerged".to_owned(), fields)
        }
        Happening::CustomerErased { .. } => {
            ("customer".to_owned(), whose(), "erased".to_owned(), Vec::new())
        }
        Happening::ItemRedacted { item } => {
            ("item".to_owned(), item.to_string(), "redacted".to_owned(), Vec::new())
        }
        _ => return None,
    };
    Some(AuditEntry { id, at, actor, what, thing, change, fields, address: None, times: 1 })
}
