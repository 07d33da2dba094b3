//! The templates that platforms have approved, as they told when they were last asked: a copy for each inbox.

use diesel::prelude::*;
use throughline_core::id::InboxId;
use throughline_core::outgoing::Template;
use throughline_core::time::Instant;

use crate::conn::{Both, Conn};
use crate::error::StoreError;
use crate::read::{from_json, to_json};
use crate::schema::channel_templates;

/// What a platform told of its templates.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredTemplates {
    /// The inbox.
    pub inbox: InboxId,
    /// The account at the platform to which they belong.
    pub account: String,
    /// When it was asked.
    pub asked_at: Instant,
    /// All of them, by name and language.
    pub templates: Vec<Template>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = channel_templates)]
struct Row {
    inbox_id: i64,
    account: String,
    asked_at: i64,
    templates: String,
}

/// What is known of the templates of an inbox; nothing when its platform was never asked.
pub fn get(conn: &mut Conn, inbox: InboxId) -> Result<Option<StoredTemplates>, StoreError> {
    let row: Option<Row> = channel_templates::table
        .find(inbox.get())
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    let stored = |row: Row| {
        Ok(StoredTemplates {
            inbox: InboxId::from(row.inbox_id),
            account: row.account,
            asked_at: Instant::from_micros(row.asked_at),
            templates: from_json("channel_templates.templates", &row.templates)?,
        })
    };
    row.map(stored).transpose()
}

/// Keeps what a platform told, in the place of what it told before.
pub fn put(conn: &mut Conn, told: &StoredTemplates) -> Result<(), StoreError> {
    let row = Row {
        inbox_id: told.inbox.get(),
        account: told.account.clone(),
        asked_at: told.asked_at.as_micros(),
        templates: to_json(&told.templates)?,
    };
    let known = channel_templates::table.find(row.inbox_id);
    let news = (
        channel_templates::account.eq(&row.account),
        channel_templates::asked_at.eq(row.asked_at),
        channel_templates::templates.eq(&row.templates),
    );
    if diesel::update(known).set(news).execute(conn)? == 0 {
        let insert = diesel::insert_into(channel_templates::table).values(&row);
        // Who asked at the same moment was told the same.
        Both(insert.on_conflict_do_nothing()).execute(conn)?;
    }
    Ok(())
}

/// Forgets the templates of an inbox.
pub fn delete(conn: &mut Conn, inbox: InboxId) -> Result<(), StoreError> {
    diesel::delete(channel_templates::table.find(inbox.get())).execute(conn)?;
    Ok(())
}
