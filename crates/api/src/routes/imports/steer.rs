//! Imports: sending a file, saying how it is read, starting and stopping, looking at it.

use actix_web::web::{Data, Json};
use actix_web::{get, post, put};
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::{Map, Value};
use throughline_app::App;
use throughline_app::imports::{self, Import, NewFile};
use throughline_app::phone;
use throughline_core::actor::Actor;
use throughline_core::{id, import};
use utoipa::{IntoParams, ToSchema};

use super::source::checked;
use super::wire::ImportOut;
use crate::answer::Created;
use crate::auth::Signed;
use crate::extract::{Asked, Body, Id, IdempotencyHeader, LaterBody, from_query};
use crate::mount::ServiceConfig;
use crate::problem::Problem;
use crate::responses::{OnAction, OnCreate, OnGet, OnList, OnWrite};
use crate::state::ApiState;
use crate::wire::{ImportId, ImportKind, InboxId, Name, PageOut, PageQuery, Text};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_imports)
        .service(create_import)
        .service(get_import)
        .service(set_import_source)
        .service(check_import)
        .service(start_import)
        .service(pause_import)
        .service(cancel_import);
}

/// Where a file goes, and how it is read.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct FileQuery {
    /// What it holds.
    kind: ImportKind,
    /// The inbox by which it comes: for calls one of the channel phone, for mail one of the channel email;
    /// none for contacts.
    inbox: Option<InboxId>,
    /// The name of the file.
    name: Option<Name>,
    /// For calls: the name of the mapping by which it is read; that of the inbox when absent, if it has one.
    mapping: Option<Name>,
}

from_query! { FileQuery { kind: one, inbox: maybe, name: maybe, mapping: maybe } }

/// Which imports.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct ImportFilter {
    /// Only those of this kind.
    kind: Option<ImportKind>,
    /// Only those into this inbox.
    inbox: Option<InboxId>,
}

from_query! { ImportFilter { kind: maybe, inbox: maybe } }

fn shown(state: &ApiState, import: Import) -> Json<ImportOut> {
    Json(ImportOut::of(import, state.app.now()))
}

/// Send a file to be imported.
///
/// The body is the file as it is, of at most 2 GiB (of at most 50 MiB with an `Idempotency-Key`). Nothing is
/// read in yet: look at the preview, set the source, try it dry, then start it.
#[utoipa::path(
    tag = "Imports", params(FileQuery, IdempotencyHeader),
    request_body(
        content = Vec<u8>, content_type = "application/octet-stream",
        description = "The file; any media type."
    ),
    responses((status = 201, description = "The import.", body = ImportOut), OnCreate)
)]
#[post("/imports")]
async fn create_import(
    state: Data<ApiState>,
    signed: Signed,
    query: Asked<FileQuery>,
    body: LaterBody,
) -> Result<Created<ImportOut>, Problem> {
    let FileQuery { kind, inbox, name, mapping } = query.0;
    let (app, kind, inbox) = (&state.app, kind.0, inbox.map(|inbox| inbox.0));
    let mut upload = imports::upload(app, &signed.0, kind, inbox).await?;
    let source = match saved_source(app, &signed.0, (kind, inbox), mapping).await {
        Ok(source) => source,
        Err(problem) => {
            upload.abandon().await;
            return Err(problem);
        }
    };
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
    let name = name.map_or_else(|| kind.to_string(), Name::into_string);
    let new = NewFile { kind, inbox, name, source };
    let import = imports::create(app, &signed.0, new, upload).await?;
    let location = format!("/api/v1/imports/{}", import.id);
    Ok(Created::new(location, ImportOut::of(import, app.now())))
}

/// How a file of calls is read by what was saved before; nothing is saved for the other kinds.
async fn saved_source(
    app: &App,
    actor: &Actor,
    (kind, inbox): (import::ImportKind, Option<id::InboxId>),
    mapping: Option<Name>,
) -> Result<Option<Value>, Problem> {
    match (kind, inbox, mapping) {
        (import::ImportKind::Calls, _, Some(name)) => {
            Ok(Some(phone::mapping(app, actor, name.as_str()).await?.source))
        }
        (import::ImportKind::Calls, Some(inbox), None) => {
            Ok(phone::source_of(app, actor, inbox).await?)
        }
        (_, _, Some(_)) => {
            Err(Problem::new("invalid_field", "mappings are for calls").at("mapping"))
        }
        _ => Ok(None),
    }
}

/// List imports, newest first.
#[utoipa::path(
    tag = "Imports", params(PageQuery, ImportFilter),
    responses((status = 200, description = "A page of imports.", body = PageOut<ImportOut>), OnList)
)]
#[get("/imports")]
async fn list_imports(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
    filter: Asked<ImportFilter>,
) -> Result<Json<PageOut<ImportOut>>, Problem> {
    let ImportFilter { kind, inbox } = filter.0;
    let (kind, inbox) = (kind.map(|kind| kind.0), inbox.map(|inbox| inbox.0));
    let found = imports::list(&state.app, &signed.0, kind, inbox, &page.0.into()).await?;
    let now = state.app.now();
    Ok(Json(PageOut::of(found, |import| ImportOut::of(import, now))))
}

/// Read an import: how far it is, and what became of the rows.
#[utoipa::path(
    tag = "Imports", params(("id" = ImportId, Path, description = "The import.")),
    responses((status = 200, description = "The import.", body = ImportOut), OnGet)
)]
#[get("/imports/{id}")]
async fn get_import(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ImportId>,
) -> Result<Json<ImportOut>, Problem> {
    Ok(shown(&state, imports::get(&state.app, &signed.0, id.0.0).await?))
}

/// How a file is to be read: by settings, or by a mapping that was saved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SourceIn {
    /// Settings. For calls `format`, `time_zone` and what else is to be said; for contacts `columns` and what
    /// else is to be said.
    #[serde(default)]
    #[schema(value_type = Object, required = false, example = json!({ "format": "asterisk_csv", "time_zone": "Europe/Istanbul", "region": "TR" }))]
    source: Option<Map<String, Value>>,
    /// The name of a mapping, for calls.
    mapping: Option<Name>,
}

/// Say how a file is read.
///
/// It is then read from its beginning when it is started; what was read in before does not come twice.
#[utoipa::path(
    tag = "Imports", request_body = SourceIn,
    params(("id" = ImportId, Path, description = "The import.")),
    responses((status = 200, description = "The import.", body = ImportOut), OnWrite)
)]
#[put("/imports/{id}/source")]
async fn set_import_source(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ImportId>,
    body: Body<SourceIn>,
) -> Result<Json<ImportOut>, Problem> {
    let (app, actor) = (&state.app, &signed.0);
    let kind = imports::get(app, actor, id.0.0).await?.kind;
    let source = match body.0 {
        SourceIn { source: Some(source), mapping: None } => checked(app, kind, source)?,
        SourceIn { source: None, mapping: Some(name) } if kind == import::ImportKind::Calls => {
            phone::mapping(app, actor, name.as_str()).await?.source
        }
        _ => {
            let why = "give either `source`, or for calls `mapping`";
            return Err(Problem::new("invalid_field", why).at("source"));
        }
    };
    Ok(shown(&state, imports::set_source(app, actor, id.0.0, source).await?))
}

/// Try an import dry.
///
/// A worker counts what would become of the rows, into `checked`; nothing else is written.
#[utoipa::path(
    tag = "Imports",
    params(("id" = ImportId, Path, description = "The import."), IdempotencyHeader),
    responses((status = 200, description = "The import.", body = ImportOut), OnAction)
)]
#[post("/imports/{id}/check")]
async fn check_import(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ImportId>,
) -> Result<Json<ImportOut>, Problem> {
    Ok(shown(&state, imports::check(&state.app, &signed.0, id.0.0).await?))
}

/// Start an import, or let it go on.
///
/// One that was paused or failed goes on where it was; one that is over is read once more.
#[utoipa::path(
    tag = "Imports",
    params(("id" = ImportId, Path, description = "The import."), IdempotencyHeader),
    responses((status = 200, description = "The import.", body = ImportOut), OnAction)
)]
#[post("/imports/{id}/start")]
async fn start_import(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ImportId>,
) -> Result<Json<ImportOut>, Problem> {
    Ok(shown(&state, imports::start(&state.app, &signed.0, id.0.0).await?))
}

/// Pause an import. Starting it lets it go on where it was.
#[utoipa::path(
    tag = "Imports",
    params(("id" = ImportId, Path, description = "The import."), IdempotencyHeader),
    responses((status = 200, description = "The import.", body = ImportOut), OnAction)
)]
#[post("/imports/{id}/pause")]
async fn pause_import(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ImportId>,
) -> Result<Json<ImportOut>, Problem> {
    Ok(shown(&state, imports::pause(&state.app, &signed.0, id.0.0).await?))
}

/// End an import. What was read in stays.
#[utoipa::path(
    tag = "Imports",
    params(("id" = ImportId, Path, description = "The import."), IdempotencyHeader),
    responses((status = 200, description = "The import.", body = ImportOut), OnAction)
)]
#[post("/imports/{id}/cancel")]
async fn cancel_import(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ImportId>,
) -> Result<Json<ImportOut>, Problem> {
    Ok(shown(&state, imports::cancel(&state.app, &signed.0, id.0.0).await?))
}
