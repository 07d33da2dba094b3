//! What a phone log will be read as: encoding, separator, format, columns and first rows; and the formats.

use actix_web::web::{self, Data, Json};
use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use throughline_app::phone;
use throughline_ingest::phone::{Column, Looks, PhoneFormat, Row, Wrong, formats};
use throughline_ingest::phone_preview::{PREVIEW_BYTES, Preview, preview};
use utoipa::ToSchema;

use super::call_wire::{CallLegOut, CallOut};
use super::import_wire::settings_of;
use crate::auth::Signed;
use crate::extract::{Body, Id, IdempotencyHeader};
use crate::mount::ServiceConfig;
use crate::problem::Problem;
use crate::responses::{OnList, OnWrite};
use crate::state::ApiState;
use crate::wire::PhoneImportId;

/// Rows of a preview when nobody says.
const DEFAULT_ROWS: usize = 20;

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(preview_phone_import).service(list_phone_formats);
}

/// By which settings a file is looked at.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PreviewIn {
    /// Settings to try; those of the import when absent, else what the file looks like.
    #[serde(default)]
    #[schema(value_type = Object, required = false, example = json!({ "format": "asterisk_csv", "time_zone": "Europe/Istanbul", "region": "TR" }))]
    source: Option<Map<String, Value>>,
    /// How many rows; 20 when absent.
    #[schema(minimum = 1, maximum = 200, example = 20)]
    rows: Option<u8>,
}

/// What a file will be read as.
#[derive(Debug, Serialize, ToSchema)]
struct PreviewOut {
    /// The name of the format that it seems to have; null when it seems to have none of those known.
    #[schema(example = "asterisk_csv")]
    format: Option<&'static str>,
    /// The encoding.
    #[schema(example = "utf-8")]
    encoding: String,
    /// The separator of columns; null when it is no table.
    #[schema(example = ",")]
    separator: Option<char>,
    /// Whether the first row names the columns.
    has_header: bool,
    /// The columns.
    columns: Vec<ColumnOut>,
    /// The settings by which the rows were read.
    #[schema(value_type = Object)]
    source: Value,
    /// What is wrong with these settings; the rows are then not read.
    wrong: Vec<WrongOut>,
    /// Why the file cannot be read by these settings at all.
    unreadable: Option<String>,
    /// The first rows.
    rows: Vec<PreviewRowOut>,
    /// The calls that these rows tell of; of those at the end some legs may be missing.
    calls: Vec<CallOut>,
}

/// A column of a file.
#[derive(Debug, Serialize, ToSchema)]
struct ColumnOut {
    /// Its name, or its place such as `#3`.
    #[schema(example = "calldate")]
    name: String,
    /// What stands in it in the first rows.
    samples: Vec<String>,
}

/// A setting that cannot be.
#[derive(Debug, Serialize, ToSchema)]
struct WrongOut {
    /// Its name.
    #[schema(example = "time_zone")]
    field: &'static str,
    /// What is wrong, and what to do.
    #[schema(example = "name the time zone of the phone system's clock")]
    why: String,
}

/// A row of a file.
#[derive(Debug, Serialize, ToSchema)]
struct PreviewRowOut {
    /// Its place among the rows, from 1.
    #[schema(example = 1)]
    row: u64,
    /// The line on which it begins.
    #[schema(example = 2)]
    line: u64,
    /// As it stands in the file.
    raw: String,
    /// Why it is rejected; null when it is not.
    error: Option<String>,
    /// The legs that it tells of.
    legs: Vec<CallLegOut>,
}

/// A format of phone logs.
#[derive(Debug, Serialize, ToSchema)]
struct PhoneFormatOut {
    /// Its name in settings.
    #[schema(example = "asterisk_csv")]
    name: &'static str,
    /// Its name for people.
    #[schema(example = "Asterisk Master.csv")]
    title: &'static str,
    /// Where such a file comes from, and what to know about it.
    help: &'static str,
    /// Whether a time zone has to be named.
    needs_zone: bool,
    /// Whether it is a table of columns.
    is_table: bool,
    /// Whether the names of its columns may be given.
    takes_columns: bool,
    /// Whether it wants a mapping.
    needs_mapping: bool,
}

/// The formats of phone logs.
#[derive(Debug, Serialize, ToSchema)]
struct PhoneFormatsOut {
    /// All of them, in the order in which they are shown.
    items: Vec<PhoneFormatOut>,
}

impl PhoneFormatOut {
    fn of(format: &PhoneFormat) -> Self {
        let PhoneFormat { name, title, help, needs_zone, is_table, takes_columns, needs_mapping } =
            *format;
        Self { name, title, help, needs_zone, is_table, takes_columns, needs_mapping }
    }
}

impl PreviewRowOut {
    fn of(row: Row) -> Self {
        let Row { number, line, raw, result } = row;
        let (legs, error) = match result {
            Ok(legs) => (legs.into_iter().map(CallLegOut::of).collect(), None),
            Err(why) => (Vec::new(), Some(why.to_string())),
        };
        Self { row: number, line, raw, error, legs }
    }
}

impl PreviewOut {
    fn of(found: Preview) -> Self {
        let Preview { looks, settings, wrong, unreadable, rows, calls } = found;
        let Looks { encoding, has_mark: _, separator, has_header, format, columns } = looks;
        let encoding = serde_json::to_value(encoding).ok();
        let column = |Column { name, samples }| ColumnOut { name, samples };
        let fault = |Wrong { field, why }| WrongOut { field, why };
        Self {
            format,
            encoding: encoding.and_then(|e| e.as_str().map(str::to_owned)).unwrap_or_default(),
            separator,
            has_header,
            columns: columns.into_iter().map(column).collect(),
            source: serde_json::to_value(settings).unwrap_or_default(),
            wrong: wrong.into_iter().map(fault).collect(),
            unreadable,
            rows: rows.into_iter().map(PreviewRowOut::of).collect(),
            calls: calls.into_iter().map(CallOut::of).collect(),
        }
    }
}

/// Look at what a file will be read as.
///
/// Nothing is written, and only the beginning of the file is read.
#[utoipa::path(
    tag = "Phone", request_body = PreviewIn,
    params(("id" = PhoneImportId, Path, description = "The import."), IdempotencyHeader),
    responses((status = 200, description = "The preview.", body = PreviewOut), OnWrite)
)]
#[post("/phone/imports/{id}/preview")]
async fn preview_phone_import(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<PhoneImportId>,
    body: Body<PreviewIn>,
) -> Result<Json<PreviewOut>, Problem> {
    let PreviewIn { source, rows } = body.0;
    let import = phone::get(&state.app, &signed.0, id.0.0).await?;
    let stored = import.source.as_ref().and_then(|source| source.as_object().cloned());
    let settings = source.or(stored).map(settings_of).transpose()?;
    let (head, whole) = phone::head(&state.app, &signed.0, id.0.0, PREVIEW_BYTES).await?;
    let rows = rows.map_or(DEFAULT_ROWS, usize::from);
    let looked = web::block(move || preview(&head, whole, settings, rows)).await;
    let died = |e| Problem::new("internal", "something went wrong on our side").because(e);
    Ok(Json(PreviewOut::of(looked.map_err(died)?)))
}

/// List the formats of phone logs.
#[utoipa::path(
    tag = "Phone",
    responses((status = 200, description = "The formats.", body = PhoneFormatsOut), OnList)
)]
#[get("/phone/formats")]
async fn list_phone_formats(_signed: Signed) -> Json<PhoneFormatsOut> {
    Json(PhoneFormatsOut { items: formats().iter().map(PhoneFormatOut::of).collect() })
}
