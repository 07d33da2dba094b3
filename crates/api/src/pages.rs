//! The agent's desk over HTTP. What has a hash in its name never changes; all other addresses that
//! no route takes are states of the one page.

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpRequest, HttpResponse};
use throughline_web::Page;

/// What programs ask for: an address below these that is none stays an error that they can read.
const PROGRAMS: &[&str] = &["/api/", "/hooks/", "/health/", "/metrics"];

/// Whether a person's browser asks for a page, so that `/` is the desk to it and not a document.
pub fn wanted(request: &HttpRequest) -> bool {
    text(request.headers(), header::ACCEPT).contains("text/html")
}

/// The page or file at the address; None where the desk has nothing to say.
pub fn answer(request: &HttpRequest) -> Option<HttpResponse> {
    let asked = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.path();
    if !asked || PROGRAMS.iter().any(|it| path.starts_with(it)) {
        return None;
    }
    let accepted = text(request.headers(), header::ACCEPT_ENCODING);
    let page = throughline_web::find(path, accepted)?;
    Some(respond(request, page))
}

fn respond(request: &HttpRequest, page: Page) -> HttpResponse {
    let known = text(request.headers(), header::IF_NONE_MATCH);
    let same = known.split(',').map(|it| it.trim().trim_start_matches("W/")).any(|it| it == page.etag);
    let mut response = if same { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    let lifetime = if page.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    response
        .insert_header((header::ETAG, page.etag))
        .insert_header((header::VARY, "accept-encoding"))
        .insert_header((header::CACHE_CONTROL, lifetime))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "same-origin"))
        .insert_header(("cross-origin-opener-policy", "same-origin"))
        .insert_header((header::CONTENT_SECURITY_POLICY, throughline_web::POLICY));
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
