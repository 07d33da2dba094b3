//! The statuses that tickets can have.

use crate::mount::ServiceConfig;
use actix_web::get;
use actix_web::web::{Data, Json};
use serde::Serialize;
use throughline_app::statuses;
use throughline_core::page::Page;
use throughline_core::ticket::Status;
use utoipa::ToSchema;

use crate::auth::Signed;
use crate::problem::Problem;
use crate::responses::OnList;
use crate::state::ApiState;
use crate::wire::{PageOut, StatusCategory};

/// Adds the route.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_statuses);
}

/// A named status.
#[derive(Debug, Serialize, ToSchema)]
struct StatusOut {
    /// Its stable key.
    #[schema(example = "open")]
    key: String,
    /// What agents read.
    #[schema(example = "Open")]
    name: String,
    /// What it means.
    category: StatusCategory,
}

impl StatusOut {
    fn of(status: Status) -> Self {
        let Status { key, name, category } = status;
        Self { key, name, category: category.into() }
    }
}

/// List the statuses, in the order of their life.
///
/// There are few: the list is always one page.
#[utoipa::path(
    tag = "Set-up",
    responses((status = 200, description = "All statuses.", body = PageOut<StatusOut>), OnList)
)]
#[get("/statuses")]
async fn list_statuses(
    state: Data<ApiState>,
    _: Signed,
) -> Result<Json<PageOut<StatusOut>>, Problem> {
    let items = statuses::list(&state.app).await?;
    Ok(Json(PageOut::of(Page { items, next: None }, StatusOut::of)))
}
