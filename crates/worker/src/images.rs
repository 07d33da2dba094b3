//! Images that mails name, fetched for readers: the rules for addresses are those of everything that strangers
//! name. Redirects are followed by hand, and each address is looked at anew.

use std::time::Duration;

use async_trait::async_trait;
use throughline_app::html::ImageFetch;
use throughline_core::time::Instant;
use throughline_ingest::fetch::{Trouble, redirect};
use throughline_ingest::poll::Answer;
use throughline_outbound::fetch::{Ask, ClientOptions, Fetcher, Got, Missed, UnusableRoots};
use tokio::sync::Semaphore;

/// The largest image, in bytes.
const MOST: u64 = 8 * 1024 * 1024;
/// How often an address may send on.
const MOST_REDIRECTS: usize = 5;
/// How long a reader waits for an image in all.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many are fetched at one time; each is held in memory.
const SIDE_BY_SIDE: usize = 16;

/// Fetches images over HTTP.
pub struct HttpImages {
    fetcher: Fetcher,
    /// A server that may be reached without TLS, for tests.
    plain: Option<String>,
    places: Semaphore,
}

impl HttpImages {
    /// With these options for connections.
    ///
    /// # Errors
    /// When the extra certificates cannot be used.
    pub fn new(options: ClientOptions) -> Result<Self, UnusableRoots> {
        Ok(Self {
            fetcher: Fetcher::new(options)?,
            plain: None,
            places: Semaphore::new(SIDE_BY_SIDE),
        })
    }

    /// The same with a server that may be reached wherever it is, for tests. No setting leads here.
    ///
    /// # Errors
    /// When the extra certificates cannot be used.
    pub fn at(options: ClientOptions, base: &str) -> Result<Self, UnusableRoots> {
        let fetcher = Fetcher::with_platform_at(options.clone(), base)?;
        Ok(Self { fetcher, plain: Some(base.to_owned()), ..Self::new(options)? })
    }

    async fn follow(&self, first: &str) -> Result<Vec<u8>, String> {
        let mut url = secured(first, self.plain.as_deref());
        for _ in 0..=MOST_REDIRECTS {
            let got = self.fetcher.fetch(ask(&url), MOST).await.map_err(words)?;
            match sent_on(&url, &got)? {
                Some(next) => url = secured(&next, self.plain.as_deref()),
                None if got.status == 200 => return Ok(got.body),
                None => return Err(format!("its server answered {}", got.status)),
            }
        }
        Err(format!("its address sends on more than {MOST_REDIRECTS} times"))
    }
}

#[async_trait]
impl ImageFetch for HttpImages {
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, String> {
        let fetching = async {
            let _place = self.places.acquire().await.map_err(|_| "nobody fetches".to_owned())?;
            self.follow(url).await
        };
        let came = tokio::time::timeout(PATIENCE, fetching).await;
        came.unwrap_or_else(|_| Err("its server is too slow".to_owned()))
    }
}

/// Old mails name http; servers that still have their images mostly have them under https. What begins with
/// `plain` stays.
fn secured(url: &str, plain: Option<&str>) -> String {
    let stays = plain.is_some_and(|plain| url.starts_with(plain));
    match url.split_at_checked(7) {
        Some((scheme, rest)) if !stays && scheme.eq_ignore_ascii_case("http://") => {
            format!("https://{rest}")
        }
        _ => url.to_owned(),
    }
}

/// Nothing that tells who reads: no cookies, and not where the image is shown.
fn ask(url: &str) -> Ask {
    let headers = vec![("accept", "image/png,image/jpeg,image/gif,image/webp".to_owned())];
    Ask { method: "GET", url: url.to_owned(), headers, body: None }
}

fn sent_on(url: &str, got: &Got) -> Result<Option<String>, String> {
    // When it came says nothing here.
    let at = Instant::from_micros(0);
    let answer = Answer { status: got.status, headers: &got.headers, body: &got.body, at };
    redirect(url, &answer).map_err(|trouble| match trouble {
        Trouble::Later { why, .. } | Trouble::Lost(why) | Trouble::TooLarge(why) => why,
    })
}

fn words(missed: Missed) -> String {
    match missed {
        Missed::Refused(why) => format!("its address is not reached: {why}"),
        Missed::TooLarge(_) => format!("it is larger than {} MiB", MOST / 1024 / 1024),
        Missed::Failed(why) => why,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_old_address_is_asked_for_under_https() {
        let secured = |url| super::secured(url, Some("http://127.0.0.1:9"));
        assert_eq!(secured("HTTP://a.example/x"), "https://a.example/x");
        assert_eq!(secured("https://a.example/x"), "https://a.example/x");
        assert_eq!(secured("http://127.0.0.1:9/x"), "http://127.0.0.1:9/x");
    }
}
