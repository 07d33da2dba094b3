//! The HTML of a message, made safe to show: as JSON, or as a page for a sandboxed frame; and the images of
//! other servers that it names, through us.

use std::fmt;
use std::str::FromStr;

use crate::mount::ServiceConfig;
use actix_web::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, VARY, X_FRAME_OPTIONS,
};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use throughline_app::html::{self, Addresses, ItemHtml, RemoteImages};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::auth::Reader;
use crate::extract::{Asked, Id, Number, from_query};
use crate::problem::Problem;
use crate::responses::OnGet;
use crate::state::ApiState;
use crate::wire::{AttachmentId, ItemId};

/// What a page in a frame may do: show itself and what is ours, and open its links elsewhere. The desk
/// measures it and moves its keys along, which needs the same origin; nothing runs in it.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; \
                           sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; \
                           frame-ancestors 'self'";
/// White, as its writer saw it; long words and wide pictures stay within.
const PAGE_STYLE: &str = "html{background:#fff;color:#161a21;color-scheme:light}body{margin:0;\
                          font:14px/1.57 system-ui,sans-serif;overflow-wrap:anywhere}\
                          img{max-width:100%;height:auto}";
/// How long a browser keeps an image, so that scrolling back asks nobody.
const KEPT_SECONDS: u32 = 3600;

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_item_html).service(get_item_image);
}

/// What becomes of images on other servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Images {
    /// They are not loaded.
    Blocked,
    /// They are loaded through us.
    Shown,
    /// They are loaded from where they are.
    Allowed,
}

const BLOCKED: &str = "blocked";
const SHOWN: &str = "shown";
const ALLOWED: &str = "allowed";

impl FromStr for Images {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            BLOCKED => Ok(Self::Blocked),
            SHOWN => Ok(Self::Shown),
            ALLOWED => Ok(Self::Allowed),
            _ => Err(format!("expected {BLOCKED}, {SHOWN} or {ALLOWED}")),
        }
    }
}

impl fmt::Display for Images {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blocked => BLOCKED,
            Self::Shown => SHOWN,
            Self::Allowed => ALLOWED,
        })
    }
}

impl PartialSchema for Images {
    fn schema() -> RefOr<Schema> {
        let about = "Whether images on other servers are loaded. They tell the sender when a mail is \
                     read, and where, unless they are `shown`: then they come through this server. \
                     `allowed` leaves their own addresses, which a page in a frame never loads.";
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some([BLOCKED, SHOWN, ALLOWED]))
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
/// As JSON; or, to whoever accepts `text/html` as frames do, as a page of its own, whose
/// Content-Security-Policy lets it run nothing and load nothing from elsewhere. `data-remote-images` and
/// `data-cut` of its `html` element say what the fields of the JSON say. Show it in a frame with
/// `sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"`. A browser's cookie for files
/// opens it. An item without HTML is answered with 404: show its `body`.
#[utoipa::path(
    tag = "Timeline", params(("id" = ItemId, Path, description = "The item."), HtmlQuery),
    responses(
        (
            status = 200, description = "The HTML.",
            content((HtmlOut = "application/json"), (String = "text/html"))
        ),
        OnGet
    )
)]
#[get("/items/{id}/html")]
async fn get_item_html(
    state: Data<ApiState>,
    reader: Reader,
    id: Id<ItemId>,
    query: Asked<HtmlQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (asked, is_page) = (query.0.images.unwrap_or(Images::Blocked), wants_page(&request));
    let images = match asked {
        Images::Blocked => RemoteImages::Blocked,
        Images::Shown | Images::Allowed => RemoteImages::Allowed,
    };
    let addresses = match asked {
        Images::Blocked | Images::Allowed if !is_page => Addresses::Own,
        _ => Addresses::Ours { parts: is_page },
    };
    let shown = html::of_item(&state.app, &reader.0, id.0.0, images, addresses).await?;
    let mut response = HttpResponse::Ok();
    response.insert_header((VARY, "Accept"));
    if is_page {
        return Ok(page(response, &shown));
    }
    Ok(response.json(HtmlOut::of(shown)))
}

/// Whether HTML is accepted by name, as browsers do for frames. Programs accept anything or JSON.
fn wants_page(request: &HttpRequest) -> bool {
    let accepted = request.headers().get_all(ACCEPT).filter_map(|line| line.to_str().ok());
    let mut types = accepted.flat_map(|line| line.split(','));
    types.any(|one| one.split(';').next().unwrap_or_default().trim() == "text/html")
}

fn page(mut response: actix_web::HttpResponseBuilder, shown: &ItemHtml) -> HttpResponse {
    let ItemHtml { safe, inline: _ } = shown;
    let body = format!(
        "<!doctype html>\n<html data-remote-images=\"{}\" data-cut=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title></title>\
         <style>{PAGE_STYLE}</style></head><body dir=\"auto\">{}</body></html>\n",
        safe.remote_images, safe.cut, safe.html
    );
    response
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY))
        .insert_header((X_FRAME_OPTIONS, "SAMEORIGIN"))
        .insert_header(("cross-origin-resource-policy", "same-origin"))
        .body(body)
}

/// Load an image of another server that a message shows.
///
/// Only those that its HTML names, by their numbers there; `GET /items/{id}/html?images=shown` has the
/// addresses. It is fetched by this server, which refuses addresses that are not public, and is handed out
/// only if it is a PNG, JPEG, GIF or WebP of at most 8 MiB. A browser's cookie for files opens it.
#[utoipa::path(
    tag = "Timeline",
    params(
        ("id" = ItemId, Path, description = "The item."),
        ("number" = i64, Path, description = "The number of the image.", minimum = 1)
    ),
    responses(
        (status = 200, description = "The image.", content_type = "image/*", body = Vec<u8>),
        OnGet
    )
)]
#[get("/items/{id}/images/{number}")]
async fn get_item_image(
    state: Data<ApiState>,
    reader: Reader,
    id: Id<ItemId>,
    number: Number,
) -> Result<HttpResponse, Problem> {
    let fetch = state.settings.images.as_deref();
    let fetch = fetch.ok_or_else(|| Problem::new("unavailable", "no images are fetched here"))?;
    let number = usize::try_from(number.0).unwrap_or(usize::MAX);
    let image = html::image(&state.app, &reader.0, fetch, id.0.0, number).await?;
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, image.media_type))
        .insert_header((CONTENT_DISPOSITION, "inline"))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .insert_header(("cross-origin-resource-policy", "same-origin"))
        .insert_header((CACHE_CONTROL, format!("private, max-age={KEPT_SECONDS}")))
        .insert_header((CONTENT_ENCODING, "identity"));
    Ok(response.body(image.bytes))
}
