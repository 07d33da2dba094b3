//! Answers that are more than a JSON body: versions with ETags, things just made.

use actix_web::body::BoxBody;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use throughline_core::id::CustomerId;

use crate::extract::ETagHeader;

/// A resource with its version: answered with an ETag, or with 304 when the client has it already.
#[derive(Debug)]
pub struct Versioned<T> {
    /// The version.
    pub version: i64,
    /// The resource.
    pub body: T,
}

/// A customer by the id of any of its records. Asked for by that of a merged one, the answer says under
/// which id the customer is known.
#[derive(Debug)]
pub struct Canonical<T> {
    /// The id asked for.
    pub asked: CustomerId,
    /// The id by which the customer is known.
    pub known_as: CustomerId,
    /// The customer.
    pub inner: Versioned<T>,
}

/// The header that names the id by which a customer is known.
pub const CANONICAL_ID: &str = "throughline-canonical-id";

impl<T: Serialize> Responder for Canonical<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let Self { asked, known_as, inner } = self;
        let mut response = inner.respond_to(request);
        if asked != known_as {
            let location = format!("/api/v1/customers/{known_as}");
            let values = [
                (header::CONTENT_LOCATION, location),
                (HeaderName::from_static(CANONICAL_ID), known_as.to_string()),
            ];
            for (name, value) in values {
                if let Ok(value) = HeaderValue::from_str(&value) {
                    response.headers_mut().insert(name, value);
                }
            }
        }
        response
    }
}

/// Something just made: 201 with its address, and its ETag when it carries a version.
#[derive(Debug)]
pub struct Created<T> {
    /// Its address.
    pub location: String,
    /// Its version.
    pub version: Option<i64>,
    /// The resource.
    pub body: T,
    /// What to keep for a repeat of the request instead of the body, when the body shows a secret.
    pub kept: Option<T>,
}

/// The body to keep for a repeat; travels in the extensions of the request.
#[derive(Debug, Clone)]
pub struct KeptBody(pub String);

/// Something that shows a secret once: 200.
#[derive(Debug)]
pub struct Shown<T> {
    /// What is shown.
    pub body: T,
    /// What a repeat of the request shows.
    pub kept: T,
}

/// Nothing to say: 204.
#[derive(Debug, Clone, Copy)]
pub struct Done;

impl<T> Created<T> {
    /// Something without a version.
    pub fn new(location: String, body: T) -> Self {
        Self { location, version: None, body, kept: None }
    }

    /// Something with a version.
    pub fn versioned(location: String, version: i64, body: T) -> Self {
        Self { location, version: Some(version), body, kept: None }
    }

    /// The same, whose body shows a secret once; a repeat shows `kept`.
    pub fn keeping(self, kept: T) -> Self {
        Self { kept: Some(kept), ..self }
    }
}

impl<T: Serialize> Responder for Versioned<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let etag = ETagHeader(self.version).to_string();
        let known = *request.method() == Method::GET && knows(request, &etag);
        let status = if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
        let mut response = HttpResponse::build(status);
        response.insert_header((header::ETAG, etag));
        if known { response.finish() } else { response.json(self.body) }
    }
}

impl<T: Serialize> Responder for Created<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Created();
        response.insert_header((header::LOCATION, self.location));
        if let Some(version) = self.version {
            response.insert_header((header::ETAG, ETagHeader(version).to_string()));
        }
        if let Some(text) = self.kept.and_then(|kept| serde_json::to_string(&kept).ok()) {
            request.extensions_mut().insert(KeptBody(text));
        }
        response.json(self.body)
    }
}

impl<T: Serialize> Responder for Shown<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        if let Ok(text) = serde_json::to_string(&self.kept) {
            request.extensions_mut().insert(KeptBody(text));
        }
        HttpResponse::Ok().json(self.body)
    }
}

impl Responder for Done {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
}

/// Whether `If-None-Match` names this ETag; compared weakly, as RFC 9110 has it for reads.
fn knows(request: &HttpRequest, etag: &str) -> bool {
    let values = request.headers().get_all(header::IF_NONE_MATCH);
    let tags = values.filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
    tags.map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn status(method: Method, none_match: &'static str) -> u16 {
        let request = TestRequest::default().method(method);
        let request = request.insert_header(("If-None-Match", none_match)).to_http_request();
        Versioned { version: 3, body: "x" }.respond_to(&request).status().as_u16()
    }

    #[test]
    fn a_reader_who_has_the_version_gets_304() {
        assert_eq!(status(Method::GET, "\"v3\""), 304);
        assert_eq!(status(Method::GET, "\"v1\", W/\"v3\""), 304);
        assert_eq!(status(Method::GET, "*"), 304);
        assert_eq!(status(Method::GET, "\"v2\""), 200);
        assert_eq!(status(Method::PATCH, "\"v3\""), 200, "a change is always answered in full");
    }
}
