//! Making the requests of a reply, one after the other.

use std::time::Duration;

use reqwest::header::{HeaderMap, USER_AGENT};
use reqwest::{Method, Response};

use super::account::Account;
use super::outcome::{Outcome, Reading, Refusal, Scope};
use super::request::{Answer, Reach, Request};
use super::run::{Progress, Run};
use super::{Endpoints, Outgoing, Platform};
use crate::http::{self, ClientOptions, UnusableRoots, words_of};

/// How much of an answer is read, in bytes.
const READ: usize = 64 * 1024;
/// How many bytes a second of more time is given for.
const PACE: usize = 100 * 1024;

/// Sends replies. Keeps connections open; cheap to clone.
#[derive(Debug, Clone)]
pub struct Chats {
    http: reqwest::Client,
    options: ClientOptions,
    endpoints: Endpoints,
}

/// What became of a reply, and what is to be kept for another try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What became of it.
    pub outcome: Outcome,
    /// What was done of it.
    pub progress: Progress,
}

/// No answer came.
pub(super) enum Lost {
    /// The address is one that must not be reached.
    KeptIn(String),
    /// The request did not reach the platform.
    Unsent(String),
    /// It may have reached the platform.
    Unanswered(String),
}

impl Chats {
    /// Makes one; fails when the extra certificates cannot be used.
    pub fn new(options: ClientOptions, endpoints: Endpoints) -> Result<Self, UnusableRoots> {
        let http = http::connections(&options)?;
        Ok(Self { http, options, endpoints })
    }

    /// Sends what is left of a reply. `now` is in seconds since 1970.
    pub async fn send(
        &self,
        platform: &dyn Platform,
        account: &Account,
        outgoing: &Outgoing,
        progress: Progress,
        now: i64,
    ) -> Report {
        self.send_noting(platform, account, outgoing, progress, now, &|_| ()).await
    }

    /// The same, which tells after each step but the last what was done so far: whoever dies in the middle
    /// may have kept it.
    pub async fn send_noting(
        &self,
        platform: &dyn Platform,
        account: &Account,
        outgoing: &Outgoing,
        progress: Progress,
        now: i64,
        note: &(dyn Fn(&Progress) + Sync),
    ) -> Report {
        let before = progress.clone();
        match Run::new(platform, account, &self.endpoints, outgoing, progress) {
            Ok(run) => self.go(run, now, note).await,
            Err(refusal) => Report { outcome: Outcome::Refused(refusal), progress: before },
        }
    }

    /// Goes into a conversation to which we are asked. `now` is in seconds since 1970.
    pub async fn enter(
        &self,
        platform: &dyn Platform,
        account: &Account,
        conversation: &str,
        now: i64,
    ) -> Outcome {
        let request = match platform.enter(account, conversation) {
            None => return Outcome::Sent { objects: Vec::new() },
            Some(Err(refusal)) => return Outcome::Refused(refusal),
            Some(Ok(request)) => request,
        };
        let reach = request.reach;
        if let Err(why) = http::usable(&request.url, self.options.allow_private) {
            return Outcome::Refused(bad_address(reach, why));
        }
        match self.exchange(request).await {
            Ok(answer) => match platform.entered(&answer, now) {
                Reading::Over(outcome) => outcome,
                _ => Outcome::Sent { objects: Vec::new() },
            },
            Err(Lost::KeptIn(why)) => Outcome::Refused(bad_address(reach, why)),
            // To go in twice is to be in.
            Err(Lost::Unsent(why) | Lost::Unanswered(why)) => Outcome::Later { after: None, why },
        }
    }

    async fn go(&self, mut run: Run<'_>, now: i64, note: &(dyn Fn(&Progress) + Sync)) -> Report {
        let outcome = loop {
            let over = match run.request(now) {
                None => Some(Outcome::Sent { objects: run.progress().objects.clone() }),
                Some(Err(refusal)) => Some(run.stopped(refusal)),
                Some(Ok(request)) => self.step(&mut run, request, now).await,
            };
            if let Some(outcome) = over {
                break outcome;
            }
            // Where a file may be put is asked for again by another try.
            if !run.is_between() {
                note(run.progress());
            }
        };
        Report { outcome, progress: run.progress().clone() }
    }

    async fn step(&self, run: &mut Run<'_>, request: Request, now: i64) -> Option<Outcome> {
        let reach = request.reach;
        if let Err(why) = http::usable(&request.url, self.options.allow_private) {
            return Some(run.stopped(bad_address(reach, why)));
        }
        match self.exchange(request).await {
            Ok(answer) => run.answered(&answer, now),
            Err(Lost::KeptIn(why)) => Some(run.stopped(bad_address(reach, why))),
            Err(Lost::Unsent(why)) => run.unanswered(false, &why),
            Err(Lost::Unanswered(why)) => run.unanswered(true, &why),
        }
    }

    pub(super) fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    pub(super) fn options(&self) -> &ClientOptions {
        &self.options
    }

    /// One request and its answer.
    pub(super) async fn exchange(&self, request: Request) -> Result<Answer, Lost> {
        self.exchange_up_to(request, READ).await
    }

    /// The same with an answer of up to so many bytes.
    pub(super) async fn exchange_up_to(
        &self,
        request: Request,
        most: usize,
    ) -> Result<Answer, Lost> {
        let Request { name, method, url, headers, body, reach: _ } = request;
        let more = u64::try_from(body.len() / PACE).unwrap_or_default();
        let limit = self.options.limit + Duration::from_secs(more);
        let method = Method::from_bytes(method.as_bytes()).unwrap_or(Method::POST);
        let mut making = self.http.request(method, url).timeout(limit).body(body);
        making = making.header(USER_AGENT, concat!("Throughline/", env!("CARGO_PKG_VERSION")));
        for (header, value) in headers {
            making = making.header(header, value);
        }
        match making.send().await {
            Ok(response) => Ok(read(response, most).await),
            Err(error) => {
                // The address may hold a secret.
                let error = error.without_url();
                let why = format!("{name}: {}", words_of(&error));
                Err(match error.is_connect() || error.is_builder() {
                    true if http::is_kept_in(&error) => Lost::KeptIn(why),
                    true => Lost::Unsent(why),
                    false => Lost::Unanswered(why),
                })
            }
        }
    }
}

/// Reads an answer; its end is not waited for for ever.
async fn read(mut response: Response, most: usize) -> Answer {
    let status = response.status().as_u16();
    let headers = headers(response.headers());
    let mut body = Vec::new();
    let is_whole = loop {
        match response.chunk().await {
            Ok(None) => break true,
            Ok(Some(chunk)) => {
                body.extend_from_slice(&chunk);
                if body.len() > most {
                    body.truncate(most);
                    break false;
                }
            }
            Err(_) => break false,
        }
    };
    Answer { status, headers, body, is_whole }
}

fn headers(all: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    all.iter().filter_map(text).collect()
}

fn bad_address(reach: Reach, why: String) -> Refusal {
    let hint = match reach {
        Reach::Entered => "An admin enters another address in the set-up of the inbox.",
        Reach::Platform => "The platform named an address that is not its own; try again later.",
    };
    Refusal::of(("bad_address", hint, Scope::Account), why)
}
