//! Headers with a meaning of ours: If-Match in, and the documents of those handled elsewhere.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::problem::Problem;

/// The version that an update expects; `None` when any will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub Option<i64>);

impl IfMatch {
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self(None));
        }
        let digits = text.strip_prefix("\"v")?.strip_suffix('"')?;
        let plain = (1..=18).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if plain { digits.parse().ok().map(|v| Self(Some(v))) } else { None }
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get(header::IF_MATCH) else {
            return ready(Ok(Self(None)));
        };
        let read = value.to_str().ok().and_then(|text| Self::parse(text.trim()));
        let wrong = || {
            let detail = "expected * or the ETag of the resource as it was given, such as \"v3\"";
            Problem::new("invalid_header", detail).at("If-Match")
        };
        ready(read.ok_or_else(wrong))
    }
}

/// The header of updates, for the document.
pub struct IfMatchHeader;

/// The header of reads, for the document; its value is read by `answer::Versioned`.
pub struct IfNoneMatchHeader;

/// The header of writes that make something, for the document; its value is read by `idempotency`.
pub struct IdempotencyHeader;

/// The header by which a browser goes on with a live stream, for the document.
pub struct LastEventIdHeader;

impl IntoParams for LastEventIdHeader {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text = "The id of the last event that was seen; wins over `after`. Browsers send it by \
                    themselves.";
        vec![parameter("Last-Event-ID", text, "^[0-9]{1,18}$", "4711")]
    }
}

impl IntoParams for IfMatchHeader {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text = "The ETag of the version that you changed; a newer one on our side is answered \
                    with 412. Without it the change is made to any version.";
        vec![parameter("If-Match", text, "^([*]|\"v[0-9]{1,18}\")$", "\"v3\"")]
    }
}

impl IntoParams for IfNoneMatchHeader {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text = "The ETag of the version that you have; when it is still the newest the answer \
                    is 304 without a body.";
        vec![parameter("If-None-Match", text, "", "\"v3\"")]
    }
}

impl IntoParams for IdempotencyHeader {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text = "A name of your own for this request. A repeat with the same body gets the \
                    first answer again, marked `Idempotency-Replayed: true`, and nothing is done \
                    twice.";
        vec![parameter("Idempotency-Key", text, "^[!-~]{1,200}$", "order-7731-reply-1")]
    }
}

fn parameter(name: &str, text: &str, pattern: &str, example: &str) -> Parameter {
    let pattern = (!pattern.is_empty()).then_some(pattern);
    let schema = ObjectBuilder::new().schema_type(Type::String).pattern(pattern).build();
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(text))
        .schema(Some(schema))
        .example(Some(example.into()))
        .build()
}

/// The ETag of a version.
#[derive(Debug, Clone, Copy)]
pub struct ETagHeader(pub i64);

impl std::fmt::Display for ETagHeader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"v{}\"", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_etag_comes_back_as_the_version() {
        let tag = ETagHeader(12).to_string();
        assert_eq!(tag, "\"v12\"");
        assert_eq!(IfMatch::parse(&tag), Some(IfMatch(Some(12))));
        assert_eq!(IfMatch::parse("*"), Some(IfMatch(None)));
        for bad in ["", "v12", "\"12\"", "\"v+2\"", "W/\"v12\"", "\"v\"", "\"v1\", \"v2\""] {
            assert_eq!(IfMatch::parse(bad), None, "{bad}");
        }
    }
}
