//! The audit trail: who changed what, and when. It is read from domain events; nothing is written for it.

use throughline_core::actor::{Actor, Scope};
use throughline_core::event::{DomainEvent, Happening};
use throughline_core::id::EventId;
use throughline_core::page::{Page, PageRequest};
use throughline_core::time::Instant;
use throughline_store::{Conn, events as store};

pub use throughline_store::events::{AuditFilter, Audited};

use crate::{App, AppError, events, page};

/// Names the order in cursors.
const ORDER: &str = "audit";

/// One line of the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// The event that tells it.
    pub id: EventId,
    /// When.
    pub at: Instant,
    /// Who, as [`Actor::name`] says.
    pub actor: String,
    /// The kind of thing, such as `agent` or `customer`.
    pub what: String,
    /// Which one: its id on the wire, or its name.
    pub thing: String,
    /// What was done to it, such as `updated` or `merged`.
    pub change: String,
    /// The fields that changed, as far as they were noted.
    pub fields: Vec<String>,
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
    let (before, fetch) = (request.key_for(ORDER)?, request.fetch());
    let read = move |conn: &mut Conn| store::audited(conn, &filter, before, fetch);
    let found = app.store().read(read).await?;
    let Page { mut items, next } = Page::cut(found, request, ORDER, |event| event.id.get());
    items.retain(|event| events::may_see(actor, event));
    Ok(Page { items: items.into_iter().filter_map(entry).collect(), next })
}

fn entry(event: DomainEvent) -> Option<AuditEntry> {
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
    Some(AuditEntry { id, at, actor, what, thing, change, fields })
}
