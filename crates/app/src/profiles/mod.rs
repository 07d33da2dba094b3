//! Profiles of customers: what each source says of their fields, and what counts. Definitions of
//! custom fields are in `fields`, consents in `consents`, the writing in `say`.

mod consents;
pub mod fields;
mod say;

use serde_json::Value;
use throughline_core::actor::{Actor, Scope};
use throughline_core::customer::Customer;
use throughline_core::event::Happening;
use throughline_core::id::{CustomerId, OrganizationId};
use throughline_core::profile::{ProfileField, VIP, profile};
use throughline_core::time::Instant;
use throughline_store::{Conn, customers, events, profiles as store};

pub use consents::{NewConsent, give_consent, list_consents};
pub(crate) use say::{Speaker, Statement, heard_from, heard_text, home_of, say, settle, speaker};

use crate::{App, AppError, customers as use_customers, index};

/// What is to change of a profile; absent fields stay, `Some(None)` says that there is nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProfilePatch {
    /// The name to show.
    pub name: Option<Option<String>>,
    /// Other names.
    pub alternative_names: Option<Option<Vec<String>>>,
    /// BCP 47 language to answer in.
    pub language: Option<Option<String>>,
    /// All languages spoken, best first.
    pub languages: Option<Option<Vec<String>>>,
    /// IANA time zone.
    pub time_zone: Option<Option<String>>,
    /// Where the person works.
    pub organization: Option<Option<OrganizationId>>,
    /// Whether this customer is to be treated with special care.
    pub vip: Option<Option<bool>>,
    /// What the customer is worth to us.
    pub value: Option<Option<Amount>>,
    /// Custom fields by their keys.
    pub custom: Vec<(String, Option<Value>)>,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Amount {
    /// In the smallest unit of the currency.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
}

/// The profile of a customer: of the surviving record, with gaps filled by the others.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The surviving record.
    pub customer: CustomerId,
    /// Its version.
    pub version: i64,
    /// The fields of which anything is said.
    pub fields: Vec<ProfileField>,
}

/// The profile of a customer.
pub async fn get(app: &App, actor: &Actor, id: CustomerId) -> Result<Profile, AppError> {
    actor.require(Scope::CustomersRead)?;
    let actor = actor.clone();
    app.store()
        .lookup(move |conn| {
            let customer = visible(conn, &actor, id)?;
            read(conn, &customer)
        })
        .await
}

/// Changes a profile in the name of the actor. What a stronger source says stays what counts; the
/// actor's word is kept beside it. With `expected_version`, only if it is still that version.
pub async fn update(
    app: &App,
    actor: &Actor,
    id: CustomerId,
    patch: ProfilePatch,
    expected_version: Option<i64>,
) -> Result<Profile, AppError> {
    actor.require(Scope::CustomersWrite)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let change = move |conn: &mut Conn| {
        let named = visible(conn, &actor, id)?;
        // An old id stands for the surviving record.
        let system = Actor::system();
        let before = customers::get(conn, &system, named.known_as())?.unwrap_or(named);
        if expected_version.is_some_and(|version| version != before.version) {
            return Err(AppError::stale());
        }
        let statements = statements(conn, patch)?;
        let after = apply(&app2, conn, &actor, before, statements, now)?;
        read(conn, &after)
    };
    app.store().write(change).await
}

fn visible(conn: &mut Conn, actor: &Actor, id: CustomerId) -> Result<Customer, AppError> {
    customers::get(conn, actor, id)?.ok_or_else(|| AppError::not_found("customer"))
}

fn read(conn: &mut Conn, customer: &Customer) -> Result<Profile, AppError> {
    let members = customers::all_records(conn, &[customer.id])?;
    let said = store::said(conn, &members)?;
    let root = members.first().copied().unwrap_or(customer.id);
    let version = match root == customer.id {
        true => customer.version,
        false => customers::get(conn, &Actor::system(), root)?.map_or(1, |root| root.version),
    };
    Ok(Profile { customer: root, version, fields: profile(&members, said) })
}

/// Says it, and writes the record back when anything that counts has changed.
fn apply(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    before: Customer,
    statements: Vec<Statement>,
    now: Instant,
) -> Result<Customer, AppError> {
    let mut after = before.clone();
    let changes = say(conn, &mut after, &speaker(actor), statements, now)?;
    if changes.is_empty() {
        return Ok(before);
    }
    after.version += 1;
    after.updated_at = now;
    if !customers::update(conn, &after, before.version)? {
        return Err(AppError::stale());
    }
    let identities = throughline_store::identities::of_customers(conn, &[after.id])?;
    let identities = identities.into_values().next().unwrap_or_default();
    index::customer(conn, &after, &identities)?;
    let event = app.event(actor, now, Happening::CustomerUpdated { changes });
    events::append(conn, &[event.of_customer(after.id)])?;
    Ok(after)
}

/// The most entries of a list of names or languages.
const MAX_ENTRIES: usize = 20;

/// The patch as statements, each checked.
fn statements(conn: &mut Conn, patch: ProfilePatch) -> Result<Vec<Statement>, AppError> {
    let ProfilePatch {
        name,
        alternative_names,
        language,
        languages,
        time_zone,
        organization,
        vip,
        value,
        custom,
    } = patch;
    let mut all = Vec::new();
    let mut add = |field: &str, value: Value| all.push(Statement::new(field, value));
    use_customers::checked_texts(name, language, time_zone)?
        .into_iter()
        .for_each(|(f, v)| add(f, v));
    if let Some(names) = alternative_names {
        add("alternative_names", texts(names, "alternative_names", use_customers::checked_name)?);
    }
    if let Some(languages) = languages {
        add("languages", texts(languages, "languages", use_customers::checked_language)?);
    }
    if let Some(organization) = organization {
        use_customers::check_organization(conn, organization)?;
        add("organization", serde_json::json!(organization));
    }
    if let Some(vip) = vip {
        add(VIP, serde_json::json!(vip));
    }
    if let Some(value) = value {
        add("value", serde_json::json!(value.map(checked_amount).transpose()?));
    }
    all.extend(fields::statements(conn, custom)?);
    Ok(all)
}

fn texts(
    list: Option<Vec<String>>,
    field: &'static str,
    check: fn(&str) -> Result<String, AppError>,
) -> Result<Value, AppError> {
    let Some(list) = list else { return Ok(Value::Null) };
    if list.len() > MAX_ENTRIES {
        return Err(AppError::invalid(field, format!("at most {MAX_ENTRIES} entries")));
    }
    let checked: Result<Vec<String>, AppError> = list.iter().map(|text| check(text)).collect();
    Ok(serde_json::json!(checked?))
}

fn checked_amount(amount: Amount) -> Result<Amount, AppError> {
    let code = &amount.currency;
    if code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()) {
        return Ok(amount);
    }
    Err(AppError::invalid("value", "a currency is three letters of ISO 4217, such as TRY"))
}
