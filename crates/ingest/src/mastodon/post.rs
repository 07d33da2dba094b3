//! What a post holds: its text, its files, and the words for what has neither.

use serde_json::Value;
use throughline_core::inbound::{Audience, Content, FileAt, RemoteFile};

use crate::fields::{Fields, joined};
use crate::lenient::{list, text};

/// What nobody here needs of a post: counts that change by the minute, and what the account that asks has
/// done with it.
const NOISE: &[&str] = &[
    "bookmarked",
    "emojis",
    "favourited",
    "favourites_count",
    "filtered",
    "muted",
    "pinned",
    "quote_approval",
    "quotes_count",
    "reblogged",
    "reblogs_count",
    "replies_count",
    "tagged_collections",
];

/// Takes what a post says. The warning that stands before it is a part of that.
pub(super) fn take(post: &mut Fields) -> Content {
    post.leave(NOISE);
    let html = post.text("content");
    let warning = post.text("spoiler_text").map(|words| format!("Content warning: {words}\n"));
    let said = html.as_deref().map(throughline_mail::html_to_text);
    let quoted = quoted(post, said.as_deref().unwrap_or_default());
    let poll = poll(post);
    let parts = [warning.as_deref(), said.as_deref(), quoted.as_deref(), poll.as_deref()];
    let files = post.objects("media_attachments");
    let (files, rest): (Vec<_>, Vec<_>) = files.into_iter().map(file).unzip();
    let rest: Vec<Value> = rest.into_iter().filter(|rest| !is_empty(rest)).collect();
    if !rest.is_empty() {
        post.put("media_attachments", rest);
    }
    Content { text: joined(&parts, "\n"), html, files: files.into_iter().flatten().collect() }
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_none_or(serde_json::Map::is_empty)
}

/// The post that is quoted, unless the text names it.
fn quoted(post: &Fields, said: &str) -> Option<String> {
    let quote = post.peek("quote").filter(|quote| quote.is_object())?;
    let url = text(quote, &["quoted_status", "url"])?;
    (!said.contains(url)).then(|| format!("\nQuotes {url}"))
}

fn poll(post: &Fields) -> Option<String> {
    let poll = post.peek("poll").filter(|poll| poll.is_object())?;
    let options = list(poll, &["options"]).iter();
    let options = options.filter_map(|option| text(option, &["title"]));
    let lines: Vec<String> = options.map(|option| format!("\n- {option}")).collect();
    Some(format!("\nPoll:{}", lines.concat()))
}

/// A file, and what else is said of it. The server's own copy is there for certain.
fn file(mut file: Fields) -> (Option<RemoteFile>, Value) {
    let (here, there) = (file.text("url"), file.text("remote_url"));
    let at = here.clone().or_else(|| there.clone());
    if here.is_some() {
        there.into_iter().for_each(|there| file.put("remote_url", there));
    }
    file.leave(&["blurhash", "id", "meta", "preview_remote_url", "preview_url", "text_url"]);
    let name = at.as_deref().and_then(name_of);
    let file_at = at.filter(|url| url.starts_with("https://") || url.starts_with("http://"));
    let remote = file_at.map(|url| RemoteFile {
        media_type: name.as_deref().and_then(media_type),
        at: FileAt::Url(url),
        name,
        size: None,
    });
    (remote, Value::Object(file.into_rest()))
}

fn name_of(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next()?;
    let name = path.rsplit('/').next()?;
    (!name.is_empty() && name.contains('.')).then(|| name.to_owned())
}

/// The media type of a file, of those in which the servers keep files.
fn media_type(name: &str) -> Option<String> {
    let ending = name.rsplit('.').next()?.to_ascii_lowercase();
    let known = match ending.as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "heic" => "image/heic",
        "mp4" | "m4v" => "video/mp4",
        "webm" => "video/webm",
        "mov" => "video/quicktime",
        "mp3" => "audio/mpeg",
        "ogg" | "oga" => "audio/ogg",
        "wav" => "audio/wav",
        "flac" => "audio/flac",
        "m4a" => "audio/mp4",
        _ => return None,
    };
    Some(known.to_owned())
}

/// Who reads a post. What nobody knows is taken for private.
pub(super) fn audience(visibility: &str) -> Audience {
    match visibility {
        "public" => Audience::Public,
        "unlisted" => Audience::Unlisted,
        "private" => Audience::Group,
        _ => Audience::Private,
    }
}
