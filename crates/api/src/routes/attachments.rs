//! Attachments: bytes that strangers sent, handed out so that no browser runs them; files sent here to be
//! attached to a reply; and asking once more for those that lie with a platform.

use crate::mount::ServiceConfig;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, Charset,
    ContentDisposition, DispositionParam, DispositionType, ExtendedValue, HeaderValue,
};
use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, get, post};
use throughline_app::attachments::{self, NewFile};
use throughline_app::remote_files;
use utoipa::IntoParams;

use super::items::ItemOut;
use super::messages::AttachmentOut;
use crate::answer::Created;
use crate::auth::{Reader, Signed};
use crate::extract::{Asked, FileBody, Id, IdempotencyHeader, from_query};
use crate::problem::Problem;
use crate::responses::{OnAction, OnCreate, OnGet};
use crate::state::ApiState;
use crate::wire::{AttachmentId, ItemId, Name, Text};

/// What a file is called that has no name, or none that may be used.
const NAMELESS: &str = "attachment";
/// The longest file name handed out, in characters; file systems take 255 bytes.
const LONGEST: usize = 120;

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_attachment).service(create_attachment).service(retry_item_files);
}

/// What a file is called.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct FileQuery {
    /// Its name.
    name: Option<Name>,
}

from_query! { FileQuery { name: maybe } }

/// Send a file that a reply is to carry.
///
/// The body is the file, its `Content-Type` the file's. Name the id in `attachments` of a reply within
/// a day; it can be used once, by you alone, and cannot be fetched before.
#[utoipa::path(
    tag = "Timeline", params(FileQuery, IdempotencyHeader),
    request_body(
        content = Vec<u8>, content_type = "application/octet-stream",
        description = "The file, of at most 18 MiB; any media type."
    ),
    responses((status = 201, description = "The file.", body = AttachmentOut), OnCreate)
)]
#[post("/attachments")]
async fn create_attachment(
    state: Data<ApiState>,
    signed: Signed,
    query: Asked<FileQuery>,
    body: FileBody,
) -> Result<Created<AttachmentOut>, Problem> {
    let FileBody { bytes, media_type: told } = body;
    if bytes.is_empty() {
        return Err(Problem::new("invalid_body", "send the file: the body is empty"));
    }
    let media_type = media_type(&told).to_str().unwrap_or_default().to_owned();
    let name = query.0.name.map(Name::into_string);
    let new = NewFile { name, media_type, bytes: bytes.to_vec() };
    let info = attachments::upload(&state.app, &signed.0, new).await?;
    Ok(Created::new(format!("/api/v1/attachments/{}", info.id), AttachmentOut::of(info)))
}

/// Fetch an attachment.
///
/// Always as a download, with the media type that its sender gave it.
#[utoipa::path(
    tag = "Timeline", params(("id" = AttachmentId, Path, description = "The attachment.")),
    responses(
        (status = 200, description = "The bytes.", content_type = "*/*", body = Vec<u8>),
        OnGet
    )
)]
#[get("/attachments/{id}")]
async fn get_attachment(
    state: Data<ApiState>,
    reader: Reader,
    id: Id<AttachmentId>,
) -> Result<HttpResponse, Problem> {
    let (info, bytes) = attachments::open(&state.app, &reader.0, id.0.0).await?;
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, media_type(&info.media_type)))
        .insert_header(disposition(info.name.as_deref()))
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        // Pages of another origin could otherwise show it by the reader's cookie.
        .insert_header(("cross-origin-resource-policy", "same-origin"))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        // Mostly compressed already, and a length is worth more to a download than a few bytes.
        .insert_header((CONTENT_ENCODING, "identity"));
    Ok(response.body(bytes))
}

/// Fetch the files of a chat message once more that could not be had.
///
/// Its platform is asked at once, and then again for a day. `platform.files` of the message tells how each
/// stands; the event `message.changed` comes when one has come or is given up.
#[utoipa::path(
    tag = "Timeline", params(("id" = ItemId, Path, description = "The message."), IdempotencyHeader),
    responses(
        (status = 200, description = "The message, whose files are fetched soon.", body = ItemOut),
        OnAction
    )
)]
#[post("/items/{id}/files/retry")]
async fn retry_item_files(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ItemId>,
) -> Result<Json<ItemOut>, Problem> {
    let item = remote_files::retry(&state.app, &signed.0, id.0.0).await?;
    Ok(Json(ItemOut::of(item)))
}

/// The sender's media type when it is one; never one that could break the header.
pub(super) fn media_type(told: &str) -> HeaderValue {
    let safe = |b: u8| b.is_ascii_alphanumeric() || b"/+.-_".contains(&b);
    let one_slash = told.bytes().filter(|b| *b == b'/').count() == 1;
    let fits = one_slash && told.len() <= 100 && told.bytes().all(safe);
    let fallback = HeaderValue::from_static("application/octet-stream");
    if fits { HeaderValue::from_str(told).unwrap_or(fallback) } else { fallback }
}

/// `attachment` with a plain name for old clients and the true one for the others (RFC 6266).
pub(super) fn disposition(name: Option<&str>) -> ContentDisposition {
    let name = safe_name(name.unwrap_or_default());
    let plain: String = name.chars().map(|c| if c.is_ascii() { c } else { '_' }).collect();
    let mut parameters = vec![DispositionParam::Filename(plain.clone())];
    if plain != name {
        parameters.push(DispositionParam::FilenameExt(ExtendedValue {
            charset: Charset::Ext("UTF-8".to_owned()),
            language_tag: None,
            value: name.into_bytes(),
        }));
    }
    ContentDisposition { disposition: DispositionType::Attachment, parameters }
}

/// A name without folders, control characters, or signs that turn the reading direction (which
/// make `exe.fdp` of `pdf.exe`).
fn safe_name(name: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept = last.chars().filter(|c| !c.is_control() && !turns(*c) && !"\"<>:|?*;".contains(*c));
    let kept: Vec<char> = kept.collect();
    // Cut in the middle, so that the ending, which tells the kind, stays.
    let cut: String = match kept.len() > LONGEST {
        true => kept
            .iter()
            .take(LONGEST / 2)
            .chain(kept.iter().skip(kept.len() - LONGEST / 2))
            .collect(),
        false => kept.iter().collect(),
    };
    let trimmed = cut.trim_matches(|c: char| c.is_whitespace() || c == '.');
    if trimmed.is_empty() { NAMELESS.to_owned() } else { trimmed.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_could_harm() {
        assert_eq!(safe_name("../../etc/passwd"), "passwd");
        assert_eq!(safe_name("C:\\x\\fatura.pdf"), "fatura.pdf");
        assert_eq!(safe_name("a\"b\r\nSet-Cookie: x.txt"), "abSet-Cookie x.txt");
        assert_eq!(safe_name("photo\u{202e}gpj.exe"), "photogpj.exe");
        assert_eq!(safe_name(".."), NAMELESS);
        let long = safe_name(&format!("{}.pdf", "ş".repeat(500)));
        assert!(long.ends_with(".pdf") && long.chars().count() <= LONGEST);
    }

    #[test]
    fn a_foreign_name_travels_in_both_forms() {
        let shown = disposition(Some("Şikâyet.pdf")).to_string();
        assert_eq!(
            shown,
            "attachment; filename=\"_ik_yet.pdf\"; filename*=UTF-8''%C5%9Eik%C3%A2yet.pdf"
        );
        assert_eq!(disposition(None).to_string(), "attachment; filename=\"attachment\"");
    }

    #[test]
    fn only_plain_media_types_are_repeated() {
        assert_eq!(media_type("image/svg+xml"), "image/svg+xml");
        for bad in ["", "text", "a/b/c", "text/html; x=\"y\"", "a/b\r\nx: y"] {
            assert_eq!(media_type(bad), "application/octet-stream", "{bad:?}");
        }
    }
}
