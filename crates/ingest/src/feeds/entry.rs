//! What an entry says, the same for all kinds of feeds.

use serde_json::{Value, json};
use throughline_core::time::Instant;
use throughline_mail::html_to_text;

use super::date;
use super::xml::{Entry, Field, local};
use crate::fields::name_of;

/// An entry as it is understood.
#[derive(Debug, Default)]
pub(super) struct Item {
    /// What names it within its feed.
    pub(super) id: String,
    /// Its title, without markup.
    pub(super) title: String,
    /// Its text, without markup.
    pub(super) text: String,
    /// Where people see it.
    pub(super) link: Option<String>,
    /// When it was published.
    pub(super) at: Option<Instant>,
    /// Who wrote it: a name, and an address of mail.
    pub(super) author: (Option<String>, Option<String>),
    /// Its categories.
    pub(super) categories: Vec<String>,
    /// The files that come with it.
    pub(super) files: Vec<String>,
}

/// Understands an entry.
pub(super) fn read(entry: &Entry<'_>) -> Item {
    let all = &entry.fields;
    let link = link(all);
    let title = title(all);
    let files = named(all, "enclosure").filter_map(|file| file.attribute("url"));
    let linked = named(all, "link").filter(|link| link.attribute("rel") == Some("enclosure"));
    let files = files.chain(linked.filter_map(|file| file.attribute("href")));
    let categories = named(all, "category").map(|field| match said(field) {
        Some(text) => text,
        None => field.attribute("term").unwrap_or_default().to_owned(),
    });
    Item {
        id: id(entry, &title, link.as_deref()),
        text: text(all),
        at: time(all),
        author: author(all),
        categories: categories.filter(|text| !text.is_empty()).take(50).collect(),
        files: files.map(str::to_owned).take(50).collect(),
        title,
        link,
    }
}

fn named<'f, 'a>(all: &'f [Field<'a>], name: &str) -> impl Iterator<Item = &'f Field<'a>> {
    all.iter().filter(move |field| field.name == name)
}

fn said(field: &Field<'_>) -> Option<String> {
    Some(field.text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn first(all: &[Field<'_>], names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| named(all, name).find_map(said))
}

/// The id that the entry brings; else one that depends on its link and title, or on all of it where it has
/// neither.
fn id(entry: &Entry<'_>, title: &str, link: Option<&str>) -> String {
    let about = || entry.attributes.iter().find(|(name, _)| name == "rdf:about");
    let told = first(&entry.fields, &["guid", "id", "dc:identifier"]);
    let told = told.or_else(|| about().map(|(_, value)| value.clone()));
    told.unwrap_or_else(|| match (link, title) {
        (None, "") => name_of(&Value::from(entry.raw)),
        _ => name_of(&json!([link, title])),
    })
}

/// A title of RSS may hold HTML; one of Atom says whether it does.
fn title(all: &[Field<'_>]) -> String {
    let Some(field) = named(all, "title").find(|field| said(field).is_some()) else {
        return String::new();
    };
    let text = match field.attribute("type") {
        Some("text") => field.text.clone(),
        _ => html_to_text(html(field)),
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The HTML of a field: within XHTML the tags are elements of the feed.
fn html<'f>(field: &'f Field<'f>) -> &'f str {
    match field.attribute("type") {
        Some("xhtml") => field.inner,
        _ => &field.text,
    }
}

/// The longest form of the text that there is.
fn text(all: &[Field<'_>]) -> String {
    let names = ["content:encoded", "content", "description", "summary", "media:description"];
    let field = names.iter().find_map(|name| named(all, name).find(|field| said(field).is_some()));
    let Some(field) = field else { return String::new() };
    let is_plain = match field.attribute("type") {
        Some("text" | "text/plain") => true,
        // What Atom says nothing of is plain.
        None => matches!(field.name.as_str(), "content" | "summary"),
        Some(_) => false,
    };
    match is_plain {
        true => field.text.trim().to_owned(),
        false => html_to_text(html(field)).trim().to_owned(),
    }
}

/// Where people see it: the link, or an id that is said to be one.
fn link(all: &[Field<'_>]) -> Option<String> {
    let is_page = |field: &&Field<'_>| matches!(field.attribute("rel"), None | Some("alternate"));
    let atom = named(all, "link").filter(is_page).find_map(|field| field.attribute("href"));
    let is_permanent = |field: &&Field<'_>| field.attribute("ispermalink") != Some("false");
    let guid = || named(all, "guid").filter(is_permanent).find_map(said);
    let told = first(all, &["link"]).or_else(|| atom.map(str::to_owned)).or_else(guid);
    told.filter(|link| link.starts_with("https://") || link.starts_with("http://"))
}

fn time(all: &[Field<'_>]) -> Option<Instant> {
    let names = ["pubdate", "published", "dc:date", "issued", "created", "updated", "modified"];
    names.iter().find_map(|name| named(all, name).find_map(|field| date::read(&field.text)))
}

/// RSS has an address with a name behind it, Atom has both apart, others have a name.
fn author(all: &[Field<'_>]) -> (Option<String>, Option<String>) {
    let owned = |text: &str| Some(text.to_owned());
    if let Some(name) = first(all, &["dc:creator", "itunes:author"]) {
        return (Some(name), None);
    }
    let Some(field) = named(all, "author").next() else { return (None, None) };
    let part = |name| field.parts.iter().find(|(known, _)| local(known) == name);
    let part = |name| part(name).map(|(_, text)| text.trim()).filter(|text| !text.is_empty());
    if !field.parts.is_empty() {
        return (part("name").and_then(owned), part("email").and_then(owned));
    }
    let text = field.text.trim();
    match text.split_once(" (") {
        Some((address, name)) if address.contains('@') => {
            (owned(name.trim_end_matches(')')).filter(|name| !name.is_empty()), owned(address))
        }
        _ if text.contains('@') && !text.contains(' ') => (None, owned(text)),
        _ => (owned(text).filter(|name| !name.is_empty()), None),
    }
}
