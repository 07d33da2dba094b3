//! How a table of contacts is read: what an admin sets, and what is made of it.

use serde::{Deserialize, Serialize};
use throughline_core::contact::ContactField;
use throughline_core::identity::{Hint, IdentityKind, Region};

use crate::tables::settings::{check_separator, region};
use crate::tables::{Encoding, Wrong, column_fault};

/// Where external ids mean something when nobody says.
pub(super) const DEFAULT_SCOPE: &str = "import";
/// The most columns that can be mapped.
const MAX_COLUMNS: usize = 200;

/// What an admin sets. It is saved as it is, and told back as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What is read of which column. Of a name several columns are read as one text, with a space between
    /// them and in this order; of addresses, numbers and tags each column adds to the others.
    pub columns: Vec<ContactColumn>,
    /// The encoding; `None` to find out.
    #[serde(default)]
    pub encoding: Option<Encoding>,
    /// The separator of columns; `None` to find out.
    #[serde(default)]
    pub separator: Option<char>,
    /// Whether the first row is a header; `None` to find out.
    #[serde(default)]
    pub header: Option<bool>,
    /// The country in which numbers without a country code are read, by its ISO 3166-1 code.
    #[serde(default)]
    pub region: String,
    /// The system whose ids the external ids are, such as `crm`; `import` unless set.
    #[serde(default)]
    pub external_scope: String,
}

/// One column and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactColumn {
    /// Its name in the header, or its place from 1 on, such as `#3`.
    pub column: String,
    /// What it says: a name of [`ContactField`].
    pub field: ContactField,
}

/// Settings that were checked.
#[derive(Debug, Clone)]
pub struct Source {
    pub(super) settings: Settings,
    pub(super) region: Option<Region>,
    pub(super) scope: String,
}

impl Source {
    /// Checks settings, and tells all that is wrong with them. `default` is where numbers are read when the
    /// settings name no country.
    pub fn new(settings: Settings, default: Option<Region>) -> Result<Self, Vec<Wrong>> {
        let mut wrong = Vec::new();
        check_separator(settings.separator, &mut wrong);
        let region = region(&settings.region, &mut wrong).or(default);
        let scope = match settings.external_scope.trim() {
            "" => DEFAULT_SCOPE,
            scope => scope,
        };
        if let Err(why) = Hint::read(IdentityKind::External, scope, "0", None) {
            wrong.push(Wrong::new("external_scope", why.to_string()));
        }
        wrong.extend(faults(&settings.columns).into_iter().map(|why| Wrong::new("columns", why)));
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let scope = scope.to_owned();
        Ok(Self { region, scope, settings })
    }

    /// What was checked.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

/// What is wrong with a mapping in itself, whatever file it is used for.
fn faults(columns: &[ContactColumn]) -> Vec<String> {
    let mut faults = Vec::new();
    if !columns.iter().any(|one| one.field.identifies()) {
        let why = "say which column has what a person is known by: email, phone or external_id";
        faults.push(why.to_owned());
    }
    if columns.len() > MAX_COLUMNS {
        faults.push(format!("at most {MAX_COLUMNS} columns can be mapped"));
    }
    faults.extend(columns.iter().filter_map(|one| column_fault(&one.column)));
    faults
}
