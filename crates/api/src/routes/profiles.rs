//! Profiles of customers, and how lists are filtered by them. Definitions of custom fields are in
//! `custom_fields`, consents in `consents`.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::mount::ServiceConfig;
use actix_web::web::Data;
use actix_web::{get, patch};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use throughline_app::profiles::{self, Amount, Profile, ProfilePatch as Change};
use throughline_core::profile::{CUSTOM, ProfileField, Said, value_key};
use utoipa::ToSchema;

use crate::answer::Versioned;
use crate::auth::Signed;
use crate::extract::{Body, Id, IfMatch, IfMatchHeader, IfNoneMatchHeader};
use crate::problem::Problem;
use crate::responses::{OnGet, OnUpdate};
use crate::state::ApiState;
use crate::wire::{
    CustomerId, FieldKey, FieldSource, Instant, Language, Name, OrganizationId, Patch, Text,
    TimeZone,
};

/// The most custom fields of one patch.
const MAX_CUSTOM: usize = 100;

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_profile).service(update_profile);
}

/// The profile of a customer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProfileOut {
    /// The surviving record.
    customer: CustomerId,
    /// The fields of which anything is said, by name. Several records that are one customer are
    /// read as one: the surviving one speaks, and the others fill its gaps.
    fields: Vec<ProfileFieldOut>,
    /// The version of the customer; the base of its ETag.
    #[schema(example = 1)]
    version: i64,
}

/// A field as it counts.
#[derive(Debug, Serialize, ToSchema)]
struct ProfileFieldOut {
    /// Its name: `name`, `alternative_names`, `language`, `languages`, `time_zone`, `organization`,
    /// `vip`, `value`, or `custom.` and the key of a custom field.
    #[schema(example = "custom.plan")]
    field: String,
    /// What counts: the word of the strongest source, and of it the newest.
    said: SaidOut,
    /// What else was said, the most telling first.
    alternatives: Vec<SaidOut>,
}

/// What one source says of a field.
#[derive(Debug, Serialize, ToSchema)]
struct SaidOut {
    /// The value; null says that there is nothing.
    value: Value,
    /// Who says so.
    source: FieldSource,
    /// Who it was exactly: the id of an agent or API key, or the name of a channel or rule.
    #[schema(example = "agt_1h2p9x8gk0009")]
    by: String,
    /// When it was said.
    set_at: Instant,
    /// The record of which it was said.
    record: CustomerId,
}

impl SaidOut {
    fn of(said: Said) -> Self {
        let Said { record, field: _, source, value, by, set_at } = said;
        Self { value, source: source.into(), by, set_at: set_at.into(), record: record.into() }
    }
}

impl ProfileOut {
    pub(super) fn of(profile: Profile) -> Self {
        let Profile { customer, version, fields } = profile;
        let field = |ProfileField { said, alternatives }| ProfileFieldOut {
            field: said.field.clone(),
            said: SaidOut::of(said),
            alternatives: alternatives.into_iter().map(SaidOut::of).collect(),
        };
        let fields = fields.into_iter().map(field).collect();
        Self { customer: customer.into(), fields, version }
    }
}

/// Read the profile of a customer.
///
/// All fields of which anything is said, with who said it and when, and what else was said.
#[utoipa::path(
    tag = "Customers",
    params(("id" = CustomerId, Path, description = "The customer."), IfNoneMatchHeader),
    responses(
        (status = 200, description = "The profile.", body = ProfileOut),
        (status = 304, description = "You have the newest version."),
        OnGet
    )
)]
#[get("/customers/{id}/profile")]
async fn get_profile(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<CustomerId>,
) -> Result<Versioned<ProfileOut>, Problem> {
    let profile = profiles::get(&state.app, &signed.0, id.0.0).await?;
    Ok(Versioned { version: profile.version, body: ProfileOut::of(profile) })
}

/// An amount of money.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AmountIn {
    /// In the smallest unit of the currency.
    #[schema(example = 125000)]
    amount: i64,
    /// Three letters of ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$", example = "TRY")]
    currency: String,
}

/// A list of at most 20 texts.
#[derive(Debug)]
struct Few<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Few<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        crate::wire::at_most::<20, T, D>(d).map(Self)
    }
}

impl<T: Text> Few<T> {
    fn into_strings(self) -> Vec<String> {
        self.0.into_iter().map(T::into_string).collect()
    }
}

/// A change of a profile; absent fields stay, and null says that there is nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProfilePatch {
    /// The name to show.
    #[serde(default)]
    #[schema(value_type = Option<Name>)]
    name: Patch<Name>,
    /// Other names.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Name>>, max_items = 20)]
    alternative_names: Patch<Few<Name>>,
    /// BCP 47 language to answer in.
    #[serde(default)]
    #[schema(value_type = Option<Language>)]
    language: Patch<Language>,
    /// All languages spoken, best first.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Language>>, max_items = 20)]
    languages: Patch<Few<Language>>,
    /// IANA time zone.
    #[serde(default)]
    #[schema(value_type = Option<TimeZone>)]
    time_zone: Patch<TimeZone>,
    /// Where the person works.
    #[serde(default)]
    #[schema(value_type = Option<OrganizationId>)]
    organization: Patch<OrganizationId>,
    /// Whether this customer is to be treated with special care.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    vip: Patch<bool>,
    /// What the customer is worth to us.
    #[serde(default)]
    #[schema(value_type = Option<AmountIn>)]
    value: Patch<AmountIn>,
    /// Custom fields by their keys, at most 100.
    #[serde(default)]
    #[schema(value_type = Object, required = false, example = json!({ "plan": "gold" }))]
    custom: BTreeMap<String, Value>,
}

impl ProfilePatch {
    fn into_core(self) -> Result<Change, Problem> {
        let Self {
            name,
            alternative_names,
            language,
            languages,
            time_zone,
            organization,
            vip,
            value,
            custom,
        } = self;
        if custom.len() > MAX_CUSTOM {
            let why = format!("at most {MAX_CUSTOM} custom fields");
            return Err(Problem::new("invalid_body", why).at("custom"));
        }
        let amount = |AmountIn { amount, currency }| Amount { amount, currency };
        let given = |(key, value): (String, Value)| (key, Some(value).filter(|v| !v.is_null()));
        Ok(Change {
            name: name.map(Name::into_string),
            alternative_names: alternative_names.map(Few::into_strings),
            language: language.map(Language::into_string),
            languages: languages.map(Few::into_strings),
            time_zone: time_zone.map(TimeZone::into_string),
            organization: organization.map(|o| o.0),
            vip: vip.map(|vip| vip),
            value: value.map(amount),
            custom: custom.into_iter().map(given).collect(),
        })
    }
}

/// Change the profile of a customer.
///
/// It is your word that changes. What a stronger source says goes on to count: an agent before an
/// integrator, that before an import, a channel and a rule.
#[utoipa::path(
    tag = "Customers", request_body = ProfilePatch,
    params(("id" = CustomerId, Path, description = "The customer."), IfMatchHeader),
    responses((status = 200, description = "The profile.", body = ProfileOut), OnUpdate)
)]
#[patch("/customers/{id}/profile")]
async fn update_profile(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<CustomerId>,
    expected: IfMatch,
    body: Body<ProfilePatch>,
) -> Result<Versioned<ProfileOut>, Problem> {
    let change = body.0.into_core()?;
    let profile = profiles::update(&state.app, &signed.0, id.0.0, change, expected.0).await?;
    Ok(Versioned { version: profile.version, body: ProfileOut::of(profile) })
}

/// A field of a profile with the value that customers are looked for by.
#[derive(Debug)]
pub struct FieldFilter(pub String, pub String);

impl FromStr for FieldFilter {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "expected the key of a custom field, a colon and a value, such as plan:gold";
        let (key, value) = text.split_once(':').ok_or(wrong)?;
        let key: FieldKey = key.parse().map_err(|_| wrong)?;
        let value = value_key(&value.into());
        if value.is_empty() || text.chars().count() > 250 {
            return Err(wrong);
        }
        Ok(Self(format!("{CUSTOM}{}", key.into_string()), value))
    }
}
