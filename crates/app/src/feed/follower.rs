//! Who follows the events: where he is, what he wants, and what he may see.

use std::sync::Arc;

use throughline_core::actor::{Actor, Scope};
use throughline_core::event::{DomainEvent, Happening};
use throughline_core::id::{CustomerId, TicketId};
use throughline_core::time::Instant;
use throughline_store::Conn;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::Instant as Tick;

use super::seats::Seat;
use super::{Feed, Handful};
use crate::customers::members;
use crate::events::{self, EventPage, may_see};
use crate::{AppError, actors};

/// Changes of the set-up after which rights are read afresh at once.
const ABOUT_RIGHTS: [&str; 4] = ["agent", "api_key", "team", "inbox"];

/// Which events are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only these kinds; all when empty.
    pub kinds: Vec<String>,
    /// Only those of this customer, by whatever record.
    pub customer: Option<CustomerId>,
    /// Only those of this ticket.
    pub ticket: Option<TicketId>,
}

/// What a stream says next.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The events; none when it only shows that it is alive.
    pub events: Vec<DomainEvent>,
    /// Where to go on if the stream breaks off here.
    pub position: i64,
}

/// One stream.
pub struct Follower {
    feed: Feed,
    actor: Actor,
    /// Until when the access is good that it was opened with.
    access_until: Option<Instant>,
    wanted: Wanted,
    /// The records that are the wanted customer.
    members: Vec<CustomerId>,
    position: i64,
    /// `None` while there is more to read in the table.
    live: Option<broadcast::Receiver<Arc<Handful>>>,
    next_beat: Tick,
    next_check: Tick,
    _seat: Seat,
}

impl Feed {
    /// Follows from behind `after` on, or from now on.
    pub async fn follow(
        &self,
        actor: Actor,
        access_until: Option<Instant>,
        wanted: Wanted,
        after: Option<i64>,
    ) -> Result<Follower, AppError> {
        actor.require(Scope::EventsRead)?;
        let seat = self.0.seats.take(actor.name())?;
        let members = match wanted.customer {
            None => Vec::new(),
            Some(id) => self.members(actor.clone(), id).await?,
        };
        let position = match after {
            Some(after) => after,
            None => events::end(&self.0.app).await?,
        };
        let (next_beat, next_check) =
            (Tick::now() + self.0.settings.heartbeat, Tick::now() + self.0.settings.recheck);
        let (feed, live) = (self.clone(), None);
        let _seat = seat;
        let start = Follower {
            feed,
            actor,
            access_until,
            wanted,
            members,
            position,
            live,
            next_beat,
            next_check,
            _seat,
        };
        Ok(start)
    }

    /// The records of a customer; the actor must be able to see it.
    async fn members(&self, actor: Actor, id: CustomerId) -> Result<Vec<CustomerId>, AppError> {
        self.0.app.store().read(move |conn: &mut Conn| members(conn, &actor, id)).await
    }
}

impl Follower {
    /// The next thing to say; `None` at the end: the access is over, the client too slow, the server
    /// stopping, or the database away. Whoever comes back with the last position misses nothing.
    pub async fn next(&mut self) -> Option<Step> {
        loop {
            self.check().await?;
            let handful = match &mut self.live {
                None => self.read_on().await?,
                Some(live) => match tokio::time::timeout_at(self.next_beat, live.recv()).await {
                    Err(_) => return Some(self.step(Vec::new())),
                    // Too slow for its buffer, or the end.
                    Ok(Err(RecvError::Lagged(_) | RecvError::Closed)) => return None,
                    Ok(Ok(handful)) if handful.after > self.position => {
                        // Something is between: the table has it.
                        self.live = None;
                        continue;
                    }
                    Ok(Ok(handful)) => handful,
                },
            };
            let events = self.select(&handful).await?;
            if !events.is_empty() || Tick::now() >= self.next_beat {
                return Some(self.step(events));
            }
        }
    }

    /// Reads the table; from its end on, what is handed out counts.
    async fn read_on(&mut self) -> Option<Arc<Handful>> {
        // Before reading: what appears in between is handed out as well, and known by its position.
        let live = self.feed.subscribe()?;
        let after = self.position;
        let page = self.feed.read(after, self.kinds()).await;
        let EventPage { events, next, more: _ } =
            page.map_err(|e| tracing::warn!(%e, "stream")).ok()?;
        if events.len() < super::PAGE as usize {
            self.live = Some(live);
        }
        Some(Arc::new(Handful { after, events, next }))
    }

    /// The kinds to read. Whatever may change what is seen must be read too.
    fn kinds(&self) -> Vec<String> {
        let mut kinds = self.wanted.kinds.clone();
        if !kinds.is_empty() {
            let also = ["admin.changed", "customer.merged", "customer.unmerged"];
            kinds.extend(also.map(str::to_owned));
        }
        kinds
    }

    /// The events of a handful that are new, wanted and visible.
    async fn select(&mut self, handful: &Handful) -> Option<Vec<DomainEvent>> {
        let mut chosen = Vec::new();
        for event in &handful.events {
            if event.position.is_none_or(|position| position <= self.position) {
                continue;
            }
            // An event that takes a record out of the group is still one of the group.
            let wanted = self.wants(event);
            self.mind(event).await?;
            if (wanted || self.wants(event)) && may_see(&self.actor, event) {
                chosen.push(event.clone());
            }
        }
        self.position = self.position.max(handful.next);
        Some(chosen)
    }

    /// Heeds what changes who is seen: merges, and the set-up of rights.
    async fn mind(&mut self, event: &DomainEvent) -> Option<()> {
        match &event.what {
            Happening::AdminChanged { what, .. } if ABOUT_RIGHTS.contains(&what.as_str()) => {
                self.read_rights().await
            }
            Happening::CustomerMerged { survivor, merged, .. }
            | Happening::CustomerUnmerged { survivor, merged, .. } => {
                let touches = [survivor, merged].iter().any(|id| self.members.contains(id));
                if let Some(id) = self.wanted.customer.filter(|_| touches) {
                    self.members = self.feed.members(Actor::system(), id).await.ok()?;
                }
                Some(())
            }
            _ => Some(()),
        }
    }

    fn wants(&self, event: &DomainEvent) -> bool {
        let DomainEvent { customer, ticket, .. } = event;
        let kinds = &self.wanted.kinds;
        let of_kind = kinds.is_empty() || kinds.iter().any(|kind| kind == event.what.kind());
        let of_ticket = self.wanted.ticket.is_none_or(|wanted| *ticket == Some(wanted));
        let his = || customer.is_some_and(|id| self.members.contains(&id));
        of_kind && of_ticket && (self.wanted.customer.is_none() || his())
    }

    /// Ends it when the access is over; reads rights afresh when it is time.
    async fn check(&mut self) -> Option<()> {
        if *self.feed.0.closed.borrow() {
            return None;
        }
        if self.access_until.is_some_and(|until| self.feed.0.app.now() >= until) {
            return None;
        }
        if Tick::now() < self.next_check { Some(()) } else { self.read_rights().await }
    }

    async fn read_rights(&mut self) -> Option<()> {
        self.next_check = Tick::now() + self.feed.0.settings.recheck;
        let actor = actors::again(&self.feed.0.app, self.actor.who).await.ok()?;
        actor.require(Scope::EventsRead).ok()?;
        self.actor = actor;
        Some(())
    }

    fn step(&mut self, events: Vec<DomainEvent>) -> Step {
        self.next_beat = Tick::now() + self.feed.0.settings.heartbeat;
        Step { events, position: self.position }
    }
}
