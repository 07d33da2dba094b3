//! Values that must not be printed.

use std::fmt;

use serde::{Deserialize, Deserializer};

/// A text that no log, error or report ever shows.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    #[cfg(test)]
    pub(super) fn for_test(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

/// A list of secrets: as a list in a file, with commas in a variable.
pub fn several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Secret>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        List(Vec<Secret>),
        Text(String),
    }
    Ok(match Written::deserialize(deserializer)? {
        Written::List(list) => list,
        Written::Text(text) => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            parts.map(|part| Secret(part.to_owned())).collect()
        }
    })
}

/// A URL with the password in it, if there is one, taken out.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    // The password ends at the last @ before the path; it may itself hold one.
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let shown = match host.rsplit_once('@') {
        Some((login, host)) => match login.split_once(':') {
            Some((name, _)) => format!("{name}:[hidden]@{host}"),
            None => format!("{login}@{host}"),
        },
        None => host.to_owned(),
    };
    format!("{scheme}://{shown}{}", without_parameter(path))
}

/// libpq also takes `?password=…`.
fn without_parameter(path: &str) -> String {
    let Some((head, query)) = path.split_once('?') else { return path.to_owned() };
    let shown = |pair: &str| match pair.split_once('=') {
        Some((key, _)) if key.contains("password") => format!("{key}=[hidden]"),
        _ => pair.to_owned(),
    };
    let pairs: Vec<String> = query.split('&').map(shown).collect();
    format!("{head}?{}", pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_print_themselves() {
        assert_eq!(format!("{:?}", Secret("hunter2".into())), "[hidden]");
    }

    #[test]
    fn passwords_are_taken_out_of_urls() {
        let shown = without_password("postgres://me:p@ss@db:5432/t?sslmode=off&password=x");
        assert_eq!(shown, "postgres://me:[hidden]@db:5432/t?sslmode=off&password=[hidden]");
        assert_eq!(without_password("postgres://db/t"), "postgres://db/t");
        assert_eq!(without_password("sqlite://./data/t.db"), "sqlite://./data/t.db");
    }
}
