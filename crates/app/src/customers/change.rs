//! Making and changing customers.

use serde_json::json;
use throughline_core::actor::{Actor, Scope};
use throughline_core::customer::{Customer, CustomerView};
use throughline_core::event::{FieldChange, Happening};
use throughline_core::id::{CustomerId, OrganizationId};
use throughline_core::identity::{EmailAddress, Hint, Key, Proof};
use throughline_core::profile::Source;
use throughline_core::tag::TagName;
use throughline_core::time::Instant;
use throughline_store::{Conn, customers, events, organizations, tags};

use super::owner::{add as add_identity, blank, document_of_record};
use super::{check, suggest, view};
use crate::profiles::{self, Speaker, Statement};
use crate::{App, AppError, index, tagging};

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
    /// Whether it is part of the sample data; not to be had over the API.
    pub demo: Option<bool>,
}

/// Makes a customer.
pub async fn create(app: &App, actor: &Actor, new: NewCustomer) -> Result<CustomerView, AppError> {
    actor.require(Scope::CustomersWrite)?;
    let NewCustomer { name, emails, organization, language, time_zone, tags } = new;
    let name = name.map(|name| check::name(&name)).transpose()?;
    let language = language.map(|l| check::language(&l)).transpose()?;
    let time_zone = time_zone.map(|z| check::time_zone(&z)).transpose()?;
    let emails = check::emails("emails", &emails)?;
    let placed = organization.is_some();
    let tags = tagging::names("tags", &tags)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let make = move |conn: &mut Conn| {
        check_organization(conn, organization)?;
        let organization = match organization {
            Some(given) => Some(given),
            None => home_of(conn, &emails)?,
        };
        let fresh = blank(&app2, now);
        let mut customer = Customer { name, organization, language, time_zone, ..fresh };
        customers::insert(conn, &mut customer)?;
        note_new(conn, &customer, &actor, placed, now)?;
        let mut own = Vec::new();
        for address in &emails {
            own.push(add_identity(&app2, conn, customer.id, &told(address), "api", now)?);
        }
        suggest::note_customer(&app2, conn, &customer, &own, now)?;
        let ids = tagging::find_or_make(&app2, conn, &tags, now)?;
        tags::put_on_customer(conn, customer.id, &ids)?;
        index::customer(conn, &customer, &own)?;
        let event = app2.event(&actor, now, Happening::CustomerCreated {});
        events::append(conn, &[event.of_customer(customer.id)])?;
        view(conn, customer)
    };
    app.store().write(make).await
}

/// The organization of the first address whose domain says one.
fn home_of(conn: &mut Conn, emails: &[EmailAddress]) -> Result<Option<OrganizationId>, AppError> {
    for email in emails {
        if let Some(home) = profiles::home_of(conn, email.domain())? {
            return Ok(Some(home));
        }
    }
    Ok(None)
}

/// Notes who said what of a new customer; `told` whether the organization was among it.
fn note_new(
    conn: &mut Conn,
    customer: &Customer,
    actor: &Actor,
    told: bool,
    now: Instant,
) -> Result<(), AppError> {
    let Customer { name, language, time_zone, organization, .. } = customer;
    let text = |field: &str, value: &Option<String>| {
        value.as_ref().map(|value| Statement::new(field, json!(value)))
    };
    let said = [text("name", name), text("language", language), text("time_zone", time_zone)];
    let home = organization.map(|id| Statement::new("organization", json!(id)));
    let (own, guessed) = if told { (home, None) } else { (None, home) };
    let own = said.into_iter().flatten().chain(own).collect();
    let mut noted = customer.clone();
    profiles::say(conn, &mut noted, &profiles::speaker(actor), own, now)?;
    let rule = Speaker { source: Source::Rule, by: "domain".to_owned() };
    profiles::say(conn, &mut noted, &rule, guessed.into_iter().collect(), now)?;
    Ok(())
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
    demo: Option<bool>,
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
            demo,
        } = patch;
        let each = |value: Option<Option<String>>, check: fn(&str) -> Result<String, AppError>| {
            value.map(|inner| inner.map(|text| check(&text)).transpose()).transpose()
        };
        Ok(Self {
            name: each(name, check::name)?,
            organization,
            language: each(language, check::language)?,
            time_zone: each(time_zone, check::time_zone)?,
            emails: check::emails("add_emails", &add_emails)?,
            add: tagging::names("add_tags", &add_tags)?,
            remove: tagging::names("remove_tags", &remove_tags)?,
            demo,
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
    let Wish { name, organization, language, time_zone, emails, add, remove, demo } = wish;
    check_organization(conn, organization.flatten())?;
    let old = view(conn, before.clone())?;
    let mut after = before.clone();
    let statements = [
        name.map(|name| Statement::new("name", json!(name))),
        organization.map(|id| Statement::new("organization", json!(id))),
        language.map(|language| Statement::new("language", json!(language))),
        time_zone.map(|zone| Statement::new("time_zone", json!(zone))),
    ];
    let statements = statements.into_iter().flatten().collect();
    profiles::say(conn, &mut after, &profiles::speaker(actor), statements, now)?;
    after.demo = demo.unwrap_or(after.demo);
    add_emails(app, conn, &old, &emails, now)?;
    let taken = tagging::find(conn, &remove)?;
    for record in std::iter::once(before.id).chain(old.merged.iter().copied()) {
        tags::take_from_customer(conn, record, &taken)?;
    }
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
    let document = document_of_record(conn, before.id)?;
    index::put(conn, &[document])?;
    let event = app.event(actor, now, Happening::CustomerUpdated { changes });
    events::append(conn, &[event.of_customer(before.id)])?;
    Ok(new)
}

/// Gives a customer those addresses that he has not yet.
fn add_emails(
    app: &App,
    conn: &mut Conn,
    old: &CustomerView,
    emails: &[EmailAddress],
    now: Instant,
) -> Result<(), AppError> {
    for address in emails {
        if !old.identities.iter().any(|known| known.value == address.as_str()) {
            let id = old.customer.id;
            let new = add_identity(app, conn, id, &told(address), "api", now)?;
            suggest::note_identity(app, conn, id, &new, now)?;
        }
    }
    Ok(())
}

/// An address as somebody told it.
fn told(address: &EmailAddress) -> Hint {
    let (key, display) = (Key::email(address), address.to_string());
    Hint { key, display, name: None, proof: Proof::None }
}

fn differences(before: &CustomerView, after: &CustomerView) -> Vec<FieldChange> {
    let organization = |c: &CustomerView| c.customer.organization.map(|id| id.to_string());
    let addresses = |c: &CustomerView| -> Vec<String> {
        c.identities.iter().map(|identity| identity.value.clone()).collect()
    };
    let tags =
        |c: &CustomerView| -> Vec<String> { c.tags.iter().map(|tag| tag.name.clone()).collect() };
    let flag = |on: bool| on.then(|| "true".to_owned());
    let joined = |list: Vec<String>| Some(list.join(", "));
    let fields = [
        ("name", before.customer.name.clone(), after.customer.name.clone()),
        ("organization", organization(before), organization(after)),
        ("language", before.customer.language.clone(), after.customer.language.clone()),
        ("time_zone", before.customer.time_zone.clone(), after.customer.time_zone.clone()),
        ("identities", joined(addresses(before)), joined(addresses(after))),
        ("tags", joined(tags(before)), joined(tags(after))),
        ("demo", flag(before.customer.demo), flag(after.customer.demo)),
    ];
    let changed = fields.into_iter().filter(|(_, from, to)| from != to);
    changed.map(|(field, from, to)| FieldChange { field: field.to_owned(), from, to }).collect()
}

/// Fails when an organization is named that is not there.
pub(crate) fn check_organization(
    conn: &mut Conn,
    id: Option<OrganizationId>,
) -> Result<(), AppError> {
    match id {
        Some(id) if organizations::get(conn, id)?.is_none() => {
            Err(AppError::invalid("organization", "there is no such organization"))
        }
        _ => Ok(()),
    }
}
