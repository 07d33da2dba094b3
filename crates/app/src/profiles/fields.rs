//! Custom fields: the definitions, which the admin makes, and what statements say of them.

use serde_json::Value;
use throughline_core::actor::{Actor, Scope};
use throughline_core::id::CustomFieldId;
use throughline_core::profile::{CUSTOM, CustomField, CustomKind, MAX_CUSTOM_FIELDS, MAX_OPTIONS};
use throughline_store::{Conn, StoreError, profiles as store};

use super::Statement;
use crate::admin::{self, Change, Trail};
use crate::{App, AppError};

const READ: [Scope; 2] = [Scope::CustomersRead, Scope::Admin];
/// The longest key, in bytes.
const MAX_KEY: usize = 40;

/// A custom field to make.
#[derive(Debug, Clone)]
pub struct NewField {
    /// The key by which programs know it, which stays.
    pub key: String,
    /// The name that people read.
    pub name: String,
    /// What it holds, which stays.
    pub kind: CustomKind,
    /// The options of a choice.
    pub options: Vec<String>,
    /// Whether it cannot be cleared.
    pub required: bool,
}

/// What is to change of a custom field; absent parts stay.
#[derive(Debug, Clone, Default)]
pub struct FieldPatch {
    /// Another name.
    pub name: Option<String>,
    /// Other options. Values that are no option any more stay until they are changed.
    pub options: Option<Vec<String>>,
    /// Whether it cannot be cleared.
    pub required: Option<bool>,
}

/// All custom fields, oldest first: there are at most [`MAX_CUSTOM_FIELDS`].
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<CustomField>, AppError> {
    admin::require_any(actor, &READ)?;
    Ok(app.store().lookup(store::fields).await?)
}

/// Makes a custom field.
pub async fn create(app: &App, actor: &Actor, new: NewField) -> Result<CustomField, AppError> {
    actor.require(Scope::Admin)?;
    let now = app.now();
    let NewField { key, name, kind, options, required } = new;
    let field = CustomField {
        id: app.ids().make(now),
        key: checked_key(key)?,
        name: admin::name("name", &name)?,
        kind,
        options: checked_options(kind, options)?,
        required,
        created_at: now,
        version: 1,
    };
    let trail = Trail::new(app, actor, now, "custom_field", field.id, Change::Created);
    app.store()
        .write(move |conn| {
            if store::fields(conn)?.len() >= MAX_CUSTOM_FIELDS {
                let why = format!("there are at most {MAX_CUSTOM_FIELDS} custom fields");
                return Err(AppError::invalid("key", why));
            }
            store::insert_field(conn, &field).map_err(key_taken)?;
            trail.append(conn)?;
            Ok(field)
        })
        .await
}

/// Changes a custom field.
pub async fn update(
    app: &App,
    actor: &Actor,
    id: CustomFieldId,
    patch: FieldPatch,
) -> Result<CustomField, AppError> {
    actor.require(Scope::Admin)?;
    let trail = Trail::new(app, actor, app.now(), "custom_field", id, Change::Updated);
    app.store()
        .write(move |conn| {
            let before = store::field(conn, id)?.ok_or_else(missing)?;
            let FieldPatch { name, options, required } = patch;
            let mut after = before.clone();
            if let Some(name) = name {
                after.name = admin::name("name", &name)?;
            }
            if let Some(options) = options {
                after.options = checked_options(before.kind, options)?;
            }
            after.required = required.unwrap_or(after.required);
            if after == before {
                return Ok(before);
            }
            after.version += 1;
            if !store::update_field(conn, &after, before.version)? {
                return Err(AppError::stale());
            }
            trail.naming(admin::changed!(before, after; name, options, required)).append(conn)?;
            Ok(after)
        })
        .await
}

/// Removes a custom field with all its values.
pub async fn delete(app: &App, actor: &Actor, id: CustomFieldId) -> Result<(), AppError> {
    actor.require(Scope::Admin)?;
    let trail = Trail::new(app, actor, app.now(), "custom_field", id, Change::Deleted);
    app.store()
        .write(move |conn| {
            let field = store::field(conn, id)?.ok_or_else(missing)?;
            store::delete_field(conn, &field)?;
            Ok(trail.append(conn)?)
        })
        .await
}

/// What is said of custom fields, each checked against its definition.
pub(super) fn statements(
    conn: &mut Conn,
    given: Vec<(String, Option<Value>)>,
) -> Result<Vec<Statement>, AppError> {
    if given.is_empty() {
        return Ok(Vec::new());
    }
    let fields = store::fields(conn)?;
    let one = |(key, value): (String, Option<Value>)| {
        let known = fields.iter().find(|field| field.key == key);
        let unknown = || AppError::invalid("custom", format!("there is no custom field '{key}'"));
        let field = known.ok_or_else(unknown)?;
        match &value {
            Some(value) => field.check(value).map_err(|why| AppError::invalid("custom", why))?,
            None if field.required => {
                return Err(AppError::invalid("custom", format!("{key} cannot be cleared")));
            }
            None => {}
        }
        Ok(Statement::new(format!("{CUSTOM}{key}"), value.unwrap_or(Value::Null)))
    };
    given.into_iter().map(one).collect()
}

fn checked_key(key: String) -> Result<String, AppError> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    let begins = key.starts_with(|c: char| c.is_ascii_lowercase());
    if begins && key.len() <= MAX_KEY && key.bytes().all(fits) {
        return Ok(key);
    }
    let why = format!("a key begins with a-z and has at most {MAX_KEY} of a-z, 0-9 and _");
    Err(AppError::invalid("key", why))
}

fn checked_options(kind: CustomKind, options: Vec<String>) -> Result<Vec<String>, AppError> {
    let choice = matches!(kind, CustomKind::Choice | CustomKind::MultiChoice);
    if choice == options.is_empty() || options.len() > MAX_OPTIONS {
        let why = format!("a choice has 1 to {MAX_OPTIONS} options, and other kinds have none");
        return Err(AppError::invalid("options", why));
    }
    let mut checked: Vec<String> = Vec::new();
    for option in options {
        let option = admin::name("options", &option)?;
        if !checked.contains(&option) {
            checked.push(option);
        }
    }
    Ok(checked)
}

fn missing() -> AppError {
    AppError::not_found("custom field")
}

fn key_taken(error: StoreError) -> AppError {
    if error.is_constraint("custom_fields_key") {
        let message = "there is a custom field with this key already; change that one";
        return AppError::conflict("custom_field_taken", message);
    }
    error.into()
}
