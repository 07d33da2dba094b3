//! The phrases that admins add to those by which agents ask for a fact.

use diesel::prelude::*;
use throughline_core::facts::FactKind;
use throughline_core::guard::QuestionRule;
use throughline_core::id::QuestionRuleId;
use throughline_core::time::Instant;

use crate::conn::Conn;
use crate::error::StoreError;
use crate::read::all;
use crate::schema::question_rules;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = question_rules)]
struct Row {
    id: i64,
    kind: String,
    language: String,
    phrase: String,
    created_at: i64,
}

fn from_row(row: Row) -> Result<QuestionRule, StoreError> {
    let why = || "no kind of facts".to_owned();
    let kind = row.kind.parse::<FactKind>();
    Ok(QuestionRule {
        id: QuestionRuleId::from(row.id),
        kind: kind
            .map_err(|_| StoreError::Unreadable { what: "question_rules.kind", why: why() })?,
        language: row.language,
        phrase: row.phrase,
        created_at: Instant::from_micros(row.created_at),
    })
}

fn to_row(rule: &QuestionRule) -> Row {
    Row {
        id: rule.id.get(),
        kind: rule.kind.to_string(),
        language: rule.language.clone(),
        phrase: rule.phrase.clone(),
        created_at: rule.created_at.as_micros(),
    }
}

/// Up to `fetch` rules behind the id `after`, oldest first.
pub fn list(
    conn: &mut Conn,
    after: Option<i64>,
    fetch: i64,
) -> Result<Vec<QuestionRule>, StoreError> {
    let rows: Vec<Row> = question_rules::table
        .filter(question_rules::id.gt(after.unwrap_or(i64::MIN)))
        .order(question_rules::id)
        .limit(fetch)
        .select(Row::as_select())
        .load(conn)?;
    all(rows, from_row)
}

/// How many rules there are.
pub fn count(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(question_rules::table.count().get_result(conn)?)
}

/// A rule.
pub fn get(conn: &mut Conn, id: QuestionRuleId) -> Result<Option<QuestionRule>, StoreError> {
    let row =
        question_rules::table.find(id.get()).select(Row::as_select()).first(conn).optional()?;
    row.map(from_row).transpose()
}

/// Adds a rule.
pub fn insert(conn: &mut Conn, rule: &QuestionRule) -> Result<(), StoreError> {
    diesel::insert_into(question_rules::table).values(to_row(rule)).execute(conn)?;
    Ok(())
}

/// Writes a changed rule back.
pub fn update(conn: &mut Conn, rule: &QuestionRule) -> Result<bool, StoreError> {
    let row = question_rules::table.filter(question_rules::id.eq(rule.id.get()));
    Ok(diesel::update(row).set(to_row(rule)).execute(conn)? == 1)
}

/// Removes a rule; `false` when there was none.
pub fn delete(conn: &mut Conn, id: QuestionRuleId) -> Result<bool, StoreError> {
    Ok(diesel::delete(question_rules::table.find(id.get())).execute(conn)? == 1)
}
