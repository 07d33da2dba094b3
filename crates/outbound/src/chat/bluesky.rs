//! Bluesky: posts by com.atproto.repo.createRecord. A conversation and an object are addresses of posts,
//! as the decoder names them. A reply names the post that is answered and the first of its thread by
//! address and hash, so they are looked up first, where everybody may ask.
//!
//! One signs in for each post: the token is kept nowhere. Bluesky knows no key by which a repeat would be
//! seen.

use serde_json::{Value, json};
use throughline_core::length::{Length, LengthUnit};
use throughline_core::time::Instant;

use super::outcome::{FILE, Known, LENGTH, NO_RIGHTS, OTHER, Reading, Refusal, Scope, TOKEN};
use super::request::{Answer, Reach, Request, segment, word};
use super::{Account, Around, FileToSend, Outgoing, Platform, Step, check_files};

/// What a post may hold, in both ways in which it is counted.
const LENGTHS: [Length; 2] = [
    Length { most: 300, unit: LengthUnit::Graphemes },
    Length { most: 3000, unit: LengthUnit::Bytes },
];
/// What posts are called.
const POST: &str = "app.bsky.feed.post";
/// The server of most accounts.
const SERVICE: &str = "bsky.social";

/// Bluesky.
#[derive(Debug)]
pub(super) struct Bluesky;

impl Platform for Bluesky {
    fn steps(&self, account: &Account, outgoing: &Outgoing) -> Result<Vec<Step>, Refusal> {
        account.secret("app_password")?;
        account.needed("handle")?;
        answered(outgoing)?;
        if outgoing.template.is_some() {
            return Err(Refusal::no_templates());
        }
        check_files("bluesky", outgoing)?;
        let [graphemes, bytes] = LENGTHS;
        let texts = graphemes.split(outgoing.text.trim_end()).into_iter();
        let texts = texts.flat_map(|text| bytes.split(text)).enumerate();
        // For each post: what it answers, then signing in, then the files of the first one, then the post.
        let steps = texts.flat_map(|(number, text)| {
            let files = if number == 0 { outgoing.files.len() } else { 0 };
            let asked = [Step::Ask(2 * number), Step::Ask(2 * number + 1)];
            asked
                .into_iter()
                .chain((0..files).map(Step::Upload))
                .chain([Step::Text(text.to_owned())])
        });
        Ok(steps.collect())
    }

    fn request(&self, step: &Step, around: &Around<'_>) -> Result<Request, Refusal> {
        let account = around.account;
        let service = around.endpoints.entered(account.text("service").unwrap_or(SERVICE))?;
        let handle = account.needed("handle")?.trim().trim_start_matches('@');
        let at = |name: &str| format!("{service}/xrpc/{name}");
        let request = match step {
            Step::Ask(0) => {
                let uri = segment(answered(around.outgoing)?);
                let public = &around.endpoints.bluesky_public;
                let url = format!("{public}/xrpc/app.bsky.feed.getPosts?uris={uri}");
                return Ok(Request::get("getPosts", url));
            }
            Step::Ask(number) if number % 2 == 0 => {
                let key = around.progress.objects.last().and_then(|uri| uri.rsplit('/').next());
                let (handle, key) = (segment(handle), segment(key.unwrap_or_default()));
                let query = format!("repo={handle}&collection={POST}&rkey={key}");
                Request::get("getRecord", at(&format!("com.atproto.repo.getRecord?{query}")))
            }
            Step::Ask(_) => {
                let body =
                    json!({ "identifier": handle, "password": account.secret("app_password")? });
                Request::json("createSession", at("com.atproto.server.createSession"), &body)
            }
            Step::Upload(number) => {
                let token = around.upload_url.ok_or_else(lost)?;
                let gone = || Refusal::of(FILE, "the file is not there any more");
                let file = around.outgoing.files.get(*number).ok_or_else(gone)?;
                let url = at("com.atproto.repo.uploadBlob");
                Request::file("uploadBlob", url, &file.media_type, &file.bytes).bearer(token)
            }
            Step::Text(text) => {
                let token = around.upload_url.ok_or_else(lost)?;
                let body =
                    json!({ "repo": handle, "collection": POST, "record": post(text, around)? });
                Request::json("createRecord", at("com.atproto.repo.createRecord"), &body)
                    .bearer(token)
            }
            _ => return Err(Refusal::of(OTHER, "this is no step of Bluesky's")),
        };
        Ok(Request { reach: Reach::Entered, ..request })
    }

    fn read(&self, step: &Step, answer: &Answer, now: i64) -> Reading {
        let said = answer.json();
        let error = word(&said, "/error").unwrap_or_default();
        let words =
            word(&said, "/message").map_or(error.clone(), |words| format!("{error}: {words}"));
        if answer.status == 429 {
            return Reading::later(answer.retry_after(now).or_else(|| reset(answer, now)), words);
        }
        if let Some(reading) = Reading::of_status(answer, now, &words) {
            return reading;
        }
        if !answer.is_success() {
            return match error.as_str() {
                "" => Reading::unreadable(answer),
                // It is signed in again.
                "ExpiredToken" | "InvalidToken" => Reading::later(None, words),
                _ if matches!(step, Step::Upload(_))
                    && matches!(answer.status, 400 | 413 | 422) =>
                {
                    Reading::refused(FILE, words)
                }
                _ => Reading::refused(known(answer.status, &error), words),
            };
        }
        let reading = match step {
            Step::Ask(0) => said
                .pointer("/posts")
                .and_then(Value::as_array)
                .map(|posts| posts.first().and_then(note).map_or_else(gone, Reading::Noted)),
            Step::Ask(number) if number % 2 == 0 => {
                reference(&said).map(|it| Reading::Noted(it.to_string()))
            }
            Step::Ask(_) => word(&said, "/accessJwt")
                .zip(word(&said, "/did"))
                .map(|(url, id)| Reading::PutAt { url, id }),
            Step::Upload(_) => said
                .get("blob")
                .filter(|blob| blob.is_object())
                .map(|blob| Reading::Noted(blob.to_string())),
            _ => word(&said, "/uri").map(|uri| Reading::Taken(vec![uri])),
        };
        reading.unwrap_or_else(|| Reading::unreadable(answer))
    }
}

/// The post that is answered: the customer's last one, or the first of the conversation.
fn answered(outgoing: &Outgoing) -> Result<&str, Refusal> {
    let post = outgoing.answers.as_deref().unwrap_or(&outgoing.conversation);
    match post.starts_with("at://") {
        true => Ok(post),
        false => Err(Refusal::no_conversation(post, "the address of a post, at://…")),
    }
}

fn lost() -> Refusal {
    Refusal::of(OTHER, "what was noted of the post that is answered is lost")
}

/// A post by its address and hash.
fn reference(post: &Value) -> Option<Value> {
    Some(json!({ "uri": word(post, "/uri")?, "cid": word(post, "/cid")? }))
}

/// What is kept of the post that is answered: its own reference, that of the first post of its thread, and
/// who wrote it.
fn note(post: &Value) -> Option<String> {
    let parent = reference(post)?;
    let root = post.pointer("/record/reply/root").and_then(reference).unwrap_or(parent.clone());
    let author = json!([word(post, "/author/handle"), word(post, "/author/did")]);
    Some(json!({ "parent": parent, "root": root, "author": author }).to_string())
}

fn post(text: &str, around: &Around<'_>) -> Result<Value, Refusal> {
    let noted = |text: &String| serde_json::from_str::<Value>(text).ok();
    let first = around.progress.noted.first().and_then(noted).ok_or_else(lost)?;
    // The second post answers the first one of ours.
    let before = around.progress.objects.last().and(around.progress.noted.last()).and_then(noted);
    let before = before.filter(|before| before.get("uri").is_some());
    let parent = before.or_else(|| first.get("parent").cloned()).ok_or_else(lost)?;
    let root = first.get("root").cloned().ok_or_else(lost)?;
    let author = word(&first, "/author/0").zip(word(&first, "/author/1"));
    let micros = around.now.saturating_mul(1_000_000);
    let mut record = json!({
        "$type": POST,
        "text": text,
        "createdAt": Instant::from_micros(micros).to_string(),
        "reply": { "root": root, "parent": parent },
        "facets": facets(text, author),
    });
    if let Some(fields) = record.as_object_mut()
        && let Some(images) = images(around)
    {
        let embed = json!({ "$type": "app.bsky.embed.images", "images": images });
        fields.insert("embed".to_owned(), embed);
    }
    Ok(record)
}

/// The pictures of the first post, as they were noted behind what is answered.
fn images(around: &Around<'_>) -> Option<Vec<Value>> {
    let files = &around.outgoing.files;
    if files.is_empty() || !around.progress.objects.is_empty() {
        return None;
    }
    let blobs = around.progress.noted.iter().skip(1).zip(files);
    let image = |(blob, file): (&String, &FileToSend)| {
        let image: Value = serde_json::from_str(blob).ok()?;
        Some(json!({ "image": image, "alt": file.description.as_deref().unwrap_or_default() }))
    };
    Some(blobs.filter_map(image).collect())
}

/// Where links are in a text, and the name of whom it is for. Places are counted in bytes of UTF-8.
fn facets(text: &str, author: Option<(String, String)>) -> Vec<Value> {
    let facet = |start: usize, end: usize, feature: Value| json!({ "index": { "byteStart": start, "byteEnd": end }, "features": [feature] });
    let links = links(text).into_iter().map(|(start, end)| {
        let uri = text.get(start..end).unwrap_or_default();
        facet(start, end, json!({ "$type": "app.bsky.richtext.facet#link", "uri": uri }))
    });
    let mention = author.and_then(|(handle, did)| {
        let (start, end) = mention(text, &handle)?;
        let feature = json!({ "$type": "app.bsky.richtext.facet#mention", "did": did });
        Some(facet(start, end, feature))
    });
    links.chain(mention).collect()
}

/// The addresses in a text, without the marks behind them.
fn links(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find("http")).map(|at| from + at)
    {
        let rest = text.get(start..).unwrap_or_default();
        let end =
            rest.find(|c: char| c.is_whitespace() || "<>\"".contains(c)).unwrap_or(rest.len());
        let whole = rest.get(..end).unwrap_or_default();
        let open = whole.matches('(').count();
        let marks: &[char] = if open > 0 {
            &['.', ',', ';', ':', '!', '?', '\'', '…']
        } else {
            &['.', ',', ';', ':', '!', '?', '\'', '…', ')', ']']
        };
        let link = whole.trim_end_matches(marks);
        let bare = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://"));
        if bare.is_some_and(|bare| bare.starts_with(char::is_alphanumeric)) {
            found.push((start, start + link.len()));
        }
        from = start + whole.len().max("http".len());
    }
    found
}

/// Where somebody is named.
fn mention(text: &str, handle: &str) -> Option<(usize, usize)> {
    let name = format!("@{handle}");
    let is_name = |(at, _): &(usize, &str)| {
        let after = text.get(at + name.len()..).and_then(|rest| rest.chars().next());
        !after.is_some_and(|c| c.is_alphanumeric() || c == '-')
    };
    let (start, _) = text.match_indices(&name).find(is_name)?;
    Some((start, start + name.len()))
}

fn gone() -> Reading {
    Reading::refused(CLOSED, "the post that is answered is not there any more")
}

/// In how many seconds the limits of the server are renewed.
fn reset(answer: &Answer, now: i64) -> Option<u64> {
    let (_, text) = answer.headers.iter().find(|(name, _)| name == "ratelimit-reset")?;
    u64::try_from(text.trim().parse::<i64>().ok()?.checked_sub(now)?.checked_add(1)?).ok()
}

const CLOSED: Known = (
    "conversation_closed",
    "The post that is answered was deleted. Answer another one, or reach them another way.",
    Scope::Recipient,
);

fn known(status: u16, error: &str) -> Known {
    match error {
        "AuthenticationRequired" | "AuthMissing" | "AccountTakedown" | "AccountDeactivated" => {
            TOKEN
        }
        "AuthFactorTokenRequired" => (
            "token_refused",
            "The account wants a second factor: an admin enters an app password.",
            Scope::Account,
        ),
        "RecordNotFound" => CLOSED,
        "PayloadTooLarge" => LENGTH,
        _ if status == 401 => TOKEN,
        _ if status == 403 => NO_RIGHTS,
        _ if status == 413 => LENGTH,
        _ => OTHER,
    }
}
