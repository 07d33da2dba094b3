//! The HTML of a message, made safe to show.

use std::fmt;
use std::str::FromStr;

use crate::mount::ServiceConfig;
use actix_web::get;
use actix_web::web::{Data, Json};
use serde::Serialize;
use throughline_app::html::{self, ItemHtml, RemoteImages};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::auth::Signed;
use crate::extract::{Asked, Id, from_query};
use crate::problem::Problem;
use crate::responses::OnGet;
use crate::state::ApiState;
use crate::wire::{AttachmentId, ItemId};

/// Adds the route.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_item_html);
}

/// What becomes of images on other servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Images(RemoteImages);

const BLOCKED: &str = "blocked";
const ALLOWED: &str = "allowed";

impl FromStr for Images {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            BLOCKED => Ok(Self(RemoteImages::Blocked)),
            ALLOWED => Ok(Self(RemoteImages::Allowed)),
            _ => Err(format!("expected {BLOCKED} or {ALLOWED}")),
        }
    }
}

impl fmt::Display for Images {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 == RemoteImages::Allowed { ALLOWED } else { BLOCKED })
    }
}

impl PartialSchema for Images {
    fn schema() -> RefOr<Schema> {
        let about = "Whether images on other servers are loaded. They tell the sender when and where \
                     a mail is read.";
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some([BLOCKED, ALLOWED]))
            .description(Some(about))
            .into()
    }
}

impl ToSchema for Images {}

/// How to show it.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct HtmlQuery {
    /// What becomes of images on other servers; `blocked` when absent.
    images: Option<Images>,
}

from_query! { HtmlQuery { images: maybe } }

/// HTML that may be shown.
#[derive(Debug, Serialize, ToSchema)]
struct HtmlOut {
    /// The page without `html`, `head` and `body`: no scripts, no forms, no styles that leave its
    /// frame. Show it in a sandboxed frame all the same.
    #[schema(example = "<p>Merhaba</p>")]
    html: String,
    /// How many images on other servers it names. While they are blocked their addresses stand in
    /// `data-blocked-src`.
    remote_images: usize,
    /// Whether it was too long and its end is missing; the raw mail stays whole.
    cut: bool,
    /// The files that it shows by `cid:`.
    inline: Vec<InlineOut>,
}

/// A file that the text shows.
#[derive(Debug, Serialize, ToSchema)]
struct InlineOut {
    /// What follows `cid:` in the HTML.
    #[schema(example = "logo@mail.example.com")]
    content_id: String,
    /// The file; fetch it at `/api/v1/attachments/{id}`.
    attachment: AttachmentId,
}

impl HtmlOut {
    fn of(page: ItemHtml) -> Self {
        let ItemHtml { safe, inline } = page;
        let named = |(content_id, id): (String, _)| InlineOut { content_id, attachment: id };
        Self {
            html: safe.html,
            remote_images: safe.remote_images,
            cut: safe.cut,
            inline: inline
                .into_iter()
                .map(|(name, id)| named((name, AttachmentId::from(id))))
                .collect(),
        }
    }
}

/// Read the HTML of a message, made safe to show.
///
/// An item without HTML is answered with 404: show its `body`.
#[utoipa::path(
    tag = "Timeline", params(("id" = ItemId, Path, description = "The item."), HtmlQuery),
    responses((status = 200, description = "The HTML.", body = HtmlOut), OnGet)
)]
#[get("/items/{id}/html")]
async fn get_item_html(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ItemId>,
    query: Asked<HtmlQuery>,
) -> Result<Json<HtmlOut>, Problem> {
    let images = query.0.images.map_or(RemoteImages::Blocked, |images| images.0);
    let page = html::of_item(&state.app, &signed.0, id.0.0, images).await?;
    Ok(Json(HtmlOut::of(page)))
}
