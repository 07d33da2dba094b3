//! Opening a ticket by hand or by an integrator.

use throughline_core::actor::{Actor, Scope};
use throughline_core::channel::Channel;
use throughline_core::customer::Customer;
use throughline_core::event::Happening;
use throughline_core::id::{AgentId, CustomerId, IdentityId, InboxId, TeamId};
use throughline_core::identity::{EmailAddress, Key, Proof};
use throughline_core::inbound::Party;
use throughline_core::inbox::Inbox;
use throughline_core::reason::Reason;
use throughline_core::tag::TagName;
use throughline_core::ticket::{Priority, StatusCategory, Ticket, TicketView, tidy_subject};
use throughline_core::time::Instant;
use throughline_core::timeline::{
    Author, Detail, Direction, ItemKind, MessageDetail, OrderKey, TimelineItem, Visibility,
};
use throughline_store::{Conn, customers, events, identities, inboxes, tags, tickets, timeline};

use super::{author_of, checked_body, status_of, view};
use crate::customers::HintIn;
use crate::outgoing::{self, Wish};
use crate::{App, AppError, customers as customer_cases, index, profiles, tagging};

/// Whose a new ticket is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomerRef {
    /// A customer we know.
    Id(CustomerId),
    /// The customer with this address, made when there is none.
    Email {
        /// The address.
        address: String,
        /// The name for a new customer.
        name: Option<String>,
    },
    /// Whoever has these identities, made when there is nobody.
    Hints(Vec<HintIn>),
}

/// Who speaks first in a new ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OpenedBy {
    /// The customer: the text is his.
    #[default]
    Customer,
    /// Whoever makes the ticket: the text goes to the customer.
    Agent,
}

/// A ticket to open.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTicket {
    /// What it is about.
    pub subject: String,
    /// Whose it is.
    pub customer: CustomerRef,
    /// By which inbox; the one for pushed tickets when absent.
    pub inbox: Option<InboxId>,
    /// The first message.
    pub body: String,
    /// Who wrote it.
    pub opened_by: OpenedBy,
    /// How pressing it is.
    pub priority: Priority,
    /// The key of its status; `open` when absent.
    pub status: Option<String>,
    /// Who gets it.
    pub assignee_agent: Option<AgentId>,
    /// Which team gets it; the inbox's own when absent.
    pub assignee_team: Option<TeamId>,
    /// Names of tags; missing ones are made.
    pub tags: Vec<String>,
}

/// The address of the inbox for tickets that come by the API and name none.
pub(crate) const API_INBOX: &str = "api";

/// Opens a ticket with its first message.
pub async fn create(app: &App, actor: &Actor, new: NewTicket) -> Result<TicketView, AppError> {
    actor.require(Scope::TicketsWrite)?;
    let checked = Checked::from(new)?;
    if checked.new.inbox.is_none() {
        crate::inboxes::ensure(app, Channel::Api, API_INBOX, "API").await?;
    }
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    app.store().write(move |conn| open(&app2, conn, &actor, checked, now)).await
}

/// What could be checked without the database.
struct Checked {
    new: NewTicket,
    tags: Vec<TagName>,
}

impl Checked {
    fn from(mut new: NewTicket) -> Result<Self, AppError> {
        new.subject = tidy_subject(&new.subject);
        if new.subject.is_empty() {
            return Err(AppError::invalid("subject", "say what it is about: it is empty"));
        }
        new.body = checked_body(&new.body)?;
        let tags = tagging::names("tags", &new.tags)?;
        Ok(Self { new, tags })
    }
}

fn open(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    checked: Checked,
    now: Instant,
) -> Result<TicketView, AppError> {
    let Checked { new, tags } = checked;
    let inbox = inbox_of(conn, actor, new.inbox)?;
    let (mut customer, identity, reason) = customer_of(app, conn, actor, &new.customer, now)?;
    if new.opened_by == OpenedBy::Customer {
        profiles::heard_text(app, conn, &mut customer, &new.body, now)?;
    }
    let status = status_of(conn, new.status.as_deref().unwrap_or("open"))?;
    super::change::check_assignees(conn, Some(new.assignee_agent), Some(new.assignee_team))?;
    let ticket = Ticket {
        id: app.ids().make(now),
        number: tickets::next_number(conn)?,
        customer: customer.id,
        inbox: inbox.id,
        channel: inbox.channel,
        subject: new.subject.clone(),
        resolved_at: (status.category == StatusCategory::Resolved).then_some(now),
        status: status.key,
        category: status.category,
        priority: new.priority,
        assignee_agent: new.assignee_agent,
        assignee_team: new.assignee_team.or(inbox.default_team),
        created_at: now,
        updated_at: now,
        updated_key: app.ids().stamp(now),
        last_message_at: Some(now),
        version: 1,
    };
    tickets::insert(conn, &ticket)?;
    let ids = tagging::find_or_make(app, conn, &tags, now)?;
    tags::put_on_ticket(conn, ticket.id, &ids)?;
    let mut item = first_item(app, actor, &new, &ticket, &customer, identity, reason, now);
    let mail = outgoing::prepare(app, conn, &ticket, &mut item, Some(Wish::default()), now)?;
    timeline::insert(conn, &mut item)?;
    index::item(conn, &item, Some(&ticket))?;
    customers::touch(conn, customer.id, now)?;
    let opened = Happening::TicketCreated { number: ticket.number };
    let said = match new.opened_by {
        OpenedBy::Customer => Happening::MessageReceived { item: item.id },
        OpenedBy::Agent => Happening::MessageCreated { item: item.id },
    };
    let said = [opened, said].map(|what| app.event(actor, now, what).of_ticket(&ticket));
    events::append(conn, &said)?;
    crate::facts::of_item(app, conn, &item)?;
    if let Some(mail) = mail {
        outgoing::store(app, conn, &mail, now)?;
    }
    view(conn, ticket)
}

fn inbox_of(conn: &mut Conn, actor: &Actor, id: Option<InboxId>) -> Result<Inbox, AppError> {
    let inbox = match id {
        Some(id) => inboxes::get(conn, id)?,
        None => inboxes::by_address(conn, Channel::Api, API_INBOX)?,
    };
    let visible = inbox.filter(|inbox| actor.sees(inbox.id, None, None));
    let inbox = visible.ok_or_else(|| AppError::invalid("inbox", "there is no such inbox"))?;
    if !inbox.active {
        return Err(AppError::conflict("inbox_inactive", "this inbox takes nothing new"));
    }
    Ok(inbox)
}

type Owner = (Customer, Option<(IdentityId, String)>, Reason);

fn customer_of(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    wanted: &CustomerRef,
    now: Instant,
) -> Result<Owner, AppError> {
    match wanted {
        CustomerRef::Id(id) => {
            let customer = customers::get(conn, actor, *id)?
                .ok_or_else(|| AppError::invalid("customer", "there is no such customer"))?;
            let identity = customer_cases::first_identity(conn, customer.id)?;
            Ok((customer, identity, Reason::Chosen))
        }
        CustomerRef::Email { address, name } => {
            let address = EmailAddress::parse(address)
                .map_err(|e| AppError::invalid("customer", e.to_string()))?;
            let sender = Party { address: address.to_string(), name: name.clone() };
            identities::hold(conn, &[Key::email(&address)])?;
            let stored = identities::by_email(conn, &address)?;
            let (stored, proof) = (stored.as_ref(), Proof::None);
            let owner = customer_cases::owner_of(
                app, conn, actor, &address, stored, &sender, proof, "api", now, now,
            )?;
            index::put(conn, &owner.document)?;
            Ok((owner.customer, Some((owner.identity, address.to_string())), owner.reason))
        }
        CustomerRef::Hints(given) => {
            let hints = customer_cases::hints(app, conn, actor, given)?;
            let owner = customer_cases::owner_of_hints(app, conn, actor, &hints, "api", now, now)?;
            index::put(conn, &owner.document)?;
            let identity = identities::get(conn, owner.identity)?.map(|i| (i.id, i.value));
            Ok((owner.customer, identity, owner.reason))
        }
    }
}

fn first_item(
    app: &App,
    actor: &Actor,
    new: &NewTicket,
    ticket: &Ticket,
    customer: &Customer,
    identity: Option<(IdentityId, String)>,
    reason: Reason,
    now: Instant,
) -> TimelineItem {
    let by_customer = new.opened_by == OpenedBy::Customer;
    let id = app.ids().make(now);
    let (identity, address) = identity.unzip();
    let party = address.map(|address| Party { address, name: customer.name.clone() });
    let mut detail = super::write::message_detail(
        if by_customer { Direction::Inbound } else { Direction::Outbound },
        ticket,
    );
    let MessageDetail { from, to, owner_reason, thread_reason, .. } = &mut detail;
    *owner_reason = Some(reason);
    *thread_reason = Some(Reason::Chosen);
    if by_customer {
        *from = party;
    } else {
        *to = party.into_iter().collect();
    }
    TimelineItem {
        id,
        customer: ticket.customer,
        key: OrderKey::new(now, id, 0),
        kind: ItemKind::Message,
        channel: ticket.channel,
        visibility: Visibility::Public,
        ticket: Some(ticket.id),
        inbox: Some(ticket.inbox),
        identity,
        author: if by_customer { Author::Customer } else { author_of(actor) },
        occurred_at: now,
        created_at: now,
        body: new.body.clone(),
        detail: Detail::Message(Box::new(detail)),
    }
}
