//! The two cookies of a browser's session, which no script can read. One holds the refresh token and goes
//! to the sign-in routes alone. The other holds a token that is good for nothing but reading what frames
//! and images load, since those can send no header. Neither is sent with a request that another site
//! caused; and what the first one does needs a JSON body, and is refused to other origins besides.

use actix_web::http::header::{COOKIE, HOST, HeaderMap, HeaderValue, ORIGIN, SET_COOKIE};
use actix_web::{HttpRequest, HttpResponseBuilder};

use crate::problem::Problem;
use crate::serve::V1;
use crate::settings::ApiSettings;

/// Holds the refresh token.
const REFRESH: &str = "throughline_refresh";
/// Holds the token for files.
pub const FILES: &str = "throughline_files";
/// Below which addresses the refresh token is sent.
const REFRESH_PATH: &str = "/auth";

/// The refresh token that a browser sent along.
pub fn refresh_token(request: &HttpRequest) -> Option<String> {
    value(request.headers(), REFRESH).map(str::to_owned)
}

/// The token for files that a browser sent along.
pub fn files_token(request: &HttpRequest) -> Option<String> {
    value(request.headers(), FILES).map(str::to_owned)
}

/// What a browser is to keep of a session.
pub struct Jar<'a> {
    /// The refresh token, and for how many seconds it is good.
    pub refresh: (&'a str, i64),
    /// The token for files, and for how many seconds it is good.
    pub files: (&'a str, i64),
}

/// Has the browser keep both cookies.
pub fn set(response: &mut HttpResponseBuilder, settings: &ApiSettings, jar: &Jar<'_>) {
    write(response, settings, REFRESH, REFRESH_PATH, jar.refresh);
    write(response, settings, FILES, "/", jar.files);
}

/// Has the browser forget both cookies.
pub fn clear(response: &mut HttpResponseBuilder, settings: &ApiSettings) {
    set(response, settings, &Jar { refresh: ("", 0), files: ("", 0) });
}

fn write(
    response: &mut HttpResponseBuilder,
    settings: &ApiSettings,
    name: &str,
    path: &str,
    (value, seconds): (&str, i64),
) {
    // Without https a browser would not keep it; on this machine there may be none.
    let secure = if settings.public_url.starts_with("https://") { "; Secure" } else { "" };
    let text = format!(
        "{name}={value}; Path={V1}{path}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
    );
    if let Ok(text) = HeaderValue::from_str(&text) {
        response.append_header((SET_COOKIE, text));
    }
}

fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, value)| key.trim() == name && !value.is_empty()).map(|(_, v)| v.trim())
}

/// Refuses what another origin caused: browsers name it with every POST.
pub fn same_origin(request: &HttpRequest, settings: &ApiSettings) -> Result<(), Problem> {
    let Some(origin) = request.headers().get(ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default();
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let behind_scheme =
        |url: &str| url.split_once("://").map(|(_, rest)| rest.to_ascii_lowercase());
    let named = behind_scheme(origin).filter(|named| !named.is_empty());
    let own = named.as_ref().is_some_and(|named| named.eq_ignore_ascii_case(host))
        || (named.is_some() && named == behind_scheme(settings.public_url.trim_end_matches('/')));
    if own {
        return Ok(());
    }
    let detail = "a page of another origin cannot use the session of a browser; if this page is \
                  ours, server.public_url must be its address";
    Err(Problem::new("foreign_origin", detail).at("Origin"))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn with(header: (&'static str, &'static str)) -> HttpRequest {
        let request = TestRequest::default().insert_header(("Host", "desk.example:8080"));
        request.insert_header(header).to_http_request()
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let request = with(("Cookie", "a=b; throughline_refresh=xyz; throughline_files=q.r.s"));
        assert_eq!(refresh_token(&request).as_deref(), Some("xyz"));
        assert_eq!(files_token(&request).as_deref(), Some("q.r.s"));
        for none in ["", "throughline_refresh", "throughline_refresh=", "xthroughline_refresh=a"] {
            assert_eq!(refresh_token(&with(("Cookie", none))), None, "{none}");
        }
    }

    #[test]
    fn only_our_own_pages_use_the_session_of_a_browser() {
        let mut settings = ApiSettings::new(vec![7; 32]);
        settings.public_url = "https://help.example/".to_owned();
        let judged = |origin| same_origin(&with(("Origin", origin)), &settings).is_ok();
        assert!(judged("http://desk.example:8080") && judged("https://help.example"));
        for foreign in ["null", "", "https://evil.example", "http://desk.example", "https://", "x"]
        {
            assert!(!judged(foreign), "{foreign}");
        }
        assert!(same_origin(&with(("Accept", "*/*")), &settings).is_ok(), "a program names none");
    }

    #[test]
    fn cookies_are_out_of_reach_of_scripts_and_other_sites() {
        let mut settings = ApiSettings::new(vec![7; 32]);
        let shown = |settings: &ApiSettings| {
            let mut response = actix_web::HttpResponse::Ok();
            set(&mut response, settings, &Jar { refresh: ("r", 9), files: ("f", 8) });
            let response = response.finish();
            let all = response.headers().get_all(SET_COOKIE);
            all.map(|v| v.to_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let kept = "HttpOnly; SameSite=Strict";
        assert_eq!(
            shown(&settings),
            [
                format!("throughline_refresh=r; Path=/api/v1/auth; Max-Age=9; {kept}"),
                format!("throughline_files=f; Path=/api/v1/; Max-Age=8; {kept}"),
            ]
        );
        settings.public_url = "https://help.example".to_owned();
        assert!(shown(&settings).iter().all(|cookie| cookie.ends_with("; Secure")));
    }
}
