//! The agent's desk: the pages that `ui/` is built into, carried in the binary. They use the public
//! API and nothing else. `api` serves what is found here; there is no other logic.

mod negotiate;

use std::borrow::Cow;

use rust_embed::{EmbeddedFile, RustEmbed};

use negotiate::{Encoding, taken};

#[derive(RustEmbed)]
#[folder = "$THROUGHLINE_WEB_FOLDER"]
struct Files;

/// Whether the pages were built into this binary. Without them one page says how to get them.
pub const UI_BUILT: bool = matches!(env!("THROUGHLINE_WEB_BUILT").as_bytes(), b"true");

/// A file as it goes out.
#[derive(Debug)]
pub struct Page {
    /// What goes out.
    pub bytes: Cow<'static, [u8]>,
    /// Its type, with its character set where it has one.
    pub media_type: &'static str,
    /// In what it is stored; None where it is as it was built.
    pub encoding: Option<&'static str>,
    /// The hash of the bytes that go out, in quotes: another encoding is another representation.
    pub etag: String,
    /// It has a hash in its name and never changes.
    pub immutable: bool,
}

/// What stands at a path, in the smallest encoding that is stored and taken. A path that is no file
/// is a state of the one page; what is missing in `assets/` is nothing.
pub fn find(path: &str, accept_encoding: &str) -> Option<Page> {
    let path = path.trim_start_matches('/');
    let immutable = path.starts_with("assets/");
    let known = !path.is_empty() && Files::get(path).is_some();
    if immutable && !known {
        return None;
    }
    let name = if known { path } else { "index.html" };
    let (file, encoding) = stored(name, accept_encoding)?;
    Some(Page {
        etag: etag_of(&file),
        bytes: file.data,
        media_type: media_type(name),
        encoding: encoding.name(),
        immutable,
    })
}

fn stored(name: &str, accept_encoding: &str) -> Option<(EmbeddedFile, Encoding)> {
    let found = |it: Encoding| Files::get(&format!("{name}{}", it.suffix())).map(|file| (file, it));
    taken(accept_encoding).into_iter().find_map(found)
}

fn etag_of(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn any_state_of_the_desk_is_the_one_page() {
        let root = find("/", "").expect("a page");
        assert!(!root.immutable && root.media_type.starts_with("text/html"));
        for path in ["/inbox/open/1042", "/customers", "index.html", "/../secret"] {
            assert_eq!(find(path, "").map(|page| page.etag), Some(root.etag.clone()), "{path}");
        }
    }

    #[test]
    fn a_file_that_is_gone_is_not_answered_with_the_page() {
        assert!(find("/assets/index-0000.js", "br").is_none());
        assert!(find("/assets/", "br").is_none());
    }
}
