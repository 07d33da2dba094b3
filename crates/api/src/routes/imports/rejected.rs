//! The rows of a file that could not be read, as CSV.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpResponse, get};
use futures_util::{Stream, stream};
use throughline_app::{App, AppError, imports};
use throughline_core::actor::Actor;
use throughline_core::id;
use throughline_core::import::{REJECTED_HEADER, RejectedRow};

use crate::auth::Signed;
use crate::extract::{Caller, Id};
use crate::mount::ServiceConfig;
use crate::problem::Problem;
use crate::responses::OnGet;
use crate::state::ApiState;
use crate::wire::ImportId;

/// Adds the route.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_rejected_rows);
}

/// Fetch the rows that could not be read, as CSV.
///
/// Each with its place in the file, why it was rejected, and as it stands there. The first 10,000 are kept, the
/// others only counted. Cells that a spreadsheet would run as a formula begin with an apostrophe. The audit
/// trail tells who fetched them.
#[utoipa::path(
    tag = "Imports", params(("id" = ImportId, Path, description = "The import.")),
    responses(
        (status = 200, description = "The rows.", content_type = "text/csv", body = String),
        OnGet
    )
)]
#[get("/imports/{id}/rejected")]
async fn get_rejected_rows(
    state: Data<ApiState>,
    signed: Signed,
    caller: Caller,
    id: Id<ImportId>,
) -> Result<HttpResponse, Problem> {
    let import = imports::export_rejected(&state.app, &signed.0, id.0.0, caller.0).await?;
    let name = format!("attachment; filename=\"{}-rejected.csv\"", import.id);
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, name))
        .insert_header((CACHE_CONTROL, "private, no-store"));
    Ok(response.streaming(Box::pin(pieces(state.app.clone(), signed.0, id.0.0))))
}

/// The header, then the rows, a page of them at a time.
fn pieces(app: App, actor: Actor, id: id::ImportId) -> impl Stream<Item = Result<Bytes, AppError>> {
    stream::unfold(Some(None), move |state: Option<Option<u64>>| {
        let (app, actor) = (app.clone(), actor.clone());
        async move {
            let Some(after) = state? else {
                return Some((Ok(Bytes::from(REJECTED_HEADER)), Some(Some(0))));
            };
            match imports::rejected(&app, &actor, id, after).await {
                Ok(rows) => {
                    let last = rows.last()?.place;
                    let text: String = rows.iter().map(RejectedRow::csv).collect();
                    Some((Ok(Bytes::from(text)), Some(Some(last))))
                }
                Err(error) => Some((Err(error), None)),
            }
        }
    })
}
