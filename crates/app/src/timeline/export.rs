//! All that is held on one customer, read part by part, so that a long history needs no more memory than
//! a short one. How it is written down is not decided here.

use throughline_core::actor::{Actor, Scope, Sees};
use throughline_core::customer::CustomerView;
use throughline_core::id::{AttachmentId, CustomerId};
use throughline_core::page::{Cursor, MAX_LIMIT, PageRequest};
use throughline_core::query::{TicketQuery, TicketSort, TimelineFilter};
use throughline_core::ticket::TicketView;
use throughline_core::time::Instant;
use throughline_core::timeline::TimelineItem;
use throughline_core::walk::{Order, WalkRequest};
use throughline_store::{Conn, attachments};

use super::of_customer;
use crate::{App, AppError, customers, tickets};

/// What an export begins with.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// The customer, with the identities and tags of all records.
    pub customer: CustomerView,
    /// Whether the actor sees everything, so that nothing is left out.
    pub complete: bool,
    /// When it was begun.
    pub at: Instant,
}

/// An item with the names of the bytes of its files.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportedItem {
    /// The item.
    pub item: TimelineItem,
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
}

/// Where an export stands.
enum Stage {
    /// In the tickets of all its records.
    Tickets(Option<Cursor>),
    Items(Option<Cursor>),
    Done,
}

/// An export that is being read.
pub struct Export {
    app: App,
    actor: Actor,
    root: CustomerId,
    stage: Stage,
}

/// Begins the export of a customer, as far as the actor sees him. For who may read the ledger (leads and
/// admins): it takes a whole person at once.
pub async fn export(
    app: &App,
    actor: &Actor,
    customer: CustomerId,
) -> Result<(Exported, Export), AppError> {
    actor.require(Scope::CustomersRead)?;
    actor.require(Scope::Ledger)?;
    let view = customers::get(app, actor, customer).await?;
    let root = view.customer.id;
    let complete = actor.sees == Sees::Everything;
    let begun = Exported { customer: view, complete, at: app.now() };
    let stage = Stage::Tickets(None);
    Ok((begun, Export { app: app.clone(), actor: actor.clone(), root, stage }))
}

impl Export {
    /// The next part; `None` when that was all.
    pub async fn next(&mut self) -> Result<Option<Part>, AppError> {
        match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Tickets(after) => self.tickets(after).await.map(Some),
            Stage::Items(cursor) => self.items(cursor).await.map(Some),
            Stage::Done => Ok(None),
        }
    }

    async fn tickets(&mut self, after: Option<Cursor>) -> Result<Part, AppError> {
        let sort = TicketSort::CreatedAsc;
        let customer = Some(vec![self.root]);
        let query = TicketQuery { customer, sort, ..TicketQuery::default() };
        let request = PageRequest { limit: MAX_LIMIT, after };
        let page = tickets::list(&self.app, &self.actor, &query, &request).await?;
        self.stage = match page.next {
            Some(next) => Stage::Tickets(Some(next)),
            None => Stage::Items(None),
        };
        Ok(Part::Tickets(page.items))
    }

    async fn items(&mut self, cursor: Option<Cursor>) -> Result<Part, AppError> {
        let request = WalkRequest { limit: MAX_LIMIT, order: Order::Oldest, cursor, at: None };
        let filter = TimelineFilter::default();
        let page = of_customer(&self.app, &self.actor, self.root, &filter, &request).await?;
        if page.next.is_some() {
            self.stage = Stage::Items(page.next);
        }
        let read =
            move |conn: &mut Conn| page.items.into_iter().map(|i| with_files(conn, i)).collect();
        let items: Result<Vec<ExportedItem>, AppError> = self.app.store().read(read).await;
        Ok(Part::Items(items?))
    }
}

fn with_files(conn: &mut Conn, item: TimelineItem) -> Result<ExportedItem, AppError> {
    let has = item.message().is_some_and(|message| !message.attachments.is_empty());
    let files = if has { attachments::of_item(conn, item.id)? } else { Vec::new() };
    let files = files.into_iter().map(|file| (file.info.id, file.blob)).collect();
    Ok(ExportedItem { item, files })
}
