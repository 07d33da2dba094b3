//! The patterns by which admins find facts.

use diesel::prelude::*;
use throughline_core::facts::FactKind;
use throughline_core::facts::rules::FactRule;
use throughline_core::id::FactRuleId;
use throughline_core::time::Instant;

use crate::conn::Conn;
use crate::error::StoreError;
use crate::read::all;
use crate::schema::fact_rules;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = fact_rules)]
struct Row {
    id: i64,
    name: String,
    kind: String,
    pattern: String,
    active: bool,
    created_at: i64,
    version: i64,
}

fn from_row(row: Row) -> Result<FactRule, StoreError> {
    let why = || "no kind of facts".to_owned();
    let kind = row.kind.parse::<FactKind>();
    Ok(FactRule {
        id: FactRuleId::from(row.id),
        name: row.name,
        kind: kind.map_err(|_| StoreError::Unreadable { what: "fact_rules.kind", why: why() })?,
        pattern: row.pattern,
        active: row.active,
        created_at: Instant::from_micros(row.created_at),
        version: row.version,
    })
}

fn to_row(rule: &FactRule) -> Row {
    Row {
        id: rule.id.get(),
        name: rule.name.clone(),
        kind: rule.kind.to_string(),
        pattern: rule.pattern.clone(),
        active: rule.active,
        created_at: rule.created_at.as_micros(),
        version: rule.version,
    }
}

/// How many rules there are, and the newest version of any: together they change with every change.
pub fn stamp(conn: &mut Conn) -> Result<(i64, i64), StoreError> {
    let (count, newest): (i64, Option<i64>) = fact_rules::table
        .select((diesel::dsl::count_star(), diesel::dsl::max(fact_rules::version)))
        .first(conn)?;
    Ok((count, newest.unwrap_or(0)))
}

/// Up to `fetch` rules behind the id `after`, oldest first.
pub fn list(conn: &mut Conn, after: Option<i64>, fetch: i64) -> Result<Vec<FactRule>, StoreError> {
    let rows: Vec<Row> = fact_rules::table
        .filter(fact_rules::id.gt(after.unwrap_or(i64::MIN)))
        .order(fact_rules::id)
        .limit(fetch)
        .select(Row::as_select())
        .load(conn)?;
    all(rows, from_row)
}

/// A rule.
pub fn get(conn: &mut Conn, id: FactRuleId) -> Result<Option<FactRule>, StoreError> {
    let row = fact_rules::table.find(id.get()).select(Row::as_select()).first(conn).optional()?;
    row.map(from_row).transpose()
}

/// Adds a rule.
pub fn insert(conn: &mut Conn, rule: &FactRule) -> Result<(), StoreError> {
    diesel::insert_into(fact_rules::table).values(to_row(rule)).execute(conn)?;
    Ok(())
}

/// Writes a changed rule back.
pub fn update(conn: &mut Conn, rule: &FactRule) -> Result<bool, StoreError> {
    let row = fact_rules::table.filter(fact_rules::id.eq(rule.id.get()));
    Ok(diesel::update(row).set(to_row(rule)).execute(conn)? == 1)
}

/// Removes a rule; `false` when there was none. What it found stays.
pub fn delete(conn: &mut Conn, id: FactRuleId) -> Result<bool, StoreError> {
    Ok(diesel::delete(fact_rules::table.find(id.get())).execute(conn)? == 1)
}
