//! Types of pushed events, which the admin describes: how their events are stored and shown, and
//! what their data must look like. A type counts for what is pushed after it: events keep the title
//! and fields that were made when they came.

use serde_json::Value;
use throughline_core::actor::{Actor, Scope};
use throughline_core::id::EventTypeId;
use throughline_core::page::{Page, PageRequest};
use throughline_core::pushed::{self, EventType, Shape, Shown};
use throughline_store::{StoreError, event_types as store};

use crate::admin::{self, Change, Trail};
use crate::{App, AppError, page};

/// Names the order of the list in cursors.
const ORDER: &str = "ety";
const READ: [Scope; 3] = [Scope::CustomersRead, Scope::EventsWrite, Scope::Admin];
/// The most fields of a type.
pub const MAX_FIELDS: usize = 20;
/// The longest label of a field, in characters.
const MAX_LABEL: usize = 60;

/// The types, oldest first.
pub async fn list(
    app: &App,
    actor: &Actor,
    page: &PageRequest,
) -> Result<Page<EventType>, AppError> {
    admin::require_any(actor, &READ)?;
    page::check(page)?;
    let (after, fetch) = (page.key_for(ORDER)?, page.fetch());
    let rows = app.store().read(move |c| store::list(c, after, fetch)).await?;
    Ok(Page::cut(rows, page, ORDER, |event_type: &EventType| event_type.id.get()))
}

/// One type.
pub async fn get(app: &App, actor: &Actor, id: EventTypeId) -> Result<EventType, AppError> {
    admin::require_any(actor, &READ)?;
    app.store().lookup(move |c| store::get(c, id)).await?.ok_or_else(missing)
}

/// Makes a type.
pub async fn create(
    app: &App,
    actor: &Actor,
    name: String,
    shape: Shape,
) -> Result<EventType, AppError> {
    actor.require(Scope::Admin)?;
    check_name(&name)?;
    check_shape(&shape)?;
    let now = app.now();
    let event_type = EventType {
        id: app.ids().make(now),
        name,
        shape,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let trail = Trail::new(app, actor, now, "event_type", event_type.id, Change::Created);
    app.store()
        .write(move |c| {
            store::insert(c, &event_type).map_err(name_taken)?;
            trail.append(c)?;
            Ok(event_type)
        })
        .await
}

/// Changes a type; its name stays, since events bear it. With `expected_version`, only if it is
/// still that version.
pub async fn update(
    app: &App,
    actor: &Actor,
    id: EventTypeId,
    change: impl FnOnce(Shape) -> Shape + Send + 'static,
    expected_version: Option<i64>,
) -> Result<EventType, AppError> {
    actor.require(Scope::Admin)?;
    let now = app.now();
    let trail = Trail::new(app, actor, now, "event_type", id, Change::Updated);
    app.store()
        .write(move |c| {
            let before = store::get(c, id)?.ok_or_else(missing)?;
            admin::expect_version(before.version, expected_version)?;
            let shape = change(before.shape.clone());
            if shape == before.shape {
                return Ok(before);
            }
            check_shape(&shape)?;
            let trail = trail.naming(admin::changed!(
                before.shape, shape; kind, channel, icon, title, body, fields, schema, makes_customers
            ));
            let version = before.version + 1;
            let after = EventType { shape, version, updated_at: now, ..before };
            if !store::update(c, &after, version - 1)? {
                return Err(AppError::stale());
            }
            trail.append(c)?;
            Ok(after)
        })
        .await
}

/// Removes a type. Its events stay as they are; later ones of its name are shown by their name.
pub async fn delete(app: &App, actor: &Actor, id: EventTypeId) -> Result<(), AppError> {
    actor.require(Scope::Admin)?;
    let trail = Trail::new(app, actor, app.now(), "event_type", id, Change::Deleted);
    app.store()
        .write(move |c| {
            if !store::delete(c, id)? {
                return Err(missing());
            }
            Ok(trail.append(c)?)
        })
        .await
}

/// How an example would look, and the place at fault when its data does not fit. Nothing is stored.
pub fn try_out(
    actor: &Actor,
    name: &str,
    shape: &Shape,
    title: Option<&str>,
    data: &Value,
) -> Result<(Shown, Option<pushed::schema::Misfit>), AppError> {
    admin::require_any(actor, &READ)?;
    check_name(name)?;
    check_shape(shape)?;
    let misfit = shape.schema.as_ref().and_then(|schema| schema.check(data).err());
    Ok((shape.show(name, title, data), misfit))
}

fn check_name(name: &str) -> Result<(), AppError> {
    if pushed::is_type_name(name) {
        return Ok(());
    }
    Err(AppError::invalid("name", "words of a-z, 0-9 and _, joined by dots, such as order.placed"))
}

fn check_shape(shape: &Shape) -> Result<(), AppError> {
    if !pushed::is_pushed(shape.kind) {
        let why = "call, social_mention, review, survey_response, order, page_view or event";
        return Err(AppError::invalid("kind", format!("pushed events are of a kind of: {why}")));
    }
    let label = |label: &str| {
        let length = label.trim().chars().count();
        (1..=MAX_LABEL).contains(&length) && !label.chars().any(char::is_control)
    };
    if shape.fields.len() > MAX_FIELDS || !shape.fields.iter().all(|field| label(&field.label)) {
        let why =
            format!("at most {MAX_FIELDS} fields, with labels of 1 to {MAX_LABEL} characters");
        return Err(AppError::invalid("fields", why));
    }
    Ok(())
}

fn missing() -> AppError {
    AppError::not_found("event type")
}

fn name_taken(error: StoreError) -> AppError {
    if error.is_constraint("event_types_name") {
        let message = "there is a type of this name already; change that one";
        return AppError::conflict("event_type_taken", message);
    }
    error.into()
}
