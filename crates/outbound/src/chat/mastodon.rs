//! Mastodon: posts by its API. A conversation and an object are addresses of posts, as the decoder names
//! them; a server answers to its own ids, so the post that is answered is looked up first. With that comes
//! what a reply has to keep: who reads it, who is mentioned, and the warning before it.
//!
//! Each step has a key of its own, by which a server sees a repeat for an hour. That is too short to rely
//! on where a reply may wait for days, so what may have been sent is not sent again by itself.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use throughline_core::length::{Length, LengthUnit};
use throughline_core::outgoing::{FOR_A_NAME, GIVEN_MOST};
use throughline_core::time::Instant;

use super::outcome::{FILE, Known, LENGTH, NO_RIGHTS, OTHER, Reading, Refusal, Scope, TOKEN};
use super::request::{Answer, Part, Reach, Request, segment, word};
use super::{Account, Around, Outgoing, Platform, Step, check_files};

/// Ids of files are noted behind who we are and what is answered.
const BEFORE_FILES: usize = 2;
/// How long a server is given to look at a file before it is asked again, in seconds.
const LOOKING: u64 = 5;
/// What most servers take of a post.
const MOST: usize = 500;

/// Mastodon.
#[derive(Debug)]
pub(super) struct Mastodon;

/// The post that is answered, as it is kept between two tries.
#[derive(Serialize, Deserialize)]
struct Answered {
    id: String,
    visibility: String,
    warning: String,
    /// Whom it is from and who is mentioned in it, without ourselves.
    names: Vec<String>,
}

impl Platform for Mastodon {
    fn steps(&self, account: &Account, outgoing: &Outgoing) -> Result<Vec<Step>, Refusal> {
        account.secret("access_token")?;
        account.needed("server")?;
        answered(outgoing)?;
        if outgoing.template.is_some() {
            return Err(Refusal::no_templates());
        }
        check_files("mastodon", outgoing)?;
        let most = most(account).saturating_sub(FOR_A_NAME);
        let length = Length { most, unit: LengthUnit::Mastodon };
        let texts = length.split(outgoing.text.trim_end()).into_iter();
        let texts = texts.map(|text| Step::Text(text.to_owned()));
        // Each file is put there, and then waited for until the server has looked at it.
        let files =
            (0..outgoing.files.len()).flat_map(|n| [Step::Upload(n), Step::Ask(BEFORE_FILES + n)]);
        Ok([Step::Ask(0), Step::Ask(1)].into_iter().chain(files).chain(texts).collect())
    }

    fn request(&self, step: &Step, around: &Around<'_>) -> Result<Request, Refusal> {
        let server = around.endpoints.entered(around.account.needed("server")?)?;
        let token = around.account.secret("access_token")?;
        let request = match step {
            Step::Ask(0) => {
                let url = format!("{server}/api/v1/accounts/verify_credentials");
                Request::get("verify_credentials", url)
            }
            Step::Ask(1) => {
                let post = segment(answered(around.outgoing)?);
                let url =
                    format!("{server}/api/v2/search?type=statuses&resolve=true&limit=1&q={post}");
                Request::get("search", url)
            }
            Step::Ask(number) => {
                let id = around.progress.noted.get(*number).ok_or_else(lost)?;
                Request::get("media", format!("{server}/api/v1/media/{}", segment(id)))
            }
            Step::Upload(number) => {
                let file = around.outgoing.files.get(*number).ok_or_else(no_file)?;
                let description = file.description.as_deref();
                let description = description.map(|text| Part::Text("description", text));
                let bytes = Part::File("file", &file.name, &file.media_type, &file.bytes);
                let parts: Vec<_> = description.into_iter().chain([bytes]).collect();
                Request::multipart("media", format!("{server}/api/v2/media"), &parts)
            }
            Step::Text(text) => {
                let body = post(text, around, &server)?;
                let key = format!("{}-{}", around.outgoing.key, around.progress.done);
                let url = format!("{server}/api/v1/statuses");
                Request::json("statuses", url, &body).with("idempotency-key", key)
            }
            _ => return Err(Refusal::of(OTHER, "this is no step of Mastodon's")),
        };
        Ok(Request { reach: Reach::Entered, ..request.bearer(token) })
    }

    fn read(&self, step: &Step, answer: &Answer, now: i64) -> Reading {
        let said = answer.json();
        let words = word(&said, "/error").unwrap_or_default();
        if answer.status == 429 {
            return Reading::later(answer.retry_after(now).or_else(|| reset(answer, now)), words);
        }
        if let Some(reading) = Reading::of_status(answer, now, &words) {
            return reading;
        }
        if !answer.is_success() {
            let is_of_file = match step {
                Step::Upload(_) => true,
                Step::Ask(number) => *number >= BEFORE_FILES,
                _ => false,
            };
            let known = match answer.status {
                404 | 413 | 422 if is_of_file => FILE,
                status => known(status, &words),
            };
            // It was put there long ago: all files are put there again.
            if answer.status == 404 && matches!(step, Step::Ask(number) if *number >= BEFORE_FILES)
            {
                return Reading::later(None, "the server has not kept a file; it is sent again");
            }
            return match words.is_empty() && !is_of_file {
                true => Reading::unreadable(answer),
                false => Reading::refused(known, words),
            };
        }
        match step {
            Step::Ask(0) => match word(&said, "/id") {
                Some(id) => Reading::Noted(id),
                None => Reading::unreadable(answer),
            },
            Step::Ask(1) => match said.pointer("/statuses").and_then(Value::as_array) {
                Some(posts) => posts.first().and_then(note).map_or_else(gone, Reading::Noted),
                None => Reading::unreadable(answer),
            },
            // 202: it is there, and looked at later.
            Step::Upload(_) => match word(&said, "/id") {
                Some(id) => Reading::Noted(id),
                None => Reading::unreadable(answer),
            },
            // 206: it is not done yet.
            Step::Ask(_) if answer.status == 206 => {
                Reading::later(Some(LOOKING), "the server is still looking at a file")
            }
            Step::Ask(_) => Reading::Done,
            _ => match word(&said, "/uri") {
                Some(uri) => Reading::Taken(vec![uri]),
                None => Reading::unreadable(answer),
            },
        }
    }

    /// Servers delete files that are in no post after a while, so they are kept between two tries only while
    /// a server looks at one.
    fn kept(&self, _: &Step, answer: Option<&Answer>) -> Option<usize> {
        let is_looking = answer.is_some_and(|answer| answer.status == 206);
        (!is_looking).then_some(BEFORE_FILES)
    }
}

/// The post that is answered: the customer's last one, or the first of the conversation.
fn answered(outgoing: &Outgoing) -> Result<&str, Refusal> {
    let post = outgoing.answers.as_deref().unwrap_or(&outgoing.conversation);
    let is_address = post.starts_with("https://") || post.starts_with("http://");
    is_address
        .then_some(post)
        .ok_or_else(|| Refusal::no_conversation(post, "the address of a post"))
}

/// The most that a post may hold.
fn most(account: &Account) -> usize {
    account.text(GIVEN_MOST).and_then(|text| text.trim().parse().ok()).unwrap_or(MOST)
}

/// What is kept of the post that is answered; who we are is known only when it is written.
fn note(post: &Value) -> Option<String> {
    let name =
        |account: &Value| Some(format!("{}:{}", word(account, "/id")?, word(account, "/acct")?));
    let author = post.pointer("/account").and_then(name);
    let others = post.pointer("/mentions").and_then(Value::as_array);
    let others = others.into_iter().flatten().filter_map(name);
    let answered = Answered {
        id: word(post, "/id")?,
        visibility: word(post, "/visibility").unwrap_or_default(),
        warning: word(post, "/spoiler_text").unwrap_or_default(),
        names: author.into_iter().chain(others).collect(),
    };
    serde_json::to_string(&answered).ok()
}

/// A post no more public than the one that is answered, to those who were in it.
fn post(text: &str, around: &Around<'_>, server: &str) -> Result<Value, Refusal> {
    let mut noted = around.progress.noted.iter();
    let (me, answered) = (noted.next().ok_or_else(lost)?, noted.next().ok_or_else(lost)?);
    let answered: Answered = serde_json::from_str(answered).map_err(|_| lost())?;
    let most = most(around.account);
    let text = addressed(text, &names(&answered.names, me), most);
    let count = |text: &str| LengthUnit::Mastodon.count(text);
    let visibility = match answered.visibility.as_str() {
        known @ ("public" | "unlisted" | "private") => known,
        _ => "direct",
    };
    let before = around.progress.objects.last().and_then(|uri| own_id(uri, server));
    let mut body = json!({
        "status": text,
        "in_reply_to_id": before.unwrap_or(&answered.id),
        "visibility": visibility,
    });
    let files: Vec<&String> = noted.take(around.outgoing.files.len()).collect();
    if around.progress.objects.is_empty()
        && !files.is_empty()
        && let Some(fields) = body.as_object_mut()
    {
        fields.insert("media_ids".to_owned(), json!(files));
    }
    let fits = count(&text) + count(&answered.warning) <= most;
    if let Some(fields) = body.as_object_mut().filter(|_| fits && !answered.warning.is_empty()) {
        fields.insert("spoiler_text".to_owned(), answered.warning.into());
    }
    Ok(body)
}

fn lost() -> Refusal {
    Refusal::of(OTHER, "what was noted of the post that is answered is lost")
}

fn no_file() -> Refusal {
    Refusal::of(FILE, "the file is not there any more")
}

/// The names of all but ourselves, each once.
fn names<'a>(noted: &'a [String], me: &str) -> Vec<&'a str> {
    let mut names = Vec::new();
    for (id, name) in noted.iter().filter_map(|noted| noted.split_once(':')) {
        if id != me && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// A text with the names before it that are not in it: the first in any case, or its owner is not told of
/// it, the others as far as they fit.
fn addressed(text: &str, names: &[&str], most: usize) -> String {
    let said = text.to_lowercase();
    let is_said = |name: &&&str| {
        let name = format!("@{}", name.to_lowercase());
        said.match_indices(&name).any(|(at, found)| {
            let after = said.get(at + found.len()..).and_then(|rest| rest.chars().next());
            !after.is_some_and(|c| c.is_alphanumeric() || "_@-".contains(c))
        })
    };
    let mut out = text.to_owned();
    let missing: Vec<&&str> = names.iter().filter(|name| !is_said(name)).collect();
    let mut before = String::new();
    for name in missing {
        let more = format!("{before}@{name} ");
        let fits = LengthUnit::Mastodon.count(&format!("{more}{text}")) <= most;
        if fits || names.first() == Some(name) {
            before = more;
        }
    }
    out.insert_str(0, &before);
    out
}

/// The id of a post of ours on its own server, which stands at the end of its address.
fn own_id<'a>(uri: &'a str, server: &str) -> Option<&'a str> {
    let (before, id) = uri.strip_prefix(server)?.rsplit_once('/')?;
    (before.ends_with("/statuses") && !id.is_empty()).then_some(id)
}

fn gone() -> Reading {
    Reading::refused(CLOSED, "the server does not know the post that is answered")
}

/// In how many seconds the limits of the server are renewed.
fn reset(answer: &Answer, now: i64) -> Option<u64> {
    let (_, text) = answer.headers.iter().find(|(name, _)| name == "x-ratelimit-reset")?;
    let at: Instant = text.trim().parse().ok()?;
    u64::try_from(at.as_millis().div_euclid(1000) - now + 1).ok()
}

const CLOSED: Known = (
    "conversation_closed",
    "The post that is answered was deleted, or its author has blocked the account. Reach them another \
     way.",
    Scope::Recipient,
);

fn known(status: u16, words: &str) -> Known {
    let words = words.to_lowercase();
    match status {
        401 => TOKEN,
        403 => NO_RIGHTS,
        404 | 410 => CLOSED,
        422 if words.contains("limit") || words.contains("too long") => LENGTH,
        422 if words.contains("media") || words.contains("attach") => FILE,
        422 if words.contains("thread") || words.contains("in_reply_to") => CLOSED,
        _ => OTHER,
    }
}
