//! Customers: list, read, make and change; and whose a message is.

use throughline_core::actor::{Actor, Scope};
use throughline_core::customer::{Customer, CustomerView};
use throughline_core::event::{FieldChange, Happening};
use throughline_core::id::{CustomerId, IdentityId, OrganizationId};
use throughline_core::identity::{self, EmailAddress, Identity, IdentityKind};
use throughline_core::inbound::Party;
use throughline_core::page::{Page, PageRequest};
use throughline_core::reason::Reason;
use throughline_core::tag::TagName;
use throughline_core::time::Instant;
use throughline_store::{Conn, StoreError, customers, events, identities, organizations, tags};

pub use throughline_core::query::CustomerQuery;

use crate::{App, AppError, index, page, search, tagging};

/// The longest name of a customer, in characters.
pub const MAX_NAME: usize = 200;
/// The most addresses given in one call.
const MAX_EMAILS: usize = 20;
/// The order of the list: newest activity first.
const TAG: &str = "cac";

/// A customer to make.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewCustomer {
    /// The name to show.
    pub name: Option<String>,
    /// E-mail addresses, none of which may be another customer's.
    pub emails: Vec<String>,
    /// Where the person works.
    pub organization: Option<OrganizationId>,
    /// BCP 47 language to answer in.
    pub language: Option<String>,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// Names of tags; missing ones are made.
    pub tags: Vec<String>,
}

/// What is to change; absent fields stay.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CustomerPatch {
    /// Another name, or none.
    pub name: Option<Option<String>>,
    /// Another organization, or none.
    pub organization: Option<Option<OrganizationId>>,
    /// Another language, or none.
    pub language: Option<Option<String>>,
    /// Another time zone, or none.
    pub time_zone: Option<Option<String>>,
    /// Addresses to add.
    pub add_emails: Vec<String>,
    /// Names of tags to put on.
    pub add_tags: Vec<String>,
    /// Names of tags to take off.
    pub remove_tags: Vec<String>,
}

/// A page of customers that the actor may know of, newest activity first.
pub async fn list(
    app: &App,
    actor: &Actor,
    query: &CustomerQuery,
    request: &PageRequest,
) -> Result<Page<CustomerView>, AppError> {
    actor.require(Scope::CustomersRead)?;
    page::check(request)?;
    let text = query.q.as_deref().map(search::parse).transpose()?;
    let mut query = query.clone();
    if let Some(email) = &query.email {
        query.email = Some(parse_email("email", email)?.to_string());
    }
    let (actor, request) = (actor.clone(), request.clone());
    app.store()
        .read(move |conn| {
            let page = match &text {
                Some(text) => search::customers_matching(conn, &actor, &query, text, &request)?,
                None => {
                    let before = request.key_for(TAG)?;
                    let rows = customers::list(conn, &actor, &query, before, request.fetch())?;
                    Page::cut(rows, &request, TAG, |customer| customer.activity_key)
                }
            };
            Ok(Page { items: views(conn, page.items)?, next: page.next })
        })
        .await
}

/// One customer.
pub async fn get(app: &App, actor: &Actor, id: CustomerId) -> Result<CustomerView, AppError> {
    actor.require(Scope::CustomersRead)?;
    let actor = actor.clone();
    app.store()
        .read(move |conn| {
            let customer = customers::get(conn, &actor, id)?;
            view(conn, customer.ok_or_else(|| AppError::not_found("customer"))?)
        })
        .await
}

/// Makes a customer.
pub async fn create(app: &App, actor: &Actor, new: NewCustomer) -> Result<CustomerView, AppError> {
    actor.require(Scope::CustomersWrite)?;
    let NewCustomer { name, emails, organization, language, time_zone, tags } = new;
    let name = name.map(|name| checked_name(&name)).transpose()?;
    let language = language.map(|l| checked_language(&l)).transpose()?;
    let time_zone = time_zone.map(|z| checked_time_zone(&z)).transpose()?;
    let emails = parse_emails("emails", &emails)?;
    let tags = tagging::names("tags", &tags)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let make = move |conn: &mut Conn| {
        check_organization(conn, organization)?;
        let fresh = blank(&app2, now);
        let customer = Customer { name, organization, language, time_zone, ..fresh };
        customers::insert(conn, &customer)?;
        let mut own = Vec::new();
        for address in &emails {
            own.push(add_email(&app2, conn, &customer, address, None, "api", now)?);
        }
        let ids = tagging::find_or_make(&app2, conn, &tags, now)?;
        tags::put_on_customer(conn, customer.id, &ids)?;
        index::customer(conn, &customer, &own)?;
        let event = app2.event(&actor, now, Happening::CustomerCreated {});
        events::append(conn, &[event.of_customer(customer.id)])?;
        view(conn, customer)
    };
    app.store().write(make).await
}

/// Changes a customer. With `expected_version`, only if it is still that version.
pub async fn update(
    app: &App,
    actor: &Actor,
    id: CustomerId,
    patch: CustomerPatch,
    expected_version: Option<i64>,
) -> Result<CustomerView, AppError> {
    actor.require(Scope::CustomersWrite)?;
    let wish = Wish::from(patch)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let change = move |conn: &mut Conn| {
        let before = customers::get(conn, &actor, id)?;
        let before = before.ok_or_else(|| AppError::not_found("customer"))?;
        if expected_version.is_some_and(|version| version != before.version) {
            return Err(AppError::stale());
        }
        change(&app2, conn, &actor, before, wish, now)
    };
    app.store().write(change).await
}

/// A patch whose parts have been checked.
struct Wish {
    name: Option<Option<String>>,
    organization: Option<Option<OrganizationId>>,
    language: Option<Option<String>>,
    time_zone: Option<Option<String>>,
    emails: Vec<EmailAddress>,
    add: Vec<TagName>,
    remove: Vec<TagName>,
}

impl Wish {
    fn from(patch: CustomerPatch) -> Result<Self, AppError> {
        let CustomerPatch {
            name,
            organization,
            language,
            time_zone,
            add_emails,
            add_tags,
            remove_tags,
        } = patch;
        let each = |value: Option<Option<String>>, check: fn(&str) -> Result<String, AppError>| {
            value.map(|inner| inner.map(|text| check(&text)).transpose()).transpose()
        };
        Ok(Self {
            name: each(name, checked_name)?,
            organization,
            language: each(language, checked_language)?,
            time_zone: each(time_zone, checked_time_zone)?,
            emails: parse_emails("add_emails", &add_emails)?,
            add: tagging::names("add_tags", &add_tags)?,
            remove: tagging::names("remove_tags", &remove_tags)?,
        })
    }
}

fn change(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    before: Customer,
    wish: Wish,
    now: Instant,
) -> Result<CustomerView, AppError> {
    let Wish { name, organization, language, time_zone, emails, add, remove } = wish;
    check_organization(conn, organization.flatten())?;
    let old = view(conn, before.clone())?;
    let mut after = before.clone();
    after.name = name.unwrap_or(after.name);
    after.organization = organization.unwrap_or(after.organization);
    after.language = language.unwrap_or(after.language);
    after.time_zone = time_zone.unwrap_or(after.time_zone);
    for address in &emails {
        if !old.identities.iter().any(|known| known.value == address.as_str()) {
            add_email(app, conn, &after, address, None, "api", now)?;
        }
    }
    let taken = tagging::find(conn, &remove)?;
    tags::take_from_customer(conn, before.id, &taken)?;
    let put = tagging::find_or_make(app, conn, &add, now)?;
    tags::put_on_customer(conn, before.id, &put)?;
    let changes = differences(&old, &view(conn, after.clone())?);
    if changes.is_empty() {
        return Ok(old);
    }
    after.version += 1;
    after.updated_at = now;
    if !customers::update(conn, &after, before.version)? {
        return Err(AppError::stale());
    }
    let new = view(conn, after)?;
    index::customer(conn, &new.customer, &new.identities)?;
    let event = app.event(actor, now, Happening::CustomerUpdated { changes });
    events::append(conn, &[event.of_customer(before.id)])?;
    Ok(new)
}

fn differences(before: &CustomerView, after: &CustomerView) -> Vec<FieldChange> {
    let organization = |c: &CustomerView| c.customer.organization.map(|id| id.to_string());
    let addresses = |c: &CustomerView| -> Vec<String> {
        c.identities.iter().map(|identity| identity.value.clone()).collect()
    };
    let tags = |c: &CustomerView| -> Vec<String> {
        c.tags.iter().map(|tag| tag.name.clone()).collect()
    };
    let joined = |list: Vec<String>| Some(list.join(", "));
    let fields = [
        ("name", before.customer.name.clone(), after.customer.name.clone()),
        ("organization", organization(before), organization(after)),
        ("language", before.customer.language.clone(), after.customer.language.clone()),
        ("time_zone", before.customer.time_zone.clone(), after.customer.time_zone.clone()),
        ("identities", joined(addresses(before)), joined(addresses(after))),
        ("tags", joined(tags(before)), joined(tags(after))),
    ];
    let changed = fields.into_iter().filter(|(_, from, to)| from != to);
    changed.map(|(field, from, to)| FieldChange { field: field.to_owned(), from, to }).collect()
}

/// Whose a message is, once the database has been asked.
pub(crate) struct Owned {
    /// The customer, made if need be.
    pub customer: Customer,
    /// The identity it came by.
    pub identity: IdentityId,
    /// Why.
    pub reason: Reason,
}

/// The customer with this address, made when there is none.
pub(crate) fn owner_of(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    address: &EmailAddress,
    sender: &Party,
    source: &str,
    now: Instant,
) -> Result<Owned, AppError> {
    let stored = identities::by_email(conn, address)?;
    let (owner, reason) = identity::resolve(address, stored.as_ref());
    if let identity::Owner::Known { customer, identity } = owner {
        // Whose it is does not hang on who asks: the system looks the record up.
        let record = customers::get(conn, &Actor::system(), customer)?;
        let record = record.ok_or_else(|| AppError::internal("identity without its customer"))?;
        return Ok(Owned { customer: record, identity, reason });
    }
    let name = sender.name.as_deref().and_then(|name| checked_name(name).ok());
    let customer = Customer { name: name.clone(), ..blank(app, now) };
    customers::insert(conn, &customer)?;
    let own = add_email(app, conn, &customer, address, name, source, now)?;
    index::customer(conn, &customer, std::slice::from_ref(&own))?;
    let event = app.event(actor, now, Happening::CustomerCreated {});
    events::append(conn, &[event.of_customer(customer.id)])?;
    Ok(Owned { customer, identity: own.id, reason })
}

fn blank(app: &App, now: Instant) -> Customer {
    Customer {
        id: app.ids().make(now),
        name: None,
        organization: None,
        language: None,
        time_zone: None,
        demo: false,
        created_at: now,
        updated_at: now,
        last_activity_at: now,
        activity_key: app.ids().stamp(now),
        version: 1,
    }
}

fn add_email(
    app: &App,
    conn: &mut Conn,
    customer: &Customer,
    address: &EmailAddress,
    name: Option<String>,
    source: &str,
    now: Instant,
) -> Result<Identity, AppError> {
    let identity = Identity {
        id: app.ids().make(now),
        customer: customer.id,
        kind: IdentityKind::Email,
        value: address.to_string(),
        display: address.to_string(),
        name,
        proof: "none".to_owned(),
        source: source.to_owned(),
        first_seen_at: now,
    };
    identities::insert(conn, &identity).map_err(|error| {
        if error.is_constraint("identities_value") {
            let why = format!("the address {address} belongs to another customer");
            return AppError::conflict("address_taken", why);
        }
        error.into()
    })?;
    Ok(identity)
}

fn check_organization(conn: &mut Conn, id: Option<OrganizationId>) -> Result<(), AppError> {
    match id {
        Some(id) if organizations::get(conn, id)?.is_none() => {
            Err(AppError::invalid("organization", "there is no such organization"))
        }
        _ => Ok(()),
    }
}

fn view(conn: &mut Conn, customer: Customer) -> Result<CustomerView, AppError> {
    let found = views(conn, vec![customer])?.pop();
    found.ok_or_else(|| AppError::internal("a customer without its view"))
}

fn views(conn: &mut Conn, customers: Vec<Customer>) -> Result<Vec<CustomerView>, StoreError> {
    let ids: Vec<CustomerId> = customers.iter().map(|c| c.id).collect();
    let mut identities = identities::of_customers(conn, &ids)?;
    let mut tags = tags::of_customers(conn, &ids)?;
    let view = |customer: Customer| CustomerView {
        identities: identities.remove(&customer.id).unwrap_or_default(),
        tags: tags.remove(&customer.id).unwrap_or_default(),
        customer,
    };
    Ok(customers.into_iter().map(view).collect())
}

fn parse_email(field: &'static str, text: &str) -> Result<EmailAddress, AppError> {
    EmailAddress::parse(text).map_err(|e| AppError::invalid(field, e.to_string()))
}

fn parse_emails(field: &'static str, texts: &[String]) -> Result<Vec<EmailAddress>, AppError> {
    if texts.len() > MAX_EMAILS {
        return Err(AppError::invalid(field, format!("at most {MAX_EMAILS} addresses")));
    }
    let mut addresses: Vec<EmailAddress> = Vec::new();
    for text in texts {
        let address = parse_email(field, text)?;
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Ok(addresses)
}

fn checked_name(name: &str) -> Result<String, AppError> {
    let line: String = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|c| !c.is_control()).collect();
    if line.is_empty() || line.chars().count() > MAX_NAME {
        return Err(AppError::invalid("name", format!("a name is 1 to {MAX_NAME} characters")));
    }
    Ok(line)
}

fn checked_language(text: &str) -> Result<String, AppError> {
    let part = |p: &str| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric());
    if text.len() <= 35 && text.split('-').all(part) && text.len() >= 2 {
        return Ok(text.to_owned());
    }
    Err(AppError::invalid("language", "expected a BCP 47 tag such as tr, fa or en-GB"))
}

fn checked_time_zone(text: &str) -> Result<String, AppError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "/_+-".contains(c);
    if (1..=64).contains(&text.len()) && text.chars().all(fits) {
        return Ok(text.to_owned());
    }
    Err(AppError::invalid("time_zone", "expected an IANA name such as Europe/Istanbul"))
}
