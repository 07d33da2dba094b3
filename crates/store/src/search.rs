//! Full-text search by the database's own index over what `core::text` analysed.
//!
//! Hits come newest recorded first; ranking over common words costs a hundred times as much on
//! either database and means little in a history.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};
use throughline_core::text::{Query, Term, Tokens};

use crate::conn::Conn;
use crate::error::StoreError;

/// What is indexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// Items of timelines, by item id.
    Items,
    /// Customers, by customer id.
    Customers,
}

impl Index {
    fn table(self) -> &'static str {
        match self {
            Self::Items => "item_search",
            Self::Customers => "customer_search",
        }
    }
}

/// The two indexes as SQLite knows them; PostgreSQL's have a column of another type.
mod fts5_tables {
    diesel::table! { item_search (rowid) { rowid -> BigInt, body -> Text, } }
    diesel::table! { customer_search (rowid) { rowid -> BigInt, body -> Text, } }
}

/// Puts a document into the index, in place of an earlier one with the same id.
pub fn put(conn: &mut Conn, index: Index, id: i64, tokens: &Tokens) -> Result<(), StoreError> {
    let table = index.table();
    match conn {
        // Through tables of diesel's and not as text: every mail passes here, and only such
        // statements stay prepared.
        Conn::Sqlite(c) if index == Index::Items => {
            use fts5_tables::item_search::dsl::{body, item_search, rowid};
            let row = (rowid.eq(id), body.eq(tokens.as_str()));
            diesel::replace_into(item_search).values(row).execute(c)?;
        }
        Conn::Sqlite(c) => {
            use fts5_tables::customer_search::dsl::{body, customer_search, rowid};
            let row = (rowid.eq(id), body.eq(tokens.as_str()));
            diesel::replace_into(customer_search).values(row).execute(c)?;
        }
        Conn::Pg(c) => {
            let sql = format!(
                "INSERT INTO {table} (id, tokens) VALUES ($1, $2::tsvector) \
                 ON CONFLICT (id) DO UPDATE SET tokens = EXCLUDED.tokens"
            );
            let insert = diesel::sql_query(sql).bind::<BigInt, _>(id);
            insert.bind::<Text, _>(tsvector(tokens)).execute(c)?;
        }
    }
    Ok(())
}

/// Takes a document out of the index.
pub fn remove(conn: &mut Conn, index: Index, id: i64) -> Result<(), StoreError> {
    let table = index.table();
    let sql = match conn {
        Conn::Sqlite(_) => format!("DELETE FROM {table} WHERE rowid = $1"),
        Conn::Pg(_) => format!("DELETE FROM {table} WHERE id = $1"),
    };
    diesel::sql_query(sql).bind::<BigInt, _>(id).execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Hit {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// The ids of matching documents below `before`, highest first.
pub fn hits(
    conn: &mut Conn,
    index: Index,
    query: &Query,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    let table = index.table();
    let before = before.unwrap_or(i64::MAX);
    let rows: Vec<Hit> = match conn {
        Conn::Sqlite(c) => {
            let sql = format!(
                "SELECT rowid AS id FROM {table} WHERE {table} MATCH ? AND rowid < ? \
                 ORDER BY rowid DESC LIMIT ?"
            );
            let select = diesel::sql_query(sql).bind::<Text, _>(fts5(query));
            select.bind::<BigInt, _>(before).bind::<BigInt, _>(limit).load(c)?
        }
        Conn::Pg(c) => {
            let sql = format!(
                "SELECT id FROM {table} WHERE tokens @@ $1::tsquery AND id < $2 \
                 ORDER BY id DESC LIMIT $3"
            );
            let select = diesel::sql_query(sql).bind::<Text, _>(tsquery(query));
            select.bind::<BigInt, _>(before).bind::<BigInt, _>(limit).load(c)?
        }
    };
    Ok(rows.into_iter().map(|hit| hit.id).collect())
}

/// Which of these documents match.
pub fn among(
    conn: &mut Conn,
    index: Index,
    query: &Query,
    ids: &[i64],
) -> Result<HashSet<i64>, StoreError> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let table = index.table();
    let rows: Vec<Hit> = match conn {
        Conn::Sqlite(c) => {
            // Numbers of ours, so they may stand in the text; SQLite has no array to bind.
            let list = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
            let sql = format!(
                "SELECT rowid AS id FROM {table} WHERE {table} MATCH ? AND rowid IN ({list})"
            );
            diesel::sql_query(sql).bind::<Text, _>(fts5(query)).load(c)?
        }
        Conn::Pg(c) => {
            let sql =
                format!("SELECT id FROM {table} WHERE tokens @@ $1::tsquery AND id = ANY($2)");
            let select = diesel::sql_query(sql).bind::<Text, _>(tsquery(query));
            select.bind::<Array<BigInt>, _>(ids).load(c)?
        }
    };
    Ok(rows.into_iter().map(|hit| hit.id).collect())
}

/// A `tsvector` literal. Tokens are of the safe alphabet: no quote and no backslash.
fn tsvector(tokens: &Tokens) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(tokens.as_str().len() * 2);
    for (place, token) in tokens.iter().enumerate() {
        // Writing into a string cannot fail.
        let _ = write!(out, "'{token}':{} ", place + 1);
    }
    out
}

fn tsquery(query: &Query) -> String {
    let term = |term: &Term| match term {
        Term::Word(word) | Term::Exact(word) => format!("'{word}'"),
        Term::Prefix(word) => format!("'{word}':*"),
        Term::Phrase(words) => {
            let words: Vec<String> = words.iter().map(|w| format!("'{w}'")).collect();
            format!("({})", words.join(" <-> "))
        }
    };
    query.terms.iter().map(term).collect::<Vec<_>>().join(" & ")
}

fn fts5(query: &Query) -> String {
    let term = |term: &Term| match term {
        Term::Word(word) | Term::Exact(word) => format!("\"{word}\""),
        Term::Prefix(word) => format!("\"{word}\"*"),
        Term::Phrase(words) => format!("\"{}\"", words.join(" ")),
    };
    query.terms.iter().map(term).collect::<Vec<_>>().join(" AND ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use throughline_core::text::parse_query;

    #[test]
    fn both_databases_are_asked_the_same() {
        let query = parse_query("\"kargo takip\" TR-4417 iad*").unwrap();
        let (lite, pg) = (fts5(&query), tsquery(&query));
        assert_eq!(lite.matches(" AND ").count(), pg.matches(" & ").count());
        assert!(lite.contains("\"kargo takip\"") && pg.contains("'kargo' <-> 'takip'"));
        assert!(lite.contains("\"tr-4417\"") && pg.contains("'tr-4417'"));
        assert!(lite.contains("\"iad\"*") && pg.contains("'iad':*"));
    }
}
