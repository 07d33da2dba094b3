//! What a mapping makes of one part of a delivery, field by field, and a note of what each field found.

use serde_json::Value;
use throughline_core::identity::{Hint, Proof};
use throughline_core::inbound::{Content, FileAt, Person, RemoteFile, Role};
use throughline_core::time::Instant;

use super::find::{Find, Found, Scope};
use super::trial::{Finding, Outcome};
use super::{Choice, FilesAt, HintAt, Mapping, Verified, time};
use crate::lenient::cut;

/// The most files of one event.
const MOST_FILES: usize = 100;
/// The most characters of a value that are shown to an admin.
const SHOWN: usize = 200;

/// Reads the fields of one event and notes what each found.
pub(super) struct Reader<'a> {
    pub(super) scope: Scope<'a>,
    /// Which event of the delivery it is.
    pub(super) event: usize,
    pub(super) findings: Vec<Finding>,
    /// The places whose values have a place in the event.
    pub(super) used: Vec<String>,
}

impl Reader<'_> {
    fn note(&mut self, field: &str, outcome: Outcome) {
        let field = field.to_owned();
        self.findings.push(Finding { event: self.event, field, outcome });
    }

    /// The text of a field.
    pub(super) fn text(&mut self, field: &str, find: Option<&Find>) -> Option<String> {
        self.read(field, find, |text| Ok(text.to_owned()))
    }

    /// When it happened.
    pub(super) fn time(&mut self, field: &str, find: Option<&Find>) -> Option<Instant> {
        let expected =
            "it is no time: expected RFC 3339 with a zone, or seconds or milliseconds since 1970";
        self.read(field, find, |text| time::read(text).ok_or_else(|| expected.to_owned()))
    }

    /// What the value of a place chooses.
    pub(super) fn choose<T: Copy>(&mut self, field: &str, choice: Option<&Choice<T>>) -> Option<T> {
        let choice = choice?;
        let value = self.text(field, Some(&choice.at)).unwrap_or_default();
        let chosen = choice.values.iter().find(|(_, values)| values.contains(&value));
        Some(chosen.map_or(choice.otherwise, |(one, _)| *one))
    }

    /// Reads a field in the scope, with what makes a value of the text.
    fn read<T>(
        &mut self,
        field: &str,
        find: Option<&Find>,
        make: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let scope = self.scope.clone();
        self.read_in(&scope, field, find, make)
    }

    fn read_in<T>(
        &mut self,
        scope: &Scope<'_>,
        field: &str,
        find: Option<&Find>,
        make: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let (text, at) = match find?.text(scope) {
            Found::Text(text, at) => (text, at),
            Found::Nothing(at) => {
                self.note(field, Outcome::Missing { at });
                return None;
            }
            Found::Other(what, at) => {
                let why = format!("there is {what}, where a text or a number is expected");
                self.note(field, Outcome::Unusable { at: vec![at], value: String::new(), why });
                return None;
            }
        };
        let value = cut(&text, SHOWN);
        match make(&text) {
            Ok(made) => {
                self.used.extend(at.iter().cloned());
                self.note(field, Outcome::Found { at, value });
                Some(made)
            }
            Err(why) => {
                self.note(field, Outcome::Unusable { at, value, why });
                None
            }
        }
    }

    /// Who brought it about.
    pub(super) fn person(&mut self, mapping: &Mapping, role: Role) -> Person {
        let name = self.text("name", mapping.name.as_ref());
        let language = self.text("language", mapping.language.as_ref());
        let hints = mapping.hints.iter().enumerate();
        let mut hints: Vec<Hint> =
            hints.filter_map(|(at, hint)| self.hint(&format!("hints[{at}]"), hint)).collect();
        // The strongest go first, whatever order an admin wrote them in.
        hints.sort_by_key(|hint| (!hint.binds(), !hint.key.kind.is_strong()));
        Person { role, name, language, hints }
    }

    fn hint(&mut self, field: &str, at: &HintAt) -> Option<Hint> {
        let hint = self.read(field, Some(&at.at), |text| {
            Hint::read(at.kind, &at.scope, text, at.region).map_err(|why| why.to_string())
        })?;
        let verified = match &at.verified {
            Verified::Always(verified) => *verified,
            Verified::If(find) => {
                let value = self.text(&format!("{field}.verified"), Some(find));
                matches!(value.as_deref(), Some("true" | "1" | "yes"))
            }
        };
        let proof = if verified { Proof::Provider } else { Proof::None };
        Some(Hint { proof, ..hint })
    }

    /// What it says.
    pub(super) fn content(&mut self, mapping: &Mapping) -> Content {
        Content {
            text: self.text("text", mapping.text.as_ref()).unwrap_or_default(),
            html: self.text("html", mapping.html.as_ref()),
            files: mapping.files.as_ref().map(|files| self.files(files)).unwrap_or_default(),
        }
    }

    fn files(&mut self, files: &FilesAt) -> Vec<RemoteFile> {
        let (value, base) = files.list.value(&self.scope);
        let Some(value) = value.filter(|value| !value.is_null()) else {
            self.note("files.list", Outcome::Missing { at: vec![base] });
            return Vec::new();
        };
        // A single file often stands without a list.
        let (list, is_list) = match value {
            Value::Array(list) => (list.as_slice(), true),
            one => (std::slice::from_ref(one), false),
        };
        let value = format!("{} of them", list.len());
        self.note("files.list", Outcome::Found { at: vec![base.clone()], value });
        let list = list.iter().enumerate().take(MOST_FILES);
        let found = list.filter_map(|(at, part)| {
            let base = if is_list { format!("{base}/{at}") } else { base.clone() };
            self.file(files, Scope { part, base, ..self.scope.clone() })
        });
        found.collect()
    }

    fn file(&mut self, files: &FilesAt, scope: Scope<'_>) -> Option<RemoteFile> {
        let url = self.read_in(&scope, "files.url", Some(&files.url), |url| {
            let is_web = url.starts_with("https://") || url.starts_with("http://");
            is_web.then(|| url.to_owned()).ok_or_else(|| "it is no address of the web".to_owned())
        })?;
        let mut text = |field, find: &Option<Find>| {
            self.read_in(&scope, field, find.as_ref(), |text| Ok(text.to_owned()))
        };
        let name = text("files.name", &files.name);
        let media_type = text("files.media_type", &files.media_type);
        let size = self.read_in(&scope, "files.size", files.size.as_ref(), |size| {
            size.parse::<u64>().map_err(|_| "it is no number of bytes".to_owned())
        });
        Some(RemoteFile { at: FileAt::Url(url), name, media_type, size })
    }
}
