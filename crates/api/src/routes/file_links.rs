//! Files by links: what a platform that fetches files by itself gets, and ending the links to a file. A link
//! is made with the reply that carries the file, and for nothing else.

use crate::mount::ServiceConfig;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
};
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, head};
use throughline_app::file_links;

use super::attachments::{disposition, media_type};
use crate::answer::Done;
use crate::auth::Signed;
use crate::extract::Id;
use crate::problem::Problem;
use crate::responses::{OnDelete, OnLink};
use crate::state::ApiState;
use crate::wire::AttachmentId;

/// Adds the routes under the version.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(end_file_links);
}

/// Adds those that need no sign-in: who has the link may read.
pub fn open(config: &mut ServiceConfig<'_>) {
    config.service(get_linked_file).service(head_linked_file);
}

/// Fetch a file by its link.
///
/// For platforms that fetch the files of a reply by themselves. A link names one file, is good for two hours
/// and 20 answers, and is gone with its file. What is over is answered as what never was.
#[utoipa::path(
    tag = "Hooks", security(()),
    params(("token" = String, Path, description = "What stands in the link.")),
    responses(
        (status = 200, description = "The bytes.", content_type = "*/*", body = Vec<u8>),
        OnLink
    )
)]
#[get("/files/{token}")]
async fn get_linked_file(
    state: Data<ApiState>,
    token: Path<String>,
) -> Result<HttpResponse, Problem> {
    answer(&state, &token).await
}

/// Look at a file by its link, without its bytes.
///
/// As fetching it is, and it counts as an answer too.
#[utoipa::path(
    tag = "Hooks", security(()),
    params(("token" = String, Path, description = "What stands in the link.")),
    responses((status = 200, description = "What it is."), OnLink)
)]
#[head("/files/{token}")]
async fn head_linked_file(
    state: Data<ApiState>,
    token: Path<String>,
) -> Result<HttpResponse, Problem> {
    answer(&state, &token).await
}

async fn answer(state: &ApiState, token: &str) -> Result<HttpResponse, Problem> {
    let (info, bytes) = file_links::open(&state.app, token).await?;
    let essence = info.media_type.split(';').next().unwrap_or_default().trim();
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, media_type(essence)))
        .insert_header(disposition(info.name.as_deref()))
        // A browser that is led here runs nothing and keeps nothing.
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header(("cross-origin-resource-policy", "same-origin"))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header(("referrer-policy", "no-referrer"))
        .insert_header(("x-robots-tag", "noindex, nofollow"))
        .insert_header((CONTENT_ENCODING, "identity"));
    Ok(response.body(bytes))
}

/// End the links to a file.
///
/// A platform that has not fetched it yet does not get it any more. Doing it again changes nothing. While the
/// reply that carries it still waits to be sent, it would go with new links: take that back first.
#[utoipa::path(
    tag = "Timeline", params(("id" = AttachmentId, Path, description = "The attachment.")),
    responses((status = 204, description = "There are none any more."), OnDelete)
)]
#[delete("/attachments/{id}/links")]
async fn end_file_links(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<AttachmentId>,
) -> Result<Done, Problem> {
    file_links::end(&state.app, &signed.0, id.0.0).await?;
    Ok(Done)
}
