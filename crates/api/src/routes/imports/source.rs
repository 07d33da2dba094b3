//! How a file is read, checked by what it holds.

use serde_json::{Map, Value};
use throughline_app::App;
use throughline_core::import::ImportKind;
use throughline_ingest::contacts::{Settings, Source};

use crate::problem::Problem;
use crate::routes::phone;

/// The settings for contacts that a JSON object holds.
pub(super) fn for_contacts(source: Map<String, Value>) -> Result<Settings, Problem> {
    serde_json::from_value(Value::Object(source))
        .map_err(|error| Problem::new("invalid_field", format!("source: {error}")).at("source"))
}

/// Settings as they are stored, once nothing is wrong with them.
pub(super) fn checked(
    app: &App,
    kind: ImportKind,
    source: Map<String, Value>,
) -> Result<Value, Problem> {
    match kind {
        ImportKind::Calls => phone::checked(phone::settings_of(source)?),
        ImportKind::Contacts => contacts(app, for_contacts(source)?),
        // Refused where it is told why.
        ImportKind::Mail => Ok(Value::Object(source)),
    }
}

fn contacts(app: &App, settings: Settings) -> Result<Value, Problem> {
    let told = Source::new(settings, app.default_region()).map_err(|wrong| {
        let all: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        let field = wrong.first().map_or("source", |wrong| wrong.field);
        Problem::new("invalid_field", all.join("; ")).at(field)
    })?;
    serde_json::to_value(told.settings()).map_err(|error| {
        Problem::new("internal", "something went wrong on our side").because(error)
    })
}
