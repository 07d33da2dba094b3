//! Reading a mapping: all of it is checked, and what is wrong is told with its place and what belongs
//! there.

use serde_json::{Map, Value};
use throughline_core::inbound::{Audience, Role};
use throughline_core::timeline::Direction;

use super::find::{Find, Path};
use super::hints::hints;
use super::{Choice, FilesAt, Kind, Mapping};

/// All fields that a mapping may have.
const FIELDS: &[&str] = &[
    "each",
    "id",
    "conversation",
    "answers",
    "url",
    "subject",
    "text",
    "html",
    "occurred_at",
    "revision",
    "type",
    "name",
    "language",
    "hints",
    "role",
    "direction",
    "kind",
    "files",
    "audience",
    "keep_rest",
];
const FILES_FIELDS: &[&str] = &["list", "url", "name", "media_type", "size"];
/// How many finds may stand within each other.
const DEEPEST: usize = 4;
/// The most members of a list in a mapping.
pub(super) const MOST: usize = 50;
const EXPECTED_FIND: &str = "expected a path such as \"/message/text\", a list of paths of which the \
                             first that finds something counts, {\"literal\": \"…\"} or \
                             {\"join\": [\"/a\", \"/b\"]}";
const EXPECTED_PATH: &str = "expected a path such as \"/messages\"; it begins with /, or with ^/ where \
                             the whole delivery is meant, and ~ is written ~0 and / within a name ~1";

/// Which place of a mapping is wrong, and what is expected there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {expected}")]
pub struct WrongMapping {
    /// The place, such as `hints[0].kind`.
    pub place: String,
    /// What is expected there.
    pub expected: String,
}

pub(super) type Checked<T> = Result<T, WrongMapping>;

pub(super) fn wrong<T>(place: impl Into<String>, expected: impl Into<String>) -> Checked<T> {
    Err(WrongMapping { place: place.into(), expected: expected.into() })
}

/// An object of the mapping, and where it is.
pub(super) struct Part<'a> {
    place: String,
    fields: &'a Map<String, Value>,
}

impl Mapping {
    /// Reads and checks a mapping: JSON, or a text that holds JSON.
    pub fn read(given: &Value) -> Checked<Self> {
        let from_text = match given {
            Value::String(text) => serde_json::from_str::<Value>(text)
                .or_else(|why| wrong("the mapping", format!("expected JSON, and {why}")))?,
            _ => Value::Null,
        };
        let given = if given.is_string() { &from_text } else { given };
        let part = Part::read("", given, FIELDS)?;
        let mapping = read_fields(&part)?;
        match mapping.text.is_some() || mapping.html.is_some() || mapping.files.is_some() {
            true => Ok(mapping),
            false => {
                wrong("text", "a mapping needs `text`, `html` or `files`, or nothing is shown")
            }
        }
    }
}

fn read_fields(part: &Part<'_>) -> Checked<Mapping> {
    Ok(Mapping {
        each: part.path("each")?,
        id: part.find("id")?,
        conversation: part.find("conversation")?,
        answers: part.find("answers")?,
        url: part.find("url")?,
        subject: part.find("subject")?,
        text: part.find("text")?,
        html: part.find("html")?,
        occurred_at: part.find("occurred_at")?,
        revision: part.find("revision")?,
        called: part.find("type")?,
        name: part.find("name")?,
        language: part.find("language")?,
        hints: hints(part)?,
        role: part.choice("role", ROLES, Role::Customer)?,
        direction: part.choice("direction", DIRECTIONS, Direction::Inbound)?,
        kind: kind(part)?,
        files: files(part)?,
        audience: audience(part)?,
        keep_rest: part.flag("keep_rest")?.unwrap_or_default(),
    })
}

const ROLES: &[(&str, Role)] = &[
    ("customer", Role::Customer),
    ("us", Role::Us),
    ("bot", Role::Bot),
    ("platform", Role::Platform),
];
const DIRECTIONS: &[(&str, Direction)] =
    &[("inbound", Direction::Inbound), ("outbound", Direction::Outbound)];
const KINDS: &[(&str, Kind)] = &[
    ("message", Kind::Message),
    ("edit", Kind::Edit),
    ("deletion", Kind::Deletion),
    ("nothing", Kind::Nothing),
];

impl<'a> Part<'a> {
    pub(super) fn read(place: &str, given: &'a Value, known: &[&str]) -> Checked<Self> {
        let name = if place.is_empty() { "the mapping" } else { place };
        let Some(fields) = given.as_object() else {
            return wrong(name, format!("expected an object with {}", known.join(", ")));
        };
        let part = Self { place: place.to_owned(), fields };
        match fields.keys().find(|field| !known.contains(&field.as_str())) {
            Some(field) => {
                let shown: String = field.chars().take(40).collect();
                // A name may be empty, and the place is to be seen all the same.
                let place = part.place_of(if shown.is_empty() { "\"\"" } else { &shown });
                wrong(place, format!("there is no such field; there are {}", known.join(", ")))
            }
            None => Ok(part),
        }
    }

    pub(super) fn place_of(&self, field: &str) -> String {
        match self.place.is_empty() {
            true => field.to_owned(),
            false => format!("{}.{field}", self.place),
        }
    }

    /// A field; one that is null is as good as absent.
    pub(super) fn get(&self, field: &str) -> Option<&'a Value> {
        self.fields.get(field).filter(|value| !value.is_null())
    }

    fn find(&self, field: &str) -> Checked<Option<Find>> {
        self.get(field).map(|given| find(&self.place_of(field), given, 0)).transpose()
    }

    pub(super) fn needed(&self, field: &str) -> Checked<Find> {
        self.find(field)?.map_or_else(|| wrong(self.place_of(field), EXPECTED_FIND), Ok)
    }

    fn path(&self, field: &str) -> Checked<Option<Path>> {
        let Some(given) = self.get(field) else { return Ok(None) };
        let path = given.as_str().and_then(Path::read);
        path.map_or_else(|| wrong(self.place_of(field), EXPECTED_PATH), |path| Ok(Some(path)))
    }

    fn flag(&self, field: &str) -> Checked<Option<bool>> {
        match self.get(field) {
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => wrong(self.place_of(field), "expected true or false"),
            None => Ok(None),
        }
    }

    pub(super) fn text(&self, field: &str) -> Checked<Option<&'a str>> {
        match self.get(field) {
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => wrong(self.place_of(field), "expected a text"),
            None => Ok(None),
        }
    }

    /// A path whose value chooses one of some, or the name of one of them where it is always that.
    fn choice<T: Copy>(
        &self,
        field: &str,
        names: &[(&str, T)],
        otherwise: T,
    ) -> Checked<Option<Choice<T>>> {
        let Some(given) = self.get(field) else { return Ok(None) };
        let place = self.place_of(field);
        let named =
            |name: &str| names.iter().find(|(known, _)| *known == name).map(|(_, one)| *one);
        if let Some(otherwise) = given.as_str().and_then(named) {
            let at = Find::Literal(String::new());
            return Ok(Some(Choice { at, values: Vec::new(), otherwise }));
        }
        let all: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        if !given.is_object() {
            let example = all.last().copied().unwrap_or_default();
            let all = all.join(", ");
            return wrong(
                place,
                format!("expected one of {all}, or {{\"path\": \"/…\", \"{example}\": [values]}}"),
            );
        }
        let known: Vec<&str> = ["path"].into_iter().chain(all).collect();
        let part = Part::read(&place, given, &known)?;
        let at = part.needed("path")?;
        let values = names.iter().filter(|(name, _)| part.get(name).is_some());
        let values = values.map(|(name, one)| Ok((*one, part.values(name)?)));
        Ok(Some(Choice { at, values: values.collect::<Checked<_>>()?, otherwise }))
    }

    /// The values by which something is chosen.
    fn values(&self, field: &str) -> Checked<Vec<String>> {
        let given = self.get(field).unwrap_or(&Value::Null);
        let list = given.as_array().map_or(std::slice::from_ref(given), Vec::as_slice);
        let texts: Option<Vec<String>> = list.iter().map(crate::lenient::scalar).collect();
        match texts.filter(|texts| !texts.is_empty() && texts.len() <= MOST) {
            Some(texts) => Ok(texts),
            None => wrong(self.place_of(field), "expected a list of texts, such as [\"edited\"]"),
        }
    }
}

fn find(place: &str, given: &Value, depth: usize) -> Checked<Find> {
    if depth > DEEPEST {
        return wrong(place, "lists within lists go no deeper than this");
    }
    match given {
        Value::String(text) => {
            Path::read(text).map_or_else(|| wrong(place, EXPECTED_FIND), |path| Ok(Find::At(path)))
        }
        Value::Array(list) => Ok(Find::First(finds(place, list, depth)?)),
        Value::Object(fields) => match fields.iter().next() {
            Some((name, Value::String(text))) if name == "literal" && fields.len() == 1 => {
                Ok(Find::Literal(text.clone()))
            }
            Some((name, Value::Array(list))) if name == "join" && fields.len() == 1 => {
                Ok(Find::Join(finds(&format!("{place}.join"), list, depth)?))
            }
            _ => wrong(place, EXPECTED_FIND),
        },
        _ => wrong(place, EXPECTED_FIND),
    }
}

fn finds(place: &str, list: &[Value], depth: usize) -> Checked<Vec<Find>> {
    if list.is_empty() || list.len() > MOST {
        return wrong(place, format!("expected 1 to {MOST} members"));
    }
    let each = list.iter().enumerate();
    each.map(|(at, given)| find(&format!("{place}[{at}]"), given, depth + 1)).collect()
}

fn kind(part: &Part<'_>) -> Checked<Option<Choice<Kind>>> {
    let choice = part.choice("kind", KINDS, Kind::Message)?;
    // Who says which values are messages means that others are none.
    Ok(choice.map(|choice| {
        let says = choice.values.iter().any(|(kind, _)| *kind == Kind::Message);
        Choice { otherwise: if says { Kind::Unknown } else { choice.otherwise }, ..choice }
    }))
}

fn audience(part: &Part<'_>) -> Checked<Audience> {
    match part.text("audience")? {
        None | Some("private") => Ok(Audience::Private),
        Some("group") => Ok(Audience::Group),
        Some("unlisted") => Ok(Audience::Unlisted),
        Some("public") => Ok(Audience::Public),
        Some(_) => wrong("audience", "expected private, group, unlisted or public"),
    }
}

fn files(part: &Part<'_>) -> Checked<Option<FilesAt>> {
    let Some(given) = part.get("files") else { return Ok(None) };
    let part = Part::read("files", given, FILES_FIELDS)?;
    let Some(list) = part.path("list")? else { return wrong("files.list", EXPECTED_PATH) };
    let itself = || Find::First(Path::read("").map(Find::At).into_iter().collect());
    Ok(Some(FilesAt {
        list,
        url: part.find("url")?.unwrap_or_else(itself),
        name: part.find("name")?,
        media_type: part.find("media_type")?,
        size: part.find("size")?,
    }))
}
