//! Which parts are the shown body and which are attachments. The rules are
//! those of JMAP (RFC 8621, section 4.1.4), with inline media as attachments.

use crate::headers::params::Value;
use crate::parse::structure::Part;

/// Indices of the parts by what becomes of them, each in the order of the mail.
#[derive(Debug, Default)]
pub struct Shown {
    /// What makes the plain text; may hold HTML parts where there is no other.
    pub text: Vec<usize>,
    /// What makes the HTML; may hold plain parts.
    pub html: Vec<usize>,
    /// Everything else.
    pub attachments: Vec<usize>,
}

/// Chooses among all parts of a mail.
pub fn shown(parts: &[Part<'_>]) -> Shown {
    let mut out = Shown::default();
    let root = Place { container: "mixed", wants_text: true, wants_html: true };
    walk(parts, 0, root, &mut out);
    out
}

/// What a part inherits from the containers around it.
#[derive(Clone, Copy)]
struct Place<'t> {
    container: &'t str,
    wants_text: bool,
    wants_html: bool,
}

/// Depth is bounded by the reader of the structure, so recursion is safe.
fn walk(parts: &[Part<'_>], index: usize, place: Place<'_>, out: &mut Shown) {
    let Some(part) = parts.get(index) else { return };
    if part.is_multipart() {
        return walk_children(parts, part, place, out);
    }
    match (is_shown(part, place), kind(part)) {
        (true, Kind::Plain) if place.container == "alternative" => {
            push_if(place.wants_text, &mut out.text, index);
        }
        (true, Kind::Html) if place.container == "alternative" => {
            push_if(place.wants_html, &mut out.html, index);
        }
        (true, Kind::Plain | Kind::Html) => {
            push_if(place.wants_text, &mut out.text, index);
            push_if(place.wants_html, &mut out.html, index);
        }
        _ => out.attachments.push(index),
    }
}

fn push_if(wanted: bool, list: &mut Vec<usize>, index: usize) {
    if wanted {
        list.push(index);
    }
}

fn walk_children(parts: &[Part<'_>], part: &Part<'_>, place: Place<'_>, out: &mut Shown) {
    let container = part.media_type.strip_prefix("multipart/").unwrap_or("mixed");
    let (texts, htmls) = (out.text.len(), out.html.len());
    for &child in &part.children {
        let holds = |kind| parts.get(child).is_some_and(|child| holds(parts, child, kind));
        // Within an alternative a branch that is HTML only says nothing about
        // the text, and the other way round.
        let (wants_text, wants_html) = match container {
            "alternative" => (holds(Kind::Plain), holds(Kind::Html)),
            _ => (place.wants_text, place.wants_html),
        };
        let inner = Place {
            container,
            wants_text: place.wants_text && (wants_text || container != "alternative"),
            wants_html: place.wants_html && (wants_html || container != "alternative"),
        };
        walk(parts, child, inner, out);
    }
    if container == "alternative" && place.wants_text && place.wants_html {
        fill_gaps(out, texts, htmls);
    }
}

/// An alternative with only one of the two shows it in both places.
fn fill_gaps(out: &mut Shown, texts: usize, htmls: usize) {
    if out.text.len() == texts {
        out.text.extend_from_slice(out.html.get(htmls..).unwrap_or_default());
    } else if out.html.len() == htmls {
        out.html.extend_from_slice(out.text.get(texts..).unwrap_or_default());
    }
}

/// Whether a branch holds a part of this kind.
fn holds(parts: &[Part<'_>], part: &Part<'_>, wanted: Kind) -> bool {
    if !part.is_multipart() {
        return kind(part) == wanted;
    }
    part.children.iter().filter_map(|&child| parts.get(child)).any(|p| holds(parts, p, wanted))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Html,
    Other,
}

fn kind(part: &Part<'_>) -> Kind {
    match part.media_type.as_str() {
        "text/plain" => Kind::Plain,
        "text/html" => Kind::Html,
        // A container in which no part was found is read as text.
        other if other.starts_with("multipart/") => Kind::Plain,
        _ => Kind::Other,
    }
}

fn is_shown(part: &Part<'_>, place: Place<'_>) -> bool {
    let disposition = part.headers.get("Content-Disposition").map(Value::parse).unwrap_or_default();
    if disposition.value == "attachment" {
        return false;
    }
    let named = disposition.get("filename", None).is_some()
        || part.content_type.get("name", None).is_some();
    part.position == 0 || (place.container != "related" && !named)
}
