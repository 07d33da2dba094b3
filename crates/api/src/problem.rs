//! Problems: every failed answer is an RFC 9457 document made here, from a code of the table.
//!
//! A problem keeps its cause for the log; the client never sees it.

use std::error::Error;
use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use throughline_app::{AppError, ErrorKind};
use utoipa::ToSchema;

use crate::error_table;

/// The media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// How long a client should wait before it asks an unavailable service again, in seconds.
const RETRY_AFTER: i64 = 5;

/// A failed request.
pub struct Problem(Box<Inner>);

struct Inner {
    code: &'static str,
    status: StatusCode,
    title: &'static str,
    detail: String,
    field: Option<String>,
    allow: Option<String>,
    retry_after_seconds: Option<i64>,
    details: Option<Box<serde_json::Value>>,
    request_id: String,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

/// A problem document (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemOut {
    /// Where the code is explained.
    #[serde(rename = "type")]
    #[schema(example = "/api/docs/errors#invalid_field")]
    pub kind: String,
    /// What is wrong, in a few words; the same for every occurrence of the code.
    #[schema(example = "A field makes no sense")]
    pub title: &'static str,
    /// The HTTP status.
    #[schema(example = 422, minimum = 400, maximum = 599)]
    pub status: u16,
    /// The stable name of the problem; programs decide by it.
    #[schema(example = "invalid_field")]
    pub code: &'static str,
    /// What is wrong this time.
    #[schema(example = "a tag is 1 to 64 characters")]
    pub detail: String,
    /// The field, parameter or header at fault, when it is one.
    #[schema(example = "name")]
    pub field: Option<String>,
    /// More about it, as the code says; null for most.
    #[schema(value_type = Option<Object>)]
    pub details: Option<serde_json::Value>,
    /// Names this request in our log; the same as the header X-Request-Id.
    #[schema(example = "req_5f0c8a1be2d94c77")]
    pub request_id: String,
}

impl Problem {
    /// A problem by its code, which must be in the table; an unknown one is our fault.
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self::with(code, detail.into(), 500)
    }

    /// A problem whose code may be missing from the table; then `status` speaks for it.
    fn with(code: &'static str, detail: String, status: u16) -> Self {
        let known = error_table::find(code);
        let status = known.map_or(status, |e| e.status);
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let title = known.map_or("The request failed", |e| e.title);
        Self(Box::new(Inner {
            code,
            status,
            title,
            detail,
            field: None,
            allow: None,
            retry_after_seconds: None,
            details: None,
            request_id: String::new(),
            cause: None,
        }))
    }

    /// The same, naming the field at fault.
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// The same with its cause for the log.
    pub fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// The same, for the request of this name: only where the frame cannot add it.
    pub fn named(mut self, request_id: &str) -> Self {
        self.0.request_id = request_id.to_owned();
        self
    }

    /// The address is right and the method is not; `allow` lists those that are.
    pub fn method_not_allowed(allow: String) -> Self {
        let mut problem = Self::new("method_not_allowed", format!("this address knows {allow}"));
        problem.0.allow = Some(allow);
        problem
    }

    /// For an answer that failed somewhere below us with nothing but a status.
    pub fn of_status(status: StatusCode) -> Self {
        let (code, detail) = match status.as_u16() {
            401 => ("unauthenticated", "sign in first"),
            403 => ("forbidden", "this is not allowed"),
            404 => ("unknown_route", "there is nothing at this address"),
            406 => ("not_acceptable", "accept gzip or identity as encoding"),
            408 => ("request_timeout", "the request came too slowly"),
            413 => ("body_too_large", "the body is too large"),
            415 => ("unsupported_media_type", "the body has the wrong media type"),
            400..=499 => ("bad_request", "the request is malformed"),
            503 => ("unavailable", "try again shortly"),
            _ => ("internal", "something went wrong on our side"),
        };
        Self::new(code, detail)
    }

    /// A failure of a use case that only reads: a field at fault is a parameter there.
    pub fn in_query(error: AppError) -> Self {
        match error {
            AppError { code: "invalid_field", message, field: Some(field), .. } => {
                Self::new("invalid_parameter", format!("{field}: {message}")).at(field)
            }
            other => other.into(),
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// What the log should know beyond the code.
    pub fn cause(&self) -> Option<&(dyn Error + Send + Sync)> {
        self.0.cause.as_deref()
    }

    /// The text for the client.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The document.
    pub fn render(&self, request_id: &str) -> HttpResponse {
        let inner = &self.0;
        let mut response = HttpResponse::build(inner.status);
        if inner.status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"throughline\""));
        }
        let unavailable = inner.status == StatusCode::SERVICE_UNAVAILABLE;
        if let Some(seconds) = inner.retry_after_seconds.or(unavailable.then_some(RETRY_AFTER)) {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        if let Some(allow) = &inner.allow {
            response.insert_header((header::ALLOW, allow.as_str()));
        }
        // The type is set first: actix only adds its own when there is none.
        response.insert_header((header::CONTENT_TYPE, MEDIA_TYPE)).json(self.document(request_id))
    }

    /// What the client reads.
    pub fn document(&self, request_id: &str) -> ProblemOut {
        let inner = &self.0;
        ProblemOut {
            kind: format!("/api/docs/errors#{}", inner.code),
            title: inner.title,
            status: inner.status.as_u16(),
            code: inner.code,
            detail: inner.detail.clone(),
            field: inner.field.clone(),
            details: inner.details.as_deref().cloned(),
            request_id: request_id.to_owned(),
        }
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Problem({} {}: {})", self.0.status, self.0.code, self.0.detail)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code, self.0.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    /// Mostly without a request id; the frame around every request renders it again with one.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        self.render(&self.0.request_id)
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        let AppError { kind, code, message, field, retry_after_seconds, details, cause } = error;
        let mut problem = Self::with(code, message, status_of(kind));
        problem.0.field = field.map(str::to_owned);
        problem.0.retry_after_seconds = retry_after_seconds;
        problem.0.details = details;
        problem.0.cause = cause;
        problem
    }
}

/// The status of a code that the table does not know; a test keeps that from happening.
fn status_of(kind: ErrorKind) -> u16 {
    match kind {
        ErrorKind::NotFound => 404,
        ErrorKind::Invalid => 422,
        ErrorKind::Conflict => 409,
        ErrorKind::Unauthenticated => 401,
        ErrorKind::Forbidden => 403,
        ErrorKind::TooMany => 429,
        ErrorKind::Unavailable => 503,
        ErrorKind::Internal => 500,
    }
}
