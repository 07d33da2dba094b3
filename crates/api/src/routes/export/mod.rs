//! The export of all that is held on a customer, streamed: as JSON for machines, as a page for people.

mod html;
mod json;

use std::str::FromStr;

use crate::mount::ServiceConfig;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpResponse, get};
use futures_util::stream::{self, Stream};
use throughline_app::AppError;
use throughline_app::timeline::{self, Export, Part};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::auth::Signed;
use crate::extract::{Asked, Caller, Id, from_query};
use crate::problem::Problem;
use crate::responses::OnGet;
use crate::state::ApiState;
use crate::wire::CustomerId;

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(export_customer);
}

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExportFormat {
    /// One JSON value.
    #[default]
    Json,
    /// One page that needs nothing else.
    Html,
}

impl FromStr for ExportFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "json" => Ok(Self::Json),
            "html" => Ok(Self::Html),
            _ => Err("expected json or html".to_owned()),
        }
    }
}

impl PartialSchema for ExportFormat {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(["json", "html"]))
            .default(Some("json".into()))
            .description(Some("`json` for machines, `html` for people."))
            .into()
    }
}

impl ToSchema for ExportFormat {}

/// How to write it.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct ExportQuery {
    /// The format; `json` when absent.
    format: Option<ExportFormat>,
}

from_query! { ExportQuery { format: maybe } }

/// What writes an export, piece by piece.
trait Writer {
    /// A part of the export, written.
    fn part(&mut self, part: Part) -> Result<String, AppError>;

    /// What stands at the end.
    fn end(&mut self) -> String;
}

/// Export all that is held on a customer.
///
/// All records that are this customer, with identities and where each came from, what is said of each
/// field and by whom, tickets, the whole timeline with the facts that each item told, promises, consents
/// and merges; files by their address and the BLAKE3 hash of their bytes. `complete` is false when you may
/// not see everything. An export that broke off does not end as its format ends. For leads and admins; the
/// audit trail tells who made it.
#[utoipa::path(
    tag = "Customers",
    params(("id" = CustomerId, Path, description = "The customer."), ExportQuery),
    responses(
        (
            status = 200,
            description = "The export.",
            content((serde_json::Value = "application/json"), (String = "text/html"))
        ),
        OnGet
    )
)]
#[get("/customers/{id}/export")]
async fn export_customer(
    state: Data<ApiState>,
    signed: Signed,
    caller: Caller,
    id: Id<CustomerId>,
    query: Asked<ExportQuery>,
) -> Result<HttpResponse, Problem> {
    let (begun, export) = timeline::export(&state.app, &signed.0, id.0.0, caller.0).await?;
    let format = query.0.format.unwrap_or_default();
    let (head, writer, media_type, ending): (_, Box<dyn Writer>, _, _) = match format {
        ExportFormat::Json => (
            json::head(begun)?,
            Box::new(json::Json::default()),
            "application/json; charset=utf-8",
            "json",
        ),
        ExportFormat::Html => (
            html::head(&begun),
            Box::new(html::Html::default()),
            "text/html; charset=utf-8",
            "html",
        ),
    };
    let name = format!("attachment; filename=\"{}.{ending}\"", id.0.0);
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, media_type))
        .insert_header((CONTENT_DISPOSITION, name))
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header((CACHE_CONTROL, "private, no-store"));
    Ok(response.streaming(Box::pin(pieces(head, export, writer))))
}

/// What is still to be written.
struct Rest {
    head: Option<String>,
    export: Export,
    writer: Box<dyn Writer>,
    ended: bool,
}

/// The export as a stream; only one part is held at any time.
fn pieces(
    head: String,
    export: Export,
    writer: Box<dyn Writer>,
) -> impl Stream<Item = Result<Bytes, AppError>> {
    let rest = Rest { head: Some(head), export, writer, ended: false };
    stream::unfold(rest, |mut rest| async move {
        if rest.ended {
            return None;
        }
        let piece = next_piece(&mut rest).await;
        if let Err(error) = &piece {
            tracing::warn!(%error, "an export broke off");
            rest.ended = true;
        }
        Some((piece.map(Bytes::from), rest))
    })
}

async fn next_piece(rest: &mut Rest) -> Result<String, AppError> {
    if let Some(head) = rest.head.take() {
        return Ok(head);
    }
    match rest.export.next().await? {
        Some(part) => rest.writer.part(part),
        None => {
            rest.ended = true;
            Ok(rest.writer.end())
        }
    }
}
