//! The HTML of a mail made safe to show. The look of ordinary mails survives; whatever runs, loads
//! or leaves the mail's own frame does not. What is kept on disk is the HTML as sent; this is done
//! on the way to the reader.

mod policy;
mod style;
mod tags;
mod tidy;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ammonia::{Builder, UrlRelative};

/// How many bytes of a page are read. What follows is cut, and the cut is marked.
pub const MAX_HTML: usize = 1024 * 1024;

/// Stands where a page was cut.
const CUT_MARK: &str = "<p data-cut=\"true\">[…]</p>";

/// Whether images from other servers are loaded. They tell the sender when and where a mail is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemoteImages {
    /// Their addresses wait in `data-blocked-src`.
    Blocked,
    /// They are loaded.
    Allowed,
}

/// HTML that may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeHtml {
    /// The page, without `html`, `head` and `body`.
    pub html: String,
    /// How many images from other servers the page names. Those of styles are counted but never
    /// loaded.
    pub remote_images: usize,
    /// Whether the page was too long and its end is missing.
    pub cut: bool,
}

/// Makes the HTML of a mail safe to show. Linear in its length, and never fails: what cannot be
/// read is dropped, its text stays.
pub fn sanitise(html: &str, images: RemoteImages) -> SafeHtml {
    let (head, shortened) = cut(html);
    let tidied = tidy::tidy(head);
    let count = Arc::new(AtomicUsize::new(0));
    let mut html = builder(images, &count).clean(&tidied.html).to_string();
    let cut = shortened || tidied.cut;
    if cut {
        html.push_str(CUT_MARK);
    }
    SafeHtml { html, remote_images: count.load(Ordering::Relaxed), cut }
}

fn cut(html: &str) -> (&str, bool) {
    let mut end = html.len().min(MAX_HTML);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    (html.get(..end).unwrap_or_default(), end < html.len())
}

fn builder(images: RemoteImages, count: &Arc<AtomicUsize>) -> Builder<'static> {
    let own = policy::OWN_ATTRIBUTES.iter();
    let own: HashMap<_, HashSet<_>> =
        own.map(|(name, list)| (*name, list.iter().copied().collect())).collect();
    let count = Arc::clone(count);
    let mut builder = Builder::empty();
    builder
        .tags(policy::ELEMENTS.iter().copied().collect())
        .clean_content_tags(policy::WITH_CONTENT.iter().copied().collect())
        .generic_attributes(policy::COMMON_ATTRIBUTES.iter().copied().collect())
        .tag_attributes(own)
        .set_tag_attribute_value("a", "target", "_blank")
        .link_rel(Some("noopener noreferrer nofollow"))
        .url_schemes(policy::SCHEMES.iter().copied().collect())
        .url_relative(UrlRelative::PassThrough)
        .filter_style_properties(policy::PROPERTIES.iter().copied().collect())
        .strip_comments(true)
        .attribute_filter(move |element, name, value| {
            let judged = judge(element, name, value, images)?;
            count.fetch_add(judged.remote_images, Ordering::Relaxed);
            judged.kept
        });
    builder
}

/// What becomes of one attribute.
struct Judged<'v> {
    kept: Option<Cow<'v, str>>,
    remote_images: usize,
}

/// Judges one attribute, entities decoded. `None` drops it.
fn judge<'v>(
    element: &str,
    name: &str,
    value: &'v str,
    images: RemoteImages,
) -> Option<Judged<'v>> {
    let kept = |value: Cow<'v, str>| Some(Judged { kept: Some(value), remote_images: 0 });
    let allowed = images == RemoteImages::Allowed;
    match (element, name) {
        (_, "style") => {
            let safe = Some(style::safe(value)).filter(|safe| !safe.is_empty());
            let remote_images = style::remote_images(value);
            Some(Judged { kept: safe.map(Cow::Owned), remote_images })
        }
        ("a", "href") => kept(link(value)?.into()),
        ("img", "src") => kept(source(value, allowed)?.into()),
        (_, "href" | "src") => None,
        (_, policy::BLOCKED | "background") => {
            let Address::Remote(remote) = address(value) else { return None };
            let stays = allowed == (name == "background");
            Some(Judged { kept: stays.then(|| remote.into()), remote_images: 1 })
        }
        _ => kept(value.into()),
    }
}

/// The address of an image that may be loaded. Its double in another attribute counts it.
fn source(value: &str, allowed: bool) -> Option<String> {
    match address(value) {
        Address::Own(own) => Some(own),
        Address::Remote(remote) => allowed.then_some(remote),
        Address::Neither => None,
    }
}

/// Where an image comes from.
enum Address {
    /// A part of the same mail.
    Own(String),
    /// Another server.
    Remote(String),
    /// Nowhere that is allowed.
    Neither,
}

fn address(value: &str) -> Address {
    let plain = without_blanks(value);
    let lower = plain.to_ascii_lowercase();
    if lower.starts_with("cid:") {
        Address::Own(plain)
    } else if lower.starts_with("http:") || lower.starts_with("https:") {
        Address::Remote(plain)
    } else if let Some(rest) = plain.strip_prefix("//") {
        Address::Remote(format!("https://{rest}"))
    } else {
        Address::Neither
    }
}

/// A link with an allowed scheme; within a mail, relative ones lead nowhere.
fn link(value: &str) -> Option<String> {
    let plain = without_blanks(value);
    let (scheme, _) = plain.split_once(':')?;
    policy::SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()).then_some(plain)
}

/// Browsers drop control characters from addresses, and blanks at their ends; blanks within are
/// encoded, as browsers do.
fn without_blanks(value: &str) -> String {
    let trimmed = value.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    let kept = trimmed.chars().filter(|c| !c.is_control());
    kept.map(|c| if c == ' ' { "%20".to_owned() } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests;
