//! A telephone rings: whose number it is, what is open for him, and an event for all who look on. Nothing
//! is made of it: the call itself comes with the log, or as a pushed event.

use throughline_core::actor::{Actor, Scope};
use throughline_core::customer::Customer;
use throughline_core::event::Happening;
use throughline_core::id::{CustomerId, InboxId};
use throughline_core::identity::{Hint, IdentityKind, Region};
use throughline_core::ticket::Ticket;
use throughline_store::{Conn, customers, events, identities, inboxes, tickets};

use crate::{App, AppError, admin};

/// The most open tickets that are told of.
const MAX_TICKETS: i64 = 20;
/// The longest name of a call or an extension, in characters.
const MAX_NAME: usize = 200;

/// A telephone that rings.
#[derive(Debug, Clone, Default)]
pub struct Ringing {
    /// The number of whoever is at the other end.
    pub number: String,
    /// The inbox by which the call comes.
    pub inbox: Option<InboxId>,
    /// What the phone system calls it.
    pub call: Option<String>,
    /// The extension that rings.
    pub extension: Option<String>,
    /// The country in which a number without a country code is read.
    pub region: Option<String>,
}

/// Whose number it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Caller {
    /// The customer.
    pub customer: Customer,
    /// What is open for him, last changed first.
    pub tickets: Vec<Ticket>,
}

/// What is known of a call that comes in.
#[derive(Debug, Clone, PartialEq)]
pub struct RingingCall {
    /// The number in the form by which numbers are compared; `None` when it is none, such as one that is
    /// withheld.
    pub number: Option<String>,
    /// Whose number it is, as far as the actor may know.
    pub callers: Vec<Caller>,
}

/// Says who is calling, and tells all who look on. A number that is no number is nobody's.
pub async fn ringing(app: &App, actor: &Actor, call: Ringing) -> Result<RingingCall, AppError> {
    admin::require_any(actor, &[Scope::EventsWrite, Scope::CustomersRead])?;
    let region = call.region.as_deref().and_then(Region::parse).or(app.default_region());
    let hint = Hint::read(IdentityKind::Phone, "", &call.number, region).ok();
    let (who, key) = (actor.clone(), hint.as_ref().map(|hint| hint.key.clone()));
    let inbox = call.inbox;
    let look = move |conn: &mut Conn| {
        check_inbox(conn, &who, inbox)?;
        let Some(key) = key else { return Ok((None, Vec::new())) };
        let Some(identity) = identities::by_key(conn, &key)? else {
            return Ok((None, Vec::new()));
        };
        let root = customers::root(conn, identity.customer)?;
        let known = customers::get(conn, &who, identity.customer)?;
        let callers = known.map(|customer| caller(conn, &who, customer)).transpose()?;
        Ok::<_, AppError>((root, callers.into_iter().collect()))
    };
    let (owner, callers) = app.store().lookup(look).await?;
    tell(app, actor, call, owner).await?;
    Ok(RingingCall { number: hint.map(|hint| hint.key.value), callers })
}

fn check_inbox(conn: &mut Conn, actor: &Actor, inbox: Option<InboxId>) -> Result<(), AppError> {
    let Some(id) = inbox else { return Ok(()) };
    let seen = inboxes::get(conn, id)?.is_some_and(|inbox| actor.sees(inbox.id, None, None));
    if seen { Ok(()) } else { Err(AppError::invalid("inbox", "there is no such inbox")) }
}

fn caller(conn: &mut Conn, actor: &Actor, customer: Customer) -> Result<Caller, AppError> {
    let records = customers::all_records(conn, &[customer.id])?;
    let tickets = tickets::open_of_customers(conn, actor, &records, MAX_TICKETS)?;
    Ok(Caller { customer, tickets })
}

/// The number stands in no event: events outlive a customer who is erased.
async fn tell(
    app: &App,
    actor: &Actor,
    call: Ringing,
    owner: Option<CustomerId>,
) -> Result<(), AppError> {
    let text = |text: Option<String>| -> String {
        let text = text.unwrap_or_default();
        text.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect()
    };
    let what = Happening::CallRinging { call: text(call.call), extension: text(call.extension) };
    let mut event = app.event(actor, app.now(), what);
    (event.customer, event.inbox) = (owner, call.inbox);
    let write = move |conn: &mut Conn| events::append(conn, &[event]);
    Ok(app.store().write(write).await?)
}
