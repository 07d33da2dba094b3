//! Customers.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use throughline_app::App;
use throughline_app::customers::{self, CustomerPatch as Change, CustomerQuery, NewCustomer};
use throughline_core::customer::{Customer, CustomerView};
use throughline_core::id::CustomerId as CoreId;
use throughline_core::identity::{Identity, IdentityKind as CoreKind};
use throughline_core::profile::VIP;
use utoipa::{IntoParams, ToSchema};

use super::profiles::FieldFilter;
use super::tags::TagOut;
use crate::answer::{Canonical, Created, Versioned};
use crate::auth::Signed;
use crate::extract::{
    Asked, Body, Id, IdempotencyHeader, IfMatch, IfMatchHeader, IfNoneMatchHeader, from_query,
};
use crate::problem::Problem;
use crate::responses::{OnCreate, OnGet, OnList, OnUpdate};
use crate::state::ApiState;
use crate::wire::{
    CustomerId, Email, IdentityId, IdentityKind, IdentityText, Instant, Language, Name,
    OrganizationId, PageOut, PageQuery, Patch, Proof, ScopeText, SearchText, TagId, TagText, Text,
    TimeZone, Wire, at_most, cores, wires,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_customers)
        .service(create_customer)
        .service(get_customer)
        .service(update_customer);
}

/// A person (or a shared address) that writes to us.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustomerOut {
    /// Its id: that of the surviving record.
    id: CustomerId,
    /// Ids of records that were merged into it. They answer with this customer as well.
    merged_ids: Vec<CustomerId>,
    /// The name to show; null when nobody told it.
    #[schema(example = "Ayşe Yılmaz")]
    name: Option<String>,
    /// Where the person works.
    organization: Option<OrganizationId>,
    /// BCP 47 language to answer in.
    #[schema(example = "tr")]
    language: Option<String>,
    /// IANA time zone.
    #[schema(example = "Europe/Istanbul")]
    time_zone: Option<String>,
    /// Whether it is part of the sample data.
    demo: bool,
    /// All its addresses, oldest first.
    identities: Vec<IdentityOut>,
    /// Its tags by name.
    tags: Vec<TagOut>,
    /// When it was made.
    created_at: Instant,
    /// When its fields were last changed.
    updated_at: Instant,
    /// When the newest item of its timeline occurred.
    last_activity_at: Instant,
    /// Rises with every change of its fields; the base of its ETag.
    #[schema(example = 1)]
    version: i64,
}

/// One address, number or id of a customer.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentityOut {
    /// Its id.
    id: IdentityId,
    /// The record it was first seen on, for ever.
    record: CustomerId,
    /// What kind it is.
    kind: IdentityKind,
    /// Where the value means something, such as a workspace or a system; empty where it means the
    /// same everywhere.
    #[schema(example = "")]
    scope: String,
    /// The form by which it is found.
    #[schema(example = "ayse@example.com")]
    value: String,
    /// The form as first seen.
    #[schema(example = "Ayse@Example.com")]
    display: String,
    /// The name that came with it.
    name: Option<String>,
    /// How it was proved; `none` until a rule proves it.
    proof: Proof,
    /// Where it was first seen.
    #[schema(example = "email")]
    source: String,
    /// When it was first seen.
    first_seen_at: Instant,
    /// When it was proved.
    proved_at: Option<Instant>,
    /// Whether several people use it; it then merges nobody.
    shared: bool,
}

impl IdentityOut {
    pub(super) fn of(identity: Identity) -> Self {
        let Identity {
            id,
            customer,
            kind,
            scope,
            value,
            display,
            name,
            proof,
            source,
            first_seen_at,
            proved_at,
            shared,
        } = identity;
        Self {
            id: id.into(),
            record: customer.into(),
            kind: kind.into(),
            scope,
            value,
            display,
            name,
            proof: proof.into(),
            source,
            first_seen_at: first_seen_at.into(),
            proved_at: proved_at.map(Wire),
            shared,
        }
    }
}

impl CustomerOut {
    /// On the wire.
    pub fn of(view: CustomerView) -> Self {
        let CustomerView { customer, merged, identities, tags } = view;
        let Customer {
            id,
            name,
            organization,
            language,
            time_zone,
            canonical: _,
            demo,
            created_at,
            updated_at,
            last_activity_at,
            activity_key: _,
            version,
        } = customer;
        Self {
            id: id.into(),
            merged_ids: wires(merged),
            name,
            organization: organization.map(Wire),
            language,
            time_zone,
            demo,
            identities: identities.into_iter().map(IdentityOut::of).collect(),
            tags: tags.into_iter().map(TagOut::of).collect(),
            created_at: created_at.into(),
            updated_at: updated_at.into(),
            last_activity_at: last_activity_at.into(),
            version,
        }
    }
}

/// A customer to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CustomerIn {
    /// The name to show.
    name: Option<Name>,
    /// E-mail addresses, none of which may be another customer's.
    #[serde(default, deserialize_with = "at_most::<20, _, _>")]
    #[schema(max_items = 20)]
    emails: Vec<Email>,
    /// Where the person works.
    organization: Option<OrganizationId>,
    /// BCP 47 language to answer in.
    language: Option<Language>,
    /// IANA time zone.
    time_zone: Option<TimeZone>,
    /// Names of tags; missing ones are made.
    #[serde(default, deserialize_with = "at_most::<50, _, _>")]
    #[schema(max_items = 50)]
    tags: Vec<TagText>,
}

/// A change of a customer; absent fields stay, null clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CustomerPatch {
    /// Another name, or none.
    #[serde(default)]
    #[schema(value_type = Option<Name>)]
    name: Patch<Name>,
    /// Another organization, or none.
    #[serde(default)]
    #[schema(value_type = Option<OrganizationId>)]
    organization: Patch<OrganizationId>,
    /// Another language, or none.
    #[serde(default)]
    #[schema(value_type = Option<Language>)]
    language: Patch<Language>,
    /// Another time zone, or none.
    #[serde(default)]
    #[schema(value_type = Option<TimeZone>)]
    time_zone: Patch<TimeZone>,
    /// Addresses to add.
    #[serde(default, deserialize_with = "at_most::<20, _, _>")]
    #[schema(max_items = 20)]
    add_emails: Vec<Email>,
    /// Names of tags to put on; missing ones are made.
    #[serde(default, deserialize_with = "at_most::<50, _, _>")]
    #[schema(max_items = 50)]
    add_tags: Vec<TagText>,
    /// Names of tags to take off.
    #[serde(default, deserialize_with = "at_most::<50, _, _>")]
    #[schema(max_items = 50)]
    remove_tags: Vec<TagText>,
}

/// Which customers. Several filters mean all of them.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct CustomerFilter {
    /// Words of names and addresses; the list is then newest first.
    q: Option<SearchText>,
    /// The customer with exactly this address.
    email: Option<Email>,
    /// The customer with exactly this telephone number.
    phone: Option<IdentityText>,
    /// The customer with exactly this external id, in the scope of `scope`.
    external: Option<IdentityText>,
    /// The scope of `external`, such as `crm`.
    scope: Option<ScopeText>,
    /// Those of this organization.
    organization: Option<OrganizationId>,
    /// Tags they have, all of them.
    tag: Vec<TagId>,
    /// Those of whom is said that they are, or are not, to be treated with special care.
    vip: Option<bool>,
    /// Custom fields with their values, all of them: `plan:gold`. Case and accents make no
    /// difference, and values with a comma cannot be asked for.
    #[param(value_type = Vec<String>, max_length = 250, example = json!(["plan:gold"]))]
    field: Vec<FieldFilter>,
}

from_query! {
    CustomerFilter {
        q: maybe, email: maybe, phone: maybe, external: maybe, scope: maybe, organization: maybe,
        tag: many, vip: maybe, field: many,
    }
}

impl CustomerFilter {
    fn into_core(self, app: &App) -> Result<CustomerQuery, Problem> {
        let Self { q, email, phone, external, scope, organization, tag, vip, field } = self;
        let key = |kind: CoreKind, scope: &str, field: &'static str, value: String| {
            let key = customers::key(app, kind, scope, &value);
            key.map_err(|why| Problem::new("invalid_parameter", why).at(field))
        };
        let scope = scope.map(ScopeText::into_string).unwrap_or_default();
        let read = |kind, scope: &str, field, value: Option<String>| {
            value.map(|value| key(kind, scope, field, value)).transpose()
        };
        let vip = vip.map(|vip| (VIP.to_owned(), vip.to_string()));
        let custom = field.into_iter().map(|FieldFilter(field, value)| (field, value));
        Ok(CustomerQuery {
            q: q.map(SearchText::into_string),
            email: read(CoreKind::Email, "", "email", email.map(Email::into_string))?,
            phone: read(CoreKind::Phone, "", "phone", phone.map(IdentityText::into_string))?,
            external: read(
                CoreKind::External,
                &scope,
                "external",
                external.map(IdentityText::into_string),
            )?,
            organization: organization.map(|o| o.0),
            tag: cores(tag),
            fields: vip.into_iter().chain(custom).collect(),
        })
    }
}

fn canonical(asked: CoreId, view: CustomerView) -> Canonical<CustomerOut> {
    let (known_as, version) = (view.customer.id, view.customer.version);
    Canonical { asked, known_as, inner: Versioned { version, body: CustomerOut::of(view) } }
}

fn names(tags: Vec<TagText>) -> Vec<String> {
    tags.into_iter().map(TagText::into_string).collect()
}

fn addresses(emails: Vec<Email>) -> Vec<String> {
    emails.into_iter().map(Email::into_string).collect()
}

/// List customers, newest activity first.
#[utoipa::path(
    tag = "Customers", params(PageQuery, CustomerFilter),
    responses(
        (status = 200, description = "A page of customers.", body = PageOut<CustomerOut>),
        OnList
    )
)]
#[get("/customers")]
async fn list_customers(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
    filter: Asked<CustomerFilter>,
) -> Result<Json<PageOut<CustomerOut>>, Problem> {
    let query = filter.0.into_core(&state.app)?;
    let found = customers::list(&state.app, &signed.0, &query, &page.0.into()).await;
    let found = found.map_err(Problem::in_query)?;
    Ok(Json(PageOut::of(found, CustomerOut::of)))
}

/// Make a customer.
#[utoipa::path(
    tag = "Customers", params(IdempotencyHeader), request_body = CustomerIn,
    responses((status = 201, description = "The customer.", body = CustomerOut), OnCreate)
)]
#[post("/customers")]
async fn create_customer(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<CustomerIn>,
) -> Result<Created<CustomerOut>, Problem> {
    let CustomerIn { name, emails, organization, language, time_zone, tags } = body.0;
    let new = NewCustomer {
        name: name.map(Name::into_string),
        emails: addresses(emails),
        organization: organization.map(|o| o.0),
        language: language.map(Language::into_string),
        time_zone: time_zone.map(TimeZone::into_string),
        tags: names(tags),
    };
    let view = customers::create(&state.app, &signed.0, new).await?;
    let (id, version) = (view.customer.id, view.customer.version);
    Ok(Created::versioned(format!("/api/v1/customers/{id}"), version, CustomerOut::of(view)))
}

/// Read a customer.
///
/// The id of a merged record answers with the customer that it became part of; `Content-Location` and
/// `Throughline-Canonical-Id` then name the id by which that one is known.
#[utoipa::path(
    tag = "Customers",
    params(("id" = CustomerId, Path, description = "The customer."), IfNoneMatchHeader),
    responses(
        (status = 200, description = "The customer.", body = CustomerOut),
        (status = 304, description = "You have the newest version."),
        OnGet
    )
)]
#[get("/customers/{id}")]
async fn get_customer(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<CustomerId>,
) -> Result<Canonical<CustomerOut>, Problem> {
    let view = customers::get(&state.app, &signed.0, id.0.0).await?;
    Ok(canonical(id.0.0, view))
}

/// Change a customer.
#[utoipa::path(
    tag = "Customers", request_body = CustomerPatch,
    params(("id" = CustomerId, Path, description = "The customer."), IfMatchHeader),
    responses((status = 200, description = "The customer.", body = CustomerOut), OnUpdate)
)]
#[patch("/customers/{id}")]
async fn update_customer(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<CustomerId>,
    expected: IfMatch,
    body: Body<CustomerPatch>,
) -> Result<Canonical<CustomerOut>, Problem> {
    let CustomerPatch {
        name,
        organization,
        language,
        time_zone,
        add_emails,
        add_tags,
        remove_tags,
    } = body.0;
    let change = Change {
        name: name.map(Name::into_string),
        organization: organization.map(|o| o.0),
        language: language.map(Language::into_string),
        time_zone: time_zone.map(TimeZone::into_string),
        add_emails: addresses(add_emails),
        add_tags: names(add_tags),
        remove_tags: names(remove_tags),
        demo: None,
    };
    let view = customers::update(&state.app, &signed.0, id.0.0, change, expected.0).await?;
    Ok(canonical(id.0.0, view))
}
