//! The agent's desk over HTTP. What has a hash in its name never changes; all other addresses that
//! no route takes are states of the one page.

use std::borrow::Cow;

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpRequest, HttpResponse};

use crate::state::ApiState;

/// Scripts, styles, pictures and fonts are ours alone; nothing is written into a page but text, save
/// by the one policy of the framework; no other site shows the page in a frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; \
    frame-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types vue";

/// A file of the desk as it goes out.
#[derive(Debug)]
pub struct Page {
    /// What goes out.
    pub bytes: Cow<'static, [u8]>,
    /// Its type, with its character set where it has one.
    pub media_type: &'static str,
    /// In what it is stored; None where it is as it was built.
    pub encoding: Option<&'static str>,
    /// The hash of the bytes that go out, in quotes: another encoding is another representation.
    pub etag: String,
    /// It has a hash in its name and never changes.
    pub immutable: bool,
}

/// Finds the file at a path for a client that takes these encodings. The binary brings it along, so
/// that another desk is no reason to compile the routes again.
pub type FindPage = fn(path: &str, accept_encoding: &str) -> Option<Page>;

/// What programs ask for: an address below these that is none stays an error that they can read.
const PROGRAMS: &[&str] = &["/api/", "/hooks/", "/health/", "/metrics"];

/// Whether a person's browser asks for a page, so that `/` is the desk to it and not a document.
pub fn wanted(request: &HttpRequest) -> bool {
    text(request.headers(), header::ACCEPT).contains("text/html")
}

/// The page or file at the address; None where the desk has nothing to say.
pub fn answer(request: &HttpRequest, state: &ApiState) -> Option<HttpResponse> {
    let asked = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.path();
    if !asked || PROGRAMS.iter().any(|it| path.starts_with(it)) {
        return None;
    }
    let accepted = text(request.headers(), header::ACCEPT_ENCODING);
    let page = state.settings.pages.and_then(|find| find(path, accepted))?;
    Some(respond(request, page))
}

fn respond(request: &HttpRequest, page: Page) -> HttpResponse {
    let known = text(request.headers(), header::IF_NONE_MATCH);
    let same =
        known.split(',').map(|it| it.trim().trim_start_matches("W/")).any(|it| it == page.etag);
    let mut response = if same { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    let lifetime = if page.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    response
        .insert_header((header::ETAG, page.etag))
        .insert_header((header::VARY, "accept-encoding"))
        .insert_header((header::CACHE_CONTROL, lifetime))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "same-origin"))
        .insert_header(("cross-origin-opener-policy", "same-origin"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY));
    if same {
        return response.finish();
    }
    // Named even where there is none, so that nothing is compressed again on its way.
    response.insert_header((header::CONTENT_ENCODING, page.encoding.unwrap_or("identity")));
    response.content_type(page.media_type).body(page.bytes.into_owned())
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
