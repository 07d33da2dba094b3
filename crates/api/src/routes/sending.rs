//! Messages on their way out: taking one back, sending one again.

use crate::mount::ServiceConfig;
use actix_web::post;
use actix_web::web::{Data, Json};
use throughline_app::outgoing;

use super::items::ItemOut;
use crate::auth::Signed;
use crate::extract::{Id, IdempotencyHeader};
use crate::problem::Problem;
use crate::responses::OnAction;
use crate::state::ApiState;
use crate::wire::ItemId;

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(cancel_item).service(retry_item);
}

/// Take a message back that has not been sent yet.
///
/// Within the time that its inbox leaves for it, before the time it was scheduled for, or while it
/// waits to be tried again.
#[utoipa::path(
    tag = "Timeline", params(("id" = ItemId, Path, description = "The message."), IdempotencyHeader),
    responses((status = 200, description = "The message, which is not sent.", body = ItemOut), OnAction)
)]
#[post("/items/{id}/cancel")]
async fn cancel_item(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ItemId>,
) -> Result<Json<ItemOut>, Problem> {
    let item = outgoing::cancel(&state.app, &signed.0, id.0.0).await?;
    Ok(Json(ItemOut::of(item)))
}

/// Send a message again that failed, came back or was taken back.
///
/// It goes to those whom it has not reached.
#[utoipa::path(
    tag = "Timeline", params(("id" = ItemId, Path, description = "The message."), IdempotencyHeader),
    responses((status = 200, description = "The message, which is sent soon.", body = ItemOut), OnAction)
)]
#[post("/items/{id}/retry")]
async fn retry_item(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ItemId>,
) -> Result<Json<ItemOut>, Problem> {
    let item = outgoing::retry(&state.app, &signed.0, id.0.0).await?;
    Ok(Json(ItemOut::of(item)))
}
