//! Bodies: JSON into a request type, and raw messages as bytes. Both are bounded.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use crate::problem::Problem;
use crate::state::ApiState;

/// A future that stays on its worker's thread.
type Local<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// A JSON body.
#[derive(Debug)]
pub struct Body<T>(pub T);

/// A raw message of the media type `message/rfc822`.
#[derive(Debug)]
pub struct RawBody(pub Bytes);

/// A body of any media type that is not read yet: whoever takes it first looks who it is for.
pub struct LaterBody(Payload);

impl LaterBody {
    /// The body as it comes, for whoever puts it away piece by piece and bounds it himself.
    pub fn into_stream(self) -> Payload {
        self.0
    }

    /// Reads at most so many bytes, and never more than the settings allow.
    pub async fn read(self, request: &HttpRequest, limit: usize) -> Result<Bytes, Problem> {
        let limit = state(request)?.settings.raw_limit.min(limit);
        read_limited(request, self.0, limit).await
    }
}

impl FromRequest for LaterBody {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(_: &HttpRequest, payload: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self(payload.take())))
    }
}

/// A file of any media type.
#[derive(Debug)]
pub struct FileBody {
    /// Its bytes.
    pub bytes: Bytes,
    /// Its media type as told, without parameters; empty when none is.
    pub media_type: String,
}

impl FromRequest for FileBody {
    type Error = Problem;
    type Future = Local<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let media_type = told_type(&request).unwrap_or_default().to_ascii_lowercase();
            let limit = state(&request)?.settings.raw_limit;
            let bytes = read_limited(&request, payload, limit).await?;
            Ok(Self { bytes, media_type })
        })
    }
}

impl<T: DeserializeOwned> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Local<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            expect_type(&request, "application/json")?;
            let limit = state(&request)?.settings.body_limit;
            let bytes = read_limited(&request, payload, limit).await?;
            serde_json::from_slice(&bytes).map(Self).map_err(|e| misread(&e))
        })
    }
}

impl FromRequest for RawBody {
    type Error = Problem;
    type Future = Local<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            expect_type(&request, "message/rfc822")?;
            let limit = state(&request)?.settings.raw_limit;
            read_limited(&request, payload, limit).await.map(Self)
        })
    }
}

/// The state that every request carries.
fn state(request: &HttpRequest) -> Result<&Data<ApiState>, Problem> {
    request.app_data::<Data<ApiState>>().ok_or_else(|| Problem::new("internal", "not mounted"))
}

/// Reads a body of at most `limit` bytes.
pub async fn read_limited(
    request: &HttpRequest,
    mut payload: Payload,
    limit: usize,
) -> Result<Bytes, Problem> {
    let too_large = || Problem::new("body_too_large", format!("the limit is {limit} bytes"));
    let told = request.headers().get(header::CONTENT_LENGTH);
    let told = told.and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
    if told.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let broken = |e| Problem::new("bad_request", "the body broke off").because(e);
        let chunk = chunk.map_err(broken)?;
        if bytes.len() + chunk.len() > limit {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// The media type that a request tells, without parameters.
fn told_type(request: &HttpRequest) -> Option<&str> {
    let told = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    told.split(';').next().map(str::trim)
}

fn expect_type(request: &HttpRequest, wanted: &str) -> Result<(), Problem> {
    let essence = told_type(request);
    if essence.is_some_and(|e| e.eq_ignore_ascii_case(wanted)) {
        return Ok(());
    }
    let detail = format!("send the body as Content-Type: {wanted}");
    Err(Problem::new("unsupported_media_type", detail).at("Content-Type"))
}

fn misread(error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    if !error.is_data() {
        return Problem::new("invalid_json", text);
    }
    // serde names the field between back-ticks, and nowhere as data.
    let field = ["unknown field `", "missing field `", "duplicate field `"]
        .iter()
        .find_map(|lead| text.strip_prefix(lead))
        .and_then(|rest| rest.split('`').next())
        .map(str::to_owned);
    let problem = Problem::new("invalid_body", text);
    match field {
        Some(field) => problem.at(field),
        None => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[serde(rename = "name")]
        _name: String,
    }

    fn problem_of(json: &str) -> Problem {
        misread(&serde_json::from_str::<Sample>(json).unwrap_err())
    }

    #[test]
    fn syntax_and_form_are_two_problems() {
        assert_eq!(problem_of("{").code(), "invalid_json");
        assert_eq!(problem_of("").code(), "invalid_json");
        assert_eq!(problem_of(r#"{"name":7}"#).code(), "invalid_body");
    }

    #[test]
    fn the_field_is_named_when_serde_names_it() {
        for json in ["{}", r#"{"name":"a","name":"b"}"#, r#"{"name":"a","x":1}"#] {
            let problem = problem_of(json);
            assert_eq!(problem.code(), "invalid_body");
            let shown = serde_json::to_value(problem.document("req_1")).unwrap();
            assert!(shown["field"] == "name" || shown["field"] == "x", "{shown}");
        }
    }
}
