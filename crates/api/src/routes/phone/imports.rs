//! Imports of phone logs: sending a file, saying how it is read, starting and stopping, looking at it.

use actix_web::web::{Data, Json};
use actix_web::{get, post, put};
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::{Map, Value};
use throughline_app::phone::{self, NewFile, PhoneImport};
use utoipa::{IntoParams, ToSchema};

use super::import_wire::{PhoneImportOut, checked, settings_of};
use crate::answer::Created;
use crate::auth::Signed;
use crate::extract::{Asked, Body, Id, IdempotencyHeader, LaterBody, from_query};
use crate::mount::ServiceConfig;
use crate::problem::Problem;
use crate::responses::{OnAction, OnCreate, OnGet, OnList, OnWrite};
use crate::state::ApiState;
use crate::wire::{InboxId, Name, PageOut, PageQuery, PhoneImportId, Text};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_phone_imports)
        .service(create_phone_import)
        .service(get_phone_import)
        .service(set_phone_source)
        .service(check_phone_import)
        .service(start_phone_import)
        .service(pause_phone_import)
        .service(cancel_phone_import);
}

/// Where a file goes, and how it is read.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct FileQuery {
    /// The inbox, of the channel phone.
    inbox: InboxId,
    /// The name of the file.
    name: Option<Name>,
    /// The name of the mapping by which it is read; that of the inbox when absent, if it has one.
    mapping: Option<Name>,
}

from_query! { FileQuery { inbox: one, name: maybe, mapping: maybe } }

/// Which imports.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct ImportFilter {
    /// Only those into this inbox.
    inbox: Option<InboxId>,
}

from_query! { ImportFilter { inbox: maybe } }

fn shown(state: &ApiState, import: PhoneImport) -> Json<PhoneImportOut> {
    Json(PhoneImportOut::of(import, state.app.now()))
}

/// Send a phone log.
///
/// The body is the file as it is, of at most 2 GiB (of at most 50 MiB with an `Idempotency-Key`). Nothing is
/// read in yet: look at the preview, set the source, try it dry, then start it.
#[utoipa::path(
    tag = "Phone", params(FileQuery, IdempotencyHeader),
    request_body(
        content = Vec<u8>, content_type = "application/octet-stream",
        description = "The file; any media type."
    ),
    responses((status = 201, description = "The import.", body = PhoneImportOut), OnCreate)
)]
#[post("/phone/imports")]
async fn create_phone_import(
    state: Data<ApiState>,
    signed: Signed,
    query: Asked<FileQuery>,
    body: LaterBody,
) -> Result<Created<PhoneImportOut>, Problem> {
    let FileQuery { inbox, name, mapping } = query.0;
    let (app, inbox) = (&state.app, inbox.0);
    let source = match mapping {
        Some(name) => Some(phone::mapping(app, &signed.0, name.as_str()).await?.source),
        None => phone::source_of(app, &signed.0, inbox).await?,
    };
    let mut upload = phone::upload(app, &signed.0, inbox).await?;
    let mut stream = body.into_stream();
    while let Some(chunk) = stream.next().await {
        let broken = |e| Problem::new("bad_request", "the body broke off").because(e);
        let taken = match chunk.map_err(broken) {
            Ok(bytes) => upload.write(&bytes).await.map_err(Problem::from),
            Err(problem) => Err(problem),
        };
        if let Err(problem) = taken {
            upload.abandon().await;
            return Err(problem);
        }
    }
    let name = name.map_or_else(|| "phone log".to_owned(), Name::into_string);
    let import = phone::create(app, &signed.0, NewFile { inbox, name, source }, upload).await?;
    let location = format!("/api/v1/phone/imports/{}", import.id);
    Ok(Created::new(location, PhoneImportOut::of(import, app.now())))
}

/// List imports of phone logs, newest first.
#[utoipa::path(
    tag = "Phone", params(PageQuery, ImportFilter),
    responses((status = 200, description = "A page of imports.", body = PageOut<PhoneImportOut>), OnList)
)]
#[get("/phone/imports")]
async fn list_phone_imports(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
    filter: Asked<ImportFilter>,
) -> Result<Json<PageOut<PhoneImportOut>>, Problem> {
    let inbox = filter.0.inbox.map(|inbox| inbox.0);
    let found = phone::list(&state.app, &signed.0, inbox, &page.0.into()).await?;
    let now = state.app.now();
    Ok(Json(PageOut::of(found, |import| PhoneImportOut::of(import, now))))
}

/// Read an import: how far it is, and what became of the rows.
#[utoipa::path(
    tag = "Phone", params(("id" = PhoneImportId, Path, description = "The import.")),
    responses((status = 200, description = "The import.", body = PhoneImportOut), OnGet)
)]
#[get("/phone/imports/{id}")]
async fn get_phone_import(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<PhoneImportId>,
) -> Result<Json<PhoneImportOut>, Problem> {
    Ok(shown(&state, phone::get(&state.app, &signed.0, id.0.0).await?))
}

/// How a file is to be read: by settings, or by a mapping that was saved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SourceIn {
    /// Settings: `format`, `time_zone` and what else is to be said.
    #[serde(default)]
    #[schema(value_type = Object, required = false, example = json!({ "format": "asterisk_csv", "time_zone": "Europe/Istanbul", "region": "TR" }))]
    source: Option<Map<String, Value>>,
    /// The name of a mapping.
    mapping: Option<Name>,
}

/// Say how a file is read.
///
/// It is then read from its beginning when it is started; what was read in before does not come twice.
#[utoipa::path(
    tag = "Phone", request_body = SourceIn,
    params(("id" = PhoneImportId, Path, description = "The import.")),
    responses((status = 200, description = "The import.", body = PhoneImportOut), OnWrite)
)]
#[put("/phone/imports/{id}/source")]
async fn set_phone_source(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<PhoneImportId>,
    body: Body<SourceIn>,
) -> Result<Json<PhoneImportOut>, Problem> {
    let source = match body.0 {
        SourceIn { source: Some(source), mapping: None } => checked(settings_of(source)?)?,
        SourceIn { source: None, mapping: Some(name) } => {
            phone::mapping(&state.app, &signed.0, name.as_str()).await?.source
        }
        _ => {
            let why = "give either `source` or `mapping`";
            return Err(Problem::new("invalid_field", why).at("source"));
        }
    };
    Ok(shown(&state, phone::set_source(&state.app, &signed.0, id.0.0, source).await?))
}

/// Try an import dry.
///
/// A worker counts what would become of the rows, into `checked`; nothing else is written.
#[utoipa::path(
    tag = "Phone",
    params(("id" = PhoneImportId, Path, description = "The import."), IdempotencyHeader),
    responses((status = 200, description = "The import.", body = PhoneImportOut), OnAction)
)]
#[post("/phone/imports/{id}/check")]
async fn check_phone_import(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<PhoneImportId>,
) -> Result<Json<PhoneImportOut>, Problem> {
    Ok(shown(&state, phone::check(&state.app, &signed.0, id.0.0).await?))
}

/// Start an import, or let it go on.
///
/// One that was paused or failed goes on where it was; one that is over is read once more.
#[utoipa::path(
    tag = "Phone",
    params(("id" = PhoneImportId, Path, description = "The import."), IdempotencyHeader),
    responses((status = 200, description = "The import.", body = PhoneImportOut), OnAction)
)]
#[post("/phone/imports/{id}/start")]
async fn start_phone_import(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<PhoneImportId>,
) -> Result<Json<PhoneImportOut>, Problem> {
    Ok(shown(&state, phone::start(&state.app, &signed.0, id.0.0).await?))
}

/// Pause an import. Starting it lets it go on where it was.
#[utoipa::path(
    tag = "Phone",
    params(("id" = PhoneImportId, Path, description = "The import."), IdempotencyHeader),
    responses((status = 200, description = "The import.", body = PhoneImportOut), OnAction)
)]
#[post("/phone/imports/{id}/pause")]
async fn pause_phone_import(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<PhoneImportId>,
) -> Result<Json<PhoneImportOut>, Problem> {
    Ok(shown(&state, phone::pause(&state.app, &signed.0, id.0.0).await?))
}

/// End an import. What was read in stays.
#[utoipa::path(
    tag = "Phone",
    params(("id" = PhoneImportId, Path, description = "The import."), IdempotencyHeader),
    responses((status = 200, description = "The import.", body = PhoneImportOut), OnAction)
)]
#[post("/phone/imports/{id}/cancel")]
async fn cancel_phone_import(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<PhoneImportId>,
) -> Result<Json<PhoneImportOut>, Problem> {
    Ok(shown(&state, phone::cancel(&state.app, &signed.0, id.0.0).await?))
}
