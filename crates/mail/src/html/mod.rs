//! The HTML of a mail made safe to show. The look of ordinary mails survives; whatever runs, loads
//! or leaves the mail's own frame does not. What is kept on disk is the HTML as sent; this is done
//! on the way to the reader.

mod policy;
mod style;
mod tags;
mod tidy;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

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

/// Under which addresses images are shown that a page names.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// What stands before the number of an image on another server; without it, its own address stays.
    pub remote: Option<String>,
    /// Where the parts of the same mail are, by their content ids; what is not among them goes. Without
    /// it, `cid:` stays.
    pub parts: Option<HashMap<String, String>>,
}

/// HTML that may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeHtml {
    /// The page, without `html`, `head` and `body`.
    pub html: String,
    /// How many images from other servers the page names. Those of styles are counted but never
    /// loaded.
    pub remote_images: usize,
    /// The addresses of images on other servers, each once, in the order of their numbers, which begin
    /// with 1. Those of styles are not among them.
    pub sources: Vec<String>,
    /// Whether the page was too long and its end is missing.
    pub cut: bool,
}

/// Makes the HTML of a mail safe to show. Linear in its length, and never fails: what cannot be
/// read is dropped, its text stays.
pub fn sanitise(html: &str, images: RemoteImages) -> SafeHtml {
    sanitise_at(html, images, Places::default())
}

/// The same, with images under other addresses.
pub fn sanitise_at(html: &str, images: RemoteImages, places: Places) -> SafeHtml {
    let (head, shortened) = cut(html);
    let tidied = tidy::tidy(head);
    let judge = Arc::new(Judge { images, places, seen: Mutex::default() });
    let mut html = builder(&judge).clean(&tidied.html).to_string();
    let cut = shortened || tidied.cut;
    if cut {
        html.push_str(CUT_MARK);
    }
    let Seen { count, numbers: _, sources } = std::mem::take(&mut *judge.seen());
    SafeHtml { html, remote_images: count, sources, cut }
}

fn cut(html: &str) -> (&str, bool) {
    let mut end = html.len().min(MAX_HTML);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    (html.get(..end).unwrap_or_default(), end < html.len())
}

fn builder(judge: &Arc<Judge>) -> Builder<'static> {
    let own = policy::OWN_ATTRIBUTES.iter();
    let own: HashMap<_, HashSet<_>> =
        own.map(|(name, list)| (*name, list.iter().copied().collect())).collect();
    let judge = Arc::clone(judge);
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
        .attribute_filter(move |element, name, value| judge.attribute(element, name, value));
    builder
}

/// Judges attributes, and remembers the images that it met.
struct Judge {
    images: RemoteImages,
    places: Places,
    seen: Mutex<Seen>,
}

/// The images on other servers so far.
#[derive(Default)]
struct Seen {
    count: usize,
    numbers: HashMap<String, usize>,
    sources: Vec<String>,
}

impl Judge {
    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One attribute, entities decoded. `None` drops it.
    fn attribute<'v>(&self, element: &str, name: &str, value: &'v str) -> Option<Cow<'v, str>> {
        let allowed = self.images == RemoteImages::Allowed;
        match (element, name) {
            (_, "style") => {
                self.seen().count += style::remote_images(value);
                Some(style::safe(value)).filter(|safe| !safe.is_empty()).map(Cow::Owned)
            }
            ("a", "href") => link(value).map(Cow::Owned),
            ("img", "src") => self.source(value, allowed).map(Cow::Owned),
            (_, "href" | "src") => None,
            (_, policy::BLOCKED | "background") => {
                let Address::Remote(remote) = address(value) else { return None };
                self.seen().count += 1;
                let shown = self.shown(remote.clone());
                let is_background = name == "background";
                match (allowed, is_background) {
                    (true, true) => Some(shown.into()),
                    (false, false) => Some(remote.into()),
                    _ => None,
                }
            }
            _ => Some(value.into()),
        }
    }

    /// The address of an image that may be loaded. Its double in another attribute counts it.
    fn source(&self, value: &str, allowed: bool) -> Option<String> {
        match address(value) {
            Address::Own(own) => match &self.places.parts {
                Some(parts) => part(&own, parts),
                None => Some(own),
            },
            Address::Remote(remote) => {
                let shown = self.shown(remote);
                allowed.then_some(shown)
            }
            Address::Neither => None,
        }
    }

    /// Where an image on another server is shown from. The first time that it is met it gets its number.
    fn shown(&self, remote: String) -> String {
        let mut seen = self.seen();
        let number = match seen.numbers.get(&remote) {
            Some(number) => *number,
            None => {
                seen.sources.push(remote.clone());
                let number = seen.sources.len();
                seen.numbers.insert(remote.clone(), number);
                number
            }
        };
        self.places.remote.as_ref().map_or(remote, |before| format!("{before}{number}"))
    }
}

/// Where a part of the same mail is, whose name may be encoded as in any address (RFC 2392).
fn part(address: &str, parts: &HashMap<String, String>) -> Option<String> {
    let (_, name) = address.split_once(':')?;
    parts.get(name).or_else(|| parts.get(&decoded(name))).cloned()
}

fn decoded(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let pair = behind.get(..2).filter(|_| *first == b'%');
        let pair = pair.and_then(|pair| std::str::from_utf8(pair).ok());
        let byte = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { behind.get(2..).unwrap_or_default() } else { behind };
    }
    String::from_utf8_lossy(&bytes).into_owned()
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
