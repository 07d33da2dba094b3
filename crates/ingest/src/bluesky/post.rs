//! What a post holds: its text with the addresses behind its words, its pictures, and what it shows of
//! others.

use serde_json::Value;
use throughline_core::inbound::{Content, FileAt, RemoteFile};

use crate::fields::joined;
use crate::lenient::{at, list, text};

/// Where pictures are.
const PICTURES: &str = "https://cdn.bsky.app/img/feed_fullsize/plain";

/// What a post says. Its record stays beside it as it is.
pub(super) fn read(record: &Value, author: &str) -> Content {
    let said = linked(text(record, &["text"]).unwrap_or_default(), list(record, &["facets"]));
    let warnings = list(record, &["labels", "values"]).iter();
    let warnings: Vec<&str> = warnings.filter_map(|label| text(label, &["val"])).collect();
    let warning =
        (!warnings.is_empty()).then(|| format!("Content warning: {}\n", warnings.join(", ")));
    let embed = at(record, &["embed"]);
    let shown = shown(embed);
    let parts = [warning.as_deref(), Some(said.as_str()), shown.as_deref()];
    Content { text: joined(&parts, "\n"), html: None, files: files(embed, author) }
}

/// A text with the addresses to which its words lead. A facet says by bytes of UTF-8 where it lies; one
/// that lies nowhere, or within another, is passed over.
fn linked(said: &str, facets: &[Value]) -> String {
    let mut links: Vec<(usize, usize, &str)> = facets.iter().filter_map(link).collect();
    links.sort_unstable_by_key(|(start, ..)| *start);
    let (mut out, mut done) = (String::with_capacity(said.len()), 0);
    for (start, end, uri) in links {
        let (Some(before), Some(words)) = (said.get(done..start), said.get(start..end)) else {
            continue;
        };
        out.push_str(before);
        match is_short_for(words, uri) {
            true => out.push_str(uri),
            false => out.push_str(&format!("{words} ({uri})")),
        }
        done = end;
    }
    out.push_str(said.get(done..).unwrap_or_default());
    out
}

fn link(facet: &Value) -> Option<(usize, usize, &str)> {
    let number = |name| usize::try_from(at(facet, &["index", name]).as_u64()?).ok();
    let uri = list(facet, &["features"]).iter().find_map(|feature| text(feature, &["uri"]))?;
    let (start, end) = (number("byteStart")?, number("byteEnd")?);
    (start < end).then_some((start, end, uri))
}

/// Whether words are an address, or the beginning of one.
fn is_short_for(words: &str, uri: &str) -> bool {
    let bare = |text: &str| {
        let text = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))
            .unwrap_or(text)
            .to_owned();
        text.trim_end_matches("...").trim_end_matches(['…', '/']).to_lowercase()
    };
    bare(uri).starts_with(&bare(words))
}

/// What a post shows beside its text.
fn shown(embed: &Value) -> Option<String> {
    let quoted =
        text(embed, &["record", "record", "uri"]).or_else(|| text(embed, &["record", "uri"]));
    let quoted = quoted.map(|uri| format!("\nQuotes {}", page_of(uri).unwrap_or(uri.to_owned())));
    let media = media(embed);
    let external = at(media, &["external"]);
    let link = text(external, &["uri"]).map(|uri| {
        let title = text(external, &["title"]);
        format!("\n{}", joined(&[title, Some(uri)], ": "))
    });
    let film = media.get("video").is_some().then(|| "\nWith a film.".to_owned());
    let all = joined(&[quoted.as_deref(), link.as_deref(), film.as_deref()], "");
    Some(all).filter(|all| !all.is_empty())
}

/// A post that quotes another may show pictures as well.
fn media(embed: &Value) -> &Value {
    embed.get("media").unwrap_or(embed)
}

fn files(embed: &Value, author: &str) -> Vec<RemoteFile> {
    let pictures = list(media(embed), &["images"]).iter();
    pictures.filter_map(|picture| file(at(picture, &["image"]), author)).collect()
}

fn file(blob: &Value, author: &str) -> Option<RemoteFile> {
    let id = text(blob, &["ref", "$link"])?;
    let plain =
        |text: &str| text.bytes().all(|c| c.is_ascii_alphanumeric() || b":.-_".contains(&c));
    let known = plain(id) && plain(author) && author.starts_with("did:");
    known.then(|| RemoteFile {
        at: FileAt::Url(format!("{PICTURES}/{author}/{id}@jpeg")),
        name: Some(format!("{id}.jpg")),
        media_type: Some("image/jpeg".to_owned()),
        size: None,
    })
}

/// The page of a post, for people.
pub(super) fn page_of(uri: &str) -> Option<String> {
    let mut parts = uri.strip_prefix("at://")?.split('/');
    let (author, kind, key) = (parts.next()?, parts.next()?, parts.next()?);
    let plain = |text: &str| !text.is_empty() && !text.contains(['?', '#', '"', '<', ' ']);
    let is_post = kind == "app.bsky.feed.post" && plain(author) && plain(key);
    is_post.then(|| format!("https://bsky.app/profile/{author}/post/{key}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn facet(start: usize, end: usize, uri: &str) -> Value {
        json!({ "index": { "byteStart": start, "byteEnd": end }, "features": [{ "uri": uri }] })
    }

    #[test]
    fn a_link_is_written_where_its_bytes_are() {
        let said = "günlük: kiosk.example/a... and here";
        let facets =
            [facet(10, 28, "https://kiosk.example/a/b"), facet(33, 37, "https://k.example")];
        assert_eq!(
            linked(said, &facets),
            "günlük: https://kiosk.example/a/b and here (https://k.example)"
        );
    }

    #[test]
    fn a_facet_that_lies_nowhere_changes_nothing() {
        let said = "ğ and kiosk.example";
        for (start, end) in [(1, 2), (0, 99), (5, 5), (7, 3), (usize::MAX, 0)] {
            assert_eq!(
                linked(said, &[facet(start, end, "https://x.example")]),
                said,
                "{start} {end}"
            );
        }
        let within = [facet(7, 20, "https://kiosk.example"), facet(9, 12, "https://x.example")];
        assert_eq!(linked(said, &within), "ğ and https://kiosk.example");
    }

    #[test]
    fn only_a_post_has_a_page() {
        let page = page_of("at://did:plc:a/app.bsky.feed.post/3k");
        assert_eq!(page.as_deref(), Some("https://bsky.app/profile/did:plc:a/post/3k"));
        for uri in [
            "at://did:plc:a/app.bsky.feed.like/3k",
            "at://did:plc:a",
            "https://a",
            "at://a/app.bsky.feed.post/\"x",
        ] {
            assert_eq!(page_of(uri), None, "{uri}");
        }
    }
}
