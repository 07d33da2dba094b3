//! The extractor that authenticates. What the actor may do is decided in `app`.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use throughline_app::actors;
use throughline_core::actor::Actor;
use throughline_core::time::Instant;

use super::cookies;
use super::token::Purpose;
use crate::problem::Problem;
use crate::state::ApiState;

/// What API keys start with; JWTs never do.
const KEY_PREFIX: &str = "tlk_";

/// Somebody who signed in, or an integrator's key.
#[derive(Debug, Clone)]
pub struct Signed(pub Actor);

impl FromRequest for Signed {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { sign(&request).await })
    }
}

/// Somebody who reads what frames and images load: signed in as for everything else, or by the cookie for
/// files alone. No other handler may ask for this.
#[derive(Debug, Clone)]
pub struct Reader(pub Actor);

impl FromRequest for Reader {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let told = request.headers().contains_key(header::AUTHORIZATION);
            match cookies::files_token(&request).filter(|_| !told) {
                Some(token) => by_cookie(&request, &token).await,
                None => sign(&request).await.map(|signed| Self(signed.0)),
            }
        })
    }
}

async fn by_cookie(request: &HttpRequest, token: &str) -> Result<Reader, Problem> {
    let state = mounted(request)?;
    let agent = state.tokens.read(Purpose::Files, token, state.app.now())?;
    let actor = actors::of_agent(&state.app, agent).await?;
    tracing::Span::current().record("actor.name", actor.name());
    Ok(Reader(actor))
}

/// Tells who asks; asked once per request, however often it is called.
pub async fn sign(request: &HttpRequest) -> Result<Signed, Problem> {
    let known = request.extensions().get::<Signed>().cloned();
    if let Some(signed) = known {
        return Ok(signed);
    }
    let state = mounted(request)?;
    let signed = Signed(actor(state, bearer(request)?).await?);
    tracing::Span::current().record("actor.name", signed.0.name());
    request.extensions_mut().insert(signed.clone());
    Ok(signed)
}

fn mounted(request: &HttpRequest) -> Result<&Data<ApiState>, Problem> {
    request.app_data::<Data<ApiState>>().ok_or_else(|| Problem::new("internal", "not mounted"))
}

async fn actor(state: &ApiState, presented: &str) -> Result<Actor, Problem> {
    if presented.starts_with(KEY_PREFIX) {
        return Ok(actors::of_key(&state.app, presented).await?);
    }
    let agent = state.tokens.read(Purpose::Access, presented, state.app.now())?;
    Ok(actors::of_agent(&state.app, agent).await?)
}

/// Until when the access of a signed request is good: a token's end; a key is asked for as it is used.
pub fn access_until(request: &HttpRequest, state: &ApiState) -> Result<Option<Instant>, Problem> {
    let presented = bearer(request)?;
    if presented.starts_with(KEY_PREFIX) {
        return Ok(None);
    }
    Ok(Some(state.tokens.read_until(Purpose::Access, presented, state.app.now())?.1))
}

/// What stands behind `Bearer` (in any case, as RFC 9110 has it).
fn bearer(request: &HttpRequest) -> Result<&str, Problem> {
    let missing = || {
        let detail = "send Authorization: Bearer with an access token or an API key";
        Problem::new("unauthenticated", detail).at("Authorization")
    };
    let value = request.headers().get(header::AUTHORIZATION).ok_or_else(missing)?;
    let text = value.to_str().map_err(|_| missing())?;
    let (scheme, presented) = text.trim().split_once(' ').ok_or_else(missing)?;
    if scheme.eq_ignore_ascii_case("bearer") && !presented.trim().is_empty() {
        Ok(presented.trim())
    } else {
        Err(missing())
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn read(header: &'static str) -> Result<String, &'static str> {
        let request = TestRequest::default().insert_header(("Authorization", header));
        bearer(&request.to_http_request()).map(str::to_owned).map_err(|p| p.code())
    }

    #[test]
    fn only_the_bearer_scheme_is_known() {
        assert_eq!(read("Bearer abc").as_deref(), Ok("abc"));
        assert_eq!(read("bearer  abc ").as_deref(), Ok("abc"));
        for bad in ["", "Bearer", "Bearer ", "Basic abc", "abc"] {
            assert_eq!(read(bad), Err("unauthenticated"), "{bad}");
        }
    }

    #[test]
    fn every_401_says_how_to_sign_in() {
        let request = TestRequest::default().to_http_request();
        let response = bearer(&request).unwrap_err().render("req_1");
        assert_eq!(response.status(), 401);
        assert!(response.headers().contains_key(header::WWW_AUTHENTICATE));
        assert_eq!(
            response.headers().get(header::CONTENT_TYPE).unwrap(),
            crate::problem::MEDIA_TYPE
        );
    }
}
