//! Tags: the words that agents put on tickets and customers.

use throughline_core::actor::{Actor, Scope};
use throughline_core::id::TagId;
use throughline_core::page::{Page, PageRequest};
use throughline_core::tag::{Tag, TagName};
use throughline_core::text;
use throughline_store::{StoreError, tags as store};

use crate::admin::{self, Change, Trail};
use crate::{App, AppError, page};

/// Names the order of the list in cursors.
const ORDER: &str = "tag";
const READ: [Scope; 3] = [Scope::TicketsRead, Scope::CustomersRead, Scope::TagsWrite];

/// A tag to be made.
#[derive(Debug, Clone, Default)]
pub struct NewTag {
    /// Its name.
    pub name: String,
    /// Its colour, `#rrggbb`.
    pub color: Option<String>,
    /// When to use it.
    pub description: Option<String>,
}

/// What to change of a tag; `None` stays as it is, `Some(None)` is taken away.
#[derive(Debug, Clone, Default)]
pub struct TagPatch {
    /// The name.
    pub name: Option<String>,
    /// The colour.
    pub color: Option<Option<String>>,
    /// The description.
    pub description: Option<Option<String>>,
}

/// The tags, oldest first; only those whose name starts with `q`, without regard to case and
/// accents, when it is given.
pub async fn list(
    app: &App,
    actor: &Actor,
    page: &PageRequest,
    q: Option<&str>,
) -> Result<Page<Tag>, AppError> {
    admin::require_any(actor, &READ)?;
    page::check(page)?;
    let (after, fetch) = (page.key_for(ORDER)?, page.fetch());
    let prefix = q.map(text::fold).filter(|p| !p.is_empty());
    let read = app.store().read(move |c| store::list(c, prefix.as_deref(), after, fetch));
    Ok(Page::cut(read.await?, page, ORDER, |tag: &Tag| tag.id.get()))
}

/// One tag.
pub async fn get(app: &App, actor: &Actor, id: TagId) -> Result<Tag, AppError> {
    admin::require_any(actor, &READ)?;
    app.store().lookup(move |c| store::get(c, id)).await?.ok_or_else(|| AppError::not_found("tag"))
}

/// Makes a tag.
pub async fn create(app: &App, actor: &Actor, new: NewTag) -> Result<Tag, AppError> {
    actor.require(Scope::TagsWrite)?;
    let now = app.now();
    let NewTag { name, color, description } = new;
    let name = tag_name(&name)?;
    let tag = Tag {
        id: app.ids().make(now),
        name: name.as_str().to_owned(),
        color: color.as_deref().map(checked_color).transpose()?,
        description: admin::description(description.as_deref())?,
        created_at: now,
        version: 1,
    };
    let trail = Trail::new(app, actor, now, "tag", tag.id, Change::Created);
    app.store()
        .write(move |c| {
            store::insert(c, &tag, &name).map_err(name_taken)?;
            trail.append(c)?;
            Ok(tag)
        })
        .await
}

/// Changes a tag.
pub async fn update(
    app: &App,
    actor: &Actor,
    id: TagId,
    patch: TagPatch,
    expected_version: Option<i64>,
) -> Result<Tag, AppError> {
    actor.require(Scope::TagsWrite)?;
    let trail = Trail::new(app, actor, app.now(), "tag", id, Change::Updated);
    app.store()
        .write(move |c| {
            let before = store::get(c, id)?.ok_or_else(|| AppError::not_found("tag"))?;
            admin::expect_version(before.version, expected_version)?;
            let (after, name) = patched(&before, patch)?;
            if after == before {
                return Ok(before);
            }
            if !store::update(c, &after, name.as_ref(), before.version).map_err(name_taken)? {
                return Err(AppError::stale());
            }
            trail.naming(admin::changed!(before, after; name, color, description)).append(c)?;
            Ok(after)
        })
        .await
}

/// The tag after the change, and its new name when it has one.
fn patched(before: &Tag, patch: TagPatch) -> Result<(Tag, Option<TagName>), AppError> {
    let TagPatch { name, color, description } = patch;
    let name = name.as_deref().map(tag_name).transpose()?;
    let mut after = before.clone();
    if let Some(name) = &name {
        after.name = name.as_str().to_owned();
    }
    if let Some(color) = color {
        after.color = color.as_deref().map(checked_color).transpose()?;
    }
    if let Some(description) = description {
        after.description = admin::description(description.as_deref())?;
    }
    after.version += i64::from(after != *before);
    Ok((after, name))
}

/// Removes a tag, also from every ticket and customer that bears it. Those do not change by it:
/// their versions stay.
pub async fn delete(app: &App, actor: &Actor, id: TagId) -> Result<(), AppError> {
    actor.require(Scope::TagsWrite)?;
    let trail = Trail::new(app, actor, app.now(), "tag", id, Change::Deleted);
    app.store()
        .write(move |c| {
            if !store::delete(c, id)? {
                return Err(AppError::not_found("tag"));
            }
            Ok(trail.append(c)?)
        })
        .await
}

fn tag_name(name: &str) -> Result<TagName, AppError> {
    TagName::parse(name).map_err(|e| AppError::invalid("name", e.to_string()))
}

/// A colour as kept: `#rrggbb` in lower case.
fn checked_color(text: &str) -> Result<String, AppError> {
    let digits = text.strip_prefix('#').unwrap_or_default();
    if digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(AppError::invalid("color", "must be written as #rrggbb, such as #d97706"))
}

fn name_taken(error: StoreError) -> AppError {
    if error.is_constraint("tags_folded_name") {
        let message = "there is a tag of this name already; case and accents make no difference";
        return AppError::conflict("tag_name_taken", message);
    }
    error.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_have_six_hex_digits() {
        assert_eq!(checked_color("#D97706").unwrap(), "#d97706");
        for bad in ["", "#", "d97706", "#d9770", "#d977060", "#d9770g", "red", "#çççç"] {
            assert_eq!(checked_color(bad).unwrap_err().field, Some("color"), "{bad}");
        }
    }
}
