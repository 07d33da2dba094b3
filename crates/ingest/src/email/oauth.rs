//! Access tokens for mail servers by a refresh token (RFC 6749, section 6). Nothing is kept here: who
//! asks keeps the token for as long as it is good, and the new refresh token if one came.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, Response, Url, redirect};
use serde::Deserialize;

use super::imap::{Secret, client_config};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(15);
/// How long the whole exchange may take.
const ALL: Duration = Duration::from_secs(30);
/// The longest answer that is read, in bytes.
const MAX_ANSWER: usize = 256 * 1024;
/// How much of a provider's own words is passed on, in characters.
const MAX_WORDS: usize = 300;
/// How long a token is taken to be good when the provider does not say.
const USUAL_LIFETIME: Duration = Duration::from_secs(600);

/// What is sent.
#[derive(Clone)]
pub struct Refresh {
    /// Where access tokens are given out: https, or http on this machine.
    pub token_url: String,
    /// The client that the provider knows.
    pub client_id: String,
    /// Its secret, where it has one.
    pub client_secret: Option<String>,
    /// What access tokens are given for.
    pub refresh_token: String,
    /// The scope to ask for, where the provider wants it said.
    pub scope: Option<String>,
    /// Certificates (PEM) that are trusted besides the public ones.
    pub extra_root: Option<Vec<u8>>,
}

// Neither secrets nor tokens reach a log.
impl fmt::Debug for Refresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refresh")
            .field("token_url", &self.token_url)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Refreshed {
    /// The access token.
    pub access_token: Token,
    /// For how long it is good.
    pub lifetime: Duration,
    /// The refresh token to use from now on, when the provider gave another: the old one may end.
    pub refresh_token: Option<Token>,
}

/// A token. Debug does not print it.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// The token itself, for the one who must send it or keep it.
    pub fn into_exposed(self) -> String {
        self.0
    }

    /// As the IMAP layer takes it.
    pub fn into_secret(self) -> Secret {
        Secret::new(self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(token)")
    }
}

/// Why there is no access token, in words for an admin. Holds nothing of what was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OAuthError {
    /// The address makes no sense.
    #[error("the token address must begin with https:// (http:// only on this machine)")]
    Address,
    /// The own certificates cannot be used.
    #[error("the own root certificate cannot be used: {0}")]
    Roots(String),
    /// It cannot be reached.
    #[error("{host} cannot be reached for an access token: {why}")]
    Unreachable {
        /// The host.
        host: String,
        /// Why.
        why: String,
    },
    /// It said no.
    #[error("the provider gave no access token: {words}")]
    Refused {
        /// Its code and words, and what helps.
        words: String,
    },
    /// It answered with something else.
    #[error("the answer of {host} is not one of OAuth 2: {why}")]
    Unreadable {
        /// The host.
        host: String,
        /// What is wrong.
        why: String,
    },
}

/// Fetches an access token. Takes at most half a minute and follows no redirect, since that would
/// send the secrets elsewhere.
pub async fn refresh(grant: &Refresh) -> Result<Refreshed, OAuthError> {
    let url = address(&grant.token_url)?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let tls = client_config(&host, grant.extra_root.as_deref());
    let client = Client::builder()
        .tls_backend_preconfigured(tls.map_err(|error| OAuthError::Roots(error.to_string()))?)
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT)
        .timeout(ALL)
        // The environment is the binary's alone.
        .no_proxy()
        .build()
        .map_err(|error| unreachable(&host, error))?;
    let request = client
        .post(url)
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form(grant));
    let response = request.send().await.map_err(|error| unreachable(&host, error))?;
    let status = response.status();
    let body = read(response, &host).await?;
    if status.is_success() { granted(&body, &host) } else { Err(refused(status.as_u16(), &body)) }
}

fn address(text: &str) -> Result<Url, OAuthError> {
    let url = Url::parse(text).map_err(|_| OAuthError::Address)?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match url.scheme() {
        "https" if !host.is_empty() => Ok(url),
        "http" if here => Ok(url),
        _ => Err(OAuthError::Address),
    }
}

fn form(grant: &Refresh) -> String {
    let Refresh { token_url: _, client_id, client_secret, refresh_token, scope, extra_root: _ } =
        grant;
    let mut pairs = vec![
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token.as_str()),
        ("client_id", client_id.as_str()),
    ];
    pairs.extend(client_secret.as_deref().map(|secret| ("client_secret", secret)));
    pairs.extend(scope.as_deref().map(|scope| ("scope", scope)));
    // A query is encoded as a form is.
    let Ok(mut encoder) = Url::parse("form:/") else { return String::new() };
    encoder.query_pairs_mut().extend_pairs(pairs);
    encoder.query().unwrap_or_default().to_owned()
}

async fn read(mut response: Response, host: &str) -> Result<Vec<u8>, OAuthError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(host, error))? {
        if body.len() + chunk.len() > MAX_ANSWER {
            let why = format!("it is longer than {MAX_ANSWER} bytes");
            return Err(OAuthError::Unreadable { host: host.to_owned(), why });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The innermost cause says what a person can use; the outer ones say "error sending request".
fn unreachable(host: &str, error: reqwest::Error) -> OAuthError {
    let why = if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        let mut cause: &dyn std::error::Error = &error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        cause.to_string()
    };
    OAuthError::Unreachable { host: host.to_owned(), why }
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: Option<serde_json::Value>,
    #[serde(default)]
    refresh_token: Option<String>,
}

fn granted(body: &[u8], host: &str) -> Result<Refreshed, OAuthError> {
    // Serde's own words may quote a token.
    let unreadable =
        |why: &str| OAuthError::Unreadable { host: host.to_owned(), why: why.to_owned() };
    let read: Granted =
        serde_json::from_slice(body).map_err(|_| unreadable("there is no access_token in it"))?;
    let usable = |token: &str| !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic());
    if !usable(&read.access_token) {
        return Err(unreadable("the access token holds characters that no token has"));
    }
    // A number by the standard; some send it as a text.
    let seconds = read.expires_in.and_then(|value| match value {
        serde_json::Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    });
    let lifetime = seconds.map_or(USUAL_LIFETIME, Duration::from_secs);
    let refresh_token = read.refresh_token.filter(|token| usable(token)).map(Token);
    Ok(Refreshed { access_token: Token(read.access_token), lifetime, refresh_token })
}

#[derive(Deserialize)]
struct Refused {
    error: String,
    #[serde(default)]
    error_description: Option<String>,
}

fn refused(status: u16, body: &[u8]) -> OAuthError {
    let Ok(read) = serde_json::from_slice::<Refused>(body) else {
        let words = format!("it answered with status {status} and no reason");
        return OAuthError::Refused { words };
    };
    let advice = match read.error.as_str() {
        "invalid_grant" => {
            "; the grant has expired or was withdrawn: sign in there again and give the new refresh \
             token"
        }
        "invalid_client" | "unauthorized_client" => "; check client_id and client_secret",
        "invalid_scope" => "; check the scope",
        _ => "",
    };
    let said = [Some(read.error.as_str()), read.error_description.as_deref()];
    let said: Vec<String> = said.into_iter().flatten().map(tidy).collect();
    OAuthError::Refused { words: format!("{}{advice}", said.join(": ")) }
}

/// A provider's words as one line that is not too long.
fn tidy(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(MAX_WORDS).collect()
}

#[cfg(test)]
mod tests;
