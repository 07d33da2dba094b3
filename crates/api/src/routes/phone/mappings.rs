//! How files are read, saved by name; and what holds for the calls of one inbox.

use actix_web::web::{Data, Json, Path};
use actix_web::{delete, get, put};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use throughline_app::AppError;
use throughline_app::phone::{self, PhoneMapping, PhoneSettings, WatchedFolder};
use throughline_ingest::phone::{Settings, Source};
use utoipa::ToSchema;

use crate::answer::{Done, Versioned};
use crate::auth::Signed;
use crate::extract::{Body, Id, IfMatch, IfMatchHeader, IfNoneMatchHeader};
use crate::mount::ServiceConfig;
use crate::problem::Problem;
use crate::responses::{OnDelete, OnGet, OnList, OnUpdate};
use crate::state::ApiState;
use crate::wire::{InboxId, Instant, Name, Text};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_phone_mappings)
        .service(put_phone_mapping)
        .service(delete_phone_mapping)
        .service(get_phone_settings)
        .service(put_phone_settings);
}

/// How files of one kind are read, by a name.
#[derive(Debug, Serialize, ToSchema)]
struct PhoneMappingOut {
    /// The name.
    #[schema(example = "3CX, sales")]
    name: String,
    /// How they are read.
    #[schema(value_type = Object)]
    source: Value,
    /// When it was last changed.
    updated_at: Instant,
    /// Rises with every change; the base of its ETag.
    #[schema(example = 1)]
    version: i64,
}

impl PhoneMappingOut {
    fn of(mapping: PhoneMapping) -> Self {
        let PhoneMapping { name, source, updated_at, version } = mapping;
        Self { name, source, updated_at: updated_at.into(), version }
    }
}

/// All mappings.
#[derive(Debug, Serialize, ToSchema)]
struct PhoneMappingsOut {
    /// By name.
    items: Vec<PhoneMappingOut>,
}

/// How files are to be read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PhoneMappingIn {
    /// Settings: `format`, `time_zone`, for any table `mapping` with its columns, and what else is to be
    /// said.
    #[schema(value_type = Object, example = json!({ "format": "freepbx", "time_zone": "Europe/Berlin", "region": "DE" }))]
    source: Map<String, Value>,
}

/// What holds for the calls of an inbox.
#[derive(Debug, Serialize, ToSchema)]
struct PhoneSettingsOut {
    /// Whether a call of the last two days that nobody took opens a ticket when it is read in.
    missed_calls_open_tickets: bool,
    /// The name of the mapping by which files are read when nothing else is said.
    mapping: Option<String>,
    /// The folder whose files are read in by themselves, below `phone.watch_root` of the server.
    folder: Option<String>,
}

/// What is to hold for the calls of an inbox.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PhoneSettingsIn {
    /// Whether a call of the last two days that nobody took opens a ticket when it is read in.
    #[serde(default)]
    missed_calls_open_tickets: bool,
    /// The name of a mapping by which files are read when nothing else is said.
    mapping: Option<Name>,
    /// The folder whose files are read in by themselves, below `phone.watch_root` of the server, such as
    /// `switches/berlin`. It needs `mapping`.
    folder: Option<Name>,
}

impl PhoneSettingsOut {
    fn of(settings: PhoneSettings) -> Self {
        let PhoneSettings { missed_calls_open_tickets, mapping, folder } = settings;
        Self { missed_calls_open_tickets, mapping, folder: folder.map(String::from) }
    }
}

/// List mappings by name.
#[utoipa::path(
    tag = "Phone",
    responses((status = 200, description = "All of them.", body = PhoneMappingsOut), OnList)
)]
#[get("/phone/mappings")]
async fn list_phone_mappings(
    state: Data<ApiState>,
    signed: Signed,
) -> Result<Json<PhoneMappingsOut>, Problem> {
    let all = phone::mappings(&state.app, &signed.0).await?;
    Ok(Json(PhoneMappingsOut { items: all.into_iter().map(PhoneMappingOut::of).collect() }))
}

fn name_of(path: &str) -> Result<Name, Problem> {
    path.parse()
        .map_err(|e: crate::wire::Misfit| Problem::new("invalid_id", e.to_string()).at("name"))
}

/// Save a mapping under a name, in place of what stood there.
#[utoipa::path(
    tag = "Phone", request_body = PhoneMappingIn,
    params(("name" = Name, Path, description = "The name."), IfMatchHeader),
    responses((status = 200, description = "The mapping.", body = PhoneMappingOut), OnUpdate)
)]
#[put("/phone/mappings/{name}")]
async fn put_phone_mapping(
    state: Data<ApiState>,
    signed: Signed,
    path: Path<String>,
    expected: IfMatch,
    body: Body<PhoneMappingIn>,
) -> Result<Versioned<PhoneMappingOut>, Problem> {
    let name = name_of(&path)?;
    let source = checked(settings_of(body.0.source)?)?;
    let (app, actor) = (&state.app, &signed.0);
    let made = phone::put_mapping(app, actor, name.as_str(), source, expected.0).await?;
    Ok(Versioned { version: made.version, body: PhoneMappingOut::of(made) })
}

/// Remove a mapping. Imports that were made by it stay.
#[utoipa::path(
    tag = "Phone", params(("name" = Name, Path, description = "The name.")),
    responses((status = 204, description = "It is gone."), OnDelete)
)]
#[delete("/phone/mappings/{name}")]
async fn delete_phone_mapping(
    state: Data<ApiState>,
    signed: Signed,
    path: Path<String>,
) -> Result<Done, Problem> {
    phone::delete_mapping(&state.app, &signed.0, name_of(&path)?.as_str()).await?;
    Ok(Done)
}

/// Read what holds for the calls of an inbox.
#[utoipa::path(
    tag = "Phone", params(("id" = InboxId, Path, description = "The inbox."), IfNoneMatchHeader),
    responses(
        (status = 200, description = "The settings.", body = PhoneSettingsOut),
        (status = 304, description = "You have the newest version."),
        OnGet
    )
)]
#[get("/inboxes/{id}/phone")]
async fn get_phone_settings(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<InboxId>,
) -> Result<Versioned<PhoneSettingsOut>, Problem> {
    let (settings, version) = phone::settings(&state.app, &signed.0, id.0.0).await?;
    Ok(Versioned { version, body: PhoneSettingsOut::of(settings) })
}

/// Set what holds for the calls of an inbox. The whole of it: absent fields take their defaults.
#[utoipa::path(
    tag = "Phone", request_body = PhoneSettingsIn,
    params(("id" = InboxId, Path, description = "The inbox."), IfMatchHeader),
    responses((status = 200, description = "The settings.", body = PhoneSettingsOut), OnUpdate)
)]
#[put("/inboxes/{id}/phone")]
async fn put_phone_settings(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<InboxId>,
    expected: IfMatch,
    body: Body<PhoneSettingsIn>,
) -> Result<Versioned<PhoneSettingsOut>, Problem> {
    let PhoneSettingsIn { missed_calls_open_tickets, mapping, folder } = body.0;
    let mapping = mapping.map(Name::into_string);
    let folder = folder.map(|name| WatchedFolder::parse(name.as_str())).transpose();
    let folder = folder.map_err(|why| AppError::invalid("folder", why.to_string()))?;
    let new = PhoneSettings { missed_calls_open_tickets, mapping, folder };
    let (app, actor) = (&state.app, &signed.0);
    let (settings, version) = phone::put_settings(app, actor, id.0.0, new, expected.0).await?;
    Ok(Versioned { version, body: PhoneSettingsOut::of(settings) })
}

/// The settings that a JSON object holds.
pub fn settings_of(source: Map<String, Value>) -> Result<Settings, Problem> {
    serde_json::from_value(Value::Object(source))
        .map_err(|error| Problem::new("invalid_field", format!("source: {error}")).at("source"))
}

/// Settings as they are stored, once nothing is wrong with them.
pub fn checked(settings: Settings) -> Result<Value, Problem> {
    let told = Source::new(settings).map_err(|wrong| {
        let all: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        let field = wrong.first().map_or("source", |wrong| wrong.field);
        Problem::new("invalid_field", all.join("; ")).at(field)
    })?;
    serde_json::to_value(told.settings()).map_err(|error| {
        Problem::new("internal", "something went wrong on our side").because(error)
    })
}
