//! All that is held on one customer, read part by part, so that a long history needs no more memory than
//! a short one. How it is written down is not decided here.

use std::collections::HashMap;

use throughline_core::access::Access;
use throughline_core::actor::{Actor, Scope, Sees};
use throughline_core::customer::CustomerView;
use throughline_core::facts::Fact;
use throughline_core::id::{AttachmentId, CustomerId, ItemId};
use throughline_core::merging::Merge;
use throughline_core::page::{Cursor, MAX_LIMIT, Page, PageRequest};
use throughline_core::profile::Consent;
use throughline_core::promises::MadePromise;
use throughline_core::query::{TicketQuery, TicketSort, TimelineFilter};
use throughline_core::ticket::TicketView;
use throughline_core::time::Instant;
use throughline_core::timeline::TimelineItem;
use throughline_core::walk::{Order, WalkRequest};
use throughline_store::{Conn, attachments, facts};

use super::of_customer;
use crate::access::{self, Origin};
use crate::profiles::{self, Profile};
use crate::{App, AppError, customers, promises, tickets};

/// What an export begins with.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// The customer, with the identities and tags of all records.
    pub customer: CustomerView,
    /// What is said of the customer's fields, and by whom.
    pub profile: Profile,
    /// Whether the actor sees everything, so that nothing is left out.
    pub complete: bool,
    /// When it was begun.
    pub at: Instant,
}

/// An item with what was found in it, and the names of the bytes of its files.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportedItem {
    /// The item.
    pub item: TimelineItem,
    /// The facts that it told.
    pub facts: Vec<Fact>,
    /// Its files, each with the BLAKE3 hash of its bytes.
    pub files: Vec<(AttachmentId, String)>,
}

/// A part of an export.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Tickets, oldest first.
    Tickets(Vec<TicketView>),
    /// Items, oldest first.
    Items(Vec<ExportedItem>),
    /// Promises to the customer, newest first.
    Promises(Vec<MadePromise>),
    /// What the customer said about purposes, noted last first.
    Consents(Vec<Consent>),
    /// The merges of its records, newest first.
    Merges(Vec<Merge>),
}

/// Where an export stands: in the part that it reads, and how far in it.
#[derive(Clone, Copy)]
enum Stage {
    Tickets,
    Items,
    Promises,
    Consents,
    Merges,
}

impl Stage {
    fn next(self) -> Option<Self> {
        match self {
            Self::Tickets => Some(Self::Items),
            Self::Items => Some(Self::Promises),
            Self::Promises => Some(Self::Consents),
            Self::Consents => Some(Self::Merges),
            Self::Merges => None,
        }
    }
}

/// An export that is being read.
pub struct Export {
    app: App,
    actor: Actor,
    root: CustomerId,
    place: Option<(Stage, Option<Cursor>)>,
}

/// Begins the export of a customer, as far as the actor sees him. For who may read the ledger (leads and
/// admins): it takes a whole person at once. The audit trail tells who did so.
pub async fn export(
    app: &App,
    actor: &Actor,
    customer: CustomerId,
    from: Origin,
) -> Result<(Exported, Export), AppError> {
    actor.require(Scope::CustomersRead)?;
    actor.require(Scope::Ledger)?;
    let view = customers::get(app, actor, customer).await?;
    let root = view.customer.id;
    let complete = actor.sees == Sees::Everything;
    let profile = profiles::get(app, actor, root).await?;
    access::note_export(app, Access::Exported, actor, root, from).await?;
    let begun = Exported { customer: view, profile, complete, at: app.now() };
    let place = Some((Stage::Tickets, None));
    Ok((begun, Export { app: app.clone(), actor: actor.clone(), root, place }))
}

impl Export {
    /// The next part; `None` when that was all.
    pub async fn next(&mut self) -> Result<Option<Part>, AppError> {
        let Some((stage, after)) = self.place.take() else { return Ok(None) };
        let (part, next) = self.read(stage, after).await?;
        self.place = match next {
            Some(next) => Some((stage, Some(next))),
            None => stage.next().map(|stage| (stage, None)),
        };
        Ok(Some(part))
    }

    async fn read(
        &self,
        stage: Stage,
        after: Option<Cursor>,
    ) -> Result<(Part, Option<Cursor>), AppError> {
        let Self { app, actor, root, place: _ } = self;
        let request = PageRequest { limit: MAX_LIMIT, after: after.clone() };
        Ok(match stage {
            Stage::Tickets => {
                let sort = TicketSort::CreatedAsc;
                let query =
                    TicketQuery { customer: Some(vec![*root]), sort, ..TicketQuery::default() };
                cut(tickets::list(app, actor, &query, &request).await?, Part::Tickets)
            }
            Stage::Items => self.items(after).await?,
            Stage::Promises => {
                let page = promises::of_customer(app, actor, *root, None, &request).await?;
                cut(page, Part::Promises)
            }
            Stage::Consents => {
                let page = profiles::list_consents(app, actor, *root, &request).await?;
                cut(page, Part::Consents)
            }
            Stage::Merges => {
                let page = customers::list_merges(app, actor, *root, &request).await?;
                cut(page, Part::Merges)
            }
        })
    }

    async fn items(&self, cursor: Option<Cursor>) -> Result<(Part, Option<Cursor>), AppError> {
        let request = WalkRequest { limit: MAX_LIMIT, order: Order::Oldest, cursor, at: None };
        let filter = TimelineFilter::default();
        let page = of_customer(&self.app, &self.actor, self.root, &filter, &request).await?;
        let (items, actor) = (page.items, self.actor.clone());
        let read = move |conn: &mut Conn| {
            let ids: Vec<ItemId> = items.iter().map(|item| item.id).collect();
            let mut told = facts::of_items(conn, &actor, &ids)?;
            items.into_iter().map(|item| with_files(conn, item, &mut told)).collect()
        };
        let items: Result<Vec<ExportedItem>, AppError> = self.app.store().read(read).await;
        Ok((Part::Items(items?), page.next))
    }
}

fn cut<T>(page: Page<T>, part: fn(Vec<T>) -> Part) -> (Part, Option<Cursor>) {
    (part(page.items), page.next)
}

fn with_files(
    conn: &mut Conn,
    item: TimelineItem,
    told: &mut HashMap<ItemId, Vec<Fact>>,
) -> Result<ExportedItem, AppError> {
    let has = item.message().is_some_and(|message| !message.attachments.is_empty());
    let files = if has { attachments::of_item(conn, item.id)? } else { Vec::new() };
    let files = files.into_iter().map(|file| (file.info.id, file.blob)).collect();
    let facts = told.remove(&item.id).unwrap_or_default();
    Ok(ExportedItem { item, facts, files })
}
