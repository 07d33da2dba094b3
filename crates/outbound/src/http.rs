//! HTTP to others, as all ways out use it: only to addresses that were checked, never through a proxy,
//! never further than where a request was sent. What is sent, and what an answer means, is not known here.

use std::error::Error;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Url, redirect};
use rustls::ClientConfig;
use tokio::sync::{Semaphore, oneshot};

use crate::email::smtp::tls;
use crate::webhook::is_public;

/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(60);
/// How many names are looked up side by side.
const LOOKUPS: usize = 32;
/// How long the words of an error may get, in characters.
const MAX_WORDS: usize = 300;

/// How requests are made.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// Whether addresses that are not public may be reached, and http used.
    pub allow_private: bool,
    /// How long a request may take in all.
    pub limit: Duration,
    /// Certificates (PEM) that are trusted besides the public ones.
    pub extra_roots: Option<String>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self { allow_private: false, limit: Duration::from_secs(15), extra_roots: None }
    }
}

/// The extra certificates cannot be used; says why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnusableRoots(String);

/// Whom connections trust.
pub(crate) fn trust(options: &ClientOptions) -> Result<Arc<ClientConfig>, UnusableRoots> {
    tls::config(options.extra_roots.as_deref()).map_err(UnusableRoots)
}

/// What bounds how many names are looked up side by side.
pub(crate) fn lookups() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(LOOKUPS))
}

/// What makes the connections.
pub(crate) fn connections(options: &ClientOptions) -> Result<reqwest::Client, UnusableRoots> {
    let (tls, lookups) = (trust(options)?, lookups());
    reqwest::Client::builder()
        .tls_backend_preconfigured((*tls).clone())
        .redirect(redirect::Policy::none())
        // The environment is the binary's alone, and a proxy would look the name up itself.
        .no_proxy()
        .timeout(options.limit)
        .connect_timeout(options.limit)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(1)
        .dns_resolver(Arc::new(Checked { allow_private: options.allow_private, lookups }))
        .build()
        .map_err(|error| UnusableRoots(innermost(&error)))
}

/// The address, if it may be reached; names are checked when they are looked up.
pub(crate) fn usable(text: &str, allow_private: bool) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| "the address is no URL".to_owned())?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let literal = host.parse::<IpAddr>().ok();
    match url.scheme() {
        "https" => {}
        "http" if allow_private => {}
        _ => return Err("the address must begin with https://".to_owned()),
    }
    match literal {
        Some(ip) if !allow_private && !is_public(ip) => Err(not_public(ip)),
        _ => Ok(url),
    }
}

fn not_public(ip: IpAddr) -> String {
    format!("{ip} is not a public address; webhooks.allow_private allows it")
}

/// A name leads to an address that is not public.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NotPublic(String);

/// Whether nothing was sent because a name leads to an address that is not public.
pub(crate) fn is_kept_in(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        if inner.is::<NotPublic>() {
            return true;
        }
        cause = inner.source();
    }
    false
}

/// Looks names up and lets a connection be made to nothing else than what was checked: looking up
/// twice would let the second answer be another (DNS rebinding).
struct Checked {
    allow_private: bool,
    lookups: Arc<Semaphore>,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (allow_private, lookups) = (self.allow_private, Arc::clone(&self.lookups));
        Box::pin(async move {
            let found = addresses(name.as_str(), allow_private, &lookups).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// The addresses of a host, all of which may be reached. They have no port yet.
pub(crate) async fn addresses(
    host: &str,
    allow_private: bool,
    lookups: &Arc<Semaphore>,
) -> Result<Vec<SocketAddr>, Box<dyn Error + Send + Sync>> {
    let found = look_up(host.to_owned(), Arc::clone(lookups)).await?;
    let refused = found.iter().map(SocketAddr::ip).find(|ip| !is_public(*ip));
    match refused {
        Some(ip) if !allow_private => Err(NotPublic(not_public(ip)).into()),
        _ => Ok(found),
    }
}

/// Asks the system for a name, on a thread of its own: a name server that hangs must not take the
/// threads that the database needs.
async fn look_up(name: String, lookups: Arc<Semaphore>) -> std::io::Result<Vec<SocketAddr>> {
    let permit = lookups.acquire_owned().await.map_err(std::io::Error::other)?;
    let (sender, receiver) = oneshot::channel();
    std::thread::Builder::new().name("http-dns".to_owned()).spawn(move || {
        let found = (name.as_str(), 0).to_socket_addrs().map(Iterator::collect);
        // The request may have run out of time; the thread is counted until it ends.
        let _ = sender.send(found);
        drop(permit);
    })?;
    receiver.await.map_err(std::io::Error::other)?
}

/// Seconds to wait: a number of them, or a date (RFC 9110, section 10.2.3).
pub(crate) fn seconds(text: &str, now: i64) -> Option<i64> {
    if let Ok(number) = text.trim().parse::<i64>() {
        return Some(number.max(0));
    }
    let date = httpdate::parse_http_date(text.trim()).ok()?;
    let date = date.duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some(i64::try_from(date).ok()?.saturating_sub(now).max(0))
}

pub(crate) fn words_of(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it did not answer in time".to_owned();
    }
    innermost(error)
}

/// The innermost cause says what a person can use; the outer ones say "error sending request".
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string().chars().take(MAX_WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_to_wait_is_read_as_seconds_or_date() {
        assert_eq!(seconds("120", 0), Some(120));
        assert_eq!(seconds("Mon, 21 Sep 2026 14:13:20 GMT", 1_790_000_000 - 60), Some(60));
        assert_eq!(seconds("Mon, 21 Sep 2026 14:13:20 GMT", 1_900_000_000), Some(0));
        assert_eq!((seconds("soon", 0), seconds("-5", 0)), (None, Some(0)));
    }
}
