//! Paths into a delivery, and what is found there.

use serde_json::Value;

use crate::lenient::scalar;

/// A path in the form of a JSON Pointer (RFC 6901). One that begins with `^` starts at the whole
/// delivery, others at the event that is being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    pointer: String,
    of_whole: bool,
}

/// Where a value stands, or how it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Find {
    /// At a path.
    At(Path),
    /// It is always this.
    Literal(String),
    /// At the first of these that has one.
    First(Vec<Find>),
    /// All of these, one after the other.
    Join(Vec<Find>),
}

/// What is being read.
#[derive(Debug, Clone)]
pub(super) struct Scope<'a> {
    /// The whole delivery.
    pub(super) whole: &'a Value,
    /// The part of it that is read: an event, or a file.
    pub(super) part: &'a Value,
    /// Where in the whole the part is.
    pub(super) base: String,
}

/// What a search came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// A text, and the places of which it was made.
    Text(String, Vec<String>),
    /// Nothing that can be a text, such as a list, at a place.
    Other(&'static str, String),
    /// Nothing at all at these places.
    Nothing(Vec<String>),
}

impl Path {
    /// Reads a path; `None` if it is none.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (of_whole, pointer) = match text.strip_prefix('^') {
            Some(pointer) => (true, pointer),
            None => (false, text),
        };
        let escapes = pointer.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        let is_pointer = pointer.is_empty() || pointer.starts_with('/');
        let path = Self { pointer: pointer.to_owned(), of_whole };
        Some(path).filter(|_| escapes && is_pointer)
    }

    /// What stands there, and where in the whole delivery that is.
    pub(super) fn value<'a>(&self, scope: &Scope<'a>) -> (Option<&'a Value>, String) {
        match self.of_whole {
            true => (scope.whole.pointer(&self.pointer), self.pointer.clone()),
            false => {
                let place = format!("{}{}", scope.base, self.pointer);
                (scope.part.pointer(&self.pointer), place)
            }
        }
    }
}

impl Find {
    /// What is found.
    pub(super) fn text(&self, scope: &Scope<'_>) -> Found {
        match self {
            Self::Literal(text) => Found::Text(text.clone(), Vec::new()),
            Self::At(path) => at(path, scope),
            Self::First(finds) => first(finds, scope),
            Self::Join(finds) => join(finds, scope),
        }
    }
}

fn at(path: &Path, scope: &Scope<'_>) -> Found {
    let (value, place) = path.value(scope);
    let Some(value) = value else { return Found::Nothing(vec![place]) };
    match (scalar(value), value) {
        (Some(text), _) => Found::Text(text, vec![place]),
        (None, Value::Array(_)) => Found::Other("a list", place),
        (None, Value::Object(_)) => Found::Other("an object", place),
        (None, _) => Found::Nothing(vec![place]),
    }
}

fn first(finds: &[Find], scope: &Scope<'_>) -> Found {
    let (mut other, mut looked) = (None, Vec::new());
    for find in finds {
        match find.text(scope) {
            found @ Found::Text(..) => return found,
            found @ Found::Other(..) => other = other.or(Some(found)),
            Found::Nothing(places) => looked.extend(places),
        }
    }
    other.unwrap_or(Found::Nothing(looked))
}

/// A part that is missing leaves nothing: half an id would be another's.
fn join(finds: &[Find], scope: &Scope<'_>) -> Found {
    let (mut joined, mut all) = (String::new(), Vec::new());
    for find in finds {
        match find.text(scope) {
            Found::Text(text, places) => {
                joined.push_str(&text);
                all.extend(places);
            }
            other => return other,
        }
    }
    Found::Text(joined, all)
}
