//! What sanitised HTML may hold: elements, attributes, and how elements nest. Data and look-ups;
//! nothing is read or written here.

/// Elements that are kept. No script, form, frame, object or style sheet is among them.
pub const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "address",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "wbr",
];

/// Elements that go together with what they hold.
pub const WITH_CONTENT: &[&str] = &[
    "applet",
    "frameset",
    "iframe",
    "math",
    "noembed",
    "noframes",
    "object",
    "plaintext",
    "script",
    "select",
    "style",
    "svg",
    "template",
    "textarea",
    "title",
    "xmp",
];

/// Attributes that any element may have. `background` is judged like an image.
pub const COMMON_ATTRIBUTES: &[&str] = &[
    "align",
    "background",
    "bgcolor",
    "dir",
    "height",
    "lang",
    "style",
    "title",
    "valign",
    "width",
];

/// Attributes of certain elements only.
pub const OWN_ATTRIBUTES: &[(&str, &[&str])] = &[
    ("a", &["href"]),
    ("col", &["span"]),
    ("font", &["color", "face", "size"]),
    ("img", &["alt", "border", "src", BLOCKED]),
    ("li", &["value"]),
    ("ol", &["start", "type"]),
    ("table", &["border", "cellpadding", "cellspacing"]),
    ("td", &["colspan", "nowrap", "rowspan"]),
    ("th", &["colspan", "nowrap", "rowspan"]),
];

/// Where the address of a blocked image waits until the reader asks for it.
pub const BLOCKED: &str = "data-blocked-src";

/// Schemes that a link may have; `cid` names a part of the same mail (RFC 2392).
pub const SCHEMES: &[&str] = &["http", "https", "mailto", "tel", "cid"];

/// Style properties that are kept: looks, not places.
pub const PROPERTIES: &[&str] = &[
    "background-color",
    "border",
    "border-bottom",
    "border-collapse",
    "border-color",
    "border-left",
    "border-radius",
    "border-right",
    "border-spacing",
    "border-style",
    "border-top",
    "border-width",
    "color",
    "direction",
    "display",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style-type",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-width",
    "min-width",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "text-align",
    "text-decoration",
    "text-transform",
    "unicode-bidi",
    "vertical-align",
    "white-space",
    "width",
    "word-break",
];

const VOID: &[&str] = &["br", "col", "hr", "img", "wbr"];
const FORMATTING: &[&str] =
    &["a", "b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u"];
const BLOCKS: &[&str] = &[
    "address",
    "blockquote",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "table",
    "ul",
];
const TABLE_PARTS: &[&str] =
    &["caption", "col", "colgroup", "tbody", "td", "tfoot", "th", "thead", "tr"];
const TABLE_FRAMES: &[&str] = &["colgroup", "table", "tbody", "tfoot", "thead", "tr"];
const CELLS: &[&str] = &["caption", "table", "td", "th"];
const ROW_GROUPS: &[&str] = &["caption", "colgroup", "tbody", "td", "tfoot", "th", "thead", "tr"];

/// The kept element that stands for a name, if one does. The writing direction of a mail often
/// stands on its `body`, which becomes a `div`.
pub fn element(name: &str) -> Option<&'static str> {
    let name = if matches!(name, "body" | "html") { "div" } else { name };
    ELEMENTS.iter().find(|kept| **kept == name).copied()
}

/// Whether an element may have an attribute.
pub fn may_have(element: &str, attribute: &str) -> bool {
    let own = OWN_ATTRIBUTES.iter().filter(|(name, _)| *name == element);
    COMMON_ATTRIBUTES.contains(&attribute)
        || own.into_iter().any(|(_, list)| list.contains(&attribute))
}

/// Whether an element has no end tag.
pub fn is_void(element: &str) -> bool {
    VOID.contains(&element)
}

/// Whether an element is one that goes on in the next paragraph when left open.
pub fn is_formatting(element: &str) -> bool {
    FORMATTING.contains(&element)
}

/// Whether an element may stand only in a table.
pub fn is_table_part(element: &str) -> bool {
    TABLE_PARTS.contains(&element)
}

/// Whether an element may hold nothing but parts of a table.
pub fn is_table_frame(element: &str) -> bool {
    TABLE_FRAMES.contains(&element)
}

/// What a start tag ends by itself, and the elements beyond which it does not look
/// (HTML standard, 13.1.2.4 optional tags).
pub fn implied_ends(element: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match element {
        "tr" => (&["caption", "colgroup", "td", "th", "tr"], &["table"]),
        "td" | "th" => (&["caption", "colgroup", "td", "th"], &["table"]),
        "caption" | "colgroup" | "tbody" | "tfoot" | "thead" => (ROW_GROUPS, &["table"]),
        "li" => (&["li", "p"], &["caption", "ol", "table", "td", "th", "ul"]),
        "dd" | "dt" => (&["dd", "dt", "p"], &["caption", "dl", "table", "td", "th"]),
        "a" => (&["a"], CELLS),
        block if BLOCKS.contains(&block) => (&["p"], CELLS),
        _ => (&[], &[]),
    }
}

/// The elements beyond which an end tag does not look for its start.
pub fn end_borders(element: &str) -> &'static [&'static str] {
    match element {
        "table" => &[],
        part if TABLE_PARTS.contains(&part) => &["table"],
        _ => CELLS,
    }
}
