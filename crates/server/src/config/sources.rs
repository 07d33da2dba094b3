//! Where values come from, and which of them wins.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use config::{Config, ConfigError, Environment, File, FileFormat, Source, Value, ValueKind};
use serde::de::DeserializeOwned;

use super::DEFAULTS;
use crate::error::Failure;

/// The origin of what nobody set.
pub const DEFAULT: &str = "default";
/// The file that is read when none is named and it exists.
const USUAL_FILE: &str = "throughline.toml";
/// Names the file.
const FILE_VARIABLE: &str = "THROUGHLINE_CONFIG";
/// What variables that set keys start with.
const PREFIX: &str = "THROUGHLINE__";

/// Flat keys (`server.bind`) with their values as text.
type Flat = BTreeMap<String, String>;

/// The three sources.
#[derive(Debug)]
pub struct Sources {
    defaults: Flat,
    file: Option<(PathBuf, Flat)>,
    environment: Flat,
}

impl Sources {
    /// Reads all three and refuses keys that do not exist.
    pub fn read(named: Option<&Path>) -> Result<Self, Failure> {
        let defaults = collect(&File::from_str(DEFAULTS, FileFormat::Toml), None)?;
        let file = match file_path(named)? {
            Some(path) => {
                let flat = collect(&File::from(path.clone()), Some(&path))?;
                refuse_unknown(&flat, &defaults, |_| format!("in {}", path.display()))?;
                Some((path, flat))
            }
            None => None,
        };
        let environment = variables();
        refuse_unknown(&environment, &defaults, |key| format!("from {}", variable(key)))?;
        Ok(Self { defaults, file, environment })
    }

    /// The values in effect as one type.
    pub fn merged<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let mut builder = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some((path, _)) = &self.file {
            builder = builder.add_source(File::from(path.clone()));
        }
        let set = Environment::with_prefix("THROUGHLINE").prefix_separator("__").separator("__");
        let merged = builder.add_source(set).build().and_then(Config::try_deserialize);
        merged.map_err(|error| Failure::configuration(self.explain(&error)))
    }

    /// Where the value of a key came from.
    pub fn origin_of(&self, key: &str) -> String {
        if self.environment.contains_key(key) {
            return variable(key);
        }
        match &self.file {
            Some((path, flat)) if flat.contains_key(key) => path.display().to_string(),
            _ => DEFAULT.to_owned(),
        }
    }

    /// Each key with the value in effect.
    pub fn effective(&self) -> Flat {
        let mut all = self.defaults.clone();
        all.extend(self.file.iter().flat_map(|(_, flat)| flat.clone()));
        all.extend(self.environment.clone());
        all
    }

    /// A value of the wrong kind, with the name of its key and where it stands.
    fn explain(&self, error: &ConfigError) -> String {
        let ConfigError::At { error: inner, key, .. } = error else {
            return error.to_string();
        };
        match key {
            Some(key) => format!("{key}: {inner} (from {})", self.origin_of(key)),
            None => error.to_string(),
        }
    }
}

fn file_path(named: Option<&Path>) -> Result<Option<PathBuf>, Failure> {
    let from_variable = || env::var_os(FILE_VARIABLE).filter(|v| !v.is_empty()).map(PathBuf::from);
    if let Some(path) = named.map(Path::to_path_buf).or_else(from_variable) {
        if path.is_file() {
            return Ok(Some(path));
        }
        let missing = format!("there is no configuration file {}", path.display());
        return Err(Failure::configuration(missing).advise("check --config and THROUGHLINE_CONFIG"));
    }
    Ok(Some(PathBuf::from(USUAL_FILE)).filter(|path| path.is_file()))
}

fn collect(source: &dyn Source, path: Option<&Path>) -> Result<Flat, Failure> {
    let table = source.collect().map_err(|error| {
        let place = path.map(|p| format!("{}: ", p.display())).unwrap_or_default();
        Failure::configuration(format!("{place}{error}"))
    })?;
    let mut flat = Flat::new();
    for (key, value) in table {
        flatten(key, value, &mut flat);
    }
    Ok(flat)
}

fn flatten(key: String, value: Value, into: &mut Flat) {
    match value.kind {
        ValueKind::Table(table) => {
            for (inner, value) in table {
                flatten(format!("{key}.{inner}"), value, into);
            }
        }
        kind => {
            into.insert(key, kind.to_string());
        }
    }
}

fn variables() -> Flat {
    let key_of =
        |name: &str| name.strip_prefix(PREFIX).map(|n| n.to_lowercase().replace("__", "."));
    // Values that are no Unicode cannot be ours, and names that are not neither.
    let text =
        env::vars_os().filter_map(|(n, v)| Some((n.into_string().ok()?, v.into_string().ok()?)));
    text.filter_map(|(name, value)| Some((key_of(&name)?, value))).collect()
}

fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase().replace('.', "__"))
}

fn refuse_unknown(
    flat: &Flat,
    known: &Flat,
    place: impl Fn(&str) -> String,
) -> Result<(), Failure> {
    let Some(unknown) = flat.keys().find(|key| !known.contains_key(*key)) else { return Ok(()) };
    let message = format!("there is no setting '{unknown}' ({})", place(unknown));
    let advice = match nearest(unknown, known) {
        Some(meant) => format!("did you mean '{meant}'?"),
        None => "`throughline config docs` lists all of them".to_owned(),
    };
    Err(Failure::configuration(message).advise(advice))
}

/// The known key that shares most letters at its ends with the unknown one.
fn nearest<'a>(unknown: &str, known: &'a Flat) -> Option<&'a str> {
    let alike = |key: &str| {
        let same = |(a, b): &(char, char)| a == b;
        let head = key.chars().zip(unknown.chars()).take_while(same).count();
        let tail = key.chars().rev().zip(unknown.chars().rev()).take_while(same).count();
        (head + tail).min(key.len())
    };
    let best = known.keys().max_by_key(|key| alike(key))?;
    (alike(best) * 3 >= unknown.len() * 2).then_some(best.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_key_is_named_with_the_one_that_was_meant() {
        let known: Flat = [("server.bind".to_owned(), String::new())].into();
        let typed: Flat = [("server.bnd".to_owned(), String::new())].into();
        let error = refuse_unknown(&typed, &known, |_| "in a file".into()).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("'server.bnd' (in a file)"), "{text}");
        assert!(text.contains("did you mean 'server.bind'"), "{text}");
        assert_eq!(nearest("wholly.different", &known), None);
    }

    #[test]
    fn keys_and_variables_name_each_other() {
        assert_eq!(variable("blobs.s3.secret_key"), "THROUGHLINE__BLOBS__S3__SECRET_KEY");
    }
}
