//! Tags by name: what use cases share when they put tags on and take them off.

use throughline_core::id::TagId;
use throughline_core::tag::{Tag, TagName};
use throughline_core::time::Instant;
use throughline_store::{Conn, tags};

use crate::{App, AppError};

/// The most tags named in one call.
const MAX_TAGS: usize = 50;

/// Checks the names of tags, keeping each once.
pub(crate) fn names(field: &'static str, names: &[String]) -> Result<Vec<TagName>, AppError> {
    if names.len() > MAX_TAGS {
        return Err(AppError::invalid(field, format!("at most {MAX_TAGS} tags at one time")));
    }
    let mut checked: Vec<TagName> = Vec::new();
    for name in names {
        let name = TagName::parse(name)
            .map_err(|e| AppError::invalid(field, format!("'{}': {e}", shorten(name))))?;
        if !checked.iter().any(|known| known.folded() == name.folded()) {
            checked.push(name);
        }
    }
    Ok(checked)
}

fn shorten(name: &str) -> String {
    name.chars().take(40).collect()
}

/// The tags of these names, making those that are missing.
pub(crate) fn find_or_make(
    app: &App,
    conn: &mut Conn,
    names: &[TagName],
    now: Instant,
) -> Result<Vec<TagId>, AppError> {
    let held: Vec<&str> = names.iter().map(TagName::folded).collect();
    tags::hold(conn, &held)?;
    let known = known(conn, names)?;
    let mut ids = Vec::with_capacity(names.len());
    for name in names {
        let same = known.iter().find(|(folded, _)| folded == name.folded());
        ids.push(match same {
            Some((_, id)) => *id,
            None => make(app, conn, name, now)?,
        });
    }
    Ok(ids)
}

/// The tags of these names that are there.
pub(crate) fn find(conn: &mut Conn, names: &[TagName]) -> Result<Vec<TagId>, AppError> {
    Ok(known(conn, names)?.into_iter().map(|(_, id)| id).collect())
}

fn known(conn: &mut Conn, names: &[TagName]) -> Result<Vec<(String, TagId)>, AppError> {
    let folded: Vec<&str> = names.iter().map(TagName::folded).collect();
    let known = if folded.is_empty() { Vec::new() } else { tags::find(conn, &folded)? };
    let fold = |tag: &Tag| throughline_core::text::fold(&tag.name);
    Ok(known.into_iter().map(|tag| (fold(&tag), tag.id)).collect())
}

fn make(app: &App, conn: &mut Conn, name: &TagName, now: Instant) -> Result<TagId, AppError> {
    let tag = Tag {
        id: app.ids().make(now),
        name: name.as_str().to_owned(),
        color: None,
        description: None,
        created_at: now,
        version: 1,
    };
    tags::insert(conn, &tag, name)?;
    Ok(tag.id)
}
