//! What a message of a room holds: text, HTML, files, places; what it answers and what it replaces.

use throughline_core::inbound::{Content, FileAt, Happened, RemoteFile};

use crate::fields::Fields;

/// The address of a file of a homeserver begins so.
const MEDIA: &str = "mxc://";

/// The event that a message answers; the root of a thread where none is named in it.
pub(super) fn answered(content: &mut Fields) -> Option<String> {
    let mut relates = content.object("m.relates_to")?;
    let mut answered = relates.object("m.in_reply_to");
    let named = answered.as_mut().and_then(|inner| inner.id("event_id"));
    if let Some(rest) = answered {
        relates.put_rest("m.in_reply_to", rest);
    }
    let is_thread = relates.peek("rel_type").and_then(|kind| kind.as_str()) == Some("m.thread");
    if is_thread {
        relates.leave(&["rel_type", "is_falling_back"]);
    }
    // Where an event is named in it, the root stays with what else is said.
    let root = if is_thread && named.is_none() { relates.id("event_id") } else { None };
    content.put_rest("m.relates_to", relates);
    named.or(root)
}

/// The message that this one replaces, with what that says now.
pub(super) fn replaced(content: &mut Fields) -> Option<(String, Content)> {
    let mut relates = content.object("m.relates_to")?;
    let is_edit = relates.peek("rel_type").and_then(|kind| kind.as_str()) == Some("m.replace");
    let of = if is_edit { relates.id("event_id") } else { None };
    let new = of.is_some().then(|| content.object("m.new_content")).flatten();
    let (Some(of), Some(mut new)) = (of.clone(), new) else {
        // Nothing is taken of what is no edit.
        if let Some(of) = of {
            relates.put("event_id", of);
        }
        content.put_rest("m.relates_to", relates);
        return None;
    };
    relates.leave(&["rel_type"]);
    content.put_rest("m.relates_to", relates);
    let mut ignored = Fields::default();
    let said = read("m.room.message", &mut new, &mut ignored);
    // The text beside it is for programs that know no edits.
    content.leave(&["body", "formatted_body", "format", "msgtype"]);
    content.put_rest("m.new_content", new);
    Some((of, said))
}

/// A sign on a message.
pub(super) fn reaction(content: &mut Fields) -> Happened {
    let mut relates = content.object("m.relates_to").unwrap_or_default();
    relates.leave(&["rel_type"]);
    let (of, emoji) = (relates.id("event_id"), relates.text("key").unwrap_or_default());
    content.put_rest("m.relates_to", relates);
    match of {
        Some(of) => Happened::Reaction { of, emoji, removed: false },
        None => Happened::Nothing { why: "it does not say which message it is on".to_owned() },
    }
}

/// What a message says. Its kind is put beside it.
pub(super) fn read(kind: &str, content: &mut Fields, fields: &mut Fields) -> Content {
    let inner = match kind {
        "m.sticker" => "m.sticker".to_owned(),
        _ => content.text("msgtype").unwrap_or_default(),
    };
    fields.put("msgtype", inner.as_str());
    let body = content.text("body").unwrap_or_default();
    let html = html(content);
    if inner == "m.location" {
        let place = content.text("geo_uri").unwrap_or_default();
        let text = [body, place].into_iter().filter(|part| !part.is_empty());
        return Content { text: text.collect::<Vec<_>>().join("\n"), ..Content::default() };
    }
    match file(content, &body) {
        // A file has a text of its own only where its name stands beside it.
        Some((file, is_named)) => Content {
            text: if is_named { body } else { String::new() },
            html: html.filter(|_| is_named),
            files: vec![file],
        },
        None => Content { text: body, html, files: Vec::new() },
    }
}

fn html(content: &mut Fields) -> Option<String> {
    let is_html = content.peek("format").and_then(|f| f.as_str()) == Some("org.matrix.custom.html");
    if !is_html {
        return None;
    }
    content.leave(&["format"]);
    content.text("formatted_body")
}

/// The file of a message, and whether its body is a text beside it.
fn file(content: &mut Fields, body: &str) -> Option<(RemoteFile, bool)> {
    let is_ours = |url: &&str| url.strip_prefix(MEDIA).is_some_and(|rest| rest.contains('/'));
    content.peek("url").and_then(|url| url.as_str()).filter(is_ours)?;
    let url = content.text("url")?;
    let name = content.text("filename");
    let is_named = name.as_deref().is_some_and(|name| name != body) && !body.is_empty();
    let mut info = content.object("info").unwrap_or_default();
    let media_type = info.text("mimetype");
    let size = info.whole("size").and_then(|size| u64::try_from(size).ok());
    // How it looks, and a smaller picture of it.
    info.leave(&["h", "w", "thumbnail_url", "thumbnail_info", "xyz.amorgan.blurhash"]);
    content.put_rest("info", info);
    let name = name.or_else(|| Some(body.to_owned()).filter(|body| !body.is_empty()));
    Some((RemoteFile { at: FileAt::Id(url), name, media_type, size }, is_named))
}
